"""The dated examples of the research on contact in Colombia, by their ids, and their neighbours."""

from datetime import date, time

import pytest

from legal.rules.contact.deciding import decide
from legal.rules.contact.required_words import NoticeFacts, never_said
from legal.rules.decision import Verdict
from legal.rules.facts import AgreedHours, Channel, DebtorKind, DebtorRequest, PastContact, Purpose, Target
from legal.rules.packs.loading import pack_of
from tests.support.contacts import BOGOTA, at, codes, colombian, message, warnings


def test_co_g1_a_whatsapp_goes_until_a_minute_before_seven_in_the_evening() -> None:
    assert decide(colombian(), message(), at("2026-11-20T18:59", BOGOTA)).verdict is Verdict.ALLOW

    late = decide(colombian(), message(), at("2026-11-20T19:00", BOGOTA))

    assert codes(late) == ["outside_hours"]
    assert late.until == at("2026-11-21T08:00", BOGOTA)


def test_in_colombia_saturday_closes_at_three() -> None:
    assert decide(colombian(), message(), at("2026-11-21T14:59", BOGOTA)).verdict is Verdict.ALLOW
    assert decide(colombian(), message(), at("2026-11-21T15:00", BOGOTA)).until == at("2026-11-23T07:00", BOGOTA)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.PHONE])
def test_co_g3_nobody_is_contacted_on_sunday_by_any_channel(channel: Channel) -> None:
    decision = decide(colombian(authorised_channels=tuple(Channel)), message(channel), at("2026-11-22T10:00", BOGOTA))

    assert "sunday" in codes(decision)
    assert decision.until == at("2026-11-23T07:00", BOGOTA)


def test_the_colombian_holiday_of_2026_that_libraries_miss_is_closed() -> None:
    decision = decide(colombian(), message(), at("2026-07-13T10:00", BOGOTA))

    assert codes(decision) == ["holiday"]
    assert decision.failed[0].inputs["source"] == "Ley 2578 de 2026"
    assert decision.until == at("2026-07-14T07:00", BOGOTA)


def test_co_g5_an_email_that_was_not_authorised_is_denied_and_the_authorised_channel_is_named() -> None:
    decision = decide(colombian(), message(Channel.EMAIL), at("2026-11-20T11:00", BOGOTA))

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["channel_not_authorised"])
    assert decision.failed[0].inputs["authorised"] == (Channel.WHATSAPP,)


def test_in_colombia_nobody_knows_what_was_authorised_means_no() -> None:
    person = decide(colombian(authorised_channels=None), message(), at("2026-11-20T11:00", BOGOTA))
    firm = decide(
        colombian(authorised_channels=None, debtor=DebtorKind.FIRM),
        message(),
        at("2026-11-20T11:00", BOGOTA),
    )

    assert (person.verdict, codes(person)) == (Verdict.DENY, ["fact_missing"])
    assert (firm.verdict, warnings(firm)) == (Verdict.ALLOW, ["fact_missing"])


def test_in_colombia_a_second_contact_on_the_same_day_waits_for_the_next() -> None:
    morning = PastContact(at("2026-11-17T09:00", BOGOTA), Channel.WHATSAPP, conversation=True)

    decision = decide(colombian(previous=(morning,)), message(), at("2026-11-17T16:00", BOGOTA))

    assert codes(decision) == ["already_contacted_today"]
    assert decision.until == at("2026-11-18T07:00", BOGOTA)


def test_co_g7_an_unanswered_call_closes_other_channels_that_week_unless_only_two_way_counts() -> None:
    tuesday = PastContact(at("2026-11-17T09:00", BOGOTA), Channel.PHONE)
    both = (Channel.WHATSAPP, Channel.PHONE)
    wednesday = at("2026-11-18T11:00", BOGOTA)

    every_attempt = decide(colombian(previous=(tuesday,), authorised_channels=both), message(), wednesday)
    two_way = decide(
        colombian(previous=(tuesday,), authorised_channels=both, settings={"contact_counts": "two_way"}),
        message(),
        wednesday,
    )

    assert codes(every_attempt) == ["other_channel_this_week"]
    assert every_attempt.until == at("2026-11-23T07:00", BOGOTA)
    assert two_way.verdict is Verdict.ALLOW


def test_in_colombia_a_week_may_also_be_seven_days_in_a_row() -> None:
    tuesday = PastContact(at("2026-11-17T09:00", BOGOTA), Channel.PHONE)
    both = (Channel.WHATSAPP, Channel.PHONE)

    rolling = decide(
        colombian(previous=(tuesday,), authorised_channels=both, settings={"week": "rolling_7_days"}),
        message(),
        at("2026-11-23T11:00", BOGOTA),
    )

    assert codes(rolling) == ["other_channel_this_week"]
    assert rolling.until == at("2026-11-24T07:00", BOGOTA)


@pytest.mark.parametrize(("separate", "verdict"), [(True, Verdict.ALLOW), (False, Verdict.WAIT)])
def test_in_colombia_the_debtor_may_ask_for_other_hours_but_not_in_the_contract(
    separate: bool, verdict: Verdict
) -> None:
    evenings = AgreedHours(("mon", "fri"), time(19), time(21), separate_instrument=separate)

    decision = decide(colombian(agreed_hours=(evenings,)), message(), at("2026-11-20T20:00", BOGOTA))

    assert decision.verdict is verdict


def test_co_g9_an_answer_to_the_debtors_message_goes_at_once_by_the_same_channel() -> None:
    morning = PastContact(at("2026-11-17T09:00", BOGOTA), Channel.WHATSAPP, conversation=True)
    asked = DebtorRequest(at("2026-11-17T17:00", BOGOTA), Channel.WHATSAPP)
    five_past = at("2026-11-17T17:05", BOGOTA)
    answer = message(purpose=Purpose.ANSWER)

    assert decide(colombian(previous=(morning,), requests=(asked,)), answer, five_past).verdict is Verdict.ALLOW
    assert decide(colombian(previous=(morning,)), answer, five_past).verdict is Verdict.WAIT
    sent = PastContact(at("2026-11-17T17:03", BOGOTA), Channel.WHATSAPP, purpose=Purpose.ANSWER)
    again = decide(colombian(previous=(morning, sent), requests=(asked,)), answer, five_past)
    assert codes(again) == ["already_contacted_today"]


@pytest.mark.parametrize(("person", "verdict"), [(Target.REFERENCE, Verdict.DENY), (Target.CO_DEBTOR, Verdict.ALLOW)])
def test_in_colombia_references_never_and_codebtors_on_the_same_terms(person: Target, verdict: Verdict) -> None:
    decision = decide(colombian(), message(target=person), at("2026-11-20T11:00", BOGOTA))

    assert decision.verdict is verdict


def test_co_g11_a_home_visit_is_for_microcredit_with_express_authorisation_only() -> None:
    friday = at("2026-11-20T11:00", BOGOTA)
    visit = message(Channel.VISIT)
    allowed = (Channel.VISIT,)

    consumer = decide(colombian(authorised_channels=allowed, credit_product="consumer_loan"), visit, friday)
    micro = decide(colombian(authorised_channels=allowed, credit_product="microcredit"), visit, friday)
    unauthorised = decide(colombian(credit_product="microcredit"), visit, friday)
    late = decide(
        colombian(authorised_channels=allowed, credit_product="microcredit"), visit, at("2026-11-20T19:00", BOGOTA)
    )

    assert (consumer.verdict, codes(consumer)) == (Verdict.DENY, ["channel_forbidden"])
    assert micro.verdict is Verdict.ALLOW
    assert codes(unauthorised) == ["channel_forbidden"]
    assert codes(late) == ["outside_hours"]


def test_a_colombian_firm_is_protected_by_policy_unless_the_agency_chose_otherwise() -> None:
    sunday = at("2026-11-22T10:00", BOGOTA)

    protected = decide(colombian(debtor=DebtorKind.FIRM), message(), sunday)
    exempt = decide(colombian(debtor=DebtorKind.FIRM, settings={"firms": "exempt"}), message(), sunday)

    assert codes(protected) == ["sunday"]
    assert protected.overridable
    assert exempt.verdict is Verdict.ALLOW


def test_in_colombia_a_caller_is_told_not_to_ask_for_the_reason() -> None:
    facts = NoticeFacts(channel=Channel.PHONE, on=date(2026, 11, 20), debtor=DebtorKind.PERSON)

    assert never_said(pack_of("CO"), facts)[0] == "asks_reason"
    assert "asks_reason" not in never_said(pack_of("ES"), facts)


@pytest.mark.parametrize("week", ["iso_week", "rolling_7_days"])
@pytest.mark.parametrize("counts", ["every_attempt", "two_way"])
def test_each_reading_of_one_channel_a_week_is_a_setting(week: str, counts: str) -> None:
    friday = PastContact(at("2026-11-20T09:00", BOGOTA), Channel.PHONE, conversation=False)
    facts = colombian(previous=(friday,), settings={"week": week, "contact_counts": counts})

    decision = decide(facts, message(), at("2026-11-23T09:00", BOGOTA))

    held = week == "rolling_7_days" and counts == "every_attempt"
    assert decision.verdict is (Verdict.WAIT if held else Verdict.ALLOW)
