"""«Consentimientos y avisos» of a case: the ledger, what holds now, and noting what was said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.records import disputes
from legal.records.consents import Said
from legal.records.disputes import DISPUTE_KINDS, MEDIA, Terms
from legal.records.tables import Dispute, ValidationNotice
from legal.rules.facts import Agreed, Channel
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.cases.tables import Case
from recobro.cases.views import PANELS, SidePanel
from recobro.consents import contesting, forms, queries, render, service
from recobro.consents.words import ACTS, CHANNELS
from recobro.files import read_file
from recobro.web import formats
from recobro.web.errors import STATUS
from recobro.web.jinja import locale
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.readings import read_money
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows

bp = Blueprint("consents", __name__)


@dataclass(frozen=True)
class LedgerPage:
    """The ledger with what it comes to, disputes and validation notices; `act` is the form that is open."""

    head: case_queries.CaseHead
    lines: Sequence[render.Line]
    summary: Sequence[tuple[str, str]]
    disputes: Sequence[tuple[Dispute, str, str]]
    validation: Sequence[tuple[ValidationNotice, str]]
    acts: Sequence[tuple[str, str, str]]
    act: str
    title: str
    form: Any
    validation_form: Any
    errors: Mapping[str, str] = field(default_factory=dict)
    may_note: bool = False
    may_hold: bool = False
    target: str = ""
    """Where the open form goes."""


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


def _points(ledger: queries.Ledger) -> list[tuple[str, str]]:
    return [
        (str(point.id), formats.phone(point.value) if point.channel == "phone" else point.value)
        for point in ledger.points.values()
    ]


def _page(
    case: Case, *, act: str = "", form: Any = None, errors: Mapping[str, str] | None = None,
    validation: Any = None, status: int = 200, ending: UUID | None = None,
) -> ResponseReturnValue:  # fmt: skip
    ledger = queries.ledger(g.work, case)
    lines = render.lines(ledger.rows, ledger.points, ledger.today)
    ended = next((line for line in lines if line.id == ending and line.endable), None)
    notices = [
        (str(row.id), f"{formats.day(row.queued_at.astimezone(ledger.zone).date(), locale())} · {row.subject}")
        for row in queries.sent_notices(g.work, case.id)
    ]
    if errors:
        g.failed = True
    return draw(
        "pages/consents/show.html",
        LedgerPage(
            head=case_queries.head(g.work, case),
            lines=lines,
            summary=render.summary(ledger.standing, ledger.lawyer),
            disputes=[
                (row, spell(DISPUTE_KINDS.get(row.kind, row.kind)), spell(MEDIA[row.medium]))
                for row in queries.disputes_of(g.work, case.id)
            ],
            validation=[(row, spell(CHANNELS[row.channel])) for row in queries.validation_of(g.work, case.id)],
            acts=[(name, spell(label), icon) for name, (label, _, icon) in ACTS.items()],
            act="end" if ended else act,
            title=spell(msg("Ya no vale: {what}"), what=ended.title) if ended else spell(ACTS[act][1]) if act else "",
            target=url_for("consents.end", case_id=case.id, line_id=ended.id)
            if ended
            else url_for("consents.show", case_id=case.id),
            form=form or forms.line_form(_points(ledger)),
            validation_form=validation or forms.validation_form(notices),
            errors=errors or {},
            may_note=_may(Permission.NOTE_CONSENTS),
            may_hold=_may(Permission.HOLD_CASES),
        ),
        status=status,
    )


@bp.get("/cases/<uuid:case_id>/consents")
@needs(Permission.SEE_CASES)
def show(case_id: UUID) -> ResponseReturnValue:
    """The ledger, newest first; `?act=` opens the form of an act, `?ending=` that of ending a line."""
    case, act = cases.open_case(g.work, case_id), request.args.get("act", "")
    if not _may(Permission.NOTE_CONSENTS):
        return _page(case)
    return _page(case, act=act if act in ACTS else "", ending=request.args.get("ending", type=UUID))


@bp.post("/cases/<uuid:case_id>/consents")
@needs(Permission.NOTE_CONSENTS)
def note(case_id: UUID) -> ResponseReturnValue:
    """Note what was said; the gate knows at the next question."""
    case = cases.open_case(g.work, case_id)
    act = request.form.get("act", "")
    ledger = queries.ledger(g.work, case)
    form = forms.line_form(_points(ledger))
    if act not in ACTS:
        raise Invalid(msg("Elige qué se anota."))
    if not form.validate_on_submit():
        return _page(case, act=act, form=form, errors=sentences(form), status=422)
    try:
        said = forms.said_of(form, ledger.zone, g.work.now())
        _NOTE[act](case.id, form, said, ledger)
    except Problem as problem:
        g.work.session.expire_all()
        return _page(case, act=act, form=form, errors={"act": spell_problem(problem)}, status=STATUS[problem.kind])
    return go_to("consents.show", case_id=case_id, say=msg("Anotado. Vale desde este momento."))


def _channel(form: Any) -> Channel | None:
    return Channel(form.channel.data) if form.channel.data else None


def _point(form: Any) -> UUID | None:
    return UUID(form.point.data) if form.point.data else None


def _grant(case_id: UUID, form: Any, said: Said, ledger: queries.Ledger) -> None:
    service.note_consent(
        g.work, case_id, said, scope=Agreed(form.scope.data), channel=_channel(form), point_id=_point(form),
        until=forms.coming_day(form.until.data, ledger.zone, g.work.now()), document=forms.document_of(form),
    )  # fmt: skip


def _stop(case_id: UUID, form: Any, said: Said, _: queries.Ledger) -> None:
    service.note_withdrawal(
        g.work, case_id, said, scope=Agreed(form.scope.data), channel=_channel(form), point_id=_point(form),
        document=forms.document_of(form),
    )  # fmt: skip


def _inconvenient(case_id: UUID, form: Any, said: Said, _: queries.Ledger) -> None:
    service.note_inconvenient(
        g.work, case_id, said, channel=_channel(form), days=form.days.data or [],
        begins=forms.read_time(form.begins.data), ends=forms.read_time(form.ends.data), workplace=form.workplace.data,
        document=forms.document_of(form),
    )  # fmt: skip


def _lawyer(case_id: UUID, form: Any, said: Said, _: queries.Ledger) -> None:
    card = service.LawyerCard(
        form.name.data, form.firm.data, form.address.data, form.phone.data, form.email.data
    )  # fmt: skip
    service.note_lawyer(g.work, case_id, said, card=card, document=forms.document_of(form))


def _employer(case_id: UUID, form: Any, said: Said, _: queries.Ledger) -> None:
    service.note_employer(
        g.work, case_id, said, employer=form.employer.data, point_id=_point(form), document=forms.document_of(form)
    )


_NOTE: Mapping[str, Callable[[UUID, Any, Said, queries.Ledger], None]] = {
    "grant": _grant,
    "stop": _stop,
    "inconvenient": _inconvenient,
    "lawyer": _lawyer,
    "employer": _employer,
}


@bp.post("/cases/<uuid:case_id>/consents/<uuid:line_id>/end")
@needs(Permission.NOTE_CONSENTS)
def end(case_id: UUID, line_id: UUID) -> ResponseReturnValue:
    """A line no longer holds; it stays in the ledger, with what ended it."""
    case = cases.open_case(g.work, case_id)
    service.open_line(g.work, case, line_id)
    ledger = queries.ledger(g.work, case)
    form = forms.line_form(_points(ledger))
    if not form.validate_on_submit():
        return _page(case, form=form, errors=sentences(form), status=422, ending=line_id)
    try:
        said = forms.said_of(form, ledger.zone, g.work.now())
        service.end_line(g.work, case_id, line_id, said, document=forms.document_of(form))
    except Invalid as problem:
        g.work.session.expire_all()
        return _page(case, form=form, errors={"told": spell_problem(problem)}, status=422, ending=line_id)
    return go_to("consents.show", case_id=case_id, say=msg("Anotado: ya no vale."))


@bp.post("/cases/<uuid:case_id>/validation-notices")
@needs(Permission.NOTE_CONSENTS)
def note_validation(case_id: UUID) -> ResponseReturnValue:
    """Note that a validation notice was sent."""
    case = cases.open_case(g.work, case_id)
    ledger = queries.ledger(g.work, case)
    form = forms.validation_form([(str(row.id), "") for row in queries.sent_notices(g.work, case.id)])
    if not form.validate_on_submit():
        return _page(case, errors=sentences(form), status=422)
    try:
        provided_on = forms.past_day(form.provided_on.data, ledger.zone, g.work.now())
        assert provided_on is not None
        notice = UUID(form.notice.data) if form.notice.data else None
        contesting.note_validation(
            g.work, case.id, channel=Channel(form.channel.data), provided_on=provided_on, notice_id=notice
        )
    except Problem as problem:
        return _page(case, errors={"provided_on": spell_problem(problem)}, status=STATUS[problem.kind])
    return go_to("consents.show", case_id=case_id, say=msg("Aviso de validación anotado."))


@dataclass(frozen=True)
class DisputePage:
    """One dispute: what it is, what was sent and answered."""

    head: case_queries.CaseHead
    dispute: Dispute
    form: Any
    references: Sequence[str]
    answer_url: str
    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    may_note: bool = False


def _dispute_page(case: Case, dispute: Dispute, form: Any = None, errors: Mapping[str, str] | None = None,
                  status: int = 200) -> ResponseReturnValue:  # fmt: skip
    references = [debt.reference for debt in case_queries.debts(g.work, case.id)]
    if errors:
        g.failed = True
    values = _written(dispute) | ({name: str(value) for name, value in request.form.items()} if form else {})
    return draw(
        "pages/consents/dispute.html",
        DisputePage(
            head=case_queries.head(g.work, case),
            dispute=dispute,
            form=form or forms.dispute_form(references),
            references=references,
            answer_url=url_for("consents.download", case_id=case.id, file_id=dispute.answer_file_id)
            if dispute.answer_file_id
            else "",
            values=values,
            errors=errors or {},
            may_note=_may(Permission.NOTE_CONSENTS),
        ),
        status=status,
    )


def _written(dispute: Dispute) -> dict[str, str]:
    amount = Money(dispute.amount, dispute.currency) if dispute.amount is not None and dispute.currency else None
    return {
        "kind": dispute.kind,
        "medium": dispute.medium,
        "received_on": dispute.received_on.isoformat(),
        "amount": str(amount.amount) if amount else "",
        "told": dispute.words,
        "verification_sent_on": dispute.verification_sent_on.isoformat() if dispute.verification_sent_on else "",
        "answered_on": dispute.answered_on.isoformat() if dispute.answered_on else "",
        "answer": dispute.answer,
    }


def _one(case_id: UUID, dispute_id: UUID) -> tuple[Case, Dispute]:
    case = cases.open_case(g.work, case_id)
    dispute = disputes.dispute_of(g.work, dispute_id)
    if dispute.case_id != case.id:
        raise Invalid(msg("Esa aclaración es de otro caso."))
    return case, dispute


@bp.route("/cases/<uuid:case_id>/disputes/<uuid:dispute_id>", methods=["GET", "POST"])
@needs(Permission.NOTE_CONSENTS)
def dispute(case_id: UUID, dispute_id: UUID) -> ResponseReturnValue:
    """One dispute (GET); say more of it, or what was sent and answered (POST)."""
    case, found = _one(case_id, dispute_id)
    if request.method == "GET":
        return _dispute_page(case, found)
    form = forms.dispute_form([debt.reference for debt in case_queries.debts(g.work, case.id)])
    if not form.validate_on_submit():
        return _dispute_page(case, found, form, sentences(form), 422)
    try:
        _keep_dispute(case, found, form)
    except Problem as problem:
        g.work.session.expire_all()
        field = str(problem.details.get("field", "kind"))
        return _dispute_page(case, found, form, {field: spell_problem(problem)}, STATUS[problem.kind])
    return go_to("consents.show", case_id=case_id, say=msg("Aclaración guardada."))


def _keep_dispute(case: Case, found: Dispute, form: Any) -> None:
    now, zone = g.work.now(), queries.ledger(g.work, case).zone
    with forms.told_at("amount"):
        amount = read_money(form.amount.data, case.currency, locale()) if form.amount.data else None
    with forms.told_at("received_on"):
        received_on = forms.past_day(form.received_on.data, zone, now)
    contesting.describe(
        g.work, case.id, found.id,
        Terms(form.kind.data, form.medium.data, received_on, form.debts.data or [], amount, form.told.data or ""),
    )  # fmt: skip
    with forms.told_at("verification_sent_on"):
        sent_on = forms.past_day(form.verification_sent_on.data, zone, now)
    if sent_on is not None and sent_on != found.verification_sent_on:
        contesting.verify(g.work, case.id, found.id, sent_on=sent_on)
    with forms.told_at("answered_on"):
        answered_on = forms.past_day(form.answered_on.data, zone, now)
    if answered_on is not None and (answered_on, form.answer.data) != (found.answered_on, found.answer):
        contesting.answer(
            g.work, case.id, found.id, answered_on=answered_on, text=form.answer.data or "",
            document=forms.document_of(form),
        )  # fmt: skip


@bp.get("/cases/<uuid:case_id>/evidence/<uuid:file_id>")
@needs(Permission.SEE_CASES)
def download(case_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """A document that proves something said, sent or answered on the case."""
    queries.evidence_file(g.work, cases.open_case(g.work, case_id).id, file_id)
    row, data = read_file(g.work, file_id)
    return Response(
        data, mimetype=row.media_type, headers={"Content-Disposition": f'attachment; filename="{row.name}"'}
    )


def _beside(case: Case) -> SidePanel:
    """The panel on the case: what holds now, and the way to the ledger."""
    ledger = queries.ledger(g.work, case)
    pairs = render.summary(ledger.standing, ledger.lawyer)
    ends = [row.period_ends_on for row in queries.validation_of(g.work, case.id) if row.period_ends_on]
    if ends:
        pairs.append((spell(msg("Puede objetar hasta")), formats.day(max(ends), locale())))
    return SidePanel(
        title=spell(msg("Consentimientos y avisos")),
        icon="shield-check",
        pairs=pairs,
        empty=spell(msg("Nada anotado todavía.")),
        links=[(spell(msg("Ver y anotar")), url_for("consents.show", case_id=case.id))],
    )


PANELS.append(_beside)
