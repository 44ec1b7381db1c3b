"""Complements and credit notes on the pages: told for what they are, and shown while they wait for their invoice."""

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.service.test_invoice_placements import _first, packed, paid
from tests.service.test_replaced_invoices import FILES
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


def test_what_replaces_an_invoice_goes_in_with_one_press_on_the_result(clerk: Pages, world: World) -> None:
    client_id = str(world.client())
    for name, content in (("a.xml", _first()), ("z.zip", packed(FILES))):
        sent = content if isinstance(content, bytes) else content.encode()
        clerk.post("/placements/new", {"client": client_id, "file": (BytesIO(sent), name)})
        with world.work() as work:
            placement = work.session.scalars(select(Placement).order_by(Placement.id.desc()).limit(1)).one()
        clerk.post(f"/placements/{placement.id}/confirm")
        finish(world, placement.id)

    told = clerk.get(f"/placements/{placement.id}")
    assert "Retirar las anteriores y tomar estas" in text_of(told)
    assert "entran las que las sustituyen" in text_of(clerk.post(f"/placements/{placement.id}/replace"))
    finish(world, placement.id)

    with world.work() as work:
        states = {debt.reference: debt.state for debt in work.session.scalars(select(Debt))}
    assert states == {"Z-100": "recalled", "Z-101": "open", "Z-200": "open"}
    assert "Retirar las anteriores" not in text_of(clerk.get(f"/placements/{placement.id}"))
