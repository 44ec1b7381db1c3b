"""The collector's desk through its pages."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from recobro.agreements import service as agreements
from recobro.agreements.tables import Promise
from recobro.cases import service as cases
from recobro.cases.flags import open_flag
from recobro.desk.tables import Call
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import make_world

NOON = datetime(2026, 1, 6, 18, 0, tzinfo=UTC)  # Tuesday, noon in Mexico City


def test_a_collector_calls_notes_the_outcome_promises_and_goes_on(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    names = ("Ferretería El Tornillo Feliz", "Abarrotes La Prueba")
    first, second = (world.case(client_id, name=name) for name in names)
    with world.work() as work:
        cases.put_in_queue(work, cases.open_case(work, first), reason="Promesa rota", priority=800)
        cases.put_in_queue(work, cases.open_case(work, second), reason="Nuevo")
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))

        desk = pages.get("/desk")
        assert "Tornillo" in desk.h1.get_text()  # type: ignore[union-attr]
        assert "Se puede contactar ahora" in desk.get_text()

        pages.post(f"/desk/cases/{first}/call", {})
        after = pages.post(
            f"/desk/cases/{first}/contact", {"outcome": "right_party", "amount": "500", "day": "+3", "note": "Pagará"}
        )

        assert "Abarrotes" in after.h1.get_text()  # type: ignore[union-attr]
    with world.work() as work:
        call = work.session.scalars(select(Call).where(Call.agency_id == world.agency_id)).one()
        promise = work.session.scalars(select(Promise).where(Promise.agency_id == world.agency_id)).one()
        assert call.outcome == "right_party"
        assert call.decision_id is not None
        assert (promise.amount, promise.state) == (500_00, "pending")
        assert cases.open_case(work, first).queue_at is None


@pytest.mark.parametrize(
    ("amount", "day", "field"),
    [("1000.01", "+3", "amount"), ("0", "+3", "amount"), ("100.005", "+3", "amount"), ("100", "01/01/2020", "day"),
     ("100", "+91", "day"), ("100", "nunca", "day")],
)  # fmt: skip
def test_a_refused_promise_keeps_what_was_typed_and_records_nothing(
    app: Flask, database_urls: object, amount: str, day: str, field: str
) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))
        typed = {"outcome": "right_party", "amount": amount, "day": day, "note": "Pagará"}

        page = pages.post(f"/desk/cases/{case_id}/contact", typed, status=422)

    assert page.select_one(f"#{field}-error") is not None
    assert page.select_one("#amount")["value"] == amount  # type: ignore[index]
    assert page.select_one("#day")["value"] == day  # type: ignore[index]
    assert "Pagará" in page.select_one("#note").get_text()  # type: ignore[union-attr]
    assert page.select_one("input[name=outcome][value=right_party]").has_attr("checked")  # type: ignore[union-attr]
    with world.work() as work:
        assert work.session.scalars(select(Call).where(Call.agency_id == world.agency_id)).all() == []
        assert work.session.scalars(select(Promise).where(Promise.agency_id == world.agency_id)).all() == []


def test_the_result_pad_has_its_own_button_below_the_note(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.at_page_clock():
        page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/desk/cases/{case_id}")

    note = page.select_one("#note")
    assert note is not None
    button = note.find_next("button")
    assert button is not None
    assert "Guardar resultado y siguiente" in button.get_text()
    assert button.find_parent("form") is note.find_parent("form")


def test_a_case_that_a_colleague_holds_is_read_in_the_shell_with_their_name(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    ana = world.principal(Role.COLLECTOR, name="Ana Prueba")
    beto = world.principal(Role.COLLECTOR, name="Beto Ejemplo")
    with world.at_page_clock():
        Pages(app, beto).get(f"/desk/cases/{case_id}")
        pages = Pages(app, ana)

        page = pages.get(f"/desk/cases/{case_id}")
        refused = pages.post(f"/desk/cases/{case_id}/call")

    assert "Beto Ejemplo está en este caso" in page.get_text()
    assert "12:00. Puedes leerlo" in page.get_text()
    assert page.select_one("nav.rail") is not None
    assert page.find("a", href="/desk") is not None
    assert page.find("a", href=f"/cases/{case_id}") is not None
    assert not page.select("main form")
    assert "No se guardó" in refused.get_text()
    with world.work() as work:
        assert work.session.scalars(select(Call).where(Call.agency_id == world.agency_id)).all() == []


def test_the_desk_advises_what_the_gate_allows(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    free, disputed = (world.case(client_id, name=name) for name in ("Uno Demo", "Dos Demo"))
    with world.work() as work:
        open_flag(work, case_id=disputed, kind="dispute", reason="No reconoce la factura")
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))

        allowed = pages.get(f"/desk/cases/{free}").select_one("#side")
        stopped = pages.get(f"/desk/cases/{disputed}").select_one("#side")
        world.clock.move_to(NOON.replace(hour=5))  # type: ignore[attr-defined]
        night = pages.get(f"/desk/cases/{free}").select_one("#side")

    assert allowed is not None
    assert stopped is not None
    assert night is not None
    assert "Llama y ofrece" in allowed.get_text()
    assert "Resuelve la aclaración." in stopped.get_text()
    assert "Llama y ofrece" not in stopped.get_text()
    assert "se le puede llamar desde" in night.get_text() or "por ahora no se le puede llamar" in night.get_text()


def test_a_debtor_with_a_signed_agreement_is_offered_neither_options_nor_payments(
    app: Flask, database_urls: object
) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.work() as work:
        found = agreements.offer(work, case_id=case_id, count=2, first_on=NOON.date() + timedelta(days=7))
        agreements.accept(work, found.id, evidence={})
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))

        page = pages.get(f"/desk/cases/{case_id}")
        composer = pages.get(f"/cases/{case_id}/write?key=second-2&back=desk")
        pages.post(f"/cases/{case_id}/write", {"key": "second-2"}, status=422)

    assert "no ofrezcas otro" in page.select_one("#side").get_text()  # type: ignore[union-attr]
    assert [option["value"] for option in composer.select("#write-key option")] == ["note"]
    assert "solo cabe un mensaje propio" in composer.get_text()


def test_snoozing_says_how_it_is_taken_back(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))

        page = pages.post(f"/desk/cases/{case_id}/snooze", {"until": "quincena"})

    undo = page.select_one("#toasts form")
    assert undo is not None
    assert undo["action"] == f"/desk/cases/{case_id}/bring-back"
    assert undo.select_one('[data-key="z"]') is not None


def test_without_telephone_or_email_the_desk_says_so_and_opens_nothing(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client(), email="", phone="")
    with world.at_page_clock():
        page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/desk/cases/{case_id}")

    for key, why in (("l", "no tiene un teléfono"), ("e", "no tiene un correo")):
        button = page.select_one(f'[data-key="{key}"]')
        assert button is not None
        assert button["aria-disabled"] == "true"
        assert why in str(button["data-why"])
    assert "no hay teléfono ni correo" in page.select_one("#side").get_text()  # type: ignore[union-attr]


def test_a_call_that_the_rules_refuse_is_told_in_words_by_the_debtors_clock(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.COLLECTOR))
        denied = pages.post(f"/desk/cases/{case_id}/call", {}).get_text(" ")
        pages.client.set_cookie("locale", "en")
        english = pages.post(f"/desk/cases/{case_id}/call", {}).get_text(" ")

    assert "Las reglas de contacto no lo permiten: Aclaración abierta" in denied
    assert "Aclaración" not in english.partition("Contact rules do not allow it")[2].partition(".")[0]
    assert "dispute_hold" not in denied + english
