"""What holds of rows in conflict: a person says, for all rows of a cause or row by row."""

from collections.abc import Mapping
from uuid import UUID

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from recobro.intake import service
from recobro.intake.blueprint import both
from recobro.intake.lifecycle import OPEN
from recobro.intake.repair import repairing
from recobro.intake.staged.deciding import KEEP, TAKE
from recobro.web.jinja import number
from recobro.web.pages import go_to
from tenants.roles import Permission

_OF_ALL = {"keep_all": KEEP, "take_all": TAKE, "open_all": ""}


@both("/<uuid:placement_id>/decide", Permission.UPLOAD_PLACEMENTS, "POST")
def decide_rows(placement_id: UUID) -> ResponseReturnValue:
    """Keep what was decided, and show what would be done now."""
    placement = service.open_placement(g.work, placement_id)
    act, code = request.form.get("act", ""), request.form.get("cause", "")[:40]
    step = "review" if placement.state in OPEN else None
    causes = {code: _OF_ALL[act]} if act in _OF_ALL else {}
    try:
        ready = repairing.decide(g.work, placement_id, causes=causes, lines={} if causes else _lines(request.form))
    except Problem as problem:
        return go_to(".show_placement", say=problem.template, kind="warn", fields=dict(problem.details),
                     placement_id=placement_id, step=step, at=f"conflict-{code}")  # fmt: skip
    left = service.open_placement(g.work, placement_id).counts.get("conflicts", 0)
    say, fields = msg("Lo estamos leyendo con lo que decidiste."), dict[str, object]()
    if ready:
        say = msg("Decidido: ninguna fila queda en conflicto.")
    if ready and left:
        say, fields = msg("Decidido. Filas que siguen en conflicto: {left}."), {"left": number(left)}
    return go_to(".show_placement", say=say, fields=fields, placement_id=placement_id, step=step if ready else None,
                 at=f"conflict-{code}")  # fmt: skip


def _lines(form: Mapping[str, str]) -> dict[int, str]:
    """The rows whose choice is another one than the page showed."""
    found = {}
    for name, said in form.items():
        line = name.removeprefix("line-")
        if line != name and line.isdecimal() and len(line) < 10 and said != form.get(f"was-{line}", ""):
            found[int(line)] = said[:10]
    return found
