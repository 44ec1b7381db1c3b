"""The pages on which a file is mended: causes with their values and rows, rows out and back, and what waits."""

from io import BytesIO
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from recobro.intake.lifecycle import State
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World
from tests.web.test_placements import finish, give, only

TEXT = """No cliente;Nombre;Factura;Emisión;Vencimiento;Moneda;Saldo
C1;Aceros Ficticios;A-1;01/06/2025;13/07/2025;MXN;100,50
C2;Abarrotes La Prueba;A-2;01/06/2025;13/07/2025;Reales;200,50
C2;Abarrotes La Prueba;A-3;01/06/2025;13/07/2025;Reales;300,50
C3;Ferretería El Tornillo Feliz;A-4;01/06/2025;30/02/2025;MXN;400,50
C3;Ferretería El Tornillo Feliz;A-5;01/06/2025;;MXN;500,50
C1;Aceros Ficticios;A-1;01/06/2025;13/07/2025;MXN;999,50
"""


def text_of(page: BeautifulSoup) -> str:
    return page.get_text(" ", strip=True).replace("\u00a0", " ")


@pytest.fixture
def supervisor(app: Flask, world: World) -> Pages:
    """Somebody with a file under review."""
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, TEXT, client=str(world.client()))
    return pages


def path_of(world: World) -> str:
    return f"/placements/{only(world).id}"


def test_what_is_wrong_is_told_by_the_act_that_mends_it(supervisor: Pages, world: World) -> None:
    review = supervisor.get(f"{path_of(world)}?step=review")
    text = text_of(review)

    assert "4 filas por corregir" in text
    assert "Fila 5, columna Vencimiento: esperábamos una fecha (d/m/a), encontramos «30/02/2025»." in text
    currency = review.select_one("#bad_currency-5")
    assert currency
    assert "«Reales»" in currency.get_text()
    assert [field["value"] for field in currency.select("[name=old-0]")] == ["Reales"]
    cell = review.select_one("#bad_day-4 [name=cell-5]")
    assert cell
    assert cell["value"] == "30/02/2025"
    assert "A-4 · Ferretería El Tornillo Feliz" in text
    # Both sides of a conflict.
    assert "$999.50, vence el 13 jul 2025" in text
    assert "$100.50, vence el 13 jul 2025" in text
    assert "Fila 2 del archivo" in text


def mend(pages: Pages, path: str, **fields: str) -> BeautifulSoup:
    return pages.post(f"{path}/repair", {name.replace("_", "-", 1) if name[-1].isdecimal() else name: value
                                         for name, value in fields.items()})  # fmt: skip


def test_a_file_is_mended_by_forms_alone(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    tried = supervisor.post(
        f"{path}/repair/try", {"at": "bad_currency-5", "column": "5", "old-0": "Reales", "new-0": "MXN"}
    )
    assert "Cambiarían 2 filas: todas se leerían bien." in text_of(tried)
    sent = {str(field["name"]): field["value"] for field in tried.select("form [name]") if field.get("value")}
    after = supervisor.post(f"{path}/repair", {**sent, "act": "apply"})
    assert "Por corregir: 2, 2 menos." in text_of(after)
    assert after.select_one("#bad_day-4[data-focus]"), "the next cause has the focus"

    after = mend(supervisor, path, at="bad_day-4", column="4", cell_5="28/02/2025", was_5="30/02/2025")
    assert "fila 5: «30/02/2025»" in text_of(after), "what it said stays in sight"
    after = mend(supervisor, path, at="no_due-4", column="4", term="30")
    assert not after.select_one(".mend-head")
    assert only(world).counts["created"] == 5

    after = mend(supervisor, path, column="4", act="undo")
    assert "2 filas por corregir" in text_of(after)
    after = mend(supervisor, path, at="no_due-4", act="leave_out")
    assert "Omitidas a propósito" in text_of(after)
    after = mend(supervisor, path, at="no_due-4", act="take_in")
    assert "2 filas por corregir" in text_of(after)


def test_a_debtor_said_once_is_repeated_below_and_every_row_that_follows_is_shown_first(
    app: Flask, world: World
) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    rows = [*TEXT.splitlines()[:2], ";;A-6;01/06/2025;13/07/2025;MXN;10,50", ";;A-7;01/06/2025;13/07/2025;MXN;20,50"]
    give(pages, "\n".join(rows) + "\n", client=str(world.client()))
    path = path_of(world)
    review = pages.get(f"{path}?step=review")
    form = next(one for one in review.select("#no_debtor-0 form") if one.select_one("[name=above]"))
    told = {str(field["name"]): str(field["value"]) for field in form.select("input[name]") if field.get("value")}

    tried = pages.post(f"{path}/repair/try", told)
    assert "Cambiarían 2 filas: todas se leerían bien." in text_of(tried)
    assert "Fila 4: C1" in text_of(tried)
    sent = {str(field["name"]): field["value"] for field in tried.select("form [name]") if field.get("value")}
    after = pages.post(f"{path}/repair", {**sent, "act": "apply"})
    assert not after.select_one(".mend-head")
    assert (only(world).counts["created"], only(world).counts["debtors"]) == (3, 1)


def test_by_script_only_the_sentence_comes_back(supervisor: Pages, world: World) -> None:
    form = {"csrf_token": supervisor.csrf(), "at": "bad_currency-5", "column": "5", "old-0": "Reales"}
    answer = supervisor.raw(
        "POST", f"{path_of(world)}/repair/try", data={**form, "new-0": "PESETAS"},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )  # fmt: skip
    assert answer.get_data(as_text=True).strip() == (
        "Cambiarían 2 filas: 0 bien y 2 todavía mal (moneda desconocida: 2)."
    )


def test_a_repair_that_says_nothing_or_too_much_is_refused_with_a_sentence(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    assert "No cambiaste ningún valor." in text_of(mend(supervisor, path, at="bad_day-4", column="4"))
    assert "Esa columna no está en el archivo." in text_of(mend(supervisor, path, column="99", cell_5="x", was_5="y"))
    assert "Escribe el plazo en días" in text_of(mend(supervisor, path, column="4", term="treinta"))
    assert "No hay ninguna corrección que deshacer." in text_of(mend(supervisor, path, act="undo"))
    assert "Esa columna" in text_of(mend(supervisor, path, at="bad_day-4", column="-1", cell_5="x", was_5="y"))


def test_refused_rows_are_downloaded_in_their_layout_and_taken_back(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    answer = supervisor.raw("GET", f"{path}/errors.csv")
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "No cliente;Nombre;Factura;Emisión;Vencimiento;Moneda;Saldo;Fila;Error"
    assert lines[1].startswith("C2;Abarrotes La Prueba;A-2;01/06/2025;13/07/2025;Reales;200,50;3;")
    assert len(lines) == 6
    assert supervisor.raw("GET", f"{path}/errors.xlsx").get_data().startswith(b"PK")

    mended = "\n".join(lines).replace("Reales", "MXN").replace("30/02/2025", "28/02/2025").encode()
    after = supervisor.post(f"{path}/corrected", {"file": (BytesIO(mended), "errores.csv")})
    assert "Corregimos 3 filas con tu archivo." in text_of(after)
    assert only(world).counts["rejected"] == 1
    after = supervisor.post(f"{path}/corrected", {"file": (BytesIO(TEXT.encode()), "otro.csv")})
    assert "le falta la columna «Fila»" in text_of(after)


def test_what_is_refused_waits_in_quarantine_until_it_is_mended(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    placement_id = UUID(path.rsplit("/", 1)[-1])
    assert "Nada en cuarentena" in text_of(supervisor.get("/placements/quarantine"))
    supervisor.post(f"{path}/confirm")
    finish(world, placement_id)
    listed = supervisor.get("/placements/quarantine")
    assert "Moneda · moneda desconocida 2" in text_of(listed)
    assert "Cuarentena: 1 carga" in text_of(supervisor.get("/placements"))

    result = mend(supervisor, path, at="bad_currency-5", column="5", old_0="Reales", new_0="MXN")
    assert "Hay 2 filas que antes no entraron y ahora se leen bien." in text_of(result)
    assert "2 filas ya corregidas" in text_of(supervisor.get("/placements/quarantine"))
    running = supervisor.post(f"{path}/reprocess")
    assert running.select_one(".job-bar")
    finish(world, placement_id)
    done = text_of(supervisor.get(path))
    assert "Adeudos nuevos 3 de 2 deudores" in done
    assert "2 filas por corregir" in done
    again = supervisor.post(f"{path}/reprocess")
    assert "Ninguna de las filas en cuarentena entraría todavía." in text_of(again)


def test_after_the_commit_a_mended_file_mends_what_did_not_go_in(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    supervisor.post(f"{path}/confirm")
    finish(world, UUID(path.rsplit("/", 1)[-1]))
    rows = supervisor.raw("GET", f"{path}/errors.csv").get_data().decode("utf-8-sig").replace("Reales", "MXN")

    result = supervisor.post(f"{path}/corrected", {"file": (BytesIO(rows.encode()), "errores.csv")})
    assert "Corregimos 2 filas con tu archivo." in text_of(result)
    assert "Hay 2 filas que antes no entraron y ahora se leen bien." in text_of(result)


def test_mended_rows_that_are_brought_as_a_new_file_are_offered_to_the_one_they_come_from(
    supervisor: Pages, world: World
) -> None:
    first = only(world)
    path = path_of(world)
    supervisor.post(f"{path}/confirm")
    finish(world, first.id)
    rows = supervisor.raw("GET", f"{path}/errors.csv").get_data().decode("utf-8-sig").replace("Reales", "MXN")

    give(supervisor, rows, client=str(first.client_id))
    with world.work() as work:
        draft = work.session.scalars(select(Placement).where(Placement.id != first.id)).one()
    page = supervisor.get(f"/placements/{draft.id}")
    assert f"Son las filas por corregir de la carga {first.number}" in text_of(page)
    assert page.select(f"form[action='/placements/{draft.id}/merge']")

    result = supervisor.post(f"/placements/{draft.id}/merge")
    assert "Corregimos 2 filas con tu archivo." in text_of(result)
    with world.work() as work:
        assert work.session.get_one(Placement, (work.agency_id, draft.id)).state == State.DISCARDED
    assert "Estas filas no son de otra carga." in text_of(supervisor.post(f"{path}/merge"))


def test_a_committed_page_takes_back_only_what_no_debt_rests_on(supervisor: Pages, world: World) -> None:
    path = path_of(world)
    mend(supervisor, path, at="bad_currency-5", column="5", old_0="Reales", new_0="MXN")
    supervisor.post(f"{path}/confirm")
    finish(world, UUID(path.rsplit("/", 1)[-1]))

    result = supervisor.get(path)
    assert "Correcciones hechas" in text_of(result)
    assert not result.select("[name=act][value=undo]")
    assert "No hay ninguna corrección que deshacer." in text_of(mend(supervisor, path, column="5", act="undo"))
    refused = mend(supervisor, path, at="bad_day-4", column="4", cell_2="01/01/2026", was_2="13/07/2025")
    assert "La fila 2 ya se cargó: aquí ya no se corrige." in text_of(refused)
    mended = mend(supervisor, path, at="bad_day-4", column="4", cell_5="31/02/2025", was_5="30/02/2025")
    assert len(mended.select("[name=act][value=undo]")) == 2
    assert "1 filas menos" not in text_of(mended)


def test_who_may_only_look_is_offered_no_repair(supervisor: Pages, app: Flask, world: World) -> None:
    collector = Pages(app, world.principal(Role.COLLECTOR))
    page = collector.get(f"{path_of(world)}?step=review")
    assert "Moneda · moneda desconocida" in text_of(page)
    assert not page.select("main form")
    for tail in ("/repair", "/repair/try", "/reprocess", "/corrected", "/merge"):
        collector.post(f"{path_of(world)}{tail}", status=403)


def test_a_clients_uploader_mends_its_own_file_in_the_portal(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otra", name="Otra Ficticia")
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    give(pages, TEXT, "/portal/placements", client=str(client_id))
    path = f"/portal{path_of(world)}"

    after = mend(pages, path, at="bad_currency-5", column="5", old_0="Reales", new_0="MXN")
    assert "Por corregir: 2, 2 menos." in text_of(after)
    assert "A-4" in pages.raw("GET", f"{path}/errors.csv").get_data(as_text=True)
    stranger = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=other))
    stranger.post(f"{path}/repair", {"act": "undo"}, status=404)
    assert stranger.raw("GET", f"{path}/errors.csv").status_code == 404
