"""One saved map: called by a name, its columns corrected, tried on the last file, forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import NotFound, Problem
from kernel.text import msg
from recobro.intake import maps, render, service, trying
from recobro.intake.blueprint import both
from recobro.intake.checks.causes import OTHER, WORDS
from recobro.intake.columns.mapping import Choice, corrected
from recobro.intake.forms import chosen_fields
from recobro.intake.kinds.registry import KINDS
from recobro.intake.tables import Placement
from recobro.web.errors import STATUS
from recobro.web.jinja import number
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.translations import spell, spell_problem
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id


@dataclass(frozen=True)
class MapPage:
    """A map: its columns (heading, sample, field), and what trying it said."""

    last: Placement
    name: str
    client: str
    kind: str
    lines: Sequence[tuple[str, str, str]]
    options: Sequence[tuple[str, str]]
    tried: str
    error: str
    may_manage: bool
    may_try: bool
    here: str
    versions: Sequence[tuple[maps.MapVersion, Sequence[str]]]


@both("/maps/<uuid:placement_id>", Permission.UPLOAD_PLACEMENTS)
def show_map(placement_id: UUID) -> ResponseReturnValue:
    """The map that reads files with the headings of this placement."""
    last, name, choices = maps.map_of(g.work, service.open_placement(g.work, placement_id))
    return _page(last, name, choices)


@both("/maps/<uuid:placement_id>", Permission.MANAGE_SOURCES, "POST")
def change_map(placement_id: UUID) -> ResponseReturnValue:
    """Keep a name and other fields, from the next file on."""
    last, _, choices = maps.map_of(g.work, service.open_placement(g.work, placement_id))
    name, fields = request.form.get("name", ""), chosen_fields(request.form)
    try:
        maps.change(g.work, last, name=name, fields=fields)
    except Problem as problem:
        g.failed = True
        return _page(last, name, _given(choices), error=spell_problem(problem), status=STATUS[problem.kind])
    return go_to(".show_map", say=msg("El mapa quedó así desde el próximo archivo."), placement_id=last.id)


@both("/maps/<uuid:placement_id>/try", Permission.UPLOAD_PLACEMENTS, "POST")
def try_map(placement_id: UUID) -> ResponseReturnValue:
    """What the last file would be by the map as it is on the page; nothing is kept."""
    last, name, choices = maps.map_of(g.work, service.open_placement(g.work, placement_id))
    wanted = _given(choices)
    try:
        corrected(choices, chosen_fields(request.form))
        tried = _tried(last, wanted)
    except Problem as problem:
        return _page(last, request.form.get("name", name), wanted, error=spell_problem(problem))
    return _page(last, request.form.get("name", name), wanted, tried=tried)


@both("/maps/<uuid:placement_id>/back", Permission.MANAGE_SOURCES, "POST")
def go_back(placement_id: UUID) -> ResponseReturnValue:
    """Read the next file by an earlier version of the map."""
    last = service.open_placement(g.work, placement_id)
    to = request.form.get("to", type=UUID)
    if to is None:
        raise NotFound(msg("Esa versión del mapa no existe o no es tuya."))
    maps.go_back(g.work, last, to)
    return go_to(".show_map", say=msg("El mapa quedó así desde el próximo archivo."), placement_id=last.id)


@both("/maps/<uuid:placement_id>/forget", Permission.MANAGE_SOURCES, "POST")
def forget_map(placement_id: UUID) -> ResponseReturnValue:
    """Have the columns of the next such file guessed anew."""
    maps.forget(g.work, service.open_placement(g.work, placement_id))
    say = msg("El mapa se borró: en el próximo archivo se preguntan las columnas.")
    return go_to(".list_sources", say=say)


def _given(choices: Sequence[Choice]) -> list[Choice]:
    fields = chosen_fields(request.form)
    return [Choice(fields.get(index, one.field), one.how) for index, one in enumerate(choices)]


def _tried(last: Placement, choices: Sequence[Choice]) -> str:
    if last.row_count > trying.MOST_ROWS:
        return spell(msg("El último archivo es demasiado grande para probarlo aquí."))
    found = trying.rehearse(g.work, last, choices)
    if not found.refused:
        if found.rows == 1:
            return spell(msg("{file}: se lee bien su única fila."), file=last.file_name)
        return spell(msg("{file}: se leen bien sus {rows} filas."), file=last.file_name, rows=number(found.rows))
    reasons = ", ".join(f"{number(count)} {spell(WORDS.get(code, OTHER))}" for code, count in found.reasons)
    if found.rows == 1:
        return spell(msg("{file}: su única fila no se leería ({reasons})."), file=last.file_name, reasons=reasons)
    return spell(msg("{file}: de sus {rows} filas no se leerían {refused} ({reasons})."), file=last.file_name,
                 rows=number(found.rows), refused=number(found.refused), reasons=reasons)  # fmt: skip


def _changed(heading: str, was: str, now: str, labels: Mapping[str, str]) -> str:
    return f"{heading}: {labels.get(was, was)} → {labels.get(now, now)}"


def _page(
    last: Placement, name: str, choices: Sequence[Choice], *, tried: str = "", error: str = "", status: int = 200
) -> ResponseReturnValue:
    columns, profiles = service.layout_of(last).columns, service.profiles_of(last)
    samples = [profile.samples[0] if profile.samples else "—" for profile in profiles]
    kind = KINDS[last.kind]
    labels = dict(render.field_options(last.kind))
    page = MapPage(
        last=last,
        name=name,
        client=client_by_id(g.work, last.client_id).name,
        kind=spell(kind.label),
        lines=list(zip(columns, samples, (one.field for one in choices), strict=True)),
        options=render.field_options(last.kind),
        tried=tried,
        error=error,
        may_manage=allows(Role(g.principal.role), Permission.MANAGE_SOURCES),
        may_try=g.principal.kind is not Kind.CLIENT or not kind.by_job,
        here=url_for(".show_map", placement_id=last.id),
        versions=[(one, [_changed(*told, labels) for told in one.changes]) for one in maps.versions(g.work, last)],
    )
    return draw("pages/placements/map.html", page, status=status)
