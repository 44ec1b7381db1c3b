"""The rules of EN 16931 a reader needs: is there a number, a day, a currency, who, and do the totals agree.

What makes a debt impossible is refused; what only makes it doubtful is remarked and the amounts stay as written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kernel.text import msg
from recobro.intake.files.invoices.document import InvoiceRefused, Note, Reference

FATAL = frozenset({"BR-02", "BR-03", "BR-05", "BR-07"})
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Facts:
    """What the rules ask about, as one document states it. `taxes`: the tax totals in the document's currency;
    `due_stated`: there is a due day or a text of terms."""

    number: str
    issued: str
    currency: str
    seller: str
    buyer: str
    exclusive: Decimal | None
    inclusive: Decimal | None
    taxes: Sequence[Decimal]
    payable: Decimal | None
    due_stated: bool


def broken(facts: Facts) -> tuple[Note, ...]:
    """The rules that a document breaks, each with its code and a sentence."""
    found = []
    if not facts.number:
        found.append(Note("BR-02", msg("La factura no trae número (regla BR-02). Pide el archivo a quien la emitió.")))
    if not facts.issued:
        found.append(
            Note("BR-03", msg("La factura no trae fecha de emisión (BR-03). Pide el archivo a quien la emitió."))
        )
    if not facts.currency:
        found.append(Note("BR-05", msg("La factura no dice su moneda (BR-05). Pide el archivo a quien la emitió.")))
    if not facts.seller:
        found.append(Note("BR-06", msg("La factura no trae el nombre de quien vende (BR-06).")))
    if not facts.buyer:
        found.append(Note("BR-07", msg("La factura no trae el nombre de quien compra (BR-07): no se sabe quién debe.")))
    if not _adds_up(facts):
        found.append(Note("BR-CO-15", msg("Los totales no cuadran: base más impuestos no da el total (BR-CO-15).")))
    if facts.payable is not None and facts.payable > 0 and not facts.due_stated:
        found.append(
            Note("BR-CO-25", msg("Hay un importe por pagar y ni fecha de vencimiento ni condiciones (BR-CO-25)."))
        )
    return tuple(found)


def insist(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The remarks, when none of them makes a debt impossible; else InvoiceRefused with the first that does."""
    for note in notes:
        if note.code in FATAL:
            raise InvoiceRefused(note.template, rules=tuple(each.code for each in notes))
    return tuple(notes)


def corrective(type_code: str, references: Sequence[Reference]) -> tuple[Note, ...]:
    """The remark on an invoice that corrects several others (UNTDID 1001, code 384): both must not be owed. Of one it
    stands in the place (`Document.replaces_number`)."""
    if type_code != "384" or len({each.number for each in references}) < 2:
        return ()
    details = {"number": references[0].number[:60]}
    return (Note("corrective", msg("Rectifica la {number}: revisa que la original no siga como adeudo."), details),)


def _adds_up(facts: Facts) -> bool:
    # The rule speaks of the tax in the document's currency; without a currency there is none to speak of.
    if not facts.currency or (facts.exclusive is None and facts.inclusive is None):
        return True
    if facts.exclusive is None or facts.inclusive is None or len(facts.taxes) != 1:
        return False
    return (facts.exclusive + facts.taxes[0]).quantize(_CENT, ROUND_HALF_UP) == facts.inclusive.quantize(
        _CENT, ROUND_HALF_UP
    )
