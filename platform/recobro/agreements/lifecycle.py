"""The states of promises and agreements and the moves between them. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.problems import Conflict
from kernel.text import msg


class PromiseState(StrEnum):
    """What became of a promise."""

    PENDING = "pending"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class AgreementState(StrEnum):
    """Where an agreement is. `accepted` waits for its document; `active` is signed and running."""

    AWAITING_APPROVAL = "awaiting_approval"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    COMPLETED = "completed"
    BROKEN = "broken"
    REFUSED = "refused"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class AgreementMove(StrEnum):
    """What may be done to an agreement."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ACCEPT = "accept"
    DECLINE = "decline"
    SIGN = "sign"
    COMPLETE = "complete"
    BREAK = "break"
    CANCEL = "cancel"
    CURE = "cure"


S, M = AgreementState, AgreementMove
MOVES: Mapping[tuple[AgreementState, AgreementMove], AgreementState] = {
    (S.AWAITING_APPROVAL, M.APPROVE): S.OFFERED,
    (S.AWAITING_APPROVAL, M.REFUSE): S.REFUSED,
    (S.AWAITING_APPROVAL, M.CANCEL): S.CANCELLED,
    (S.OFFERED, M.ACCEPT): S.ACCEPTED,
    (S.OFFERED, M.DECLINE): S.DECLINED,
    (S.OFFERED, M.CANCEL): S.CANCELLED,
    (S.ACCEPTED, M.SIGN): S.ACTIVE,
    (S.ACTIVE, M.COMPLETE): S.COMPLETED,
    (S.ACTIVE, M.BREAK): S.BROKEN,
    (S.ACTIVE, M.CANCEL): S.CANCELLED,
    (S.COMPLETED, M.CURE): S.ACTIVE,
}
LIVE = (S.AWAITING_APPROVAL, S.OFFERED, S.ACCEPTED, S.ACTIVE)

LABELS: Mapping[AgreementState, str] = {
    S.AWAITING_APPROVAL: msg("Por autorizar"),
    S.OFFERED: msg("Ofrecido"),
    S.ACCEPTED: msg("Aceptado"),
    S.ACTIVE: msg("Vigente"),
    S.COMPLETED: msg("Cumplido"),
    S.BROKEN: msg("Roto"),
    S.REFUSED: msg("No autorizado"),
    S.DECLINED: msg("Rechazado"),
    S.CANCELLED: msg("Cancelado"),
}
PROMISE_LABELS: Mapping[PromiseState, str] = {
    PromiseState.PENDING: msg("Pendiente"),
    PromiseState.KEPT: msg("Cumplida"),
    PromiseState.PARTLY_KEPT: msg("Cumplida en parte"),
    PromiseState.BROKEN: msg("Rota"),
    PromiseState.CANCELLED: msg("Cancelada"),
}


class AgreementRefused(Conflict):
    """The agreement cannot make that move from where it is."""

    code = "agreements.move_refused"


def after(state: AgreementState, step: AgreementMove) -> AgreementState:
    """The state that a move leads to, or AgreementRefused."""
    if (state, step) not in MOVES:
        raise AgreementRefused(msg("Un convenio en estado «{state}» no admite ese paso."), state=LABELS[state])
    return MOVES[state, step]
