"""Rows that may be here already, and may be others: a person says, row by row, which of them are taken."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from recobro.intake import queries, render, service
from recobro.intake.blueprint import both, bp
from recobro.intake.lifecycle import OPEN
from recobro.intake.repair import repairing
from recobro.intake.staged.accepting import accepted
from recobro.intake.staged.substitutions import OPTION
from recobro.intake.tables import Placement
from recobro.web.jinja import number
from recobro.web.pages import go_to
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows

MOST_SHOWN = 50


@dataclass(frozen=True)
class Doubt:
    """One row: what it is of, why it is in doubt, and whether it is taken."""

    line: int
    label: str
    sentence: str
    chosen: bool


@dataclass(frozen=True)
class Doubts:
    """The first doubtful rows of a file, and how many more there are. `again`: an invoice waits until the one that it
    replaces is recalled, and then the file is read again; `may_replace`: the reader may let both be done at once, and
    `replaces` that it was let."""

    rows: list[Doubt]
    more: int
    again: bool
    may_replace: bool
    replaces: bool


def doubts(placement: Placement) -> Doubts:
    """The rows that are asked about; of a document with several, the first speaks for it."""
    taken = accepted(placement)
    by_line = {one.line: one for one in reversed(queries.doubtful(g.work, placement.id))}
    rows = []
    for line, issue in sorted(by_line.items())[:MOST_SHOWN]:
        label = spell(msg("Fila {line}: {value}"), line=number(line), value=issue.value or "—")
        rows.append(Doubt(line, label, render.sentence(queries.told(issue)), line in taken))
    waits = queries.issues(g.work, placement.id, kinds=["conflict"], code="substitutes", limit=1)
    return Doubts(
        rows, max(0, len(by_line) - MOST_SHOWN), bool(waits), allows(Role(g.principal.role), Permission.RECALL_CASES),
        bool(placement.options.get(OPTION)) and placement.state in OPEN,
    )  # fmt: skip


@both("/<uuid:placement_id>/accept", Permission.UPLOAD_PLACEMENTS, "POST")
def accept_rows(placement_id: UUID) -> ResponseReturnValue:
    """Take the ticked rows, and no others of those shown; show what would be done now."""
    placement = service.open_placement(g.work, placement_id)
    shown, lines = (_lines(request.form.getlist(name)) for name in ("shown", "take"))
    step = "review" if placement.state in OPEN else None
    if "every" in request.form:
        shown = lines = {one.line for one in queries.doubtful(g.work, placement_id)}
    try:
        ready = repairing.accept(g.work, placement_id, shown=shown, lines=lines)
    except Problem as problem:
        return go_to(".show_placement", say=problem.template, kind="warn", fields=dict(problem.details),
                     placement_id=placement_id, step=step)  # fmt: skip
    say = msg("Estas son las cifras con lo que elegiste.") if ready else msg("Lo estamos leyendo con lo que elegiste.")
    return go_to(".show_placement", say=say, placement_id=placement_id, step=step if ready else None)


@bp.post("/placements/<uuid:placement_id>/replace")
@needs(Permission.RECALL_CASES)
def replace_invoices(placement_id: UUID) -> ResponseReturnValue:
    """Let the invoices that the file's replace be recalled as these go in, or not."""
    placement = service.open_placement(g.work, placement_id)
    step, wanted = ("review" if placement.state in OPEN else None), "keep" not in request.form
    try:
        done = repairing.replace(g.work, placement_id, wanted=wanted)
    except Problem as problem:
        return go_to(".show_placement", say=problem.template, kind="warn", fields=dict(problem.details),
                     placement_id=placement_id, step=step)  # fmt: skip
    if not wanted:
        say, tone = msg("No se retira nada: las que sustituyen a otras no entran."), "info"
    elif not done:
        say, tone = msg("Nada se retiró todavía: abajo está lo que lo impide, o lo estamos leyendo."), "warn"
    elif step:
        say, tone = msg("Al confirmar se retiran las facturas que estas sustituyen."), "ok"
    else:
        say, tone = msg("Las anteriores se retiran y entran las que las sustituyen."), "ok"
    return go_to(".show_placement", say=say, kind=tone, placement_id=placement_id, step=step if done else None)


def _lines(given: list[str]) -> set[int]:
    return {int(line) for line in given if line.isdecimal() and len(line) < 10}
