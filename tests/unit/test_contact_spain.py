"""The dated examples of the research on contact in Spain, all of them policy, by their ids, and their neighbours."""

from datetime import date
from typing import Any

import pytest

from legal.rules.calendar import region_named
from legal.rules.contact.deciding import decide
from legal.rules.decision import Verdict, sentence
from legal.rules.facts import Channel, DebtorRequest, Flag, PastContact, Purpose, RaisedFlag, Target
from legal.rules.packs.loading import pack_of
from legal.rules.policies import own_rules, pack_with
from tests.support.contacts import CANARY, MADRID, at, call, codes, message, spanish, warnings


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2026-11-20T08:59", ["outside_hours"]),
        ("2026-11-20T09:00", []),
        ("2026-11-20T20:59", []),
        ("2026-11-20T21:00", ["outside_hours"]),
        ("2026-11-21T11:00", ["not_weekday"]),
    ],
)
def test_es_g1_the_spanish_window_is_policy(moment: str, found: list[str]) -> None:
    decision = decide(spanish(), call(), at(moment, MADRID))

    assert codes(decision) == found
    assert all(outcome.rule.basis == "policy" for outcome in decision.failed)


def test_the_canary_islands_have_their_own_clock() -> None:
    nine_in_madrid = at("2026-11-20T09:00", MADRID)

    assert decide(spanish(), call(), nine_in_madrid).verdict is Verdict.ALLOW
    assert codes(decide(spanish(zones=(CANARY,), region="CN"), call(), nine_in_madrid)) == ["outside_hours"]
    anywhere = decide(spanish(zones=(MADRID, CANARY)), call(), nine_in_madrid)
    assert anywhere.until == at("2026-11-20T09:00", CANARY)


def test_a_regional_holiday_closes_its_region_only() -> None:
    second_of_november = at("2026-11-02T11:00", MADRID)

    madrid = decide(spanish(region="MD"), call(), second_of_november)
    catalonia = decide(spanish(region="CT"), call(), second_of_november)
    unknown = decide(spanish(region=None), call(), second_of_november)

    assert codes(madrid) == ["holiday"]
    assert catalonia.verdict is Verdict.ALLOW
    assert (unknown.verdict, warnings(unknown)) == (Verdict.ALLOW, ["region_unknown"])


def test_a_town_holiday_that_no_library_knows_is_told_with_the_facts() -> None:
    san_isidro = spanish(local_holidays=(date(2026, 5, 15),))

    assert codes(decide(san_isidro, call(), at("2026-05-15T11:00", MADRID))) == ["holiday"]


@pytest.mark.parametrize(
    ("lives", "code", "warned"),
    [
        ({"town": "GETAFE", "region": "MD"}, ["holiday"], []),
        ({"town": "Getafe", "region": "CT"}, [], []),
        ({"town": "Móstoles", "region": "MD"}, [], []),
        ({"town": "Getafe", "region": None}, [], ["town_unknown"]),
        ({"town": None, "region": "MD"}, [], ["town_unknown"]),
    ],
)
def test_a_towns_own_holiday_closes_for_who_lives_there(
    lives: dict[str, Any], code: list[str], warned: list[str]
) -> None:
    getafe = {
        "id": "agency.getafe", "kind": "town_days", "title": "San Isidro", "from": "2026-01-01", "basis": "policy",
        "confidence": "policy", "citation": "BOCM 300, 17-12-2025", "source_url": "https://bocm.example/300",
        "checked_on": "2026-01-01",
        "parameters": {"country": "ES", "region": "MD", "towns": ["Getafe", "Parla"], "days": ["2026-05-14"]},
    }  # fmt: skip
    pack = pack_with(pack_of("ES"), own_rules([getafe]))

    found = decide(spanish(**lives), call(), at("2026-05-14T11:00", MADRID), pack=pack)
    other = decide(spanish(**lives), call(), at("2026-05-13T11:00", MADRID), pack=pack)

    assert (codes(found), warnings(found), codes(other)) == (code, warned, [])
    if code:
        [outcome] = found.failed
        assert "San Isidro (BOCM 300, 17-12-2025)" in sentence(outcome)
        assert outcome.rule.source_url == "https://bocm.example/300"
        assert found.until is not None
        assert decide(spanish(**lives), call(), found.until, pack=pack).verdict is Verdict.ALLOW


def test_es_g3_the_fourth_attempt_of_a_day_is_over_the_cap() -> None:
    tries = tuple(PastContact(at(f"2026-11-20T{hour:02}:00", MADRID), Channel.PHONE) for hour in (9, 10, 11))

    third = decide(spanish(previous=tries[:2]), call(), at("2026-11-20T12:00", MADRID))
    fourth = decide(spanish(previous=tries), call(), at("2026-11-20T12:00", MADRID))

    assert third.verdict is Verdict.ALLOW
    assert codes(fourth) == ["attempt_cap"]
    assert fourth.until == at("2026-11-23T09:00", MADRID)


def test_in_spain_a_relative_is_only_asked_where_the_debtor_is() -> None:
    friday = at("2026-11-20T11:00", MADRID)

    locate = decide(spanish(), call(target=Target.FAMILY, purpose=Purpose.LOCATE), friday)
    collect = decide(spanish(), call(target=Target.FAMILY), friday)

    assert (locate.verdict, warnings(locate)) == (Verdict.ALLOW, ["locate_only"])
    assert (collect.verdict, codes(collect)) == (Verdict.DENY, ["locate_only"])
    assert not collect.overridable


def test_in_spain_a_mobile_number_does_not_call() -> None:
    mobile = decide(spanish(), call(caller_number="+34 612 000 000"), at("2026-11-20T11:00", MADRID))
    unknown = decide(spanish(), call(caller_number=None), at("2026-11-20T11:00", MADRID))
    before = decide(spanish(), call(caller_number="+34612000000"), at("2025-06-06T11:00", MADRID))

    assert codes(mobile) == ["caller_number_not_allowed"]
    assert mobile.overridable
    assert (unknown.verdict, warnings(unknown)) == (Verdict.ALLOW, ["fact_missing"])
    assert before.verdict is Verdict.ALLOW


def test_es_g7_a_disputed_debt_without_proof_is_not_collected_but_may_be_answered() -> None:
    friday = at("2026-11-20T11:00", MADRID)
    asked = DebtorRequest(at("2026-11-19T11:00", MADRID), Channel.EMAIL)
    disputed = spanish(flags=(RaisedFlag(Flag.DISPUTE),), debt_proof=None, requests=(asked,))

    collect = decide(disputed, call(), friday)
    answer = decide(disputed, message(Channel.EMAIL, purpose=Purpose.ANSWER), friday)

    assert (collect.verdict, codes(collect)) == (Verdict.DENY, ["disputed_no_evidence"])
    assert answer.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("told", "code"), [("MD", "MD"), ("madrid", "MD"), ("Cataluña", "CT"), ("Comarca Inventada", None), ("", None)]
)
def test_a_region_is_found_by_the_word_an_address_gives_it(told: str, code: str | None) -> None:
    assert region_named("ES", told) == code


def test_in_spain_every_message_says_for_whom_and_how_to_pay_by_law() -> None:
    decision = decide(spanish(), call(), at("2026-11-20T11:00", MADRID))

    due = [outcome for outcome in decision.outcomes if outcome.code == "disclosures_due"]
    assert {"creditor", "payment_way"} <= set(decision.disclosures)
    assert due[0].rule.id == "es.words.creditor"


def test_in_spain_no_licence_is_asked_for_and_the_rule_that_may_come_is_off() -> None:
    rules = {rule.id: rule for rule in pack_of("ES").rules}

    assert rules["es.servicer_licence"].status == "off"
    assert decide(spanish(registrations=()), call(), at("2026-11-20T11:00", MADRID)).verdict is Verdict.ALLOW
