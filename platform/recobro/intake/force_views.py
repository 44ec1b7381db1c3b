"""The agency's people overrule what stands against a recall, with its consequences before them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake import render
from recobro.intake.blueprint import bp
from recobro.intake.repair import forcing
from recobro.intake.tables import Placement
from recobro.recalls.render import told
from recobro.recalls.rules import CAUSE_LABELS, Cause
from recobro.web.pages import go_to
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows

_STAY = (msg("1 fila no se retira por esto."), msg("{count} filas no se retiran por esto."))


@dataclass(frozen=True)
class ForceLine:
    """One cause: its words, whether it is overruled, how many rows stay for it, and what taking them would cost."""

    code: str
    label: str
    chosen: bool
    rows: str
    costs: list[tuple[str, str]]


def force_lines(placement: Placement) -> list[ForceLine]:
    """The causes of a recall that may be overruled; none for who may not."""
    if not allows(Role(g.principal.role), Permission.FORCE_RECALL):
        return []
    found: list[list[Any]] = placement.counts.get("forceable", [])
    chosen = placement.options.get("force", [])
    return [
        ForceLine(code, spell(CAUSE_LABELS[Cause(code)]), code in chosen, render.counted(_STAY, rows) if rows else "",
                  told(costs))
        for code, rows, costs in found
    ]  # fmt: skip


@bp.post("/placements/<uuid:placement_id>/force")
@needs(Permission.FORCE_RECALL)
def force(placement_id: UUID) -> ResponseReturnValue:
    """Overrule the chosen causes, and show what would be done now."""
    causes = [cause for cause in Cause if cause.value in request.form.getlist("force")]
    try:
        forcing.force(g.work, placement_id, causes=causes, why=request.form.get("why", ""))
    except Invalid as problem:
        return go_to(".show_placement", say=problem.template, kind="warn", placement_id=placement_id, step="review")
    say = msg("Estas son las cifras con lo que se retira de todos modos.") if causes else msg("Ya no se fuerza nada.")
    return go_to(".show_placement", say=say, placement_id=placement_id, step="review")
