"""How often: contacts and channels counted over the debtor's own days and weeks."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kernel.text import msg
from legal.rules.calendar import start_of
from legal.rules.contact.asked import Asked, beside, failed, passed, zone_of
from legal.rules.decision import Outcome
from legal.rules.facts import Agreed, Channel, PastContact, Purpose
from legal.rules.packs.kinds import ChannelCap, ContactCap, ContactGap, Counts, Period
from legal.rules.packs.schema import Rule


def contact_cap(rule: Rule, cap: ContactCap, asked: Asked) -> Outcome:
    """At most so many contacts in the period; beyond it, wait for the day on which enough of them no longer count."""
    if not _speaks_of(cap, asked):
        return beside(rule)
    if cap.answers_exempt and asked.answers(cap.answer_hours):
        return _answer(rule)
    if cap.consent_exempt and asked.consent(Agreed.PRERECORDED if cap.prerecorded else Agreed.MORE_CALLS):
        return passed(rule, msg("La persona consintió más contactos así; no cuenta."))
    until: datetime | None = None
    most = 0
    for clock in asked.clocks if asked.recent.contacts else ():
        counted = _counted(asked, cap, _period_start(cap.per, clock))
        if counted and (cap.place != "any" or cap.prerecorded or len(cap.channels) < len(Channel)):
            counted = [past for past in counted if _alike(past, cap)]
        if not counted:
            continue
        for times in asked.by_debt(counted) if cap.per_debt else [[past.at for past in counted]]:
            most = max(most, len(times))
            if len(times) >= cap.max:
                freed = _leaves_period(cap.per, times[-cap.max].astimezone(clock.tzinfo))
                until = freed if until is None else max(until, freed)
    inputs = {"count": most, "max": cap.max, "period": cap.per, "counts": cap.counts}
    if until is None:
        return passed(rule, _said(cap)[0], **inputs)
    return failed(rule, cap.code, _said(cap)[1], until, **inputs)


def _speaks_of(cap: ContactCap, asked: Asked) -> bool:
    """Whether this contact is of those the cap is about."""
    if cap.place != "any" and asked.action.workplace is not (cap.place == "work"):
        return False
    if cap.prerecorded and not asked.action.prerecorded:
        return False
    line = asked.action.contact_point.line if asked.action.contact_point else None
    return cap.line is None or line in (None, cap.line)


def _alike(past: PastContact, cap: ContactCap) -> bool:
    return (
        past.channel in cap.channels
        and (cap.place == "any" or past.workplace is (cap.place == "work"))
        and (past.prerecorded or not cap.prerecorded)
    )


def channel_cap(rule: Rule, cap: ChannelCap, asked: Asked) -> Outcome:
    """At most so many channels in the period, this one included."""
    if cap.answers_exempt and asked.answers(cap.answer_hours):
        return _answer(rule)
    wanted, until = asked.action.channel, None
    used: dict[Channel, datetime] = {}
    for clock in asked.clocks if asked.recent.contacts else ():
        latest: dict[Channel, datetime] = {}
        for past in _counted(asked, cap, _period_start(cap.per, clock)):
            if past.channel != wanted:
                latest[past.channel] = past.at
        used = latest if len(latest) > len(used) else used
        if len(latest) >= cap.max:
            blocking = sorted(latest.values())[-cap.max]
            freed = _leaves_period(cap.per, blocking.astimezone(clock.tzinfo))
            until = freed if until is None else max(until, freed)
    inputs = {"channel": wanted, "used": tuple(sorted(used)), "max": cap.max, "period": cap.per, "counts": cap.counts}
    if until is None:
        return passed(rule, msg("Esta semana no se ha usado otro canal que impida usar este: {channel}."), **inputs)
    return failed(rule, "other_channel_this_week", msg("Esta semana ya se usó otro canal: {used}."), until, **inputs)


def contact_gap(rule: Rule, gap: ContactGap, asked: Asked) -> Outcome:
    """So many whole days between the last contact by these channels and this one; until then, wait."""
    if gap.answers_exempt and asked.answers(gap.answer_hours):
        return _answer(rule)
    until, last = None, None
    for clock in asked.clocks if asked.recent.contacts else ():
        zone = clock.tzinfo
        assert isinstance(zone, ZoneInfo)
        start = start_of(clock.date() - timedelta(days=gap.days_between), zone)
        for past in _counted(asked, gap, start):
            freed = start_of(past.at.astimezone(zone).date() + timedelta(days=gap.days_between + 1), zone)
            if past.channel in gap.channels and (until is None or freed > until):
                until, last = freed, past.at
    inputs: dict[str, object] = {"days": gap.days_between, "last": last, "counts": gap.counts}
    if until is None:
        return passed(rule, msg("Desde el último contacto así pasaron al menos {days} días."), **inputs)
    return failed(
        rule, gap.code, msg("El último contacto así fue el {last}; deben pasar {days} días."), until, **inputs
    )


_SENTENCES = {
    Period.DAY: (
        msg("Contactos de hoy: {count}; máximo: {max}."),
        msg("Contactos de hoy: {count}; el máximo por día es {max}."),
    ),
    Period.ISO_WEEK: (
        msg("Contactos de esta semana: {count}; máximo: {max}."),
        msg("Contactos de esta semana: {count}; el máximo por semana es {max}."),
    ),
    Period.ROLLING_7_DAYS: (
        msg("Contactos en siete días: {count}; máximo: {max}."),
        msg("Contactos en siete días: {count}; el máximo es {max}."),
    ),
    Period.ROLLING_30_DAYS: (
        msg("Contactos en treinta días: {count}; máximo: {max}."),
        msg("Contactos en treinta días: {count}; el máximo es {max}."),
    ),
}


_CONVERSED = {
    Period.DAY: (
        msg("Conversaciones de hoy: {count}; máximo: {max}."),
        msg("Conversaciones de hoy: {count}; el máximo por día es {max}."),
    ),
    Period.ISO_WEEK: (
        msg("Conversaciones de esta semana: {count}; máximo: {max}."),
        msg("Conversaciones de esta semana: {count}; el máximo por semana es {max}."),
    ),
    Period.ROLLING_7_DAYS: (
        msg("Conversaciones en siete días: {count}; máximo: {max}."),
        msg("Conversaciones en siete días: {count}; el máximo es {max}."),
    ),
    Period.ROLLING_30_DAYS: (
        msg("Conversaciones en treinta días: {count}; máximo: {max}."),
        msg("Conversaciones en treinta días: {count}; el máximo es {max}."),
    ),
}


def _said(cap: ContactCap) -> tuple[str, str]:
    """What is said of a cap that is kept, and of one that is broken; some count only contacts that were answered."""
    return (_CONVERSED if cap.counts is Counts.TWO_WAY else _SENTENCES)[cap.per]


def _answer(rule: Rule) -> Outcome:
    return passed(rule, msg("Responde a lo que el deudor pidió por este canal; no cuenta."))


def _counted(asked: Asked, rule: ContactCap | ChannelCap | ContactGap, start: datetime) -> list[PastContact]:
    """The contacts since then that a rule counts, oldest first: the agency's own, and where it says so, conversations
    that the debtor began."""
    since = asked.recent.between(start, asked.at)
    if not since:
        return []
    answered_only, purposes = rule.counts is Counts.TWO_WAY, rule.purposes
    return [
        past
        for past in since
        if (
            (rule.incoming and past.conversation)
            if past.incoming
            else (past.purpose in purposes or _answered_nothing(past, rule, asked))
            and (past.conversation or not answered_only)
        )
    ]


def _answered_nothing(past: PastContact, rule: ContactCap | ChannelCap | ContactGap, asked: Asked) -> bool:
    """Whether what was called an answer was none, and so a collection like any other."""
    return (
        past.purpose == Purpose.ANSWER
        and Purpose.COLLECT in rule.purposes
        and not asked.answered(past, rule.answer_hours)
    )


_ROLLING = {Period.ROLLING_7_DAYS: 7, Period.ROLLING_30_DAYS: 30}


def _period_start(per: Period, clock: datetime) -> datetime:
    return _begins(per, clock.date(), zone_of(clock))


@lru_cache(maxsize=4096)
def _begins(per: Period, day: date, zone: ZoneInfo) -> datetime:
    back = day.weekday() if per is Period.ISO_WEEK else _ROLLING.get(per, 1) - 1
    return start_of(day - timedelta(days=back), zone)


def _leaves_period(per: Period, clock: datetime) -> datetime:
    """When a contact made at that clock no longer counts."""
    days = _ROLLING.get(per) or (1 if per is Period.DAY else 7 - clock.weekday())
    zone = clock.tzinfo
    assert isinstance(zone, ZoneInfo)
    return start_of(clock.date() + timedelta(days=days), zone)
