"""The states of a notice and the moves between them. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.problems import Conflict
from kernel.text import msg


class State(StrEnum):
    """Where a notice is. `unknown`: it was handed over and the answer was lost; it may have arrived."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PRINTED = "printed"
    CANCELLED = "cancelled"


# A notice that ended without leaving.
NEVER_SENT = frozenset({State.FAILED, State.CANCELLED})


class Move(StrEnum):
    """What may happen to a notice."""

    HOLD = "hold"
    RELEASE = "release"
    INTEND = "intend"
    POSTPONE = "postpone"
    SEND = "send"
    DELIVER = "deliver"
    BOUNCE = "bounce"
    LOSE = "lose"
    FAIL = "fail"
    PRINT = "print"
    CANCEL = "cancel"


S, M = State, Move
MOVES: Mapping[tuple[State, Move], State] = {
    (S.QUEUED, M.HOLD): S.HELD,
    (S.HELD, M.HOLD): S.HELD,
    (S.HELD, M.RELEASE): S.QUEUED,
    (S.QUEUED, M.INTEND): S.SENDING,
    (S.HELD, M.INTEND): S.SENDING,
    # The server said "not now", and surely took nothing.
    (S.SENDING, M.POSTPONE): S.QUEUED,
    (S.SENDING, M.SEND): S.SENT,
    (S.SENDING, M.BOUNCE): S.BOUNCED,
    (S.SENDING, M.FAIL): S.FAILED,
    (S.SENDING, M.LOSE): S.UNKNOWN,
    # A person looked: it did go out, or it surely did not and may be sent again on purpose.
    (S.UNKNOWN, M.SEND): S.SENT,
    (S.UNKNOWN, M.RELEASE): S.QUEUED,
    (S.UNKNOWN, M.BOUNCE): S.BOUNCED,
    (S.SENT, M.DELIVER): S.DELIVERED,
    (S.SENT, M.BOUNCE): S.BOUNCED,
    (S.DELIVERED, M.BOUNCE): S.BOUNCED,
    (S.QUEUED, M.PRINT): S.PRINTED,
    (S.PRINTED, M.SEND): S.SENT,
    (S.QUEUED, M.CANCEL): S.CANCELLED,
    (S.HELD, M.CANCEL): S.CANCELLED,
    (S.PRINTED, M.CANCEL): S.CANCELLED,
    (S.QUEUED, M.FAIL): S.FAILED,
    (S.HELD, M.FAIL): S.FAILED,
}

LABELS: Mapping[State, str] = {
    S.QUEUED: msg("Por enviar"),
    S.HELD: msg("En espera"),
    S.SENDING: msg("Enviando"),
    S.SENT: msg("Enviado"),
    S.DELIVERED: msg("Entregado"),
    S.BOUNCED: msg("Rebotado"),
    S.UNKNOWN: msg("Sin confirmar"),
    S.FAILED: msg("Falló"),
    S.PRINTED: msg("Impreso"),
    S.CANCELLED: msg("Cancelado"),
}

WAITING = (S.QUEUED, S.HELD)


class NoticeMoveRefused(Conflict):
    """The notice cannot make that move from where it is."""

    code = "notices.move_refused"


def after(state: State, step: Move) -> State:
    """The state that a move leads to, or NoticeMoveRefused."""
    if (state, step) not in MOVES:
        raise NoticeMoveRefused(msg("Un aviso en estado «{state}» no admite ese paso."), state=LABELS[state])
    return MOVES[state, step]
