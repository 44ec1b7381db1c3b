"""The page of duplicates: pairs with their evidence, one pair side by side, made one, taken back, kept apart."""

from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy import select

from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.debtors.tables import Debtor
from recobro.twins.finding import find_of_debtors
from recobro.twins.tables import DebtorMerge, DebtorPair
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world


@pytest.fixture
def two(world: World) -> tuple[UUID, UUID]:
    """Two cases of one client whose debtors are one, already found."""
    client_id = world.client()
    first = world.case(client_id, customer_ref="379")
    other = world.case(client_id, name="Ferreteria el Tornillo Feliz SA de CV", customer_ref="00379", email="")
    look(world, other)
    return first, other


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    """The element, which is there."""
    found = page.select_one(selector)
    assert found is not None
    return found


def attribute(page: BeautifulSoup | Tag, selector: str, name: str) -> str:
    """What an element's attribute says."""
    return str(one(page, selector)[name])


def look(world: World, case_id: UUID) -> None:
    with world.work() as work:
        case = cases.open_case(work, case_id)
        find_of_debtors(work, client_id=case.client_id, ids=[case.debtor_id])


def pair_of(world: World) -> DebtorPair:
    with world.work() as work:
        found = work.session.scalars(select(DebtorPair)).one()
        work.session.expunge(found)
        return found


def closed(world: World, case_id: UUID) -> str:
    with world.work() as work:
        return cases.open_case(work, case_id).close_code


def test_a_supervisor_joins_two_and_takes_it_back(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    listed = pages.get("/twins")
    assert "Número de cliente igual salvo ceros: 379 y 00379" in listed.get_text()
    assert one(listed, "a[href='/twins'] .rail-count").get_text() == "1"
    pair = pair_of(world)

    side = pages.get(f"/twins/{pair.id}")
    assert "Mismo teléfono: +52 442 555 0142" in " ".join(side.get_text(" ").split())
    keys = {tag["data-key"] for tag in side.select("main [data-key]")}
    assert {"m", "k", "n", "$mod+Enter"} <= keys
    survivor = attribute(side, "input[name=survivor][checked]", "value")

    refused = pages.post(f"/twins/{pair.id}/merge", {"survivor": survivor, "reason": ""}, status=422)
    assert "Di por qué son el mismo deudor." in refused.get_text()

    after = pages.post(f"/twins/{pair.id}/merge", {"survivor": survivor, "reason": "Mismo número"})
    assert "Son un solo deudor." in after.get_text()
    assert "Ningún duplicado por revisar" in after.get_text()
    assert closed(world, two[1]) == "merged"
    gone = pages.get(f"/cases/{two[1]}").get_text(" ", strip=True)
    assert "Este caso se unió a otro" in gone
    assert "Reabrir" not in gone
    assert "A este caso se le unió otro" in pages.get(f"/cases/{two[0]}").get_text(" ", strip=True)

    undo = attribute(after, "#toasts form", "action")
    merge_page = pages.get(undo.removesuffix("/undo")).get_text(" ", strip=True)
    assert "Mismo número" in merge_page
    assert "Son otra vez dos deudores." in pages.post(undo).get_text()
    assert closed(world, two[1]) == ""
    assert "La deshizo" in pages.get(undo.removesuffix("/undo")).get_text()


def test_a_person_chooses_the_survivor_and_each_field(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    pages, pair = Pages(app, world.principal(Role.SUPERVISOR)), pair_of(world)
    with world.work() as work:
        ids = [str(cases.open_case(work, each).debtor_id) for each in two]
    pages.post(
        f"/twins/{pair.id}/merge",
        {"survivor": ids[1], "reason": "Mismo número", "field-name": ids[0], "field-customer_ref": ids[1]},
    )
    with world.work() as work:
        kept = work.session.get_one(Debtor, (work.agency_id, UUID(ids[1])))
        assert (kept.name, kept.customer_ref) == ("Ferretería El Tornillo Feliz", "00379")
    assert closed(world, two[0]) == "merged"


def test_pairs_are_kept_apart_and_proposed_again(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    pages, pair = Pages(app, world.principal(Role.SUPERVISOR)), pair_of(world)
    said = pages.post(f"/twins/{pair.id}/keep")
    assert "Quedan separados." in said.get_text()
    assert pair_of(world).state == "kept"
    assert "Comparar" not in pages.get(f"/cases/{two[0]}").get_text()
    pages.post(attribute(said, "#toasts form", "action"))
    assert pair_of(world).state == "proposed"
    pages.post(f"/twins/{pair.id}/keep", {"forever": "y"})
    assert pair_of(world).state == "never"
    assert "Volver a proponer" in pages.get(f"/twins/{pair.id}").get_text()


def test_what_stands_in_the_way_is_said_before(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    with world.work() as work:
        case = cases.open_case(work, two[1])
        number = case.number
        case.stage = "legal"
    pages, pair = Pages(app, world.principal(Role.SUPERVISOR)), pair_of(world)
    page = pages.get(f"/twins/{pair.id}")
    assert f"El caso {number} está en jurídico." in page.get_text()
    assert attribute(page, "main [data-key=m]", "aria-disabled") == "true"


def test_a_collector_sees_the_doubt_but_decides_nothing(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    pages, pair = Pages(app, world.principal(Role.COLLECTOR)), pair_of(world)
    shown = pages.get(f"/cases/{two[0]}").get_text(" ", strip=True)
    assert "Posible duplicado de Ferreteria el Tornillo Feliz SA de CV" in shown
    assert "Comparar" not in shown
    pages.get("/twins", status=403)
    pages.post(f"/twins/{pair.id}/keep", status=403)


def test_filters_and_strange_addresses(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    other = world.client("otra", name="Otra Ficticia")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    assert "Ningún duplicado por revisar" in pages.get(f"/twins?client={other}").get_text()
    assert "Nada aquí" in pages.get("/twins?state=never").get_text()
    for strange in ("client=x", "after=x", "after=eyJ2IjpbInkiLCJ4Il19"):
        assert pages.raw("GET", f"/twins?{strange}").status_code in (200, 400, 422)


def test_another_agency_finds_nothing_here(app: Flask, world: World, two: tuple[UUID, UUID]) -> None:
    pair, elsewhere = pair_of(world), make_world("MX", clock=world.clock)
    elsewhere.client()
    pages = Pages(app, elsewhere.principal(Role.ADMIN))
    pages.get(f"/twins/{pair.id}", status=404)
    pages.post(f"/twins/{pair.id}/merge", {"survivor": str(pair.one_id), "reason": "x"}, status=404)
    pages.post(f"/twins/{pair.id}/keep", status=404)
    with world.work() as work:
        assert work.session.scalars(select(DebtorMerge)).all() == []
        assert {case.stage for case in work.session.scalars(select(Case))} == {"received"}
