"""Rows that are checked beside the process give what they give in it, in the same order."""

from datetime import date

import pytest

from recobro.intake.checks import checking
from recobro.intake.checks.rows import Plan, checker
from recobro.intake.columns.grammar import Mark, Number, Order
from recobro.intake.sheet import Row

PLAN = Plan(
    columns=("Factura", "Cliente", "Vence", "Saldo", "Zona"),
    fields={"reference": 0, "customer_ref": 1, "due_on": 2, "balance": 3}, own={"Zona": 4},
    marks={"balance": Mark.COMMA}, orders={"due_on": Order.DAY_FIRST}, currency="EUR", country="ES",
    time_zone="Europe/Madrid", locale="es_ES", as_of=date(2026, 1, 5),
)  # fmt: skip


def rows(count: int) -> list[Row]:
    """Good rows, bad ones among them, some with numbers of a spreadsheet."""
    found = []
    for number in range(2, count + 2):
        amount = Number("12.5") if number % 3 == 0 else "1.234,50" if number % 7 else "doce"
        found.append(Row(number, [f"F-{number}", f"{number % 50:05d}", "30/11/2025", amount, "Norte"]))
    return found


def test_many_cores_find_exactly_what_one_does() -> None:
    here = list(checking.blocks(rows(2_600), checker(PLAN)))
    beside = list(checking.blocks_beside(rows(2_600), PLAN))
    assert beside == here
    assert sum(block.rows for block in beside) == 2_600
    assert sum(len(block.issues) for block in beside) > 0


def test_who_reads_no_further_leaves_no_child_behind() -> None:
    blocks = checking.blocks_beside(rows(2_600), PLAN)
    next(blocks)
    blocks.close()


def test_a_child_that_dies_is_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="A process that checks rows ended"):
        list(checking.blocks_beside(rows(10), PLAN))
