"""When debts may be taken back, and why not. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.text import msg


class Cause(StrEnum):
    """Why a debt cannot simply be taken back."""

    PAID = "paid"
    AGREEMENT = "agreement"
    IN_TRANSIT = "in_transit"
    DISPUTED = "disputed"
    LEGAL = "legal"


class Reason(StrEnum):
    """Why a client takes a debt back."""

    PAID_DIRECT = "paid_direct"
    ERROR = "error"
    COMMERCIAL = "commercial"
    OTHER_AGENCY = "other_agency"
    DISPUTE = "dispute"
    INSOLVENT = "insolvent"
    DECEASED = "deceased"
    OTHER = "other"


CAUSE_LABELS: Mapping[Cause, str] = {
    Cause.PAID: msg("Ya pagadas"),
    Cause.AGREEMENT: msg("En un convenio vigente"),
    Cause.IN_TRANSIT: msg("Con un pago en camino"),
    Cause.DISPUTED: msg("En aclaración"),
    Cause.LEGAL: msg("Con el abogado"),
}
REASON_LABELS: Mapping[Reason, str] = {
    Reason.PAID_DIRECT: msg("Se arregló directo con el deudor"),
    Reason.ERROR: msg("Se envió por error"),
    Reason.COMMERCIAL: msg("Decisión comercial"),
    Reason.OTHER_AGENCY: msg("Pasa a otro despacho"),
    Reason.DISPUTE: msg("Hay una aclaración"),
    Reason.INSOLVENT: msg("El deudor es insolvente"),
    Reason.DECEASED: msg("El deudor falleció"),
    Reason.OTHER: msg("Otro motivo"),
}
# What the history of a case says.
TITLES: Mapping[Reason, str] = {
    Reason.PAID_DIRECT: msg("Retirado por el cliente, que lo arregló directo: {references}"),
    Reason.ERROR: msg("Retirado por el cliente, se envió por error: {references}"),
    Reason.COMMERCIAL: msg("Retirado por decisión comercial del cliente: {references}"),
    Reason.OTHER_AGENCY: msg("Retirado por el cliente, pasa a otro despacho: {references}"),
    Reason.DISPUTE: msg("Retirado por el cliente por una aclaración: {references}"),
    Reason.INSOLVENT: msg("Retirado por el cliente, el deudor es insolvente: {references}"),
    Reason.DECEASED: msg("Retirado por el cliente, el deudor falleció: {references}"),
    Reason.OTHER: msg("Retirado por el cliente: {references}"),
}


@dataclass(frozen=True)
class Facts:
    """What is known of a debt when somebody wants it back (minor units). Texts are empty where there is none.

    `left` and `parts` are what the running agreement still waits for; `signing`: its document is being made. `card` is
    the card payment under way; `said_paid_on` the day on which somebody said it was paid, unless a payment came since.
    """

    debt_id: UUID
    case_id: UUID
    case: str
    reference: str
    currency: str
    original: int
    balance: int
    state: str
    agreement: str = ""
    agreement_currency: str = ""
    left: int = 0
    parts: int = 0
    signing: bool = False
    card: int = 0
    card_currency: str = ""
    said_paid_on: date | None = None
    disputed: bool = False
    matter: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why one debt stays: a `msg()` sentence with its details as plain values. A final one cannot be overruled."""

    cause: Cause
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)
    final: bool = False


PAID = msg("La factura {reference}, de {amount}, ya se pagó: no queda nada que retirar.")
AGREEMENT = msg("El caso {case} tiene el convenio vigente {number}: faltan {left} (pagos pendientes: {count}).")
SIGNING = msg("El convenio {number} del caso {case} se está firmando: espera un momento.")
CARD = msg("Hay un pago con tarjeta de {amount} en curso en el caso {case}.")
SAID_PAID = msg("El {day} se dijo que la factura {reference} ya estaba pagada, y falta comprobarlo.")
DISPUTED = msg("La factura {reference}, de {amount}, está en aclaración.")
LEGAL = msg("El caso {case} está con el abogado, en el asunto {number}.")


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Everything that stands against taking a debt back; nothing for one that is taken back already."""
    if facts.state == "recalled":
        return
    if facts.state != "open":
        amount = {"minor": facts.original, "currency": facts.currency}
        yield Refusal(Cause.PAID, PAID, {"reference": facts.reference, "amount": amount}, final=True)
        return
    if facts.agreement and facts.signing:
        yield Refusal(Cause.AGREEMENT, SIGNING, {"case": facts.case, "number": facts.agreement}, final=True)
    elif facts.agreement:
        left = {"minor": facts.left, "currency": facts.agreement_currency}
        details = {"case": facts.case, "number": facts.agreement, "left": left, "count": facts.parts}
        yield Refusal(Cause.AGREEMENT, AGREEMENT, details)
    if facts.card:
        amount = {"minor": facts.card, "currency": facts.card_currency}
        yield Refusal(Cause.IN_TRANSIT, CARD, {"case": facts.case, "amount": amount})
    elif facts.said_paid_on:
        yield Refusal(
            Cause.IN_TRANSIT, SAID_PAID, {"reference": facts.reference, "day": facts.said_paid_on.isoformat()}
        )
    if facts.disputed:
        amount = {"minor": facts.balance, "currency": facts.currency}
        yield Refusal(Cause.DISPUTED, DISPUTED, {"reference": facts.reference, "amount": amount})
    if facts.matter:
        yield Refusal(Cause.LEGAL, LEGAL, {"case": facts.case, "number": facts.matter})


def standing(facts: Facts, forced: frozenset[Cause]) -> list[Refusal]:
    """What still stands against it when some causes are overruled."""
    return [one for one in refusals(facts) if one.final or one.cause not in forced]


_WORDS: Mapping[Reason, tuple[str, ...]] = {
    Reason.PAID_DIRECT: (
        "pago directo", "pagado", "pago", "liquidado", "arreglo directo", "paid", "paid direct", "settled", "negociado",
    ),
    Reason.ERROR: ("error", "enviado por error", "captura", "duplicado", "cancelada", "cancelado", "mistake"),
    Reason.COMMERCIAL: (
        "comercial", "decision comercial", "relacion comercial", "commercial", "business decision", "buen cliente",
    ),
    Reason.OTHER_AGENCY: ("otro despacho", "otra agencia", "cambio de despacho", "reasignacion", "other agency"),
    Reason.DISPUTE: ("aclaracion", "disputa", "en disputa", "reclamacion", "dispute", "disputed"),
    Reason.INSOLVENT: ("insolvente", "insolvencia", "concurso", "quiebra", "bankruptcy", "insolvent"),
    Reason.DECEASED: ("fallecido", "fallecio", "defuncion", "deceased", "dead"),
}  # fmt: skip
_BY_WORD = {word: reason for reason, words in _WORDS.items() for word in (*words, reason.value)}


def reason_of(word: str) -> Reason | None:
    """The reason a client's word means (lower case, without accents); nothing for a word we do not know."""
    return _BY_WORD.get(word) if word else Reason.OTHER
