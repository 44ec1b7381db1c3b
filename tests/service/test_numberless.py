"""Portfolios whose debts have no number, as schools, condominiums and gyms send them: who owes and the day it is due
make one, once a person says so."""

import io
from uuid import UUID

import pytest

from recobro.cases.tables import Debt
from recobro.intake import committing, previewing, service
from recobro.intake.columns.mapping import MappingRefused
from recobro.intake.repair import repairing, returning
from recobro.intake.sheet import NUMBERLESS
from recobro.intake.tables import Placement
from tests.service.test_intake import wired as wired
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEAD = "Matrícula;Alumno;RFC del tutor;Concepto;Fecha de vencimiento;Saldo\n"
OCTOBER = HEAD + (
    "0012;Ana Inventada Uno;;Colegiatura octubre;15/10/2026;1500.00\n"
    "0012;Ana Inventada Uno;;Colegiatura noviembre;15/11/2026;1500.00\n"
    "0013;Beto Inventado Dos;;Colegiatura octubre;15/10/2026;1700.00\n"
    ";Caro Inventada Tres;XAXX010101000;Colegiatura octubre;15/10/2026;1800.00\n"
    ";Dino Inventado Cuatro;XAXX010101000;Colegiatura octubre;15/10/2026;1900.00\n"
)


def received(world: World, text: str, client_id: UUID | None = None) -> Placement:
    client_id = client_id or world.client()
    with world.work() as work:
        got = service.receive(work, client_id=client_id, name="alumnos.csv", file=io.BytesIO(text.encode()))
        return service.open_placement(work, got.placement_id)


def committed(world: World, placement: Placement) -> None:
    with world.work() as work:
        previewing.preview(work, placement.id)
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)


def references(world: World) -> list[str]:
    with world.work() as work:
        return sorted(debt.reference for debt in work.session.query(Debt))


def numbered(world: World, placement: Placement) -> None:
    with world.work() as work:
        last = len(service.layout_of(placement).columns) - 1
        service.choose(work, placement.id, fields={last: "reference"})


def test_a_file_without_numbers_is_asked_about_and_names_the_column_that_makes_them(world: World) -> None:
    placement = received(world, OCTOBER)

    assert service.layout_of(placement).columns[-1] == NUMBERLESS
    with world.work() as work, pytest.raises(MappingRefused, match="Sin número: cliente y vencimiento"):
        previewing.preview(work, placement.id)


def test_who_owes_and_the_day_make_the_number_and_a_generic_rfc_does_not(world: World) -> None:
    placement = received(world, OCTOBER)
    numbered(world, placement)
    committed(world, placement)

    assert references(world) == [
        "0012-2026-10-15",
        "0012-2026-11-15",
        "0013-2026-10-15",
        "CARO INVENTADA TRES-2026-10-15",
        "DINO INVENTADO CUATRO-2026-10-15",
    ]


def test_the_next_file_with_the_same_headings_is_read_so_and_makes_no_debt_twice(world: World) -> None:
    placement = received(world, OCTOBER)
    numbered(world, placement)
    committed(world, placement)

    more = "0013;Beto Inventado Dos;;Colegiatura noviembre;15/11/2026;1700.00\n"
    another = received(world, OCTOBER + more, placement.client_id)
    assert service.choices_of(another)[-1].field == "reference"
    with world.work() as work:
        found = previewing.preview(work, another.id)
    assert (found.counts["created"], found.counts["unchanged"]) == (1, 5)


def test_two_debts_of_one_customer_on_one_day_are_shown_and_none_is_lost_in_silence(world: World) -> None:
    placement = received(world, OCTOBER + "0012;Ana Inventada Uno;;Transporte;15/10/2026;400.00\n")
    numbered(world, placement)
    with world.work() as work:
        found = previewing.preview(work, placement.id)

    assert (found.counts["created"], found.counts["conflicts"]) == (5, 1)


def test_a_cell_too_many_is_refused_and_not_taken_for_the_number(world: World) -> None:
    placement = received(world, OCTOBER + "0014;Eva Inventada Cinco;;Colegiatura;15/10/2026;100.00;sobra\n")
    numbered(world, placement)
    with world.work() as work:
        found = previewing.preview(work, placement.id)

    assert (found.counts["created"], found.counts["rejected"]) == (5, 1)


@pytest.mark.parametrize("heading", ["Factura", "Documento"])
def test_a_file_with_a_number_or_what_may_be_one_gets_no_such_column(world: World, heading: str) -> None:
    rows = f"{heading};{HEAD}" + "F-1;0012;Ana Inventada Uno;;Colegiatura;15/10/2026;1500.00\n"

    assert NUMBERLESS not in service.layout_of(received(world, rows)).columns


def test_rows_with_errors_come_back_mended_and_get_their_number(world: World) -> None:
    placement = received(world, OCTOBER.replace("1700.00", "mucho"))
    numbered(world, placement)
    committed(world, placement)
    with world.work() as work:
        waiting = service.open_placement(work, placement.id)
        rows = returning.refused_rows(work, waiting, lambda line: line.reason)
        with returning.as_csv(returning.heads(waiting, "Línea", "Error"), rows, ",") as made:
            sheet = made.read().decode("utf-8-sig")
    with world.work() as work:
        file = io.BytesIO(sheet.replace("mucho", "1700.00").encode())
        assert returning.merge(work, placement.id, file, "corregido.csv").rows == 1
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)

    assert "0013-2026-10-15" in references(world)
