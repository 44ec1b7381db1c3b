"""The way back from a placement, through its pages."""

from flask import Flask
from sqlalchemy import select

from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.intake.tables import Placement
from recobro.intake.undo import retiring, undoing
from tenants.roles import Role
from tests.service.test_undo import later
from tests.support.pages import Pages
from tests.support.world import World, mxn
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


def test_the_list_finds_placements_by_client_kind_state_and_words(app: Flask, world: World) -> None:
    client_id, other = world.client(), world.client("otro", name="Cementos de Mentira")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    number = only(world).number

    for query in (f"client={client_id}", "kind=placement", "state=previewed", "q=ACEROS_nov", f"q={number}"):
        assert number in pages.get(f"/placements?{query}").get_text(), query
    for query in (f"client={other}", "kind=recall", "state=committed", "q=zzz", "q=%25"):
        read = pages.get(f"/placements?{query}").get_text()
        assert number not in read, query
        assert "Sin cargas con estos filtros" in read
    theirs = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    assert number in theirs.get("/portal/placements?kind=placement").get_text()
    assert number not in theirs.get("/portal/placements?kind=recall").get_text()


def test_what_follows_a_confirmation_and_what_is_stated_by_it_is_read_first(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    placement = only(world)
    path = f"/placements/{placement.id}"
    read = pages.get(f"{path}?step=confirm").get_text(" ", strip=True)
    assert "Sigue: primer aviso, cordial." in read
    assert "no antes de" in read
    assert "la carga entera hasta" in read
    assert "declara que estos adeudos existen" in read

    pages.post(f"{path}/confirm")
    kept = only(world).confirmed
    assert "estos adeudos existen" in kept["statement"]
    assert kept["by"] == only(world).committed_by
    assert "declara que estos adeudos existen" in pages.get(path).get_text(" ", strip=True)


def test_a_forced_recall_is_confirmed_with_its_costs_and_its_reason_in_sight(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id, name="Deudor Demo", debts=[("A-1", mxn("100.00"), world.clock.now().date())])
    with world.work() as work:
        flags.open_flag(work, case_id=case_id, kind="dispute", reason="No la reconoce")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, b"Factura\nA-1\n", client=str(client_id), kind="recall")
    path = f"/placements/{only(world).id}"
    pages.post(f"{path}/force", {"force": "disputed", "why": "Lo pide su director"})
    read = pages.get(f"{path}?step=confirm").get_text(" ", strip=True)
    assert "Se retira de todos modos: En aclaración" in read
    assert "Honorarios que se dejan de ganar" in read
    assert "Por qué: Lo pide su director" in read


def test_what_stays_is_grouped_and_withdrawn_by_one_button(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, GOOD, client=str(client_id))
    placement = only(world)
    path = f"/placements/{placement.id}"
    pages.post(f"{path}/confirm")
    finish(world, placement.id)
    later(world)
    with world.work() as work:
        touched = work.session.scalars(select(Case).where(Case.client_id == client_id).order_by(Case.number)).all()[0]
        cases.add_note(work, touched.id, text="Llamar el lunes")
    asked = pages.get(f"{path}/undo").get_text(" ", strip=True)
    assert "Alguien anotó algo" in asked
    assert "Retirar el caso que queda" in asked
    pages.post(f"{path}/undo")
    undoing.undo(world.work, placement.id)
    done = pages.get(path).get_text(" ", strip=True)
    assert "se deshizo en parte" in done
    assert "salieron 1 adeudos de 1 casos y se quedan 1 de 1" in done
    assert "Deshecha en parte" in pages.get("/placements").get_text()

    collector = Pages(app, world.principal(Role.COLLECTOR))
    assert "Retirar el caso que queda" not in collector.get(path).get_text(" ", strip=True)
    assert collector.raw("POST", f"{path}/withdraw-rest").status_code in (400, 403)
    assert "Estamos retirando lo que queda" in pages.post(f"{path}/withdraw-rest").get_text()
    retiring.withdraw(world.work, placement.id)
    assert pages.raw("GET", f"{path}/progress?until=withdrawn").headers["HX-Redirect"] == path
    assert "se retiraron 1 adeudos de 1 casos" in pages.get(path).get_text(" ", strip=True)


def test_a_recall_is_undone_from_its_page_and_consents_say_what_is_kept_of_them(app: Flask, world: World) -> None:
    client_id = world.client()
    world.case(client_id, name="Deudor Demo", debts=[("A-1", mxn("100.00"), world.clock.now().date())])
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    give(pages, b"Factura\nA-1\n", client=str(client_id), kind="recall")
    placement = only(world)
    path = f"/placements/{placement.id}"
    pages.post(f"{path}/confirm")
    finish(world, placement.id)
    assert "se cobran otra vez" in pages.get(f"{path}/undo").get_text(" ", strip=True)
    pages.post(f"{path}/undo")
    undoing.undo(world.work, placement.id)
    assert "volvieron 1 de sus cambios" in pages.get(path).get_text(" ", strip=True)

    give(pages, "Factura,Canal,Autoriza\nA-1,Correo,no\n", client=str(client_id), kind="consent")
    with world.work() as work:
        told = work.session.scalars(select(Placement).where(Placement.kind == "consent")).one()
    pages.post(f"/placements/{told.id}/confirm")
    finish(world, told.id)
    read = pages.get(f"/placements/{told.id}/undo").get_text(" ", strip=True)
    assert "Vuelven 1 cambio" in read
    assert "queda anotado que se tomó de vuelta" in read


def test_a_clients_person_undoes_its_own_placement(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    give(pages, GOOD, "/portal/placements", client=str(client_id))
    placement = only(world)
    path = f"/portal/placements/{placement.id}"
    pages.post(f"{path}/confirm")
    finish(world, placement.id)
    assert "Deshacer carga" in pages.get(path).get_text()
    assert "verás qué se queda y por qué" in pages.get(f"{path}/undo").get_text(" ", strip=True)
    assert "Pediste deshacer" in pages.post(f"{path}/undo").get_text()
    undoing.undo(world.work, placement.id)
    assert "salieron 2 adeudos" in pages.get(path).get_text(" ", strip=True)
    viewer = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))
    assert viewer.raw("GET", f"{path}/undo").status_code in (403, 404)
    assert pages.raw("GET", f"/placements/{placement.id}/undo").status_code in (403, 404)


def test_a_clients_person_reads_what_stays_and_undoes_the_rest(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    give(pages, GOOD, "/portal/placements", client=str(client_id))
    placement = only(world)
    path = f"/portal/placements/{placement.id}"
    pages.post(f"{path}/confirm")
    finish(world, placement.id)
    later(world)
    with world.work() as work:
        touched = work.session.scalars(select(Case).where(Case.client_id == client_id).order_by(Case.number)).all()[0]
        cases.add_note(work, touched.id, text="Llamar el lunes")
    pages.post(f"{path}/undo")
    undoing.undo(world.work, placement.id)

    read = pages.get(path).get_text(" ", strip=True)
    assert "Ya se trabajó una parte" in read
    assert "Alguien anotó algo" in read
    assert touched.number not in read
    assert "Deshacer el adeudo que nadie trabajó" in read
    pages.post(f"{path}/undo", {"partly": "1"})
    undoing.undo(world.work, placement.id)
    assert "salieron 1 adeudos de 1 casos y se quedan 1 de 1" in pages.get(path).get_text(" ", strip=True)
