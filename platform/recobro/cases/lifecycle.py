"""The stages of a case, the moves between them, and the codes a case may close with. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.problems import Conflict
from kernel.text import msg


class Stage(StrEnum):
    """Where a case is."""

    RECEIVED = "received"
    NOTICES = "notices"
    CALLS = "calls"
    NEGOTIATION = "negotiation"
    LEGAL = "legal"
    CLOSED = "closed"


class Move(StrEnum):
    """What may be done to a case's stage."""

    NOTIFY = "notify"
    CALL = "call"
    NEGOTIATE = "negotiate"
    HAND_OFF = "hand_off"
    TAKE_BACK = "take_back"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"


class CloseCode(StrEnum):
    """Why a case is closed; some are checked against the money."""

    PAID = "paid"
    SETTLED = "settled"
    RECALLED = "recalled"
    INVALID = "invalid"
    UNTRACEABLE = "untraceable"
    INSOLVENT = "insolvent"
    TIME_BARRED = "time_barred"
    DECEASED = "deceased"
    DISPUTE_UPHELD = "dispute_upheld"
    UNECONOMIC = "uneconomic"
    MERGED = "merged"


STAGE_LABELS: Mapping[Stage, str] = {
    Stage.RECEIVED: msg("Recibido"),
    Stage.NOTICES: msg("Avisos"),
    Stage.CALLS: msg("Llamadas"),
    Stage.NEGOTIATION: msg("Negociación"),
    Stage.LEGAL: msg("Jurídico"),
    Stage.CLOSED: msg("Cerrado"),
}

CLOSE_LABELS: Mapping[CloseCode, str] = {
    CloseCode.PAID: msg("Pagado"),
    CloseCode.SETTLED: msg("Liquidado con quita"),
    CloseCode.RECALLED: msg("Retirado por el cliente"),
    CloseCode.INVALID: msg("Adeudo no válido"),
    CloseCode.UNTRACEABLE: msg("No localizable"),
    CloseCode.INSOLVENT: msg("Insolvente"),
    CloseCode.TIME_BARRED: msg("Prescrito"),
    CloseCode.DECEASED: msg("Fallecido"),
    CloseCode.DISPUTE_UPHELD: msg("Aclaración procedente"),
    CloseCode.UNECONOMIC: msg("Incosteable"),
    CloseCode.MERGED: msg("Unido a otro caso"),
}

MOVES: Mapping[tuple[Stage, Move], Stage] = {
    (Stage.RECEIVED, Move.NOTIFY): Stage.NOTICES,
    (Stage.RECEIVED, Move.CALL): Stage.CALLS,
    (Stage.RECEIVED, Move.NEGOTIATE): Stage.NEGOTIATION,
    (Stage.RECEIVED, Move.HAND_OFF): Stage.LEGAL,
    (Stage.RECEIVED, Move.CLOSE): Stage.CLOSED,
    (Stage.NOTICES, Move.CALL): Stage.CALLS,
    (Stage.NOTICES, Move.NEGOTIATE): Stage.NEGOTIATION,
    (Stage.NOTICES, Move.HAND_OFF): Stage.LEGAL,
    (Stage.NOTICES, Move.CLOSE): Stage.CLOSED,
    (Stage.CALLS, Move.NOTIFY): Stage.NOTICES,
    (Stage.CALLS, Move.NEGOTIATE): Stage.NEGOTIATION,
    (Stage.CALLS, Move.HAND_OFF): Stage.LEGAL,
    (Stage.CALLS, Move.CLOSE): Stage.CLOSED,
    (Stage.NEGOTIATION, Move.CALL): Stage.CALLS,
    (Stage.NEGOTIATION, Move.NOTIFY): Stage.NOTICES,
    (Stage.NEGOTIATION, Move.HAND_OFF): Stage.LEGAL,
    (Stage.NEGOTIATION, Move.CLOSE): Stage.CLOSED,
    (Stage.LEGAL, Move.TAKE_BACK): Stage.CALLS,
    (Stage.LEGAL, Move.NEGOTIATE): Stage.NEGOTIATION,
    (Stage.LEGAL, Move.CLOSE): Stage.CLOSED,
    (Stage.CLOSED, Move.REOPEN): Stage.CALLS,
    (Stage.RECEIVED, Move.MERGE): Stage.CLOSED,
    (Stage.NOTICES, Move.MERGE): Stage.CLOSED,
    (Stage.CALLS, Move.MERGE): Stage.CLOSED,
    (Stage.NEGOTIATION, Move.MERGE): Stage.CLOSED,
    (Stage.CLOSED, Move.MERGE): Stage.CLOSED,
}


# What a person may close a case with: a merge has its own way, and its own way back.
BY_HAND = tuple(code for code in CloseCode if code is not CloseCode.MERGED)


class MoveRefused(Conflict):
    """The case cannot make that move from where it is."""

    code = "case.move_refused"


class CloseRefused(Conflict):
    """The closing code does not agree with the money."""

    code = "case.close_refused"


def after(stage: Stage, move: Move) -> Stage:
    """The stage that `move` leads to, or MoveRefused."""
    if (stage, move) not in MOVES:
        raise MoveRefused(msg("Un caso en la etapa «{stage}» no admite ese paso."), stage=STAGE_LABELS[stage])
    return MOVES[stage, move]


def check_close(code: CloseCode, *, balance: int) -> None:
    """A case is not paid with a balance, and one without a balance is paid or settled (minor units)."""
    if code in (CloseCode.PAID, CloseCode.SETTLED) and balance:
        raise CloseRefused(msg("El caso aún tiene saldo: no puede cerrarse como pagado."))
