"""«Quejas»: recorded from the case, listed by the days left, answered, closed, proved."""

from io import BytesIO
from uuid import UUID
from zipfile import ZipFile

from flask import Flask
from sqlalchemy import select

from recobro.cases.flags import open_flag
from recobro.complaints.tables import Complaint
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

SENT = {"forum": "redeco", "reference": "R-77", "received_on": "ayer", "due_on": "+2", "topics": ["treatment"],
        "told": "Me gritaron dos veces."}  # fmt: skip


def only(world: World) -> Complaint:
    with world.work() as work:
        return work.session.scalars(select(Complaint).where(Complaint.agency_id == world.agency_id)).one()


def recorded(app: Flask, world: World) -> tuple[Pages, UUID, Complaint]:
    case_id = world.case(world.client(), kind="person")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post(f"/cases/{case_id}/complaints/new", SENT)
    return pages, case_id, only(world)


def test_a_complaint_goes_from_the_case_to_its_end(app: Flask, world: World) -> None:
    pages, case_id, row = recorded(app, world)
    listed = pages.get("/complaints")
    assert "R-77" in listed.text
    assert "Quedan 2 días" in listed.text
    assert "Quedan 2 días" in pages.get(f"/cases/{case_id}").text
    path = f"/complaints/{row.id}"
    assert "Me gritaron dos veces." in pages.get(path).text

    pages.post(f"{path}/notes", {"text": "La grabación confirma el tono."})
    pages.post(f"{path}/due", {"due_on": "+5", "why": "REDECO amplió el plazo."})
    page = pages.post(
        f"{path}/answer",
        {"answered_on": "hoy", "text": "Se le pidió una disculpa.", "outcome": "",
         "file": (BytesIO(b"%PDF-1.7"), "respuesta.pdf")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert "Respuesta guardada" in page.text
    page = pages.post(f"{path}/close", {"outcome": "upheld", "why": ""})
    assert "Cerrada · Procedente" in page.text
    assert [tag.get_text(strip=True) for tag in page.select(".event-title")][:2] == [
        "Cerrada · Procedente", f"Respondida el {page.select('.event-title')[1].get_text(strip=True)[14:]}",
    ]  # fmt: skip
    assert "R-77" not in pages.get("/complaints").text
    assert "R-77" in pages.get("/complaints?view=closed").text
    pages.post(f"{path}/reopen", {"why": "Volvió a escribir."})
    assert only(world).state == "answered"


def test_filters_and_the_file_give_the_same_rows(app: Flask, world: World) -> None:
    pages, _, row = recorded(app, world)
    assert row.number in pages.get("/complaints?regulator=redeco&topic=treatment&q=r-77").text
    assert row.number not in pages.get("/complaints?regulator=profeco").text
    text = pages.raw("GET", "/complaints.csv?topic=treatment").get_data(as_text=True)
    assert "R-77" in text
    assert "R-77" not in pages.raw("GET", "/complaints.csv?topic=data").get_data(as_text=True)


def test_what_is_missing_is_said_by_its_field(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))
    page = pages.post(f"/cases/{case_id}/complaints/new", {**SENT, "topics": [], "told": ""}, status=422)
    assert page.select_one("#told-error") is not None
    assert page.select_one("#topics-error") is not None
    page = pages.post(f"/cases/{case_id}/complaints/new", {**SENT, "due_on": "-9"}, status=422)
    assert "El plazo termina después" in page.text


def test_a_collector_records_and_only_supervisors_answer(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    collector = Pages(app, world.principal(Role.COLLECTOR))
    collector.post(f"/cases/{case_id}/complaints/new", SENT)
    row = only(world)
    collector.get("/complaints", status=403)
    collector.post(f"/complaints/{row.id}/answer", {"answered_on": "hoy", "text": "x"}, status=403)
    assert "Queja " + row.number in collector.get(f"/cases/{case_id}").text


def test_a_flag_of_old_without_a_record_asks_for_one(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="complaint", reason="Se quejó")
    page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/cases/{case_id}")
    assert "Hay una marca de queja sin registro" in page.text


def test_the_flag_of_an_open_complaint_stays(app: Flask, world: World) -> None:
    pages, case_id, row = recorded(app, world)
    pages.post(f"/cases/{case_id}/flags/{row.flag_id}/close", {"outcome": ""}, status=409)


def test_the_menu_counts_what_is_urgent(app: Flask, world: World) -> None:
    pages, _, _ = recorded(app, world)
    entry = pages.get("/cases").select_one('a[href="/complaints"]')
    assert entry is not None
    assert "1" in entry.get_text()


def test_the_evidence_comes_as_a_zip(app: Flask, world: World) -> None:
    pages, _, row = recorded(app, world)
    answer = pages.raw("GET", f"/complaints/{row.id}/evidence")
    content = BytesIO(answer.data)
    answer.close()
    with ZipFile(content) as archive:
        assert {"queja.json", "decisiones.jsonl", "contactos.csv", "HUELLAS.txt"} <= set(archive.namelist())


def test_the_client_sees_the_complaint_on_the_own_case_and_not_its_notes(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id, kind="person")
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post(f"/cases/{case_id}/complaints/new", SENT)
    row = only(world)
    pages.post(f"/complaints/{row.id}/notes", {"text": "Sospechamos de un gestor."})
    page = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id)).get(f"/portal/cases/{case_id}")
    assert row.number in page.text
    assert "REDECO · Por responder · Quedan 2 días" in page.text
    assert "Sospechamos" not in page.text
