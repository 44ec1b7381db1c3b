"""The way back from a placement, through its pages."""

from flask import Flask

from recobro.intake import undoing
from tenants.roles import Role
from tests.service.test_undo import later
from tests.support.pages import Pages
from tests.support.world import World
from tests.web.test_placements import GOOD, finish, give, only


def test_a_placement_is_undone_from_its_page(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    placement = only(world)
    path = f"/placements/{placement.id}"
    pages.post(f"{path}/confirm")
    finish(world, placement.id)
    later(world)

    assert "Deshacer carga" in pages.get(path).get_text()
    asked = pages.get(f"{path}/undo").get_text(" ", strip=True)
    assert "Quitar 2 adeudos" in asked
    assert "$61,690.68" in asked

    running = pages.post(f"{path}/undo")
    assert "Estamos deshaciendo" in running.get_text()
    assert "Deshacer carga" not in running.get_text()
    undoing.undo(world.work, placement.id)
    assert pages.raw("GET", f"{path}/progress?until=undone").headers["HX-Redirect"] == path

    done = pages.get(path).get_text(" ", strip=True)
    assert "salieron 2 adeudos de 2 casos" in done
    assert "Deshecha" in pages.get("/placements").get_text()
    assert "Ferretería" not in pages.get("/cases").get_text()


def test_a_client_does_not_undo(app: Flask, world: World) -> None:
    client_id = world.client()
    staff = Pages(app, world.principal(Role.SUPERVISOR))
    give(staff, GOOD, client=str(client_id))
    placement = only(world)
    staff.post(f"/placements/{placement.id}/confirm")
    finish(world, placement.id)
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    assert "Deshacer carga" not in pages.get(f"/portal/placements/{placement.id}").get_text()
    assert pages.raw("GET", f"/placements/{placement.id}/undo").status_code in (403, 404)
