"""Taking a case back on its page, in the portal, and by file with what stands against it."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from recobro.agreements import service as agreements
from recobro.cases import flags
from recobro.cases.tables import Case
from recobro.intake import committing
from recobro.intake.receipts import acknowledging
from recobro.intake.tables import Placement
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, mxn


def running(world: World, case_id: UUID) -> None:
    """An agreement of two payments that runs."""
    with world.work() as work:
        plan = agreements.offer(work, case_id=case_id, count=2, first_on=world.clock.now().date())
        agreements.accept(work, plan.id, evidence={})
        plan.state = "active"


def code_of(world: World, case_id: UUID) -> str:
    with world.work() as work:
        return work.session.get_one(Case, (world.agency_id, case_id)).close_code


def test_a_supervisor_takes_a_case_back_from_its_page(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    assert pages.get(f"/cases/{case_id}").select_one(f"a[href='/cases/{case_id}/recall']")
    page = pages.get(f"/cases/{case_id}/recall").get_text(" ", strip=True)
    assert "Honorarios que se dejan de ganar" in page
    assert "$250.00" in page
    said = pages.post(f"/cases/{case_id}/recall", {"reason": "commercial", "note": "Buen cliente"})

    assert "Caso retirado" in said.get_text()
    assert "Retirado por decisión comercial del cliente" in said.get_text()
    assert code_of(world, case_id) == "recalled"


def test_what_stands_against_it_is_told_and_only_the_permission_overrules_it(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    running(world, case_id)
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    page = pages.get(f"/cases/{case_id}/recall")
    assert "faltan $1,000.00 (pagos pendientes: 2)" in page.get_text(" ", strip=True)
    assert "Pagos de convenio que se cancelan" in page.get_text()
    assert page.select_one("input[name=force][value=agreement]")
    refused = pages.post(f"/cases/{case_id}/recall", {"reason": "other"}, status=422)
    assert "convenio vigente" in refused.select_one(".error-summary").get_text()  # type: ignore[union-attr]
    pages.post(f"/cases/{case_id}/recall", {"reason": "other", "force": "agreement"}, status=422)
    assert code_of(world, case_id) == ""

    pages.post(f"/cases/{case_id}/recall", {"reason": "other", "force": "agreement", "why": "Lo pide su director"})
    assert code_of(world, case_id) == "recalled"
    Pages(app, world.principal(Role.COLLECTOR)).get(f"/cases/{case_id}/recall", status=403)


def test_a_client_asks_for_a_case_in_the_portal(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with world.work() as work:
        flags.open_flag(work, case_id=case_id, kind="dispute", reason="No la reconoce")
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))

    assert pages.get(f"/portal/cases/{case_id}").select_one(f"a[href='/portal/cases/{case_id}/recall']")
    page = pages.get(f"/portal/cases/{case_id}/recall").get_text(" ", strip=True)
    assert "Pedirlo a la agencia" in page
    assert "Honorarios" not in page
    assert "Recibimos tu petición" in pages.post(f"/portal/cases/{case_id}/recall", {"reason": "error"}).get_text()

    with world.work() as work:
        asked = work.session.scalars(select(OutboxRow).where(OutboxRow.name == "recalls.asked")).one()
    assert asked.payload["reason"] == "error"
    Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id)).get(
        f"/portal/cases/{case_id}/recall", status=403
    )


def test_a_recall_file_is_overruled_on_its_review_page(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id, customer_ref="C-9")
    running(world, case_id)
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post(
        "/placements/new",
        {"file": (BytesIO(b"No cliente\nC-9\n"), "retiro.csv"), "client": str(client_id), "kind": "recall"},
    )
    with world.work() as work:
        placement = work.session.scalars(select(Placement)).one()
    path = f"/placements/{placement.id}"

    review = pages.get(f"{path}?step=review")
    text = review.get_text(" ", strip=True)
    assert "faltan $1,000.00 (pagos pendientes: 2)" in text
    assert "Retirar de todos modos, con estas consecuencias" in text
    assert "Ninguna fila retira un adeudo." in text
    assert "Di por qué" in pages.post(f"{path}/force", {"force": "agreement"}).get_text()
    told = pages.post(f"{path}/force", {"force": "agreement", "why": "Lo pide su director"}).get_text(" ", strip=True)
    assert "adeudo que se retira" in told
    confirm = pages.get(f"{path}?step=confirm").get_text(" ", strip=True)
    assert "Retirar 1 adeudo" in confirm

    pages.post(f"{path}/confirm")
    committing.commit(world.work, placement.id)
    with world.work() as work:
        acknowledging.acknowledge(work, placement.id)
    result = pages.get(path).get_text(" ", strip=True)
    assert "1 adeudo que se retira" in result
    assert code_of(world, case_id) == "recalled"
    assert pages.raw("GET", f"{path}/acknowledgement.pdf").data.startswith(b"%PDF")
    assert "Retiro" in pages.get("/placements").get_text()


def test_a_file_of_payments_is_shown_in_its_own_words_with_the_clients_control(app: Flask, world: World) -> None:
    client_id = world.client()
    world.case(client_id, debts=[("A-1", mxn("100.00"), world.clock.now().date() - timedelta(days=40))])
    pages = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    new = pages.get("/portal/placements/new").get_text(" ", strip=True)
    assert "Pagos y cargos" in new
    assert "Retiro" in new
    kind = {"kind": "financial", "client": str(client_id)}
    file = b"Factura,Fecha pago,Importe\nA-1,2026-01-05,40.00\nZ-9,2026-01-05,5.00\n"
    refused = pages.post(
        "/portal/placements/new", {"file": (BytesIO(file), "p.csv"), **kind, "declared": "mil"}, status=422
    )
    assert "Escribe las filas y la suma" in refused.get_text()

    pages.post("/portal/placements/new", {"file": (BytesIO(file), "p.csv"), **kind, "declared": "2 filas, 46.00"})
    with world.work() as work:
        placement = work.session.scalars(select(Placement)).one()
    path = f"/portal/placements/{placement.id}"
    review = pages.get(f"{path}?step=review").get_text(" ", strip=True)
    assert "No cuadra: el archivo trae $1.00 de menos." in review
    assert "ún no está la factura «Z-9»" in review
    assert "pago directo al cliente" in review
    confirm = pages.get(f"{path}?step=confirm").get_text(" ", strip=True)
    assert "Aplicar 1 movimiento" in confirm
    assert "adeudos" not in confirm.lower()

    refused = pages.post(f"{path}/confirm", status=422)
    assert refused.select_one("#why[required]")
    assert "El archivo no cuadra con lo declarado: di por qué se carga así." in refused.get_text(" ", strip=True)
    done = pages.post(f"{path}/confirm", {"why": "El peso se cobra aparte"})
    assert "Por qué entró sin cuadrar" in done.get_text(" ", strip=True)
