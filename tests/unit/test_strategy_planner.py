"""The next step of a case is a function of its facts and its ladder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from legal.rules.facts import Channel
from recobro.cases.lifecycle import Stage
from recobro.strategies.ladder import DEFAULT, Ladder, Step, StepKind
from recobro.strategies.planner import Act, Facts, next_step

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
FRESH = Facts(now=NOW, stage=Stage.RECEIVED, balance=100_00, step=0, step_since=NOW)


def ask(**changes: Any) -> tuple[Act, str]:
    answer = next_step(replace(FRESH, **changes), DEFAULT)
    return answer.act, answer.code


def test_the_ladder_that_ships_is_cordial_then_options_then_firm_then_a_call() -> None:
    assert [(step.kind.value, step.template, step.after_days) for step in DEFAULT.steps] == [
        ("notice", "cordial-1", 0),
        ("notice", "second-2", 7),
        ("notice", "firm-3", 7),
        ("queue", "", 7),
    ]
    assert DEFAULT.steps[0].channels == (Channel.EMAIL, Channel.LETTER)
    assert DEFAULT.steps[2].channels == (Channel.LETTER, Channel.EMAIL)


def test_a_fresh_case_is_written_to_at_once() -> None:
    answer = next_step(FRESH, DEFAULT)

    assert (answer.act, answer.step) == (Act.DO, DEFAULT.steps[0])


def test_a_step_waits_its_days_after_the_one_before() -> None:
    answer = next_step(replace(FRESH, step=1), DEFAULT)

    assert (answer.act, answer.at) == (Act.WAIT, NOW + timedelta(days=7))
    assert ask(step=1, now=NOW + timedelta(days=7)) == (Act.DO, "due")
    assert ask(step=1, now=NOW + timedelta(days=7) - timedelta(seconds=1)) == (Act.WAIT, "not_yet")


def test_what_was_just_handed_over_is_not_written_to_but_may_be_called() -> None:
    quiet = NOW + timedelta(hours=24)
    answer = next_step(replace(FRESH, quiet_until=quiet), DEFAULT)

    assert (answer.act, answer.at) == (Act.WAIT, quiet)
    assert ask(quiet_until=NOW) == (Act.DO, "due")
    assert ask(step=3, step_since=NOW - timedelta(days=7), quiet_until=quiet) == (Act.DO, "due")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"balance": 0}, "paid"),
        ({"flags": frozenset({"dispute"})}, "flag"),
        ({"agreement": True}, "agreement"),
        ({"stage": Stage.CALLS}, "person"),
        ({"stage": Stage.NEGOTIATION}, "person"),
        ({"in_queue": True}, "person"),
    ],
)
def test_what_keeps_a_ladder_from_going_on(changes: dict[str, Any], code: str) -> None:
    assert ask(**changes) == (Act.REST, code)


def test_a_pending_promise_is_waited_for_until_its_grace_is_over() -> None:
    until = NOW + timedelta(days=3)
    answer = next_step(replace(FRESH, promise_until=until), DEFAULT)

    assert (answer.act, answer.code, answer.at) == (Act.WAIT, "promise", until)
    assert ask(promise_until=NOW) == (Act.DO, "due")


@pytest.mark.parametrize(("changes", "code"), [({"stage": Stage.CLOSED}, "closed"), ({"stage": Stage.LEGAL}, "legal")])
def test_closed_and_legal_cases_leave_the_ladder(changes: dict[str, Any], code: str) -> None:
    assert ask(**changes) == (Act.END, code)
    assert ask(step=len(DEFAULT.steps)) == (Act.END, "done")


def test_a_balance_within_the_tolerance_is_left_in_peace() -> None:
    ladder = Ladder(steps=DEFAULT.steps, tolerance=500)

    assert next_step(replace(FRESH, balance=500), ladder).code == "paid"
    assert next_step(replace(FRESH, balance=501), ladder).act is Act.DO


facts = st.builds(
    Facts,
    now=st.just(NOW),
    stage=st.sampled_from(Stage),
    balance=st.integers(0, 1000),
    step=st.integers(0, 5),
    step_since=st.integers(-30, 30).map(lambda days: NOW + timedelta(days=days)),
    flags=st.frozensets(st.sampled_from(["dispute", "hold", "hardship", "complaint"])),
    agreement=st.booleans(),
    in_queue=st.booleans(),
    promise_until=st.none() | st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days)),
)


@given(facts)
def test_whatever_the_facts_there_is_one_answer_with_its_reason(known: Facts) -> None:
    answer = next_step(known, DEFAULT)

    assert answer.why
    assert answer.code
    assert answer == next_step(known, DEFAULT)
    if answer.act is Act.WAIT:
        assert answer.at is not None
        assert answer.at > NOW
    if answer.act is Act.DO:
        assert known.balance > 0
        assert not known.flags
        assert not known.agreement
        assert not known.in_queue
        assert known.stage in (Stage.RECEIVED, Stage.NOTICES)


def test_a_ladder_survives_being_stored() -> None:
    assert Ladder.model_validate(DEFAULT.model_dump(mode="json")) == DEFAULT


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": StepKind.NOTICE, "after_days": 0, "template": "no-such"},
        {"kind": StepKind.NOTICE, "after_days": 0, "template": "note", "channel": "letter"},
        {"kind": StepKind.NOTICE, "after_days": 0, "template": "note", "fallback": "letter"},
        {"kind": StepKind.NOTICE, "after_days": -1, "template": "cordial-1"},
        {"kind": "visit", "after_days": 0},
    ],
)
def test_a_step_that_cannot_be_done_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Step.model_validate(wrong)
