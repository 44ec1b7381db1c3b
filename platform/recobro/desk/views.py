"""The collector's desk: queue, case, actions on one screen, by keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.clock import instant_of
from kernel.money import Money
from kernel.text import msg
from legal.gate import Denied, Held
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.cases import queries, service
from recobro.cases.forms import NoteForm, sentences
from recobro.cases.lifecycle import STAGE_LABELS, Stage
from recobro.cases.tables import Case
from recobro.cases.views import GUARDS, PARTS, related, stage_word, words
from recobro.cases.views import facts_of as facts_line
from recobro.desk import incoming_views
from recobro.desk import queries as desk_queries
from recobro.desk import service as desk
from recobro.desk.blueprint import bp
from recobro.desk.case_views import guard_of, next_best, read_promise
from recobro.desk.forms import OutcomeForm, PromiseForm, SnoozeForm
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.desk.panels import GuardView, guard_view
from recobro.desk.tables import Call
from recobro.notices.facts import CaseFacts, points_for
from recobro.notices.gathering import gather_one
from recobro.web import events
from recobro.web.jinja import locale, moment
from recobro.web.lists import Tab, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import flash, go_to, render
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows

WAITING["desk.queue"] = desk_queries.waiting
GUARDS.append(guard_of)

# What came in is of this blueprint too.
__all__ = ["bp", "incoming_views"]

_MORNING = 9


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
    phones: list[tuple[str, str, str]] | None = None
    held: tuple[str, str] | None = None


@bp.get("/desk")
@needs(Permission.WORK_QUEUE)
def queue() -> ResponseReturnValue:
    """The queue, with the most urgent case nobody else holds open and held."""
    view = _view()
    case = None
    if view == "":
        case = service.claim_next(g.work)
    for row in _queue_rows(view) if case is None else ():
        found = service.open_case(g.work, row["case"].id, lock=True)
        if service.claim(g.work, found):
            case = found
            break
    return _desk(case, view)


@bp.get("/desk/cases/<uuid:case_id>")
@needs(Permission.WORK_QUEUE)
def work_case(case_id: UUID) -> ResponseReturnValue:
    """This case on the desk, held for this person; only to be read while a colleague holds it."""
    case = service.open_case(g.work, case_id, lock=True)
    service.claim(g.work, case)
    return _desk(case, _view())


@bp.errorhandler(desk.TakenByAnother)
def taken(_problem: desk.TakenByAnother) -> ResponseReturnValue:
    """What a colleague's case does not take: the page says whose it is. Nothing was done."""
    g.failed = True
    assert request.view_args is not None
    say = msg("No se guardó: otra persona está en este caso.")
    return go_to("desk.work_case", case_id=request.view_args["case_id"], view=_view() or None, say=say, kind="warn")


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
    guard = guard_view(facts, head.zone)
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
            guard=guard,
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
            next_best=next_best(case, head, facts, guard),
            amount_presets=_amount_presets(head.balance),
            day_presets=[
                (spell(msg("Hoy")), "hoy"), (spell(msg("Vie")), "vie"), (spell(msg("Quincena")), "quincena")
            ],
            values=values or {},
            errors=errors or {},
            phones=_phones(facts, labels),
            held=_held(case),
        ),
        status=status,
    )  # fmt: skip


def _held(case: Case) -> tuple[str, str] | None:
    """Who else is in the case, and since when; nobody when it is free or one's own."""
    holder = service.holder_of(g.work, case)
    return (holder.name, moment(holder.since, _agency_zone())) if holder else None


def _phones(facts: CaseFacts, labels: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """The telephones that may be called, the best first: id, number, whose it is."""
    whose = labels["channels"]["phone"]
    return [(str(point.id), point.value, point.person_name or whose) for point in points_for(facts, Channel.PHONE)]


def _contact_row(point: Any, labels: Mapping[str, Mapping[str, str]]) -> tuple[str, str, str, str, str, str]:
    kind = {"postal": "letter"}.get(point.channel, point.channel)
    who = point.person_name or labels["channels"][point.channel]
    role = "" if point.person_role == "debtor" else point.person_role
    tone = {"verified": "ok", "wrong": "neg", "bounced": "neg", "no_answer": ""}.get(point.quality, "")
    word = labels["qualities"][point.quality]
    if point.consent == "refused":
        word, tone = labels["consents"]["refused"], "neg"
    return kind, who, role, point.value, word, tone


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
            g.work, case_id=case_id, contact_point_id=UUID(point) if point else None, override_reason=reason,
            override_rules=request.form.getlist("override_rule"),
        )  # fmt: skip
    except (Held, Denied) as refusal:
        # The decision that refused stays as evidence: the work is committed, only the call is not made.
        return go_to("desk.work_case", case_id=case_id, say=_refused(case_id, refusal), kind="warn")
    return go_to(
        "desk.work_case", case_id=case_id, say=msg("Llamada en curso. Anota el resultado al terminar."), kind="info"
    )


def _refused(case_id: UUID, refusal: Held | Denied) -> str:
    """Why there is no leave to call, by the debtor's clock."""
    if isinstance(refusal, Denied):
        return spell_problem(refusal)
    zone = agreements.zone_of(g.work, service.open_case(g.work, case_id))
    return spell(msg("Las reglas de contacto piden esperar: se puede desde {when}."), when=moment(refusal.until, zone))


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
    promised: tuple[Money, date] | None = None
    if has_promise and not errors:
        promised = read_promise(case, promise_form.amount.data, promise_form.day.data, errors)
    if errors:
        return _desk(desk.take(g.work, case_id), _view(), values=request.form.to_dict(), errors=errors, status=422)
    if has_outcome:
        made = desk.record_outcome(
            g.work,
            case_id=case_id,
            outcome=Outcome(outcome_form.outcome.data),
            note=note,
            duration_s=outcome_form.duration.data or 0,
            keep_in_hand=promised is not None,
        )
        if desk.is_breach(g.work, made):
            flash(msg("Las reglas no permitían esa llamada: se guarda, cuenta, y queda como incumplimiento."), "warn")
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
    undo = url_for("desk.bring_back", case_id=case_id)
    flash(msg("Pospuesto hasta {when}."), undo_url=undo, when=moment(until, zone))
    return go_to("desk.queue", view=_view() or None)


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
