"""What an agency closes of its own will: kinds of contact, and days."""

from datetime import datetime

from kernel.text import msg
from legal.rules.calendar import next_day
from legal.rules.contact.asked import Asked, failed, passed
from legal.rules.decision import Outcome
from legal.rules.packs.kinds import Closed, ClosedDays
from legal.rules.packs.schema import Rule


def closed(rule: Rule, _: Closed, asked: Asked) -> Outcome:
    """No contact of the kind that the rule's `applies_to` names; nothing but a change of the policy opens it."""
    channel, target = asked.action.channel, asked.action.target
    sentence = msg("La política de la agencia cierra este contacto: {channel}, {target}.")
    return failed(rule, "closed_by_agency", sentence, channel=channel, target=target or "other")


def closed_days(rule: Rule, closed: ClosedDays, asked: Asked) -> Outcome:
    """No contact on the named days, on any of the clocks."""
    until: datetime | None = None
    for clock in asked.clocks:
        if clock.date() in closed.days:
            opens = next_day(clock)
            until = opens if until is None else max(until, opens)
    day = asked.clocks[0].date()
    if until is None:
        return passed(rule, msg("El {date} no está cerrado por la agencia."), date=day)
    return failed(rule, "closed_day", msg("La agencia no contacta ese día: {date}."), until, date=day)
