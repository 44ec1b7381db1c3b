"""Where money went, how it came, and the states of payments and card checkouts. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.text import msg


class Direction(StrEnum):
    """Who received the money."""

    TO_AGENCY = "to_agency"
    TO_CLIENT = "to_client"
    TO_COUNSEL = "to_counsel"


class Method(StrEnum):
    """How the money travelled."""

    TRANSFER = "transfer"
    CARD = "card"
    CASH = "cash"
    DEPOSIT = "deposit"
    CHECK = "check"
    OTHER = "other"


class PaymentState(StrEnum):
    """A payment stands or was taken back; it is never edited or deleted."""

    POSTED = "posted"
    REVERSED = "reversed"


class Reversal(StrEnum):
    """How money goes back: only noted here, sent back to the card by Stripe, or taken by the bank already."""

    NOTED = "noted"
    REFUND = "refund"
    TAKEN = "taken"


DIRECTION_LABELS: Mapping[Direction, str] = {
    Direction.TO_AGENCY: msg("A la agencia"),
    Direction.TO_CLIENT: msg("Directo al cliente"),
    Direction.TO_COUNSEL: msg("Al abogado"),
}

METHOD_LABELS: Mapping[Method, str] = {
    Method.TRANSFER: msg("Transferencia"),
    Method.CARD: msg("Tarjeta"),
    Method.CASH: msg("Efectivo"),
    Method.DEPOSIT: msg("Depósito"),
    Method.CHECK: msg("Cheque"),
    Method.OTHER: msg("Otro"),
}

STATE_LABELS: Mapping[PaymentState, str] = {
    PaymentState.POSTED: msg("Registrado"),
    PaymentState.REVERSED: msg("Revertido"),
}

COMPONENT_LABELS: Mapping[str, str] = {
    "principal": msg("Principal"),
    "contractual_interest": msg("Interés ordinario"),
    "default_interest": msg("Interés moratorio"),
    "tax": msg("Impuesto"),
    "cost": msg("Gastos"),
    "fee": msg("Cargos"),
}


class CheckoutState(StrEnum):
    """A card payment on its way: intended here, open at Stripe, and how it ended."""

    INTENDED = "intended"
    OPEN = "open"
    PROCESSING = "processing"
    EXPIRED = "expired"
    FAILED = "failed"
    PAID = "paid"


class CheckoutStep(StrEnum):
    """What Stripe's present answer says of a checkout."""

    NOTE = "note"
    PROCESS = "process"
    EXPIRE = "expire"
    FAIL = "fail"
    PAY = "pay"


S, T = CheckoutState, CheckoutStep
# Only forward: what arrives late or twice finds nothing to do. Money that did arrive always counts.
CHECKOUT_STEPS: Mapping[tuple[CheckoutState, CheckoutStep], CheckoutState] = {
    (S.INTENDED, T.NOTE): S.OPEN,
    (S.INTENDED, T.PROCESS): S.PROCESSING,
    (S.OPEN, T.PROCESS): S.PROCESSING,
    (S.INTENDED, T.EXPIRE): S.EXPIRED,
    (S.OPEN, T.EXPIRE): S.EXPIRED,
    (S.INTENDED, T.FAIL): S.FAILED,
    (S.OPEN, T.FAIL): S.FAILED,
    (S.PROCESSING, T.FAIL): S.FAILED,
    (S.INTENDED, T.PAY): S.PAID,
    (S.OPEN, T.PAY): S.PAID,
    (S.PROCESSING, T.PAY): S.PAID,
    (S.EXPIRED, T.PAY): S.PAID,
    (S.FAILED, T.PAY): S.PAID,
}

CHECKOUT_LABELS: Mapping[CheckoutState, str] = {
    S.INTENDED: msg("Por abrir"),
    S.OPEN: msg("En curso"),
    S.PROCESSING: msg("Procesando"),
    S.EXPIRED: msg("Caducado"),
    S.FAILED: msg("No se completó"),
    S.PAID: msg("Pagado"),
}


def after(state: CheckoutState, step: CheckoutStep) -> CheckoutState:
    """The state a step leads to; the same state when the step has nothing to add."""
    return CHECKOUT_STEPS.get((state, step), state)


class EventState(StrEnum):
    """What became of a notice from Stripe."""

    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"
    UNMATCHED = "unmatched"
    NEEDS_PERSON = "needs_person"
