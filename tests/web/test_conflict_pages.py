"""Rows in conflict, at the page: both sides, the two decisions for each and for all of a cause, why one is not possible
and what does instead; what was decided is told in the result."""

from io import BytesIO
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from recobro.cases.tables import Case, Debt
from recobro.intake import committing, previewing
from recobro.intake.receipts import acknowledging
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from tenants.roles import Role
from tests.service.test_undo import later
from tests.support.files import brought
from tests.support.pages import Pages
from tests.support.world import World

HEAD = "No cliente,Deudor,Folio,Vencimiento,Saldo\n"
FIRST = "100,Aceros Ficticios SA,A-1,17/09/2026,100.00\n200,Llantas Modelo SA,B-1,17/09/2026,300.00\n"
OTHER = (
    "100,Aceros Ficticios SA,A-1,17/09/2026,150.00\n200,Llantas Modelo SA,B-1,17/09/2026,280.00\n"
    "300,Tornillos Demo SA,C-1,17/09/2026,50.00\n300,Tornillos Demo SA,C-1,17/09/2026,55.00\n"
)


@pytest.fixture
def client_id(app: Flask, world: World) -> UUID:
    found = world.client()
    brought(world, found, HEAD + FIRST, kind="placement")
    later(world)
    return found


def upload(pages: Pages, client_id: UUID, start: str = "/placements") -> BeautifulSoup:
    file = (BytesIO((HEAD + OTHER).encode()), "otra.csv")
    return pages.post(f"{start}/new", {"file": file, "client": str(client_id), "kind": "placement"})


def newest(world: World) -> Placement:
    with world.work() as work:
        return work.session.scalars(select(Placement).order_by(Placement.id.desc()).limit(1)).one()


def clash(page: BeautifulSoup, code: str) -> BeautifulSoup:
    found = page.select_one(f"#conflict-{code}")
    assert found is not None, page.get_text(" ", strip=True)
    return BeautifulSoup(str(found), "html.parser")


def originals(world: World) -> dict[str, int]:
    with world.work() as work:
        return {debt.reference: debt.original for debt in work.session.scalars(select(Debt))}


def test_conflicts_are_decided_by_cause_and_row_and_told_in_the_result(
    app: Flask, world: World, client_id: UUID
) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    upload(pages, client_id)
    path = f"/placements/{newest(world).id}"
    shown = clash(pages.get(f"{path}?step=review"), "known_amount")
    read = shown.get_text(" ", strip=True)
    assert "Ya cargada con otro importe" in read
    assert "2 filas en conflicto" in read
    assert "$150.00, vence el 17" in read
    assert [button["value"] for button in shown.select("button[name=act]")] == ["lines", "keep_all", "take_all"]
    twice = clash(pages.get(f"{path}?step=review"), "in_file_amount").get_text(" ", strip=True)
    assert "El archivo se contradice" in twice
    assert "Tomar lo del archivo" not in twice

    pages.post(f"{path}/decide", {"cause": "known_amount", "act": "take_all"})
    after = pages.post(
        f"{path}/decide",
        {"cause": "known_amount", "act": "lines", "line-2": "take", "was-2": "take", "line-3": "keep", "was-3": "take"},
    )
    assert "Filas que siguen en conflicto: 1." in after.get_text(" ", strip=True)
    opened = clash(after, "known_amount")
    assert opened.select_one("details[open][data-focus]") is not None
    chosen = [option["value"] for option in opened.select("option[selected]")]
    assert chosen == ["take", "keep"]
    assert "Volver a decidir" in opened.get_text(" ", strip=True)
    pages.post(f"{path}/decide", {"cause": "in_file_amount", "act": "keep_all"})
    pages.post(f"{path}/confirm")
    committing.commit(world.work, newest(world).id)
    assert originals(world) == {"A-1": 150_00, "B-1": 300_00, "C-1": 50_00}

    done = pages.get(path).get_text(" ", strip=True)
    assert "Decididas · se toma el importe del archivo" in done
    assert "Se decidió conservar $300.00; la fila decía $280.00 y no se aplica." in done
    assert "Se decidió que cuenta la primera fila, la 4" in done
    with world.work() as work:
        case = work.session.scalars(select(Case).join(Debt).where(Debt.reference == "A-1")).one()
        acknowledging.acknowledge(work, newest(world).id)
    history = pages.get(f"/cases/{case.id}").get_text(" ", strip=True)
    assert f"El cliente corrigió A-1 en la carga {newest(world).number}: de $100.00 a $150.00" in history

    later(world)
    assert "1 adeudo que corrigió vuelve a lo que era." in pages.get(f"{path}/undo").get_text(" ", strip=True)
    pages.post(f"{path}/undo")
    undoing.undo(world.work, newest(world).id)
    assert originals(world) == {"A-1": 100_00, "B-1": 300_00}


def test_a_debt_that_was_paid_says_why_it_stays_and_what_does_instead(
    app: Flask, world: World, client_id: UUID
) -> None:
    day = world.clock.now().date().isoformat()
    brought(world, client_id, f"Factura,Tipo,Importe,Fecha\nA-1,pago,40.00,{day}\n", kind="financial")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    upload(pages, client_id)
    path = f"/placements/{newest(world).id}"
    after = clash(pages.post(f"{path}/decide", {"cause": "known_amount", "act": "take_all"}), "known_amount")
    assert "No se puede tomar: ya se le aplicó un pago. Aquí se deben hoy $60.00" in after.get_text(" ", strip=True)
    assert [option["value"] for option in after.select("#line-2 option")] == ["", "keep"]
    assert after.select("#line-3 option[selected]")[0]["value"] == "take"


def test_a_clients_people_decide_in_their_portal_and_those_who_only_read_do_not(
    app: Flask, world: World, client_id: UUID
) -> None:
    theirs = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=client_id))
    upload(theirs, client_id, "/portal/placements")
    path = f"/portal/placements/{newest(world).id}"
    kept = theirs.post(f"{path}/decide", {"cause": "known_amount", "act": "keep_all"})
    assert "2 decididas" in clash(kept, "known_amount").get_text(" ", strip=True)
    read = theirs.post(f"{path}/decide", {"cause": "known_amount", "act": "take_all"}).get_text(" ", strip=True)
    assert "Lo estamos leyendo con lo que decidiste." in read
    with world.work() as work:
        previewing.preview_if_open(work, newest(world).id)
    assert newest(world).counts["corrected"] == 2
    reader = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))
    assert reader.raw("POST", f"{path}/decide").status_code in (400, 403)
