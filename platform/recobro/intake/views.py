"""The pages of placements, for staff and in the client's portal: the same views under two addresses."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.cases.forms import sentences
from recobro.files import read_file
from recobro.intake import (
    accept_views,
    decide_views,
    discarding,
    file_views,
    force_views,
    list_views,
    map_views,
    previewing,
    promises,
    queries,
    render,
    repair_views,
    service,
    source_views,
    theirs_views,
    undo_views,
)
from recobro.intake.blueprint import both, bp, portal_bp
from recobro.intake.checks.causes import WORDS
from recobro.intake.declared import Compared, as_line, declare, read_line
from recobro.intake.files import reading
from recobro.intake.forms import UploadForm, chosen_day, chosen_fields, chosen_readings, chosen_sheet
from recobro.intake.kinds.complements import LABEL as DOCUMENTS_LABEL
from recobro.intake.kinds.financial import FINANCIAL
from recobro.intake.kinds.kind import done_by
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.receipts import acknowledging
from recobro.intake.repair import panels, rereading, returning
from recobro.intake.staged import remembering
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.formats import home_currency
from recobro.web.jinja import day, locale, money
from recobro.web.lists import Head
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.translations import spell, spell_problem
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Client

# The views that live in rooms of their own are met by being imported.
__all__ = [
    "accept_views", "blueprints", "decide_views", "file_views", "force_views", "list_views", "map_views",
    "repair_views", "source_views", "theirs_views", "undo_views",
]  # fmt: skip

blueprints = (bp, portal_bp)


def _may_upload() -> bool:
    return allows(Role(g.principal.role), Permission.UPLOAD_PLACEMENTS)


@dataclass(frozen=True)
class NewPage:
    """The upload step."""

    form: UploadForm
    errors: list[tuple[str, str]]
    by_client: bool
    steps: list[tuple[str, str, str]]
    most_mb: int
    kinds: list[tuple[str, str, str, list[str]]]
    places: list[tuple[str, str]]
    currency: str


@both("/new", Permission.UPLOAD_PLACEMENTS)
def new_placement() -> ResponseReturnValue:
    """Where a file is given."""
    return _new(_upload_form())


@both("/new", Permission.UPLOAD_PLACEMENTS, "POST")
def upload() -> ResponseReturnValue:
    """Take a file in and go to its columns; one that was loaded before leads to what it made."""
    form = _upload_form()
    if not form.validate():
        return _new(form, [(name, text) for name, text in sentences(form).items()], 422)
    client_id = g.principal.client_id or UUID(form.client.data)
    file, name, source = _given(form)
    try:
        said = read_line(form.declared.data or "", client_by_id(g.work, client_id).currency)
    except Problem as problem:
        return _new(form, [("declared", spell_problem(problem))], 422)
    try:
        found = service.receive(
            g.work, client_id=client_id, name=name, file=file, kind=form.kind.data, source=source,
            again=form.again.data,
        )  # fmt: skip
    except Problem as problem:
        return _new(form, [("file", spell_problem(problem))], 422)
    if found.earlier:
        first = service.open_placement(g.work, found.placement_id)
        return go_to(".show_placement", say=msg("Esta carga ya existe: es la {number}. No cambió nada."), kind="info",
                     fields={"number": first.number}, placement_id=found.placement_id)  # fmt: skip
    if found.draft:
        draft = service.open_placement(g.work, found.placement_id)
        if said:
            draft.declared = said
        return go_to(".show_placement", say=msg("Este archivo ya estaba por confirmar: sigue aquí, es la {number}."),
                     kind="info", fields={"number": draft.number}, placement_id=found.placement_id)  # fmt: skip
    placement = service.open_placement(g.work, found.placement_id)
    placement.declared = said
    _preview_quietly(placement)
    switched = _SETTLES if placement.kind != form.kind.data else ""
    return go_to(".show_placement", say=switched, kind="info", placement_id=found.placement_id)


_SETTLES = msg(
    "Trae solo complementos de pago o notas de crédito: lo leímos como pagos y cargos, no como cartera nueva. Cada uno "
    "busca su factura por su folio fiscal; el que no la encuentra la espera."
)


def _given(form: UploadForm) -> tuple[BinaryIO, str, str]:
    """What was given, its name and where it is from: a file, or cells that were pasted."""
    if form.file.data:
        return form.file.data.stream, form.file.data.filename or "", "page"
    return io.BytesIO(form.pasted.data.encode()), spell(msg("celdas pegadas.txt")), "paste"


def _upload_form() -> UploadForm:
    form = UploadForm()
    clients = g.work.session.execute(
        select(Client.id, Client.name)
        .where(Client.agency_id == g.work.agency_id, Client.status == "active")
        .order_by(Client.name)
    ).all()
    form.client.choices = [(str(client_id), name) for client_id, name in clients]
    form.kind.choices = [(kind.name, spell(kind.label)) for kind in KINDS.values()]
    form.kind.data = form.kind.data or request.args.get("kind", "placement")
    if g.principal.client_id is not None:
        form.client.data = str(g.principal.client_id)
    return form


def _new(form: UploadForm, errors: Sequence[tuple[str, str]] = (), status: int = 200) -> ResponseReturnValue:
    page = NewPage(
        form, list(errors), g.principal.kind is not Kind.CLIENT, _steps("file", None), reading.MOST_BYTES >> 20,
        [(kind.name, spell(kind.label), spell(kind.hint), [spell(one) for one in kind.needs])
         for kind in KINDS.values()],
        file_views.places(), _currency(),
    )  # fmt: skip
    return draw("pages/placements/new.html", page, status=status)


def _currency() -> str:
    """What a client that uploads owes in; to others that of their language's country."""
    if g.principal.client_id is None:
        return home_currency(locale())
    return client_by_id(g.work, g.principal.client_id).currency


def _preview_quietly(placement: Placement) -> None:
    """What can already be said is said; what is lacking is asked on the page of columns."""
    try:
        previewing.ask_preview(g.work, placement.id)
    except Problem:
        return


_STEPS = {"file": msg("Archivo"), "columns": msg("Columnas"), "review": msg("Revisar"), "confirm": msg("Confirmar")}


def _steps(now: str, placement: Placement | None) -> list[tuple[str, str, str]]:
    fixed = placement is not None and bool(service.layout_of(placement).documents)
    names = [name for name in _STEPS if not (fixed and name == "columns")]
    at = names.index(now) if now in names else len(names)
    done = []
    for number, name in enumerate(names):
        state = "done" if number < at else "now" if number == at else "todo"
        url = ""
        if placement is not None and placement.state in OPEN and name != "file":
            url = url_for(".show_placement", placement_id=placement.id, step=name)
        done.append((spell(_STEPS[name]), state, url))
    return done


@dataclass(frozen=True)
class WizardPage:
    """A placement that is not yet confirmed, at one of its steps."""

    placement: Placement
    told: "Told"
    origin: Placement | None
    force: Sequence[force_views.ForceLine]
    theirs: Sequence[theirs_views.TheirLine]
    doubts: accept_views.Doubts | None
    mended_before: Sequence[Mapping[str, Any]]
    asked: Sequence[tuple[int, str, Money]]
    client: str
    currency: str
    seen: str
    steps: list[tuple[str, str, str]]
    laid: render.Laid
    lines: list[render.ColumnLine]
    options: list[tuple[str, str]]
    automatic: str
    errors: list[tuple[str, str]]
    still_open: list[str]
    asks_day: bool
    has_currency: bool
    counts: dict[str, Any]
    totals: list[tuple[int, Money]]
    overdue: list[tuple[int, Money]]
    first: dict[str, Any]
    causes: list[tuple[queries.Cause, str, str, list[tuple[queries.Line, str]]]]
    sum_heads: list[Head]
    waiting: bool
    may_upload: bool
    mend: panels.Repair | None
    promised: promises.Promised | None


@dataclass(frozen=True)
class Told:
    """A file in the words of its kind. `debts`: it is one of new debts. `made` is what it does, `act` the button's."""

    debts: bool
    kind: str
    made: str
    act: str
    none_made: str
    caveat: str
    done: int
    effects: list[tuple[int, str]]
    declared: str
    comparison: list[tuple[Compared, str]]
    unread: str
    sheets_left: list[tuple[str, int]]


def _told(placement: Placement) -> Told:
    kind, counts = KINDS[placement.kind], placement.counts
    settles = placement.kind == FINANCIAL.name and bool(service.layout_of(placement).documents)
    return Told(
        debts=kind.name == "placement",
        kind=spell(DOCUMENTS_LABEL if settles else kind.label),
        made=render.made(kind.name, counts),
        act=render.act(kind.name, counts),
        none_made=spell(kind.none_made),
        caveat=spell(kind.caveat) if kind.caveat else "",
        done=done_by(counts),
        effects=render.effects(counts),
        declared=as_line(placement.declared),
        comparison=render.comparison(placement),
        unread=render.unread(placement),
        sheets_left=queries.sheets_left(placement),
    )


_DISCARDED = msg("La carga {number} se descartó: no entró nada de ella.")


@both("/<uuid:placement_id>", Permission.SEE_PLACEMENTS)
def show_placement(placement_id: UUID) -> ResponseReturnValue:
    """A placement where it stands: its columns, its review, its confirmation; or what it made."""
    placement = service.open_placement(g.work, placement_id)
    if placement.state == State.DISCARDED:
        return go_to(".list_placements", say=_DISCARDED, fields={"number": placement.number}, kind="info")
    if placement.state not in OPEN:
        return _result(placement)
    step = request.args.get("step", "columns")
    if step not in ("review", "confirm") or placement.state != State.PREVIEWED:
        step = "columns"
    if step == "columns" and service.layout_of(placement).documents and placement.state == State.PREVIEWED:
        step = "review"
    return _wizard(placement, step)


def _wizard(
    placement: Placement, step: str, errors: Sequence[tuple[str, str]] = (), status: int = 200
) -> ResponseReturnValue:
    client = client_by_id(g.work, placement.client_id)
    readings = service.readings_of(placement, client)
    fields = {choice.field for choice in service.choices_of(placement)}
    told, still_open = list(errors), []
    if step == "columns" and not told:
        still_open = render.lacking(placement) + [_two_ways(placement, one.index) for one in readings.open]
        told = [("columns", render.failure(placement))] if placement.failure else []
    return draw(
        f"pages/placements/{step}.html",
        WizardPage(
            placement=placement,
            told=_told(placement),
            origin=returning.came_from(g.work, placement) if step == "columns" else None,
            force=force_views.force_lines(placement) if step == "review" else [],
            theirs=theirs_views.their_lines(placement) if step == "review" else [],
            doubts=accept_views.doubts(placement) if step == "review" else None,
            mended_before=remembering.told(g.work, placement) if step == "review" else (),
            asked=render.asked(placement),
            client=client.name,
            currency=client.currency,
            seen=render.seen(placement, readings),
            steps=_steps(step, placement),
            laid=render.laid(placement),
            lines=render.column_lines(placement, client),
            options=render.field_options(placement.kind),
            automatic=render.automatic(placement),
            errors=told,
            still_open=still_open,
            asks_day="settled_on" in fields,
            has_currency="currency" in fields,
            counts=placement.counts,
            totals=render.amounts(placement.totals),
            overdue=render.amounts(placement.overdue),
            first=_first(placement),
            causes=_causes(placement) if step == "review" else [],
            sum_heads=_sum_heads(placement),
            waiting=placement.state == State.UPLOADED and not told and not still_open,
            may_upload=_may_upload(),
            mend=panels.repair_of(g.work, placement, request.args.get("at", "")) if step == "review" else None,
            promised=promises.promised(g.work, placement, client) if step == "confirm" else None,
        ),
        status=status,
    )


def _two_ways(placement: Placement, index: int) -> str:
    name = service.layout_of(placement).columns[index]
    return spell(msg("«{name}» se puede leer de dos maneras: elige una."), name=name)


def _shown(value: Any) -> Any:
    read = events.readable(value)
    return money(read) if isinstance(read, Money) else read


def _first(placement: Placement) -> dict[str, Any]:
    first = placement.first
    if not first:
        return {}
    if placement.kind != "placement":
        pairs = [(spell(label), _shown(value)) for label, value in first["pairs"]]
        return {**first, "pairs": pairs}
    due = date.fromisoformat(first["due_on"])
    late = (placement.as_of - due).days
    return {**first, "due_on": due, "late": late if late > 0 else 0,
            "balance": Money(first["balance"], first["currency"])}  # fmt: skip


_CAUSE_WORDS = {
    "rejected": msg("No entran"),
    "conflict": msg("En conflicto: no se aplican"),
    "decided": msg("Decididas"),
    "duplicate": msg("Repetidas: se cuentan una vez"),
    "warned": msg("Entran, con aviso"),
    "held": msg("Entran, y esperan"),
    "no_debt": msg("No son adeudos"),
}


def _causes(placement: Placement) -> list[tuple[queries.Cause, str, str, list[tuple[queries.Line, str]]]]:
    found = []
    for cause in queries.causes(g.work, placement):
        lines = [(line, render.sentence(line)) for line in cause.lines]
        mend = spell(cause.lines[0].mend) if cause.lines and cause.lines[0].mend else ""
        word, what = spell(_CAUSE_WORDS[cause.kind]), WORDS.get(cause.code)
        found.append((cause, f"{word} · {spell(what)}" if what else word, mend, lines))
    return found


def _sum_heads(placement: Placement) -> list[Head]:
    debts = placement.kind == "placement"
    late = spell(msg("Vencido al {day}"), day=day(placement.as_of))
    return [
        Head(spell(msg("Moneda"))),
        Head(spell(msg("Adeudos")) if debts else spell(msg("Filas")), num=True),
        Head(spell(msg("Suma")), num=True),
        *([Head(late, num=True)] if debts else []),
    ]


@both("/<uuid:placement_id>/columns", Permission.UPLOAD_PLACEMENTS, "POST")
def choose_columns(placement_id: UUID) -> ResponseReturnValue:
    """Keep the choices and preview anew; what is lacking comes back on the same page."""
    placement = service.open_placement(g.work, placement_id)
    client = client_by_id(g.work, placement.client_id)
    today = g.work.today(ZoneInfo(client.time_zone))
    try:
        as_of = chosen_day(request.form, today, locale())
    except Invalid as problem:
        return _wizard(placement, "columns", [("as_of", spell_problem(problem))], 422)
    if "declared" in request.form:
        try:
            declare(g.work, placement, request.form["declared"], client.currency)
        except Invalid as problem:
            return _wizard(placement, "columns", [("declared", spell_problem(problem))], 422)
    try:
        service.choose(
            g.work,
            placement_id,
            fields=chosen_fields(request.form),
            readings=chosen_readings(request.form),
            as_of=as_of,
        )
        placement.failure = {}
        ready = previewing.ask_preview(g.work, placement_id)
    except Invalid as problem:
        return _wizard(placement, "columns", [("columns", spell_problem(problem))], 422)
    step = "review" if ready and request.form.get("act") != "again" else None
    return go_to(".show_placement", placement_id=placement_id, step=step)


@both("/<uuid:placement_id>/sheet", Permission.UPLOAD_PLACEMENTS, "POST")
def choose_sheet(placement_id: UUID) -> ResponseReturnValue:
    """Read the file by another sheet or another row of headings; its columns are guessed anew."""
    sheet, line = chosen_sheet(request.form)
    before = service.layout_of(service.open_placement(g.work, placement_id))
    if sheet != before.sheet:
        line = None
    elif line == before.header_line:
        return go_to(".show_placement", placement_id=placement_id)
    try:
        placement = rereading.read_again(g.work, placement_id, sheet=sheet, header_line=line)
    except Invalid as problem:
        placement = service.open_placement(g.work, placement_id)
        return _wizard(placement, "columns", [("sheet", spell_problem(problem))], 422)
    _preview_quietly(placement)
    return go_to(".show_placement", placement_id=placement_id)


@both("/<uuid:placement_id>/unpaid", Permission.UPLOAD_PLACEMENTS, "POST")
def say_unpaid(placement_id: UUID) -> ResponseReturnValue:
    """Say of invoices that were to be paid at once whether they are unpaid; what comes of it is reviewed anew."""
    lines = [int(line) for line in request.form.getlist("line") if line.isdecimal() and len(line) < 10]
    service.choose(g.work, placement_id, unpaid=True if "unpaid" in request.form else lines)
    previewing.ask_preview(g.work, placement_id)
    return go_to(".show_placement", placement_id=placement_id, step="review")


@both("/<uuid:placement_id>/excess", Permission.UPLOAD_PLACEMENTS, "POST")
def take_excess(placement_id: UUID) -> ResponseReturnValue:
    """Say whether of payments and credits above what is owed so much is taken; what comes of it is reviewed anew."""
    service.choose(g.work, placement_id, excess="excess" in request.form)
    ready = previewing.ask_preview(g.work, placement_id)
    return go_to(".show_placement", placement_id=placement_id, step="review" if ready else None)


@both("/<uuid:placement_id>/confirm", Permission.UPLOAD_PLACEMENTS, "POST")
def confirm(placement_id: UUID) -> ResponseReturnValue:
    """Let it be done."""
    try:
        kept = previewing.confirm_as_shown(g.work, placement_id, why=request.form.get("why", ""))
    except service.TotalsDiffer as problem:
        placement = service.open_placement(g.work, placement_id)
        return _wizard(placement, "confirm", [("why", spell_problem(problem))], 422)
    except service.AlreadyPlaced as problem:
        return go_to(".show_placement", say=problem.template, kind="info", fields=dict(problem.details),
                     placement_id=placement_id)  # fmt: skip
    if not kept:
        step = "confirm" if done_by(service.open_placement(g.work, placement_id).counts) else "review"
        return go_to(".show_placement", say=msg("Otra carga cambió lo que esta haría. Estas son las cifras de ahora."),
                     kind="warn", placement_id=placement_id, step=step)  # fmt: skip
    return go_to(".show_placement", placement_id=placement_id)


@both("/<uuid:placement_id>/discard", Permission.UPLOAD_PLACEMENTS, "POST")
def discard_draft(placement_id: UUID) -> ResponseReturnValue:
    """Lay a placement aside that was not confirmed."""
    placement = discarding.discard(g.work, placement_id)
    return go_to(".list_placements", say=_DISCARDED, fields={"number": placement.number}, kind="info")


@dataclass(frozen=True)
class ResultPage:
    """A confirmed placement: its progress, then what it made."""

    placement: Placement
    told: Told
    client: str
    state_word: str
    counts: dict[str, Any]
    totals: list[tuple[int, Money]]
    overdue: list[tuple[int, Money]]
    causes: list[tuple[queries.Cause, str, str, list[tuple[queries.Line, str]]]]
    sum_heads: list[Head]
    cases_url: str
    running: bool
    mend: panels.Repair | None
    doubts: accept_views.Doubts | None
    may_upload: bool
    may_undo: bool
    way: undo_views.Way
    stated: str


def _result(placement: Placement) -> ResponseReturnValue:
    client = client_by_id(g.work, placement.client_id)
    running = placement.state == State.COMMITTING
    staff = g.principal.kind is not Kind.CLIENT
    return draw(
        "pages/placements/result.html",
        ResultPage(
            placement=placement,
            told=_told(placement),
            client=client.name,
            state_word=promises.state_word(placement.state, int(placement.undone.get("stay_debts", 0))),
            counts=placement.counts,
            totals=render.amounts(placement.totals),
            overdue=render.amounts(placement.overdue),
            causes=[] if running else _causes(placement),
            sum_heads=_sum_heads(placement),
            cases_url=url_for("cases.list_cases", client=placement.client_id) if staff else "",
            running=running,
            mend=panels.repair_of(g.work, placement, request.args.get("at", ""))
            if placement.state == State.COMMITTED
            else None,
            doubts=accept_views.doubts(placement) if placement.state == State.COMMITTED else None,
            may_upload=_may_upload(),
            may_undo=_may_upload() and undoing.may_be_undone(placement),
            way=undo_views.way_back(placement),
            stated=promises.stated(placement),
        ),
    )


@both("/<uuid:placement_id>/progress", Permission.SEE_PLACEMENTS)
def progress(placement_id: UUID) -> ResponseReturnValue:
    """The bar alone, while rows are read, then the browser gets the result; or the part of the acknowledgement."""
    placement = service.open_placement(g.work, placement_id)
    if request.args.get("until") == "acknowledged":
        # In its place: a whole new page would take away the one that somebody has just asked for.
        return Response(render_template("pages/placements/acknowledged.html", placement=placement))
    if request.args.get("until") in ("undone", "withdrawn"):
        answer = Response()
        done = not undoing.underway(placement) and placement.withdrawn.get("state") != "running"
    else:
        answer = Response(render_template("pages/placements/progress.html", placement=placement))
        done = placement.state != State.COMMITTING
    if done:
        answer.headers["HX-Redirect"] = url_for(".show_placement", placement_id=placement_id)
    return answer


@both("/<uuid:placement_id>/issues.csv", Permission.SEE_PLACEMENTS)
def export_issues(placement_id: UUID) -> ResponseReturnValue:
    """The rows that did not go in, or went in with a warning, with reason and remedy; formulas defused."""
    placement = service.open_placement(g.work, placement_id)
    heads = (msg("Fila"), msg("Columna"), msg("Valor"), msg("Motivo"), msg("Cómo se corrige"))
    kinds, code = request.args.getlist("kind"), request.args.get("code", "")
    told = [queries.told(issue) for issue in queries.issues(g.work, placement_id, kinds=kinds, code=code)]
    return csv_answer(
        f"{placement.number}.csv",
        [spell(word) for word in heads],
        (
            (
                line.line,
                line.column or line.details.get("file", ""),
                line.value,
                render.sentence(line),
                spell(line.mend) if line.mend else "",
            )
            for line in told
        ),
    )


@both("/<uuid:placement_id>/acknowledgement.pdf", Permission.SEE_PLACEMENTS)
def acknowledgement(placement_id: UUID) -> ResponseReturnValue:
    """The signed receipt; the job that makes it may still be at it."""
    return _acknowledgement(placement_id, "pdf")


@both("/<uuid:placement_id>/acknowledgement.json", Permission.SEE_PLACEMENTS)
def acknowledgement_data(placement_id: UUID) -> ResponseReturnValue:
    """The same for programs, with a signature of its own."""
    return _acknowledgement(placement_id, "json")


def _acknowledgement(placement_id: UUID, ending: str) -> ResponseReturnValue:
    """The last version, or an earlier one that `version` names."""
    placement = service.open_placement(g.work, placement_id)
    wanted = request.args.get("version", "")
    version = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else acknowledging.version_of(placement)
    found = acknowledging.kept(g.work, placement, version, ending)
    if found is None:
        return go_to(".show_placement", say=msg("El acuse se está preparando; vuelve en un momento."), kind="info",
                     placement_id=placement_id)  # fmt: skip
    row, data = read_file(g.work, found.id)
    return send_file(io.BytesIO(data), mimetype=row.media_type, download_name=row.name, as_attachment=ending == "json")
