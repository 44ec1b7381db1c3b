"""Complements and credit notes on the pages: told for what they are, and shown while they wait for their invoice."""

from io import BytesIO

import pytest
from flask import Flask

from tenants.roles import Role
from tests.service.test_invoice_placements import paid
from tests.support import invoice_samples as samples
from tests.support.pages import Pages
from tests.support.world import World
from tests.web.test_placement_repair import text_of
from tests.web.test_placements import finish, only


@pytest.fixture
def clerk(app: Flask, world: World) -> Pages:
    """Somebody who uploads."""
    return Pages(app, world.principal(Role.SUPERVISOR))


def test_complements_alone_are_told_as_movements_and_wait_in_sight(clerk: Pages, world: World) -> None:
    client_id = str(world.client())
    given = {"client": client_id, "file": (BytesIO(paid(samples.UUID, "1000.00").encode()), "p.xml")}
    told = text_of(clerk.post("/placements/new", given))
    assert "no como cartera nueva" in told
    assert "1 pago o crédito espera a su factura" in told

    placement = only(world)
    assert placement.kind == "financial"
    confirm = text_of(clerk.get(f"/placements/{placement.id}?step=confirm"))
    assert "Complementos de pago y notas de crédito" in confirm
    clerk.post(f"/placements/{placement.id}/confirm")
    finish(world, placement.id)

    result = text_of(clerk.get(f"/placements/{placement.id}"))
    assert "Complementos de pago y notas de crédito" in result
    assert "espera a su factura" in result
    assert "Cuarentena: 1 carga" in text_of(clerk.get("/placements"))
    listed = text_of(clerk.get("/placements/quarantine"))
    assert "Esperan a su factura" in listed
    assert "$1,000.00" in listed
    assert placement.number in listed
