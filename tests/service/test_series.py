"""An invoice's series in a column of its own is part of its number, in every kind of file."""

from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.config import Settings
from recobro.intake.columns.normalise import numbered
from recobro.wiring import wire
from tests.support.database import SECRET
from tests.support.files import brought, previewed
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

LIST = """Nombre,Serie,Folio,Fecha,Vencimiento,Saldo,Moneda
Escuela Inventada,A,1,2026-05-11,2026-06-11,1000.00,MXN
Escuela Inventada,B,1,2026-05-11,2026-06-11,1000.00,MXN
Muebles de Prueba,A,2,2026-05-11,2026-06-11,700.00,MXN
Escuela Inventada,,2,2026-05-11,2026-06-11,700.00,MXN
"""


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def debts(world: World, client_id: UUID) -> dict[str, int]:
    with world.work() as work:
        found = work.session.execute(select(Debt.reference, Debt.balance).where(Debt.client_id == client_id))
        return {row.reference: row.balance for row in found}


def test_the_same_number_of_two_series_is_two_invoices(world: World) -> None:
    client_id = world.client()
    brought(world, client_id, LIST, kind="placement")

    assert debts(world, client_id) == {"A-1": 1000_00, "B-1": 1000_00, "A-2": 700_00, "2": 700_00}
    again = previewed(world, client_id, LIST.replace("A,1,", "A,A-1,"), kind="placement")
    assert (again.counts["created"], again.counts["unchanged"]) == (0, 4)


def test_a_payment_of_a_series_and_number_settles_that_invoice(world: World) -> None:
    client_id = world.client()
    brought(world, client_id, LIST, kind="placement")
    today = f"{world.clock.now():%Y-%m-%d}"
    paid = f"Serie,Folio,Tipo,Importe,Fecha de pago,Id de pago\nB,1,Pago,400.00,{today},P-1\n"
    brought(world, client_id, paid, kind="financial")

    assert debts(world, client_id)["B-1"] == 600_00


@pytest.mark.parametrize(
    ("told", "whole"),
    [
        (("A", "12", ""), "A-12"),
        (("A", "A12", ""), "A12"),
        (("a", "A-12", ""), "A-12"),
        (("1", "12", ""), "1-12"),
        (("1", "1", ""), "1-1"),
        (("2026", "2026-001", ""), "2026-001"),
        (("3VWFE21C04M000001", "K-1", ""), "K-1"),
        (("", "12", "3"), "12/3"),
        (("A", "12", "3"), "A-12/3"),
        (("A", "", "3"), ""),
    ],
)
def test_series_number_and_instalment_are_one_number(told: tuple[str, str, str], whole: str) -> None:
    assert numbered(*told) == whole
