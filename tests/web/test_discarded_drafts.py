"""A file that was brought and not confirmed is discarded, from every step, by whoever may bring one."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from recobro.intake import previewing
from recobro.intake.lifecycle import PlacementMoveRefused
from recobro.intake.service import confirm, receive
from recobro.intake.tables import Placement
from tenants.audit import AuditRow
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World
from tests.web.test_placements import give, only

TEXT = """No cliente;Nombre;Factura;Emisión;Vencimiento;Moneda;Saldo
C1;Aceros Ficticios;A-1;01/06/2025;13/07/2025;MXN;100,50
C2;Abarrotes La Prueba;A-2;01/06/2025;30/02/2025;MXN;200,50
"""


def text_of(page: BeautifulSoup) -> str:
    return page.get_text(" ", strip=True)


@pytest.mark.parametrize("step", ["columns", "review", "confirm"])
def test_a_draft_is_discarded_from_every_step_and_listed_no_more(app: Flask, world: World, step: str) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, TEXT, client=str(world.client()))
    draft = only(world)
    path = f"/placements/{draft.id}"
    form = pages.get(f"{path}?step={step}").select_one("form[action$='/discard']")
    assert form

    listed = pages.post(str(form["action"]))
    assert f"La carga {draft.number} se descartó" in text_of(listed)
    assert draft.number not in [cell.get_text(strip=True) for cell in listed.select("main td, main th")]
    assert draft.number in text_of(pages.get("/placements?state=discarded"))
    assert "se descartó" in text_of(pages.get(path)), "its address leads to the list"
    with world.work() as work:
        actions = work.session.scalars(select(AuditRow.action).where(AuditRow.agency_id == work.agency_id)).all()
        assert "placement.discarded" in actions
        with pytest.raises(PlacementMoveRefused):
            confirm(work, draft.id)


def test_the_same_file_may_come_again_after_it_was_discarded(world: World) -> None:
    from recobro.intake.discarding import discard

    client_id = world.client()
    with world.work() as work:
        first = receive(work, client_id=client_id, name="c.csv", file=BytesIO(TEXT.encode()))
        previewing.preview(work, first.placement_id)
        discard(work, first.placement_id)
    with world.work() as work:
        again = receive(work, client_id=client_id, name="c.csv", file=BytesIO(TEXT.encode()))
        assert (again.draft, again.placement_id == first.placement_id) == (False, False)
        previewing.preview(work, again.placement_id)
        confirm(work, again.placement_id)
        with pytest.raises(PlacementMoveRefused):
            discard(work, again.placement_id)
        assert work.session.get_one(Placement, (work.agency_id, again.placement_id)).state == "committing"


def test_who_may_only_look_discards_nothing(app: Flask, world: World) -> None:
    give(Pages(app, world.principal(Role.SUPERVISOR)), TEXT, client=str(world.client()))
    path = f"/placements/{only(world).id}"
    collector = Pages(app, world.principal(Role.COLLECTOR))
    assert not collector.get(path).select("form[action$='/discard']")
    collector.post(f"{path}/discard", status=403)


def test_a_clients_uploader_discards_its_own_invoices_in_the_portal(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otra", name="Otra Ficticia")
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    give(pages, TEXT, "/portal/placements", client=str(client_id))
    path = f"/portal/placements/{only(world).id}"
    Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=other)).post(f"{path}/discard", status=404)
    pages.post(f"{path}/discard")
    assert only(world).state == "discarded"
