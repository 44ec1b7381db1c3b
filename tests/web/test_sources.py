"""«Mapas y fuentes»: doors made, tried and put to rest on the page, and the maps that were used."""

from io import BytesIO
from pathlib import Path
from uuid import UUID

from flask import Flask

from recobro.intake import committing, previewing, service
from recobro.intake.doors import sources, watching
from recobro.intake.tables import IntakeSource
from recobro.wiring import outside
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
    told = shown.get_text()
    assert f"{world.slug}/aceros/cartera" in told
    assert str(outside().settings.drop_folder) not in told
    assert "ve esta como /cartera" in told
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


def brought(world: World, client_id: UUID, text: str, **choices: object) -> UUID:
    """A file received, previewed and committed."""
    with world.work() as work:
        file = BytesIO(text.encode())
        placement_id = service.receive(work, client_id=client_id, name="cartera.csv", file=file).placement_id
        service.choose(work, placement_id, **choices)  # type: ignore[arg-type]
        previewing.preview(work, placement_id)
        service.confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    return placement_id


def test_a_map_is_named_corrected_tried_on_the_last_file_and_forgotten(app: Flask, world: World) -> None:
    client_id = world.client()
    text = TEXT.replace("Saldo", "Saldo,Nota interna").replace("10.00", "10.00,x")
    made = brought(world, client_id, text)
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    path = f"/placements/maps/{made}"
    assert "Mapa de 6 columnas" in pages.get(path).get_text()

    assert "se lee bien su única fila" in pages.post(f"{path}/try", {"field-5": "own"}).get_text()
    assert "Falta decir qué columna es el saldo" in pages.post(f"{path}/try", {"field-4": ""}).get_text()
    assert "Dos columnas tienen" in pages.post(path, {"name": "SAP", "field-5": "balance"}, status=422).get_text()
    saved = pages.post(path, {"name": "Reporte de SAP", "field-5": "own"})
    assert "desde el próximo archivo" in saved.get_text()
    assert "Reporte de SAP" in pages.get("/placements/sources").get_text()

    def next_fields(number: int) -> list[tuple[str, str]]:
        with world.work() as work:
            file = BytesIO(text.replace("A-1", f"B-{number}").encode())
            found = service.receive(work, client_id=client_id, name=f"{number}.csv", file=file).placement_id
            return [(one.field, one.how.value) for one in service.choices_of(service.open_placement(work, found))]

    assert next_fields(1)[5] == ("own", "memory")
    pages.post(f"{path}/forget")
    assert "Reporte de SAP" not in pages.get("/placements/sources").get_text()
    pages.get(path, status=404)
    assert {how for _, how in next_fields(2)} == {"heading", "none"}


def test_the_versions_of_a_map_are_seen_and_one_goes_back_to_an_earlier_one(app: Flask, world: World) -> None:
    client_id = world.client()
    text = TEXT.replace("Saldo", "Saldo,Nota interna").replace("10.00", "10.00,x")
    first = brought(world, client_id, text)
    brought(world, client_id, text.replace("A-1", "A-2"))
    third = brought(world, client_id, text.replace("A-1", "A-3"), fields={5: "own"})
    foreign = brought(world, world.client("otra", name="Otra Ficticia"), text)
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    path = f"/placements/maps/{third}"

    rows = [
        row.get_text(" ", strip=True) for row in pages.get(path).select("tbody tr:has(th):has(form), tbody tr:has(a)")
    ]
    assert len(rows) == 2
    assert "Nota interna" in rows[0]
    assert "2 cargas" in rows[1]
    assert "desde el próximo archivo" in pages.post(f"{path}/back", {"to": str(first)}).get_text()
    for other in (foreign, "x"):
        pages.post(f"{path}/back", {"to": str(other)}, status=404)

    with world.work() as work:
        file = BytesIO(text.replace("A-1", "A-4").encode())
        made = service.receive(work, client_id=client_id, name="cuatro.csv", file=file).placement_id
        assert service.choices_of(service.open_placement(work, made))[5].field == ""


def test_a_map_is_changed_by_those_who_manage_sources_alone(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otra", name="Otra Ficticia")
    path = f"/portal/placements/maps/{brought(world, client_id, TEXT)}"

    reader = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    assert reader.get(path).select_one("form[action$='/forget']") is None
    reader.post(path, {"name": "x"}, status=403)
    reader.post(f"{path}/forget", status=403)
    Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id)).post(path, {"name": "De casa"})
    Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=other)).get(path, status=404)


def test_days_that_can_be_read_two_ways_are_read_as_the_last_time_and_it_is_said(app: Flask, world: World) -> None:
    client_id = world.client()
    text = "RFC,Razón social,Folio,F. Vencimiento,Saldo\nFTF190312AB4,Ferretería Feliz,A-1,03/04/2025,10.00\n"
    brought(world, client_id, text, readings={3: "mdy"})
    with world.work() as work:
        file = BytesIO(text.replace("A-1", "A-2").encode())
        made = service.receive(work, client_id=client_id, name="dos.csv", file=file).placement_id

    page = Pages(app, world.principal(Role.SUPERVISOR)).get(f"/placements/{made}")

    chosen = page.select_one("select[name='reading-3'] option[selected]")
    assert chosen is not None
    assert chosen["value"] == "mdy"
    assert "mes/día/año" in page.get_text()
    assert "así fue en tu carga anterior" in page.get_text()


def test_programs_have_a_row_of_their_own_and_who_manages_no_source_can_send_a_file(app: Flask, world: World) -> None:
    client_id = world.client()
    listed = Pages(app, world.principal(Role.SUPERVISOR)).get("/placements/sources").get_text(" ", strip=True)
    assert "POST /api/v1/placements" in listed
    assert "La clave la da un administrador" in listed

    portal = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id)).get("/portal/placements/sources")
    assert portal.select_one(".blank a[href='/portal/placements/new']")
