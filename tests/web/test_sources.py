"""«Mapas y fuentes»: doors made, tried and put to rest on the page, and the maps that were used."""

from io import BytesIO
from pathlib import Path

from flask import Flask

from recobro.intake import committing, previewing, service, sources, watching
from recobro.intake.tables import IntakeSource
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World
from worker.run_now import run_pending

TEXT = "RFC,Razón social,Folio,F. Vencimiento,Saldo\nFTF190312AB4,Ferretería Feliz,A-1,27/09/2025,10.00\n"


def only(world: World) -> IntakeSource:
    with world.work() as work:
        return work.session.query(IntakeSource).filter_by(agency_id=world.agency_id).one()


def test_a_supervisor_makes_a_folder_tries_it_and_sees_what_came(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    assert "Todavía no hay fuentes" in pages.get("/placements/sources").get_text()
    assert pages.get("/placements").select_one("a[href='/placements/sources']")

    form = {"kind": "folder", "client": str(client_id), "name": "SFTP de cartera", "file_kind": "placement"}
    refused = pages.post("/placements/sources/new", {**form, "folder": "../etc"}, status=422)
    assert "solo minúsculas" in refused.get_text()
    shown = pages.post("/placements/sources/new", {**form, "folder": "cartera", "auto_confirm": "y"})
    assert "/aceros/cartera" in shown.get_text()
    assert "No ha llegado ningún archivo" in shown.get_text()
    again = pages.post("/placements/sources/new", {**form, "folder": "cartera"}, status=409)
    assert "ya tiene una fuente" in again.get_text()

    source = only(world)
    path = f"/placements/sources/{source.id}"
    with world.work() as work:
        folder = watching.path_of(work, source)
    watching.look(world.work, source.id)
    Path(folder / "cartera.csv").write_text(TEXT)
    watching.look(world.work, source.id)
    pages.post(f"{path}/look")
    run_pending(world.agency_id)

    text = pages.get(path).get_text(" ", strip=True)
    assert "cartera.csv" in text
    assert "primera vez que llega con estas columnas" in text
    assert "Por confirmar" in pages.get("/placements/sources").get_text()
    pages.post(f"{path}/edit", {**form, "name": "Otro nombre"})
    pages.post(f"{path}/active")
    listed = pages.get("/placements/sources").get_text(" ", strip=True)
    assert "Otro nombre" in listed
    assert "Inactiva" in listed


def test_a_clients_administrator_manages_its_own_address_and_an_uploader_only_reads(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otra", name="Otra Ficticia")
    boss = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))
    form = {"kind": "email", "client": str(other), "name": "Correo", "file_kind": "placement"}
    assert "desde qué correos" in boss.post("/portal/placements/sources/new", form, status=422).get_text()
    shown = boss.post("/portal/placements/sources/new", {**form, "senders": "Ana@Aceros.example, @filial.example"})
    source = only(world)
    assert (source.client_id, source.senders) == (client_id, ["ana@aceros.example", "@filial.example"])
    assert sources.address_of(source) in shown.get_text()

    reader = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    path = f"/portal/placements/sources/{source.id}"
    assert sources.address_of(source) in reader.get(path).get_text()
    reader.get(f"{path}/edit", status=403)
    reader.post(f"{path}/active", status=403)
    Pages(app, world.principal(Role.COLLECTOR)).get(f"/placements/sources/{source.id}", status=403)
    stranger = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=other))
    stranger.get(path, status=404)
    assert "Correo" not in stranger.get("/portal/placements/sources").get_text().split("Mapas y fuentes", 2)[-1]


def test_the_maps_in_use_are_shown_with_their_fields_and_their_version(app: Flask, world: World) -> None:
    client_id = world.client()
    for number in (1, 2):
        with world.work() as work:
            file = BytesIO(TEXT.replace("A-1", f"A-{number}").encode())
            placement_id = service.receive(work, client_id=client_id, name="cartera.csv", file=file).placement_id
            if number == 2:
                service.choose(work, placement_id, fields={0: "own"})
            previewing.preview(work, placement_id)
            service.confirm(work, placement_id)
        committing.commit(world.work, placement_id)
    page = Pages(app, world.principal(Role.SUPERVISOR)).get("/placements/sources")
    text = page.get_text(" ", strip=True)
    assert "Mapas guardados" in text
    assert "5 columnas" in text
    assert "Campo propio" in text
    assert "2 cargas" in text
    cells = [cell.get_text(strip=True) for cell in page.select("td[data-label='Versión']")]
    assert cells == ["2"]
