"""How often: contacts and channels counted over the debtor's own days and weeks."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kernel.text import msg
from legal.rules.asked import Asked, failed, passed
from legal.rules.calendar import start_of
from legal.rules.decision import Outcome
from legal.rules.facts import Channel, PastContact, Purpose
from legal.rules.kinds import ChannelCap, ContactCap, Counts, Period
from legal.rules.schema import Rule


def contact_cap(rule: Rule, cap: ContactCap, asked: Asked) -> Outcome:
    """At most so many contacts in the period; beyond it, wait for the day on which enough of them no longer count."""
    if cap.answers_exempt and asked.is_answer:
        return _answer(rule)
    until: datetime | None = None
    most = 0
    for clock in asked.clocks if asked.facts.previous else ():
        start = _period_start(cap.per, clock)
        counted = [
            past.at
            for past in _counted(asked.facts.previous, cap.counts, cap.purposes, start, asked.at)
            if past.channel in cap.channels
        ]
        most = max(most, len(counted))
        if len(counted) >= cap.max:
            freed = _leaves_period(cap.per, sorted(counted)[-cap.max].astimezone(clock.tzinfo))
            until = freed if until is None else max(until, freed)
    inputs = {"count": most, "max": cap.max, "period": cap.per, "counts": cap.counts}
    if until is None:
        return passed(rule, _SENTENCES[cap.per][0], **inputs)
    return failed(rule, cap.code, _SENTENCES[cap.per][1], until, **inputs)


def channel_cap(rule: Rule, cap: ChannelCap, asked: Asked) -> Outcome:
    """At most so many channels in the period, this one included."""
    if cap.answers_exempt and asked.is_answer:
        return _answer(rule)
    wanted, until = asked.action.channel, None
    used: dict[Channel, datetime] = {}
    for clock in asked.clocks if asked.facts.previous else ():
        latest: dict[Channel, datetime] = {}
        start = _period_start(cap.per, clock)
        for past in _counted(asked.facts.previous, cap.counts, cap.purposes, start, asked.at):
            if past.channel != wanted:
                latest[past.channel] = max(past.at, latest.get(past.channel, past.at))
        used = latest if len(latest) > len(used) else used
        if len(latest) >= cap.max:
            blocking = sorted(latest.values())[-cap.max]
            freed = _leaves_period(cap.per, blocking.astimezone(clock.tzinfo))
            until = freed if until is None else max(until, freed)
    inputs = {"channel": wanted, "used": tuple(sorted(used)), "max": cap.max, "period": cap.per, "counts": cap.counts}
    if until is None:
        return passed(rule, msg("Esta semana no se ha usado otro canal que impida usar este: {channel}."), **inputs)
    return failed(rule, "other_channel_this_week", msg("Esta semana ya se usó otro canal: {used}."), until, **inputs)


_SENTENCES = {
    Period.DAY: (
        msg("Hoy van {count} contactos de {max} permitidos."),
        msg("Hoy ya van {count} contactos; el máximo por día es {max}."),
    ),
    Period.ISO_WEEK: (
        msg("Esta semana van {count} contactos de {max} permitidos."),
        msg("Esta semana ya van {count} contactos; el máximo por semana es {max}."),
    ),
    Period.ROLLING_7_DAYS: (
        msg("En siete días van {count} contactos de {max} permitidos."),
        msg("En siete días ya van {count} contactos; el máximo es {max}."),
    ),
}


def _answer(rule: Rule) -> Outcome:
    return passed(rule, msg("Responde a lo que el deudor pidió por este canal; no cuenta."))


def _counted(
    previous: Iterable[PastContact], counts: Counts, purposes: tuple[Purpose, ...], start: datetime, end: datetime
) -> Iterable[PastContact]:
    answered_only = counts is Counts.TWO_WAY
    return (
        past
        for past in previous
        if start <= past.at <= end and past.purpose in purposes and (past.conversation or not answered_only)
    )


def _first_day(per: Period, clock: datetime) -> int:
    """How many days back the period of that clock's day began."""
    if per is Period.DAY:
        return 0
    return clock.weekday() if per is Period.ISO_WEEK else 6


def _period_start(per: Period, clock: datetime) -> datetime:
    zone = clock.tzinfo
    assert isinstance(zone, ZoneInfo)
    return start_of(clock.date() - timedelta(days=_first_day(per, clock)), zone)


def _leaves_period(per: Period, clock: datetime) -> datetime:
    """When a contact made at that clock no longer counts."""
    days = {Period.DAY: 1, Period.ISO_WEEK: 7 - clock.weekday(), Period.ROLLING_7_DAYS: 7}[per]
    zone = clock.tzinfo
    assert isinstance(zone, ZoneInfo)
    return start_of(clock.date() + timedelta(days=days), zone)
