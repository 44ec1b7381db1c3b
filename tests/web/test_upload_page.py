"""The page a file is given on: the drop first, a card for each kind, a blank sheet, and what a file is said at once."""

from io import BytesIO

import pytest
from flask import Flask

from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World
from tests.web.test_placement_repair import TEXT, text_of


@pytest.fixture
def supervisor(app: Flask, world: World) -> Pages:
    """Staff who bring files in."""
    return Pages(app, world.principal(Role.SUPERVISOR))


def look(pages: Pages, client: str, text: str, kind: str = "placement") -> tuple[str, bool]:
    """What is said of a file, and whether something is amiss."""
    form = {"csrf_token": pages.csrf(), "client": client, "kind": kind, "file": (BytesIO(text.encode()), "cartera.csv")}
    answer = pages.raw("POST", "/placements/look", data=form)
    assert answer.status_code == 200
    return answer.get_data(as_text=True), "X-Wrong" in answer.headers


def test_the_drop_comes_first_and_each_kind_says_what_it_needs(supervisor: Pages, world: World) -> None:
    world.client()
    page = supervisor.get("/placements/new")
    names = [field["name"] for field in page.select("#upload [name]") if field.get("type") != "hidden"]
    assert names[0] == "file"
    assert names[1:7] == ["kind"] * 6
    assert [one["data-kind"] for one in page.select(".needs")] == [one["value"] for one in page.select("[name=kind]")]
    assert "Plantilla para México" in text_of(page)
    assert "Plantilla para España" not in text_of(page)
    assert page.select_one("h1[data-focus]"), "reading begins at the heading"


def test_a_blank_sheet_comes_in_the_words_of_the_clients_country(app: Flask, world: World) -> None:
    client_id = world.client("suministros", country="ES")
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    page = pages.get("/portal/placements/new")
    links = [str(one["href"]) for one in page.select(".needs a")]
    assert len(links) == 6
    assert all("country=ES" in link for link in links)
    answer = pages.raw("GET", links[0])
    assert answer.headers["Content-Disposition"] == "attachment; filename=placement-es.csv"
    assert answer.get_data().decode("utf-8-sig").startswith("Nº cliente;Razón social;Tipo de persona;NIF;Nº factura;")
    assert pages.raw("GET", "/portal/placements/template.csv?kind=placement&country=XX").status_code == 404
    assert pages.raw("GET", "/portal/placements/template.csv?kind=nothing").status_code == 404


def test_what_a_file_is_is_said_before_it_is_given(supervisor: Pages, world: World) -> None:
    client = str(world.client())
    said, wrong = look(supervisor, client, TEXT)
    assert said.startswith("6 filas · UTF-8, separado por punto y coma · ")
    assert said.endswith("7 de 7 automáticas")
    assert not wrong
    # Nothing of it was kept.
    assert "Todavía no hay cargas" in text_of(supervisor.get("/placements"))


def test_a_file_of_another_kind_is_told_so(supervisor: Pages, world: World) -> None:
    client = str(world.client())
    payments = "Folio;Tipo de movimiento;Importe;Fecha de pago\nA-1;Pago;100,50;28/02/2026\n"
    said, wrong = look(supervisor, client, payments)
    assert wrong
    assert "Parece «Pagos y cargos»" in said
    assert not look(supervisor, client, payments, kind="financial")[1]


def test_what_is_no_sheet_is_said_in_a_sentence(supervisor: Pages, world: World) -> None:
    client = str(world.client())
    assert look(supervisor, client, "") == ("El archivo está vacío.", True)
    assert look(supervisor, "", TEXT) == ("", False)
    assert look(supervisor, client, TEXT, kind="nothing") == ("", False)
