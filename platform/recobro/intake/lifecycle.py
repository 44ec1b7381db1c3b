"""The states of a placement and the moves between them. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from kernel.problems import Conflict
from kernel.text import msg


class State(StrEnum):
    """Where a placement is."""

    UPLOADED = "uploaded"
    PREVIEWED = "previewed"
    COMMITTING = "committing"
    COMMITTED = "committed"
    FAILED = "failed"
    UNDONE = "undone"
    DISCARDED = "discarded"


class PlacementMoveRefused(Conflict):
    """A placement cannot do that from where it is."""

    code = "placement.move_refused"


LABELS: Mapping[State, str] = {
    State.UPLOADED: msg("Por revisar"),
    State.PREVIEWED: msg("Por confirmar"),
    State.COMMITTING: msg("Cargando"),
    State.COMMITTED: msg("Cargada"),
    State.FAILED: msg("No se pudo cargar"),
    State.UNDONE: msg("Deshecha"),
    State.DISCARDED: msg("Descartada"),
}

MOVES: Mapping[State, frozenset[State]] = {
    State.UPLOADED: frozenset({State.UPLOADED, State.PREVIEWED, State.DISCARDED}),
    State.PREVIEWED: frozenset({State.UPLOADED, State.PREVIEWED, State.COMMITTING, State.DISCARDED}),
    State.COMMITTING: frozenset({State.COMMITTED, State.FAILED}),
    State.FAILED: frozenset({State.UPLOADED, State.PREVIEWED, State.COMMITTING, State.DISCARDED}),
    State.COMMITTED: frozenset({State.UNDONE}),
    State.UNDONE: frozenset(),
    State.DISCARDED: frozenset(),
}
# While it is in one of these nothing has become a debt, and everything may still be changed.
OPEN = frozenset({State.UPLOADED, State.PREVIEWED, State.FAILED})


def after(state: str, wanted: State) -> str:
    """The state a placement goes to, or PlacementMoveRefused."""
    if wanted not in MOVES[State(state)]:
        raise PlacementMoveRefused(msg("Esta carga ya está en otro paso; actualiza la página."))
    return wanted.value


def reprocessed(state: str) -> str:
    """Where a committed placement goes when refused rows of it are to be placed after all, or PlacementMoveRefused."""
    if state != State.COMMITTED:
        raise PlacementMoveRefused(msg("Esta carga ya está en otro paso; actualiza la página."))
    return State.COMMITTING.value
