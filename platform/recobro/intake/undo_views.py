"""The way back: what undoing a file would take away, what stays and why, what does instead; and its doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.text import msg
from recobro.intake import service
from recobro.intake.blueprint import both, bp
from recobro.intake.lifecycle import State
from recobro.intake.tables import Placement
from recobro.intake.undo import putting_back, retiring, undoing
from recobro.recalls.rules import CAUSE_LABELS, Cause
from recobro.web.jinja import moment, number
from recobro.web.lists import Head
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
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
class GroupLine:
    """What stays for the same reasons: how many cases (none where it is not counted in cases) and debts."""

    why: str
    cases: int
    debts: int


@dataclass(frozen=True)
class Stayed:
    """All that stays: by reason, the first cases; what of it can be taken back (`rest`), with what a recall refuses."""

    groups: Sequence[GroupLine]
    lines: Sequence[StayLine]
    heads: Sequence[Head]
    cases: int
    rest: retiring.Rest | None = None
    refused: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class UndoPage:
    """What would go and what stays. `undo` of new debts, `back` of the other kinds; neither where only a job may see.
    `way` is what undoing does."""

    placement: Placement
    client: str
    undo: undoing.Undo | None
    back: putting_back.Back | None
    way: str
    stayed: Stayed | None


@dataclass(frozen=True)
class Way:
    """Where a committed file's way back stands: sentences with their tone, what to ask for its end, what stays, how
    much a client may still undo."""

    told: Sequence[tuple[str, str]]
    poll: str
    stayed: Stayed | None
    goes: int = 0


@both("/<uuid:placement_id>/undo", Permission.UPLOAD_PLACEMENTS)
def ask_undo(placement_id: UUID) -> ResponseReturnValue:
    """What undoing would do now; nothing changes. A client's person reads only what is its own to know."""
    placement = service.open_placement(g.work, placement_id)
    if not undoing.may_be_undone(placement):
        return go_to(".show_placement", say=undoing.ONLY_COMMITTED, kind="info", placement_id=placement_id)
    own = g.principal.kind is Kind.CLIENT
    debts = placement.kind == "placement"
    found = undoing.look(g.work, placement_id) if debts and not own else None
    back = putting_back.look(g.work, placement) if placement.kind in putting_back.WAYS and not own else None
    stayed = None
    if found is not None:
        stayed = _stayed(placement, found.groups, found.stays, found.stay_cases)
    elif back is not None:
        stayed = _stayed(placement, [undoing.Group([code], 0, count) for code, count in back.stays.items()], [], 0)
    way = putting_back.WAYS.get(placement.kind, "")
    return draw(
        "pages/placements/undo.html",
        UndoPage(
            placement, client_by_id(g.work, placement.client_id).name, found, back, spell(way) if way else "",
            stayed,
        ),
    )  # fmt: skip


@both("/<uuid:placement_id>/undo", Permission.UPLOAD_PLACEMENTS, "POST")
def undo(placement_id: UUID) -> ResponseReturnValue:
    """Let a job undo it."""
    undoing.ask_undo(g.work, placement_id, partly="partly" in request.form)
    return go_to(".show_placement", say=msg("Estamos deshaciendo la carga; puedes salir de esta página."), kind="info",
                 placement_id=placement_id)  # fmt: skip


@bp.post("/placements/<uuid:placement_id>/withdraw-rest")
@needs(Permission.RECALL_CASES)
def withdraw_rest(placement_id: UUID) -> ResponseReturnValue:
    """Let a job take back what stays, as a recall."""
    retiring.ask(g.work, placement_id)
    return go_to(".show_placement", say=msg("Estamos retirando lo que queda; puedes salir de esta página."),
                 kind="info", placement_id=placement_id)  # fmt: skip


def way_back(placement: Placement) -> Way:
    """What is told of the way back on a file's own page."""
    own = g.principal.kind is Kind.CLIENT
    told = [*_undone(placement, own=own), *([] if own else _withdrawn(placement))]
    poll = "undone" if undoing.underway(placement) else ""
    if placement.withdrawn.get("state") == "running":
        poll = "withdrawn"
    stayed, kept, goes = None, placement.undone, 0
    told_of = undoing.groups_kept(kept)
    if own and (kept.get("state") == "refused" or placement.state == State.UNDONE):
        # Whose case it is that somebody called is the agency's to know; why it stays is the client's.
        stayed = _stayed(placement, told_of, [], 0)
        goes = kept.get("goes", 0) if kept.get("state") == "refused" else 0
    elif placement.state == State.UNDONE and told_of:
        stayed = _stayed(
            placement, told_of,
            [undoing.Stay(UUID(one["case_id"]), one["number"], one["debtor"], one["debts"], one["reasons"])
             for one in kept.get("stays", [])],
            kept.get("stay_cases", 0),
        )  # fmt: skip
    return Way(told, poll, stayed, goes)


def _undone(placement: Placement, *, own: bool) -> Sequence[tuple[str, str]]:
    kept, state = placement.undone, placement.undone.get("state")
    if state == "asked":
        return [(spell(msg("Pediste deshacer esta carga; vemos si nadie la ha trabajado.")), "info")]
    if state == "running":
        return [(spell(msg("Estamos deshaciendo esta carga: van {count}."), count=number(kept["debts"])), "info")]
    if state == "refused":
        sentence = msg("Ya se trabajó una parte de esta carga: abajo está qué se queda y por qué. Eso puede salir con "
                       "un retiro.")  # fmt: skip
        ours = msg("El cliente pidió deshacer esta carga, y ya se trabajó una parte: deshaz el resto o retíralo.")
        return [(spell(sentence if own else ours), "warn")]
    if placement.state != State.UNDONE or placement.undone_at is None:
        return []
    said = {"day": moment(placement.undone_at), "by": placement.undone_by, "debts": number(kept["debts"])}
    if placement.kind != "placement":
        whole = msg("Esta carga se deshizo ({day}, {by}): volvieron {debts} de sus cambios.")
        part = msg("Esta carga se deshizo en parte ({day}, {by}): volvieron {debts} de sus cambios y {stay} se quedan.")
    else:
        whole = msg("Esta carga se deshizo ({day}, {by}): salieron {debts} adeudos de {cases} casos.")
        part = msg("Esta carga se deshizo en parte ({day}, {by}): salieron {debts} adeudos de {cases} casos y se "
                   "quedan {stay} de {stay_cases}.")  # fmt: skip
    stay = kept.get("stay_debts", 0)
    more = {"cases": number(kept["cases"]), "stay": number(stay), "stay_cases": number(kept.get("stay_cases", 0))}
    return [(spell(part if stay else whole, **said, **more), "warn" if stay else "info")]


def _withdrawn(placement: Placement) -> Sequence[tuple[str, str]]:
    kept: dict[str, Any] = placement.withdrawn
    if not kept:
        return []
    said = {"debts": number(kept["debts"]), "cases": number(kept["cases"])}
    if kept["state"] == "running":
        return [(spell(msg("Estamos retirando lo que queda: van {debts} adeudos de {cases} casos."), **said), "info")]
    told = [(spell(msg("De lo que quedaba se retiraron {debts} adeudos de {cases} casos."), **said), "info")]
    for cause, count in kept["refused"].items():
        label = spell(CAUSE_LABELS[Cause(cause)])
        told.append((spell(msg("No se retiraron {count}: {cause}."), count=number(count), cause=label.lower()), "warn"))
    return told


def _stayed(
    placement: Placement, groups: Sequence[undoing.Group], stays: Sequence[undoing.Stay], cases: int
) -> Stayed | None:
    if not groups and not stays:
        return None
    rest = None
    busy = undoing.underway(placement) or placement.withdrawn.get("state") == "running"
    if placement.kind == "placement" and not busy and allows(Role(g.principal.role), Permission.RECALL_CASES):
        rest = retiring.look(g.work, placement)
    refused = [(spell(CAUSE_LABELS[Cause(cause)]), count) for cause, count in (rest.refused if rest else {}).items()]
    return Stayed(
        [GroupLine(_words(one.reasons, one.also), one.cases, one.debts) for one in groups],
        [StayLine(one.number, url_for("cases.show_case", case_id=one.case_id), one.debtor, one.debts,
                  _words(one.reasons)) for one in stays],
        _heads(), cases, rest, refused,
    )  # fmt: skip


def _words(reasons: Sequence[str], also: str = "") -> str:
    return ", ".join(spell(undoing.EVERY_REASON[reason]) for reason in reasons) + (f" ({also})" if also else "")


def _heads() -> list[Head]:
    return [
        Head(spell(msg("Caso"))),
        Head(spell(msg("Deudor"))),
        Head(spell(msg("Adeudos")), num=True),
        Head(spell(msg("Por qué se queda"))),
    ]
