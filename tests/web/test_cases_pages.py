"""The pages of cases."""

from flask import Flask

from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, mxn


def test_the_list_of_cases_filters_by_view_and_words(app: Flask, world: World) -> None:
    client_id = world.client()
    world.case(
        client_id, name="Ferretería El Tornillo Feliz", debts=[("A-2231", mxn("500.00"), world.clock.now().date())]
    )
    world.case(client_id, name="Abarrotes La Prueba")
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    everything = pages.get("/cases").get_text()
    by_name = pages.get("/cases?q=tornillo").get_text()
    by_invoice = pages.get("/cases?q=A-2231").get_text()
    late = pages.get("/cases?view=late90").get_text()

    assert "Tornillo" in everything
    assert "Abarrotes" in everything
    assert "Abarrotes" not in by_name
    assert "Tornillo" in by_invoice
    assert "Sin resultados" in late


def test_every_part_of_a_case_opens(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    for part in ("activity", "debts", "contacts", "payments", "agreements", "documents"):
        assert "Tornillo" in pages.get(f"/cases/{case_id}?part={part}").get_text()


def test_a_foreign_case_is_as_missing_as_one_that_never_was(app: Flask, world: World) -> None:
    from tests.support.world import make_world

    other = make_world("ES")
    foreign = other.case(other.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    pages.get(f"/cases/{foreign}", status=404)
    pages.get("/cases/01890000-0000-7000-8000-000000000000", status=404)
