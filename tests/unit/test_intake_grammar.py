"""Amounts and days: one strict grammar, and one reading for a whole column."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro.intake.columns.grammar import (
    Mark,
    Number,
    Order,
    Unreadable,
    amount_verdict,
    date_verdict,
    decide_mark,
    decide_order,
    read_amount,
    read_date,
)
from recobro.intake.columns.profiles import profile
from recobro.intake.files.reading import Row


@pytest.mark.parametrize(
    ("text", "mark", "value", "currency"),
    [
        ("1,234.56", Mark.DOT, "1234.56", ""),
        ("1.234,56", Mark.COMMA, "1234.56", ""),
        ("$ 61,440.18", Mark.DOT, "61440.18", "$"),
        ("1 234,50 €", Mark.COMMA, "1234.50", "EUR"),
        ("USD 12", Mark.DOT, "12", "USD"),
        ("(1,000.00)", Mark.DOT, "-1000.00", ""),
        ("1,000.00-", Mark.DOT, "-1000.00", ""),
        ("-7", Mark.COMMA, "-7", ""),
        ("68.8", Mark.DOT, "68.8", ""),
        (".5", Mark.DOT, "0.5", ""),
        (Number("68.8"), Mark.COMMA, "68.8", ""),
        ("$1,500.00 M.N.", Mark.DOT, "1500.00", "MXN"),
        ("500 pesos M.N.", Mark.DOT, "500", "MXN"),
        ("500.00 Dlls", Mark.DOT, "500.00", "USD"),
        ("$500 pesos", Mark.DOT, "500", "$"),
        ("12,50 euros", Mark.COMMA, "12.50", "EUR"),
    ],
)
def test_an_amount_is_read_by_one_grammar(text: str, mark: Mark, value: str, currency: str) -> None:
    found = read_amount(text, mark)

    assert (found.value, found.currency) == (Decimal(value), currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "diez",
        "diez pesos",
        "US$ 5 M.N.",
        "20% pesos",
        "5 bandoneones mn",
        "1_000",
        "１２",
        "١٢",
        "Infinity",
        "NaN",
        "1e5",
        "1,23,4.00",
        "12,34.5",
        "10 %",
        "--5",
        "(5",
        "1.2.3",
        "$",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_amount(text, Mark.DOT)


def test_the_decimal_mark_is_decided_from_all_values_of_a_column() -> None:
    spanish = Counter(amount_verdict(text) for text in ("1.500", "2.000", "16.905,25"))
    english = Counter(amount_verdict(text) for text in ("1.500", "2.000", "12.5"))
    open_column = Counter(amount_verdict(text) for text in ("1.500", "2.000"))

    assert (decide_mark(spanish).choice, decide_mark(spanish).ambiguous) == ("comma", False)
    assert (decide_mark(english).choice, decide_mark(english).ambiguous) == ("dot", False)
    assert decide_mark(open_column).ambiguous


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("5/29/2013", Order.MONTH_FIRST, date(2013, 5, 29)),
        ("28/02/2020", Order.DAY_FIRST, date(2020, 2, 28)),
        ("2020-02-28", Order.MONTH_FIRST, date(2020, 2, 28)),
        ("20200228", Order.DAY_FIRST, date(2020, 2, 28)),
        ("28-feb-2020", Order.MONTH_FIRST, date(2020, 2, 28)),
        ("7 de septiembre de 2026", Order.DAY_FIRST, date(2026, 9, 7)),
        ("2020-02-28T00:00:00", Order.DAY_FIRST, date(2020, 2, 28)),
        ("43889", Order.SERIAL, date(2020, 2, 28)),
        ("1/2/79", Order.DAY_FIRST, date(2079, 2, 1)),
    ],
)
def test_a_day_is_read_in_its_columns_order(text: str, order: Order, day: date) -> None:
    assert read_date(text, order) == day


@pytest.mark.parametrize("text", ["30/02/2025", "29/02/2025", "13/13/2025", "0/1/2025", "ayer", "1/1/0001", ""])
def test_a_day_that_is_in_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_date(text, Order.DAY_FIRST)


def test_the_order_of_a_date_column_is_decided_from_all_its_values() -> None:
    mixed = [f"{month}/{day}/2013" for month in (1, 2) for day in (3, 4, 29)]

    assert decide_order(Counter(map(date_verdict, mixed))).choice == "mdy"
    assert not decide_order(Counter(map(date_verdict, mixed))).ambiguous
    assert decide_order(Counter(map(date_verdict, ["03/04/2025", "05/06/2025"]))).ambiguous
    assert decide_order(Counter(map(date_verdict, ["29/04/2025", "04/29/2025"]))).ambiguous


@pytest.mark.parametrize(
    ("told", "order", "turned"),
    [(["25/03/2026", "31/01/2026"], "dmy", "dmy_turned"), (["03/25/2026", "01/31/2026"], "mdy", "mdy_turned")],
)  # fmt: skip
def test_days_that_a_sheet_of_another_language_may_have_turned_are_asked(
    told: list[str], order: str, turned: str
) -> None:
    kept = ["2026-04-03", Number("46120"), "2026-01-12 00:00:00"]

    found = decide_order(Counter(map(date_verdict, [*told, *kept])))

    assert (found.choice, found.others) == (order, (turned,))
    assert [read_date(cell, Order(order)).isoformat() for cell in kept] == ["2026-04-03", "2026-04-08", "2026-01-12"]
    assert [read_date(cell, Order(turned)).isoformat() for cell in kept] == ["2026-03-04", "2026-08-04", "2026-12-01"]
    assert read_date(told[0], Order(turned)).isoformat() == "2026-03-25"


@pytest.mark.parametrize("more", [["2026-04-25"] * 3, ["05/06/2026"] * 9])
def test_days_that_nobody_can_have_turned_are_not_asked(more: list[str]) -> None:
    told = ["25/03/2026"] * 9 + ["2026-04-03"] * 9

    assert not decide_order(Counter(map(date_verdict, [*told, *more]))).ambiguous
    assert not decide_order(Counter(map(date_verdict, ["2026-04-03", "2026-04-12"]))).ambiguous


@given(st.integers(-(10**12), 10**12), st.sampled_from([(",", ".", Mark.DOT), (".", ",", Mark.COMMA)]))
def test_every_amount_comes_back_as_it_was_written(minor: int, marks: tuple[str, str, Mark]) -> None:
    group, point, mark = marks
    written = f"{Decimal(minor).scaleb(-2):,.2f}".replace(",", "g").replace(".", point).replace("g", group)

    assert read_amount(written, mark).value == Decimal(minor).scaleb(-2)


@given(st.text(max_size=40))
def test_no_text_breaks_the_grammar(text: str) -> None:
    amount_verdict(text)
    date_verdict(text)


_SOME_CELLS = st.one_of(
    st.dates(date(1990, 1, 1), date(2060, 1, 1)).flatmap(
        lambda day: st.sampled_from([f"{day:{form}}" for form in ("%d/%m/%Y", "%m-%d-%y", "%Y%m%d", "%d %b %Y", "%c")])
    ),
    st.from_regex(
        r"(US\$|\$|-|\(|MXN )?[0-9]{1,3}([,. '][0-9]{3}){0,3}([.,][0-9]{0,3})?(\)|-| EUR|%)?", fullmatch=True
    ),
    st.text("0123456789.,-/ $()TZabceno", min_size=1, max_size=12),
    st.text(min_size=1, max_size=16),
)


@settings(max_examples=1_000)
@given(_SOME_CELLS)
def test_a_profile_says_of_a_value_what_the_grammar_says(cell: str) -> None:
    found, count = profile([Row(2, [cell])], 1)

    assert count == 1
    if "@" in cell or not cell.strip():
        return
    assert found[0].amounts == {amount_verdict(cell.strip()): 1}
    assert found[0].days == {date_verdict(cell.strip()): 1}


@pytest.mark.parametrize(
    ("cells", "choice", "others"),
    [
        (("26-02-10", "26-03-15", "25-12-20", "26-01-28"), "ymd", ()),
        (("10-02-26", "15-03-26", "20-12-25", "28-01-26"), "dmy", ()),
        (("02/10/26", "03/15/26", "12/20/25", "01/28/26"), "mdy", ()),
        (("26-02-25", "25-02-26"), "dmy", ("ymd",)),
        (("32-02-10", "33-02-11"), "ymd", ()),
        (("2026-02-10", "26-02-10", "26-02-28"), "ymd", ()),
    ],
)
def test_two_digits_in_front_are_years_where_those_are_closer_together(
    cells: tuple[str, ...], choice: str, others: tuple[str, ...]
) -> None:
    found = decide_order(Counter(map(date_verdict, cells)))

    assert (found.choice, found.others) == (choice, others)
    assert read_date("26-02-10", Order.YEAR_FIRST) == date(2026, 2, 10)
