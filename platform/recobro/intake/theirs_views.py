"""Fields that somebody here corrected and a client's file tells otherwise: asked once for the whole file."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.text import msg
from recobro.intake import previewing, render, service
from recobro.intake.blueprint import both
from recobro.intake.kinds.correcting import LABELS
from recobro.intake.tables import Placement
from recobro.web.pages import go_to
from recobro.web.translations import spell
from tenants.roles import Permission

_IN = (msg("1 fila dice otra cosa"), msg("{count} filas dicen otra cosa"))


@dataclass(frozen=True)
class TheirLine:
    """One field: its words, in how many rows, and whether the file's value is taken."""

    field: str
    label: str
    rows: str
    chosen: bool


def their_lines(placement: Placement) -> list[TheirLine]:
    """The fields that are asked about."""
    chosen = placement.options.get("theirs", [])
    return [
        TheirLine(field, spell(LABELS[field]), render.counted(_IN, count), field in chosen)
        for field, count in placement.counts.get("ours", {}).items()
    ]


@both("/<uuid:placement_id>/theirs", Permission.UPLOAD_PLACEMENTS, "POST")
def take_theirs(placement_id: UUID) -> ResponseReturnValue:
    """Keep ours or take theirs, field by field, and show what would be done now."""
    asked = service.open_placement(g.work, placement_id).counts.get("ours", {})
    theirs = [field for field in asked if request.form.get(f"take-{field}") == "theirs"]
    service.choose(g.work, placement_id, theirs=theirs)
    ready = previewing.ask_preview(g.work, placement_id)
    say = msg("Estas son las cifras con lo que elegiste.") if ready else msg("Lo estamos leyendo con lo que elegiste.")
    return go_to(".show_placement", say=say, placement_id=placement_id, step="review" if ready else None)
