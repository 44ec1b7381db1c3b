"""What an agency closes of its own will: kinds of contact, days, and the holidays of towns that no library has."""

from datetime import datetime

from kernel.text import msg
from legal.rules.calendar import next_day
from legal.rules.contact.asked import Asked, failed, passed, warned
from legal.rules.decision import Outcome
from legal.rules.packs.kinds import Closed, ClosedDays, TownDays
from legal.rules.packs.schema import Rule
from legal.rules.towns import key_of_town


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


def town_days(rule: Rule, kept: TownDays, asked: Asked) -> Outcome:
    """No contact on a town's own holiday with who lives there, on any of the clocks. Of whom the town is not known, a
    warning."""
    facts, day = asked.facts, asked.clocks[0].date()
    closed = [clock for clock in asked.clocks if clock.date() in kept.days]
    elsewhere = facts.country != kept.country or (kept.region is not None and facts.region not in (None, kept.region))
    if not closed or elsewhere:
        return passed(rule, msg("El {date} no es festivo del municipio."), date=day)
    towns = ", ".join(kept.towns)
    if facts.town is None or (kept.region is not None and facts.region is None):
        sentence = msg("El {date} es festivo en {towns} y no sabemos en qué municipio vive el deudor ({source}).")
        return warned(rule, "town_unknown", sentence, date=day, towns=towns, source=rule.citation)
    if key_of_town(facts.town) not in {key_of_town(town) for town in kept.towns}:
        return passed(rule, msg("El {date} es festivo en {towns}, no donde vive el deudor."), date=day, towns=towns)
    until = max(next_day(clock) for clock in closed)
    sentence = msg("El {date} es festivo en {town}: {holiday} ({source}).")
    return failed(
        rule, "holiday", sentence, until, date=closed[0].date(), town=facts.town, holiday=rule.title,
        source=rule.citation,
    )  # fmt: skip
