"""What a payment pays first: the law's order, the debtor's choice, and no cent lost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money, total
from kernel.problems import Invalid
from legal.rules.facts import Claim, Component
from legal.rules.money.allocation import Allocation, Due, NoAllocationRule, allocate
from legal.rules.money.interest import late_interest
from legal.rules.packs.loading import pack_named
from legal.rules.packs.schema import Basis

ON = date(2026, 11, 20)
PRINCIPAL, INTEREST, TAX, COST = Component.PRINCIPAL, Component.DEFAULT_INTEREST, Component.TAX, Component.COST


def mxn(amount: str) -> Money:
    return Money.of(amount, "MXN")


def due(debt: str, component: Component, amount: str, on: str = "2026-01-15", rate: str = "0") -> Due:
    return Due(debt, component, mxn(amount), date.fromisoformat(on), Decimal(rate))


def shown(allocation: Allocation) -> list[tuple[str, str, str]]:
    return [(part.debt, part.component, str(part.amount.amount)) for part in allocation.applied]


INVOICE = (due("A", PRINCIPAL, "100"), due("A", TAX, "16"), due("A", INTEREST, "10"), due("A", COST, "5"))


@pytest.mark.parametrize("place", ["mx", "co", "es"])
def test_costs_then_interest_then_principal(place: str) -> None:
    allocation = allocate(mxn("40"), INVOICE, pack=pack_named(place), on=ON)

    assert shown(allocation) == [("A", COST, "5.00"), ("A", INTEREST, "10.00"), ("A", PRINCIPAL, "25.00")]
    assert allocation.unapplied == mxn("0")


def test_mexico_rests_on_the_law_and_the_others_on_policy() -> None:
    basis = {
        place: allocate(mxn("1"), INVOICE, pack=pack_named(place), on=ON).rule.basis for place in ("mx", "co", "es")
    }

    assert basis == {"mx": Basis.LAW, "co": Basis.POLICY, "es": Basis.POLICY}


def test_mx_i5_a_payment_on_account_pays_the_interest_of_the_day_first() -> None:
    mexico, principal = pack_named("mx"), mxn("50000")
    accrued = late_interest(
        principal, pack=mexico, claim=Claim.COMMERCIAL, due_on=date(2026, 1, 1), on=date(2026, 7, 1)
    )
    owed = (Due("A", PRINCIPAL, principal, date(2026, 1, 1)), Due("A", INTEREST, accrued.total, date(2026, 7, 1)))

    paid = allocate(mxn("10000"), owed, pack=mexico, on=date(2026, 7, 1))

    assert shown(paid) == [("A", INTEREST, "1487.67"), ("A", PRINCIPAL, "8512.33")]
    left = principal - paid.to(PRINCIPAL)
    later = late_interest(left, pack=mexico, claim=Claim.COMMERCIAL, due_on=date(2026, 7, 1), on=date(2026, 11, 21))
    assert (left, later.total) == (mxn("41487.67"), mxn("975.24"))
    assert "intereses" in paid.receipt_words


def test_co_i7_interest_then_capital() -> None:
    capital, accrued = Money.of("10000000", "COP"), Money.of("207996.04", "COP")
    owed = (Due("A", PRINCIPAL, capital, date(2026, 5, 31)), Due("A", INTEREST, accrued, date(2026, 6, 30)))

    paid = allocate(Money.of("500000", "COP"), owed, pack=pack_named("co"), on=date(2026, 6, 30))

    assert paid.to(INTEREST) == accrued
    assert capital - paid.to(PRINCIPAL) == Money.of("9707996.04", "COP")


def test_what_is_left_over_stays_unapplied() -> None:
    allocation = allocate(mxn("200"), INVOICE, pack=pack_named("mx"), on=ON)

    assert allocation.unapplied == mxn("69")


def test_the_oldest_of_two_equal_debts_is_paid_whole_before_the_next() -> None:
    owed = (
        due("new", PRINCIPAL, "100", "2026-05-01"),
        due("old", PRINCIPAL, "100", "2026-02-01"),
        due("old", INTEREST, "9"),
    )

    allocation = allocate(mxn("120"), owed, pack=pack_named("mx"), on=ON)

    assert shown(allocation) == [("old", INTEREST, "9.00"), ("old", PRINCIPAL, "100.00"), ("new", PRINCIPAL, "11.00")]


def test_in_mexico_the_dearer_debt_goes_before_the_older_one() -> None:
    owed = (due("old", PRINCIPAL, "100", "2026-02-01"), due("dear", PRINCIPAL, "100", "2026-05-01", rate="0.36"))

    assert shown(allocate(mxn("50"), owed, pack=pack_named("mx"), on=ON))[0][0] == "dear"
    assert shown(allocate(mxn("50"), owed, pack=pack_named("co"), on=ON))[0][0] == "old"


def test_a_debt_that_is_not_due_yet_comes_last() -> None:
    owed = (due("later", PRINCIPAL, "100", "2027-01-01", rate="0.36"), due("due", PRINCIPAL, "100", "2026-11-01"))

    assert shown(allocate(mxn("50"), owed, pack=pack_named("mx"), on=ON))[0][0] == "due"


@pytest.mark.parametrize("place", ["mx", "co", "es"])
def test_inside_a_debt_what_is_due_goes_before_the_interest_that_is_not(place: str) -> None:
    owed = (due("A", PRINCIPAL, "100"), due("A", INTEREST, "10", on="2026-12-31"))

    allocation = allocate(mxn("105"), owed, pack=pack_named(place), on=ON)

    assert shown(allocation) == [("A", PRINCIPAL, "100.00"), ("A", INTEREST, "5.00")]


def test_debts_of_the_same_rank_share_by_size() -> None:
    owed = (due("A", PRINCIPAL, "100"), due("B", PRINCIPAL, "200"))

    allocation = allocate(mxn("100"), owed, pack=pack_named("mx"), on=ON)

    assert shown(allocation) == [("A", PRINCIPAL, "33.33"), ("B", PRINCIPAL, "66.67")]


def test_the_debtor_says_which_debt_is_paid_and_the_law_what_inside_it() -> None:
    owed = (*INVOICE, due("B", PRINCIPAL, "50", "2026-09-01"), due("B", INTEREST, "2", "2026-09-01"))

    allocation = allocate(mxn("60"), owed, pack=pack_named("mx"), on=ON, chosen=("B",))

    assert shown(allocation) == [
        ("B", INTEREST, "2.00"),
        ("B", PRINCIPAL, "50.00"),
        ("A", COST, "5.00"),
        ("A", INTEREST, "3.00"),
    ]
    assert "eligió el deudor" in allocation.because


def test_the_parties_may_agree_on_another_order() -> None:
    allocation = allocate(mxn("110"), INVOICE, pack=pack_named("mx"), on=ON, agreed=((PRINCIPAL,), (INTEREST,)))

    assert shown(allocation) == [("A", PRINCIPAL, "100.00"), ("A", INTEREST, "10.00")]
    with pytest.raises(Invalid):
        allocate(mxn("110"), INVOICE, pack=pack_named("mx"), on=ON, agreed=((PRINCIPAL,), (PRINCIPAL,)))


def test_reverses_other_currencies_and_places_without_a_rule_are_refused() -> None:
    with pytest.raises(Invalid):
        allocate(mxn("-1"), INVOICE, pack=pack_named("mx"), on=ON)
    with pytest.raises(Invalid):
        allocate(Money.of("1", "EUR"), INVOICE, pack=pack_named("mx"), on=ON)
    with pytest.raises(NoAllocationRule):
        allocate(mxn("1"), INVOICE, pack=pack_named("house"), on=ON)


DUES = st.lists(
    st.builds(
        Due,
        debt=st.sampled_from("ABC"),
        component=st.sampled_from(Component),
        amount=st.integers(0, 10**9).map(lambda minor: Money(minor, "MXN")),
        due_on=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
        rate=st.sampled_from([Decimal(0), Decimal("0.06"), Decimal("0.36")]),
    ),
    max_size=12,
)


@given(st.integers(0, 10**10), DUES, st.sampled_from(["mx", "co", "es"]), st.lists(st.sampled_from("ABC"), unique=True))
def test_no_cent_is_lost_and_nothing_is_paid_twice(minor: int, dues: list[Due], place: str, chosen: list[str]) -> None:
    payment = Money(minor, "MXN")

    allocation = allocate(payment, dues, pack=pack_named(place), on=ON, chosen=chosen)

    assert total((part.amount for part in allocation.applied), "MXN") + allocation.unapplied == payment
    owed = total((item.amount for item in dues), "MXN")
    assert allocation.unapplied == max(payment - owed, Money.zero("MXN"))
    for debt in "ABC":
        for component in Component:
            paid = total((p.amount for p in allocation.applied if (p.debt, p.component) == (debt, component)), "MXN")
            assert paid <= total((d.amount for d in dues if (d.debt, d.component) == (debt, component)), "MXN")
