"""Until when a complaint is answered, where the law of the place says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from legal.rules.calendar import business_day, months_after
from legal.rules.facts import Claim, CreditorType, DebtorKind
from legal.rules.packs.answer_kinds import AnswerDeadline, Forum, Topic
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.schema import AppliesTo, Calendar, Rule


@dataclass(frozen=True, slots=True)
class AnswerDue:
    """The last day to answer, and the rule that says so; `longer` where the rule lets it be put off with a reason."""

    due_on: date
    rule: Rule
    longer: date | None = None


def answer_due(
    received_on: date,
    *,
    pack: Pack,
    forum: Forum,
    topics: Iterable[Topic],
    debtor: DebtorKind,
    claim: Claim,
    creditor_type: CreditorType | None = None,
) -> AnswerDue | None:
    """The earliest day that a rule of the place gives for such a complaint; None where none does.

    The day of receipt is not counted. Calendar days do not roll off a weekend: the earlier reading is kept.
    """
    about, found = set(topics), []
    for bound in rules_of(pack, "answer_deadline", received_on):
        wanted = bound.parameters
        assert isinstance(wanted, AnswerDeadline)
        if wanted.forums and forum not in wanted.forums:
            continue
        if wanted.topics and not about & set(wanted.topics):
            continue
        if _speaks_of(bound.rule.applies_to, debtor, claim, creditor_type):
            found.append(_due(received_on, wanted, bound.rule, pack.calendar))
    return min(found, key=lambda due: (due.due_on, due.rule.id), default=None)


def _speaks_of(applies: AppliesTo, debtor: DebtorKind, claim: Claim, creditor_type: CreditorType | None) -> bool:
    return (
        (not applies.debtor or debtor in applies.debtor)
        and (not applies.claim or claim in applies.claim)
        and (not applies.creditor_type or creditor_type in applies.creditor_type)
    )


def _due(received_on: date, wanted: AnswerDeadline, rule: Rule, calendar: Calendar | None) -> AnswerDue:
    if wanted.days is not None:
        due_on = received_on + timedelta(days=wanted.days)
    elif wanted.months is not None:
        due_on = months_after(received_on, wanted.months)
    else:
        assert wanted.business_days is not None
        due_on = business_days_after(calendar, received_on, wanted.business_days)
    longer = business_days_after(calendar, due_on, wanted.longer_by) if wanted.longer_by else None
    return AnswerDue(due_on, rule, longer)


def business_days_after(calendar: Calendar | None, day: date, count: int) -> date:
    """That many days on which offices of the whole country work, counted from the day after."""
    for _ in range(count):
        day = business_day(calendar, day + timedelta(days=1))
    return day
