"""Fields about what happened look back: yesterday's day and month, without a year, is yesterday."""

from datetime import UTC, date, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from legal.matters.tables import MatterCost
from recobro.payments.queries import PaymentFilter, payments
from recobro.remittances.tables import Remittance
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import make_world, mxn
from tests.web.test_matters import handed

NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def pay(pages: Pages, case_id: UUID, day: str) -> None:
    """The accountant's form with a day."""
    key = pages.get(f"/cases/{case_id}/payments/new").find("input", attrs={"name": "key"})["value"]  # type: ignore[index]
    sent = {"amount": "600", "direction": "to_agency", "method": "transfer", "received_on": day, "key": key}
    pages.post(f"/cases/{case_id}/payments/new", sent)


def test_a_payment_of_yesterday_is_of_yesterday_and_its_month_can_be_closed(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    case_id = world.case(client_id, debts=[("F-1", mxn("1000.00"), date(2026, 1, 5))])
    with world.at_page_clock():
        pages = Pages(app, world.principal(Role.ACCOUNTANT))
        field = pages.get(f"/cases/{case_id}/payments/new").select_one("#received_on")
        pay(pages, case_id, "30/10")
        pages.post("/remittances/new", {"client": str(client_id), "period_to": "31/10"})
    with world.work() as work:
        (row,) = payments(work, PaymentFilter(case_id=case_id)).rows
        closed = work.session.scalars(select(Remittance).where(Remittance.agency_id == world.agency_id)).one()
    assert row.received_on == date(2026, 10, 30)
    assert closed.period_to == date(2026, 10, 31)
    assert field is not None
    assert field.find_parent("date-smart")["data-look"] == "back"  # type: ignore[index]


def test_a_lawyers_cost_of_yesterday_is_of_yesterday(app: Flask, database_urls: object) -> None:
    world = make_world("MX")
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    lawyer = world.principal(Role.LAWYER)
    with world.at_page_clock():
        matter_id = handed(app, world, case_id, lawyer)
        pages = Pages(app, lawyer)
        pages.post(f"/matters/{matter_id}/accept")
        pages.post(f"/matters/{matter_id}/costs", {"concept": "Copias", "amount": "350", "spent_on": "19/11"})
    with world.work() as work:
        cost = work.session.scalars(select(MatterCost).where(MatterCost.agency_id == world.agency_id)).one()
    assert cost.spent_on == date(2026, 11, 19)
