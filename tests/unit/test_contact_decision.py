"""What a decision is: overrides, missing facts, purity, and the evidence that is kept."""

import hashlib
import json
import timeit
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from kernel.problems import Invalid
from legal.rules.contact.deciding import decide
from legal.rules.decision import Result, Verdict, canonical, sentence
from legal.rules.facts import (
    Channel,
    Consent,
    Contact,
    ContactFacts,
    ContactPoint,
    CreditorType,
    Flag,
    OptOut,
    Override,
    PastContact,
    Purpose,
    Quality,
    RaisedFlag,
    Source,
    Target,
)
from legal.rules.packs.loading import UnknownSetting
from tests.support.contacts import (
    BOGOTA,
    MADRID,
    MEXICO,
    at,
    call,
    codes,
    colombian,
    message,
    mexican,
    spanish,
    warnings,
)

FRIDAY = at("2026-11-20T11:00", MEXICO)


def test_a_country_without_a_pack_is_never_contacted_nor_overridden() -> None:
    override = Override("Rita Demo", "lo pidió", ("house.no_pack",))

    decision = decide(mexican(country="BR"), call(override=override), FRIDAY)

    assert (decision.verdict, codes(decision)) == (Verdict.DENY, ["no_pack"])


def test_a_fact_that_a_law_needs_and_nobody_knows_denies_and_one_a_policy_needs_warns() -> None:
    by_regulator = decide(mexican(creditor_type=None), call(), FRIDAY)
    by_policy = decide(spanish(), call(caller_id_withheld=None), at("2026-11-20T11:00", MADRID))

    assert by_regulator.verdict is Verdict.DENY
    assert set(codes(by_regulator)) == {"fact_missing"}
    assert (by_policy.verdict, warnings(by_policy)) == (Verdict.ALLOW, ["fact_missing"])


@pytest.mark.parametrize("missing", ["debt_proof", "creditor_type"])
def test_a_missing_fact_is_named(missing: str) -> None:
    decision = decide(mexican(**{missing: None}), call(), FRIDAY)

    assert missing in {outcome.inputs["fact"] for outcome in decision.failed}


def test_a_supervisor_sets_a_policy_aside_by_name_and_with_a_reason() -> None:
    saturday = at("2026-11-21T11:00", MADRID)
    override = Override("Rita Demo", "el deudor pidió que le llamáramos hoy", ("es.hours",))

    decision = decide(spanish(), call(override=override), saturday)

    assert (decision.verdict, warnings(decision)) == (Verdict.ALLOW, ["overridden"])
    assert decision.warned[0].inputs["broken"] == "not_weekday"
    assert "el deudor pidió" in sentence(decision.warned[0])


def test_an_override_of_another_policy_or_of_a_law_changes_nothing() -> None:
    other = Override("Rita Demo", "prisa", ("house.attempts_per_day",))
    law = Override("Rita Demo", "prisa", ("co.hours",))

    assert decide(spanish(), call(override=other), at("2026-11-21T11:00", MADRID)).verdict is Verdict.WAIT
    sunday = decide(colombian(), message(override=law), at("2026-11-22T11:00", BOGOTA))
    assert (sunday.verdict, codes(sunday)) == (Verdict.WAIT, ["sunday"])
    assert not sunday.overridable


def test_an_override_without_a_reason_is_refused() -> None:
    with pytest.raises(Invalid):
        Override("Rita Demo", "  ", ("es.hours",))


def test_a_denial_lists_everything_that_denied_strictest_first() -> None:
    facts = mexican(flags=(RaisedFlag(Flag.REPRESENTED), RaisedFlag(Flag.HOLD, FRIDAY + timedelta(days=9))))
    wrong = call(target=Target.NEIGHBOUR, contact_point=ContactPoint(Source.SKIP_TRACE))

    decision = decide(facts, wrong, at("2026-11-20T23:00", MEXICO))

    assert decision.verdict is Verdict.DENY
    assert codes(decision) == ["channel_not_provided_by_debtor", "third_party", "represented", "hold", "outside_hours"]


@pytest.mark.parametrize("flag", [flag for flag in Flag if flag is not Flag.HARDSHIP])
def test_a_raised_flag_stops_collection(flag: Flag) -> None:
    decision = decide(mexican(flags=(RaisedFlag(flag),)), call(), FRIDAY)

    assert decision.verdict is Verdict.DENY


def test_hardship_warns_and_does_not_stop() -> None:
    decision = decide(mexican(flags=(RaisedFlag(Flag.HARDSHIP),)), call(), FRIDAY)

    assert (decision.verdict, warnings(decision)) == (Verdict.ALLOW, ["hardship"])


def test_a_hold_that_ends_is_waited_for_and_one_that_ended_is_nothing() -> None:
    until = at("2026-12-01T15:00", MEXICO)
    held = mexican(flags=(RaisedFlag(Flag.HOLD, until),))

    assert decide(held, call(), FRIDAY).until == until
    assert decide(held, call(), until).verdict is Verdict.ALLOW


def test_the_lawyer_of_a_represented_debtor_may_be_called() -> None:
    represented = mexican(flags=(RaisedFlag(Flag.REPRESENTED),))

    assert decide(represented, call(target=Target.LAWYER), FRIDAY).verdict is Verdict.ALLOW


def test_a_closed_channel_stays_closed_and_the_others_open() -> None:
    stopped = mexican(opt_outs=(OptOut(Channel.WHATSAPP, FRIDAY),))

    assert codes(decide(stopped, message(), FRIDAY)) == ["opted_out"]
    assert decide(stopped, call(), FRIDAY).verdict is Verdict.ALLOW
    withdrawn = call(contact_point=ContactPoint(Source.CREDITOR, consent=Consent.WITHDRAWN))
    assert codes(decide(mexican(), withdrawn, FRIDAY)) == ["consent_withdrawn"]


def test_who_asked_to_be_left_alone_still_gets_receipts() -> None:
    ceased = mexican(opt_outs=(OptOut(None, FRIDAY),))

    assert codes(decide(ceased, call(), FRIDAY)) == ["ceased"]
    assert decide(ceased, message(Channel.EMAIL, purpose=Purpose.RECEIPT), FRIDAY).verdict is Verdict.ALLOW


@pytest.mark.parametrize("quality", [Quality.BAD, Quality.WRONG_PERSON])
def test_a_number_known_to_be_bad_is_not_used(quality: Quality) -> None:
    decision = decide(mexican(), call(contact_point=ContactPoint(Source.CREDITOR, quality)), FRIDAY)

    assert codes(decision) == ["bad_contact_point"]


def test_hours_and_holidays_do_not_hold_back_a_letter() -> None:
    night = at("2026-11-22T03:00", MEXICO)

    assert decide(mexican(), message(Channel.LETTER), night).verdict is Verdict.ALLOW
    assert (
        decide(mexican(creditor_type=CreditorType.FINANCIAL), message(Channel.LETTER), night).verdict is Verdict.ALLOW
    )
    assert decide(spanish(), message(Channel.CERTIFIED_LETTER), night).verdict is Verdict.ALLOW


def test_the_conversation_of_the_day_closes_the_phone_and_not_the_email_that_confirms() -> None:
    talked = mexican(previous=(PastContact(FRIDAY, Channel.PHONE, conversation=True),))
    later = FRIDAY + timedelta(hours=2)

    assert codes(decide(talked, call(), later)) == ["already_talked_today"]
    assert decide(talked, message(Channel.EMAIL), later).verdict is Verdict.ALLOW


def test_seven_attempts_in_seven_days_wait_until_the_first_is_a_week_old() -> None:
    tries = tuple(PastContact(FRIDAY - timedelta(days=day), Channel.PHONE) for day in range(7))

    decision = decide(mexican(previous=tries), call(), FRIDAY)

    assert codes(decision) == ["attempt_cap"]
    assert decision.until == at("2026-11-23T07:00", MEXICO)


def test_a_setting_the_pack_does_not_offer_is_refused() -> None:
    with pytest.raises(UnknownSetting):
        decide(colombian(settings={"contact_counts": "never"}), message(), FRIDAY)
    with pytest.raises(UnknownSetting):
        decide(mexican(settings={"firms": "exempt"}), message(), FRIDAY)


def test_unknown_places_and_naive_instants_are_refused() -> None:
    with pytest.raises(Invalid):
        decide(mexican(zones=("America/Nowhere",)), call(), FRIDAY)
    with pytest.raises(Invalid):
        decide(spanish(region="XX"), call(), FRIDAY)
    with pytest.raises(TypeError):
        decide(mexican(), call(), FRIDAY.replace(tzinfo=None))


def test_the_evidence_is_plain_json_with_the_same_hash_every_time() -> None:
    decision, again = (decide(colombian(), message(), FRIDAY) for _ in range(2))

    record = json.loads(json.dumps(decision.record()))
    text = {name: value for name, value in record.items() if name != "hash"}

    assert hashlib.sha256(canonical(text)).hexdigest() == record["hash"]
    assert record["hash"] == again.hash == decision.hash
    assert record["pack"]["id"] == "co"
    assert record["facts"]["authorised_channels"] == ["whatsapp"]
    assert {"rule", "result", "sentence", "citation", "basis", "confidence"} <= record["rules"][0].keys()


def test_any_change_of_facts_action_or_instant_changes_the_hash() -> None:
    hashes = {
        decide(mexican(), call(), FRIDAY).hash,
        decide(mexican(debt_proof=None), call(), FRIDAY).hash,
        decide(mexican(), call(caller_number="+525500000000"), FRIDAY).hash,
        decide(mexican(), call(), FRIDAY + timedelta(seconds=1)).hash,
    }

    assert len(hashes) == 4


def test_facts_read_back_from_their_record_give_the_same_decision() -> None:
    facts = colombian(
        previous=(PastContact(FRIDAY - timedelta(days=1), Channel.WHATSAPP, conversation=True),),
        flags=(RaisedFlag(Flag.HOLD, FRIDAY + timedelta(days=2)),),
    )
    decision = decide(facts, message(), FRIDAY)
    record: Any = decision.record()

    again = decide(
        TypeAdapter(ContactFacts).validate_python(record["facts"]),
        TypeAdapter(Contact).validate_python(record["action"]),
        datetime.fromisoformat(record["at"]),
    )

    assert again.record() == decision.record()


def test_every_sentence_can_be_said() -> None:
    for facts, action in ((mexican(), call()), (colombian(), message(Channel.EMAIL)), (spanish(region=None), call())):
        for hour in range(0, 24 * 8, 5):
            for outcome in decide(facts, action, FRIDAY + timedelta(hours=hour)).outcomes:
                assert "{" not in sentence(outcome)


def test_results_come_in_order_of_severity() -> None:
    order = [Result.FAILED, Result.WARNED, Result.PASSED, Result.NOT_APPLICABLE]

    found = [outcome.result for outcome in decide(mexican(), call(), at("2026-11-21T11:00", MEXICO)).outcomes]

    assert found == sorted(found, key=order.index)


def test_a_decision_takes_well_under_half_a_millisecond() -> None:
    year = mexican(previous=tuple(PastContact(FRIDAY - timedelta(hours=29 * i), Channel.PHONE) for i in range(300)))

    best = min(timeit.repeat(lambda: decide(year, call(), FRIDAY), number=50, repeat=20)) / 50

    assert best < 0.0005


def test_channels_and_flags_that_come_as_plain_text_are_understood() -> None:
    stopped: Any = "phone"
    flag: Any = "represented"

    assert codes(decide(mexican(opt_outs=(OptOut(stopped, FRIDAY),)), call(), FRIDAY)) == ["opted_out"]
    assert codes(decide(mexican(flags=(RaisedFlag(flag),)), call(), FRIDAY)) == ["represented"]
