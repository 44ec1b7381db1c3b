"""Handing a case over and the lawyer's pages; outside counsel's wall."""

import io
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from legal.matters.tables import Matter, MatterDeadline
from recobro.cases import service as cases
from tenants.context import Principal
from tenants.roles import Role
from tenants.tables import Membership
from tests.support.pages import Pages
from tests.support.world import World, make_world
from worker.jobs import handoff as jobs

NOON = datetime(2026, 6, 16, 18, 0, tzinfo=UTC)


def matter_of(world: World, case_id: UUID) -> UUID:
    with world.work() as work:
        return work.session.scalars(select(Matter.id).where(Matter.case_id == case_id)).one()


def handed(app: Flask, world: World, case_id: UUID, lawyer: Principal) -> UUID:
    with world.work() as work:
        membership = work.session.scalars(
            select(Membership.id).where(
                Membership.agency_id == world.agency_id, Membership.person_id == lawyer.person_id
            )
        ).one()
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post(f"/cases/{case_id}/handoff", {"lawyer": str(membership), "why": "No responde"})
    return matter_of(world, case_id)


def test_a_supervisor_sees_what_is_missing_attaches_and_hands_over(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    lawyer = world.principal(Role.LAWYER, name="Carla Muestra")
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    before = pages.get(f"/cases/{case_id}/handoff").get_text(" ")
    pages.post(
        f"/cases/{case_id}/papers",
        {"paper": "invoice", "file": (io.BytesIO(b"%PDF-1.7 prueba"), "A-1.pdf")},
        content_type="multipart/form-data",
    )
    after = pages.get(f"/cases/{case_id}/handoff").get_text(" ")
    refused = pages.post(f"/cases/{case_id}/handoff", {"lawyer": ""}, status=422).get_text(" ")
    matter_id = handed(app, world, case_id, lawyer)

    assert "Faltan 5 cosas" in before
    assert "Faltan 4 cosas" in after
    assert "factura-A-1.pdf" in after
    assert "Elige un abogado" in refused
    shown = pages.get(f"/matters/{matter_id}").get_text(" ")
    assert "Por aceptar" in shown
    assert "Carla Muestra" in shown
    assert pages.post(f"/matters/{matter_id}/accept", status=403)


def test_a_lawyer_takes_a_matter_through_its_stages(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    lawyer = world.principal(Role.LAWYER)
    with world.at_page_clock():
        matter_id = handed(app, world, case_id, lawyer)
        pages = Pages(app, lawyer)
        here = f"/matters/{matter_id}"
        with world.work() as work:
            jobs.dossier(work, matter_id=str(matter_id))

        pages.post(f"{here}/accept")
        pages.post(f"{here}/court", {"court": "Juzgado 14 Civil", "file_no": "123/2026", "route": "executive"})
        pages.post(f"{here}/stages", {"stage": "filed", "on": "hoy", "note": "Con tres anexos"})
        pages.post(f"{here}/stages", {"stage": "admitted", "on": "+5"}, status=422)
        pages.post(f"{here}/deadlines", {"title": "Desahogar prevención", "due_on": "+3", "counted": "3 días hábiles"})
        page = pages.post(
            f"{here}/costs", {"concept": "Copias", "amount": "350", "spent_on": "hoy", "recoverable": "y"}
        )
        text = page.get_text(" ")
        listed = pages.get("/matters").get_text(" ")
        with world.work() as work:
            deadline_id = work.session.scalars(select(MatterDeadline.id)).one()
        old = pages.raw(
            "POST", f"{here}/deadlines", data={"csrf_token": pages.csrf(), "title": "x", "due_on": "01/01/1990"}
        )
        assert (old.status_code, "hace más de un año" in old.get_data(as_text=True)) == (422, True)
        done = pages.post(f"{here}/deadlines/{deadline_id}/close", {"note": "Presentado"}).get_text(" ")

    assert "123/2026" in str(page)
    assert "Demanda presentada" in text
    assert "Vence en 3 días" in text
    assert "$350.00" in text
    assert "Desahogar prevención" in listed
    assert "Cumplido" in done
    dossier = page.find("a", string="Expediente PDF") or page.find(
        "a", class_="button", href=lambda h: h and "/files/" in h
    )
    assert pages.raw("GET", dossier["href"]).data.startswith(b"%PDF")  # type: ignore[index, arg-type]


def test_outside_counsel_works_own_matters_and_sees_no_others(app: Flask, world: World) -> None:
    client_id = world.client()
    mine, theirs = world.principal(Role.COUNSEL), world.principal(Role.COUNSEL)
    case_id, other_case = world.case(client_id), world.case(client_id, name="Abarrotes La Prueba")
    matter_id, other = handed(app, world, case_id, mine), handed(app, world, other_case, theirs)
    pages = Pages(app, mine)

    listed = pages.get("/counsel").get_text(" ")
    shown = pages.post(f"/counsel/{matter_id}/accept").get_text(" ")

    assert "Tornillo" in listed
    assert "Abarrotes" not in listed
    assert "Aceptado" in shown
    pages.get(f"/counsel/{other}", status=404)
    for action, form in {
        "accept": {}, "return": {"reason": "x"}, "close": {"reason": "x"}, "court": {"court": "x"},
        "stages": {"stage": "filed", "on": "hoy"}, "deadlines": {"title": "x", "due_on": "hoy"},
        "costs": {"concept": "x", "amount": "1", "spent_on": "hoy"},
    }.items():  # fmt: skip
        pages.post(f"/counsel/{other}/{action}", form, status=404)
        pages.post(f"/matters/{other}/{action}", form, status=404)
    pages.get("/matters", status=403)
    pages.get(f"/cases/{case_id}", status=403)


def test_a_matter_returned_by_counsel_comes_back_with_its_reason(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    counsel = world.principal(Role.COUNSEL)
    matter_id = handed(app, world, case_id, counsel)
    pages = Pages(app, counsel)

    unsaid = pages.post(f"/counsel/{matter_id}/return", {"reason": ""}, status=422)
    pages.post(f"/counsel/{matter_id}/return", {"reason": "Falta la factura original"})
    with world.work() as work:
        jobs.returned(work, matter_id=str(matter_id))

    # The question stands on the page again, open, with its answer beside the field.
    field = unsaid.select_one("#give-back-reason")
    assert field is not None
    assert field.find_parent("dialog") is None
    assert "Escribe el motivo." in unsaid.get_text(" ")
    pages.get(f"/counsel/{matter_id}", status=404)
    with world.work() as work:
        assert cases.open_case(work, case_id).stage == "calls"
    assert (
        "Falta la factura original" in Pages(app, world.principal(Role.SUPERVISOR)).get(f"/cases/{case_id}").get_text()
    )


def test_a_refused_cost_says_what_is_missing_beside_its_field_and_keeps_what_was_written(
    app: Flask, world: World
) -> None:
    case_id = world.case(world.client())
    lawyer = world.principal(Role.LAWYER)
    matter_id = handed(app, world, case_id, lawyer)
    pages = Pages(app, lawyer)
    pages.post(f"/matters/{matter_id}/accept")
    here = f"/matters/{matter_id}/costs"

    unsaid = pages.post(here, {"concept": "Peritaje", "amount": "1850", "spent_on": ""}, status=422)
    unread = pages.post(here, {"concept": "Peritaje", "amount": "abc", "spent_on": "algún día"}, status=422)

    for shown, wrong in ((unsaid, {"cost-day"}), (unread, {"cost-amount", "cost-day"})):
        assert shown.select_one("#cost-concept")["value"] == "Peritaje"  # type: ignore[index]
        assert {str(field["id"]).removesuffix("-error") for field in shown.select(".field-error")} == wrong
    assert unsaid.select_one("#cost-amount")["value"] == "1850"  # type: ignore[index]


def test_another_agencys_matter_is_as_missing_as_one_that_never_was(app: Flask, world: World) -> None:
    other = make_world("ES")
    foreign = handed(app, other, other.case(other.client()), other.principal(Role.LAWYER))
    pages = Pages(app, world.principal(Role.ADMIN))

    pages.get(f"/matters/{foreign}", status=404)
    pages.post(f"/matters/{foreign}/accept", status=404)
    with other.work() as work:
        case_id = work.session.scalars(select(Matter.case_id).where(Matter.id == foreign)).one()
    pages.get(f"/cases/{case_id}/handoff", status=404)
