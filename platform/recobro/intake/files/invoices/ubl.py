"""UBL 2.1 invoices, credit notes and debit notes: EN 16931, PEPPOL BIS, and the DIAN's (Anexo técnico 1.9).

What is owed is PayableAmount. A DIAN AttachedDocument wraps one of them as text; `wrapped` gives it back.
"""

import base64
import binascii
from collections.abc import Iterator
from decimal import Decimal

from kernel.money import Money
from kernel.text import msg
from recobro.intake.files.invoices import en16931, xml
from recobro.intake.files.invoices.document import (
    Document,
    Format,
    InvoiceRefused,
    Kind,
    Note,
    Owed,
    Party,
    Reference,
    Verdict,
    amounts,
    due,
    judge,
    party_notes,
)
from recobro.intake.files.invoices.places import alpha2

_PREFIX = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {
    f"{_PREFIX}Invoice-2": Kind.INVOICE,
    f"{_PREFIX}CreditNote-2": Kind.CREDIT_NOTE,
    f"{_PREFIX}DebitNote-2": Kind.DEBIT_NOTE,
}
ATTACHED = f"{_PREFIX}AttachedDocument-2"
RESPONSE = f"{_PREFIX}ApplicationResponse-2"
MOST_LINES = 200
_LINES = {Kind.INVOICE: "InvoiceLine", Kind.CREDIT_NOTE: "CreditNoteLine", Kind.DEBIT_NOTE: "DebitNoteLine"}
_QUANTITIES = ("InvoicedQuantity", "CreditedQuantity", "DebitedQuantity")
# UNTDID 1001: the codes under which a document of any root is a credit (EN 16931, BR-CL-01).
CREDIT_CODES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})


def read(root: xml.Element) -> Document:
    """The one document of an Invoice, CreditNote or DebitNote. InvoiceRefused names what makes it unusable."""
    kind = NAMESPACES[xml.namespace(root)]
    if xml.value(root, "InvoiceTypeCode", "CreditNoteTypeCode") in CREDIT_CODES:
        kind = Kind.CREDIT_NOTE
    rules = en16931.insist(broken(root))
    seller, buyer = (_party(root, name) for name in ("AccountingSupplierParty", "AccountingCustomerParty"))
    if not (seller.name or seller.tax_id or seller.other_id):
        raise InvoiceRefused(msg("La factura no dice quién vende: ni nombre ni número fiscal. Pide otro archivo."))
    issued_on = xml.day(xml.value(root, "IssueDate"), "IssueDate")
    currency, payable, prepaid, total, notes = _totals(root)
    references = _references(root)
    if payable < 0 and references:
        # An invoice below zero is the other way to write a credit note.
        kind = Kind.CREDIT_NOTE
    sign = -1 if kind is Kind.CREDIT_NOTE else 1
    money = amounts(
        currency,
        total=-abs(total) if sign < 0 else total,
        prepaid=prepaid,
        outstanding=-abs(payable) if sign < 0 else payable,
    )
    terms = xml.value(root, "PaymentTerms/Note")
    until = due(issued_on, [xml.day(text, "DueDate") for text in _due_days(root)], terms)
    lines, line_count = _lines(root)
    type_code = xml.value(root, "InvoiceTypeCode", "CreditNoteTypeCode")
    return Document(
        format=Format.UBL,
        version=xml.value(root, "UBLVersionID").removeprefix("UBL ") or "2.1",
        kind=kind,
        seller=seller,
        buyer=buyer,
        number=xml.value(root, "ID"),
        uuid=xml.value(root, "UUID"),
        issued_on=issued_on,
        due_on=until.on,
        due_from=until.source,
        currency=currency,
        total=money.total,
        prepaid=money.prepaid,
        outstanding=money.outstanding,
        verdict=_verdict(root, kind, money.outstanding),
        type_code=type_code,
        terms=terms,
        lines=lines,
        line_count=line_count,
        references=references,
        warnings=(
            *rules,
            *notes,
            *money.notes,
            *en16931.corrective(type_code, references),
            *(() if sign < 0 else (*until.notes, *party_notes(buyer))),
        ),
    )


def broken(root: xml.Element) -> tuple[Note, ...]:
    """The rules of EN 16931 that it breaks. The DIAN's own totals include other taxes: they are not added up here."""
    currency = xml.value(root, "DocumentCurrencyCode")
    totals = _monetary(root)
    taxes = [] if _colombian(root) else _tax_totals(root, currency)
    inclusive = _optional(totals, "TaxInclusiveAmount")
    return en16931.broken(
        en16931.Facts(
            number=xml.value(root, "ID"),
            issued=xml.value(root, "IssueDate"),
            currency=currency,
            seller=_party(root, "AccountingSupplierParty").name,
            buyer=_party(root, "AccountingCustomerParty").name,
            exclusive=None if _colombian(root) else _optional(totals, "TaxExclusiveAmount"),
            inclusive=None if _colombian(root) else inclusive,
            taxes=taxes,
            payable=_optional(totals, "PayableAmount"),
            due_stated=bool(xml.value(root, "PaymentTerms/Note") or next(_due_days(root), "")),
        )
    )


def wrapped(root: xml.Element) -> str:
    """The document inside an AttachedDocument, as text (DIAN: Attachment/ExternalReference/Description)."""
    for attachment in xml.every(root, "Attachment"):
        description = xml.find(attachment, "ExternalReference/Description")
        if description is not None and (text := (description.text or "").strip()).startswith("<"):
            return text
        embedded = xml.find(attachment, "EmbeddedDocumentBinaryObject")
        if embedded is not None and embedded.text:
            try:
                return base64.b64decode(embedded.text, validate=False).decode("utf-8-sig")
            except (binascii.Error, ValueError):
                continue
    raise InvoiceRefused(msg("El contenedor (AttachedDocument) no trae la factura adentro. Pide el XML de la factura."))


def _colombian(root: xml.Element) -> bool:
    return xml.value(root, "ProfileID").upper().startswith("DIAN")


def _verdict(root: xml.Element, kind: Kind, outstanding: Money) -> Verdict:
    verdict = judge(kind, outstanding)
    # DIAN, Anexo técnico, PaymentMeans/ID: 1 contado, 2 crédito.
    if verdict.owed is Owed.YES and _colombian(root) and xml.value(root, "PaymentMeans/ID") == "1":
        reason = Note("cash", msg("Dice que fue de contado. Solo es un adeudo si confirmas que no se pagó."))
        return Verdict(Owed.IF_UNPAID, outstanding, reason)
    return verdict


def _monetary(root: xml.Element) -> xml.Element | None:
    found = xml.find(root, "LegalMonetaryTotal")
    return found if found is not None else xml.find(root, "RequestedMonetaryTotal")


def _optional(node: xml.Element | None, name: str) -> Decimal | None:
    text = xml.value(node, name)
    return xml.decimal(text, name) if text else None


def _tax_totals(root: xml.Element, currency: str) -> list[Decimal]:
    found = []
    for total in xml.every(root, "TaxTotal"):
        amount = xml.find(total, "TaxAmount")
        if amount is not None and xml.attribute(amount, "currencyID") == currency:
            found.append(xml.decimal(xml.clean(amount.text), "TaxAmount"))
    return found


def _totals(root: xml.Element) -> tuple[str, Decimal, Decimal, Decimal, tuple[Note, ...]]:
    """Currency, payable, prepaid, total with taxes, remarks. The prepaid is taken off when the payable forgot it."""
    totals = _monetary(root)
    currency = xml.currency(xml.value(root, "DocumentCurrencyCode"), "DocumentCurrencyCode")
    payable, inclusive = _optional(totals, "PayableAmount"), _optional(totals, "TaxInclusiveAmount")
    prepaid = _optional(totals, "PrepaidAmount") or Decimal(0)
    rounding = _optional(totals, "PayableRoundingAmount") or Decimal(0)
    notes = []
    amount = xml.find(totals, "PayableAmount")
    other = xml.attribute(amount, "currencyID")
    if other and other != currency:
        notes.append(Note("two_currencies", msg("El documento dice {one} y lo por pagar {other}: se toma {other}."),
                          {"one": currency, "other": other}))  # fmt: skip
        currency = xml.currency(other, "PayableAmount/@currencyID")
    if payable is None and inclusive is None:
        raise InvoiceRefused(
            msg("La factura no trae importe por pagar (PayableAmount). Pide el archivo a quien la emitió.")
        )
    if payable is None:
        payable = (inclusive or Decimal(0)) + rounding - prepaid
        notes.append(Note("no_payable", msg("No trae importe por pagar: se calculó del total menos lo anticipado.")))
    elif prepaid > 0 and inclusive is not None and payable == inclusive + rounding:
        payable -= prepaid
        notes.append(Note("prepaid_deducted", msg("El importe por pagar no descontaba el anticipo: se descontó.")))
    return currency, payable, prepaid, inclusive if inclusive is not None else payable + prepaid, tuple(notes)


def _due_days(root: xml.Element) -> Iterator[str]:
    """The stated days, in the order of trust: only the first place that has any counts."""
    places = ("DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate",
              "PaymentTerms/InstallmentDueDate", "PaymentTerms/SettlementPeriod/EndDate")  # fmt: skip
    for place in places:
        days = [text for node in xml.every(root, place) if (text := xml.clean(node.text))]
        if days:
            yield from days
            return


def _party(root: xml.Element, name: str) -> Party:
    party = xml.find(root, f"{name}/Party")
    address = xml.find(party, "PostalAddress")
    if address is None:
        address = xml.find(party, "PhysicalLocation/Address")
    return Party(
        name=xml.value(party, "PartyLegalEntity/RegistrationName", "PartyTaxScheme/RegistrationName", "PartyName/Name")
        or _person(party),
        tax_id=_tax_id(party),
        other_id=xml.value(party, "PartyIdentification/ID"),
        country=alpha2(xml.value(address, "Country/IdentificationCode")),
        street=", ".join(
            text
            for step in ("StreetName", "AdditionalStreetName", "AddressLine/Line")
            if (text := xml.value(address, step))
        ),
        city=xml.value(address, "CityName"),
        region=xml.value(address, "CountrySubentity"),
        postal_code=xml.value(address, "PostalZone"),
        email=xml.value(party, "Contact/ElectronicMail"),
        phone=xml.value(party, "Contact/Telephone"),
        contact=xml.value(party, "Contact/Name"),
        trade_name=xml.value(party, "PartyName/Name"),
    )


def _person(party: xml.Element | None) -> str:
    steps = ("Person/FirstName", "Person/MiddleName", "Person/FamilyName")
    return " ".join(text for step in steps if (text := xml.value(party, step)))


def _tax_id(party: xml.Element | None) -> str:
    """The VAT number, else another tax number, else the register's. A NIT has its digit."""
    schemes = list(xml.every(party, "PartyTaxScheme"))
    schemes.sort(key=lambda scheme: xml.value(scheme, "TaxScheme/ID") != "VAT")
    places = [scheme for scheme in schemes if xml.value(scheme, "CompanyID")]
    if places:
        company = xml.find(places[0], "CompanyID")
        given, digit = xml.value(places[0], "CompanyID"), xml.attribute(company, "schemeID")
        nit = xml.attribute(company, "schemeName") == "31" and len(digit) == 1 and digit.isascii() and digit.isdigit()
        return f"{given}-{digit}" if nit and given.isdigit() else given
    return xml.value(party, "PartyLegalEntity/CompanyID")


def _references(root: xml.Element) -> tuple[Reference, ...]:
    found = []
    for billing in xml.every(root, "BillingReference"):
        for name in ("InvoiceDocumentReference", "CreditNoteDocumentReference", "DebitNoteDocumentReference"):
            for each in xml.every(billing, name):
                issued = xml.value(each, "IssueDate")
                found.append(
                    Reference(
                        number=xml.value(each, "ID"),
                        uuid=xml.value(each, "UUID"),
                        issued_on=xml.day(issued, f"{name}/IssueDate") if issued else None,
                        relation=xml.value(root, "DiscrepancyResponse/ResponseCode"),
                    )
                )
    return tuple(found[:MOST_LINES])


def _lines(root: xml.Element) -> tuple[tuple[str, ...], int]:
    nodes = list(xml.every(root, _LINES[NAMESPACES[xml.namespace(root)]]))
    texts = []
    for node in nodes[:MOST_LINES]:
        quantity, text = xml.value(node, *_QUANTITIES), xml.value(node, "Item/Name", "Item/Description")
        texts.append(f"{quantity} × {text}"[:160] if quantity else text[:160])
    return tuple(texts), len(nodes)
