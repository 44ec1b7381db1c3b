"""Commission rules: the first that matches, whole or marginal, to the cent, and rules that cannot be right."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro.commissions.rules import (
    Facts,
    NoRule,
    Part,
    Rule,
    RulesRefused,
    check_rules,
    commission_on,
    read_rules,
    steps_of,
)

GENERAL = {"id": "general", "label": "General", "rate_bp": 2500}
STEPS = [
    {"amount_from": 0, "amount_to": 1000_00, "rate_bp": 3000},
    {"amount_from": 1000_01, "amount_to": 5000_00, "rate_bp": 2000},
    {"amount_from": 5000_01, "rate_bp": 1000},
]


def facts(amount: int, *, due_on: date = date(2026, 1, 1), placed_on: date = date(2026, 3, 2),
          received_on: date = date(2026, 6, 1), stage: str = "calls", direction: str = "to_agency",
          component: str = "principal") -> Facts:  # fmt: skip
    part = Part("F-1", component, amount, due_on, placed_on)
    return Facts("MXN", amount, received_on, direction, stage, [part])


def earned(given: Facts, *rules: dict[str, Any], tax_bp: int = 1600) -> list[tuple[str, int, int]]:
    lines = commission_on(given, read_rules(rules), tax_bp=tax_bp)
    return [(line.rule.id, line.commission, line.tax) for line in lines]


def test_a_quarter_of_ten_thousand_and_its_tax() -> None:
    assert earned(facts(10_000_00), GENERAL) == [("general", 2_500_00, 400_00)]


def test_halves_of_a_cent_go_up_once_for_the_commission_and_once_for_the_tax() -> None:
    # 0.10 × 25 % = 0.025 -> 0.03; 0.03 × 16 % = 0.0048 -> 0.00
    assert earned(facts(10), GENERAL) == [("general", 3, 0)]
    # 1.98 × 25 % = 0.495 -> 0.50; 0.50 × 16 % = 0.08
    assert earned(facts(198), GENERAL) == [("general", 50, 8)]


def test_a_payment_across_two_steps_gives_different_cents_whole_and_marginal() -> None:
    whole = {"id": "w", "label": "Todo", "how": "whole", "bands": STEPS}
    marginal = {"id": "m", "label": "Tramos", "how": "marginal", "bands": STEPS}

    # 1,500.00 whole: all at 20 %. Marginal: 1,000.00 at 30 % and 500.00 at 20 %.
    assert earned(facts(1500_00), whole)[0][1] == 300_00
    assert earned(facts(1500_00), marginal)[0][1] == 400_00
    # At the very edge the lower band holds, and one cent more changes the whole amount.
    assert earned(facts(1000_00), whole)[0][1] == 300_00
    assert earned(facts(1000_01), whole)[0][1] == 200_00
    assert earned(facts(1000_01), marginal)[0][1] == 300_00


@given(st.integers(min_value=1, max_value=10**12))
def test_the_parts_of_a_marginal_scale_add_up_to_the_amount(amount: int) -> None:
    rule = Rule.model_validate({"id": "m", "label": "Tramos", "how": "marginal", "bands": STEPS})

    assert sum(step.amount for step in steps_of(rule, amount)) == amount


def test_the_first_rule_that_matches_wins() -> None:
    legal = {"id": "legal", "label": "Jurídico", "when": {"stage": "legal"}, "rate_bp": 3500}
    direct = {"id": "direct", "label": "Directo", "when": {"direction": ["to_client"]}, "rate_bp": 1000}

    assert earned(facts(100_00), legal, direct, GENERAL)[0][0] == "general"
    assert earned(facts(100_00, stage="legal"), legal, direct, GENERAL)[0][0] == "legal"
    assert earned(facts(100_00, stage="legal", direction="to_client"), legal, direct, GENERAL)[0][0] == "legal"
    assert earned(facts(100_00, direction="to_client"), legal, direct, GENERAL)[0][0] == "direct"


def test_age_counts_to_the_placement_or_to_the_payment() -> None:
    old = {"id": "old", "label": "Vieja", "when": {"age_days_from": 91}, "rate_bp": 4000}
    old_when_paid = {**old, "when": {"age_days_from": 91, "age_at": "payment"}}
    given = facts(100_00, due_on=date(2026, 1, 1), placed_on=date(2026, 3, 2), received_on=date(2026, 6, 1))

    assert earned(given, old, GENERAL)[0][0] == "general"  # 60 days at placement
    assert earned(given, old_when_paid, GENERAL)[0][0] == "old"  # 151 days at the payment
    backdated = facts(100_00, due_on=date(2026, 1, 1), placed_on=date(2026, 3, 2), received_on=date(2026, 4, 1))
    assert earned(backdated, old_when_paid, GENERAL)[0][0] == "general"  # 90 days


def test_the_edges_of_a_span_belong_to_it() -> None:
    span = {"id": "span", "label": "31 a 60", "when": {"age_days_from": 31, "age_days_to": 60}, "rate_bp": 1}
    by_age = {age: earned(facts(100_00, due_on=date(2026, 1, 1), placed_on=date.fromordinal(
        date(2026, 1, 1).toordinal() + age)), span, GENERAL)[0][0] for age in (30, 31, 60, 61)}  # fmt: skip

    assert by_age == {30: "general", 31: "span", 60: "span", 61: "general"}


def test_parts_that_match_different_rules_make_a_line_each() -> None:
    interest = {"id": "interest", "label": "Intereses", "when": {"component": "default_interest"}, "rate_bp": 5000}
    day = date(2026, 1, 1)
    parts = [Part("F-1", "principal", 900_00, day, day), Part("F-1", "default_interest", 100_00, day, day)]
    given = Facts("MXN", 1000_00, date(2026, 2, 1), "to_agency", "calls", parts)

    assert earned(given, interest, GENERAL) == [("interest", 50_00, 8_00), ("general", 225_00, 36_00)]


def test_a_cap_and_a_minimum_limit_the_commission_never_beyond_what_was_paid() -> None:
    limited = {**GENERAL, "cap": 1000_00, "minimum": 50_00}

    assert earned(facts(10_000_00), limited)[0][1] == 1000_00
    assert earned(facts(100_00), limited)[0][1] == 50_00
    assert earned(facts(20_00), limited)[0][1] == 20_00


def test_a_payment_no_rule_matches_is_refused() -> None:
    with pytest.raises(NoRule):
        earned(facts(100_00), {**GENERAL, "when": {"stage": "legal"}})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "al menos una regla"),
        ([{**GENERAL, "rate_bp": 10_001}], "rate_bp"),
        ([{**GENERAL, "rate_bp": 25.5}], "rate_bp"),
        ([{**GENERAL, "surprise": 1}], "surprise"),
        ([{"id": "x", "label": "X"}], "una tasa o escalones"),
        ([{"id": "x", "label": "X", "bands": STEPS}], "por tramos"),
        ([{**GENERAL, "bands": STEPS, "how": "whole"}], "una tasa o escalones"),
        ([GENERAL, GENERAL], "Dos reglas"),
        ([GENERAL, {**GENERAL, "id": "x", "when": {"stage": "legal"}}], "no puede tener condiciones"),
        ([{**GENERAL, "when": {"stage": "somewhere"}}], "somewhere"),
        ([{**GENERAL, "when": {"age_days_from": 9, "age_days_to": 8}}], "mayor que el final"),
        ([{**GENERAL, "cap": 1, "minimum": 2}], "mayor que el tope"),
        ([{"id": "x", "label": "X", "how": "whole", "bands": [
            {"amount_from": 0, "amount_to": 1000_00, "rate_bp": 1}, {"amount_from": 1000_00, "rate_bp": 2}]}],
         "se enciman"),
        ([{"id": "x", "label": "X", "how": "whole", "bands": [
            {"amount_from": 0, "amount_to": 1000_00, "rate_bp": 1}, {"amount_from": 2000_00, "rate_bp": 2}]}],
         "no hay escalón"),
        ([{"id": "x", "label": "X", "how": "whole", "bands": [{"amount_from": 5, "rate_bp": 1}]}], "empiezan en 0"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_right_are_refused_with_the_reason(rules: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(RulesRefused) as refusal:
        check_rules(rules)
    assert words in refusal.value.message
