"""Chile, Peru and the United Kingdom: when and how often people there may be contacted."""

from datetime import timedelta
from typing import Any

import pytest

from legal.rules.contact.deciding import decide
from legal.rules.decision import Verdict
from legal.rules.facts import (
    Channel,
    ContactFacts,
    ContactPoint,
    DebtorKind,
    DebtorRequest,
    Flag,
    Inconvenient,
    PastContact,
    Purpose,
    Quality,
    RaisedFlag,
    Registration,
    Source,
    Target,
)
from legal.rules.packs.loading import all_packs, countries_of_agencies, pack_of
from tests.support.contacts import (
    LIMA,
    LONDON,
    SANTIAGO,
    at,
    british,
    call,
    chilean,
    codes,
    message,
    peruvian,
    warnings,
)

MONDAY = at("2026-11-16T10:00", SANTIAGO)


def past(text: str, channel: Channel, **changes: Any) -> PastContact:
    return PastContact(at(text, SANTIAGO), channel, **changes)


def test_no_agency_has_its_seat_where_only_the_contact_window_is_known() -> None:
    assert {"CL", "PE", "GB"}.isdisjoint(countries_of_agencies())
    assert {all_packs()[name].head.scope for name in ("cl", "pe", "uk")} == {"contact"}


@pytest.mark.parametrize("used", [Channel.PHONE, Channel.VISIT])
def test_in_chile_one_call_or_visit_is_the_weeks_only_one(used: Channel) -> None:
    facts = chilean(previous=(past("2026-11-16T09:00", used),))

    decision = decide(facts, call(), at("2026-11-18T10:00", SANTIAGO))

    assert (decision.verdict, codes(decision)) == (Verdict.WAIT, ["call_or_visit_this_week"])
    assert decision.until == at("2026-11-23T08:00", SANTIAGO)
    assert decide(facts, message(Channel.EMAIL), at("2026-11-18T10:00", SANTIAGO)).verdict is Verdict.ALLOW


def test_in_chile_an_unanswered_call_counts_and_a_call_of_the_debtors_does_not() -> None:
    wednesday = at("2026-11-18T10:00", SANTIAGO)

    unanswered = chilean(previous=(past("2026-11-16T09:00", Channel.PHONE, conversation=False),))
    incoming = chilean(previous=(past("2026-11-16T09:00", Channel.PHONE, incoming=True),))

    assert decide(unanswered, call(), wednesday).verdict is Verdict.WAIT
    assert decide(incoming, call(), wednesday).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("day", "gap", "verdict"),
    [
        ("2026-11-17", "2", Verdict.WAIT),
        ("2026-11-18", "2", Verdict.WAIT),
        ("2026-11-19", "2", Verdict.ALLOW),
        ("2026-11-17", "1", Verdict.WAIT),
        ("2026-11-18", "1", Verdict.ALLOW),
    ],
)
def test_in_chile_two_days_lie_between_messages(day: str, gap: str, verdict: Verdict) -> None:
    facts = chilean(previous=(PastContact(MONDAY, Channel.SMS),), settings={"gap_days": gap})

    decision = decide(facts, message(Channel.EMAIL), at(f"{day}T10:00", SANTIAGO))

    assert decision.verdict is verdict
    if verdict is Verdict.WAIT:
        assert codes(decision) == ["too_soon"]


def test_in_chile_the_third_message_waits_for_monday_or_for_seven_days() -> None:
    sent = (past("2026-11-16T10:00", Channel.EMAIL), past("2026-11-19T10:00", Channel.LETTER))
    saturday = at("2026-11-21T10:00", SANTIAGO)
    rolling = {"week": "rolling_7_days"}

    by_week = decide(chilean(previous=sent), message(), at("2026-11-22T10:00", SANTIAGO))
    by_days = decide(chilean(previous=sent, settings=rolling), message(), at("2026-11-22T10:00", SANTIAGO))

    assert codes(decide(chilean(previous=sent), message(), saturday)) == ["two_messages_this_week", "too_soon"]
    assert by_week.until == by_days.until == at("2026-11-23T08:00", SANTIAGO)


def test_in_chile_what_the_debtor_asks_for_is_answered_at_once() -> None:
    noon = at("2026-11-17T12:00", SANTIAGO)
    facts = chilean(
        previous=(PastContact(MONDAY, Channel.WHATSAPP),),
        requests=(DebtorRequest(noon - timedelta(minutes=5), Channel.WHATSAPP),),
    )

    assert decide(facts, message(purpose=Purpose.ANSWER), noon).verdict is Verdict.ALLOW
    assert decide(facts, message(), noon).verdict is Verdict.WAIT


def test_chiles_rules_are_law_for_persons_and_policy_for_firms() -> None:
    sunday = at("2026-11-22T10:00", SANTIAGO)

    person, firm = decide(chilean(), call(), sunday), decide(chilean(debtor=DebtorKind.FIRM), call(), sunday)

    assert not person.overridable
    assert firm.overridable
    assert [outcome.rule.id for outcome in firm.failed] == ["cl.hours.extended"]


def test_on_easter_island_the_islands_clock_counts() -> None:
    morning = at("2026-11-20T08:00", SANTIAGO)

    assert decide(chilean(), call(), morning).verdict is Verdict.ALLOW
    assert decide(chilean(zones=("Pacific/Easter",)), call(), morning).until == at("2026-11-20T08:00", "Pacific/Easter")
    assert decide(chilean(zones=()), call(), morning).until == at("2026-11-20T08:00", "Pacific/Easter")


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.VISIT])
def test_in_peru_calls_and_visits_end_at_eight_by_law_and_messages_by_policy(channel: Channel) -> None:
    evening = at("2026-11-20T20:00", LIMA)

    by_law = decide(peruvian(), call() if channel is Channel.PHONE else message(channel), evening)
    by_policy = decide(peruvian(), message(), evening)

    assert (codes(by_law), by_law.overridable) == (["outside_hours"], False)
    assert (codes(by_policy), by_policy.overridable) == (["outside_hours"], True)
    assert by_law.until == by_policy.until == at("2026-11-23T07:00", LIMA)
    assert decide(peruvian(), message(Channel.LETTER), evening).verdict is Verdict.ALLOW


@pytest.mark.parametrize("day", ["2026-07-23", "2026-07-28", "2026-10-08", "2026-12-08", "2026-12-09"])
def test_in_peru_a_holiday_closes(day: str) -> None:
    assert codes(decide(peruvian(), call(), at(f"{day}T11:00", LIMA))) == ["holiday"]


def test_in_britain_the_hours_are_policy_and_the_customers_wishes_the_regulators_rule() -> None:
    night = decide(british(), call(), at("2026-11-20T21:00", LONDON))
    shift = british(inconvenient=(Inconvenient(at("2026-11-01T10:00", LONDON), channel=Channel.PHONE),))
    asked = decide(shift, call(), at("2026-11-20T11:00", LONDON))

    assert (codes(night), night.overridable) == (["outside_hours"], True)
    assert night.until == at("2026-11-21T08:00", LONDON)
    assert "uk.requests" in {outcome.rule.id for outcome in asked.failed}
    assert not asked.overridable
    assert decide(shift, message(), at("2026-11-20T11:00", LONDON)).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("purpose", "verdict"),
    [(Purpose.COLLECT, Verdict.WAIT), (Purpose.ANSWER, Verdict.ALLOW), (Purpose.RECEIPT, Verdict.ALLOW)],
)
def test_in_a_breathing_space_nobody_demands_payment(purpose: Purpose, verdict: Verdict) -> None:
    ends = at("2027-01-30T00:00", LONDON)
    asked = DebtorRequest(at("2026-12-14T11:00", LONDON), Channel.EMAIL)
    facts = british(flags=(RaisedFlag(Flag.BREATHING_SPACE, ends),), requests=(asked,))

    decision = decide(facts, message(purpose=purpose), at("2026-12-15T11:00", LONDON))

    assert decision.verdict is verdict
    if verdict is Verdict.WAIT:
        assert decision.until == at("2027-01-30T08:00", LONDON)
        assert not decision.overridable


def test_who_says_that_the_debt_is_barred_is_left_alone_until_a_lawyer_looked() -> None:
    decision = decide(british(flags=(RaisedFlag(Flag.PLEADS_BARRED),)), call(), at("2026-11-20T11:00", LONDON))

    assert decision.verdict is Verdict.DENY
    assert set(codes(decision)) == {"pleads_barred"}


def test_the_vulnerable_are_not_visited_in_britain() -> None:
    facts = british(flags=(RaisedFlag(Flag.HARDSHIP),))
    noon = at("2026-11-20T12:00", LONDON)

    visited, called = decide(facts, message(Channel.VISIT), noon), decide(facts, call(), noon)

    assert [outcome.rule.id for outcome in visited.failed] == ["uk.visits_vulnerable"]
    assert (called.verdict, "hardship" in warnings(called)) == (Verdict.ALLOW, True)


@pytest.mark.parametrize(
    ("held", "verdict", "said"),
    [
        (None, Verdict.ALLOW, ["registration_unknown"]),
        ((), Verdict.DENY, ["not_registered"]),
        ((Registration("redeco"),), Verdict.DENY, ["not_registered"]),
        ((Registration("fca_debt_collecting", until=at("2026-11-19T12:00").date()),), Verdict.DENY, ["not_registered"]),
    ],
)
def test_an_agency_that_is_not_registered_does_not_contact(
    held: tuple[Registration, ...] | None, verdict: Verdict, said: list[str]
) -> None:
    decision = decide(british(registrations=held), call(), at("2026-11-20T12:00", LONDON))

    assert decision.verdict is verdict
    assert said[0] in (*codes(decision), *warnings(decision))


def test_a_registration_that_begins_opens_contact_on_its_day() -> None:
    facts = british(registrations=(Registration("fca_debt_collecting", since=at("2026-11-23T12:00").date()),))

    assert decide(facts, call(), at("2026-11-22T12:00", LONDON)).verdict is Verdict.DENY
    assert decide(facts, call(), at("2026-11-23T12:00", LONDON)).verdict is Verdict.ALLOW


def test_what_a_call_must_say_depends_on_whose_number_it_is() -> None:
    given, strangers = (ContactPoint(one, Quality.UNVERIFIED) for one in (Source.CREDITOR, Source.SKIP_TRACE))
    noon = at("2026-11-20T12:00", LONDON)

    own = decide(british(), message(), noon)
    foreign = decide(british(), message(contact_point=strangers), noon)

    assert {"creditor", "amount", "payment_way", "stop_channel"} <= set(own.disclosures)
    # What creditor or debtor gave is the debtor's until something shows otherwise.
    assert decide(british(), message(contact_point=given), noon).disclosures == own.disclosures
    assert set(foreign.disclosures) == {"agency", "stop_channel"}


@pytest.mark.parametrize("country", ["CL", "PE", "GB"])
def test_a_third_person_is_told_nothing(country: str) -> None:
    build = {"CL": chilean, "PE": peruvian, "GB": british}[country]
    facts: ContactFacts = build()
    noon = at("2026-11-20T12:00", facts.zones[0])

    assert decide(facts, call(target=Target.FAMILY), noon).verdict is Verdict.DENY
    assert pack_of(country).id in ("cl", "pe", "uk")
