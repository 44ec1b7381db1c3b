"""The terms of claims: who is sued, lists nobody read in the law, laws that reach back, and what may still be done."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from kernel.problems import Invalid
from legal.questions.registry import QUESTIONS
from legal.rules.facts import Act, Claim, Target, Title
from legal.rules.money.barred import Step, step_of
from legal.rules.packs.loading import pack_of
from legal.rules.time.limitation import Claimed, NoLimitationRule, Term, TermAct, term_of

ON = date(2026, 11, 21)
DEMAND = TermAct(Act.DEMAND, date(2025, 2, 1))
SUIT = TermAct(Act.CLAIM, date(2025, 2, 1))


def term(country: str, told: Claimed, *acts: TermAct) -> Term:
    return term_of(told, pack=pack_of(country, told.region), acts=acts)


def spain(obligor: Target, *acts: TermAct) -> date:
    return term("ES", Claimed(Claim.COMMERCIAL, Title.ORDINARY, date(2021, 6, 1), obligor=obligor), *acts).last_day


def test_in_spain_a_letter_does_not_reach_the_guarantor_and_a_suit_does() -> None:
    assert spain(Target.DEBTOR, DEMAND) == date(2030, 2, 1)
    assert spain(Target.CO_DEBTOR, DEMAND) == date(2030, 2, 1)
    assert spain(Target.GUARANTOR, DEMAND) == date(2026, 6, 1)
    assert spain(Target.GUARANTOR, SUIT) == date(2030, 2, 1)


def test_what_is_done_towards_one_obligor_reaches_the_others_only_by_law() -> None:
    to_the_guarantor = TermAct(Act.DEMAND, date(2025, 2, 1), towards=Target.GUARANTOR)
    to_the_other = TermAct(Act.DEMAND, date(2025, 2, 1), towards=Target.CO_DEBTOR)

    assert spain(Target.GUARANTOR, to_the_guarantor) == date(2030, 2, 1)
    assert spain(Target.DEBTOR, to_the_guarantor) == date(2026, 6, 1)
    assert spain(Target.DEBTOR, to_the_other) == date(2030, 2, 1)


def test_in_mexico_a_signatory_of_a_note_answers_only_for_what_was_done_towards_him() -> None:
    note = Claimed(Claim.COMMERCIAL, Title.BILL, date(2023, 3, 1), obligor=Target.GUARANTOR)
    filed = TermAct(Act.CLAIM, date(2025, 3, 3))

    assert term("MX", note, filed).last_day == date(2026, 3, 2)  # the first is a Sunday
    assert term("MX", note, TermAct(Act.CLAIM, date(2025, 3, 3), towards=Target.GUARANTOR)).last_day.year == 2028


def test_a_civil_claim_in_mexico_counts_from_its_notification() -> None:
    told = Claimed(Claim.CIVIL, Title.SERVICES, date(2024, 3, 4))

    late = term("MX", told, TermAct(Act.CLAIM, date(2026, 3, 2), notified_on=date(2026, 3, 20)))
    timely = term("MX", told, TermAct(Act.CLAIM, date(2025, 3, 3), notified_on=date(2025, 4, 1)))

    assert late.last_day == date(2026, 3, 4)
    assert timely.begun == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("place", "begun"),
    [("same_place", date(2026, 5, 16)), ("other_place", date(2026, 6, 1)), ("abroad", date(2026, 8, 1))],
)
def test_a_cheque_is_presented_before_its_term_begins(place: str, begun: date) -> None:
    found = term("MX", Claimed(Claim.COMMERCIAL, Title.CHEQUE, date(2026, 5, 1), presented=place))

    assert found.begun == begun


def test_a_place_of_presentation_the_law_does_not_name_is_refused() -> None:
    with pytest.raises(Invalid):
        term("MX", Claimed(Claim.COMMERCIAL, Title.BILL, date(2026, 5, 1), presented="same_place"))


def test_an_enforceable_claim_in_colombia_goes_on_as_an_ordinary_one() -> None:
    found = term("CO", Claimed(Claim.COMMERCIAL, Title.EXECUTIVE, date(2021, 3, 1)))

    assert (found.last_day, found.ordinary_until) == (date(2026, 3, 1), date(2031, 3, 1))


def test_a_negotiation_that_ended_begins_the_term_on_its_last_day() -> None:
    told = Claimed(Claim.COMMERCIAL, Title.ORDINARY, date(2021, 12, 1))
    tried = TermAct(Act.NEGOTIATION, date(2026, 10, 1), ended_on=date(2026, 11, 3))

    assert term("ES", told, tried).begun == date(2026, 11, 3)


def test_in_new_york_three_years_bar_consumer_credit_and_no_payment_revives_it() -> None:
    told = Claimed(Claim.CONSUMER, Title.ORDINARY, date(2022, 5, 1), "NY")

    found = term("US", told, TermAct(Act.PART_PAYMENT, date(2025, 6, 1)))

    assert (found.last_day, found.state(ON), found.read) == (date(2025, 5, 1), "barred", True)
    assert {one.years for one in found.candidates} == {6}


def test_a_law_that_reaches_back_holds_for_what_fell_due_before_it() -> None:
    before = term("US", Claimed(Claim.CONSUMER, Title.ORDINARY, date(2021, 5, 1), "NY"))
    commercial = term("US", Claimed(Claim.COMMERCIAL, Title.ORDINARY, date(2021, 5, 1), "NY"))

    assert before.rule.id == "us.ny.limitation.consumer"
    # That it reaches back was not read: too old by it alone is not known to be too old, and goes no further.
    assert (before.state(date(2024, 6, 1)), before.state(date(2027, 6, 1))) == ("unknown", "barred")
    assert (before.in_the_law, before.blocks_from) == (False, date(2024, 5, 2))
    assert (commercial.read, commercial.last_day) == (False, date(2027, 5, 1))


@pytest.mark.parametrize(
    ("region", "title", "due", "state"),
    [
        ("TX", Title.WRITTEN, date(2022, 11, 20), "barred"),
        ("TX", Title.WRITTEN, date(2022, 11, 21), "near"),
        ("TX", Title.WRITTEN, date(2025, 1, 1), "running"),
        ("CO", Title.WRITTEN, date(2025, 1, 1), "unknown"),
        ("CO", Title.WRITTEN, date(2023, 1, 1), "unknown"),
        ("CO", Title.WRITTEN, date(2020, 1, 1), "barred"),
        ("VA", Title.WRITTEN, date(2025, 1, 1), "unknown"),
        ("CT", Title.OPEN_ACCOUNT, date(2025, 1, 1), "unknown"),
        ("CA", Title.ORDINARY, date(2024, 11, 1), "unknown"),
        ("CA", Title.ORDINARY, date(2022, 11, 1), "barred"),
        ("CA", Title.WRITTEN, date(2024, 11, 1), "running"),
    ],
)
def test_lists_bar_by_the_shorter_figure_and_tell_nothing_where_they_differ(
    region: str, title: Title, due: date, state: str
) -> None:
    assert term("US", Claimed(Claim.CONSUMER, title, due, region)).state(ON) == state


def test_a_state_in_no_list_is_refused() -> None:
    with pytest.raises(NoLimitationRule):
        term("US", Claimed(Claim.CONSUMER, Title.ORDINARY, date(2025, 1, 1), "PR"))


def test_a_small_judgment_in_california_is_renewed_once_for_five_years() -> None:
    renewals = (TermAct(Act.RENEWAL, date(2026, 4, 1)), TermAct(Act.RENEWAL, date(2031, 3, 1)))

    def last_day(amount: str) -> date:
        told = Claimed(Claim.CONSUMER, Title.JUDGMENT, date(2016, 5, 1), "CA", amount=Money.of(amount, "USD"))
        return term("US", told, *renewals).last_day

    assert last_day("49999.99") == date(2031, 4, 1)
    assert last_day("50000") == date(2041, 3, 1)


@pytest.mark.parametrize(("step", "country", "allowed"), [
    (Step.SUIT, "US", False), (Step.THREAT, "US", False), (Step.PROOF_OF_CLAIM, "US", True), (Step.REQUEST, "US", True),
    (Step.THREAT, "MX", False), (Step.SUIT, "MX", True), (Step.THREAT, "ES", False),
])  # fmt: skip
def test_what_may_be_done_with_a_claim_whose_term_is_over(step: Step, country: str, allowed: bool) -> None:
    found = step_of(step, "barred", pack=pack_of(country), claim=Claim.CONSUMER, on=ON)

    assert found.allowed is allowed
    assert step_of(step, "running", pack=pack_of(country), claim=Claim.CONSUMER, on=ON).allowed


@given(
    st.sampled_from(["MX", "CO", "ES"]),
    st.sampled_from([Title.ORDINARY, Title.BILL, Title.PERIODIC]),
    st.dates(date(2015, 10, 7), date(2026, 1, 1)),
    st.sampled_from([Target.DEBTOR, Target.CO_DEBTOR, Target.GUARANTOR]),
    st.lists(st.tuples(st.sampled_from(list(Act)), st.integers(0, 4000)), max_size=4),
)
def test_no_act_ever_shortens_a_term_and_the_safe_day_never_lies_after_the_last(
    country: str, title: Title, due: date, obligor: Target, acts: list[tuple[Act, int]]
) -> None:
    told = Claimed(Claim.COMMERCIAL, title, due, obligor=obligor)
    done = [TermAct(kind, due + timedelta(days=n), notified_on=due + timedelta(days=n)) for kind, n in acts]

    bare, found = term(country, told), term(country, told, *done)

    assert found.last_day >= bare.last_day
    assert found.last_safe_day <= found.last_day < found.prescribed_from
    assert len(found.acts) == len(done)


@pytest.mark.parametrize(
    ("country", "barred", "body", "deciding"),
    [
        (
            "US",
            True,
            "If you do not pay we may take legal action.",
            ["us.words.barred_suit", "house.words.barred_suit"],
        ),
        ("US", False, "If you do not pay we may take legal action.", []),
        ("US", True, "Please call us about your account.", []),
        ("MX", True, "Si no paga procederemos a demandar.", ["house.words.barred_suit"]),
        ("ES", True, "Se iniciará el procedimiento judicial.", ["house.words.barred_suit"]),
        ("ES", False, "Se iniciará el procedimiento judicial.", []),
    ],
)
def test_a_text_on_a_claim_that_is_too_old_speaks_of_no_suit(
    country: str, barred: bool, body: str, deciding: list[str]
) -> None:
    facts = {"country": country, "channel": "letter", "on": "2026-11-21", "claim": "consumer", "debtor": "person"}

    answer = QUESTIONS["notice"].ask({**facts, "body": body, "barred": barred})

    assert [rule for rule in answer["deciding"] if rule.endswith("barred_suit")] == deciding


def test_lists_alone_let_no_suit_pass_and_a_law_that_was_read_does() -> None:
    lists = term("US", Claimed(Claim.COMMERCIAL, Title.WRITTEN, date(2025, 1, 1), "TX"))
    law = term("US", Claimed(Claim.CONSUMER, Title.WRITTEN, date(2025, 1, 1), "NY"))

    assert (lists.state(ON), lists.suit_state(ON)) == ("running", "unknown")
    assert (law.state(ON), law.suit_state(ON)) == ("running", "running")
