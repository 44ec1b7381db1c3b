"""Handing a case over, and the pages of matters: for the agency's lawyers under /matters, for outside counsel under
/counsel, who see only what is theirs. Both do the same things there by the same views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound, Problem
from kernel.text import msg
from legal.matters import queries as matter_queries
from legal.matters import service as matters
from legal.matters.lifecycle import ROUTE_LABELS, STAGE_LABELS, STATE_LABELS, CourtStage, MatterState, Route
from legal.matters.tables import Matter, MatterCost, MatterDeadline
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.cases.views import RELATED
from recobro.cases.words import DOCUMENTS
from recobro.files import read_file
from recobro.handoff import forms, queries, service
from recobro.handoff.rules import PAPER_LABELS, Item, Paper
from recobro.web import events
from recobro.web.errors import STATUS
from recobro.web.jinja import locale, money
from recobro.web.lists import Tab, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day, read_money
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.context import Kind
from tenants.roles import LABELS, Permission, Role, allows
from tenants.tables import File

bp = Blueprint("handoff", __name__)
matters_bp = Blueprint("matters", __name__, url_prefix="/matters")
counsel_bp = Blueprint("counsel", __name__, url_prefix="/counsel")
WAITING["matters.list_matters"] = WAITING["counsel.list_matters"] = queries.proposed
blueprints = (bp, matters_bp, counsel_bp)

_LONG_PAST = timedelta(days=365)
# Colours of a matter's states that differ from what the same words mean elsewhere.
_TONES = {"proposed": "warn", "accepted": "legal", "returned": "warn", "closed": ""}


@dataclass(frozen=True)
class ProposePage:
    """A case about to be handed over: what is there, what is missing, to whom."""

    head: case_queries.CaseHead
    items: Sequence[tuple[Item, str, str]]
    gaps: int
    sums: Sequence[tuple[str, str, str]]
    lawyers: Sequence[tuple[str, str, str]]
    papers: Sequence[tuple[str, str]]
    files: Sequence[File]
    refusals: Sequence[str]
    chosen: str
    why: str
    error: str = ""


def _propose_page(case_id: UUID, *, chosen: str = "", why: str = "", problem: Problem | None = None, error: str = "",
                  status: int = 200) -> ResponseReturnValue:  # fmt: skip
    case = cases.open_case(g.work, case_id)
    found = queries.case_file(g.work, case)
    if problem is not None:
        error, status = spell_problem(problem), STATUS[problem.kind]
    if error:
        g.failed = True
    refusals = [
        spell(msg("{debt}: {why}"), debt=claim.debt.reference, why=spell(claim.refusal[1], **claim.refusal[2]))
        for claim in found.claims
        if claim.refusal
    ]
    page = ProposePage(
        head=case_queries.head(g.work, case),
        items=[
            (item, spell(item.label), spell(item.found, **item.fields) if item.found else "") for item in found.items
        ],
        gaps=sum(1 for item in found.items if not item.there and item.needed),
        sums=[
            (money(owed), money(interest) if interest else "—", money(whole)) for owed, interest, whole in found.sums()
        ],
        lawyers=[(str(row.id), row.name, spell(LABELS[Role(row.role)])) for row in queries.lawyers(g.work)],
        papers=[(paper.value, spell(PAPER_LABELS[paper])) for paper in Paper],
        files=found.files,
        refusals=refusals,
        chosen=chosen,
        why=why,
        error=error,
    )
    return render("pages/matters/propose.html", page, status=status)


@bp.route("/cases/<uuid:case_id>/handoff", methods=["GET", "POST"])
@needs(Permission.HAND_OFF)
def propose(case_id: UUID) -> ResponseReturnValue:
    """See what a lawyer would miss (GET), hand the case over (POST)."""
    if request.method == "GET":
        return _propose_page(case_id)
    form = forms.ProposeForm()
    if not form.validate_on_submit():
        return _propose_page(case_id, why=form.why.data or "", error=forms.first_error(form), status=422)
    try:
        membership_id = UUID(form.lawyer.data)
    except ValueError:
        return _propose_page(case_id, error=spell(msg("Elige un abogado de la lista.")), status=422)
    try:
        matter = service.propose(
            g.work, case_id=case_id, membership_id=membership_id, why=(form.why.data or "").strip()
        )
    except (Conflict, Invalid) as problem:
        return _propose_page(case_id, chosen=form.lawyer.data, why=form.why.data or "", problem=problem)
    say = msg("Caso en jurídico. El expediente se está preparando.")
    if allows(Role(g.principal.role), Permission.SEE_MATTERS):
        return go_to("matters.show_matter", matter_id=matter.id, say=say)
    return go_to("cases.show_case", case_id=case_id, say=say)


@bp.post("/cases/<uuid:case_id>/papers")
@needs(Permission.HAND_OFF)
def attach(case_id: UUID) -> ResponseReturnValue:
    """Keep a document of the debt's origin."""
    form = forms.PaperForm()
    given = form.file.data
    if not form.validate_on_submit() or not isinstance(given, FileStorage) or not given.filename:
        return _propose_page(case_id, error=spell(msg("Elige el documento y qué es.")), status=422)
    data = given.stream.read(service.PAPER_BYTES + 1)
    try:
        service.attach(g.work, case_id, paper=Paper(form.paper.data), name=given.filename, data=data)
    except Invalid as problem:
        return _propose_page(case_id, problem=problem)
    return go_to("handoff.propose", case_id=case_id, say=msg("Documento guardado con su huella."))


@dataclass(frozen=True)
class MattersPage:
    """Matters by state, and the deadlines that come next."""

    tabs: Sequence[Tab]
    rows: Sequence[tuple[queries.MatterRow, str, str, str, str]]
    deadlines: Sequence[tuple[MatterDeadline, Matter, str, bool]]
    counsel: bool


def _home() -> str:
    return "counsel" if g.principal.kind is Kind.COUNSEL else "matters"


def _list_matters() -> ResponseReturnValue:
    state = request.args.get("state", "")
    state = state if state in set(MatterState) else ""
    counted = queries.matter_counts(g.work)
    path = url_for(f"{_home()}.list_matters")
    tabs = [Tab(spell(msg("Todos")), path, sum(counted.values()), not state)]
    tabs += [
        Tab(spell(label), url_with(path, {}, state=s.value), counted.get(s.value, 0), s.value == state)
        for s, label in STATE_LABELS.items()
    ]
    rows = [
        (
            row,
            spell(STATE_LABELS[MatterState(row.matter.state)]),
            _TONES[row.matter.state],
            spell(STAGE_LABELS[CourtStage(row.matter.stage)]) if row.matter.stage else "",
            url_for(f"{_home()}.show_matter", matter_id=row.matter.id),
        )
        for row in queries.matters(g.work, state=state)
    ]
    today = g.work.now().date()
    coming = [
        (deadline, matter, url_for(f"{_home()}.show_matter", matter_id=matter.id), deadline.due_on < today)
        for deadline, matter in matter_queries.coming_deadlines(g.work)
    ]
    return render("pages/matters/list.html", MattersPage(tabs, rows, coming, _home() == "counsel"))


@matters_bp.get("")
@needs(Permission.SEE_MATTERS)
def list_matters() -> ResponseReturnValue:
    """Every matter of the agency."""
    return _list_matters()


@counsel_bp.get("", endpoint="list_matters")
@needs(Permission.SEE_COUNSEL_DESK)
def list_own_matters() -> ResponseReturnValue:
    """The matters that outside counsel has."""
    return _list_matters()


@dataclass(frozen=True)
class Refused:
    """What was sent and cannot be taken: by which form, what is wrong with each field, and what was written."""

    form: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def value(self, form: str, name: str, default: str = "") -> str:
        """What stands in a field: what was written, when its form was refused."""
        return self.values.get(name, "") if form == self.form else default

    def error(self, form: str, name: str) -> str:
        """What is wrong with a field of a form."""
        return self.errors.get(name, "") if form == self.form else ""


@dataclass(frozen=True)
class MatterPage:
    """One matter: where the lawsuit is, what is due, what it costs, and what may be done."""

    matter: Matter
    head: case_queries.CaseHead
    state: tuple[str, str]
    claim: str
    missing: Sequence[tuple[str, bool]]
    track: Sequence[tuple[str, str, str]]
    stages: Sequence[tuple[str, str]]
    routes: Sequence[tuple[str, str]]
    deadlines: Sequence[tuple[MatterDeadline, str, str]]
    costs: Sequence[tuple[MatterCost, Money]]
    cost_sums: str
    debts: Sequence[case_queries.DebtRow]
    timeline: Sequence[Mapping[str, str]]
    files: Sequence[File]
    home: str
    case_url: str
    dossier_url: str
    may_work: bool
    refused: Refused


def _show_matter(matter_id: UUID, refused: Refused | None = None) -> ResponseReturnValue:
    matter = matters.open_matter(g.work, matter_id)
    case = cases.open_case(g.work, matter.case_id)
    today = service.today_of(g.work, matter)
    reached = {row.stage: row for row in matter_queries.stages(g.work, matter.id)}
    order = list(CourtStage)
    at = order.index(CourtStage(matter.stage)) if matter.stage else -1
    staff = g.principal.kind is not Kind.COUNSEL
    return render(
        "pages/matters/show.html",
        MatterPage(
            matter=matter,
            head=case_queries.head(g.work, case),
            state=(spell(STATE_LABELS[MatterState(matter.state)]), _TONES[matter.state]),
            claim=money(Money(matter.claim, matter.currency)),
            missing=[(spell(item["label"]), bool(item["needed"])) for item in matter.missing],
            track=[
                (
                    spell(STAGE_LABELS[stage]),
                    "now" if position == at else "done" if position < at else "todo",
                    events.readable(reached[stage].on.isoformat()) if stage in reached else "",
                )
                for position, stage in enumerate(order)
            ],
            stages=[(stage.value, spell(STAGE_LABELS[stage])) for stage in order[at + 1 :]],
            routes=[("", "—"), *[(route.value, spell(ROUTE_LABELS[route])) for route in Route]],
            deadlines=[
                (row, *_urgency(row, (row.due_on - today).days)) for row in matter_queries.deadlines(g.work, matter.id)
            ],
            costs=[(row, Money(row.amount, row.currency)) for row in matter_queries.costs(g.work, matter.id)],
            cost_sums=" · ".join(money(amount) for amount in matter_queries.cost_sums(g.work, matter.id)),
            debts=case_queries.debts(g.work, case.id),
            timeline=[
                events.line(event, staff=staff)
                for event in case_queries.history(g.work, case.id)
                if event.visibility != "staff"
            ],
            files=queries.files_of(g.work, case.id),
            home=_home(),
            case_url=url_for("cases.show_case", case_id=case.id) if staff else "",
            dossier_url=url_for(f"{_home()}.document", matter_id=matter.id, file_id=matter.dossier_file_id)
            if matter.dossier_file_id
            else "",
            may_work=allows(Role(g.principal.role), Permission.WORK_MATTERS),
            refused=refused or Refused(),
        ),
        status=422 if refused else 200,
    )


def _urgency(row: MatterDeadline, days: int) -> tuple[str, str]:
    if row.done_at is not None:
        return spell(msg("Cumplido")), "ok"
    if days < 0:
        return spell(msg("Vencido ayer") if days == -1 else msg("Vencido hace {days} días"), days=-days), "neg"
    if days == 0:
        return spell(msg("Vence hoy")), "neg"
    return spell(
        msg("Vence mañana") if days == 1 else msg("Vence en {days} días"), days=days
    ), "warn" if days <= 7 else "info"


@matters_bp.get("/<uuid:matter_id>")
@needs(Permission.SEE_MATTERS)
def show_matter(matter_id: UUID) -> ResponseReturnValue:
    """One matter, whole."""
    return _show_matter(matter_id)


@counsel_bp.get("/<uuid:matter_id>", endpoint="show_matter")
@needs(Permission.SEE_COUNSEL_DESK)
def show_own_matter(matter_id: UUID) -> ResponseReturnValue:
    """One of counsel's own matters, whole."""
    return _show_matter(matter_id)


def _document(matter_id: UUID, file_id: UUID) -> ResponseReturnValue:
    matter = matters.open_matter(g.work, matter_id)
    row, data = read_file(g.work, file_id)
    if row.case_id != matter.case_id:
        raise NotFound
    answer = Response(data, mimetype=row.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=row.name)
    return answer


@matters_bp.get("/<uuid:matter_id>/files/<uuid:file_id>")
@needs(Permission.SEE_MATTERS)
def document(matter_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A document of a matter, byte for byte: its dossier, a paper of its case."""
    return _document(matter_id, file_id)


@counsel_bp.get("/<uuid:matter_id>/files/<uuid:file_id>", endpoint="document")
@needs(Permission.SEE_COUNSEL_DESK)
def own_document(matter_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A document of one of counsel's own matters."""
    return _document(matter_id, file_id)


def _back(matter_id: UUID, say: str, kind: str = "ok") -> ResponseReturnValue:
    return go_to(f"{_home()}.show_matter", matter_id=matter_id, say=say, kind=kind)


def _wrong(matter_id: UUID, name: str, errors: Mapping[str, str]) -> ResponseReturnValue:
    return _show_matter(matter_id, Refused(name, errors, request.form.to_dict()))


Read = TypeVar("Read")


def _read(errors: dict[str, str], name: str, reading: Callable[[], Read]) -> Read | None:
    """What a field says; nothing when it is wrong already, or now turns out to be."""
    if name in errors:
        return None
    try:
        return reading()
    except Invalid as problem:
        errors[name] = spell_problem(problem)
        return None


@needs(Permission.WORK_MATTERS)
def accept(matter_id: UUID) -> ResponseReturnValue:
    """Take the matter."""
    service.accept(g.work, matter_id)
    return _back(matter_id, msg("Asunto aceptado."))


@needs(Permission.WORK_MATTERS)
def give_back(matter_id: UUID) -> ResponseReturnValue:
    """Return the matter, with reasons."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _wrong(matter_id, "return", sentences(form))
    service.give_back(g.work, matter_id, reason=form.reason.data)
    return go_to(f"{_home()}.list_matters", say=msg("Asunto devuelto; el caso vuelve a gestión con tu motivo."))


@needs(Permission.WORK_MATTERS)
def close(matter_id: UUID) -> ResponseReturnValue:
    """The lawsuit is over."""
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return _wrong(matter_id, "close", sentences(form))
    service.close(g.work, matter_id, reason=form.reason.data)
    return _back(matter_id, msg("Asunto concluido."))


@needs(Permission.WORK_MATTERS)
def describe(matter_id: UUID) -> ResponseReturnValue:
    """Write down court, file number and route."""
    form = forms.CourtForm()
    if not form.validate_on_submit():
        return _wrong(matter_id, "court", sentences(form))
    matters.describe(g.work, matter_id, court=form.court.data, file_no=form.file_no.data, route=form.route.data or "")
    return _back(matter_id, msg("Datos del juzgado guardados."))


@needs(Permission.WORK_MATTERS)
def reach_stage(matter_id: UUID) -> ResponseReturnValue:
    """Note that a stage was reached."""
    form = forms.StageForm()
    errors = {} if form.validate_on_submit() else sentences(form)
    today = service.today_of(g.work, matters.open_matter(g.work, matter_id))
    on = _read(errors, "on", lambda: read_day(form.on.data, today, locale(), Look.BACK))
    if on is None or errors:
        return _wrong(matter_id, "stages", errors)
    try:
        service.reach_stage(g.work, matter_id, CourtStage(form.stage.data), on=on, note=(form.note.data or "").strip())
    except Invalid as problem:
        return _wrong(matter_id, "stages", {"on": spell_problem(problem)})
    return _back(matter_id, msg("Etapa anotada."))


@needs(Permission.WORK_MATTERS)
def open_deadline(matter_id: UUID) -> ResponseReturnValue:
    """Add a deadline."""
    form = forms.DeadlineForm()
    errors = {} if form.validate_on_submit() else sentences(form)
    today = service.today_of(g.work, matters.open_matter(g.work, matter_id))
    due_on = _read(errors, "due_on", lambda: read_day(form.due_on.data, today=today, locale=locale()))
    if due_on is not None and due_on < today - _LONG_PAST:
        errors["due_on"] = spell(msg("Ese plazo venció hace más de un año: revisa la fecha."))
    if due_on is None or errors:
        return _wrong(matter_id, "deadlines", errors)
    matters.open_deadline(g.work, matter_id, title=form.title.data, due_on=due_on, counted=form.counted.data)
    return _back(matter_id, msg("Plazo anotado."))


@needs(Permission.WORK_MATTERS)
def close_deadline(matter_id: UUID, deadline_id: UUID) -> ResponseReturnValue:
    """Close a deadline with a note."""
    form = forms.DoneForm()
    if not form.validate_on_submit():
        return _wrong(matter_id, str(deadline_id), sentences(form))
    matters.open_matter(g.work, matter_id)
    matters.close_deadline(g.work, matter_id, deadline_id, note=form.note.data)
    return _back(matter_id, msg("Plazo cerrado."))


@needs(Permission.WORK_MATTERS)
def add_cost(matter_id: UUID) -> ResponseReturnValue:
    """Write down money spent."""
    form = forms.CostForm()
    errors = {} if form.validate_on_submit() else sentences(form)
    matter = matters.open_matter(g.work, matter_id)
    today = service.today_of(g.work, matter)
    amount = _read(errors, "amount", lambda: read_money(form.amount.data, matter.currency, locale()))
    day = _read(errors, "spent_on", lambda: read_day(form.spent_on.data, today, locale(), Look.BACK))
    if day is not None and day > today:
        errors["spent_on"] = spell(msg("Un gasto no puede ser de un día que no ha llegado."))
    if amount is not None and amount.minor <= 0:
        errors["amount"] = spell(msg("El importe debe ser mayor que cero."))
    if amount is None or day is None or errors:
        return _wrong(matter_id, "costs", errors)
    service.add_cost(
        g.work, matter_id, concept=form.concept.data, amount=amount, spent_on=day,
        recoverable=bool(form.recoverable.data),
    )  # fmt: skip
    return _back(matter_id, msg("Gasto anotado."))


_ACTIONS: Mapping[str, Callable[..., ResponseReturnValue]] = {
    "accept": accept,
    "return": give_back,
    "close": close,
    "court": describe,
    "stages": reach_stage,
    "deadlines": open_deadline,
    "deadlines/<uuid:deadline_id>/close": close_deadline,
    "costs": add_cost,
}
for _bp in (matters_bp, counsel_bp):
    for _path, _view in _ACTIONS.items():
        _bp.post(f"/<uuid:matter_id>/{_path}")(_view)


def _kept_on(row: File) -> str:
    return f"{events.readable(row.created_at.date().isoformat())} · SHA-256 {row.sha256[:16]}…"


def _papers_of(case_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "title": row.name,
            "url": url_for("handoff.paper", case_id=case_id, file_id=row.id),
            "word": spell(DOCUMENTS[row.kind]) if row.kind in DOCUMENTS else "",
            "tone": tone_of(""),
            "note": " · ".join(part for part in (reference, _kept_on(row)) if part),
            "amount": None,
        }
        for row, reference in queries.papers_of(g.work, case_id)
    ]


@bp.get("/cases/<uuid:case_id>/papers/<uuid:file_id>")
@needs(Permission.SEE_CASES)
def paper(case_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A document kept with a case, byte for byte."""
    row, data = read_file(g.work, file_id)
    if row.case_id != case_id:
        raise NotFound
    answer = Response(data, mimetype=row.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=row.name)
    return answer


RELATED.setdefault("documents", _papers_of)
