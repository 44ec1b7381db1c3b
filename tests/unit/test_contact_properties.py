"""Waiting is exact to the minute, and nothing that stops a contact ever makes one easier."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from legal.rules.contact import decide
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel, Contact, ContactFacts, CreditorType, Flag, OptOut, PastContact, RaisedFlag
from tests.support.contacts import BOGOTA, CANARY, MADRID, MEXICO, at, call, colombian, message, mexican, spanish

PLACES: dict[str, tuple[Callable[..., ContactFacts], tuple[str, ...]]] = {
    "MX": (mexican, (MEXICO, "America/Tijuana", "America/Cancun", "America/Ojinaga")),
    "CO": (colombian, (BOGOTA,)),
    "ES": (spanish, (MADRID, CANARY)),
}
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def proposals(draw: st.DrawFn) -> tuple[ContactFacts, Contact, datetime]:
    """Facts that only time can mend, an action, and an instant of 2026 (clock changes included)."""
    country = draw(st.sampled_from(sorted(PLACES)))
    build, zones = PLACES[country]
    start = draw(STARTS).replace(second=0, microsecond=0)
    past = st.builds(
        PastContact,
        at=st.integers(0, 9 * 24 * 60).map(lambda minutes: start - timedelta(minutes=minutes)),
        channel=st.sampled_from([Channel.WHATSAPP, Channel.PHONE]),
        conversation=st.booleans(),
    )
    facts = build(
        zones=tuple(draw(st.lists(st.sampled_from(zones), min_size=1, unique=True))),
        previous=tuple(draw(st.lists(past, max_size=9))),
        creditor_type=draw(st.sampled_from(CreditorType)),
        authorised_channels=(Channel.WHATSAPP, Channel.PHONE),
    )
    if draw(st.booleans()):
        hold = start + timedelta(minutes=draw(st.integers(1, 3 * 24 * 60)))
        facts = replace(facts, flags=(RaisedFlag(Flag.HOLD, hold),))
    return facts, draw(st.sampled_from([call(), message()])), start


@settings(max_examples=6, deadline=None)
@given(proposals())
def test_waiting_ends_at_the_first_minute_that_is_allowed(proposal: tuple[ContactFacts, Contact, datetime]) -> None:
    facts, action, start = proposal
    decision = decide(facts, action, start)

    assume(decision.verdict is Verdict.WAIT)
    assert_exact(facts, action, start, decision)


@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31"])
@pytest.mark.parametrize("zone", [MADRID, "America/Ojinaga", "America/Tijuana"])
def test_waiting_is_exact_when_clocks_change(day: str, zone: str) -> None:
    facts = spanish(zones=(zone,)) if zone == MADRID else mexican(zones=(zone,))
    evening = at(f"{day}T22:00", zone)

    assert_exact(facts, call(), evening, decide(facts, call(), evening))


def assert_exact(facts: ContactFacts, action: Contact, start: datetime, decision: Decision) -> None:
    assert decision.until is not None
    assert decide(facts, action, decision.until).verdict is Verdict.ALLOW
    assert decide(facts, action, decision.until - timedelta(microseconds=1)).verdict is not Verdict.ALLOW
    scanned = min(decision.until, start + timedelta(days=10))
    for minute in range(int((scanned - start).total_seconds()) // 60):
        assert decide(facts, action, start + timedelta(minutes=minute)).verdict is not Verdict.ALLOW


def raise_flag(flag: Flag, facts: ContactFacts, _: datetime) -> ContactFacts:
    return replace(facts, flags=(*facts.flags, RaisedFlag(flag)))


STOPS: list[Callable[[ContactFacts, datetime], ContactFacts]] = [
    *(partial(raise_flag, flag) for flag in Flag),
    lambda facts, at: replace(facts, opt_outs=(OptOut(None, at),)),
    lambda facts, at: replace(facts, opt_outs=(OptOut(Channel.PHONE, at), OptOut(Channel.WHATSAPP, at))),
    lambda facts, at: replace(facts, previous=(*facts.previous, PastContact(at, Channel.PHONE, conversation=True))),
    lambda facts, at: replace(facts, previous=(*facts.previous, PastContact(at, Channel.WHATSAPP))),
    lambda facts, at: replace(facts, local_holidays=(at.date(),)),
]
_RANK = {Verdict.ALLOW: 0, Verdict.WAIT: 1, Verdict.DENY: 2}


def hardness(decision: Decision) -> tuple[int, datetime]:
    return _RANK[decision.verdict], decision.until or decision.at


@settings(max_examples=150, deadline=None)
@given(proposals(), st.sampled_from(range(len(STOPS))))
def test_one_more_stop_never_makes_a_contact_easier(
    proposal: tuple[ContactFacts, Contact, datetime], stop: int
) -> None:
    facts, action, start = proposal

    assert hardness(decide(facts, action, start)) <= hardness(decide(STOPS[stop](facts, start), action, start))
