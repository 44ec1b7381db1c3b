"""Default interest: the dated examples of the research, to the cent, and the refusals."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from legal.rules.facts import Claim
from legal.rules.money.interest import Interest, NoInterestRule, fixed_compensation, late_interest
from legal.rules.packs.loading import pack_named
from legal.rules.packs.rates import RateMissing
from legal.rules.packs.schema import Basis

TODAY = "2026-11-21"


def interest(pack: str, claim: Claim, amount: str, due: str, on: str = TODAY, rate: str | None = None) -> Interest:
    currency = {"mx": "MXN", "co": "COP", "es": "EUR"}[pack]
    return late_interest(
        Money.of(amount, currency),
        pack=pack_named(pack),
        claim=claim,
        due_on=date.fromisoformat(due),
        on=date.fromisoformat(on),
        agreed_rate=Decimal(rate) if rate else None,
    )


@pytest.mark.parametrize(
    ("case", "pack", "claim", "amount", "due", "on", "expected", "days"),
    [
        ("MX-I1", "mx", Claim.COMMERCIAL, "100000", "2026-01-15", TODAY, "5095.89", 310),
        ("MX-I3", "mx", Claim.CIVIL, "25000", "2026-03-01", TODAY, "1633.56", 265),
        ("MX-I5", "mx", Claim.COMMERCIAL, "50000", "2026-01-01", "2026-07-01", "1487.67", 181),
        ("MX-I5", "mx", Claim.COMMERCIAL, "41487.67", "2026-07-01", TODAY, "975.24", 143),
        ("CO-I1", "co", Claim.COMMERCIAL, "10000000", "2026-05-31", "2026-06-30", "207996.04", 30),
        ("CO-I3", "co", Claim.COMMERCIAL, "3000000", "2025-10-31", "2026-01-31", "167497.15", 92),
        ("ES-I1", "es", Claim.COMMERCIAL, "10000", "2025-12-01", TODAY, "997.05", 355),
        ("ES-I3", "es", Claim.COMMERCIAL, "1200", "2024-05-31", "2025-03-31", "119.42", 304),
        ("ES-I7", "es", Claim.COMMERCIAL, "60000", "2022-11-30", TODAY, "26475.62", 1452),
    ],
)
def test_the_examples_of_the_research(
    case: str, pack: str, claim: Claim, amount: str, due: str, on: str, expected: str, days: int
) -> None:
    found = interest(pack, claim, amount, due, on)

    assert (found.total.amount, found.days) == (Decimal(expected), days), case


def test_es_i1_adds_forty_euros_between_firms_and_nothing_to_a_consumer() -> None:
    spain, day = pack_named("es"), date.fromisoformat(TODAY)

    between_firms = fixed_compensation(pack=spain, claim=Claim.COMMERCIAL, on=day)

    assert between_firms is not None
    assert between_firms.amount == Money.of("40", "EUR")
    assert fixed_compensation(pack=spain, claim=Claim.CONSUMER, on=day) is None
    assert fixed_compensation(pack=pack_named("mx"), claim=Claim.COMMERCIAL, on=day) is None


def test_es_i7_is_cut_in_nine_segments_where_the_table_turns() -> None:
    found = interest("es", Claim.COMMERCIAL, "60000", "2022-11-30")

    assert [segment.rate for segment in found.segments] == [
        Decimal(rate) for rate in ["0.08", "0.105", "0.12", "0.125", "0.1225", "0.1115", "0.1015", "0.1015", "0.104"]
    ]


def test_a_rate_that_was_not_verified_is_said() -> None:
    found = interest("es", Claim.COMMERCIAL, "1200", "2024-05-31", "2025-03-31")

    assert "Confirmar en el BOE" in found.notes[0]


def test_co_i5_a_month_without_a_rate_gives_no_number() -> None:
    with pytest.raises(RateMissing) as refusal:
        interest("co", Claim.COMMERCIAL, "10000000", "2026-05-31")

    assert refusal.value.code == "rate_missing"
    assert refusal.value.details["day"] == date(2026, 7, 1)


def test_nothing_is_owed_until_the_day_after_the_due_date() -> None:
    assert interest("mx", Claim.COMMERCIAL, "1000", "2026-11-21").total == Money.zero("MXN")
    assert interest("mx", Claim.COMMERCIAL, "1000", "2026-12-21").segments == ()
    assert interest("mx", Claim.COMMERCIAL, "100000", "2026-11-20").total == Money.of("16.44", "MXN")


def test_an_agreed_rate_goes_before_the_legal_one() -> None:
    found = interest("mx", Claim.COMMERCIAL, "100000", "2026-01-15", rate="0.24")

    assert found.total == Money.of("20383.56", "MXN")


def test_in_colombia_an_agreed_rate_above_the_ceiling_costs_all_the_interest() -> None:
    assert interest("co", Claim.COMMERCIAL, "10000000", "2026-05-31", "2026-06-30", "0.20").total.amount < 207996
    found = interest("co", Claim.COMMERCIAL, "10000000", "2026-05-31", "2026-06-30", "0.30")

    assert found.total == Money.of("0", "COP")
    assert (found.segments[0].rate, found.days) == (Decimal(0), 30)
    assert interest("co", Claim.COMMERCIAL, "10000000", "2026-05-31", "2026-06-30", "0.28785").total.amount > 207996


def test_a_consumer_in_mexico_is_charged_the_commercial_rate_as_policy_only() -> None:
    found = interest("mx", Claim.CONSUMER, "1000", "2026-01-15")

    assert found.rule.basis is Basis.POLICY
    assert found.rule.id == "mx.interest.commercial.extended"


def test_a_place_without_a_rule_gives_no_number() -> None:
    with pytest.raises(NoInterestRule):
        late_interest(
            Money.of("1000", "EUR"),
            pack=pack_named("house"),
            claim=Claim.CIVIL,
            due_on=date(2026, 1, 1),
            on=date(2026, 2, 1),
        )


@given(st.integers(1, 10**9), st.dates(date(2023, 1, 1), date(2026, 12, 30)), st.data())
def test_interest_before_rounding_adds_up_over_any_cut(minor: int, due: date, data: st.DataObject) -> None:
    on = data.draw(st.dates(due, date(2026, 12, 31)))
    cut = data.draw(st.dates(due, on))
    principal, spain = Money(minor, "EUR"), pack_named("es")

    def exact(first: date, last: date) -> Decimal:
        found = late_interest(principal, pack=spain, claim=Claim.COMMERCIAL, due_on=first, on=last)
        return sum((segment.amount for segment in found.segments), Decimal(0))

    assert abs(exact(due, on) - exact(due, cut) - exact(cut, on)) < Decimal("1e-12")
