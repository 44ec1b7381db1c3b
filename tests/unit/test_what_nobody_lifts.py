"""Policies that stand for unread law, or protect a person, are set aside by nobody; the others by their names."""

from datetime import UTC, datetime

import pytest

from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import (
    Channel,
    Claim,
    Contact,
    ContactFacts,
    ContactPoint,
    CreditorType,
    DebtorKind,
    Flag,
    Override,
    Purpose,
    Quality,
    RaisedFlag,
    Source,
    Target,
)
from legal.rules.packs.loading import pack_of

POINT = ContactPoint(Source.CREDITOR, Quality.VERIFIED, address="1")
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def decided(country: str, flag: Flag, *rules: str) -> Decision:
    facts = ContactFacts(
        country=country, zones=("America/Mexico_City",), creditor_type=CreditorType.COMMERCIAL,
        debtor=DebtorKind.PERSON, claim=Claim.CONSUMER, flags=(RaisedFlag(flag),), debt_proof=True,
        authorised_channels=tuple(Channel), debts=("1",),
    )  # fmt: skip
    override = Override("Rita Demo", "Lo pidió", rules) if rules else None
    action = Contact(Channel.LETTER, Purpose.COLLECT, target=Target.DEBTOR, contact_point=POINT, override=override)
    return decide(facts, action, NOON, pack=pack_of(country))


@pytest.mark.parametrize(
    ("country", "flag", "rule"),
    [
        ("MX", Flag.INSOLVENT, "mx.insolvent"),
        ("CO", Flag.INSOLVENT, "co.insolvent"),
        ("ES", Flag.INSOLVENT, "es.insolvent"),
        ("MX", Flag.DECEASED, "house.deceased"),
        ("MX", Flag.MINOR, "house.minor"),
        ("MX", Flag.IDENTITY_THEFT, "house.identity_theft"),
        ("MX", Flag.BREATHING_SPACE, "house.breathing_space"),
    ],
)
def test_a_person_s_protection_holds_though_a_supervisor_names_it(country: str, flag: Flag, rule: str) -> None:
    named = decided(country, flag, rule)

    assert rule in [outcome.rule.id for outcome in named.failed]
    assert named.verdict is Verdict.DENY
    assert not decided(country, flag).overridable


def test_a_policy_of_the_house_is_set_aside_by_its_name_alone() -> None:
    assert decided("MX", Flag.DISPUTE).overridable
    assert decided("MX", Flag.DISPUTE, "house.dispute").verdict is Verdict.ALLOW
    assert decided("MX", Flag.DISPUTE, "house.hold").verdict is Verdict.DENY


def test_what_stands_for_law_that_nobody_read_is_no_one_s_to_lift() -> None:
    rules = {rule.id: rule for country in ("ES", "MX") for rule in pack_of(country).rules}

    assert not rules["es.insolvent"].overridable
    assert not rules["es.opt_out"].overridable
    assert rules["es.caller_number"].overridable
    assert rules["es.hours"].overridable
    assert rules["mx.opt_out"].overridable
