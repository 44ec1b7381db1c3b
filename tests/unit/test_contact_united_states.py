"""The kinds of rule of United States contact law at their edges; the dated examples are in tests/law/examples."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from kernel.money import Money
from kernel.problems import Invalid
from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import (
    Agreed,
    Channel,
    Claim,
    Collector,
    Consent,
    Contact,
    ContactPoint,
    Contested,
    DebtorKind,
    DebtorRequest,
    Flag,
    GivenConsent,
    Inconvenient,
    Lawyer,
    Line,
    OptOut,
    PastContact,
    Purpose,
    RaisedFlag,
    Said,
    Statement,
    Target,
)
from legal.rules.packs.loading import UnknownSetting, pack_of
from tests.support.contacts import CHICAGO, LOS_ANGELES, NEW_YORK, american, at, call, codes, message, warnings

WEDNESDAY = "2026-12-02"


def chicago(text: str) -> datetime:
    return at(text, CHICAGO)


NOON = chicago(f"{WEDNESDAY}T12:00")


def point(**changes: Any) -> ContactPoint:
    known = call().contact_point
    assert known is not None
    return replace(known, **changes)


def text(**changes: Any) -> Contact:
    """A text message to a number that the person agreed to a week ago."""
    fresh = point(consented_at=NOON - timedelta(days=7))
    return message(Channel.SMS, **{"contact_point": fresh, **changes})


def called(*days: str, hour: int = 9, **changes: Any) -> tuple[PastContact, ...]:
    made = PastContact(NOON, Channel.PHONE, debts=("A",))
    return tuple(replace(made, at=chicago(f"2026-{day}T{hour:02}:00"), **changes) for day in days)


SEVEN = called("11-26", "11-27", "11-28", "11-29", "11-30", "12-01", "12-02")


def held(decision: Decision) -> tuple[Verdict, list[str]]:
    return decision.verdict, codes(decision)


# Places -------------------------------------------------------------------------------------------------------------


def test_whoever_lives_nobody_knows_where_is_called_only_when_the_whole_country_is_awake() -> None:
    anywhere = american(region=None, zones=())

    seven_in_hawaii = decide(anywhere, call(), at(f"{WEDNESDAY}T07:59", "Pacific/Honolulu"))
    eight_in_hawaii = decide(anywhere, call(), at(f"{WEDNESDAY}T08:00", "Pacific/Honolulu"))
    nine_in_new_york = decide(anywhere, call(), at(f"{WEDNESDAY}T21:00", NEW_YORK))

    assert held(seven_in_hawaii) == (Verdict.WAIT, ["outside_hours"])
    assert (eight_in_hawaii.verdict, warnings(eight_in_hawaii)) == (Verdict.ALLOW, ["region_unknown"])
    assert nine_in_new_york.until == at("2026-12-03T08:00", "Pacific/Honolulu")


def test_a_state_lends_its_zones_to_a_debtor_of_unknown_zone() -> None:
    florida = american(region="FL", zones=())

    decision = decide(florida, call(), at(f"{WEDNESDAY}T08:30", NEW_YORK))

    assert decision.until == chicago(f"{WEDNESDAY}T08:00")


@pytest.mark.parametrize(
    ("region", "locality", "found"),
    [("NY", "nyc", "us+us-ny+us-nyc"), ("NY", None, "us+us-ny"), ("CA", None, "us+us-ca"), ("IL", "nyc", "us")],
)
def test_the_decision_says_which_places_were_asked(region: str, locality: str | None, found: str) -> None:
    decision = decide(american(region=region, locality=locality), call(), NOON)

    assert decision.pack_id == found
    assert decision.pack_version.count("+") == found.count("+")
    included = pack_of("US").head.includes
    assert "+".join(part for part, _ in decision.pack_parts if part not in included) == found


def test_the_federal_rules_are_asked_in_a_state_and_the_stricter_wins() -> None:
    once = called("12-01")
    boston, chicagoan = american(region="MA", zones=(NEW_YORK,)), american()

    assert decide(replace(boston, previous=once), call(), NOON).verdict is Verdict.ALLOW
    assert held(decide(replace(boston, previous=once * 2), call(), NOON)) == (Verdict.WAIT, ["personal_number_cap"])
    assert decide(replace(chicagoan, previous=once * 2), call(), NOON).verdict is Verdict.ALLOW
    both = decide(replace(boston, previous=SEVEN), call(), NOON)
    assert set(codes(both)) == {"calls_presumption", "personal_number_cap"}
    assert both.until == at("2026-12-08T08:00", NEW_YORK)


def test_the_city_s_older_rule_that_nobody_read_holds_until_its_last_day_and_is_not_set_aside() -> None:
    city = american(region="NY", locality="nyc", zones=(NEW_YORK,))
    august, september = at("2026-08-31T12:00", NEW_YORK), at("2026-09-01T12:00", NEW_YORK)
    twice = tuple(PastContact(august - timedelta(days=days), Channel.PHONE, debts=("A",)) for days in (1, 2))

    before, after = (
        decide(replace(city, previous=twice), call(), august),
        decide(replace(city, previous=twice), call(), september),
    )

    assert (codes(before), before.overridable) == (["nyc_cap"], False)
    assert after.verdict is Verdict.ALLOW
    # A wait ends with the law that asks for it, though two days would still count longer.
    assert before.until == at("2026-09-01T08:00", NEW_YORK)


# How often ----------------------------------------------------------------------------------------------------------


def test_the_eighth_call_waits_for_the_day_on_which_the_first_no_longer_counts() -> None:
    decision = decide(american(previous=SEVEN), call(), NOON)

    assert held(decision) == (Verdict.WAIT, ["calls_presumption"])
    assert decision.until == chicago("2026-12-03T08:00")
    assert not decision.overridable


@pytest.mark.parametrize(
    "spared",
    [
        {"connected": False},
        {"consented": True},
        {"incoming": True},
        {"debts": ("B",)},
        {"channel": Channel.LETTER},
    ],
)
def test_a_call_that_does_not_count_leaves_room_for_another(spared: dict[str, Any]) -> None:
    facts = american(previous=(*SEVEN[:6], replace(SEVEN[6], **spared)))

    assert decide(facts, call(), NOON).verdict is Verdict.ALLOW


def test_a_call_about_nobody_knows_what_counts_for_every_debt() -> None:
    unknown = tuple(replace(past, debts=()) for past in SEVEN)

    assert codes(decide(american(previous=unknown), call(), NOON)) == ["calls_presumption"]
    assert codes(decide(american(debts=(), previous=SEVEN), call(), NOON)) == ["calls_presumption"]
    assert codes(decide(american(debts=("B", "A"), previous=SEVEN), call(), NOON)) == ["calls_presumption"]


def test_days_are_the_person_s_in_the_zone_whose_window_ends_later() -> None:
    late = PastContact(at("2026-11-26T23:30", LOS_ANGELES), Channel.PHONE, debts=("A",))
    both = american(region=None, zones=(NEW_YORK, LOS_ANGELES), previous=(late, *SEVEN[1:]))

    decision = decide(both, call(), at("2026-12-02T12:00", NEW_YORK))

    assert codes(decision) == ["calls_presumption"]
    assert decision.until == at("2026-12-04T11:00", NEW_YORK)


def test_consent_lasts_seven_days_and_ends_with_the_next_conversation() -> None:
    given = GivenConsent(Agreed.MORE_CALLS, chicago("2026-11-26T08:00"))
    last_day, after = chicago("2026-12-02T12:00"), chicago("2026-12-03T12:00")
    talked = called("11-28", hour=17, conversation=True)
    facts = american(consents=(given,))

    assert decide(replace(facts, previous=SEVEN * 2), call(), last_day).verdict is Verdict.ALLOW
    assert decide(replace(facts, previous=SEVEN * 2), call(), after).verdict is Verdict.ALLOW
    assert codes(decide(replace(facts, previous=SEVEN + called(*["12-03"] * 7)), call(), after)) == [
        "calls_presumption"
    ]
    assert codes(decide(replace(facts, previous=(*SEVEN, *talked)), call(), last_day)) == ["after_conversation"]


@pytest.mark.parametrize(
    ("consent", "allowed"),
    [
        ({}, True),
        ({"direct": False}, False),
        ({"debts": ("B",)}, False),
        ({"channel": Channel.EMAIL, "what": Agreed.CHANNEL}, False),
        ({"until": NOON}, False),
        ({"withdrawn_at": NOON - timedelta(hours=1)}, False),
    ],
)
def test_only_consent_to_the_agency_itself_for_these_calls_counts(consent: dict[str, Any], *, allowed: bool) -> None:
    given = replace(GivenConsent(Agreed.MORE_CALLS, NOON - timedelta(hours=20)), **consent)
    facts = american(consents=(given,), previous=called(*["12-01"] * 7))

    assert (decide(facts, call(), NOON).verdict is Verdict.ALLOW) is allowed


def test_the_conversation_day_is_the_first_of_seven_though_clocks_change() -> None:
    talked = (PastContact(chicago("2026-10-31T20:59"), Channel.PHONE, conversation=True, debts=("A",)),)

    decision = decide(american(previous=talked), call(), chicago("2026-11-01T12:00"))

    assert held(decision) == (Verdict.WAIT, ["after_conversation"])
    assert decision.until == chicago("2026-11-07T08:00")


@pytest.mark.parametrize(
    ("minutes", "answered", "addresses", "warned"),
    [
        (5, False, ("cell", "cell"), True),
        (6, False, ("cell", "cell"), False),
        (3, True, ("cell", "cell"), False),
        (3, False, ("cell", "home"), False),
        (3, False, ("", "home"), True),
    ],
)
def test_two_unanswered_calls_in_five_minutes_are_a_sign(
    minutes: int, addresses: tuple[str, str], *, answered: bool, warned: bool
) -> None:
    before = PastContact(NOON - timedelta(minutes=minutes), Channel.PHONE, answered, debts=("B",), address=addresses[0])

    decision = decide(american(previous=(before,)), call(contact_point=point(address=addresses[1])), NOON)

    assert ("calls_rapid" in warnings(decision)) is warned


def _twice(past: PastContact) -> tuple[PastContact, PastContact]:
    return past, replace(past, at=past.at + timedelta(minutes=30))


def test_calls_of_one_day_and_of_days_of_rest_are_signs_and_stop_nothing() -> None:
    six = tuple(each for hour in (8, 9, 10) for past in called("12-02", hour=hour) for each in _twice(past))
    busy = decide(american(previous=six), call(), NOON)
    thanksgiving = decide(american(previous=called("11-26")), call(), chicago("2026-11-29T12:00"))
    weekdays = decide(american(previous=called("11-25", "11-26", "11-27")), call(), chicago("2026-11-29T12:00"))

    assert (busy.verdict, warnings(busy)) == (Verdict.ALLOW, ["calls_same_day", "region_not_read"])
    assert (thanksgiving.verdict, warnings(thanksgiving)) == (Verdict.ALLOW, ["calls_rest_days", "region_not_read"])
    assert warnings(weekdays) == ["region_not_read"]


def test_a_neighbour_has_a_count_of_their_own_and_is_asked_once() -> None:
    ask = call(target=Target.NEIGHBOUR, purpose=Purpose.LOCATE)
    tried = called("11-30", "12-01", purpose=Purpose.LOCATE)
    answered = called("11-30", purpose=Purpose.LOCATE, conversation=True)
    later = chicago("2026-12-20T12:00")

    assert decide(american(previous=tried), ask, NOON).verdict is Verdict.ALLOW
    assert held(decide(american(previous=answered), ask, later)) == (Verdict.DENY, ["already_asked"])
    assert decide(american(previous=answered), replace(ask, earlier_answer_wrong=True), later).verdict is Verdict.ALLOW
    asked = american(previous=answered, requests=(DebtorRequest(chicago("2026-12-19T12:00"), Channel.PHONE),))
    assert decide(asked, ask, later).verdict is Verdict.ALLOW
    written = (PastContact(chicago("2026-11-30T12:00"), Channel.LETTER, purpose=Purpose.LOCATE),)
    assert held(decide(american(previous=written), ask, later)) == (Verdict.DENY, ["already_asked"])
    assert codes(decide(american(lawyer=Lawyer(NOON)), ask, NOON)) == ["lawyer_known"]
    assert codes(decide(american(), replace(ask, purpose=Purpose.COLLECT), NOON)) == ["locate_only"]


def test_electronic_messages_have_a_cap_of_the_house_for_each_debt() -> None:
    sent = tuple(PastContact(NOON - timedelta(days=day), Channel.EMAIL, debts=("A",)) for day in (1, 2, 3))

    decision = decide(american(previous=sent), text(), NOON)

    assert (codes(decision), decision.overridable) == (["attempt_cap"], True)
    assert decide(american(previous=sent, debts=("B",)), text(), NOON).verdict is Verdict.ALLOW


def test_work_has_a_cap_of_its_own_in_massachusetts() -> None:
    boston = american(region="MA", zones=(NEW_YORK,), employer_prohibits=False)
    at_work = called("11-05", "11-06", workplace=True)

    elsewhere = decide(replace(boston, previous=at_work), call(), NOON)
    work = decide(replace(boston, previous=at_work), call(workplace=True), NOON)

    assert elsewhere.verdict is Verdict.ALLOW
    assert held(work) == (Verdict.WAIT, ["other_number_cap"])
    assert work.until == at("2026-12-05T08:00", NEW_YORK)


def test_a_recorded_voice_on_a_fixed_line_has_three_calls_in_thirty_days_without_consent() -> None:
    played = called("11-03", "11-13", "11-23", prerecorded=True)
    recorded = call(prerecorded=True, contact_point=point(line=Line.LANDLINE))

    spared = american(previous=played, consents=(GivenConsent(Agreed.PRERECORDED, NOON - timedelta(days=90)),))

    assert codes(decide(american(previous=played), recorded, NOON)) == ["prerecorded_cap"]
    assert (
        decide(american(previous=played), call(contact_point=point(line=Line.LANDLINE)), NOON).verdict is Verdict.ALLOW
    )
    assert decide(spared, recorded, NOON).verdict is Verdict.ALLOW


# What the person said -----------------------------------------------------------------------------------------------


def test_inconvenient_times_are_waited_out_on_every_clock() -> None:
    mornings = Inconvenient(NOON - timedelta(days=5), begins=time(8), ends=time(12, 30))
    facts = american(region=None, zones=(NEW_YORK, CHICAGO), inconvenient=(mornings,))

    decision = decide(facts, call(), chicago(f"{WEDNESDAY}T10:00"))

    assert "inconvenient_time" in codes(decision)
    assert decision.until == chicago(f"{WEDNESDAY}T12:30")


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({"workplace": True}, []),
        ({"channel": Channel.PHONE}, ["inconvenient_medium", "inconvenient_medium"]),
        ({"channel": Channel.SMS}, []),
        ({"days": ("thu",)}, []),
        ({"general": False}, []),
        ({"since": NOON + timedelta(minutes=1)}, []),
        ({"days": ("wed",), "begins": time(12, 1)}, []),
        ({"days": ("wed",), "ends": time(12)}, []),
        ({"days": ("wed",), "ends": time(12, 0, 1)}, ["inconvenient_time", "inconvenient_time"]),
    ],
)
def test_only_what_was_named_is_inconvenient(named: dict[str, Any], found: list[str]) -> None:
    said = replace(Inconvenient(NOON - timedelta(days=5)), **named)

    assert codes(decide(american(inconvenient=(said,)), call(), NOON)) == found


def test_later_consent_opens_what_was_inconvenient_and_the_hours_of_night() -> None:
    said = Inconvenient(NOON - timedelta(days=5), workplace=False)
    agreed = GivenConsent(Agreed.HOURS, NOON - timedelta(days=1))
    night = chicago(f"{WEDNESDAY}T23:00")

    assert held(decide(american(inconvenient=(said,)), call(), NOON))[0] is Verdict.DENY
    assert decide(american(inconvenient=(said,), consents=(agreed,)), call(), NOON).verdict is Verdict.ALLOW
    assert decide(american(consents=(agreed,)), call(), night).verdict is Verdict.ALLOW
    before = replace(agreed, at=NOON - timedelta(days=6))
    assert held(decide(american(inconvenient=(said,), consents=(before,)), call(), NOON))[0] is Verdict.DENY


def test_hours_that_are_inconvenient_run_forward() -> None:
    with pytest.raises(Invalid, match="begins"):
        Inconvenient(NOON, begins=time(18), ends=time(9))
    with pytest.raises(Invalid, match="fri-day"):
        Inconvenient(NOON, days=("fri-day",))


@pytest.mark.parametrize(
    ("lawyer", "verdict", "found"),
    [
        ({}, Verdict.DENY, "attorney_represented"),
        ({"debts": ("B",)}, Verdict.ALLOW, None),
        ({"since": NOON + timedelta(days=1)}, Verdict.ALLOW, None),
        ({"reachable": False}, Verdict.ALLOW, "lawyer_not_found"),
        ({"consents": True}, Verdict.ALLOW, "lawyer_agreed"),
        ({"asked_at": NOON - timedelta(days=30)}, Verdict.ALLOW, "lawyer_silent"),
        ({"asked_at": NOON - timedelta(days=29)}, Verdict.WAIT, "attorney_represented"),
    ],
)
def test_with_a_lawyer_one_speaks_with_the_lawyer(lawyer: dict[str, Any], verdict: Verdict, found: str | None) -> None:
    facts = american(lawyer=replace(Lawyer(NOON - timedelta(days=60)), **lawyer))

    decision = decide(facts, call(), NOON)

    assert decision.verdict is verdict
    assert found is None or found in (*codes(decision), *warnings(decision))
    assert decide(facts, call(target=Target.LAWYER), NOON).verdict is Verdict.ALLOW


def test_work_is_open_until_the_employer_is_known_to_prohibit_it_or_the_person_agrees() -> None:
    at_work = call(workplace=True)
    agreed = (GivenConsent(Agreed.WORKPLACE, NOON - timedelta(days=1)),)

    unknown = decide(american(), at_work, NOON)
    prohibited = decide(american(employer_prohibits=True), at_work, NOON)

    assert (unknown.verdict, "employer_unknown" in warnings(unknown)) == (Verdict.ALLOW, True)
    assert set(codes(prohibited)) == {"workplace_prohibited"}
    assert decide(american(employer_prohibits=True), call(), NOON).verdict is Verdict.ALLOW
    assert decide(american(employer_prohibits=True, consents=agreed), at_work, NOON).verdict is Verdict.ALLOW


@pytest.mark.parametrize("purpose", list(Purpose))
def test_after_a_written_stop_only_two_purposes_are_left(purpose: Purpose) -> None:
    stopped = american(opt_outs=(OptOut(None, NOON - timedelta(days=1), written=True),))

    decision = decide(stopped, message(Channel.LETTER, purpose=purpose), NOON)

    left = purpose in (Purpose.CLOSING, Purpose.REMEDY)
    assert ("ceased_in_writing" in codes(decision)) is not left
    assert (decision.verdict is Verdict.ALLOW) is left


def test_a_refusal_by_word_only_warns_and_a_written_one_about_another_debt_too() -> None:
    said = Statement(NOON - timedelta(days=1), Said.REFUSES_TO_PAY)
    by_word = decide(american(statements=(said,)), call(), NOON)
    other = decide(american(statements=(replace(said, written=True, debts=("B",)),)), call(), NOON)

    assert (by_word.verdict, warnings(by_word)) == (Verdict.ALLOW, ["calls_after_statement", "region_not_read"])
    assert other.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("contested", "ends", "found"),
    [
        ({}, date(2026, 12, 1), ["cease_until_verification"]),
        ({}, None, ["cease_until_verification"]),
        ({"origin": True}, None, ["cease_until_creditor_named"]),
        ({}, date(2026, 11, 30), []),
        ({"written": False}, None, []),
        ({"repeated": True}, None, []),
        ({"debts": ("B",)}, None, []),
        ({"answered_at": NOON}, None, []),
        ({"answered_at": NOON + timedelta(minutes=1)}, None, ["cease_until_verification"]),
    ],
)
def test_a_written_dispute_in_its_period_stops_all_until_it_is_answered(
    contested: dict[str, Any], ends: date | None, found: list[str]
) -> None:
    dispute = replace(Contested(chicago("2026-12-01T23:30"), written=True), **contested)
    facts = american(contested=(dispute,), validation_ends=ends)

    assert codes(decide(facts, call(), NOON)) == found
    assert decide(facts, message(Channel.LETTER, purpose=Purpose.VERIFICATION), NOON).verdict is Verdict.ALLOW


def test_bankruptcy_stops_all_creditors_and_all_claims() -> None:
    broke = american(claim=Claim.COMMERCIAL, collector=Collector.CREDITOR, flags=(RaisedFlag(Flag.INSOLVENT),))

    assert codes(decide(broke, message(Channel.LETTER), NOON)) == ["insolvent"]


# By what ------------------------------------------------------------------------------------------------------------


def test_an_opt_out_is_confirmed_once_and_what_the_person_asks_there_is_answered_once() -> None:
    closed = american(opt_outs=(OptOut(Channel.SMS, NOON - timedelta(hours=1)),))
    confirm = text(purpose=Purpose.CONFIRM_STOP)
    confirmed = PastContact(NOON - timedelta(minutes=59), Channel.SMS, purpose=Purpose.CONFIRM_STOP)
    asked = DebtorRequest(NOON - timedelta(minutes=5), Channel.SMS)
    answered = PastContact(NOON - timedelta(minutes=4), Channel.SMS, purpose=Purpose.ANSWER)
    answer = text(purpose=Purpose.ANSWER)

    assert decide(closed, confirm, NOON).verdict is Verdict.ALLOW
    assert decide(replace(closed, previous=(confirmed,)), confirm, NOON).verdict is Verdict.DENY
    assert set(codes(decide(closed, text(), NOON))) == {"opted_out"}
    assert decide(closed, answer, NOON).verdict is Verdict.DENY
    assert decide(replace(closed, requests=(asked,)), answer, NOON).verdict is Verdict.ALLOW
    assert decide(replace(closed, requests=(asked,), previous=(answered,)), answer, NOON).verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, "no_safe_harbour"),
        ({"used_at": NOON - timedelta(days=60)}, None),
        ({"used_at": NOON - timedelta(days=61)}, "stale_address"),
        ({"used_at": NOON - timedelta(days=61), "not_reassigned_at": NOON - timedelta(days=60)}, None),
        ({"not_reassigned_at": NOON - timedelta(days=1)}, "no_safe_harbour"),
        ({"consent": Consent.GIVEN}, "no_safe_harbour"),
        ({"consented_at": NOON - timedelta(days=1), "disclosed": True}, "led_to_disclosure"),
        ({"notice_ends": date(2026, 11, 1)}, "no_safe_harbour"),
    ],
)
def test_a_text_goes_to_a_number_that_the_person_used_or_agreed_to_of_late(
    known: dict[str, Any], found: str | None
) -> None:
    wanted = text(contact_point=point(**known))

    strict = decide(american(), wanted, NOON)
    lenient = decide(american(settings={"safe_harbour": "warn"}), wanted, NOON)

    assert codes(strict) == ([found] if found else [])
    assert not found or strict.overridable
    assert lenient.verdict is Verdict.ALLOW
    assert (found in warnings(lenient)) is bool(found)
    with pytest.raises(UnknownSetting):
        decide(american(settings={"safe_harbour": "maybe"}), wanted, NOON)


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({"used_at": NOON - timedelta(days=900)}, []),
        ({"notice_ends": date(2026, 12, 1)}, []),
        ({"notice_ends": date(2026, 12, 2)}, ["notice_running"]),
        ({"notice_ends": date(2026, 11, 1), "of_employer": True}, ["no_safe_harbour", "employer_address"]),
        ({"used_at": NOON - timedelta(days=1), "of_employer": True}, []),
        ({"earlier_collector": True}, []),
        ({"consent": Consent.GIVEN}, []),
        ({}, ["no_safe_harbour"]),
    ],
)
def test_an_email_goes_to_the_person_s_own_or_where_the_creditor_s_notice_made_it_safe(
    known: dict[str, Any], found: list[str]
) -> None:
    decision = decide(american(), message(Channel.EMAIL, contact_point=point(**known)), NOON)

    assert codes(decision) == found
    if found == ["notice_running"]:
        assert decision.until == chicago("2026-12-03T08:00")


@pytest.mark.parametrize(
    ("sure", "denied"), [(date(2026, 8, 1), True), (date(2026, 8, 2), False), (date(2026, 6, 1), True), (None, True)]
)
def test_a_number_that_was_given_up_is_called_only_after_the_person_showed_it_is_theirs(
    sure: date | None, *, denied: bool
) -> None:
    agreed = datetime(sure.year, sure.month, sure.day, 18, tzinfo=UTC) if sure else None
    wanted = call(contact_point=point(consented_at=agreed, disconnected_on=date(2026, 8, 1)))

    assert codes(decide(american(), wanted, NOON)) == (["reassigned_number"] if denied else [])


def test_a_recorded_voice_needs_consent_on_a_line_that_may_be_mobile() -> None:
    landline = call(prerecorded=True, contact_point=point(line=Line.LANDLINE))
    to_creditor = (GivenConsent(Agreed.PRERECORDED, NOON - timedelta(days=90), direct=False),)

    assert codes(decide(american(), call(prerecorded=True), NOON)) == ["consent_needed"]
    assert decide(american(), landline, NOON).verdict is Verdict.ALLOW
    assert decide(american(consents=to_creditor), call(prerecorded=True), NOON).verdict is Verdict.ALLOW


def test_electronic_messages_of_new_york_city_need_consent_in_writing_for_that_channel() -> None:
    city = american(region="NY", locality="nyc", zones=(NEW_YORK,))
    agreed = GivenConsent(Agreed.CHANNEL, NOON - timedelta(days=3), channel=Channel.SMS, written=True)

    assert codes(decide(city, text(), NOON)) == ["written_consent_needed"]
    assert decide(replace(city, consents=(agreed,)), text(), NOON).verdict is Verdict.ALLOW
    for short in (replace(agreed, written=False), replace(agreed, channel=Channel.EMAIL)):
        assert codes(decide(replace(city, consents=(short,)), text(), NOON)) == ["written_consent_needed"]


def test_washington_dc_lets_one_message_in_seven_days_ask_for_consent() -> None:
    capital = american(region="DC", zones=(NEW_YORK,), settings={"safe_harbour": "warn"})
    ask = text(purpose=Purpose.ASK_CONSENT, contact_point=point())
    asked = PastContact(NOON - timedelta(days=6), Channel.SMS, purpose=Purpose.ASK_CONSENT, debts=("A",))

    assert codes(decide(capital, text(contact_point=point()), NOON)) == ["consent_needed"]
    assert decide(capital, ask, NOON).verdict is Verdict.ALLOW
    assert codes(decide(replace(capital, previous=(asked,)), ask, NOON)) == ["ask_consent_cap"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (None, []),
        (("business_name", "asks_reply", "contact_name", "reply_number"), []),
        (("business_name", "asks_reply", "contact_name"), ["not_limited_message"]),
        (("business_name", "asks_reply", "contact_name", "reply_number", "amount"), ["not_limited_message"]),
    ],
)
def test_a_voicemail_is_limited_or_is_not_left(said: tuple[str, ...] | None, found: list[str]) -> None:
    assert codes(decide(american(), call(message=said), NOON)) == found


def test_nothing_is_said_where_others_see_it() -> None:
    seen = message(Channel.SOCIAL, visible_to_others=True)

    assert codes(decide(american(), seen, NOON)) == ["visible_to_others"]
    assert decide(american(), replace(seen, visible_to_others=False), NOON).verdict is Verdict.ALLOW
    postcard = decide(american(), message(Channel.LETTER, visible_to_others=True), NOON)
    assert (codes(postcard), postcard.overridable) == (["visible_to_others"], False)


# Whose debt ---------------------------------------------------------------------------------------------------------


def test_commercial_debts_are_outside_the_federal_law_and_keep_its_hours_as_policy() -> None:
    firm = american(claim=Claim.COMMERCIAL, debtor=DebtorKind.FIRM, previous=SEVEN)
    night = chicago(f"{WEDNESDAY}T21:30")

    late = decide(firm, call(), night)

    assert decide(firm, call(), NOON).verdict is Verdict.ALLOW
    assert ([outcome.rule.id for outcome in late.failed], late.overridable) == (["us.hours.extended"], True)


def test_a_claim_of_unknown_nature_is_taken_for_the_law_s_own() -> None:
    assert set(codes(decide(american(claim=None), call(), NOON))) == {"fact_missing"}


@pytest.mark.parametrize(
    ("debt", "covered"),
    [
        ({}, True),
        ({"debts_dated": date(2025, 7, 1)}, True),
        ({"debts_dated": date(2025, 6, 30)}, False),
        ({"total_with_creditor": Money(50_000_000, "USD")}, True),
        ({"total_with_creditor": Money(50_000_001, "USD")}, False),
        ({"debtor": DebtorKind.FIRM}, False),
        ({"debtor": DebtorKind.FIRM, "guaranteed_by_person": True}, True),
    ],
)
def test_california_covers_commercial_debts_of_persons_up_to_a_sum_since_a_day(
    debt: dict[str, Any], *, covered: bool
) -> None:
    facts = american(region="CA", zones=(LOS_ANGELES,), claim=Claim.COMMERCIAL, lawyer=Lawyer(NOON - timedelta(days=1)))

    decision = decide(replace(facts, **debt), call(target=Target.GUARANTOR), NOON)

    assert codes(decision) == (["attorney_represented"] if covered else [])


@pytest.mark.parametrize("target", [Target.SPOUSE, Target.PARENT, Target.GUARDIAN, Target.ESTATE, Target.SUCCESSOR])
def test_the_person_is_wider_than_the_debtor(target: Target) -> None:
    assert decide(american(), call(target=target), NOON).verdict is Verdict.ALLOW


@pytest.mark.parametrize("target", [Target.FAMILY, Target.EMPLOYER, Target.NEIGHBOUR])
def test_the_debt_is_no_matter_of_others(target: Target) -> None:
    assert codes(decide(american(), call(target=target), NOON)) == ["locate_only"]


def test_others_are_told_of_the_debt_only_by_the_person_s_own_consent() -> None:
    agreed = GivenConsent(Agreed.THIRD_PERSONS, NOON - timedelta(days=1))
    son = call(target=Target.FAMILY)

    told = decide(american(consents=(agreed,)), son, NOON)

    assert (told.verdict, "third_person_agreed" in warnings(told)) == (Verdict.ALLOW, True)
    assert codes(decide(american(consents=(replace(agreed, direct=False),)), son, NOON)) == ["locate_only"]
    assert codes(decide(american(consents=(replace(agreed, debts=("B",)),)), son, NOON)) == ["locate_only"]
