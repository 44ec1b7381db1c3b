"""What a client says a file comes to, written in one line, against the file."""

import pytest

from recobro.intake.control import ControlRefused
from recobro.intake.declared import as_line, compare, read_line
from recobro.intake.tables import Placement


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", {}),
        ("1500 filas, 44,471,009.08 MXN", {"MXN": {"count": 1500, "sum": 44_471_009_08}}),
        ("MXN:1500:44471009.08", {"MXN": {"count": 1500, "sum": 44_471_009_08}}),
        ("1,500 44.471.009,08", {"MXN": {"count": 1500, "sum": 44_471_009_08}}),
        ("2 por 10.00; USD 3 20.50", {"MXN": {"count": 2, "sum": 10_00}, "USD": {"count": 3, "sum": 20_50}}),
        (
            "3 facturas por 1384.50 dólares; 1 euros 2,50",
            {"USD": {"count": 3, "sum": 1384_50}, "EUR": {"count": 1, "sum": 2_50}},
        ),
        ("3 filas, $1,384.50 pesos mexicanos", {"MXN": {"count": 3, "sum": 1384_50}}),
        ("40 500000 COP", {"COP": {"count": 40, "sum": 500_000_00}}),
    ],
)
def test_a_line_is_read_by_currency(line: str, found: dict[str, dict[str, int]]) -> None:
    assert read_line(line, "MXN") == found
    assert read_line(as_line(found), "MXN") == found


@pytest.mark.parametrize(
    "line",
    [
        "hola",
        "12",
        "3 1,500",
        "3 10.00; 4 20.00",
        "1 2 3",
        "x" * 400,
        "3 1.234 MXN",
        "3 1,384.50 mil pesos",
        "3 facturas 10.00 rublos",
        "3 US$10.00 EUR",
    ],
)
def test_what_is_in_doubt_is_refused(line: str) -> None:
    with pytest.raises(ControlRefused):
        read_line(line, "MXN")


def test_a_currency_that_nobody_declared_does_not_agree() -> None:
    placement = Placement(
        declared={"MXN": {"count": 2, "sum": 10_00}},
        counts={"file": {"MXN": {"count": 3, "sum": 12_50}, "USD": {"count": 1, "sum": 1_00}}},
        totals={"MXN": {"count": 1, "sum": 5_00}},
    )

    one, other = compare(placement)

    assert (one.agrees, one.rows_off, one.sum_off.minor, one.made[0]) == (False, 1, 2_50, 1)
    assert (other.agrees, other.rows_off) == (False, 1)
