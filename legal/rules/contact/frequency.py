"""How often a person is called: the calls about each debt in consecutive days, and what makes calls look insistent."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from kernel.text import msg
from legal.rules.calendar import holiday_on
from legal.rules.contact.asked import Asked, day_begins, failed, passed, warned, zone_of
from legal.rules.decision import Outcome
from legal.rules.facts import Agreed, GivenConsent, PastContact
from legal.rules.packs.contact_kinds import CallFrequency, CallingSign, Sign
from legal.rules.packs.loading import Pack
from legal.rules.packs.schema import Rule

_SUNDAY = 6


def call_frequency(rule: Rule, law: CallFrequency, asked: Asked) -> Outcome:
    """Within bounds, calls are presumed not to harass; one that would exceed them waits until it no longer does.

    Beyond them harassment is presumed: a collector might rebut it before a court, but the gate does not rely on that.
    """
    agreed = _agreed_now(law, asked)
    if agreed is not None:
        return passed(rule, msg("La persona consintió más llamadas ({since}); esta no cuenta."), since=agreed.at)
    until, most, talked = None, 0, None
    for clock in asked.clocks if asked.recent.contacts else ():
        first_day = day_begins(clock.date(), clock, 1 - law.days)
        counted = [
            past
            for past in asked.recent.calls
            if first_day <= past.at <= asked.at and asked.about(past.debts) and _counts(past, law, asked, clock)
        ]
        for times in asked.by_debt(counted):
            most = max(most, len(times))
            if len(times) >= law.max:
                until = _later(until, day_begins(_day(times[-law.max], clock), clock, law.days))
        spoken = [past.at for past in asked.recent.conversations if past.at <= asked.at and asked.about(past.debts)]
        if spoken:
            free = day_begins(_day(spoken[-1], clock), clock, law.after_conversation)
            if free > asked.at:
                until, talked = _later(until, free), spoken[-1]
    inputs: dict[str, object] = {"count": most, "max": law.max, "days": law.days, "conversation": talked}
    if until is None:
        sentence = msg("Llamadas por este adeudo en {days} días: {count}; hasta {max} se presume que no acosan.")
        return passed(rule, sentence, **inputs)
    if talked is not None and most < law.max:
        sentence = msg("Ya se habló de este adeudo el {conversation}; otra llamada tan pronto se presume acoso.")
        return failed(rule, "after_conversation", sentence, until, **inputs)
    sentence = msg("Llamadas por este adeudo en {days} días: {count}; más de {max} se presumen acoso.")
    return failed(rule, law.code, sentence, until, **inputs)


def _counts(past: PastContact, law: CallFrequency, asked: Asked, clock: datetime) -> bool:
    """Whether an earlier call of the agency's counts: it was not made by consent."""
    if past.consented:
        return False
    if not asked.facts.consents:
        return True
    return not any(_covers(given, past.at, law, asked, clock) for given in _agreed(asked))


def _agreed(asked: Asked) -> list[GivenConsent]:
    """Consents to more calls that count: given to the agency itself, not only to the creditor."""
    return [
        given
        for given in asked.facts.consents
        if given.what == Agreed.MORE_CALLS and given.direct and asked.about(given.debts)
    ]


def _agreed_now(law: CallFrequency, asked: Asked) -> GivenConsent | None:
    """Consent that takes the call to be made out of the count, on every clock."""
    for given in _agreed(asked):
        if all(_covers(given, asked.at, law, asked, clock) for clock in asked.clocks):
            return given
    return None


def _covers(given: GivenConsent, at: datetime, law: CallFrequency, asked: Asked, clock: datetime) -> bool:
    """Whether consent stood at that instant: its days are few, and the next conversation ends it."""
    if not given.holds(at) or at >= day_begins(_day(given.at, clock), clock, law.consent_days):
        return False
    return not any(given.at < past.at < at for past in asked.recent.conversations)


def _day(at: datetime, clock: datetime) -> date:
    return at.astimezone(zone_of(clock)).date()


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def calling_sign(rule: Rule, wanted: CallingSign, asked: Asked) -> Outcome:
    """Warns of calls that look insistent though their number is within bounds; it never stands in the way."""
    return _signed(rule, wanted.sign, wanted.at_least, _SIGNS[wanted.sign](wanted, asked))


@lru_cache(maxsize=1024)
def _signed(rule: Rule, sign: Sign, at_least: int, found: int) -> Outcome:
    inputs: dict[str, object] = {"sign": sign, "count": found, "at_least": at_least}
    if found < at_least:
        return passed(rule, msg("Las llamadas no muestran esta señal de insistencia."), **inputs)
    return warned(rule, f"calls_{sign}", _SIGN_SENTENCES[sign], **inputs)


def _calls(days: int, asked: Asked, *, every_debt: bool = False) -> list[PastContact]:
    """The agency's own calls of the last days, on the clock of the earliest of them."""
    if not asked.recent.calls:
        return []
    start = min([day_begins(clock.date(), clock, 1 - days) for clock in asked.clocks])
    return [
        past for past in asked.recent.calls if start <= past.at <= asked.at and (every_debt or asked.about(past.debts))
    ]


def _rapid(wanted: CallingSign, asked: Asked) -> int:
    """The longest run of unanswered calls to one number with no more than the minutes between them, this one at its
    end or before it."""
    near = timedelta(minutes=wanted.minutes)
    point = asked.action.contact_point
    here = point.address if point else ""
    unanswered = [
        (past.at, past.address) for past in _calls(wanted.days, asked, every_debt=True) if not past.conversation
    ]
    longest = run = 0
    before: tuple[datetime, str] | None = None
    for at, address in [*unanswered, (asked.at, here)]:
        same = before is not None and at - before[0] <= near and ("" in (address, before[1]) or address == before[1])
        run = run + 1 if same else 1
        longest, before = max(longest, run), (at, address)
    return longest


def _same_day(_: CallingSign, asked: Asked) -> int:
    return len(_calls(1, asked)) + 1


def _rest_days(wanted: CallingSign, asked: Asked) -> int:
    """How many calls fall on Sundays and holidays, when they are more than the others."""
    clock = asked.clocks[0]
    days = [*(_day(past.at, clock) for past in _calls(wanted.days, asked)), clock.date()]
    resting = sum(_is_rest(asked.pack, day) for day in days)
    return resting if 2 * resting > len(days) else 0


@lru_cache(maxsize=4096)
def _is_rest(pack: Pack, day: date) -> bool:
    return day.weekday() == _SUNDAY or bool(pack.calendar and holiday_on(pack.calendar, day, None))


def _all_debts(wanted: CallingSign, asked: Asked) -> int:
    return len(_calls(wanted.days, asked, every_debt=True)) + 1


def _after_statement(_: CallingSign, asked: Asked) -> int:
    return sum(said.at <= asked.at and asked.about(said.debts) for said in asked.facts.statements)


_SIGNS: Mapping[Sign, Callable[[CallingSign, Asked], int]] = {
    Sign.RAPID: _rapid,
    Sign.SAME_DAY: _same_day,
    Sign.REST_DAYS: _rest_days,
    Sign.ALL_DEBTS: _all_debts,
    Sign.AFTER_STATEMENT: _after_statement,
}

_SIGN_SENTENCES = {
    Sign.RAPID: msg("{count} llamadas sin respuesta al mismo número en pocos minutos parecen insistencia."),
    Sign.SAME_DAY: msg("{count} llamadas en un mismo día parecen insistencia."),
    Sign.REST_DAYS: msg("{count} llamadas caen en domingo o festivo, más que en otros días: parece insistencia."),
    Sign.ALL_DEBTS: msg("Entre todos sus adeudos la persona recibiría {count} llamadas en pocos días."),
    Sign.AFTER_STATEMENT: msg("La persona ya dijo que no pagará, que no debe o que no quiere llamadas."),
}
