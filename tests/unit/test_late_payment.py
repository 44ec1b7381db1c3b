"""What late payment costs beside the legal rate: judgments, fixed sums, rates that stay, agreements and pauses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from legal.rules.facts import Claim, DebtorKind, Product, Title
from legal.rules.money.interest import Circumstances, InterestOnInterest, fixed_compensation, late_interest, open_spans
from legal.rules.money.rate_controls import cautions, term_cautions
from legal.rules.packs.loading import pack_of
from legal.rules.packs.rates import RateMissing

DUE, ON = date(2026, 1, 15), date(2026, 11, 21)


def codes(country: str, claim: Claim, rate: str, more: Circumstances, on: date = ON) -> list[str]:
    currency = {"MX": "MXN", "CO": "COP", "ES": "EUR"}[country]
    found = cautions(
        Money.of("1000", currency), pack=pack_of(country), claim=claim, due_on=DUE, on=on, agreed_rate=Decimal(rate),
        more=more,
    )  # fmt: skip
    return [one.code for one in found]


def test_a_rate_fixed_on_the_first_day_stays_for_the_debt_whatever_comes_after() -> None:
    found = late_interest(
        Money.of("1000", "GBP"), pack=pack_of("GB"), claim=Claim.COMMERCIAL, due_on=date(2026, 8, 14),
        on=date(2028, 3, 1),
    )  # fmt: skip

    assert [(one.rate, one.read_on) for one in found.segments] == [(Decimal("0.1175"), date(2026, 6, 30))]


def test_a_debt_of_a_half_year_whose_base_rate_is_not_known_has_no_figure() -> None:
    with pytest.raises(RateMissing):
        late_interest(
            Money.of("1000", "GBP"), pack=pack_of("GB"), claim=Claim.COMMERCIAL, due_on=date(2026, 6, 29),
            on=date(2026, 9, 1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "sum_"), [("0.01", "40"), ("999.99", "40"), ("1000", "70"), ("9999.99", "70"), ("10000", "100")]
)
def test_the_fixed_sum_in_the_united_kingdom_goes_by_the_debt(amount: str, sum_: str) -> None:
    found = fixed_compensation(pack=pack_of("GB"), claim=Claim.COMMERCIAL, on=ON, principal=Money.of(amount, "GBP"))

    assert found is not None
    assert found.amount == Money.of(sum_, "GBP")


def test_a_cheque_that_was_not_paid_adds_a_fifth_in_mexico_and_an_invoice_nothing() -> None:
    owed, mexico = Money.of("1234.57", "MXN"), pack_of("MX")

    cheque = fixed_compensation(
        pack=mexico, claim=Claim.COMMERCIAL, on=ON, principal=owed, more=Circumstances(title=Title.CHEQUE)
    )

    assert cheque is not None
    assert cheque.amount == Money.of("246.91", "MXN")
    assert fixed_compensation(pack=mexico, claim=Claim.COMMERCIAL, on=ON, principal=owed) is None


def test_a_note_goes_on_at_its_ordinary_rate_when_no_default_rate_was_agreed() -> None:
    def total(rate: str | None, ordinary: str | None) -> Decimal:
        more = Circumstances(title=Title.BILL, ordinary_rate=Decimal(ordinary) if ordinary else None)
        agreed = Decimal(rate) if rate else None
        return late_interest(
            Money.of("36500", "MXN"), pack=pack_of("MX"), claim=Claim.COMMERCIAL, due_on=date(2026, 1, 1),
            on=date(2026, 1, 11), agreed_rate=agreed, more=more,
        ).total.amount  # fmt: skip

    assert [total("0.24", "0.12"), total(None, "0.12"), total(None, None)] == [240, 120, 60]


def test_a_judgment_has_its_own_rate_and_ends_what_was_agreed() -> None:
    def total(region: str, claim: Claim, amount: str, day: str, product: Product | None = None) -> str:
        entered = date.fromisoformat(day)
        found = late_interest(
            Money.of(amount, "USD"), pack=pack_of("US", region), claim=claim, due_on=entered,
            on=entered + timedelta(days=365), agreed_rate=Decimal("0.30"),
            more=Circumstances(judgment_on=entered, product=product, debtor=DebtorKind.PERSON),
        )  # fmt: skip
        return str(found.total.amount)

    assert total("CA", Claim.CONSUMER, "49999.99", "2023-01-01") == "2500.00"
    assert total("CA", Claim.CONSUMER, "50000", "2023-01-01") == "5000.00"
    assert total("CA", Claim.CONSUMER, "50000", "2023-01-01", Product.MEDICAL) == "2500.00"
    assert total("CA", Claim.CONSUMER, "200000", "2023-01-01", Product.MEDICAL) == "20000.00"
    assert total("CA", Claim.CONSUMER, "1000", "2022-12-31") == "100.00"
    assert total("NY", Claim.CONSUMER, "1000", "2022-04-30") == "20.00"
    assert total("NY", Claim.CONSUMER, "1000", "2022-04-29") == "90.00"
    assert total("NY", Claim.COMMERCIAL, "1000", "2024-06-01") == "90.00"


def test_in_the_united_states_only_agreed_interest_is_added() -> None:
    def total(rate: str | None) -> Decimal:
        return late_interest(
            Money.of("3650", "USD"), pack=pack_of("US", "TX"), claim=Claim.CONSUMER, due_on=date(2026, 1, 1),
            on=date(2026, 1, 11), agreed_rate=Decimal(rate) if rate else None,
        ).total.amount  # fmt: skip

    assert (total(None), total("0.10")) == (Decimal(0), Decimal(10))


def test_usury_in_mexico_is_a_word_of_caution_against_the_market_and_changes_no_figure() -> None:
    more = Circumstances(market_rate=Decimal("0.45"))

    assert codes("MX", Claim.COMMERCIAL, "0.46", more) == ["usury"]
    assert codes("MX", Claim.COMMERCIAL, "0.45", more) == []
    assert codes("MX", Claim.COMMERCIAL, "0.45", Circumstances()) == ["usury_unchecked"]


def test_usury_in_colombia_goes_by_the_month_and_a_month_not_at_hand_is_said() -> None:
    june, july = date(2026, 6, 30), date(2026, 7, 31)

    assert codes("CO", Claim.CIVIL, "0.28785", Circumstances(), june) == []
    assert codes("CO", Claim.CIVIL, "0.28786", Circumstances(), june) == ["usury"]
    assert codes("CO", Claim.CIVIL, "0.10", Circumstances(), july) == ["usury_unchecked"]


def test_spain_warns_of_a_consumers_default_rate_and_of_one_too_low_between_firms() -> None:
    ordinary = Circumstances(ordinary_rate=Decimal("0.08"))

    assert codes("ES", Claim.CONSUMER, "0.1001", ordinary) == ["abusive_default_rate"]
    assert codes("ES", Claim.CONSUMER, "0.10", ordinary) == []
    assert codes("ES", Claim.COMMERCIAL, "0.03", Circumstances()) == ["abusive_low_rate"]
    assert codes("ES", Claim.COMMERCIAL, "0.05", Circumstances()) == []


def test_a_term_longer_than_the_law_lets_is_said() -> None:
    delivered = date(2026, 4, 1)

    def said(due: date) -> list[str]:
        return [one.code for one in term_cautions(delivered, due, pack=pack_of("ES"), claim=Claim.COMMERCIAL)]

    assert said(delivered + timedelta(days=60)) == []
    assert said(delivered + timedelta(days=61)) == ["term_too_long"]


@pytest.mark.parametrize(
    ("country", "claim", "how", "allowed"),
    [
        ("MX", Claim.COMMERCIAL, "agreed_before", True),
        ("MX", Claim.COMMERCIAL, "not_agreed", False),
        ("MX", Claim.CIVIL, "agreed_before", False),
        ("MX", Claim.CIVIL, "agreed_after", True),
        ("CO", Claim.CIVIL, "agreed_after", False),
        ("GB", Claim.COMMERCIAL, "agreed_before", False),
    ],
)
def test_interest_becomes_principal_only_where_the_law_lets_it(
    country: str, claim: Claim, how: str, allowed: bool
) -> None:
    owed = Money.of("1000", {"MX": "MXN", "CO": "COP", "GB": "GBP"}[country])
    due, on = (date(2026, 8, 1), date(2026, 8, 2)) if country == "GB" else (DUE, ON)
    more = Circumstances(capitalised=how)  # type: ignore[arg-type]

    def asked() -> Money:
        return late_interest(owed, pack=pack_of(country), claim=claim, due_on=due, on=on, more=more).total

    if allowed:
        assert asked().minor > 0
    else:
        with pytest.raises(InterestOnInterest):
            asked()


DAYS = st.dates(date(2023, 1, 1), date(2026, 12, 31))


@given(DAYS, DAYS, st.lists(st.tuples(DAYS, st.integers(0, 90)), max_size=4))
def test_a_day_is_either_counted_or_paused_and_none_twice(
    first: date, last: date, told: list[tuple[date, int]]
) -> None:
    paused = [(day, day + timedelta(days=length)) for day, length in told]

    def each(begins: date, ends: date) -> list[date]:
        return [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]

    counted = [day for begins, ends in open_spans(first, last, paused) for day in each(begins, ends)]
    still = {day for begins, ends in paused for day in each(begins, ends)}

    assert counted == [day for day in each(first, last) if day not in still]


PLACES = st.sampled_from(
    [
        ("ES", None, Claim.COMMERCIAL, "EUR", date(2023, 1, 1), date(2026, 12, 31)),
        ("CO", None, Claim.COMMERCIAL, "COP", date(2025, 8, 1), date(2026, 1, 31)),
        ("MX", None, Claim.COMMERCIAL, "MXN", date(2010, 1, 1), date(2026, 12, 31)),
        ("GB", None, Claim.COMMERCIAL, "GBP", date(2026, 7, 1), date(2026, 12, 31)),
    ]
)


@given(PLACES, st.integers(1, 10**11), st.data())
def test_interest_before_rounding_adds_up_over_any_cut_in_every_place(
    place: tuple[str, str | None, Claim, str, date, date], minor: int, data: st.DataObject
) -> None:
    country, region, claim, currency, earliest, latest = place
    due = data.draw(st.dates(earliest, latest))
    on = data.draw(st.dates(due, latest))
    cut = data.draw(st.dates(due, on))

    def exact(first: date, last: date) -> Decimal:
        found = late_interest(Money(minor, currency), pack=pack_of(country, region), claim=claim, due_on=first, on=last)
        return sum((segment.amount for segment in found.segments), Decimal(0))

    assert abs(exact(due, on) - exact(due, cut) - exact(cut, on)) < Decimal("1e-9")
