"""The wizard by which a client's file becomes debts, and what it shows afterwards."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from uuid import UUID

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from recobro.intake import committing
from recobro.intake.receipts import acknowledging
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world

GOOD = """RFC,Razón social,Folio,F. Vencimiento,Saldo,Vendedor
FTF190312AB4,Ferretería El Tornillo Feliz,A-2231,07/09/2025,"61,440.18",R. Muestra
FTF190312AB4,Ferretería El Tornillo Feliz,A-2232,31/02/2025,"1,000.00",R. Muestra
ABA200101XY1,Abarrotes La Prueba,B-1,30/09/2025,250.5,
"""


def give(pages: Pages, text: str | bytes, start: str = "/placements", **more: str) -> BeautifulSoup:
    """Upload a file through the first step."""
    data = text if isinstance(text, bytes) else text.encode()
    return pages.post(f"{start}/new", {"file": (BytesIO(data), "aceros_noviembre.csv"), **more})


def only(world: World) -> Placement:
    with world.work() as work:
        return work.session.scalars(select(Placement)).one()


def finish(world: World, placement_id: UUID) -> None:
    committing.commit(world.work, placement_id)
    with world.work() as work:
        acknowledging.acknowledge(work, placement_id)


def test_staff_bring_a_file_from_upload_to_receipt(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    assert "Todavía no hay cargas" in pages.get("/placements").get_text()
    assert "Aceros Ficticios" in pages.get("/placements/new").get_text()

    columns = give(pages, GOOD, client=str(client_id))
    text = columns.get_text(" ", strip=True)
    assert "día/mes/año" in text
    assert "Ferretería El Tornillo Feliz" in text
    assert "Factura A-2231" in text
    placement = only(world)

    path = f"/placements/{placement.id}"
    review = pages.post(f"{path}/columns", {"field-5": "own"}).get_text(" ", strip=True)
    assert "Fila 3, columna F. Vencimiento: esperábamos una fecha (d/m/a), encontramos «31/02/2025»." in review
    assert "Corrige la celda u omite la fila." in review

    confirm = pages.get(f"{path}?step=confirm").get_text(" ", strip=True)
    assert "Cargar 2 adeudos" in confirm
    assert "$61,690.68" in confirm

    running = pages.post(f"{path}/confirm")
    assert running.select_one(f".job-bar[hx-get='{path}/progress']")
    assert "hx-get" in str(pages.get(f"{path}/progress"))
    finish(world, placement.id)
    answer = pages.raw("GET", f"{path}/progress")
    assert answer.headers["HX-Redirect"] == path

    result = pages.get(path).get_text(" ", strip=True)
    assert "$61,690.68" in result
    assert "Acuse" in result
    assert pages.raw("GET", f"{path}/acknowledgement.pdf").data.startswith(b"%PDF")
    assert "31/02/2025" in pages.raw("GET", f"{path}/issues.csv").get_data(as_text=True)
    assert placement.number in pages.get("/placements").get_text()


def test_a_clients_uploader_brings_a_file_in_the_portal(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otra", name="Otra Ficticia")
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))

    page = pages.get("/portal/placements/new")
    assert page.find("select", {"name": "client"}) is None
    give(pages, GOOD, "/portal/placements", client=str(other))
    placement = only(world)
    pages.post(f"/portal/placements/{placement.id}/confirm")
    finish(world, placement.id)

    assert placement.client_id == client_id
    assert placement.number in pages.get("/portal/placements").get_text()
    pages.get("/placements", status=404)
    pages.get(f"/placements/{placement.id}", status=404)


def test_the_same_file_again_leads_to_the_first_placement(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    placement = only(world)
    pages.post(f"/placements/{placement.id}/confirm")
    finish(world, placement.id)

    again = give(pages, GOOD, client=str(client_id)).get_text(" ", strip=True)

    assert f"Esta carga ya existe: es la {placement.number}" in again
    assert only(world).id == placement.id

    sent = {"csrf_token": pages.csrf(), "client": str(client_id), "file": (BytesIO(GOOD.encode()), "otra.csv")}
    by_script = pages.raw("POST", "/placements/new", data=sent, headers={"X-Upload": "1"})
    assert by_script.status_code == 204
    there = pages.get(by_script.headers["X-Go-To"]).get_text(" ", strip=True)
    assert f"Esta carga ya existe: es la {placement.number}" in there


def test_the_same_file_twice_before_it_is_confirmed_is_one_placement(app: Flask, world: World) -> None:
    client_id = world.client()
    principal = world.principal(Role.SUPERVISOR)
    browsers = [Pages(app, principal) for _ in range(2)]
    tokens = [browser.csrf() for browser in browsers]

    def send(number: int) -> int:
        sent = {"csrf_token": tokens[number], "client": str(client_id), "file": (BytesIO(GOOD.encode()), "una.csv")}
        return browsers[number].raw("POST", "/placements/new", data=sent).status_code

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(send, range(2))) == [303, 303]
    placement = only(world)
    again = give(browsers[0], GOOD, client=str(client_id), declared="2 filas, 300.00 MXN").get_text(" ", strip=True)

    assert f"Este archivo ya estaba por confirmar: sigue aquí, es la {placement.number}." in again
    assert only(world).declared == {"MXN": {"count": 2, "sum": 30000}}


def test_a_column_that_reads_two_ways_is_asked_for(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    page = give(pages, "Cliente,Factura,Vencimiento,Saldo\nUno,F-1,03/04/2025,10.00\n", client=str(client_id))
    assert "se puede leer de dos maneras" in page.get_text()
    placement = only(world)
    path = f"/placements/{placement.id}/columns"
    refused = pages.post(path, {"reading-2": ""}, status=422)
    assert "Elige cómo antes de seguir" in refused.get_text()
    review = pages.post(path, {"reading-2": "mdy"}).get_text(" ", strip=True)

    assert "4 mar 2025" in review.replace("\u00a0", " ")


def test_each_column_says_how_many_of_its_cells_are_read(app: Flask, world: World) -> None:
    client_id = world.client()
    whole = GOOD.replace("31/02/2025", "28/02/2025").replace("Vendedor", "Correo").replace("R. Muestra", "no es correo")

    columns = give(Pages(app, world.principal(Role.SUPERVISOR)), whole, client=str(client_id))
    said = {row.select("th")[0].get_text(strip=True): row.select(".cell-reading > span")[0].get_text() for row in
            columns.select("#columns tbody tr")}  # fmt: skip

    assert said["Folio"] == "3 únicos"
    assert said["F. Vencimiento"] == "día/mes/año · 3 fechas válidas"
    assert said["Saldo"] == "decimales con «.» · 3 importes válidos · total $62,690.68"
    assert said["Correo"].startswith("0 válidos")


def test_two_columns_with_one_field_are_refused_on_the_same_page(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))

    page = pages.post(f"/placements/{only(world).id}/columns", {"field-5": "balance"}, status=422)

    assert "Dos columnas tienen el campo «Saldo pendiente»" in page.get_text()


def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    page = pages.post("/placements/new", {"client": str(client_id), "file": (BytesIO(b"\x89PNG\r\n"), "carta.png")},
                      status=422)  # fmt: skip
    assert "no es una hoja de datos" in page.get_text()

    page = pages.post("/placements/new", {"client": str(client_id), "file": (BytesIO(b"%PDF-1.7"), "carta.pdf")},
                      status=422)  # fmt: skip
    assert "El PDF está dañado" in page.get_text()


def test_the_day_is_asked_where_the_file_says_what_was_settled(app: Flask, world: World, shared_data: Path) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    page = give(pages, (shared_data / "ar/ibm/WA_Fn-UseC_-Accounts-Receivable.csv").read_bytes(), client=str(client_id))
    assert page.find("input", {"name": "as_of"}) is not None

    review = pages.post(f"/placements/{only(world).id}/columns", {"as_of": "2013-06-30"}).get_text(" ", strip=True)

    assert "84 adeudos nuevos" in review
    assert "$5,119.85" in review
    assert "12 vencidos al 30 jun 2013 $835.56" in review.replace("\u00a0", " ")


def test_a_foreign_placement_is_as_missing_as_one_that_never_was(app: Flask, world: World) -> None:
    other = make_world("ES")
    client_id = other.client()
    give(Pages(app, other.principal(Role.SUPERVISOR)), GOOD, client=str(client_id))
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    for tail in ("", "/progress", "/issues.csv", "/acknowledgement.pdf"):
        pages.get(f"/placements/{only(other).id}{tail}", status=404)


def test_who_may_only_look_is_not_offered_to_upload(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.COLLECTOR))

    assert "Cargar un archivo" not in pages.get("/placements").get_text()
    pages.get("/placements/new", status=403)


def test_a_confirmation_of_figures_that_no_longer_hold_shows_the_new_ones(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    first = only(world)
    give(pages, GOOD.replace("R. Muestra", "Otra"), client=str(client_id))
    with world.work() as work:
        second = work.session.scalars(select(Placement).where(Placement.id != first.id)).one()
    pages.post(f"/placements/{first.id}/confirm")
    finish(world, first.id)

    page = pages.post(f"/placements/{second.id}/confirm").get_text(" ", strip=True)

    assert "Otra carga cambió lo que esta haría. Estas son las cifras de ahora." in page
    assert "Ninguna fila se convertiría en un adeudo nuevo." in page


def test_a_job_does_not_commit_what_was_not_shown(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    first = only(world)
    give(pages, GOOD.replace("R. Muestra", "Otra"), client=str(client_id))
    with world.work() as work:
        second = work.session.scalars(select(Placement).where(Placement.id != first.id)).one()
    for one in (first, second):
        pages.post(f"/placements/{one.id}/confirm")
    finish(world, first.id)
    finish(world, second.id)

    assert "Otra carga cambió lo que esta haría; no se cargó nada." in pages.get(f"/placements/{second.id}").get_text()


def test_the_day_at_which_overdue_is_counted_can_be_said_of_any_file(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    page = give(pages, GOOD.replace("30/09/2025", "30/09/2199"), client=str(client_id))
    assert page.select_one("#as_of")
    assert not page.select_one(".error-summary")
    placement = only(world)

    review = pages.post(f"/placements/{placement.id}/columns", {"as_of": "2025-09-07"}).get_text(" ", strip=True)

    assert "revisa el año" in review
    assert only(world).overdue == {}
    pages.post(f"/placements/{placement.id}/columns", {"as_of": "2025-09-08"})
    assert only(world).overdue["MXN"]["count"] == 1


def test_the_open_items_of_a_day_are_counted_overdue_at_that_day(app: Flask, world: World, shared_data: Path) -> None:
    data = (shared_data / "ar/derived/ibm_open_2013-06-30.csv").read_bytes()
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, data, client=str(client_id))
    placement = only(world)
    chosen = {
        f"reading-{i}": "mdy" for i, one in enumerate(placement.mapping) if one["field"] in ("due_on", "issued_on")
    }

    pages.post(f"/placements/{placement.id}/columns", {**chosen, "as_of": "2013-06-30"})

    (late,) = only(world).overdue.values()
    assert late == {"count": 12, "sum": 835_56}
