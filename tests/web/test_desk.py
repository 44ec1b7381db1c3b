"""The collector's desk through its pages."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from recobro.agreements.tables import Promise
from recobro.cases import service as cases
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
    [("1000.01", "+3", "amount"), ("0", "+3", "amount"), ("100.005", "+3", "amount"), ("100", "2020-01-01", "day"),
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
