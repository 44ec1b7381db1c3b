"""CFDI 3.3 and 4.0 (SAT, Anexo 20), with the payment complement 1.0 and 2.0 (Pagos).

Type I is a debt when it says PPD, or when the user says that it is unpaid; types E, P, T and N never are.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from kernel.money import Money
from kernel.text import msg
from recobro.intake.files.invoices import xml
from recobro.intake.files.invoices.document import (
    Document,
    Format,
    InvoiceRefused,
    Kind,
    Note,
    Owed,
    Party,
    Reference,
    Settlement,
    Verdict,
    amounts,
    due,
    judge,
    party_notes,
    to_money,
)
from recobro.intake.files.invoices.places import alpha2

NAMESPACES = {"http://www.sat.gob.mx/cfd/3": "3.3", "http://www.sat.gob.mx/cfd/4": "4.0"}
WITHHOLDINGS = ("http://www.sat.gob.mx/esquemas/retencionpago/1", "http://www.sat.gob.mx/esquemas/retencionpago/2")
MOST_LINES = 200
MOST_SETTLEMENTS = 20_000
_STAMP = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"
_PAYMENTS = {"http://www.sat.gob.mx/Pagos": "1.0", "http://www.sat.gob.mx/Pagos20": "2.0"}
# EquivalenciaDR has at most ten decimals (Pagos 2.0).
_LEAST_RATE, _MOST_RATE = Decimal("0.0000000001"), Decimal(10**10)
_UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_KINDS = {"I": Kind.INVOICE, "E": Kind.CREDIT_NOTE, "P": Kind.PAYMENT, "T": Kind.TRANSFER, "N": Kind.PAYROLL}
_NEVER = {
    Kind.CREDIT_NOTE: Note("credit_note", msg("Es un CFDI de egreso: descuenta de lo que se debe, no crea un adeudo.")),
    Kind.PAYMENT: Note("payment", msg("Es un complemento de pago: liquida facturas, no crea un adeudo.")),
    Kind.TRANSFER: Note("transfer", msg("Es un CFDI de traslado: acompaña mercancía, no crea un adeudo.")),
    Kind.PAYROLL: Note("payroll", msg("Es un recibo de nómina: no crea un adeudo.")),
}


def refuse_withholding() -> InvoiceRefused:
    """The refusal of a withholding certificate (CFDI de retenciones e información de pagos)."""
    return InvoiceRefused(
        msg("Es una constancia de retenciones, no una factura: no crea adeudos. Sube la factura (CFDI tipo I).")
    )


def read(root: xml.Element) -> Document:
    """The one document of a Comprobante. InvoiceRefused for versions before 3.3 and for what cannot be read."""
    version = xml.attribute(root, "Version") or xml.attribute(root, "version")
    if NAMESPACES.get(xml.namespace(root)) != version:
        raise InvoiceRefused(
            msg("El CFDI es de la versión {version}; se leen la 3.3 y la 4.0. Captura el adeudo a mano o en una hoja."),
            version=version[:20] or "?",
        )
    letter = xml.attribute(root, "TipoDeComprobante")
    if letter not in _KINDS:
        raise InvoiceRefused(
            msg("El CFDI dice ser de tipo «{kind}»; los tipos son I, E, P, T y N. Pide el archivo a quien lo emitió."),
            kind=letter[:20],
        )
    return replace(_document(root, version, _KINDS[letter]), type_code=letter)


def _document(root: xml.Element, version: str, kind: Kind) -> Document:
    currency = xml.currency(xml.attribute(root, "Moneda"), "Moneda")
    issued_on = xml.day(xml.attribute(root, "Fecha"), "Fecha")
    total = xml.decimal(xml.attribute(root, "Total"), "Total")
    if kind is Kind.CREDIT_NOTE:
        total = -abs(total)
    owing = total if kind in (Kind.INVOICE, Kind.CREDIT_NOTE) else Decimal(0)
    money = amounts(currency, total=total, prepaid=Decimal(0), outstanding=owing)
    terms = xml.attribute(root, "CondicionesDePago")
    payable = due(issued_on, (), terms)
    uuid, stamp_notes = _stamp(root)
    buyer = _party(xml.find(root, "Receptor"), "Receptor")
    settlements = _settlements(root) if kind is Kind.PAYMENT else ()
    lines, line_count = _lines(root)
    return Document(
        format=Format.CFDI,
        version=version,
        kind=kind,
        seller=_party(xml.find(root, "Emisor"), "Emisor"),
        buyer=buyer,
        number=_number(root),
        uuid=uuid,
        issued_on=issued_on,
        due_on=payable.on,
        due_from=payable.source,
        currency=currency,
        total=money.total,
        prepaid=money.prepaid,
        outstanding=money.outstanding,
        verdict=_verdict(kind, xml.attribute(root, "MetodoPago"), money.outstanding),
        terms=terms,
        lines=lines,
        line_count=line_count,
        settlements=settlements,
        references=_references(root),
        warnings=(
            *stamp_notes,
            *money.notes,
            *(payable.notes if kind is Kind.INVOICE else ()),
            *(party_notes(buyer) if kind is Kind.INVOICE else ()),
            *(_without_payments(settlements) if kind is Kind.PAYMENT else ()),
        ),
    )


def _verdict(kind: Kind, method: str, outstanding: Money) -> Verdict:
    """PPD is owed; PUE says paid at once; a document that says neither is not guessed (Anexo 20, MetodoPago)."""
    if kind is not Kind.INVOICE:
        return Verdict(Owed.NEVER, Money.zero(outstanding.currency), _NEVER[kind])
    verdict = judge(kind, outstanding)
    if verdict.owed is Owed.NEVER:
        return verdict
    if method == "PPD":
        return Verdict(Owed.YES, outstanding, Note("ppd", msg("Es PPD: se emitió para pagarse después.")))
    if method == "PUE":
        said_paid = Note(
            "pue", msg("Es PUE: dice que se pagó de una vez. Solo es un adeudo si confirmas que no se pagó.")
        )
        return Verdict(Owed.IF_UNPAID, outstanding, said_paid)
    silent = Note(
        "no_method", msg("No dice si se pagó de una vez (PUE) o se paga después (PPD). Confirma que se debe.")
    )
    return Verdict(Owed.IF_UNPAID, outstanding, silent)


def _stamp(root: xml.Element) -> tuple[str, tuple[Note, ...]]:
    for complement in xml.every(root, "Complemento"):
        stamp = complement.find(_STAMP)
        if stamp is not None and _UUID.fullmatch(uuid := xml.attribute(stamp, "UUID").upper()):
            return uuid, ()
    return "", (Note("unstamped", msg("No trae un timbre fiscal (UUID) válido: no consta que el SAT lo conozca.")),)


def _number(root: xml.Element) -> str:
    return "-".join(part for part in (xml.attribute(root, "Serie"), xml.attribute(root, "Folio")) if part)


def _party(node: xml.Element | None, where: str) -> Party:
    tax_id = xml.attribute(node, "Rfc").upper()
    if not tax_id:
        raise InvoiceRefused(msg("El CFDI no dice el RFC en {field}. Pide el archivo a quien lo emitió."), field=where)
    foreign = xml.attribute(node, "NumRegIdTrib") if tax_id == "XEXX010101000" else ""
    return Party(
        name=xml.attribute(node, "Nombre"),
        tax_id=foreign or tax_id,
        country=alpha2(xml.attribute(node, "ResidenciaFiscal")) or "MX",
        postal_code=xml.attribute(node, "DomicilioFiscalReceptor"),
    )


def _references(root: xml.Element) -> tuple[Reference, ...]:
    found = []
    for related in islice(xml.every(root, "CfdiRelacionados"), MOST_LINES):
        relation = xml.attribute(related, "TipoRelacion")
        for each in islice(xml.every(related, "CfdiRelacionado"), MOST_LINES):
            if uuid := xml.attribute(each, "UUID").upper():
                found.append(Reference(uuid=uuid, relation=relation))
    return tuple(found)


def _lines(root: xml.Element) -> tuple[tuple[str, ...], int]:
    concepts = list(xml.every(root, "Conceptos/Concepto"))
    texts = []
    for concept in concepts[:MOST_LINES]:
        quantity, text = xml.attribute(concept, "Cantidad"), xml.attribute(concept, "Descripcion")
        texts.append(f"{quantity} × {text}"[:160] if quantity else text[:160])
    return tuple(texts), len(concepts)


def _without_payments(settlements: Sequence[Settlement]) -> tuple[Note, ...]:
    if settlements:
        return ()
    return (Note("no_payments", msg("Es de tipo P y no trae el complemento de pagos: no liquida ninguna factura.")),)


def _settlements(root: xml.Element) -> tuple[Settlement, ...]:
    found: list[Settlement] = []
    for complement in xml.every(root, "Complemento"):
        for payments in complement.iterchildren("{*}Pagos"):
            if xml.namespace(payments) not in _PAYMENTS:
                continue
            for payment in xml.every(payments, "Pago"):
                found.extend(_payment(payment))
                if len(found) > MOST_SETTLEMENTS:
                    raise InvoiceRefused(msg("El complemento de pago liquida más de {limit} facturas: divídelo."),
                                         limit=MOST_SETTLEMENTS)  # fmt: skip
    return tuple(found)


def _payment(payment: xml.Element) -> list[Settlement]:
    related = list(xml.every(payment, "DoctoRelacionado"))
    return [_settlement(payment, each, alone=len(related) == 1) for each in related]


def _settlement(payment: xml.Element, related: xml.Element, *, alone: bool) -> Settlement:
    payment_currency = xml.currency(xml.attribute(payment, "MonedaP"), "MonedaP")
    currency = xml.currency(xml.attribute(related, "MonedaDR"), "MonedaDR")
    given = xml.attribute(related, "EquivalenciaDR") or xml.attribute(related, "TipoCambioDR") or "1"
    equivalence = xml.decimal(given, "EquivalenciaDR")
    if not _LEAST_RATE <= equivalence <= _MOST_RATE:
        raise InvoiceRefused(msg("«{value}» en EquivalenciaDR no es un tipo de cambio: debe ser mayor que cero."),
                             value=given[:40])  # fmt: skip
    paid = xml.attribute(related, "ImpPagado")
    if not paid and alone:
        # Pagos 1.0 leaves it out when the whole payment goes to one invoice.
        amount = xml.decimal(xml.attribute(payment, "Monto"), "Monto") * equivalence
    else:
        amount = xml.decimal(paid, "ImpPagado")
    uuid = xml.attribute(related, "IdDocumento").upper()
    if not uuid:
        raise InvoiceRefused(
            msg("El complemento de pago no dice qué factura liquida (IdDocumento). Pide otro a su emisor.")
        )
    part = xml.attribute(related, "NumParcialidad")
    return Settlement(
        uuid=uuid,
        amount=to_money(amount, currency),
        paid_on=xml.day(xml.attribute(payment, "FechaPago"), "FechaPago"),
        equivalence=equivalence,
        payment_currency=payment_currency,
        part=int(part) if re.fullmatch(r"[0-9]{1,6}", part) else 0,
        balance_before=_balance(related, "ImpSaldoAnt", currency),
        balance_after=_balance(related, "ImpSaldoInsoluto", currency),
        number=_number(related),
        operation=xml.attribute(payment, "NumOperacion"),
    )


def _balance(related: xml.Element, name: str, currency: str) -> Money | None:
    given = xml.attribute(related, name)
    return to_money(xml.decimal(given, name), currency) if given else None
