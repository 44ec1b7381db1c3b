"""Facturae 3.2, 3.2.1 and 3.2.2 (Orden HAP/1650/2015): one file, one batch, one or more invoices.

What is owed is TotalOutstandingAmount, not InvoiceTotal: payments on account are taken off there.
"""

from decimal import Decimal

from kernel.text import msg
from recobro.intake.files.invoices import xml
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

VERSIONS = ("3.2", "3.2.1", "3.2.2")
MOST_INVOICES = 5_000
MOST_LINES = 200
_COPIES = frozenset({"CO", "CR", "CC"})
# CorrectionMethod: the corrected invoice stands for the first one.
_WHOLE = "01"


def is_facturae(root: xml.Element) -> bool:
    """The root is a Facturae of any version (each version has a namespace of its own)."""
    return xml.local(root) == "Facturae" and "facturae" in xml.namespace(root).lower()


def read(root: xml.Element) -> list[Document]:
    """Every invoice of the batch. InvoiceRefused for other versions and for what cannot be read."""
    version = xml.value(root, "FileHeader/SchemaVersion")
    if version not in VERSIONS:
        raise InvoiceRefused(
            msg("La Facturae es de la versión {version}; se leen 3.2, 3.2.1 y 3.2.2. Pide el archivo en una de ellas."),
            version=version[:20] or "?",
        )
    nodes = list(xml.every(root, "Invoices/Invoice"))
    if not nodes:
        raise InvoiceRefused(msg("La Facturae no trae ninguna factura adentro. Pide el archivo a quien la emitió."))
    if len(nodes) > MOST_INVOICES:
        raise InvoiceRefused(msg("La Facturae trae más de {limit} facturas: divídela en lotes."), limit=MOST_INVOICES)
    seller, buyer = _party(root, "SellerParty"), _party(root, "BuyerParty")
    for party, name in ((seller, "SellerParty"), (buyer, "BuyerParty")):
        if not party.name or not party.tax_id:
            raise InvoiceRefused(msg("La Facturae no trae nombre o NIF en {field}. Pide el archivo a quien la emitió."),
                                 field=name)  # fmt: skip
    assigned = xml.find(root, "FileHeader/FactoringAssignmentData") is not None
    return [_document(node, version, seller, buyer, assigned=assigned) for node in nodes]


def _document(node: xml.Element, version: str, seller: Party, buyer: Party, *, assigned: bool) -> Document:
    number = xml.value(node, "InvoiceHeader/InvoiceSeriesCode") + xml.value(node, "InvoiceHeader/InvoiceNumber")
    if not number:
        raise InvoiceRefused(msg("La Facturae trae una factura sin número (InvoiceNumber). Pide otro archivo."))
    issued_on = xml.day(xml.value(node, "InvoiceIssueData/IssueDate"), "IssueDate")
    currency = xml.currency(xml.value(node, "InvoiceIssueData/InvoiceCurrencyCode"), "InvoiceCurrencyCode")
    totals = xml.find(node, "InvoiceTotals")
    total = _optional(totals, "InvoiceTotal")
    executable = _optional(totals, "TotalExecutableAmount")
    outstanding = _first(_optional(totals, "TotalOutstandingAmount"), executable, total)
    if outstanding is None:
        raise InvoiceRefused(msg("La factura {number} no dice cuánto se debe (TotalOutstandingAmount). Pide otra."),
                             number=number[:60])  # fmt: skip
    kind = Kind.CREDIT_NOTE if outstanding < 0 or (total is not None and total < 0) else Kind.INVOICE
    money = amounts(
        currency,
        total=total if total is not None else outstanding,
        prepaid=_optional(totals, "TotalPaymentsOnAccount") or Decimal(0),
        outstanding=outstanding,
    )
    instalments = _instalments(node, currency)
    terms = xml.value(node, "PaymentDetails/Installment/CollectionAdditionalInformation")
    until = due(issued_on, [each.due_on for each in instalments], terms)
    references = _references(node)
    lines, line_count = _lines(node)
    notes = _notes(node, outstanding, executable, references, assigned=assigned)
    return Document(
        format=Format.FACTURAE,
        version=version,
        kind=kind,
        seller=seller,
        buyer=buyer,
        number=number,
        uuid="",
        issued_on=issued_on,
        due_on=until.on,
        due_from=until.source,
        currency=currency,
        total=money.total,
        prepaid=money.prepaid,
        outstanding=money.outstanding,
        verdict=judge(kind, money.outstanding),
        type_code=xml.value(node, "InvoiceHeader/InvoiceClass"),
        terms=terms,
        lines=lines,
        line_count=line_count,
        instalments=instalments,
        references=references,
        warnings=(*notes, *money.notes, *(until.notes if kind is Kind.INVOICE else ()), *party_notes(buyer)),
    )


def _notes(
    node: xml.Element,
    outstanding: Decimal,
    executable: Decimal | None,
    references: tuple[Reference, ...],
    *,
    assigned: bool,
) -> list[Note]:
    notes = []
    if executable is not None and executable != outstanding:
        notes.append(Note("executable", msg("De lo pendiente solo se exige ya {amount}: hay importes retenidos."),
                          {"amount": str(executable)}))  # fmt: skip
    if xml.value(node, "InvoiceHeader/InvoiceClass") in _COPIES:
        notes.append(Note("copy", msg("Es un duplicado: la original puede estar ya cargada con el mismo número.")))
    if references and outstanding > 0 and references[0].relation != _WHOLE:
        notes.append(Note("corrective", msg("Rectifica la {number}: revisa que la original no siga como adeudo."),
                          {"number": references[0].number[:60]}))  # fmt: skip
    if assigned:
        notes.append(Note("factored", msg("El crédito se cedió a un factor: quizá quien vende ya no es quien cobra.")))
    return notes


def _first(*values: Decimal | None) -> Decimal | None:
    return next((value for value in values if value is not None), None)


def _optional(node: xml.Element | None, name: str) -> Decimal | None:
    text = xml.value(node, name)
    return xml.decimal(text, name) if text else None


def _instalments(node: xml.Element, currency: str) -> tuple[Instalment, ...]:
    found = []
    for each in xml.every(node, "PaymentDetails/Installment"):
        on, amount = xml.value(each, "InstallmentDueDate"), xml.value(each, "InstallmentAmount")
        if on and amount:
            money = to_money(xml.decimal(amount, "InstallmentAmount"), currency)
            iban = xml.value(each, "AccountToBeCredited/IBAN").replace(" ", "")
            found.append(Instalment(xml.day(on, "InstallmentDueDate"), money, iban))
    return tuple(found[:MOST_LINES])


def _party(root: xml.Element, name: str) -> Party:
    party = xml.find(root, f"Parties/{name}")
    who = xml.find(party, "LegalEntity")
    if who is None:
        who = xml.find(party, "Individual")
    address = xml.find(who, "AddressInSpain")
    if address is None:
        address = xml.find(who, "OverseasAddress")
    # Abroad, postal code and town are one field.
    postal, _, town = xml.value(address, "PostCodeAndTown").partition(" ")
    person = " ".join(text for step in ("Name", "FirstSurname", "SecondSurname") if (text := xml.value(who, step)))
    return Party(
        name=xml.value(who, "CorporateName") or person,
        tax_id=xml.value(party, "TaxIdentification/TaxIdentificationNumber").upper(),
        country=alpha2(xml.value(address, "CountryCode")),
        street=xml.value(address, "Address"),
        city=xml.value(address, "Town") or town,
        region=xml.value(address, "Province"),
        postal_code=xml.value(address, "PostCode") or postal,
        email=xml.value(who, "ContactDetails/ElectronicMail"),
        phone=xml.value(who, "ContactDetails/Telephone"),
        contact=xml.value(who, "ContactDetails/ContactPersons"),
        trade_name=xml.value(who, "TradeName"),
    )


def _references(node: xml.Element) -> tuple[Reference, ...]:
    corrective = xml.find(node, "InvoiceHeader/Corrective")
    number = xml.value(corrective, "InvoiceSeriesCode") + xml.value(corrective, "InvoiceNumber")
    return (Reference(number=number, relation=xml.value(corrective, "CorrectionMethod")),) if number else ()


def _lines(node: xml.Element) -> tuple[tuple[str, ...], int]:
    nodes = list(xml.every(node, "Items/InvoiceLine"))
    texts = []
    for each in nodes[:MOST_LINES]:
        quantity, text = xml.value(each, "Quantity"), xml.value(each, "ItemDescription")
        texts.append(f"{quantity} × {text}"[:160] if quantity else text[:160])
    return tuple(texts), len(nodes)
