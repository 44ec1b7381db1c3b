"""What a row says of its invoice as a whole: what sort of document it is, whether it is still owed, and whether a
person or a firm owes it. Words of the trade in Spanish and English, whole phrases only; what is not known says
nothing."""

import re
import unicodedata
from functools import lru_cache

_SIGNS = re.compile(r"[^a-z0-9]+")
# What a line of totals begins with.
_TOTALS = re.compile(r"(?:sub ?total|gran total|total(?:es)?|suma)\b", re.IGNORECASE)
# Credit notes and payments stand in ledgers beside invoices, often as positive amounts.
_CREDITS = frozenset(
    (
        *("nc", "n c", "nota de credito", "nota credito", "notas de credito", "nota de abono", "factura rectificativa"),
        *("rectificativa", "cfdi de egreso", "egreso", "credit note", "credit memo", "credit", "cn", "cm"),
        *("factura de abono", "abono", "bonificacion", "nota credito electronica", "nota de credito electronica"),
    )
)
_PAYMENTS = frozenset(
    (
        *("pago", "pagos", "recibo de pago", "recibo de caja", "complemento de pago", "cobro", "anticipo", "deposito"),
        *("payment", "receipt", "pmt", "prepayment", "transferencia", "recaudo"),
    )
)
# `cancelada` is paid in Colombia and void in Mexico: nothing is owed in either.
_CLOSED = frozenset(
    (
        *("pagada", "pagado", "liquidada", "liquidado", "saldada", "saldado", "cobrada", "cobrado", "cancelada"),
        *(
            "cancelado",
            "anulada",
            "anulado",
            "cerrada",
            "cerrado",
            "condonada",
            "condonado",
            "compensada",
            "compensado",
        ),
        *("paid", "paid in full", "settled", "closed", "cancelled", "canceled", "void", "voided", "cleared"),
        *("revertida", "revertido", "reversed"),
        *("totalmente pagada", "totalmente pagado", "pago total"),
    )
)
_DRAFTS = frozenset(("borrador", "en borrador", "draft", "no emitida", "sin emitir"))
_OWED = frozenset(
    (
        *("pendiente", "vencida", "vencido", "vigente", "abierta", "abierto", "por cobrar", "por pagar", "en mora"),
        *("parcial", "parcialmente pagada", "impagada", "impagado", "morosa", "moroso", "atrasada", "atrasado"),
        *("castigada", "activa", "activo", "open", "unpaid", "overdue", "past due", "outstanding", "pending"),
        *("partially paid", "partial", "due", "late", "delinquent"),
    )
)


# Natural and legal persons, as the places we know call them.
_PEOPLE = frozenset(
    (
        *("persona", "persona fisica", "persona natural", "fisica", "natural", "pf", "pn", "p fisica", "p natural"),
        *("particular", "individuo", "consumidor", "individual", "person", "natural person", "consumer", "private"),
    )
)
_FIRMS = frozenset(
    (
        *("empresa", "persona moral", "persona juridica", "moral", "juridica", "pm", "pj", "p moral", "p juridica"),
        *("sociedad", "compania", "firm", "company", "business", "corporate", "legal entity", "legal person"),
    )
)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).lower()
    return _SIGNS.sub(" ", "".join(c for c in folded if not unicodedata.combining(c))).strip()


def sort_of(text: str) -> str:
    """`credit` or `payment` where a document's type says so, else nothing."""
    word = _plain(text)
    return "credit" if word in _CREDITS else "payment" if word in _PAYMENTS else ""


def sums_up(cell: str) -> bool:
    """Whether a cell begins as a line of totals does."""
    return _TOTALS.match(cell.strip()) is not None


def is_closed(text: str) -> bool:
    """Whether a state says that nothing is owed any more."""
    return _plain(text) in _CLOSED


def is_draft(text: str) -> bool:
    """Whether a state says that an invoice was not issued yet."""
    return _plain(text) in _DRAFTS


def says_a_state(text: str) -> bool:
    """Whether a cell is a word for how an invoice stands, and no part of a country."""
    word = _plain(text)
    return word in _CLOSED or word in _OWED or word in _DRAFTS


def who_owes(text: str) -> str:
    """`person` or `firm` where a cell says which of them owes, else nothing."""
    word = _plain(text)
    return "person" if word in _PEOPLE else "firm" if word in _FIRMS else ""
