"""Both sides of a conflict say what they differ in."""

import pytest
from flask import Flask

from recobro.intake import queries, service
from recobro.intake.repair import panels
from tests.service.test_intake import bring, looked
from tests.service.test_intake import wired as wired
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEAD = "No cliente,Deudor,Factura,Vencimiento,Saldo\n"
ONE = "C1,Aceros Ficticios,F-1,28/02/2025,100.37\n"
OTHER = "C2,Llantas Modelo,F-1,28/02/2025,100.37\n"


@pytest.mark.parametrize("there", ["in the file", "loaded before"])
def test_a_conflict_of_debtors_names_both(app: Flask, world: World, there: str) -> None:
    client_id = world.client()
    if there == "loaded before":
        bring(world, client_id, HEAD + ONE)
    placement = looked(world, client_id, HEAD + (ONE + OTHER if there == "in the file" else OTHER))
    with app.test_request_context(), world.work() as work:
        (issue,) = queries.issues(work, placement.id, kinds=["conflict"])
        assert issue.code.endswith("_debtor")
        shown = panels.repair_of(work, service.open_placement(work, placement.id)).conflicts
    (both,) = shown
    assert both.here.endswith("Llantas Modelo · C2")
    assert both.there.endswith("Aceros Ficticios · C1")


def test_a_conflict_of_amounts_names_no_debtor(app: Flask, world: World) -> None:
    placement = looked(world, world.client(), HEAD + ONE + ONE.replace("100.37", "99.00"))
    with app.test_request_context(), world.work() as work:
        (both,) = panels.repair_of(work, service.open_placement(work, placement.id)).conflicts
    assert "Aceros" not in both.here + both.there
    assert both.here != both.there
