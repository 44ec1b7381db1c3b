"""Which rules answer alike from case to case, so that they are asked once for all cases that are alike to them.

Most cases have no lawyer, no dispute, no closed channel. What a rule says of such a case rests on a handful of plain
facts that many cases share; `STIRRED_BY` names, for each kind, the facts that make it a case of its own. A kind that is
not named here is asked every time. A test holds that no kind reads more than is declared.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Any

from legal.rules.contact.asked import Asked
from legal.rules.facts import Agreed, Contact, ContactFacts, ContactPoint, Purpose
from legal.rules.packs.kinds import ChannelCap, ContactCap, ContactGap, Period
from legal.rules.packs.loading import Bound

_AGREED = tuple([f"agreed {what}" for what in Agreed])
STIRRED_BY: Mapping[str, frozenset[str]] = {
    kind: frozenset(stirring)
    for kind, stirring in {
        "authorised_channel": (),
        "contact_source": (),
        "contact_quality": (),
        "restricted_channel": (),
        "caller_id": (),
        "target": ("agreed third_persons",),
        "proof_of_debt": (),
        "payment_receiver": (),
        "required_words": (),
        "closed": (),
        "no_pack": (),
        "known_region": (),
        "visible_to_others": (),
        "limited_message": (),
        "flag": ("flags",),
        "opt_out": ("opt_outs",),
        "inconvenient": ("inconvenient",),
        "workplace": ("agreed workplace",),
        "through_lawyer": ("lawyer",),
        "written_stop": ("opt_outs", "statements"),
        "contested_debt": ("contested",),
        "needs_consent": (*_AGREED, "point"),
        "safe_address": ("agreed channel", "point"),
        "reassigned_number": ("point",),
        "employer_address": ("agreed workplace", "point"),
        "contact_cap": ("recent", "agreed more_calls", "agreed prerecorded"),
        "contact_gap": ("recent",),
        "channel_cap": ("recent",),
        "call_frequency": ("recent", "agreed more_calls"),
    }.items()
}
"""The kinds that answer alike, and what makes each of them look at the instant or at the very person."""

BY_MINUTE: Mapping[str, frozenset[str]] = {
    "contact_hours": frozenset({"agreed_hours", "agreed hours"}),
    "holidays": frozenset(),
    "closed_days": frozenset(),
}
"""The kinds that look besides only at the minute, the zones, and the days the agency closed there."""

# What the kinds above may read of facts and action, in calm cases.
FACTS = (
    "country", "region", "authorised_channels", "no_channel_documented", "credit_product", "debt_proof", "introduced",
    "employer_prohibits", "guaranteed_by_person",
)  # fmt: skip
ACTION = (
    "channel", "target", "purpose", "caller_id_withheld", "caller_number", "pay_to", "workplace", "prerecorded",
    "visible_to_others", "message",
)  # fmt: skip
POINT = ("source", "quality", "consent", "line", "earlier_collector", "disclosed", "of_employer")
MOMENT = ("zones", "locality", "local_holidays")
# Instants of a contact point: a person's own.
POINT_TIMES = ("used_at", "consented_at", "not_reassigned_at", "disconnected_on", "notice_ends")
# What a coverage of a rule looks at.
COVERED = ("debts_dated", "total_with_creditor")
_EVENTS = ("agreed_hours", "opt_outs", "consents", "inconvenient", "statements", "lawyer", "contested", *COVERED)
# What answers, asks somebody else or confirms looks back at what was said and done.
_LOOKING_BACK = frozenset({Purpose.ANSWER, Purpose.LOCATE, Purpose.CONFIRM_STOP})

_facts: Callable[[ContactFacts], tuple[Any, ...]] = attrgetter(*FACTS)
_action: Callable[[Contact], tuple[Any, ...]] = attrgetter(*ACTION)
_point: Callable[[ContactPoint], tuple[Any, ...]] = attrgetter(*POINT)
_times: Callable[[ContactPoint], tuple[Any, ...]] = attrgetter(*POINT_TIMES)
_events: Callable[[ContactFacts], tuple[Any, ...]] = attrgetter(*_EVENTS)
_moment: Callable[[ContactFacts], tuple[Any, ...]] = attrgetter(*MOMENT)
_NO_EVENTS: tuple[Any, ...] = attrgetter(*_EVENTS)(ContactFacts(""))
_NO_TIMES = (None,) * len(POINT_TIMES)
_NOTHING: frozenset[str] = frozenset()
_NOT_THIS_WEEK = frozenset({"recent"})
_THIS_WEEK = frozenset({"recent", "this_week"})
# Longer than any day, week or seven days of a debtor's, clocks put forward or back among them.
_WEEK = timedelta(days=7, hours=3)


def likeness(asked: Asked) -> tuple[Any, ...] | None:
    """What a case shares with those that get the same answers; None for one that is asked on its own."""
    facts, action = asked.facts, asked.action
    if action.override is not None or action.purpose in _LOOKING_BACK:
        return None
    point = action.contact_point
    if point is None:
        return stirred(asked, None), _facts(facts), _action(action)
    return stirred(asked, point), _facts(facts), _action(action), _point(point)


def stirred(asked: Asked, point: ContactPoint | None) -> frozenset[str]:
    """What happened in this case, by name. A flag that has ended is none any more."""
    facts, at = asked.facts, asked.at
    raised = bool(facts.flags) and any(flag.until is None or flag.until > at for flag in facts.flags)
    aged = point is not None and _times(point) != _NO_TIMES
    events = _events(facts)
    if not raised and not aged and events == _NO_EVENTS:
        return _contacted(asked)
    found = {name for name, event, none in zip(_EVENTS, events, _NO_EVENTS, strict=True) if event != none}
    found |= {name for name, happened in (("flags", raised), ("point", aged)) if happened}
    if facts.consents:
        # To what somebody agreed touches only the rules that ask for that.
        found |= {f"agreed {given.what}" for given in facts.consents}
    return frozenset(found) | _contacted(asked)


def _contacted(asked: Asked) -> frozenset[str]:
    times = asked.recent.times
    if not times:
        return _NOTHING
    return _THIS_WEEK if times[-1] >= asked.at - _WEEK else _NOT_THIS_WEEK


def moment(asked: Asked) -> tuple[Any, ...]:
    """What the kinds of BY_MINUTE look at beside that."""
    at = asked.at
    # Whole minutes, whatever the zone: no clock of our days is off by seconds.
    return at.toordinal() * 1440 + at.hour * 60 + at.minute, _moment(asked.facts)


def answers_alike(bound: Bound, happened: frozenset[str]) -> bool:
    """Whether the rule says the same of all cases of this likeness."""
    stirring = STIRRED_BY.get(bound.rule.kind)
    if stirring is not None and "recent" in stirring and _of_a_week(bound):
        stirring = stirring - {"recent"} | {"this_week"}
    return stirring is not None and stirring.isdisjoint(happened) and _covers_alike(bound, happened)


def _of_a_week(bound: Bound) -> bool:
    """Whether the rule counts no contact that is older than a week."""
    given = bound.parameters
    if isinstance(given, ContactCap | ChannelCap):
        return given.per is not Period.ROLLING_30_DAYS
    return isinstance(given, ContactGap) and given.days_between < _WEEK.days


def answers_by_minute(bound: Bound, happened: frozenset[str]) -> bool:
    """Whether the rule says the same of all cases of this likeness in the same minute and place."""
    stirring = BY_MINUTE.get(bound.rule.kind)
    return stirring is not None and stirring.isdisjoint(happened) and _covers_alike(bound, happened)


def _covers_alike(bound: Bound, happened: frozenset[str]) -> bool:
    return bound.rule.coverage is None or happened.isdisjoint(COVERED)
