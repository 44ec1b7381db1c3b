"""The dated examples of the research on contact in Mexico, by their ids, and their neighbours."""

import pytest

from legal.rules.contact.deciding import decide
from legal.rules.decision import Result, Verdict
from legal.rules.facts import ContactPoint, CreditorType, Receiver, Source, Target
from tests.support.contacts import MEXICO, at, call, codes, mexican, warnings


def test_mx_g1_a_minute_before_seven_waits_for_seven() -> None:
    decision = decide(mexican(creditor_type=CreditorType.FINANCIAL), call(), at("2026-11-20T06:59", MEXICO))

    assert (decision.verdict, codes(decision)) == (Verdict.WAIT, ["outside_hours"])
    assert decision.until == at("2026-11-20T07:00", MEXICO)


@pytest.mark.parametrize("creditor", CreditorType)
def test_in_mexico_a_call_may_start_until_a_minute_before_ten_at_night(creditor: CreditorType) -> None:
    assert decide(mexican(creditor_type=creditor), call(), at("2026-11-20T21:59", MEXICO)).verdict is Verdict.ALLOW
    assert codes(decide(mexican(creditor_type=creditor), call(), at("2026-11-20T22:00", MEXICO))) == ["outside_hours"]


def test_mx_g3_saturday_with_a_commercial_creditor_waits_for_monday() -> None:
    decision = decide(mexican(), call(), at("2026-11-21T11:00", MEXICO))

    assert (decision.verdict, codes(decision)) == (Verdict.WAIT, ["not_weekday"])
    assert decision.until == at("2026-11-23T07:00", MEXICO)


def test_mx_g3_saturday_with_a_financial_creditor_is_a_warning_or_a_strict_policy() -> None:
    saturday = at("2026-11-21T11:00", MEXICO)

    by_default = decide(mexican(creditor_type=CreditorType.FINANCIAL), call(), saturday)
    strict = decide(mexican(creditor_type=CreditorType.FINANCIAL, settings={"fin_weekends": "deny"}), call(), saturday)

    assert (by_default.verdict, warnings(by_default)) == (Verdict.ALLOW, ["weekend_not_in_rule_text"])
    assert (strict.verdict, codes(strict)) == (Verdict.WAIT, ["weekend_not_in_rule_text"])
    assert strict.until == at("2026-11-23T07:00", MEXICO)
    assert strict.overridable


def test_a_mexican_holiday_closes_commercial_collection_and_warns_financial() -> None:
    holiday = at("2026-11-16T11:00", MEXICO)

    commercial = decide(mexican(), call(), holiday)
    financial = decide(mexican(creditor_type=CreditorType.FINANCIAL), call(), holiday)

    assert codes(commercial) == ["holiday"]
    assert commercial.failed[0].inputs["holiday"] == "Día de la Revolución"
    assert commercial.until == at("2026-11-17T07:00", MEXICO)
    assert (financial.verdict, warnings(financial)) == (Verdict.ALLOW, ["holiday_not_in_rule_text"])


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        ("America/Tijuana", Verdict.WAIT),
        ("America/Hermosillo", Verdict.ALLOW),
        ("America/Ciudad_Juarez", Verdict.ALLOW),
        ("America/Cancun", Verdict.ALLOW),
    ],
)
@pytest.mark.parametrize("creditor", CreditorType)
def test_mx_g5_the_hour_is_the_debtors(zone: str, verdict: Verdict, creditor: CreditorType) -> None:
    decision = decide(mexican(creditor_type=creditor, zones=(zone,)), call(), at("2026-11-20T08:30", MEXICO))

    assert decision.verdict is verdict


@pytest.mark.parametrize(
    "person", [Target.REFERENCE, Target.BENEFICIARY, Target.FAMILY, Target.MINOR, Target.OLDER_ADULT]
)
def test_in_mexico_third_persons_are_never_contacted(person: Target) -> None:
    decision = decide(
        mexican(creditor_type=CreditorType.FINANCIAL), call(target=person), at("2026-11-20T11:00", MEXICO)
    )

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["third_party"])


@pytest.mark.parametrize("person", [Target.GUARANTOR, Target.CO_DEBTOR])
def test_in_mexico_whoever_also_owes_is_no_third_person(person: Target) -> None:
    decision = decide(
        mexican(creditor_type=CreditorType.FINANCIAL), call(target=person), at("2026-11-20T11:00", MEXICO)
    )

    assert decision.verdict is Verdict.ALLOW


def test_mx_g7_a_call_that_hides_its_number_is_denied() -> None:
    hidden = call(caller_id_withheld=True)

    decision = decide(mexican(creditor_type=CreditorType.FINANCIAL), hidden, at("2026-11-20T11:00", MEXICO))

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["hidden_caller_id"])
    assert not decision.overridable


def test_mx_g11_a_number_found_by_skip_tracing_is_denied() -> None:
    found = call(contact_point=ContactPoint(Source.SKIP_TRACE))

    decision = decide(mexican(), found, at("2026-11-20T11:00", MEXICO))

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["channel_not_provided_by_debtor"])


def test_a_debtor_of_an_unknown_zone_is_called_only_when_it_is_day_all_over_mexico() -> None:
    anywhere = mexican(zones=())

    morning = decide(anywhere, call(), at("2026-11-20T09:59", "America/Cancun"))
    day = decide(anywhere, call(), at("2026-11-20T10:00", "America/Cancun"))
    evening = decide(anywhere, call(), at("2026-11-20T22:00", "America/Cancun"))

    assert morning.until == day.at
    assert day.verdict is Verdict.ALLOW
    assert evening.until == at("2026-11-23T07:00", "America/Tijuana")


def test_a_commercial_creditor_must_hold_the_proof_before_anybody_is_contacted() -> None:
    decision = decide(mexican(debt_proof=False), call(), at("2026-11-20T11:00", MEXICO))

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["no_proof_of_debt"])


def test_an_agency_that_its_bank_did_not_enter_into_redeco_does_not_contact_the_banks_debtors() -> None:
    noon = at("2026-11-20T12:00", MEXICO)
    bank = mexican(creditor_type=CreditorType.FINANCIAL, registrations=())

    decision = decide(bank, call(), noon)

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["not_registered"])
    assert not decision.overridable
    assert decide(mexican(registrations=()), call(), noon).verdict is Verdict.ALLOW


def test_nobody_having_said_whether_the_agency_is_in_redeco_is_only_a_warning() -> None:
    bank = mexican(creditor_type=CreditorType.FINANCIAL, registrations=None)

    decision = decide(bank, call(), at("2026-11-20T12:00", MEXICO))

    assert (decision.verdict, warnings(decision)) == (Verdict.ALLOW, ["registration_unknown"])


@pytest.mark.parametrize(
    ("creditor", "receiver", "verdict"),
    [
        (CreditorType.FINANCIAL, Receiver.AGENCY, Verdict.DENY),
        (CreditorType.FINANCIAL, Receiver.COUNSEL, Verdict.DENY),
        (CreditorType.FINANCIAL, Receiver.CREDITOR, Verdict.ALLOW),
        (CreditorType.FINANCIAL, None, Verdict.ALLOW),
        (CreditorType.COMMERCIAL, Receiver.AGENCY, Verdict.ALLOW),
    ],
)
def test_a_banks_debtor_is_asked_to_pay_the_bank_alone(
    creditor: CreditorType, receiver: Receiver | None, verdict: Verdict
) -> None:
    decision = decide(mexican(creditor_type=creditor), call(pay_to=receiver), at("2026-11-20T12:00", MEXICO))

    assert decision.verdict is verdict
    assert codes(decision) == (["payment_receiver"] if verdict is Verdict.DENY else [])


def test_a_banks_first_contact_says_eight_things_and_later_ones_who_speaks_for_whom() -> None:
    noon = at("2026-11-20T12:00", MEXICO)

    first = decide(mexican(creditor_type=CreditorType.FINANCIAL), call(), noon)
    later = decide(mexican(creditor_type=CreditorType.FINANCIAL, introduced=True), call(), noon)

    assert set(first.disclosures) == {
        "agency", "collector", "agency_address", "agency_phone", "responsible", "creditor", "debt_ref", "amount",
        "calculated_on", "settle_conditions", "complaints_unit", "pay_only_to_creditor",
    }  # fmt: skip
    assert later.disclosures == ("agency", "creditor")
    assert {outcome.result for outcome in first.outcomes if outcome.code == "disclosures_due"} == {Result.PASSED}
