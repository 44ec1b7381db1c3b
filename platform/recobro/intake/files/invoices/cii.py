"""UN/CEFACT Cross Industry Invoice D16B: EN 16931, Factur-X and ZUGFeRD 2. What is owed is DuePayableAmount."""

from datetime import date
from decimal import Decimal

from kernel.text import msg
from recobro.intake.files.invoices import en16931, xml
from recobro.intake.files.invoices.document import (
    Document,
    Format,
    Instalment,
    InvoiceRefused,
    Kind,
    Note,
    Party,
    Reference,
    amounts,
    due,
    judge,
    party_notes,
    to_money,
)
from recobro.intake.files.invoices.places import alpha2
from recobro.intake.files.invoices.ubl import CREDIT_CODES

NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
MOST_LINES = 200
_DEBIT_CODES = frozenset({"80", "82", "84", "383"})
_DATE = "DateTimeString"


def read(root: xml.Element) -> Document:
    """The one document of a CrossIndustryInvoice. InvoiceRefused names what makes it unusable."""
    rules = en16931.insist(broken(root))
    settlement = _settlement(root)
    kind = _kind(xml.value(root, "ExchangedDocument/TypeCode"))
    seller, buyer = _party(root, "SellerTradeParty"), _party(root, "BuyerTradeParty")
    if not (seller.name or seller.tax_id or seller.other_id):
        raise InvoiceRefused(msg("La factura no dice quién vende: ni nombre ni número fiscal. Pide otro archivo."))
    issued_on = xml.day(xml.value(root, f"ExchangedDocument/IssueDateTime/{_DATE}"), "IssueDateTime")
    currency = xml.currency(xml.value(settlement, "InvoiceCurrencyCode"), "InvoiceCurrencyCode")
    payable, prepaid, total, notes = _totals(root)
    references = _references(settlement)
    if payable < 0 and references:
        # An invoice below zero is the other way to write a credit note.
        kind = Kind.CREDIT_NOTE
    credit = kind is Kind.CREDIT_NOTE
    money = amounts(
        currency,
        total=-abs(total) if credit else total,
        prepaid=prepaid,
        outstanding=-abs(payable) if credit else payable,
    )
    terms = xml.value(settlement, "SpecifiedTradePaymentTerms/Description")
    until = due(issued_on, _due_days(settlement), terms)
    lines, line_count = _lines(root)
    type_code = xml.value(root, "ExchangedDocument/TypeCode")
    return Document(
        format=Format.CII,
        version=_profile(root),
        kind=kind,
        seller=seller,
        buyer=buyer,
        number=xml.value(root, "ExchangedDocument/ID"),
        uuid="",
        issued_on=issued_on,
        due_on=until.on,
        due_from=until.source,
        currency=currency,
        total=money.total,
        prepaid=money.prepaid,
        outstanding=money.outstanding,
        verdict=judge(kind, money.outstanding),
        type_code=type_code,
        terms=terms,
        lines=lines,
        line_count=line_count,
        instalments=_instalments(settlement, currency),
        references=references,
        warnings=(
            *rules,
            *notes,
            *money.notes,
            *en16931.corrective(type_code, references),
            *(() if credit else (*until.notes, *party_notes(buyer))),
        ),
    )


def broken(root: xml.Element) -> tuple[Note, ...]:
    """The rules of EN 16931 that it breaks."""
    settlement = _settlement(root)
    currency = xml.value(settlement, "InvoiceCurrencyCode")
    sums = _sums(root)
    terms = xml.value(settlement, "SpecifiedTradePaymentTerms/Description")
    return en16931.broken(
        en16931.Facts(
            number=xml.value(root, "ExchangedDocument/ID"),
            issued=xml.value(root, f"ExchangedDocument/IssueDateTime/{_DATE}"),
            currency=currency,
            seller=_party(root, "SellerTradeParty").name,
            buyer=_party(root, "BuyerTradeParty").name,
            exclusive=_optional(sums, "TaxBasisTotalAmount"),
            inclusive=_optional(sums, "GrandTotalAmount"),
            taxes=_taxes(sums, currency),
            payable=_optional(sums, "DuePayableAmount"),
            due_stated=bool(terms or _due_days(settlement)),
        )
    )


def _kind(code: str) -> Kind:
    if code in CREDIT_CODES:
        return Kind.CREDIT_NOTE
    return Kind.DEBIT_NOTE if code in _DEBIT_CODES else Kind.INVOICE


def _profile(root: xml.Element) -> str:
    return xml.value(root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID") or "D16B"


def _settlement(root: xml.Element) -> xml.Element | None:
    return xml.find(root, "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement")


def _sums(root: xml.Element) -> xml.Element | None:
    return xml.find(_settlement(root), "SpecifiedTradeSettlementHeaderMonetarySummation")


def _optional(node: xml.Element | None, name: str) -> Decimal | None:
    text = xml.value(node, name)
    return xml.decimal(text, name) if text else None


def _taxes(sums: xml.Element | None, currency: str) -> list[Decimal]:
    """The tax total in the invoice's currency. Without VAT at all there may be none: that is zero."""
    nodes = [node for node in xml.every(sums, "TaxTotalAmount") if xml.clean(node.text)]
    ours = [node for node in nodes if xml.attribute(node, "currencyID") in ("", currency)]
    return [xml.decimal(xml.clean(node.text), "TaxTotalAmount") for node in ours] if nodes else [Decimal(0)]


def _totals(root: xml.Element) -> tuple[Decimal, Decimal, Decimal, tuple[Note, ...]]:
    """Payable, prepaid, total with taxes, remarks. The prepaid is taken off when the payable forgot it."""
    sums = _sums(root)
    payable, grand = _optional(sums, "DuePayableAmount"), _optional(sums, "GrandTotalAmount")
    prepaid = _optional(sums, "TotalPrepaidAmount") or Decimal(0)
    rounding = _optional(sums, "RoundingAmount") or Decimal(0)
    if payable is None and grand is None:
        raise InvoiceRefused(
            msg("La factura no trae importe por pagar (DuePayableAmount). Pide el archivo a quien la emitió.")
        )
    if payable is None:
        note = Note("no_payable", msg("No trae importe por pagar: se calculó del total menos lo anticipado."))
        total = grand or Decimal(0)
        return total + rounding - prepaid, prepaid, total, (note,)
    if prepaid > 0 and grand is not None and payable == grand + rounding:
        note = Note("prepaid_deducted", msg("El importe por pagar no descontaba el anticipo: se descontó."))
        return payable - prepaid, prepaid, grand, (note,)
    return payable, prepaid, grand if grand is not None else payable + prepaid, ()


def _due_days(settlement: xml.Element | None) -> list[date]:
    steps = f"SpecifiedTradePaymentTerms/DueDateDateTime/{_DATE}"
    return [xml.day(text, "DueDateDateTime") for node in xml.every(settlement, steps) if (text := xml.clean(node.text))]


def _instalments(settlement: xml.Element | None, currency: str) -> tuple[Instalment, ...]:
    found = []
    for terms in xml.every(settlement, "SpecifiedTradePaymentTerms"):
        on, part = xml.value(terms, f"DueDateDateTime/{_DATE}"), xml.value(terms, "PartialPaymentAmount")
        if on and part:
            amount = to_money(xml.decimal(part, "PartialPaymentAmount"), currency)
            found.append(Instalment(xml.day(on, "DueDateDateTime"), amount))
    return tuple(found[:MOST_LINES])


def _party(root: xml.Element, name: str) -> Party:
    party = xml.find(root, f"SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/{name}")
    address = xml.find(party, "PostalTradeAddress")
    contact = xml.find(party, "DefinedTradeContact")
    return Party(
        name=xml.value(party, "Name"),
        tax_id=_tax_id(party),
        other_id=xml.value(party, "ID", "GlobalID"),
        country=alpha2(xml.value(address, "CountryID")),
        street=", ".join(text for step in ("LineOne", "LineTwo", "LineThree") if (text := xml.value(address, step))),
        city=xml.value(address, "CityName"),
        region=xml.value(address, "CountrySubDivisionName"),
        postal_code=xml.value(address, "PostcodeCode"),
        email=xml.value(contact, "EmailURIUniversalCommunication/URIID"),
        phone=xml.value(contact, "TelephoneUniversalCommunication/CompleteNumber"),
        contact=xml.value(contact, "PersonName", "DepartmentName"),
        trade_name=xml.value(party, "SpecifiedLegalOrganization/TradingBusinessName"),
    )


def _tax_id(party: xml.Element | None) -> str:
    """The VAT number (VA), else another tax number (FC), else the register's."""
    given = [
        (xml.attribute(node, "schemeID") != "VA", text)
        for node in xml.every(party, "SpecifiedTaxRegistration/ID")
        if (text := xml.clean(node.text))
    ]
    if given:
        return min(given, key=lambda each: each[0])[1]
    return xml.value(party, "SpecifiedLegalOrganization/ID")


def _references(settlement: xml.Element | None) -> tuple[Reference, ...]:
    found = []
    for node in xml.every(settlement, "InvoiceReferencedDocument"):
        issued = xml.value(node, f"FormattedIssueDateTime/{_DATE}")
        found.append(
            Reference(
                number=xml.value(node, "IssuerAssignedID"),
                issued_on=xml.day(issued, "FormattedIssueDateTime") if issued else None,
                relation=xml.value(node, "TypeCode"),
            )
        )
    return tuple(found[:MOST_LINES])


def _lines(root: xml.Element) -> tuple[tuple[str, ...], int]:
    nodes = list(xml.every(root, "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"))
    texts = []
    for node in nodes[:MOST_LINES]:
        quantity = xml.value(node, "SpecifiedLineTradeDelivery/BilledQuantity")
        text = xml.value(node, "SpecifiedTradeProduct/Name", "SpecifiedTradeProduct/Description")
        texts.append(f"{quantity} × {text}"[:160] if quantity else text[:160])
    return tuple(texts), len(nodes)
