"""Promises, agreements, and the page where a plan is negotiated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kernel.money import Money
from kernel.problems import Invalid, NotFound, Problem
from kernel.text import msg
from recobro.agreements import queries, service
from recobro.agreements.forms import PlanForm, ReasonForm
from recobro.agreements.lifecycle import LABELS, PROMISE_LABELS, AgreementState, PromiseState
from recobro.agreements.schedule import Every, Limits, Plan, PlanRefused, reasons_for_approval
from recobro.agreements.tables import Agreement
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.cases.views import RELATED
from recobro.web import events
from recobro.web.jinja import locale, money
from recobro.web.lists import Tab, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import go_to, partial, render
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from recobro.wiring import outside
from tenants.roles import Permission, Role, allows

bp = Blueprint("agreements", __name__)
WAITING["agreements.list_promises"] = queries.due_promises
WAITING["agreements.list_agreements"] = queries.awaiting_approval

EVERY_LABELS: Mapping[Every, str] = {
    Every.MONTH: msg("Cada mes"),
    Every.FORTNIGHT: msg("Cada dos semanas"),
    Every.WEEK: msg("Cada semana"),
}


@dataclass(frozen=True)
class PromisesPage:
    """Promises of one state."""

    tabs: list[Tab]
    rows: list[queries.PromiseRow]
    words: Mapping[str, str]


@bp.get("/promises")
@needs(Permission.SEE_AGREEMENTS)
def list_promises() -> ResponseReturnValue:
    """What debtors promised, by state and day."""
    state = request.args.get("state", PromiseState.PENDING.value)
    state = state if state in set(PromiseState) else PromiseState.PENDING.value
    counted = queries.promise_counts(g.work)
    tabs = [
        Tab(
            spell(label),
            url_with(url_for("agreements.list_promises"), {}, state=s.value),
            counted.get(s.value, 0),
            s == state,
        )
        for s, label in PROMISE_LABELS.items()
    ]
    words = {s.value: spell(label) for s, label in PROMISE_LABELS.items()}
    return render("pages/agreements/promises.html", PromisesPage(tabs, queries.promises(g.work, state=state), words))


@dataclass(frozen=True)
class AgreementsPage:
    """Agreements of one state, or all."""

    tabs: list[Tab]
    rows: list[queries.AgreementRow]
    words: Mapping[str, str]


@bp.get("/agreements")
@needs(Permission.SEE_AGREEMENTS)
def list_agreements() -> ResponseReturnValue:
    """Plans by state."""
    state = request.args.get("state", "")
    states = [AgreementState(state)] if state in set(AgreementState) else []
    counted = queries.counts(g.work)
    path = url_for("agreements.list_agreements")
    tabs = [Tab(spell(msg("Todos")), path, sum(counted.values()), not states)]
    tabs += [
        Tab(spell(label), url_with(path, {}, state=s.value), counted.get(s.value, 0), s.value == state)
        for s, label in LABELS.items()
        if counted.get(s.value) or s in (AgreementState.AWAITING_APPROVAL, AgreementState.ACTIVE)
    ]
    words = {s.value: spell(label) for s, label in LABELS.items()}
    return render("pages/agreements/list.html", AgreementsPage(tabs, queries.agreements(g.work, states=states), words))


@dataclass(frozen=True)
class AgreementPage:
    """One agreement with its schedule and what can be done."""

    agreement: Agreement
    head: case_queries.CaseHead
    state: tuple[str, str]
    parts: list[tuple[str, str, str, str, str]]
    total: Money
    discount: Money
    reasons: list[str]
    may_approve: bool
    may_cancel: bool
    today: date


@bp.get("/agreements/<uuid:agreement_id>")
@needs(Permission.SEE_AGREEMENTS)
def show_agreement(agreement_id: UUID) -> ResponseReturnValue:
    """One agreement, whole."""
    agreement = service.open_agreement(g.work, agreement_id)
    head = case_queries.head(g.work, cases.open_case(g.work, agreement.case_id))
    role = Role(g.principal.role)
    return render(
        "pages/agreements/show.html",
        AgreementPage(
            agreement=agreement,
            head=head,
            state=(spell(LABELS[AgreementState(agreement.state)]), tone_of(agreement.state)),
            parts=schedule_rows(agreement),
            total=Money(agreement.total, agreement.currency),
            discount=Money(agreement.discount, agreement.currency),
            reasons=reason_sentences(agreement),
            may_approve=agreement.state == AgreementState.AWAITING_APPROVAL
            and allows(role, Permission.APPROVE_AGREEMENTS),
            may_cancel=agreement.state in ("awaiting_approval", "offered", "active")
            and allows(role, Permission.OFFER_AGREEMENTS),
            today=g.work.today(head.zone),
        ),
    )


def reason_sentences(agreement: Agreement) -> list[str]:
    """Why it needed approval, in words."""
    return [spell(reason["sentence"], **reason["fields"]) for reason in agreement.approval_reasons]


def schedule_rows(agreement: Agreement) -> list[tuple[str, str, str, str, str]]:
    """The instalments as the schedule table draws them: what, day, amount, state, its word."""
    rows = []
    today = g.work.now().date()
    for part in service.instalments_of(g.work, agreement.id):
        if part.paid == part.amount:
            state, word = "paid", msg("Pagado")
        elif part.paid:
            state, word = "partly_kept", msg("Pagado en parte")
        elif part.due_on < today and agreement.state in ("active", "broken"):
            state, word = "late", msg("Vencido")
        else:
            state, word = "pending", msg("Pendiente")
        title = spell(msg("Pago {position}"), position=part.position)
        rows.append(
            (
                title,
                events.readable(part.due_on.isoformat()),
                money(Money(part.amount, agreement.currency)),
                state,
                spell(word),
            )
        )
    return rows


@bp.get("/agreements/<uuid:agreement_id>/document")
@needs(Permission.SEE_AGREEMENTS)
def document(agreement_id: UUID) -> ResponseReturnValue:
    """The signed document, byte for byte."""
    agreement = service.open_agreement(g.work, agreement_id)
    if agreement.file_id is None:
        raise NotFound(msg("El convenio todavía no tiene documento firmado."))
    return Response(
        outside().files.read(agreement.agency_id, agreement.file_id),
        mimetype="application/pdf",
        headers={"Content-Disposition": f"attachment; filename=convenio-{agreement.number}.pdf"},
    )


@bp.post("/agreements/<uuid:agreement_id>/approve")
@needs(Permission.APPROVE_AGREEMENTS)
def approve(agreement_id: UUID) -> ResponseReturnValue:
    """Let a plan beyond the limits be offered."""
    service.approve(g.work, agreement_id)
    return _after(agreement_id, msg("Autorizado. El deudor ya puede verlo en su página."))


@bp.post("/agreements/<uuid:agreement_id>/refuse")
@needs(Permission.APPROVE_AGREEMENTS)
def refuse(agreement_id: UUID) -> ResponseReturnValue:
    """Do not allow a plan, and say why."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _after(agreement_id, msg("Escribe el motivo."), "warn")
    service.refuse(g.work, agreement_id, reason=form.reason.data.strip())
    return _after(agreement_id, msg("No autorizado. Quien lo propuso ya ve el motivo."))


def _after(agreement_id: UUID, say: str, kind: str = "ok") -> ResponseReturnValue:
    if g.principal.client_id is not None:
        return go_to("portal.approvals", say=say, kind=kind)
    return go_to("agreements.show_agreement", agreement_id=agreement_id, say=say, kind=kind)


@bp.post("/agreements/<uuid:agreement_id>/cancel")
@needs(Permission.OFFER_AGREEMENTS)
def cancel(agreement_id: UUID) -> ResponseReturnValue:
    """Take a plan back."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _after(agreement_id, msg("Escribe el motivo."), "warn")
    service.cancel(g.work, agreement_id, reason=form.reason.data.strip())
    return _after(agreement_id, msg("Convenio cancelado."))


@dataclass(frozen=True)
class NegotiatePage:
    """The table on which a plan is negotiated: terms, limits, the schedule they give, what needs approval."""

    head: case_queries.CaseHead
    limits: Limits
    max_discount: str
    min_instalment: Money
    values: Mapping[str, str]
    errors: Mapping[str, str]
    every: list[tuple[str, str]]
    plan: Plan | None
    parts: list[tuple[str, str, str, str, str]]
    reasons: list[str]
    offers: list[tuple[str, str, str]]
    live: queries.AgreementRow | None
    live_word: str
    signed: bool
    refusal: str


@bp.route("/cases/<uuid:case_id>/negotiate", methods=["GET", "POST"])
@needs(Permission.OFFER_AGREEMENTS)
def negotiate(case_id: UUID) -> ResponseReturnValue:
    """Try terms and put them on the table: only a POST with `offer` offers, and it offers what the fields hold."""
    case = cases.open_case(g.work, case_id)
    head = case_queries.head(g.work, case)
    today = g.work.today(head.zone)
    limits, _, _ = service.limits_of(g.work, case)
    values = {
        "count": str(min(3, limits.max_instalments)),
        "every": Every.MONTH.value,
        "first_on": (today + timedelta(days=3)).isoformat(),
        "discount": "0",
        **{name: value for name, value in request.values.items() if name in ("count", "every", "first_on", "discount")},
    }
    errors: dict[str, str] = {}
    proposal: Plan | None = None
    refusal = ""
    reasons: list[str] = []
    offering = request.method == "POST" and "offer" in request.form
    form = PlanForm(formdata=MultiDict(values), meta={"csrf": False})
    if form.validate():
        try:
            terms = _terms(form, today)
            service.check_first_day(terms["first_on"], today)
            proposal = service.simulate(case, **terms)
            found = reasons_for_approval(proposal, limits, discount_bp=terms["discount_bp"])
            reasons = [spell(reason.sentence, **reason.fields) for reason in found]
            if offering:
                agreement = service.offer(g.work, case_id=case_id, **terms)
                say = (
                    msg("Enviado a autorización. Te avisaremos en cuanto respondan.")
                    if found
                    else msg("Oferta enviada. El deudor ya la ve en su página.")
                )
                return go_to("agreements.show_agreement", agreement_id=agreement.id, say=say)
        except Problem as problem:
            if offering and proposal is not None:
                raise
            if proposal is None and (name := _field_of(problem)):
                errors[name] = spell_problem(problem)
            else:
                refusal = spell_problem(problem)
    else:
        errors = sentences(form)
    if errors and partial():
        refusal = " ".join(errors.values())  # the fields stay as they are: only the plan is drawn again
    current = service.live_agreement(g.work, case_id)
    rows = queries.agreements(g.work, case_id=case_id) if current else []
    return render(
        "pages/agreements/negotiate.html",
        NegotiatePage(
            head=head,
            limits=limits,
            max_discount=f"{Decimal(limits.max_discount_bp) / 100:f}",
            min_instalment=Money(limits.min_instalment, head.balance.currency),
            values=values,
            errors=errors,
            every=[(every.value, spell(label)) for every, label in EVERY_LABELS.items()],
            plan=proposal,
            parts=[
                (
                    spell(msg("Pago {position}"), position=part.position),
                    events.readable(part.due_on.isoformat()),
                    money(part.amount),
                    "pending",
                    "",
                )
                for part in (proposal.parts if proposal else ())
            ],
            reasons=reasons,
            offers=_offers(case_id, limits, today),
            live=next((row for row in rows if current and row.id == current.id), None),
            live_word=spell(LABELS[AgreementState(current.state)]).lower() if current else "",
            signed=current is not None and current.state in (AgreementState.ACCEPTED, AgreementState.ACTIVE),
            refusal=refusal,
        ),
        block="plan",
        status=422 if offering else 200,
    )


def _field_of(problem: Problem) -> str:
    """The field that a refusal of the terms stands at; none when it is about the case."""
    if isinstance(problem, PlanRefused):
        return "count"
    return "first_on" if isinstance(problem, Invalid) else ""


def _terms(form: PlanForm, today: date) -> dict[str, Any]:
    return {
        "count": form.count.data,
        "every": Every(form.every.data),
        "first_on": read_day(form.first_on.data, today=today, locale=locale()),
        "discount_bp": int((form.discount.data * 100).to_integral_value()),
    }


def _offers(case_id: UUID, limits: Limits, today: date) -> list[tuple[str, str, str]]:
    """Three ready offers inside the limits: all at once with the whole discount, half way, the longest plan."""
    path = url_for("agreements.negotiate", case_id=case_id)
    most = f"{Decimal(limits.max_discount_bp) / 100:f}"
    longest = limits.max_instalments
    first = (today + timedelta(days=3)).isoformat()
    found = [
        (msg("Un pago con quita"), spell(msg("1 pago, {pct} % menos"), pct=most), {"count": "1", "discount": most}),
        (msg("Plan corto"), spell(msg("{count} pagos"), count=min(3, longest)), {"count": str(min(3, longest))}),
        (msg("Plan largo"), spell(msg("{count} pagos"), count=longest), {"count": str(longest)}),
    ]
    return [
        (spell(title), note, url_with(path, {}, every="month", first_on=first, **terms)) for title, note, terms in found
    ]


def _of_case(case_id: UUID) -> list[dict[str, Any]]:
    agreed = [
        {
            "title": row.number,
            "url": url_for("agreements.show_agreement", agreement_id=row.id),
            "word": spell(LABELS[AgreementState(row.state)]),
            "tone": tone_of(row.state),
            "note": spell(msg("1 pago")) if row.parts == 1 else spell(msg("{count} pagos"), count=row.parts),
            "amount": row.total,
        }
        for row in queries.agreements(g.work, case_id=case_id)
    ]
    promised = [
        {
            "title": spell(msg("Promesa para el {day}"), day=events.readable(row.due_on.isoformat())),
            "url": "",
            "word": spell(PROMISE_LABELS[PromiseState(row.state)]),
            "tone": tone_of(row.state),
            "note": row.made_by,
            "amount": row.amount,
        }
        for row in queries.promises(g.work, case_id=case_id)
    ]
    return agreed + promised


RELATED["agreements"] = _of_case
