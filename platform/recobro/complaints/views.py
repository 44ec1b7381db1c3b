"""«Quejas»: the list by the days that are left, one complaint with its history and its evidence, and recording one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, g, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.rules.packs.answer_kinds import Topic
from legal.rules.packs.loading import pack_of
from legal.rules.packs.schema import Rule
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.cases.tables import Case
from recobro.cases.views import REMARKS, Remark
from recobro.complaints import evidence, forms, queries, render, service
from recobro.complaints.rules import FORUMS, OUTCOMES, TOPICS, Outcome
from recobro.complaints.tables import Complaint
from recobro.web.errors import STATUS
from recobro.web.jinja import locale
from recobro.web.lists import Chip, Pager, Tab, chips, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.readings import Look, read_day
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

bp = Blueprint("complaints", __name__)
WAITING["complaints.list_complaints"] = queries.urgent

VIEWS: Mapping[str, str] = {
    "open": msg("Abiertas"),
    "urgent": msg("Urgentes"),
    "answered": msg("Respondidas"),
    "closed": msg("Cerradas"),
    "all": msg("Todas"),
}


@dataclass(frozen=True)
class ListPage:
    """The complaints of a view, those with the fewest days left first."""

    tabs: Sequence[Tab]
    chips: Sequence[Chip]
    filter_fields: Sequence[Any]
    kept: Mapping[str, str]
    rows: Sequence[render.Told]
    pager: Pager | None
    csv_url: str


def _filter() -> queries.ComplaintFilter:
    args = request.args
    try:
        client = UUID(args["client"]) if args.get("client") else None
    except ValueError as error:
        raise Invalid(msg("Ese cliente no existe.")) from error
    view = args.get("view", "open")
    return queries.ComplaintFilter(
        view=view if view in VIEWS else "open", client=client, regulator=args.get("regulator", ""),
        topic=args.get("topic", ""), text=args.get("q", ""), after=args.get("after", ""),
    )  # fmt: skip


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


@bp.get("/complaints")
@needs(Permission.SEE_COMPLAINTS)
def list_complaints() -> ResponseReturnValue:
    """Complaints, open ones first by the days that are left; the filters are in the address."""
    wanted = _filter()
    args = {name: value for name, value in request.args.items() if value}
    path, page = url_for("complaints.list_complaints"), queries.list_complaints(g.work, wanted)
    counted, clients = queries.counts(g.work), _clients()
    forums = [(name, spell(label)) for name, label in FORUMS.items()]
    topics = [(name, spell(label)) for name, label in TOPICS.items()]
    words = {
        "client": (spell(msg("Cliente")), dict(clients).get(args.get("client", ""), "")),
        "regulator": (spell(msg("Ante quién")), dict(forums).get(wanted.regulator, wanted.regulator)),
        "topic": (spell(msg("De qué")), dict(topics).get(wanted.topic, wanted.topic)),
        "q": (spell(msg("Contiene")), wanted.text),
    }
    today = g.work.now().date()
    return draw(
        "pages/complaints/list.html",
        ListPage(
            tabs=[
                Tab(spell(label), url_with(path, args, view=None if name == "open" else name, after=None),
                    counted[name], name == wanted.view)
                for name, label in VIEWS.items()
            ],
            chips=chips(path, args, words),
            filter_fields=[
                ("client", spell(msg("Cliente")), clients, args.get("client", "")),
                ("regulator", spell(msg("Ante quién")), forums, wanted.regulator),
                ("topic", spell(msg("De qué")), topics, wanted.topic),
                ("q", spell(msg("Deudor, folio o número")), [], wanted.text),
            ],
            kept={"view": wanted.view} if wanted.view != "open" else {},
            rows=[render.told(row, today) for row in page.rows],
            pager=Pager(1, len(page.rows), page.total, "", url_with(path, args, after=page.next_cursor))
            if page.next_cursor
            else None,
            csv_url=url_with(url_for("complaints.export"), args, after=None),
        ),
    )  # fmt: skip


@bp.get("/complaints.csv")
@needs(Permission.SEE_COMPLAINTS)
def export() -> ResponseReturnValue:
    """Exactly the filtered complaints, as a file."""
    wanted = replace(_filter(), after="")
    rows: list[queries.ComplaintRow] = []
    while True:
        page = queries.list_complaints(g.work, wanted, size=500)
        rows += page.rows
        if not page.next_cursor:
            break
        wanted = replace(wanted, after=page.next_cursor)
    g.work.audit("complaints.exported", count=len(rows))
    return render.as_csv(rows)


def _clients() -> list[tuple[str, str]]:
    rows = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    )
    return [(str(client_id), name) for client_id, name in rows]


@dataclass(frozen=True)
class NewPage:
    """A complaint about to be recorded; `terms` are what the law of the place gives to answer, by subject."""

    head: case_queries.CaseHead
    form: forms.ComplaintForm
    terms: Sequence[Rule]
    errors: Mapping[str, str] = field(default_factory=dict)


def _new_page(
    case: Case, form: forms.ComplaintForm, errors: Mapping[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    if errors:
        g.failed = True
    head = case_queries.head(g.work, case)
    rules = [rule for rule in pack_of(head.country).rules if rule.kind == "answer_deadline" and rule.status == "on"]
    return draw("pages/complaints/new.html", NewPage(head, form, rules, errors or {}), status=status)


@bp.route("/cases/<uuid:case_id>/complaints/new", methods=["GET", "POST"])
@needs(Permission.RECORD_COMPLAINTS)
def new(case_id: UUID) -> ResponseReturnValue:
    """Record a complaint on a case."""
    case = cases.open_case(g.work, case_id)
    head = case_queries.head(g.work, case)
    form = forms.complaint_form(head.country)
    if request.method == "GET":
        return _new_page(case, form)
    if not form.validate_on_submit():
        return _new_page(case, form, sentences(form), 422)
    today = g.work.today(head.zone)
    try:
        received = service.Received(
            forum=forms.forum_of(form),
            received_on=read_day(form.received_on.data, today, locale(), Look.BACK),
            topics=[Topic(name) for name in form.topics.data],
            words=form.told.data,
            reference=form.reference.data,
        )
        due_on = read_day(form.due_on.data, today, locale()) if form.due_on.data else None
        row = service.record(g.work, case_id, received, due_on=due_on, document=forms.attached(form))
    except Problem as problem:
        g.work.session.expire_all()
        return _new_page(case, form, {"forum": spell_problem(problem)}, STATUS[problem.kind])
    say = msg("Queja registrada. Mientras esté abierta, no se cobra.")
    if _may(Permission.SEE_COMPLAINTS):
        return go_to("complaints.show", complaint_id=row.id, say=say)
    return go_to("cases.show_case", case_id=case_id, say=say)


@dataclass(frozen=True)
class ShowPage:
    """One complaint: what it says, its day, its history; `act` is the form that was refused."""

    complaint: Complaint
    head: case_queries.CaseHead
    told: render.Told
    rule: Rule | None
    history: Sequence[Mapping[str, str]]
    answer_url: str
    outcomes: Sequence[tuple[str, str]]
    act: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    may_answer: bool


def _show(
    complaint_id: UUID, act: str = "", errors: Mapping[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    row = service.complaint_of(g.work, complaint_id)
    head = case_queries.head(g.work, cases.open_case(g.work, row.case_id))
    if errors:
        g.failed = True
    return draw(
        "pages/complaints/show.html",
        ShowPage(
            complaint=row,
            head=head,
            told=render.told(queries.ComplaintRow(row, head.debtor, head.client, head.number), g.work.today(head.zone)),
            rule=_rule(head.country, row),
            history=render.history(queries.history(g.work, row.id)),
            answer_url=url_for("consents.download", case_id=row.case_id, file_id=row.answer_file_id)
            if row.answer_file_id
            else "",
            outcomes=[(name, spell(label)) for name, label in OUTCOMES.items()],
            act=act,
            values=request.form if act else {},
            errors=errors or {},
            may_answer=_may(Permission.ANSWER_COMPLAINTS),
        ),
        status=status,
    )


def _rule(country: str, row: Complaint) -> Rule | None:
    rules = [rule for rule in pack_of(country).rules if rule.id == row.due_rule]
    return next((rule for rule in rules if rule.in_force(row.received_on)), None)


@bp.get("/complaints/<uuid:complaint_id>")
@needs(Permission.SEE_COMPLAINTS)
def show(complaint_id: UUID) -> ResponseReturnValue:
    """One complaint, whole."""
    return _show(complaint_id)


def _do(complaint_id: UUID, act: str, form: Any, done: str, what: Callable[[date], object]) -> ResponseReturnValue:
    row = service.complaint_of(g.work, complaint_id)
    head = case_queries.head(g.work, cases.open_case(g.work, row.case_id))
    if not form.validate_on_submit():
        return _show(complaint_id, act, sentences(form), 422)
    try:
        what(g.work.today(head.zone))
    except Problem as problem:
        g.work.session.expire_all()
        return _show(complaint_id, act, {act: spell_problem(problem)}, STATUS[problem.kind])
    return go_to("complaints.show", complaint_id=complaint_id, say=done)


@bp.post("/complaints/<uuid:complaint_id>/answer")
@needs(Permission.ANSWER_COMPLAINTS)
def answer(complaint_id: UUID) -> ResponseReturnValue:
    """Note what was answered, with its document; with an outcome the complaint is over."""
    form = forms.answer_form()
    return _do(
        complaint_id, "answer", form, msg("Respuesta anotada."),
        lambda today: service.answer(
            g.work, complaint_id, answered_on=read_day(form.answered_on.data, today, locale(), Look.BACK),
            text=form.text.data, outcome=Outcome(form.outcome.data) if form.outcome.data else None,
            document=forms.attached(form),
        ),
    )  # fmt: skip


@bp.post("/complaints/<uuid:complaint_id>/notes")
@needs(Permission.ANSWER_COMPLAINTS)
def note(complaint_id: UUID) -> ResponseReturnValue:
    """Keep what was found out."""
    form = forms.NoteForm()
    return _do(
        complaint_id, "note", form, msg("Nota guardada."),
        lambda _: service.note(g.work, complaint_id, text=form.text.data, document=forms.attached(form)),
    )  # fmt: skip


@bp.post("/complaints/<uuid:complaint_id>/due")
@needs(Permission.ANSWER_COMPLAINTS)
def set_due(complaint_id: UUID) -> ResponseReturnValue:
    """Give it another day to answer."""
    form = forms.DueForm()
    return _do(
        complaint_id, "due", form, msg("Plazo guardado."),
        lambda today: service.set_due(
            g.work, complaint_id, due_on=read_day(form.due_on.data, today, locale()), why=form.why.data
        ),
    )  # fmt: skip


@bp.post("/complaints/<uuid:complaint_id>/close")
@needs(Permission.ANSWER_COMPLAINTS)
def close(complaint_id: UUID) -> ResponseReturnValue:
    """End it with its outcome."""
    form = forms.close_form()
    return _do(
        complaint_id, "close", form, msg("Queja cerrada."),
        lambda _: service.close(g.work, complaint_id, outcome=Outcome(form.outcome.data), why=form.why.data),
    )  # fmt: skip


@bp.post("/complaints/<uuid:complaint_id>/reopen")
@needs(Permission.ANSWER_COMPLAINTS)
def reopen(complaint_id: UUID) -> ResponseReturnValue:
    """It is not over."""
    form = forms.ReopenForm()
    return _do(
        complaint_id, "reopen", form, msg("Queja reabierta. No se cobra mientras siga abierta."),
        lambda _: service.reopen(g.work, complaint_id, why=form.why.data),
    )  # fmt: skip


@bp.get("/complaints/<uuid:complaint_id>/evidence")
@needs(Permission.SEE_COMPLAINTS)
def download(complaint_id: UUID) -> ResponseReturnValue:
    """Every decision, contact, notice and consent of the case as one ZIP, with the fingerprint of each file."""
    row = service.complaint_of(g.work, complaint_id)
    content = evidence.bundle(g.work, complaint_id)
    return send_file(content, mimetype="application/zip", as_attachment=True, download_name=f"{row.number}.zip")


def _remark(case: Case) -> list[Remark]:
    """What a case says of its complaints that are not closed, or of a flag that has none behind it."""
    live = [row for row in queries.of_case(g.work, case.id) if row.state != "closed"]
    may_see = _may(Permission.SEE_COMPLAINTS)
    today = g.work.now().date()
    remarks = []
    for row in live:
        words = [spell(FORUMS.get(row.regulator, row.regulator)), render.state(row), render.left_words(row, today)]
        links = [(spell(msg("Ver la queja")), url_for("complaints.show", complaint_id=row.id))] if may_see else []
        text = spell(msg("Queja {number}: {words}"), number=row.number, words=" · ".join(filter(None, words)))
        remarks.append(Remark(text, links, "warn"))
    flagged = any(flag.kind == "complaint" for flag in case_queries.head(g.work, case).flags)
    if flagged and not live and _may(Permission.RECORD_COMPLAINTS):
        link = (spell(msg("Registrar la queja")), url_for("complaints.new", case_id=case.id))
        remarks.append(Remark(spell(msg("Hay una marca de queja sin registro: sin él no corre ningún plazo.")), [link]))
    return remarks


REMARKS.append(_remark)
