"""Answers that are kept for cases alike are those that each case would have got on its own, byte for byte."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import Money
from legal.questions.contact import ContactQuestion, facts_of
from legal.questions.question import in_zone
from legal.rules.calendar import zone_named
from legal.rules.contact import calm, deciding
from legal.rules.contact.asked import Asked, ask
from legal.rules.contact.deciding import EVALUATORS, decide
from legal.rules.decision import canonical
from legal.rules.facts import (
    Agreed,
    AgreedHours,
    Channel,
    Consent,
    Contact,
    ContactFacts,
    ContactPoint,
    Contested,
    Flag,
    GivenConsent,
    Inconvenient,
    Lawyer,
    OptOut,
    Override,
    PastContact,
    Purpose,
    Quality,
    RaisedFlag,
    Receiver,
    Registration,
    Said,
    Source,
    Statement,
    Target,
)
from legal.rules.packs.loading import Bound, choices_of, pack_of
from tests.support.contacts import MEXICO, at, call, colombian, message, mexican, spanish

EXAMPLES = Path(__file__).parents[1] / "law" / "examples"
FRIDAY = at("2026-11-20T11:00", MEXICO)
Case = tuple[ContactFacts, Contact, datetime]


def american(**changes: Any) -> ContactFacts:
    return replace(mexican(country="US", zones=("America/New_York",), region="NY", locality="nyc"), **changes)


def examples() -> Iterator[Case]:
    """The dated examples of contact."""
    for file in sorted(EXAMPLES.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            told = json.loads(line)
            if told.get("question") == "contact" and "error" not in told["expect"]:
                try:
                    asked: Any = ContactQuestion.model_validate(told["facts"])
                except ValueError:
                    continue
                facts = facts_of(asked)
                action = Contact(**{one.name: getattr(asked, one.name) for one in fields(Contact)})
                zone = zone_named(facts.zones[0] if facts.zones else "UTC")
                yield in_zone(facts, zone), in_zone(action, zone), in_zone(asked.at, zone)


_DAY = timedelta(days=1)
HAPPENED: list[dict[str, Any]] = [
    {},
    {"opt_outs": (OptOut(Channel.PHONE, FRIDAY - _DAY),)},
    {"opt_outs": (OptOut(None, FRIDAY - _DAY, written=True),)},
    {"flags": (RaisedFlag(Flag.DISPUTE),)},
    {"flags": (RaisedFlag(Flag.MINOR, FRIDAY - _DAY), RaisedFlag(Flag.HOLD, FRIDAY + 3 * _DAY))},
    {"flags": (RaisedFlag(Flag.MINOR, FRIDAY - _DAY),)},
    *({"consents": (GivenConsent(what, FRIDAY - _DAY, written=True),)} for what in Agreed),
    {"consents": (GivenConsent(Agreed.MORE_CALLS, FRIDAY - _DAY), GivenConsent(Agreed.CHANNEL, FRIDAY - _DAY))},
    {"inconvenient": (Inconvenient(FRIDAY - _DAY, begins=time(9), ends=time(18)),)},
    {"statements": (Statement(FRIDAY - _DAY, Said.REFUSES_TO_PAY, written=True),)},
    {"lawyer": Lawyer(FRIDAY - 40 * _DAY, asked_at=FRIDAY - 31 * _DAY)},
    {"lawyer": Lawyer(FRIDAY + _DAY)},
    {"contested": (Contested(FRIDAY - _DAY, written=True),), "validation_ends": date(2026, 12, 1)},
    {"agreed_hours": (AgreedHours(("fri", "sat"), time(8), time(23), separate_instrument=True),)},
    {"previous": (PastContact(FRIDAY - 2 * _DAY, Channel.PHONE, conversation=True),)},
    {"previous": tuple(PastContact(FRIDAY - n * _DAY / 3, Channel.PHONE) for n in range(12))},
    {"previous": (PastContact(FRIDAY - 300 * _DAY, Channel.EMAIL),)},
    {"previous": (PastContact(FRIDAY - 8 * _DAY, Channel.EMAIL), PastContact(FRIDAY - 20 * _DAY, Channel.PHONE, True))},
    {"previous": tuple(PastContact(FRIDAY - 7 * _DAY - n * _DAY / 24, Channel.PHONE) for n in range(6))},
    {"local_holidays": (date(2026, 11, 20),)},
    {"region": None, "zones": ()},
    {"total_with_creditor": Money(100_000_00, "USD")},
    {"total_with_creditor": Money(50_00, "USD"), "debts_dated": date(2019, 1, 1)},
    {"registrations": (Registration("nyc_dcwp", until=date(2026, 11, 22)),)},
    {"debt_proof": None, "employer_prohibits": True, "introduced": True},
    {"authorised_channels": (Channel.EMAIL, Channel.PHONE), "no_channel_documented": True},
    {"creditor_type": None, "claim": None},
]
POINTS: list[ContactPoint | None] = [
    None,
    ContactPoint(),
    ContactPoint(Source.SKIP_TRACE, Quality.UNVERIFIED),
    ContactPoint(Source.DEBTOR, Quality.VERIFIED, Consent.GIVEN, used_at=FRIDAY - 90 * _DAY),
    ContactPoint(Source.CREDITOR, Quality.BAD, Consent.WITHDRAWN, address="a"),
    ContactPoint(Source.CREDITOR, notice_ends=date(2026, 11, 23), of_employer=True),
    ContactPoint(Source.CREDITOR, disconnected_on=date(2026, 11, 1), disclosed=True),
]
ACTIONS: list[dict[str, Any]] = [
    {},
    {"purpose": Purpose.ANSWER},
    {"purpose": Purpose.RECEIPT},
    {"purpose": Purpose.LOCATE, "target": Target.NEIGHBOUR},
    {"purpose": Purpose.CONFIRM_STOP},
    {"target": Target.FAMILY, "workplace": True},
    {"target": None, "caller_id_withheld": None},
    {"pay_to": Receiver.AGENCY, "visible_to_others": True},
    {"prerecorded": True, "caller_number": None},
    {"message": ("agency",)},
    {"override": Override("Rita Demo", "lo pidió", ("house.attempts_per_day", "es.hours"))},
]
PLACES: list[Callable[..., ContactFacts]] = [mexican, colombian, spanish, american]


@st.composite
def proposals(draw: st.DrawFn) -> Case:
    """A case of any place to which up to three things happened."""
    changes: dict[str, Any] = {}
    for happened in draw(st.lists(st.sampled_from(HAPPENED), max_size=3)):
        changes |= happened
    facts = draw(st.sampled_from(PLACES))(**changes)
    build = draw(st.sampled_from([call, message, lambda **more: message(Channel.EMAIL, **more)]))
    action = build(**{"contact_point": draw(st.sampled_from(POINTS)), **draw(st.sampled_from(ACTIONS))})
    return facts, action, FRIDAY + timedelta(minutes=draw(st.integers(-4000, 4000)), seconds=draw(st.integers(0, 59)))


def alone(case: Case) -> bytes:
    """The decision of a case that nothing was kept for, and for which nothing is."""
    deciding._selection.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calm, "STIRRED_BY", {})
        patch.setattr(calm, "BY_MINUTE", {})
        found = canonical(decide(*case).record())
    deciding._selection.cache_clear()
    return found


def test_the_dated_examples_get_the_same_bytes_alone_and_among_others() -> None:
    cases = list(examples())
    assert len(cases) > 100
    kept = [canonical(decide(*case).record()) for case in cases]
    again = [canonical(decide(*case).record()) for case in reversed(cases)]

    assert kept == again[::-1]
    for case, told in zip(cases, kept, strict=True):
        assert told == alone(case)


@settings(max_examples=80)
@given(st.lists(proposals(), min_size=1, max_size=4))
def test_whatever_was_asked_before_changes_no_byte_of_a_decision(cases: list[Case]) -> None:
    told = [canonical(decide(*case).record()) for case in cases]

    assert told == [canonical(decide(*case).record()) for case in cases]
    assert told == [alone(case) for case in cases]


class Spy:
    """Facts, an action or a contact point that notes what is read of it."""

    def __init__(self, value: object, read: set[str], prefix: str) -> None:
        self.__dict__.update(_value=value, _read=read, _prefix=prefix)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._value, name)
        self._read.add(f"{self._prefix}{name}")
        return Spy(found, self._read, "point.") if isinstance(found, ContactPoint) else found


ALLOWED = {
    *(f"facts.{name}" for name in calm.FACTS),
    *(f"action.{name}" for name in calm.ACTION),
    *(f"point.{name}" for name in calm.POINT),
    # There is one or not, as the key says; nobody who overrides has a key.
    "action.contact_point",
    "action.override",
}
OF_SELECTION = {"facts.collector", "facts.creditor_type", "facts.debtor", "facts.claim"}
STANDING_FOR = {
    "flags": {"facts.flags"}, "point": {f"point.{name}" for name in calm.POINT_TIMES}, "recent": set(),
    "lawyer": {"facts.lawyer", "facts.debts"},
}  # fmt: skip


def stood_for(name: str) -> set[str]:
    """What a rule may read that something with this name stirs."""
    return {"facts.consents"} if name.startswith("agreed ") else STANDING_FOR.get(name, {f"facts.{name}"})


BY_MINUTE = {f"facts.{name}" for name in calm.MOMENT}


def read_by(bound: Bound, asked: Asked) -> set[str]:
    """What a rule reads of facts, action and contact point."""
    read: set[str] = set()
    facts: Any = Spy(asked.facts, read, "facts.")
    action: Any = Spy(asked.action, read, "action.")
    deciding._answer(bound, replace(asked, facts=facts, action=action))
    return read


@settings(max_examples=80)
@given(proposals())
def test_a_rule_whose_answer_is_kept_reads_nothing_that_is_not_in_its_key(case: Case) -> None:
    facts, action, start = case
    pack = pack_of(facts.country, facts.region, facts.locality)
    asked = ask(facts, action, start, pack)
    like = calm.likeness(asked)
    if like is None:
        return
    selection = deciding._selected(asked, choices_of(pack, facts.settings))
    for bound in selection.asked:
        names = calm.STIRRED_BY.get(bound.rule.kind, calm.BY_MINUTE.get(bound.rule.kind, frozenset()))
        stirring = {read for name in names for read in stood_for(name)}
        covering = {f"facts.{name}" for name in calm.COVERED} if bound.rule.coverage else set()
        allowed = ALLOWED | OF_SELECTION | stirring | covering
        if calm.answers_by_minute(bound, like[0]):
            allowed |= BY_MINUTE
        elif not calm.answers_alike(bound, like[0]):
            continue
        assert read_by(bound, asked) <= allowed, bound.rule.kind


def test_kinds_that_look_at_the_clock_are_not_among_those_that_answer_alike() -> None:
    assert calm.STIRRED_BY.keys() | calm.BY_MINUTE.keys() <= EVALUATORS.keys()
    assert not calm.STIRRED_BY.keys() & calm.BY_MINUTE.keys()
    assert not {"registration", "calling_sign", "locate_once"} & calm.STIRRED_BY.keys()


@settings(max_examples=100)
@given(proposals(), st.integers(1, 3 * 24 * 60))
def test_a_rule_that_answers_alike_says_the_same_at_any_other_time(case: Case, minutes: int) -> None:
    facts, action, start = case
    pack = pack_of(facts.country, facts.region, facts.locality)
    asked = ask(facts, action, start, pack)
    later = ask(facts, action, start + timedelta(minutes=minutes), pack)
    like = calm.likeness(asked)
    if like is None or like != calm.likeness(later):
        return
    for bound in deciding._selected(asked, choices_of(pack, facts.settings)).asked:
        if calm.answers_alike(bound, like[0]):
            assert deciding._answer(bound, asked) == deciding._answer(bound, later), bound.rule.kind


def test_the_keys_name_fields_there_are() -> None:
    names = {one.name for one in fields(ContactFacts)}
    assert {*calm.FACTS, *calm.MOMENT} <= names
    assert set(calm.ACTION) <= {one.name for one in fields(Contact)}
    assert {*calm.POINT, *calm.POINT_TIMES} == {one.name for one in fields(ContactPoint)} - {"address"}
