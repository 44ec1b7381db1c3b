"""Files of other kinds than new debts, at the page: what is asked, what is shown, where documents are found."""

from io import BytesIO
from uuid import UUID

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from legal.matters.tables import Matter
from recobro.cases.tables import Case
from recobro.debtors.facts import note_fact
from recobro.debtors.tables import Debtor
from recobro.intake import committing, previewing, service
from recobro.intake.receipts import acknowledging
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from tenants.roles import Role
from tests.service.test_document_files import PDF, packed
from tests.support.pages import Pages
from tests.support.world import World

PORTFOLIO = """No cliente,Deudor,Folio,Vencimiento,Saldo,Correo,Ciudad
100,Aceros Ficticios SA,A-2231,17/09/2026,100.00,a@ficticios.example,Querétaro
"""


def placed(world: World) -> tuple[str, str]:
    """A client with one case, by the ids of both."""
    client_id = world.client()
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="c.csv", file=BytesIO(PORTFOLIO.encode()))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)
    committing.commit(world.work, found.placement_id)
    with world.work() as work:
        return str(client_id), str(work.session.scalars(select(Case.id)).one())


def upload(pages: Pages, data: bytes, name: str, start: str = "/placements", **more: str) -> BeautifulSoup:
    return pages.post(f"{start}/new", {"file": (BytesIO(data), name), **more})


def newest(world: World) -> Placement:
    with world.work() as work:
        return work.session.scalars(select(Placement).order_by(Placement.id.desc()).limit(1)).one()


def test_what_we_corrected_is_asked_once_and_theirs_may_be_taken(app: Flask, world: World) -> None:
    client_id, _ = placed(world)
    with world.work() as work:
        debtor = work.session.scalars(select(Debtor)).one()
        debtor.city = "Corregidora"
        note_fact(work, debtor.id, "city", "Corregidora", "collector")
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    upload(pages, b"No cliente,Ciudad\n100,Guadalajara\n", "m.csv", client=client_id, kind="maintenance")
    path = f"/placements/{newest(world).id}"
    review = pages.get(f"{path}?step=review").get_text(" ", strip=True)
    assert "Corregido aquí después del último dato del cliente" in review
    assert "Aquí dice «Corregidora»" in review
    assert "Ninguna fila cambia un dato." in review

    after = pages.post(f"{path}/theirs", {"take-city": "theirs"}).get_text(" ", strip=True)
    assert "1 campo de deudor cambia" in after
    assert "Querétaro" not in after
    pages.post(f"{path}/confirm")
    committing.commit(world.work, newest(world).id)
    with world.work() as work:
        assert work.session.scalars(select(Debtor.city)).one() == "Guadalajara"


def test_documents_are_given_as_a_zip_and_found_on_the_case(app: Flask, world: World) -> None:
    client_id, case_id = placed(world)
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    review = upload(pages, packed({"Factura A-2231.pdf": PDF, "guarda.exe": b"MZ1", "otra.pdf": PDF + b"2"}), "d.zip",
                    client=client_id, kind="documents").get_text(" ", strip=True)  # fmt: skip
    assert "no trae el número de ninguna factura tuya" in review
    assert "Fila 2, «guarda.exe»: es un programa" in review
    assert "1 otra.pdf" not in review
    assert "3 otra.pdf" in review
    placement = newest(world)
    pages.post(f"/placements/{placement.id}/confirm")
    committing.commit(world.work, placement.id)

    page = pages.get(f"/cases/{case_id}?part=documents")
    text = page.get_text(" ", strip=True)
    assert "Factura ✓" in text
    assert "Contrato: falta" in text
    link = page.find("a", string="Factura A-2231.pdf")
    assert link is not None
    assert pages.raw("GET", str(link["href"])).data == PDF


def test_a_clients_person_sends_documents_and_finds_them_in_the_portal(app: Flask, world: World) -> None:
    client_id, case_id = placed(world)
    with world.work() as work:
        own = work.session.scalars(select(Case.client_id)).one()
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=own))

    upload(
        pages, packed({"contrato A-2231.pdf": PDF}), "d.zip", "/portal/placements", client=client_id, kind="documents"
    )
    placement = newest(world)
    pages.post(f"/portal/placements/{placement.id}/confirm")
    committing.commit(world.work, placement.id)

    text = pages.get(f"/portal/cases/{case_id}?part=documents").get_text(" ", strip=True)
    assert "contrato A-2231.pdf" in text
    assert "Contrato ✓" in text


def test_debts_that_rest_are_shown_by_their_cause(app: Flask, world: World) -> None:
    client_id = world.client()
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    upload(pages, PORTFOLIO.replace("2026,100.00,a@ficticios.example", "2009,100.00,").encode(), "c.csv",
           client=str(client_id), kind="placement")  # fmt: skip

    text = pages.get(f"/placements/{newest(world).id}?step=review").get_text(" ", strip=True)
    assert "Entran, y esperan" in text
    assert "puede haber prescrito" in text
    assert "deudor sin teléfono, correo ni domicilio" in text


def test_a_clients_person_sends_contact_data_and_consent_and_a_job_looks(app: Flask, world: World) -> None:
    client_id, _ = placed(world)
    with world.work() as work:
        own = work.session.scalars(select(Case.client_id)).one()
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=own))

    for kind, text, button in (
        ("maintenance", b"No cliente,Telefono\n100,442 555 0166\n", "Aplicar 1 cambio"),
        ("consent", b"No cliente,Canal,Consentimiento,Fecha\n100,sms,no,17/12/2025\n", "Guardar 1 consentimiento"),
    ):
        upload(pages, text, f"{kind}.csv", "/portal/placements", client=client_id, kind=kind)
        placement = newest(world)
        assert placement.state == "uploaded"
        with world.work() as work:
            previewing.preview_if_open(work, placement.id)
        assert button in pages.get(f"/portal/placements/{placement.id}?step=confirm").get_text(" ", strip=True)
        pages.post(f"/portal/placements/{placement.id}/confirm")
        committing.commit(world.work, placement.id)
        with world.work() as work:
            acknowledging.acknowledge(work, placement.id)
        assert newest(world).state == "committed"
        assert pages.raw("GET", f"/portal/placements/{placement.id}/acknowledgement.pdf").data.startswith(b"%PDF")


def _committed(pages: Pages, world: World, data: bytes, name: str, **more: str) -> str:
    """The path of a file that went in."""
    upload(pages, data, name, **more)
    path = f"/placements/{newest(world).id}"
    pages.post(f"{path}/confirm")
    committing.commit(world.work, newest(world).id)
    return path


def test_undoing_consent_and_documents_shows_what_comes_back_before_it_does(app: Flask, world: World) -> None:
    client_id, case_id = placed(world)
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    words = b"No cliente,Canal,Dato de contacto,Consentimiento\n100,correo,a@ficticios.example,no\n100,sms,,no\n"
    path = _committed(pages, world, words, "c.csv", client=client_id, kind="consent")
    assert "Correo a@ficticios.example: rechazado" in pages.get(f"/cases/{case_id}").get_text(" ", strip=True)
    asked = pages.get(f"{path}/undo").get_text(" ", strip=True)
    assert "Vuelven 2 cambios" in asked
    assert "como si el cliente no lo hubiera dicho" in asked
    pages.post(f"{path}/undo")
    undoing.undo(world.work, newest(world).id)
    assert "volvieron 2 de sus cambios" in pages.get(path).get_text(" ", strip=True)
    ledger = pages.get(f"/cases/{case_id}/consents").get_text(" ", strip=True)
    assert "Lo que el cliente informó de este dato se tomó de vuelta" in ledger
    assert "Dejó de valer: Baja: SMS" in ledger

    papers = packed({"Factura A-2231.pdf": PDF})
    path = _committed(pages, world, papers, "d.zip", client=client_id, kind="documents")
    with world.work() as work:
        case = work.session.scalars(select(Case)).one()
        work.add(
            Matter(
                agency_id=world.agency_id, client_id=case.client_id, id=UUID(int=7), number="J-1", case_id=case.id,
                claim=1, currency="MXN", missing=[], proposed_at=work.now(), proposed_by="Luis Demo",
            )
        )  # fmt: skip
    asked = pages.get(f"{path}/undo").get_text(" ", strip=True)
    assert "Está en el expediente de un abogado" in asked
    assert "no queda nada que deshacer" in asked
