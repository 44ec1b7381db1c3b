"""Where the data of a file is: another sheet, another row of headings, pasted cells, and what is too big."""

from io import BytesIO

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import select

from recobro.intake import service
from recobro.intake.files import reading
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

HEADS = ["RFC", "Razón social", "Folio", "F. Vencimiento", "Saldo"]
GOOD = [["FTF190312AB4", "Ferretería El Tornillo Feliz", "A-1", "27/09/2025", "100.00"]]
MORE = [["ABA200101XY1", "Abarrotes La Prueba", f"B-{n}", "30/09/2025", "250.50"] for n in range(3)]


def book() -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        for name, rows in (("Enero", GOOD), ("Febrero", MORE)):
            page = made.add_worksheet(name)
            for y, row in enumerate([HEADS, *rows]):
                page.write_row(y, 0, row)
    return out.getvalue()


def only(world: World) -> Placement:
    with world.work() as work:
        return work.session.scalars(select(Placement)).one()


def test_another_sheet_is_read_when_a_person_takes_it(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    columns = pages.post("/placements/new", {"file": (BytesIO(book()), "cartera.xlsx"), "client": str(client_id)})
    placement = only(world)
    assert (placement.row_count, service.layout_of(placement).sheet) == (4, "Febrero")
    assert "hojas «Enero», «Febrero», con los mismos encabezados" in columns.get_text(" ")
    assert [one["value"] for one in columns.select("select[name=sheet] option")] == ["Enero", "Febrero"]

    again = pages.post(f"/placements/{placement.id}/sheet", {"sheet": "Enero", "header_line": "1"})

    placement = only(world)
    assert (placement.row_count, service.layout_of(placement).sheet) == (1, "Enero")
    assert placement.counts["created"] == 1
    assert "Ferretería El Tornillo Feliz" in again.get_text(" ")
    refused = pages.post(f"/placements/{placement.id}/sheet", {"sheet": "Marzo", "header_line": "1"}, status=422)
    assert "no tiene una hoja «Marzo»" in refused.get_text(" ")
    assert only(world).row_count == 1


def test_the_row_of_headings_is_a_persons_to_say(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    text = "\n".join(",".join(row) for row in [["Uno", "Dos", "Tres", "Cuatro", "Cinco"], HEADS, *MORE])
    pages.post("/placements/new", {"file": (BytesIO(text.encode()), "c.csv"), "client": str(client_id)})
    placement = only(world)
    assert placement.row_count == 4

    columns = pages.post(f"/placements/{placement.id}/sheet", {"sheet": "", "header_line": "2"})

    assert only(world).row_count == 3
    assert "Fila 2: RFC · Razón social" in columns.get_text(" ")
    assert only(world).counts["created"] == 3


def test_pasted_cells_are_a_file_too(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    cells = "\r\n".join("\t".join(row) for row in [HEADS, *MORE])

    empty = pages.post("/placements/new", {"pasted": " ", "client": str(client_id)}, status=422)
    pages.post("/placements/new", {"pasted": cells, "client": str(client_id)})

    assert "Elige un archivo o pega sus celdas" in empty.get_text(" ")
    placement = only(world)
    assert (placement.source, placement.row_count, placement.counts["created"]) == ("paste", 3, 3)


def test_what_is_too_big_is_refused_with_the_limit_that_the_page_states(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    assert f"Hasta {reading.MOST_BYTES >> 20} MB" in pages.get("/placements/new").get_text(" ")
    assert app.config["MAX_CONTENT_LENGTH"] > reading.MOST_BYTES
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)

    refused = pages.post(
        "/placements/new", {"file": (BytesIO(b"x" * 20_000), "c.csv"), "client": str(client_id)}, status=413
    )

    assert "pesa más de 256 MB" in refused.get_text(" ")
