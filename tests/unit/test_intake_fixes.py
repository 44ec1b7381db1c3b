"""Repairs laid over rows, and what a cell plainly meant."""

import inspect
import re
from datetime import date

import pytest

from recobro.intake.checks import rows
from recobro.intake.checks.causes import WORDS, suggestion
from recobro.intake.checks.rows import Plan
from recobro.intake.columns.grammar import Mark, Order
from recobro.intake.files.reading import Row
from recobro.intake.issues import REJECTIONS
from recobro.intake.staged.fixes import Fix, Overlay, digest, fixed, overlay, touched

ROWS = [Row(2, ["A-1", "PESO", "10"]), Row(3, ["A-2", " PESO ", "11"]), Row(4, ["A-3", "USD", "x"])]


def said(*acts: list[Fix]) -> list[list[str]]:
    """The rows under some acts of repair."""
    return [list(row.cells) for row in fixed(ROWS, overlay(acts))]


def test_without_repairs_the_rows_are_the_very_same() -> None:
    rows = iter(ROWS)
    assert fixed(rows, Overlay()) is rows


def test_a_value_is_mended_in_every_row_that_holds_it_and_a_cell_in_its_own() -> None:
    assert said([Fix(0, 1, "PESO", "MXN"), Fix(4, 2, "x", "12")]) == [
        ["A-1", "MXN", "10"], ["A-2", "MXN", "11"], ["A-3", "USD", "12"],
    ]  # fmt: skip


def test_a_later_act_mends_what_an_earlier_one_left() -> None:
    first, second = [Fix(0, 1, "PESO", "MXM"), Fix(4, 1, "USD", "MXM")], [Fix(0, 1, "MXM", "MXN")]
    assert [cells[1] for cells in said(first, second)] == ["MXN", "MXN", "MXN"]
    assert [cells[1] for cells in said(first, second, [Fix(3, 1, "", "EUR")])] == ["MXN", "EUR", "MXN"]


def test_the_values_of_one_act_change_places_at_once() -> None:
    assert [cells[1] for cells in said([Fix(0, 1, "PESO", "USD"), Fix(0, 1, "USD", "PESO")])] == ["USD", "USD", "PESO"]


def test_only_the_rows_that_more_repairs_change_are_touched() -> None:
    before = overlay([[Fix(0, 1, "PESO", "MXN")]])
    after = overlay([[Fix(0, 1, "PESO", "MXN")], [Fix(0, 1, "USD", "MXN"), Fix(2, 0, "", "A-1")]])
    assert [row.line for row in touched(ROWS, before, after)] == [4]


def test_the_same_repairs_have_one_digest_however_they_were_made() -> None:
    at_once, in_two = overlay([[Fix(0, 1, "A", "C")]]), overlay([[Fix(0, 1, "A", "C")], [Fix(0, 1, "C", "C")]])
    assert digest(at_once) == digest(in_two) != ""
    assert digest(Overlay()) == digest(overlay([[Fix(0, 1, "A", "A")]])) == ""


def plan(mark: Mark = Mark.COMMA, order: Order = Order.DAY_FIRST, currency: str = "MXN") -> Plan:
    return Plan(
        columns=(), fields={}, own={}, marks={"balance": mark}, orders={"due_on": order}, currency=currency,
        country="MX", time_zone="America/Mexico_City", locale="es_MX", as_of=date(2025, 1, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "field", "value", "meant"),
    [
        ("bad_day", "due_on", "12/31/2025", "31/12/2025"),
        ("bad_day", "due_on", "O7/O9/2025", "07/09/2025"),
        ("bad_day", "due_on", "30/02/2025", ""),
        ("bad_amount", "balance", "1,234.50", "1234,50"),
        ("bad_amount", "balance", "1.234,50 pesos", "1234,50"),
        ("bad_amount", "balance", "muchos", ""),
        ("decimals", "balance", "10,125", "10,13"),
        ("bad_currency", "currency", "Pesos M.N", "MXN"),
        ("bad_currency", "currency", "Dólar", "USD"),
        ("bad_currency", "currency", "m.x.p.", "MXN"),
        ("bad_yes_no", "disputed", "n/a", "no"),
        ("no_due", "due_on", "", ""),
        ("bad_day", "no such field", "1", ""),
    ],
)
def test_a_cell_is_given_a_meaning_only_where_it_is_plain(code: str, field: str, value: str, meant: str) -> None:
    assert suggestion(code, field, value, plan()) == meant


def test_pesos_are_the_pesos_of_the_clients_country() -> None:
    assert suggestion("bad_currency", "currency", "peso", plan(currency="COP")) == "COP"


def test_every_refusal_has_a_few_words_under_which_its_rows_are_counted() -> None:
    assert set(REJECTIONS) - set(WORDS) == set()


def test_every_refusal_of_a_row_says_why_and_what_to_do() -> None:
    source = inspect.getsource(rows)
    raised = {*re.findall(r'_Rejected\("(\w+)"', source), "credit_row", "payment_row"}
    assert len(raised) > 15
    assert raised - set(REJECTIONS) == set()
