"""The days in which a debtor may ask for proof: when they end, when the notice is late, what a text in them must not
say; and what a dispute asks of who collects. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import business_day
from legal.rules.contact.required_words import plain_words
from legal.rules.facts import EARLIER, Claim, Told, UnknownFact
from legal.rules.packs.duty_kinds import DisputeDuty, ValidationPeriod
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.schema import Calendar, Rule


class NoSuchDuty(Problem):
    """The pack has no rule on that for such a claim."""

    kind = Kind.CONFLICT
    code = "notice.no_rule"


@dataclass(frozen=True, slots=True)
class SentNotice(Told):
    """A notice that was sent; `received_on` where that is known, `returned_on` when it came back undeliverable."""

    sent_on: date
    received_on: date | None = None
    returned_on: date | None = None

    def __post_init__(self) -> None:
        for name, day in (("received_on", self.received_on), ("returned_on", self.returned_on)):
            if day is not None and day < self.sent_on:
                raise UnknownFact(EARLIER, field=name, day=day, other="sent_on", since=self.sent_on)


@dataclass(frozen=True, slots=True)
class Validation:
    """The period: the day the notice was or is taken to be received, the last day, and what is wrong, by code."""

    receipt: date | None
    end: date | None
    latest_notice: date | None
    codes: tuple[str, ...]
    rule: Rule
    itemization: tuple[str, ...]

    def runs(self, on: date) -> bool:
        """Whether the debtor may still ask on that day."""
        return self.end is None or on <= self.end


def validation(
    notices: Sequence[SentNotice], *, pack: Pack, claim: Claim, on: date, first_contact_on: date | None = None,
    itemization: str | None = None, text: str | None = None,
) -> Validation:  # fmt: skip
    """The period that the first notice to arrive opened, and what is wrong with notice and text. Refused where the
    place has none for such a claim."""
    rule, law = _period(pack, claim, on)
    arrived = next((one for one in sorted(notices, key=lambda one: one.sent_on) if one.returned_on is None), None)
    receipt = end = latest = None
    codes = []
    if arrived is not None:
        receipt = arrived.received_on or assumed_receipt(arrived.sent_on, law.assumed_days, pack.calendar)
        end = receipt + timedelta(days=law.days)
    if first_contact_on is not None:
        latest = first_contact_on + timedelta(days=law.notice_days)
        first = min((one.sent_on for one in notices), default=None)
        if (first is None and on > latest) or (first is not None and first > latest):
            codes.append("notice_late")
    if notices and arrived is None:
        codes.append("notice_undeliverable")
    if itemization is not None and itemization not in law.itemization:
        codes.append("itemization_date")
    found = Validation(receipt, end, latest, (), rule, tuple(one.value for one in law.itemization))
    if text is not None and found.runs(on) and _says(text, law.phrases, pack):
        codes.append("overshadowing")
    return Validation(receipt, end, latest, tuple(codes), rule, found.itemization)


def assumed_receipt(sent_on: date, days: int, calendar: Calendar | None) -> date:
    """The day so many days after sending that are no Saturday, Sunday or holiday."""
    day = sent_on
    for _ in range(days):
        day = business_day(calendar, day + timedelta(days=1))
    return day


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a dispute asks: `cease` until it is answered, to report the debt as disputed, and with what to answer."""

    cease: bool
    report_as_disputed: bool
    repeats: bool
    answers: tuple[str, ...]
    rule: Rule


def dispute(
    received_on: date, *, pack: Pack, claim: Claim, on: date, written: bool, period_end: date | None,
    origin: bool = False, repeats: bool = False, answered_on: date | None = None,
) -> Dispute:  # fmt: skip
    """What a dispute, or the question who the first creditor was (`origin`), asks on a day.

    `repeats`: the same as one that was answered, with nothing new. A period whose end nobody knows still runs.
    """
    for bound in rules_of(pack, "dispute_duty", on):
        law, claims = bound.parameters, bound.rule.applies_to.claim
        assert isinstance(law, DisputeDuty)
        if claims and claim not in claims:
            continue
        in_period = written and (period_end is None or received_on <= period_end)
        asked = law.cease == "always" or (law.cease == "in_period" and in_period)
        short = repeats and law.short_answer
        open_still = answered_on is None or answered_on > on
        answers = ("original_creditor",) if origin else ("verification", "judgment_copy")
        return Dispute(
            cease=asked and open_still and not short,
            report_as_disputed=law.report_as_disputed and not origin,
            repeats=short,
            answers=("duplicative_notice", *answers) if short else answers,
            rule=bound.rule,
        )
    raise NoSuchDuty(msg("El paquete {pack} no dice qué pide una objeción del deudor."), pack=pack.id)


def _period(pack: Pack, claim: Claim, on: date) -> tuple[Rule, ValidationPeriod]:
    for bound in rules_of(pack, "validation_period", on):
        law, claims = bound.parameters, bound.rule.applies_to.claim
        assert isinstance(law, ValidationPeriod)
        if not claims or claim in claims:
            return bound.rule, law
    raise NoSuchDuty(msg("El paquete {pack} no tiene un plazo para pedir la prueba del adeudo."), pack=pack.id)


def _says(text: str, elements: Sequence[str], pack: Pack) -> bool:
    words = plain_words(text)
    return any(re.search(pattern, words) for element in elements for pattern in pack.phrases[element].patterns)
