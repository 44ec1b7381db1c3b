"""Before a file is given: the blank sheet to fill in, and what a file was seen to be, said at once."""

from collections.abc import Sequence
from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import NotFound, Problem
from kernel.text import msg
from recobro.intake import render, service
from recobro.intake.blueprint import both
from recobro.intake.columns import blanks, mapping
from recobro.intake.columns.fields import SKIP
from recobro.intake.columns.profiles import ColumnProfile
from recobro.intake.files import document_rows
from recobro.intake.files.layout import Layout
from recobro.intake.kinds.registry import KINDS
from recobro.intake.tables import Placement
from recobro.web.exports import csv_text
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission
from tenants.service import client_by_id
from tenants.tables import Client

_PLACES = {"MX": (msg("México"), "es_MX"), "CO": (msg("Colombia"), "es_CO"), "ES": (msg("España"), "es_ES")}


def places() -> list[tuple[str, str]]:
    """The countries of the clients one may bring files for, each with its name; all of ours where none is one."""
    query = select(Client.country).where(Client.agency_id == g.work.agency_id, Client.status == "active").distinct()
    if g.principal.client_id is not None:
        query = query.where(Client.id == g.principal.client_id)
    theirs = set(g.work.session.scalars(query))
    return [(code, spell(name)) for code, (name, _) in _PLACES.items() if code in theirs or not theirs & set(_PLACES)]


@both("/template.csv", Permission.UPLOAD_PLACEMENTS)
def template_file() -> ResponseReturnValue:
    """The blank sheet of a kind of file, with the headings of a country."""
    kind, country = request.args.get("kind", "placement"), request.args.get("country", "MX")
    if kind not in KINDS or country not in _PLACES:
        raise NotFound
    _, locale = _PLACES[country]
    heads, row = blanks.blank(kind, country)
    stem = "indice" if kind == "documents" else kind
    return Response(
        csv_text(locale, heads, [row]),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={stem}-{country.lower()}.csv"},
    )


@both("/look", Permission.UPLOAD_PLACEMENTS, "POST")
def look() -> ResponseReturnValue:
    """What a file was seen to be and how many of its columns are known, in one sentence. Nothing is kept of it."""
    file, kind = request.files.get("file"), request.form.get("kind", "placement")
    if file is None or not file.filename or kind not in KINDS:
        return _said("")
    stream = cast(BinaryIO, file.stream)
    try:
        client = client_by_id(g.work, g.principal.client_id or UUID(request.form.get("client", "")))
        laid, guesses, count = service.understand(
            g.work, client.id, kind, stream, service.detected(kind, stream, file.filename)
        )
    except ValueError:
        return _said("")
    except Problem as problem:
        return _said(spell_problem(problem), wrong=True)
    # Never added to the session: it is only read.
    placement = Placement(kind=kind, file_name="", layout=laid, mapping=guesses, row_count=count, readings={})
    words = render.seen(placement, service.readings_of(placement, client)).removeprefix(" · ")
    layout = service.layout_of(placement)
    if layout.documents or kind == "documents":
        return _said(words)
    words = f"{words} · {render.automatic(placement)}"
    lacking = render.lacking(placement)
    if not lacking:
        return _said(words)
    if other := _better(kind, layout, service.profiles_of(placement)):
        lacking = [spell(msg("Parece «{kind}»: elígelo abajo si lo es."), kind=spell(KINDS[other].label))]
    return _said(f"{words}. {' '.join(lacking)}", wrong=True)


def _better(kind: str, layout: Layout, profiles: Sequence[ColumnProfile]) -> str:
    """The kind of file that the columns of a sheet are for, when it knows more of them than the chosen one."""
    known = {}
    for name in (one for one in KINDS if one != document_rows.KIND):
        choices = mapping.guess(layout.columns, profiles, kind=name, lower=layout.lower)
        used = {one.field for one in choices} - {SKIP}
        known[name] = 0 if KINDS[name].missing(used) else len(used)
    best = max(known, key=lambda name: known[name])
    return best if known[best] > known.get(kind, 0) and list(known.values()).count(known[best]) == 1 else ""


def _said(words: str, *, wrong: bool = False) -> Response:
    return Response(words, mimetype="text/plain", headers={"X-Wrong": "1"} if wrong else {})
