"""A collector's day in the story: the queue from the top, a call a case, and what comes of each."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from kernel.clock import instant_of
from kernel.problems import Problem
from kernel.text import msg
from legal import gate
from legal.gate import Denied, Held
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.cases import flags, queries
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move
from recobro.cases.tables import CaseFlag
from recobro.demo import acts
from recobro.demo.cast import Manner
from recobro.demo.notes import said
from recobro.demo.telling import LAST, Life, Telling
from recobro.desk import service as desk
from recobro.desk.outcomes import Outcome
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather
from tenants.context import Principal
from tenants.roles import Role
from tenants.work import tenant_work

_A_DAY = 3
_QUIET_DAYS = 8
_HOURS = ((9, 30), (10, 0), (10, 30), (11, 30), (12, 15), (16, 30))
_GIVE_UP_AFTER = 9
_SMALL = {"MXN": 40_000_00, "COP": 6_000_000_00, "EUR": 1_800_00}
# What the first collector has already done on the last morning; what is no outcome is what was agreed on.
_LAST_MORNING = (
    "promise", Outcome.NO_ANSWER, Outcome.CALL_BACK, "promise", Outcome.VOICEMAIL, Outcome.THIRD_PARTY,
    Outcome.CALL_BACK, "promise", Outcome.NO_ANSWER, Outcome.SAYS_PAID, Outcome.NO_ANSWER,
)  # fmt: skip


def collect(telling: Telling, day: date) -> None:
    """Each collector works the top of their queue."""
    if (LAST - day).days < _QUIET_DAYS:
        # The last week's work waits for the last morning.
        return
    for person in telling.stage.collectors():
        for life in _queue(telling, person)[:_A_DAY]:
            telling.clock.advance(timedelta(minutes=life.random.randrange(5, 12)))
            _work_one(telling, person, life, day)


def last_morning(telling: Telling, day: date) -> None:
    """What the first collector did from nine on; the others have begun."""
    first, *others = telling.stage.collectors()
    done = 0
    for life in _queue(telling, first):
        if done == len(_LAST_MORNING):
            break
        # The rest of the day's work stays on the table.
        telling.at(day, 9, 2)
        telling.clock.advance(timedelta(minutes=9 * done))
        done += _work_one(telling, first, life, day, _LAST_MORNING[done])
    for person in others:
        for turn, life in enumerate(_queue(telling, person)[:4]):
            telling.at(day, 9, 6)
            telling.clock.advance(timedelta(minutes=17 * turn))
            _work_one(telling, person, life, day)


def plan_in_vain(person: Principal) -> None:
    """A collector plans a call to a debtor who disputes the debt: the rules say no, and the answer is kept."""
    with tenant_work(person) as work:
        disputed = work.session.scalars(
            select(CaseFlag.case_id)
            .where(CaseFlag.agency_id == work.agency_id, CaseFlag.kind == "dispute", CaseFlag.closed_at.is_(None))
            .order_by(CaseFlag.opened_at, CaseFlag.id)
            .limit(3)
        ).all()
        found = gather(work, disputed)
        gate.ask(work, [request_for(found[case_id], Channel.PHONE) for case_id in disputed])


def _queue(telling: Telling, person: Principal) -> list[Life]:
    """Whom this person would call next, without those whose steps are written down."""
    with tenant_work(person) as work:
        rows = queries.queue(work, size=60)
    found = [telling.lives[row.id] for row in rows if row.id in telling.lives]
    return [life for life in found if life.manner is not Manner.SCRIPTED]


def _work_one(
    telling: Telling, person: Principal, life: Life, day: date, what: Outcome | str | None = None
) -> bool:  # fmt: skip
    """Call and note; whether the rules of contact and the case allowed it."""
    try:
        _call(telling, person, life, day, what)
    except Held as held:
        _snooze(person, life, max(held.until, telling.clock.now() + timedelta(hours=1)))
    except Denied:
        _snooze(person, life, telling.clock.now() + timedelta(days=7))
    except Problem:
        with tenant_work(person) as work:
            cases.leave_queue(work, cases.open_case(work, life.case_id, lock=True))
    else:
        return True
    return False


def _snooze(person: Principal, life: Life, until: datetime) -> None:
    with tenant_work(person) as work:
        desk.snooze(work, case_id=life.case_id, until=until)


def _call(telling: Telling, person: Principal, life: Life, day: date, what: Outcome | str | None) -> None:
    life.collector = _login(telling, person)
    life.attempts += 1
    chosen = what or _what_comes(life)
    if chosen == "promise":
        _promise(telling, life, day)
    elif chosen == "plan":
        _plan(telling, life, day)
    elif chosen == "settle":
        _settle(telling, life, day)
    elif chosen == Outcome.CALL_BACK:
        _call_back(telling, life, day)
    else:
        acts.call(telling, life, outcome=chosen, note=_said(telling, life, chosen), minutes=life.random.randrange(3))
        _afterwards(telling, person, life, Outcome(chosen))


def _login(telling: Telling, person: Principal) -> str:
    return next(login for login, who in telling.stage.people.items() if who == person)


def _said(telling: Telling, life: Life, what: str) -> str:
    firm = next(firm for firm in telling.stage.house.firms if firm.slug == life.client)
    return said(what, firm.country, life.random, life.notes)


def _what_comes(life: Life) -> Outcome | str:
    manner = life.manner
    if life.random.random() > {Manner.SILENT: 0.08, Manner.DISPUTES: 0.9}.get(manner, 0.62):
        return life.random.choice((Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.VOICEMAIL, Outcome.THIRD_PARTY))
    if manner in (Manner.KEEPS_PROMISE, Manner.BREAKS_PROMISE) and life.promises < 2:
        return "promise"
    if life.plan is None and life.plan_state != "broken":
        if manner in (Manner.KEEPS_PLAN, Manner.BREAKS_PLAN):
            return "plan"
        if manner is Manner.SETTLES:
            return "settle"
    if manner is Manner.DISPUTES and "disputed" not in life.extra:
        return Outcome.DISPUTES
    if manner in (Manner.REFUSES, Manner.COURT):
        return Outcome.REFUSES
    if manner is Manner.PAYS_CLIENT:
        return Outcome.SAYS_PAID
    return Outcome.CALL_BACK


def _call_back(telling: Telling, life: Life, day: date) -> None:
    again = None
    if life.random.random() < 0.6:
        then = day + timedelta(days=life.random.randrange(2, 9))
        then += timedelta(days=max(0, 7 - then.weekday()) if then.weekday() > 4 else 0)
        hour, minute = life.random.choice(_HOURS)
        again = (then.month, then.day, f"{hour}:{minute:02d}")
    text = _said(telling, life, Outcome.CALL_BACK)
    acts.call(telling, life, outcome=Outcome.CALL_BACK, note=text, again=again, minutes=1 + life.random.randrange(4))


def _afterwards(telling: Telling, person: Principal, life: Life, outcome: Outcome) -> None:
    now = telling.clock.now()
    if outcome is Outcome.DISPUTES:
        life.extra["disputed"] = now.date()
        _snooze(person, life, now + timedelta(days=7))
    elif outcome is Outcome.REFUSES and life.attempts > 4:
        _snooze(person, life, now + timedelta(days=25))
    elif life.attempts >= _GIVE_UP_AFTER and life.manner is Manner.SILENT:
        _give_up(telling, person, life)


def _give_up(telling: Telling, person: Principal, life: Life) -> None:
    """The supervisor closes a small case whose debtor nobody finds; a large one rests."""
    with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
        case = cases.open_case(work, life.case_id, lock=True)
        if case.balance < _SMALL[case.currency]:
            cases.move(work, case, Move.CLOSE, why="Sin respuesta en ningún medio", close_code=CloseCode.UNTRACEABLE)
            life.done = True
    if not life.done:
        _snooze(person, life, telling.clock.now() + timedelta(days=30))


def _promise(telling: Telling, life: Life, day: date) -> None:
    text = _said(telling, life, "again" if life.promises else "promise")
    acts.call(telling, life, outcome=Outcome.RIGHT_PARTY, note=text, keep=True, minutes=2 + life.random.randrange(5))
    with tenant_work(telling.stage.job) as work:
        balance = cases.open_case(work, life.case_id).balance
    whole = life.manner is not Manner.BREAKS_PROMISE
    due = day + timedelta(days=life.random.choice((3, 4, 5, 7, 10)))
    if (LAST - day).days < 14:
        # What is promised now is still to come when the story ends.
        due = LAST + timedelta(days=life.random.choice((3, 4, 5, 6, 7, 10, 11)))
    due += timedelta(days=max(0, 7 - due.weekday()) if due.weekday() > 4 else 0)
    # People promise round amounts.
    amount = balance if whole else max(balance // 2 // 100_00 * 100_00, balance // 4, 1)
    acts.promise(telling, life, amount=amount, due_on=due)
    life.promised = due
    life.promises += 1


def _plan(telling: Telling, life: Life, day: date) -> None:
    text = _said(telling, life, "plan")
    acts.call(telling, life, outcome=Outcome.RIGHT_PARTY, note=text, keep=True, minutes=3 + life.random.randrange(6))
    with tenant_work(telling.stage.job) as work:
        case = cases.open_case(work, life.case_id)
        limits, _, _ = agreements.limits_of(work, case)
        count = min(life.random.choice((2, 3, 3, 4, 5)), limits.max_instalments)
        if case.balance // count < limits.min_instalment:
            count = max(1, case.balance // limits.min_instalment)
    acts.offer(telling, life, count=count, first_on=day + timedelta(days=4))


def _settle(telling: Telling, life: Life, day: date) -> None:
    text = _said(telling, life, "settle")
    acts.call(telling, life, outcome=Outcome.RIGHT_PARTY, note=text, keep=True, minutes=4 + life.random.randrange(6))
    with tenant_work(telling.stage.job) as work:
        limits, _, _ = agreements.limits_of(work, cases.open_case(work, life.case_id))
    first = day + timedelta(days=5)
    acts.offer(telling, life, count=1, first_on=first, discount_bp=limits.max_discount_bp + 500)


def answer_disputes(telling: Telling, lives: Sequence[Life], day: date) -> None:
    """What debtors disputed is answered after some days, with the client's papers; the last ones are still open."""
    for life in lives:
        disputed = life.extra.get("disputed")
        if disputed is None or (day - disputed).days < 13 or (LAST - disputed).days < 25:
            continue
        with tenant_work(telling.stage.who(Role.SUPERVISOR)) as work:
            case = cases.open_case(work, life.case_id)
            for flag in queries.head(work, case).flags:
                flags.close_flag(work, flag.id, outcome="El cliente envió la remisión firmada: el saldo procede.")
            again = instant_of(day, telling.zone, 9, 30) + timedelta(days=1)
            cases.put_in_queue(work, case, reason=msg("Aclaración por atender"), priority=300, at=again)
        life.extra["disputed"] = None
        life.manner = Manner.KEEPS_PROMISE
