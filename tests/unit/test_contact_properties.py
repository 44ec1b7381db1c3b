"""Waiting is exact to the minute, and nothing that stops a contact ever makes one easier."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import (
    WEEKDAYS,
    Agreed,
    Channel,
    Contact,
    ContactFacts,
    ContactPoint,
    Contested,
    CreditorType,
    Flag,
    GivenConsent,
    Inconvenient,
    Lawyer,
    OptOut,
    PastContact,
    RaisedFlag,
    Said,
    Statement,
)
from legal.rules.packs.loading import pack_of
from legal.rules.policies import own_rules, pack_with
from tests.support.contacts import (
    BOGOTA,
    CANARY,
    CHICAGO,
    LIMA,
    LONDON,
    LOS_ANGELES,
    MADRID,
    MEXICO,
    NEW_YORK,
    SANTIAGO,
    american,
    at,
    british,
    call,
    chilean,
    codes,
    colombian,
    message,
    mexican,
    peruvian,
    spanish,
)


def _state(region: str, locality: str | None = None) -> Callable[..., ContactFacts]:
    # With leave for every channel, so that only time is in the way.
    return partial(american, region=region, locality=locality, employer_prohibits=False)


PLACES: dict[str, tuple[Callable[..., ContactFacts], tuple[str, ...]]] = {
    "MX": (mexican, (MEXICO, "America/Tijuana", "America/Cancun", "America/Ojinaga")),
    "CO": (colombian, (BOGOTA,)),
    "ES": (spanish, (MADRID, CANARY)),
    "CL": (chilean, (SANTIAGO, "America/Punta_Arenas", "Pacific/Easter")),
    "PE": (peruvian, (LIMA,)),
    "GB": (british, (LONDON,)),
    "US": (american, (NEW_YORK, CHICAGO, "America/Phoenix", LOS_ANGELES, "Pacific/Honolulu")),
    "US-MA": (_state("MA"), (NEW_YORK,)),
    "US-NYC": (_state("NY", "nyc"), (NEW_YORK,)),
    "US-WA": (_state("WA"), (LOS_ANGELES,)),
    "US-DC": (_state("DC"), (NEW_YORK,)),
    "US-FL": (_state("FL"), (NEW_YORK, CHICAGO)),
    "US-CA": (_state("CA"), (LOS_ANGELES,)),
    "US-TX": (_state("TX"), (CHICAGO, "America/Denver")),
}
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def _said_in_the_states(draw: st.DrawFn, start: datetime) -> dict[str, object]:
    """What an American may have agreed to, called inconvenient or left to a lawyer; all of it mended by time."""
    minutes = st.integers(0, 23 * 60)
    begins, ends = sorted((draw(minutes), draw(minutes)))
    consents = [
        GivenConsent(Agreed.CHANNEL, start - timedelta(days=90), written=True),
        GivenConsent(Agreed.PRERECORDED, start - timedelta(days=90)),
    ]
    if draw(st.booleans()):
        agreed = start - timedelta(minutes=draw(st.integers(0, 9 * 24 * 60)))
        ended = draw(st.none() | st.integers(0, 9 * 24 * 60))
        until = None if ended is None else agreed + timedelta(minutes=ended)
        consents.append(GivenConsent(Agreed.MORE_CALLS, agreed, until))
    named = Inconvenient(
        start - timedelta(days=2),
        tuple(draw(st.lists(st.sampled_from(WEEKDAYS), max_size=4, unique=True))) or ("sun",),
        time(begins // 60, begins % 60),
        time((ends + 1) // 60, (ends + 1) % 60),
    )
    silent = Lawyer(start - timedelta(days=40), asked_at=start - timedelta(days=draw(st.integers(25, 35))))
    return {
        "consents": tuple(consents),
        "inconvenient": (named,) if draw(st.booleans()) else (),
        "lawyer": silent if draw(st.booleans()) else None,
    }


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
        debts=st.sampled_from([(), ("A",), ("B",)]),
        incoming=st.booleans(),
        connected=st.booleans(),
    )
    facts = build(
        zones=tuple(draw(st.lists(st.sampled_from(zones), min_size=1, unique=True))),
        previous=tuple(draw(st.lists(past, max_size=9))),
        creditor_type=draw(st.sampled_from(CreditorType)),
        authorised_channels=(Channel.WHATSAPP, Channel.PHONE),
        **(_said_in_the_states(draw, start) if country.startswith("US") else {}),
    )
    if draw(st.booleans()):
        hold = start + timedelta(minutes=draw(st.integers(1, 3 * 24 * 60)))
        facts = replace(facts, flags=(RaisedFlag(Flag.HOLD, hold),))
    used = ContactPoint(used_at=start - timedelta(days=1))
    action = draw(st.sampled_from([call(), message()]))
    return facts, replace(action, contact_point=used) if country.startswith("US") else action, start


@settings(max_examples=10)
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


@pytest.mark.parametrize("evening", ["2026-03-07T21:00", "2026-03-08T01:30", "2026-10-31T21:00", "2026-11-01T01:30"])
@pytest.mark.parametrize("zones", [(NEW_YORK,), (NEW_YORK, "America/Phoenix"), (LOS_ANGELES, "Pacific/Honolulu")])
def test_waiting_is_exact_when_clocks_change_in_one_zone_and_not_in_the_other(
    evening: str, zones: tuple[str, ...]
) -> None:
    start = at(evening, zones[0])
    talked = PastContact(start - timedelta(days=6), Channel.PHONE, conversation=True, debts=("A",))

    for facts in (american(zones=zones), american(zones=zones, previous=(talked,))):
        decision = decide(facts, call(), start)

        assert_exact(facts, call(), start, decision)


def assert_exact(facts: ContactFacts, action: Contact, start: datetime, decision: Decision) -> None:
    assert decision.until is not None
    assert decide(facts, action, decision.until).verdict is Verdict.ALLOW
    assert decide(facts, action, decision.until - timedelta(microseconds=1)).verdict is not Verdict.ALLOW
    # Every minute of the last hours; before them often enough that no window of a pack would be missed.
    wait = int((decision.until - start).total_seconds()) // 60
    for minute in (*range(0, wait, 23), *range(max(0, wait - 180), wait)):
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
STOPS += [
    lambda facts, at: replace(facts, opt_outs=(*facts.opt_outs, OptOut(None, at, written=True))),
    lambda facts, at: replace(facts, statements=(Statement(at, Said.REFUSES_TO_PAY, written=True),)),
    lambda facts, at: replace(facts, lawyer=Lawyer(at)),
    lambda facts, at: replace(facts, contested=(Contested(at, written=True),)),
    lambda facts, at: replace(facts, inconvenient=(*facts.inconvenient, Inconvenient(at))),
    lambda facts, _: replace(facts, consents=()),
]
_RANK = {Verdict.ALLOW: 0, Verdict.WAIT: 1, Verdict.DENY: 2}


def hardness(decision: Decision) -> tuple[int, datetime]:
    return _RANK[decision.verdict], decision.until or decision.at


@settings(max_examples=120)
@given(proposals(), st.sampled_from(range(len(STOPS))))
def test_one_more_stop_never_makes_a_contact_easier(
    proposal: tuple[ContactFacts, Contact, datetime], stop: int
) -> None:
    facts, action, start = proposal

    assert hardness(decide(facts, action, start)) <= hardness(decide(STOPS[stop](facts, start), action, start))


OWN_RULES: list[dict[str, object]] = [
    {"kind": "contact_hours", "parameters": {"windows": {"tue": "10:00-12:00", "thu": "10:00-12:00"}}},
    {"kind": "contact_cap", "parameters": {"max": 1, "per": "rolling_7_days"}},
    {"kind": "channel_cap", "parameters": {"max": 1, "per": "iso_week"}},
    {"kind": "holidays"},
    {"kind": "closed", "applies_to": {"channels": ["phone"]}},
    {"kind": "opt_out"},
]


@settings(max_examples=80)
@given(proposals(), st.lists(st.sampled_from(OWN_RULES), min_size=1, unique_by=str))
def test_an_added_rule_never_makes_a_contact_easier(
    proposal: tuple[ContactFacts, Contact, datetime], added: list[dict[str, object]]
) -> None:
    facts, action, start = proposal
    pack = pack_of(facts.country, facts.region, facts.locality)
    told = {"title": "Ejemplo", "basis": "policy", "confidence": "policy", "citation": "Ejemplo", "from": "2020-01-01"}
    rules = [
        {**told, **rule, "id": f"agency.own_{number}", "checked_on": "2026-11-21"} for number, rule in enumerate(added)
    ]

    stricter = decide(facts, action, start, pack=pack_with(pack, own_rules(rules)))

    assert hardness(decide(facts, action, start, pack=pack)) <= hardness(stricter)


@settings(max_examples=50)
@given(proposals())
def test_the_same_question_has_the_same_bytes_for_an_answer(
    proposal: tuple[ContactFacts, Contact, datetime],
) -> None:
    facts, action, start = proposal

    one = decide(facts, action, start)
    shuffled = decide(replace(facts, previous=tuple(reversed(facts.previous))), action, start)

    assert one.record() == decide(facts, action, start).record()
    assert (one.verdict, one.until, codes(one)) == (shuffled.verdict, shuffled.until, codes(shuffled))
