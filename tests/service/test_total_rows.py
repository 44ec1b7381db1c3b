"""Lines of totals are left out by themselves: counted apart, told by line, asking nobody for anything."""

import pytest

from recobro.intake import queries
from recobro.intake.doors.arrivals import doubt_of
from tests.service.test_intake import bring, looked
from tests.service.test_intake import wired as wired
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

TEXT = (
    "No cliente,Deudor,Factura,Vencimiento,Saldo\n"
    "C1,Aceros Ficticios,F-1,28/02/2025,10.00\n"
    "Subtotal C1,,,,10.00\n"
    "C2,Totalmente Otra,F-2,28/02/2025,20.00\n"
    ",,TOTAL GENERAL:,,30.00\n"
    "C3,Total Ficticio SA,,28/02/2025,40.00\n"
    "C4,Llantas Modelo,TOTAL-7,,50.00\n"
    ",,,Total,60.00\n"
)


def test_lines_of_totals_are_counted_apart_and_nothing_else_is_taken_for_one(world: World) -> None:
    placement = looked(world, world.client(), TEXT)
    counts = placement.counts
    assert (counts["created"], counts["subtotals"], counts["rejected"]) == (2, 3, 2)
    with world.work() as work:
        found = {(one.kind, one.line, one.code) for one in queries.issues(work, placement.id)}
    assert found >= {
        ("no_debt", 3, "subtotal"),
        ("no_debt", 5, "subtotal"),
        ("rejected", 6, "no_reference"),
        ("rejected", 7, "no_due"),
        ("no_debt", 8, "subtotal"),
    }


def test_a_file_with_totals_alone_beside_its_debts_is_not_in_doubt(world: World) -> None:
    good = "".join(TEXT.splitlines(keepends=True)[:5])
    placement = looked(world, world.client(), good)
    with world.work() as work:
        assert doubt_of(work, placement, columns_known=True) is None
    assert bring(world, world.client("otra", name="Otra Ficticia"), good).counts["rejected"] == 0
