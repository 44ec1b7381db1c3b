"""The collector's desk: queue, case, actions on one screen, by keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.clock import instant_of
from kernel.money import Money
from kernel.problems import Problem
from kernel.text import msg
from legal.gate import Denied, Held
from legal.rules.decision import Decision, Result, Verdict
from legal.rules.decision import Outcome as RuleOutcome
from legal.rules.decision import sentence as rule_sentence
from legal.rules.facts import Channel
from legal.rules.kinds import Period
from recobro.agreements import service as agreements
from recobro.cases import queries, service
from recobro.cases.forms import NoteForm, sentences
from recobro.cases.lifecycle import STAGE_LABELS, Stage
from recobro.cases.tables import Case
from recobro.cases.views import PARTS, related, stage_word, words
from recobro.cases.views import facts_of as facts_line
from recobro.desk import queries as desk_queries
from recobro.desk import service as desk
from recobro.desk.forms import OutcomeForm, PromiseForm, SnoozeForm
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.desk.tables import Call
from recobro.notices.facts import CaseFacts, gather_one
from recobro.web import events
from recobro.web.jinja import locale, moment, money
from recobro.web.lists import Tab, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import go_to, render
from recobro.web.readings import read_day, read_money
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows

bp = Blueprint("desk", __name__)
WAITING["desk.queue"] = desk_queries.waiting

_MORNING = 9


@dataclass(frozen=True)
class GuardView:
    """The guardrail strip: verdict, the word, the facts behind it, and how each channel stands."""

    verdict: str
    word: str
    facts: list[str]
    email_ok: bool
    why_not_call: str
    may_override: bool
    rules: list["RuleLine"]


@dataclass(frozen=True)
class RuleLine:
    """One rule of the answer on a call now: what it said and where it comes from."""

    tone: str
    title: str
    sentence: str
    citation: str
    source_url: str


@dataclass(frozen=True)
class DeskPage:
    """The whole desk: queue on the left, the case in the middle, actions on the right."""

    day: desk_queries.Day
    tabs: list[Tab]
    queue: list[dict[str, Any]]
    view: str
    head: queries.CaseHead | None = None
    facts: list[tuple[str, str]] | None = None
    stage: tuple[str, str] = ("", "")
    why_now: str = ""
    guard: GuardView | None = None
    record_tabs: list[Tab] | None = None
    part: str = "activity"
    timeline: list[dict[str, str]] | None = None
    debts: list[queries.DebtRow] | None = None
    contacts: Any = ()
    contact_rows: list[tuple[str, str, str, str, str, str]] | None = None
    related: Mapping[str, Any] | None = None
    words: Mapping[str, Mapping[str, str]] | None = None
    call: Call | None = None
    results: list[tuple[str, str]] | None = None
    next_best: tuple[str, str] = ("", "")
    amount_presets: list[tuple[str, str]] | None = None
    day_presets: list[tuple[str, str]] | None = None
    values: Mapping[str, str] | None = None
    errors: Mapping[str, str] | None = None
    can_note: bool = True


@bp.get("/desk")
@needs(Permission.WORK_QUEUE)
def queue() -> ResponseReturnValue:
    """The queue, with the most urgent case nobody else holds open and held."""
    view = _view()
    case = None
    if view == "":
        case = service.claim_next(g.work)
    rows = _queue_rows(view)
    if case is None and rows:
        case = service.open_case(g.work, rows[0]["case"].id, lock=True)
        if not service.claim(g.work, case):
            case = None
    return _desk(case, view)


@bp.get("/desk/cases/<uuid:case_id>")
@needs(Permission.WORK_QUEUE)
def work_case(case_id: UUID) -> ResponseReturnValue:
    """This case on the desk, held for this person."""
    return _desk(desk.take(g.work, case_id), _view())


def _view() -> str:
    view = request.args.get("view", "")
    return view if view in ("", "broken", "new") else ""


def _queue_rows(view: str) -> list[dict[str, Any]]:
    rows = queries.queue(g.work, only_broken=view == "broken", only_new=view == "new")
    found = []
    for row in rows:
        word, tone = stage_word(row)
        found.append({"case": row, "word": word, "tone": tone, "url": _case_url(row.id, view)})
    return found


def _case_url(case_id: UUID, view: str) -> str:
    return url_for("desk.work_case", case_id=case_id, view=view or None)


def _agency_zone() -> ZoneInfo:
    return ZoneInfo(g.signed_in.agency_zone)


def _desk(
    case: Case | None, view: str, *, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    day = desk_queries.day_of(g.work, _agency_zone())
    path = url_for("desk.queue")
    tabs = [
        Tab(spell(msg("Hoy")), path, day.waiting, view == ""),
        Tab(
            spell(msg("Rotas")),
            url_with(path, {}, view="broken"),
            queries.count_cases(g.work, queries.CaseFilter(broken=True, waiting=True)),
            view == "broken",
        ),
        Tab(spell(msg("Nuevos")), url_with(path, {}, view="new"), None, view == "new"),
    ]
    common: dict[str, Any] = {"day": day, "tabs": tabs, "queue": _queue_rows(view), "view": view}
    if case is None:
        return render("pages/desk/desk.html", DeskPage(**common))
    head = queries.head(g.work, case)
    facts = gather_one(g.work, case.id)
    part = request.args.get("part", "activity")
    part = part if part in PARTS else "activity"
    points = queries.contact_points(g.work, head.debtor_id)
    labels = words()
    counts = desk_queries.part_counts(g.work, case_id=case.id, debtor_id=head.debtor_id)
    return render(
        "pages/desk/desk.html",
        DeskPage(
            **common,
            head=head,
            facts=facts_line(head),
            stage=(spell(STAGE_LABELS[Stage(head.stage)]), tone_of(head.stage)),
            why_now=events.sentence(head.queue_reason, head.queue_details),
            guard=_guard(facts, head.zone),
            record_tabs=[
                Tab(
                    spell(label),
                    url_with(_case_url(case.id, view), {}, part=None if key == "activity" else key)
                    if not view
                    else url_for("desk.work_case", case_id=case.id, view=view, part=key),
                    counts.get(key),
                    key == part,
                )
                for key, label in PARTS.items()
            ],
            part=part,
            timeline=[events.line(event) for event in queries.history(g.work, case.id, limit=40)],
            debts=queries.debts(g.work, case.id) if part == "debts" else [],
            contacts=points,
            contact_rows=[_contact_row(point, labels) for point in points],
            related=related(case.id, part),
            words=labels,
            call=desk.open_call(g.work, case.id),
            results=[(outcome.value, spell(MEANINGS[outcome].label)) for outcome in Outcome],
            next_best=_next_best(case, head),
            amount_presets=_amount_presets(head.balance),
            day_presets=[
                (spell(msg("Hoy")), "hoy"), (spell(msg("Vie")), "vie"), (spell(msg("Quincena")), "quincena")
            ],
            values=values or {},
            errors=errors or {},
        ),
        status=status,
    )  # fmt: skip


def _contact_row(point: Any, labels: Mapping[str, Mapping[str, str]]) -> tuple[str, str, str, str, str, str]:
    kind = {"postal": "letter"}.get(point.channel, point.channel)
    who = point.person_name or labels["channels"][point.channel]
    role = "" if point.person_role == "debtor" else point.person_role
    tone = {"verified": "ok", "wrong": "neg", "bounced": "neg", "no_answer": ""}.get(point.quality, "")
    word = labels["qualities"][point.quality]
    if point.consent == "refused":
        word, tone = labels["consents"]["refused"], "neg"
    return kind, who, role, point.value, word, tone


def _guard(facts: CaseFacts, zone: ZoneInfo) -> GuardView:
    found = desk_queries.guard(g.work, facts)
    phone = found.by_channel[Channel.PHONE]
    email = found.by_channel[Channel.EMAIL]
    may_override = phone.overridable and allows(Role(g.principal.role), Permission.OVERRIDE_POLICY)
    rules = [_rule_line(outcome, zone) for outcome in phone.outcomes if outcome.sentence]
    if phone.verdict is Verdict.ALLOW:
        word = spell(msg("Se puede contactar ahora"))
        return GuardView("allow", word, _allowed_facts(phone), True, "", False, rules)
    reasons = [f"{_rule(outcome, zone)} ({outcome.rule.citation})" for outcome in phone.failed]
    why = "; ".join(_rule(outcome, zone) for outcome in phone.failed)
    if found.email_only:
        word = spell(msg("Por ahora solo por correo"))
        return GuardView("wait", word, reasons, True, why, may_override, rules)
    email_ok = email.verdict is Verdict.ALLOW
    if phone.verdict is Verdict.WAIT and phone.until is not None:
        word = spell(msg("Se puede contactar desde {when}"), when=moment(phone.until, zone))
        return GuardView("wait", word, reasons, email_ok, why, may_override, rules)
    return GuardView("deny", spell(msg("No contactar")), reasons, email_ok, why, may_override, rules)


def _rule(outcome: RuleOutcome, zone: ZoneInfo) -> str:
    def show(value: object) -> str:
        return moment(value, zone) if isinstance(value, datetime) else str(value)

    return rule_sentence(outcome, spell, show)


def _rule_line(outcome: RuleOutcome, zone: ZoneInfo) -> RuleLine:
    return RuleLine(
        tone={"passed": "ok", "warned": "warn", "failed": "neg"}.get(outcome.result.value, ""),
        title=spell(outcome.rule.title),
        sentence=_rule(outcome, zone),
        citation=outcome.rule.citation,
        source_url=outcome.rule.source_url,
    )


# What an allowed call rests on, as short as a strip has room for; the rest is behind "Reglas".
_BRIEF = {
    "contact_hours": msg("Horario {window}"),
    "authorised_channel": msg("Canal autorizado"),
    "contact_source": msg("Dato dado por {source}"),
}
_BRIEF_CAPS = {
    Period.DAY: msg("Hoy {count} de {max} contactos"),
    Period.ISO_WEEK: msg("{count} de {max} contactos esta semana"),
    Period.ROLLING_7_DAYS: msg("{count} de {max} contactos en 7 días"),
}


def _allowed_facts(decision: Decision) -> list[str]:
    facts: dict[str, str] = {}
    for outcome in decision.outcomes:
        period = outcome.inputs.get("period") if outcome.rule.kind == "contact_cap" else None
        brief = _BRIEF_CAPS[period] if isinstance(period, Period) else _BRIEF.get(outcome.rule.kind, "")
        if brief and brief not in facts and outcome.result in (Result.PASSED, Result.WARNED):
            facts[brief] = rule_sentence(replace(outcome, sentence=brief), spell)
    return list(facts.values())


def _next_best(case: Case, head: queries.CaseHead) -> tuple[str, str]:
    """What to do and why, from why the case is here and what the client allows."""
    limits, _, _ = agreements.limits_of(g.work, case)
    count = limits.max_instalments
    share = Money(max(head.balance.minor // max(count, 1), 1), head.balance.currency)
    allowed = spell(
        msg("El cliente permite hasta {count} pagos y {pct} % de quita sin autorización."),
        count=count,
        pct=f"{limits.max_discount_bp / 100:g}",
    )
    details = {name: events.readable(value) for name, value in head.queue_details.items()}
    if head.queue_reason == "Promesa rota" and "amount" in details:
        return spell(msg("Llama y renueva la promesa de {amount}."), amount=money(details["amount"])), allowed
    if head.queue_reason == "Convenio roto" and "amount" in details:
        return (
            spell(msg("Llama: faltan {amount} de su convenio."), amount=money(details["amount"])),
            spell(msg("Si no puede cumplirlo, ofrece uno nuevo. {allowed}"), allowed=allowed),
        )
    if count > 1 and share.minor >= limits.min_instalment:
        return spell(msg("Llama y ofrece {count} pagos de {share}."), count=count, share=money(share)), allowed
    return spell(msg("Llama y pide el pago de {balance}."), balance=money(head.balance)), allowed


def _amount_presets(balance: Money) -> list[tuple[str, str]]:
    def text(value: Money) -> str:
        return f"{value.amount:f}"

    half, third = balance.split([1, 1])[0], balance.split([1, 1, 1])[0]
    return [(spell(msg("Total")), text(balance)), ("½", text(half)), ("⅓", text(third))]


@bp.post("/desk/cases/<uuid:case_id>/call")
@needs(Permission.RECORD_CALLS)
def call(case_id: UUID) -> ResponseReturnValue:
    """Begin a call: the gate gives leave or says why not."""
    point = request.form.get("contact_point", "")
    reason = request.form.get("override_reason", "").strip()
    if reason and not allows(Role(g.principal.role), Permission.OVERRIDE_POLICY):
        reason = ""
    try:
        desk.start_call(
            g.work, case_id=case_id, contact_point_id=UUID(point) if point else None, override_reason=reason
        )
    except (Held, Denied) as refusal:
        # The decision that refused stays as evidence: the work is committed, only the call is not made.
        return go_to("desk.work_case", case_id=case_id, say=refusal.template, kind="warn", fields=dict(refusal.details))
    return go_to(
        "desk.work_case", case_id=case_id, say=msg("Llamada en curso. Anota el resultado al terminar."), kind="info"
    )


@bp.post("/desk/cases/<uuid:case_id>/contact")
@needs(Permission.RECORD_CALLS)
def record_contact(case_id: UUID) -> ResponseReturnValue:
    """Save what came of the contact, the promise if there is one, and go on to the next case."""
    outcome_form, promise_form = OutcomeForm(), PromiseForm()
    has_outcome = bool(request.form.get("outcome"))
    has_promise = bool(request.form.get("amount", "").strip() or request.form.get("day", "").strip())
    errors: dict[str, str] = {}
    if not has_outcome and not has_promise:
        errors["outcome"] = spell(msg("Elige el resultado de la llamada o escribe una promesa."))
    if has_promise and not promise_form.validate():
        errors.update(sentences(promise_form))
    if has_outcome and not outcome_form.validate():
        errors.update(sentences(outcome_form))
    case = service.open_case(g.work, case_id)
    note = request.form.get("note", "").strip()
    promised: tuple[Money, Any] | None = None
    if has_promise and not errors:
        field = "amount"
        try:
            zone = agreements.zone_of(g.work, case)
            amount = read_money(promise_form.amount.data, case.currency, locale())
            field = "day"
            today = g.work.today(zone)
            day = read_day(promise_form.day.data, today, locale())
            agreements.check_promise(case, amount=amount, due_on=day, today=today)
            promised = (amount, day)
        except agreements.PromiseRefused as problem:
            errors[problem.field] = spell_problem(problem)
        except Problem as problem:
            errors[field] = spell_problem(problem)
    if errors:
        return _desk(desk.take(g.work, case_id), _view(), values=request.form.to_dict(), errors=errors, status=422)
    if has_outcome:
        try:
            desk.record_outcome(
                g.work,
                case_id=case_id,
                outcome=Outcome(outcome_form.outcome.data),
                note=note,
                duration_s=outcome_form.duration.data or 0,
                keep_in_hand=promised is not None,
            )
        except (Held, Denied) as refusal:
            return go_to(
                "desk.work_case", case_id=case_id, say=refusal.template, kind="warn", fields=dict(refusal.details)
            )
    elif note:
        service.add_note(g.work, case_id, text=note)
    if promised is not None:
        agreements.make_promise(g.work, case_id=case_id, amount=promised[0], due_on=promised[1], note=note)
        say = msg("Promesa guardada: {amount} el {day}.")
        fields: dict[str, object] = {"amount": promised[0], "day": events.readable(promised[1].isoformat())}
        return go_to("desk.queue", view=_view() or None, say=say, fields=fields)
    return go_to("desk.queue", view=_view() or None, say=msg("Resultado guardado."))


@bp.post("/desk/cases/<uuid:case_id>/snooze")
@needs(Permission.WORK_QUEUE)
def snooze(case_id: UUID) -> ResponseReturnValue:
    """Put the case aside and go on to the next."""
    form = SnoozeForm()
    if not form.validate_on_submit():
        return go_to("desk.work_case", case_id=case_id, say=msg("Escribe hasta cuándo."), kind="warn")
    case = service.open_case(g.work, case_id)
    zone = agreements.zone_of(g.work, case)
    today = g.work.today(zone)
    day = read_day(form.until.data, today, locale())
    until = g.work.now() + timedelta(hours=2) if day == today else instant_of(day, zone, _MORNING)
    desk.snooze(g.work, case_id=case_id, until=until)
    return go_to(
        "desk.queue", view=_view() or None, say=msg("Pospuesto hasta {when}."), fields={"when": moment(until, zone)}
    )


@bp.post("/desk/cases/<uuid:case_id>/bring-back")
@needs(Permission.WORK_QUEUE)
def bring_back(case_id: UUID) -> ResponseReturnValue:
    """Undo a snooze."""
    desk.bring_back(g.work, case_id)
    return go_to("desk.work_case", case_id=case_id, say=msg("El caso está otra vez en la cola."))


@bp.post("/desk/cases/<uuid:case_id>/note")
@needs(Permission.SEE_NOTES)
def note(case_id: UUID) -> ResponseReturnValue:
    """Keep a private note without leaving the case."""
    form = NoteForm()
    if not form.validate_on_submit():
        return go_to("desk.work_case", case_id=case_id, say=msg("Escribe la nota."), kind="warn")
    service.add_note(g.work, case_id, text=form.text.data.strip())
    return go_to("desk.work_case", case_id=case_id, say=msg("Nota guardada."))


@bp.post("/desk/cases/<uuid:case_id>/email")
@needs(Permission.RECORD_CALLS)
def email(case_id: UUID) -> ResponseReturnValue:
    """Send the account statement by email, through the gate, in a job."""
    service.open_case(g.work, case_id)
    g.work.outbox.add("notices.send_one", case_id=case_id, key=request.form.get("template", "second-2"))
    return go_to("desk.work_case", case_id=case_id, say=msg("Correo en camino, si la regla de contacto lo permite."))
