"""The states of a matter and the stages of its lawsuit. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from kernel.problems import Conflict, Invalid
from kernel.text import msg


class MatterState(StrEnum):
    """Whether the lawyer has taken the matter."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    CLOSED = "closed"


class MatterMove(StrEnum):
    """What may be done to a matter."""

    ACCEPT = "accept"
    RETURN = "return"
    CLOSE = "close"


class CourtStage(StrEnum):
    """How far the lawsuit is, in their order."""

    STUDY = "study"
    FILED = "filed"
    ADMITTED = "admitted"
    SERVED = "served"
    EVIDENCE = "evidence"
    JUDGMENT = "judgment"
    ENFORCEMENT = "enforcement"


class Route(StrEnum):
    """The kind of proceeding."""

    ORDER_FOR_PAYMENT = "order_for_payment"
    EXECUTIVE = "executive"
    ORAL = "oral"
    ORDINARY = "ordinary"
    OUT_OF_COURT = "out_of_court"


S, M = MatterState, MatterMove
MOVES: Mapping[tuple[MatterState, MatterMove], MatterState] = {
    (S.PROPOSED, M.ACCEPT): S.ACCEPTED,
    (S.PROPOSED, M.RETURN): S.RETURNED,
    (S.ACCEPTED, M.RETURN): S.RETURNED,
    (S.ACCEPTED, M.CLOSE): S.CLOSED,
}

STATE_LABELS: Mapping[MatterState, str] = {
    S.PROPOSED: msg("Por aceptar"),
    S.ACCEPTED: msg("Aceptado"),
    S.RETURNED: msg("Devuelto"),
    S.CLOSED: msg("Concluido"),
}
STAGE_LABELS: Mapping[CourtStage, str] = {
    CourtStage.STUDY: msg("Estudio"),
    CourtStage.FILED: msg("Demanda presentada"),
    CourtStage.ADMITTED: msg("Admitida"),
    CourtStage.SERVED: msg("Emplazamiento"),
    CourtStage.EVIDENCE: msg("Pruebas"),
    CourtStage.JUDGMENT: msg("Sentencia"),
    CourtStage.ENFORCEMENT: msg("Ejecución"),
}
ROUTE_LABELS: Mapping[Route, str] = {
    Route.ORDER_FOR_PAYMENT: msg("Monitorio"),
    Route.EXECUTIVE: msg("Ejecutivo"),
    Route.ORAL: msg("Oral"),
    Route.ORDINARY: msg("Ordinario"),
    Route.OUT_OF_COURT: msg("Negociación del abogado"),
}


class MatterRefused(Conflict):
    """The matter cannot make that move from where it is."""

    code = "matters.move_refused"


class StageRefused(Invalid):
    """The stage cannot be reached on that day."""

    code = "matters.stage_refused"


def after(state: MatterState, step: MatterMove) -> MatterState:
    """The state that a move leads to, or MatterRefused."""
    if (state, step) not in MOVES:
        raise MatterRefused(msg("Un asunto «{state}» no admite ese paso."), state=STATE_LABELS[state])
    return MOVES[state, step]


def check_stage(
    current: CourtStage | None, reached_on: date | None, wanted: CourtStage, *, on: date, today: date
) -> None:
    """Stages go forward, some may be skipped; none is reached on a day to come or before the one it follows."""
    order = list(CourtStage)
    if current is not None and order.index(wanted) <= order.index(current):
        raise StageRefused(msg("El asunto ya pasó por esa etapa."))
    if on > today:
        raise StageRefused(msg("Una etapa no puede ser de un día que no ha llegado."))
    if reached_on is not None and on < reached_on:
        raise StageRefused(
            msg("La etapa anterior es del {day}: esta no puede ser de antes."), day=reached_on.isoformat()
        )
