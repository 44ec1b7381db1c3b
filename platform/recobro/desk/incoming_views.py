"""The page where a collector notes a call that came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.clock import instant_of
from kernel.money import Money
from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.cases import queries, service
from recobro.cases.forms import sentences
from recobro.cases.tables import Case
from recobro.consents.forms import read_time
from recobro.desk.blueprint import bp
from recobro.desk.case_views import read_promise
from recobro.desk.forms import ANSWERS, IncomingForm
from recobro.desk.incoming import CALLERS, OUTCOMES, STOPS, Caller, Incoming, note_incoming
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.law_pages.words import word
from recobro.notices.gathering import gather_one
from recobro.web.formats import phone
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission


@dataclass(frozen=True)
class IncomingPage:
    """The form: whose case, who may have called from where, what can have been said."""

    head: queries.CaseHead
    callers: list[tuple[str, str]]
    outcomes: list[tuple[str, str]]
    phones: list[tuple[str, str]]
    stops: list[tuple[str, str]]
    answers: list[tuple[str, str]]
    values: Mapping[str, str]
    errors: Mapping[str, str]


@bp.get("/desk/cases/<uuid:case_id>/incoming")
@needs(Permission.RECORD_CALLS)
def incoming(case_id: UUID) -> ResponseReturnValue:
    """A call came in: who, what was said, what was agreed, what they ask for."""
    return _page(service.open_case(g.work, case_id), {}, {})


@bp.post("/desk/cases/<uuid:case_id>/incoming")
@needs(Permission.RECORD_CALLS)
def save_incoming(case_id: UUID) -> ResponseReturnValue:
    """Keep it, with the promise if there is one."""
    form, case = IncomingForm(), service.open_case(g.work, case_id)
    errors = {} if form.validate_on_submit() else sentences(form)
    promised: tuple[Money, date] | None = None
    amount, day = (form.amount.data or "").strip(), (form.day.data or "").strip()
    if (amount or day) and not errors:
        if form.caller.data == Caller.OTHER.value:
            errors["amount"] = spell(msg("Otra persona no promete por el deudor."))
        else:
            promised = read_promise(case, amount, day, errors)
    told: Incoming | None = None
    if not errors:
        try:
            told = _told(form, agreements.zone_of(g.work, case))
        except Problem as problem:
            errors["at"] = spell_problem(problem)
    if told is not None and told.caller is Caller.OTHER and (told.stop or told.answer_by):
        field = "stop" if told.stop else "answer_by"
        errors[field] = spell(msg("Lo que pide otra persona no vale por el deudor: anótalo como nota."))
    if told is None or errors:
        return _page(case, request.form.to_dict(), errors, status=422)
    note_incoming(g.work, case_id=case_id, told=told, keep_in_hand=promised is not None)
    if promised is not None:
        agreements.make_promise(g.work, case_id=case_id, amount=promised[0], due_on=promised[1], note=told.note)
    return go_to("cases.show_case", case_id=case_id, say=msg("Llamada entrante anotada."))


def _told(form: IncomingForm, zone: ZoneInfo) -> Incoming:
    return Incoming(
        caller=Caller(form.caller.data),
        outcome=Outcome(form.outcome.data),
        at=_today_at(form.at.data or "", zone),
        name=(form.name.data or "").strip(),
        note=(form.note.data or "").strip(),
        contact_point_id=_uuid(form.contact_point.data or ""),
        stop=form.stop.data or "",
        answer_by=Channel(form.answer_by.data) if form.answer_by.data else None,
    )


def _today_at(text: str, zone: ZoneInfo) -> datetime | None:
    clock = read_time(text)
    if clock is None:
        return None
    at = instant_of(g.work.today(zone), zone, clock.hour, clock.minute)
    if at > g.work.now():
        raise Invalid(msg("Esa hora no ha llegado."))
    return at


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(msg("Ese contacto no es de este caso.")) from None


def _page(case: Case, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    points = [point for point in gather_one(g.work, case.id).points if point.channel == "phone"]
    return render(
        "pages/desk/incoming.html",
        IncomingPage(
            head=queries.head(g.work, case),
            callers=[(caller.value, spell(label)) for caller, label in CALLERS.items()],
            outcomes=[(one.value, spell(MEANINGS[one].label)) for one in OUTCOMES],
            phones=[("", spell(msg("Otro o no se sabe"))), *[(str(point.id), phone(point.value)) for point in points]],
            stops=[("", spell(msg("Nada"))), *[(name, spell(label)) for name, label in STOPS.items()]],
            answers=[("", spell(msg("Nada"))), *[(one.value, word(one)) for one in ANSWERS]],
            values=values,
            errors=errors,
        ),
        status=status,
    )
