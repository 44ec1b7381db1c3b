"""Where a file is mended: by value, by cell, by leaving rows out, by a file that comes back; and what waits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO, cast
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.files import open_file
from recobro.intake import discarding, queries, render, service
from recobro.intake.blueprint import both
from recobro.intake.checks.causes import EXTRA, OTHER, WORDS, Cause
from recobro.intake.forms import mended_cells, mended_values
from recobro.intake.lifecycle import OPEN
from recobro.intake.repair import panels, quarantine, repairing, returning
from recobro.intake.staged.fixes import Fix
from recobro.intake.tables import Placement
from recobro.web.events import sentence
from recobro.web.jinja import locale, number
from recobro.web.lists import Head, Pager, url_with
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import Permission, Role, allows

_BLOCK = 64 * 1024


@both("/<uuid:placement_id>/repair", Permission.UPLOAD_PLACEMENTS, "POST")
def repair_rows(placement_id: UUID) -> ResponseReturnValue:
    """Keep one act: mend values or cells, leave a cause's rows out or take them in, take back."""
    placement = service.open_placement(g.work, placement_id)
    key, act = request.form.get("at", "")[:80], request.form.get("act", "apply")
    before = placement.counts.get("rejected", 0)
    cause = panels.cause_of(key, service.layout_of(placement).columns)
    try:
        match act:
            case "leave_out":
                ready = repairing.leave_out(g.work, placement_id, cause)
            case "take_in":
                ready = repairing.take_in(g.work, placement_id, cause)
            case "undo":
                ready = repairing.unfix(g.work, placement_id, _column(request.form))
            case _:
                ready = repairing.repair(g.work, placement_id, _fixes(placement))
    except Problem as problem:
        return _back(placement, key, problem.template, "warn", dict(problem.details))
    if not ready:
        return _back(placement, key, msg("Guardado. El archivo es grande: estamos leyéndolo de nuevo."), "info", {})
    left = service.open_placement(g.work, placement_id).counts.get("rejected", 0)
    fields: dict[str, object] = {"fewer": number(before - left), "left": number(left)}
    say = msg("Por corregir: {left}.") if left != before else msg("Guardado. Por corregir: {left}.")
    if left < before:
        say = msg("Por corregir: {left}, {fewer} menos.")
    return _back(placement, key, say, "ok", fields)


def _back(placement: Placement, key: str, say: str, kind: str, fields: dict[str, object]) -> ResponseReturnValue:
    step = "review" if placement.state in OPEN else None
    return go_to(".show_placement", say=say, kind=kind, fields=fields, placement_id=placement.id, step=step,
                 at=key or None)  # fmt: skip


def _column(form: Mapping[str, str]) -> int | None:
    index = form.get("column", "")
    return int(index) if index.isdecimal() and len(index) < 5 else None


def _fixes(placement: Placement) -> list[Fix]:
    """What was written into a panel, as repairs."""
    if request.form.get("above"):
        return repairing.above_fixes(g.work, placement.id)
    column = _column(request.form)
    if column is None:
        raise Invalid(msg("Esa columna no está en el archivo."))
    term = request.form.get("term", "").strip()
    if term:
        if not term.isdecimal() or len(term) > 5:
            raise Invalid(msg("Escribe el plazo en días, con números."))
        return repairing.term_fixes(g.work, placement.id, int(term))
    cells, was = mended_cells(request.form)
    return [
        *repairing.value_fixes(column, mended_values(request.form)),
        *(Fix(line, column, was.get(line, ""), new) for line, new in cells.items()),
    ]


@dataclass(frozen=True)
class TriedPage:
    """What a repair would change, before it is kept."""

    placement: Placement
    words: str
    pairs: Sequence[tuple[str, str]]
    more: int
    sent: Sequence[tuple[str, str]]
    back_url: str

    @property
    def follows(self) -> bool:
        """Whether what cells would say follows from others: nobody wrote it, so it is shown."""
        return any(name in ("term", "above") for name, _ in self.sent)


@both("/<uuid:placement_id>/repair/try", Permission.UPLOAD_PLACEMENTS, "POST")
def try_repair(placement_id: UUID) -> ResponseReturnValue:
    """What a repair would change: a sentence for a page that asks by script, else a page that asks for the word."""
    placement = service.open_placement(g.work, placement_id)
    fixes: list[Fix] = []
    try:
        fixes = _fixes(placement)
        words = panels.tried_words(repairing.try_repair(g.work, placement_id, fixes))
    except Problem as problem:
        words = spell(problem.template, **problem.details)
    pairs = [(fix.old or spell(msg("Fila {line}"), line=number(fix.line)) if fix.line else fix.old, fix.new)
             for fix in fixes]  # fmt: skip
    sent = [(name, value) for name, value in request.form.items() if name not in ("csrf_token", "act")]
    step = "review" if placement.state in OPEN else None
    back = url_for(".show_placement", placement_id=placement_id, step=step, at=request.form.get("at") or None)
    page = TriedPage(placement, words, pairs[:50], max(0, len(pairs) - 50), sent[:1000], back)
    return draw("pages/placements/tried.html", page, block="words")


@both("/<uuid:placement_id>/reprocess", Permission.UPLOAD_PLACEMENTS, "POST")
def reprocess(placement_id: UUID) -> ResponseReturnValue:
    """Let the mended rows of a committed placement go in."""
    try:
        repairing.reprocess(g.work, placement_id)
    except Problem as problem:
        return go_to(".show_placement", say=problem.template, kind="warn", fields=dict(problem.details),
                     placement_id=placement_id)  # fmt: skip
    return go_to(".show_placement", placement_id=placement_id)


@both("/<uuid:placement_id>/errors.csv", Permission.SEE_PLACEMENTS)
def errors_csv(placement_id: UUID) -> ResponseReturnValue:
    """The rows that do not go in, in the layout of their file, with the reasons; formulas defused."""
    placement = service.open_placement(g.work, placement_id)
    usual = ";" if locale() in ("es_CO", "es_ES") else ","
    separator = service.layout_of(placement).separator or usual
    extra = returning.extra_cells(g.work, placement)
    rows = returning.refused_rows(g.work, placement, render.sentence, extra)
    made = returning.as_csv(_heads(placement, extra), rows, separator)
    return _sent(made, f"{placement.number}-errores.csv", "text/csv")


@both("/<uuid:placement_id>/errors.xlsx", Permission.SEE_PLACEMENTS)
def errors_xlsx(placement_id: UUID) -> ResponseReturnValue:
    """The same as a workbook of texts."""
    placement = service.open_placement(g.work, placement_id)
    extra = returning.extra_cells(g.work, placement)
    rows = returning.refused_rows(g.work, placement, render.sentence, extra)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _sent(returning.as_workbook(_heads(placement, extra), rows), f"{placement.number}-errores.xlsx", kind)


def _heads(placement: Placement, extra: int) -> list[str]:
    more = [spell(EXTRA, n=n) for n in range(1, extra + 1)]
    return returning.heads(placement, spell(msg("Fila")), spell(msg("Error")), more)


def _sent(file: IO[bytes], name: str, media_type: str) -> Response:
    def blocks() -> Iterator[bytes]:
        with file:
            while block := file.read(_BLOCK):
                yield block

    return Response(blocks(), mimetype=media_type, headers={"Content-Disposition": f"attachment; filename={name}"})


@both("/<uuid:placement_id>/corrected", Permission.UPLOAD_PLACEMENTS, "POST")
def take_corrected(placement_id: UUID) -> ResponseReturnValue:
    """Take the mended rows in, over those of this placement."""
    placement = service.open_placement(g.work, placement_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _back(placement, "", msg("Elige un archivo."), "warn", {})
    stream = cast(BinaryIO, file.stream)
    try:
        merged = returning.merge(g.work, placement_id, stream, file.filename)
    except Problem as problem:
        return _back(placement, "", problem.template, "warn", dict(problem.details))
    return _merged(placement, merged)


@both("/<uuid:placement_id>/merge", Permission.UPLOAD_PLACEMENTS, "POST")
def merge_into_its_own(placement_id: UUID) -> ResponseReturnValue:
    """Take mended rows that were brought as a new placement in, over those of the one they come from."""
    draft = service.open_placement(g.work, placement_id)
    placement = returning.came_from(g.work, draft)
    if placement is None:
        return _back(draft, "", msg("Estas filas no son de otra carga."), "warn", {})
    try:
        with open_file(g.work, draft.file_id) as (_, file):
            merged = returning.merge(g.work, placement.id, file, draft.file_name)
        discarding.discard(g.work, draft.id)
    except Problem as problem:
        return _back(draft, "", problem.template, "warn", dict(problem.details))
    return _merged(placement, merged)


# By whether one or several rows were mended, and none, one or several were not to be.
_MERGED = {
    (0, 0): msg("Corregimos 1 fila con tu archivo."),
    (0, 1): msg("Corregimos 1 fila con tu archivo. Otra no estaba por corregir: sigue como estaba."),
    (0, 2): msg("Corregimos 1 fila con tu archivo. Otras {unknown} no estaban por corregir: siguen como estaban."),
    (1, 0): msg("Corregimos {rows} filas con tu archivo."),
    (1, 1): msg("Corregimos {rows} filas con tu archivo. Otra no estaba por corregir: sigue como estaba."),
    (1, 2): msg(
        "Corregimos {rows} filas con tu archivo. Otras {unknown} no estaban por corregir: siguen como estaban."
    ),
}


def _merged(placement: Placement, merged: returning.Merged) -> ResponseReturnValue:
    fields: dict[str, object] = {"rows": number(merged.rows), "unknown": number(merged.unknown)}
    return _back(placement, "", _MERGED[min(merged.rows, 2) - 1, min(merged.unknown, 2)], "ok", fields)


@dataclass(frozen=True)
class QuarantinePage:
    """What waits, by placement and cause; `claims` are payments and credits without their invoice, with why some were
    not met when it came."""

    heads: list[Head]
    rows: Sequence[tuple[quarantine.Waiting, Sequence[tuple[str, str, int]]]]
    pager: Pager
    by_client: bool
    may_upload: bool
    claims: Sequence[tuple[quarantine.WaitingClaims, Sequence[tuple[str, str]]]]
    claim_heads: list[Head]


@both("/quarantine", Permission.SEE_PLACEMENTS)
def list_quarantine() -> ResponseReturnValue:
    """The refused rows of committed placements, the oldest first."""
    page = quarantine.list_waiting(g.work, after=request.args.get("after", ""))
    path, by_client = url_for(".list_quarantine"), g.principal.kind is not Kind.CLIENT
    more = url_with(path, {}, after=page.next_cursor) if page.next_cursor else ""
    first = "after" not in request.args
    words = (msg("Carga"), *([msg("Cliente")] if by_client else []), msg("Causa"), msg("Filas"), msg("Desde"))
    rows = [
        (row, [(panels.key_of(mend.cause, ()), _cause_words(mend.cause), mend.rows) for mend in row.causes])
        for row in page.rows
    ]
    total = len(rows) if first and not more else None
    return draw(
        "pages/placements/quarantine.html",
        QuarantinePage(
            heads=[Head(spell(word), num=word == "Filas") for word in words],
            rows=rows,
            pager=Pager(1 if rows else 0, len(rows), total, "" if first else path, more),
            by_client=by_client,
            may_upload=allows(Role(g.principal.role), Permission.UPLOAD_PLACEMENTS),
            claims=[
                (one, [(document, sentence(queries.reason_of(code), details)) for document, code, details in one.unmet])
                for one in (quarantine.list_claims(g.work) if first else ())
            ],
            claim_heads=_claim_heads(by_client=by_client),
        ),
    )


def _claim_heads(*, by_client: bool) -> list[Head]:
    return [
        Head(spell(msg("Carga"))),
        *([Head(spell(msg("Cliente")))] if by_client else []),
        Head(spell(msg("Pagos y créditos")), num=True),
        Head(spell(msg("Suma")), num=True),
        Head(spell(msg("Desde"))),
    ]


def _cause_words(cause: Cause) -> str:
    words = spell(WORDS.get(cause.code, OTHER))
    return f"{cause.column} · {words}" if cause.column else words[:1].upper() + words[1:]
