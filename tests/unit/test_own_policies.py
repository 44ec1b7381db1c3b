"""An agency's own policies: they only ever stand in the way, and nothing else may call itself one."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from legal.rules.contact.deciding import EVALUATORS, decide
from legal.rules.contact.registers import registrations_told
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import (
    WEEKDAYS,
    Channel,
    Contact,
    ContactFacts,
    Override,
    PastContact,
    Receiver,
    Registration,
    Target,
)
from legal.rules.packs.loading import all_packs, pack_of
from legal.rules.policies import RESTRICTIONS, PolicyRefused, as_json, digest_of, own_rules, pack_with
from recobro.law_pages import policy_forms
from tests.support.contacts import MEXICO, at, call, codes, message, mexican
from tests.unit.test_contact_properties import proposals


def own(kind: str, number: int = 1, /, **more: Any) -> dict[str, Any]:
    return {
        "id": f"agency.{kind}_{number}",
        "kind": kind,
        "title": "Política de prueba",
        "from": "2020-01-01",
        "basis": "policy",
        "confidence": "policy",
        "citation": "Política de la agencia",
        "checked_on": "2020-01-01",
        **more,
    }


def decided(facts: ContactFacts, action: Contact, start: datetime, *given: dict[str, Any]) -> Decision:
    return decide(
        facts, action, start, pack=pack_with(pack_of(facts.country, facts.region, facts.locality), own_rules(given))
    )


SPANS = st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda span: span[0] < span[1])
WINDOWS = st.dictionaries(st.sampled_from(WEEKDAYS), SPANS.map(lambda span: f"{span[0]:02}:00-{span[1]:02}:00"))
CHANNELS = st.lists(st.sampled_from([channel.value for channel in Channel]), unique=True)
DAYS = st.dates(date(2026, 1, 1), date(2027, 1, 31)).map(date.isoformat)

PERIODS = st.sampled_from(["day", "iso_week", "rolling_7_days"])
PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "contact_hours": st.fixed_dictionaries({"windows": WINDOWS, "effect": st.sampled_from(["deny", "warn"])}),
    "contact_cap": st.fixed_dictionaries({"max": st.integers(1, 5), "per": PERIODS}),
    "channel_cap": st.fixed_dictionaries({"max": st.integers(1, 3), "per": PERIODS}),
    "closed": st.just({}),
    "closed_days": st.fixed_dictionaries({"days": st.lists(DAYS, min_size=1, max_size=9)}),
    "town_days": st.fixed_dictionaries(
        {
            "country": st.sampled_from(["MX", "CO", "ES"]),
            "towns": st.just(["Getafe"]),
            "days": st.lists(DAYS, min_size=1, max_size=9),
        }
    ),
    "contact_gap": st.fixed_dictionaries({"days_between": st.integers(1, 9)}),
    "registration": st.fixed_dictionaries(
        {"registers": st.just(["redeco"]), "unknown": st.sampled_from(["deny", "warn"])}
    ),
    "payment_receiver": st.fixed_dictionaries({"allow": st.sampled_from([["creditor"], ["creditor", "counsel"]])}),
    "target": st.fixed_dictionaries({"allow": st.lists(st.sampled_from([who.value for who in Target]), unique=True)}),
}


@st.composite
def own_given(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some policies of an agency: of every kind its page offers, on any channels and from any day."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(sorted(PARAMETERS)))
        parameters = draw(PARAMETERS[kind])
        channels = draw(CHANNELS) or (["sms"] if kind == "closed" else [])
        begins = draw(st.sampled_from(["1990-01-01", "2020-01-01", "2026-06-01", "2027-01-01"]))
        more: dict[str, Any] = {"from": begins, "applies_to": {"channels": channels}, "parameters": parameters}
        if draw(st.booleans()):
            more["to"] = draw(st.sampled_from(["2026-06-30", "2027-02-01"])) if begins < "2026-07" else "2027-02-01"
        found.append(own(kind, number, **more))
    return found


@settings(max_examples=200)
@given(proposals(), own_given())
def test_a_policy_of_its_own_never_lets_pass_what_was_stopped_nor_shortens_a_wait(
    proposal: tuple[ContactFacts, Contact, datetime], given_rules: list[dict[str, Any]]
) -> None:
    facts, action, start = proposal
    before = decide(facts, action, start)
    after = decided(facts, action, start, *given_rules)

    if before.verdict is not Verdict.ALLOW:
        assert after.verdict is not Verdict.ALLOW
        assert {one.rule.id for one in before.failed} <= {one.rule.id for one in after.failed}
    if before.until and after.until:
        assert after.until >= before.until
        assert decide(facts, action, after.until).verdict is Verdict.ALLOW


@settings(max_examples=30)
@given(st.integers(1, 3000), own_given())
@example(1, [own("closed", applies_to={"channels": ["visit"]}, **{"from": "1700-01-01"})])
def test_before_the_first_law_nothing_is_allowed_whatever_an_agency_adds(
    days: int, given_rules: list[dict[str, Any]]
) -> None:
    long_ago = datetime.combine(pack_of("MX").turns[0] - timedelta(days=days), time(18), UTC)

    assert codes(decide(mexican(), call(), long_ago)) == ["no_pack"]
    assert decided(mexican(), call(), long_ago, *given_rules).verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (own("contact_cap", parameters={"max": 1, "per": "day"}, basis="law", confidence="V1",
             source_url="https://law.example"), "no es una política propia"),
        (own("closed", id="mx.com.hours", applies_to={"channels": ["sms"]}), "no es una política propia"),
        (own("late_interest", parameters={"rate": "0.90"}), "solo restringe"),
        (own("allocation_order", parameters={}), "solo restringe"),
        (own("no_pack"), "solo restringe"),
        (own("closed"), "dice qué cierra"),
        (own("closed", applies_to={"channels": ["sms"]}, status="off"), "vale siempre"),
        (own("closed", applies_to={"channels": ["sms"]}, when={"week": ["iso_week"]}), "vale siempre"),
        (own("contact_cap", parameters={"max": 0, "per": "day"}), "la forma debida"),
        (own("contact_cap", parameters={"max": 1, "per": "$week"}), "la forma debida"),
        (own("contact_hours", parameters={"windows": {"lun": "09:00-10:00"}}), "la forma debida"),
        (own("closed_days", parameters={"days": []}), "la forma debida"),
    ],
)  # fmt: skip
def test_what_is_no_restriction_of_the_agencys_own_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyRefused, match=said):
        own_rules([wrong])


def test_a_pack_takes_no_rule_that_was_not_checked() -> None:
    law = next(rule for rule in pack_of("MX").rules if rule.basis != "policy")

    with pytest.raises(PolicyRefused):
        pack_with(pack_of("MX"), [law])


def test_two_policies_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyRefused, match="mismo nombre"):
        own_rules([own("closed", applies_to={"channels": ["sms"]}), own("closed", applies_to={"channels": ["email"]})])


def test_every_kind_that_restricts_is_one_that_contacts_are_asked_about() -> None:
    assert EVALUATORS.keys() - {"no_pack"} >= RESTRICTIONS


WITHOUT_A_FORM = {
    **dict.fromkeys(
        ("inconvenient", "workplace", "contact_quality", "flag", "written_stop", "through_lawyer", "contested_debt",
         "opt_out"),
        "what the debtor said or the case shows is heeded everywhere; a policy would add no restriction",
    ),
    **dict.fromkeys(
        ("authorised_channel", "contact_source", "proof_of_debt", "needs_consent", "safe_address", "employer_address",
         "reassigned_number", "visible_to_others", "limited_message", "restricted_channel"),
        "asks for facts of one place's law; a channel or a kind of person is closed by its own form",
    ),
    **dict.fromkeys(("contact_hours", "holidays"), "hours and days have their forms: `hours` and `days`"),
    **dict.fromkeys(("call_frequency", "channel_cap", "locate_once"), "fewer contacts have their forms: `cap`, `gap`"),
    "target": "persons are closed one by one by the form `person`",
    "caller_id": "an agency has one number, which shows",
    "calling_sign": "only warns",
    "known_region": "only warns",
    "required_words": "stops no contact: a text is checked when it is written",
    "no_pack": "belongs to no place",
}  # fmt: skip
"""The kinds of contact rule that an agency cannot add on its page, and why not."""


def test_every_kind_of_contact_rule_has_a_form_or_a_reason_why_not() -> None:
    in_packs = {rule.kind for pack in all_packs().values() for rule in pack.rules} & EVALUATORS.keys()
    offered = set(policy_forms.KIND_OF.values())

    assert in_packs | EVALUATORS.keys() == offered | WITHOUT_A_FORM.keys()
    assert not offered & (WITHOUT_A_FORM.keys() - {"contact_hours"})
    assert offered <= RESTRICTIONS


def test_days_between_contacts_are_waited_out() -> None:
    gap = own("contact_gap", parameters={"days_between": 2})
    thursday = at("2026-11-19T11:00", MEXICO)
    facts = mexican(previous=(PastContact(at("2026-11-17T11:00", MEXICO), Channel.EMAIL),))

    decision = decided(facts, call(), thursday, gap)

    assert decide(facts, call(), thursday).verdict is Verdict.ALLOW
    assert (decision.verdict, codes(decision)) == (Verdict.WAIT, ["too_soon"])
    assert decision.until == at("2026-11-20T07:00", MEXICO)


@pytest.mark.parametrize(
    ("held", "codes_now"),
    [(None, []), ((), ["not_registered"]), ((Registration("us_tx_bond"),), ["not_registered"]),
     ((Registration("redeco"),), [])],
)  # fmt: skip
def test_an_agency_may_hold_itself_to_a_registration(
    held: tuple[Registration, ...] | None, codes_now: list[str]
) -> None:
    asks = own("registration", parameters={"registers": ["redeco"], "unknown": "warn"})

    decision = decided(mexican(registrations=held), call(), at("2026-11-19T11:00", MEXICO), asks)

    assert codes(decision) == codes_now


def test_an_agency_may_leave_all_payment_to_the_creditor() -> None:
    only = own("payment_receiver", parameters={"allow": ["creditor"]})
    thursday = at("2026-11-19T11:00", MEXICO)

    assert codes(decided(mexican(), call(pay_to=Receiver.AGENCY), thursday, only)) == ["payment_receiver"]
    assert decided(mexican(), call(pay_to=Receiver.CREDITOR), thursday, only).verdict is Verdict.ALLOW


def test_what_is_held_elsewhere_is_told_with_what_is_said_of_the_place() -> None:
    told: dict[str, dict[str, object]] = {"redeco": {"held": True}, "us_tx_bond": {"held": True, "until": "2027-01-01"}}

    assert registrations_told(told, "MX") == (
        Registration("redeco"),
        Registration("us_tx_bond", until=date(2027, 1, 1)),
    )
    assert registrations_told(told, "ES") is None


def test_own_rules_read_back_as_they_were_kept_and_have_the_same_digest() -> None:
    rules = own_rules([own("closed_days", parameters={"days": ["2026-12-24"]}), own("contact_hours", 2, to="2027-01-01",
                       parameters={"windows": {"mon": "09:00-18:00"}})])  # fmt: skip

    assert own_rules(as_json(rules)) == rules
    assert digest_of(own_rules(list(reversed(as_json(rules))))) == digest_of(rules)
    assert digest_of(rules) != digest_of(rules[:1])


def test_a_pack_with_own_rules_says_so_by_its_digest_and_without_any_is_itself() -> None:
    pack = pack_of("MX")
    more = pack_with(pack, own_rules([own("closed", applies_to={"channels": ["sms"]})]))

    assert pack_with(pack, ()) is pack
    assert (more.id, more.version) == (pack.id, pack.version)
    assert more.digest != pack.digest


def test_narrower_hours_wait_for_their_own_opening() -> None:
    hours = own("contact_hours", parameters={"windows": dict.fromkeys(WEEKDAYS[:5], "10:00-18:00")})
    friday = at("2026-11-20T08:00", MEXICO)

    decision = decided(mexican(), call(), friday, hours)

    assert decide(mexican(), call(), friday).verdict is Verdict.ALLOW
    assert (decision.verdict, codes(decision)) == (Verdict.WAIT, ["outside_hours"])
    assert decision.until == at("2026-11-20T10:00", MEXICO)


def test_a_closed_day_is_waited_out_and_a_closed_channel_is_not() -> None:
    days = own("closed_days", parameters={"days": ["2026-11-19", "2026-11-20"]})
    thursday = at("2026-11-19T11:00", MEXICO)

    closed = decided(mexican(), call(), thursday, days)
    assert (closed.verdict, codes(closed)) == (Verdict.WAIT, ["closed_day"])
    assert closed.until == at("2026-11-23T07:00", MEXICO)  # the law itself closes the weekend

    by_phone = own("closed", applies_to={"channels": ["phone"]})
    assert codes(decided(mexican(), call(), thursday, by_phone)) == ["closed_by_agency"]
    assert decided(mexican(), call(), thursday, by_phone).verdict is Verdict.DENY
    assert decided(mexican(), message(), thursday, by_phone).verdict is decide(mexican(), message(), thursday).verdict


def test_a_supervisor_may_set_aside_the_agencys_policy_by_its_name() -> None:
    by_phone = own("closed", applies_to={"channels": ["phone"]})
    override = Override("Sofía Prueba", "Lo pidió el deudor", ("agency.closed_1",))

    decision = decided(mexican(), call(override=override), at("2026-11-19T11:00", MEXICO), by_phone)

    assert decision.verdict is Verdict.ALLOW
    assert [one.code for one in decision.warned] == ["overridden"]


def test_a_policy_ends_with_its_last_day() -> None:
    until_noon = own("closed", applies_to={"channels": ["phone"]}, to="2026-11-19")
    thursday = at("2026-11-19T11:00", MEXICO)

    decision = decided(mexican(), call(), thursday, until_noon)

    assert (decision.verdict, decision.until) == (Verdict.WAIT, at("2026-11-20T07:00", MEXICO))
    assert decided(mexican(), call(), thursday + timedelta(days=1), until_noon).verdict is Verdict.ALLOW
