"""The way back: what undoing a placement would take away, what stays and why; and its doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import NotFound
from kernel.text import msg
from recobro.intake import service, undoing
from recobro.intake.blueprint import bp
from recobro.intake.tables import Placement
from recobro.web.lists import Head
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import Permission
from tenants.service import client_by_id


@dataclass(frozen=True)
class StayLine:
    """A case that stays: its number and address, whose it is, how many debts, why."""

    number: str
    url: str
    debtor: str
    debts: int
    why: str


@dataclass(frozen=True)
class UndoPage:
    """What would go and what stays."""

    placement: Placement
    client: str
    undo: undoing.Undo
    stays: Sequence[StayLine]
    heads: Sequence[Head]


@bp.get("/placements/<uuid:placement_id>/undo")
@needs(Permission.UPLOAD_PLACEMENTS)
def ask_undo(placement_id: UUID) -> ResponseReturnValue:
    """What undoing would do now; nothing changes."""
    _staff_only()
    placement = service.open_placement(g.work, placement_id)
    if not undoing.may_be_undone(placement):
        return go_to(".show_placement", say=undoing.ONLY_COMMITTED, kind="info", placement_id=placement_id)
    found = undoing.look(g.work, placement_id)
    return draw(
        "pages/placements/undo.html",
        UndoPage(placement, client_by_id(g.work, placement.client_id).name, found, stay_lines(found.stays), heads()),
    )


@bp.post("/placements/<uuid:placement_id>/undo")
@needs(Permission.UPLOAD_PLACEMENTS)
def undo(placement_id: UUID) -> ResponseReturnValue:
    """Let a job undo it."""
    _staff_only()
    undoing.ask_undo(g.work, placement_id)
    return go_to(".show_placement", say=msg("Estamos deshaciendo la carga; puedes salir de esta página."), kind="info",
                 placement_id=placement_id)  # fmt: skip


def _staff_only() -> None:
    """What is left of a placement tells of the agency's own work: a client asks the agency to undo it."""
    if g.principal.kind is Kind.CLIENT:
        raise NotFound


def heads() -> list[Head]:
    """The columns of the table of what stays."""
    return [
        Head(spell(msg("Caso"))),
        Head(spell(msg("Deudor"))),
        Head(spell(msg("Adeudos")), num=True),
        Head(spell(msg("Por qué se queda"))),
    ]


def stay_lines(stays: Sequence[undoing.Stay]) -> list[StayLine]:
    """The cases that stay, in words."""
    return [
        StayLine(
            stay.number, url_for("cases.show_case", case_id=stay.case_id), stay.debtor, stay.debts,
            ", ".join(spell(undoing.REASONS[reason]) for reason in stay.reasons),
        )
        for stay in stays
    ]  # fmt: skip


def undone_lines(placement: Placement) -> list[StayLine]:
    """The cases that stayed when a placement was undone."""
    kept = placement.undone.get("stays", [])
    return stay_lines(
        [undoing.Stay(UUID(one["case_id"]), one["number"], one["debtor"], one["debts"], one["reasons"]) for one in kept]
    )
