"""Negotiating on the page, what is refused there, and what the debtor sees of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Problem
from recobro.agreements import service as agreements
from recobro.agreements.tables import Agreement, Promise
from recobro.cases import service as cases
from recobro.cases.tables import CaseEvent
from tenants.context import Kind, Principal
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world, mxn

NOON = datetime(2026, 1, 6, 18, 0, tzinfo=UTC)  # Tuesday, noon in Mexico City
TODAY = NOON.date()
SOON = (TODAY + timedelta(days=3)).isoformat()


@pytest.fixture
def place(database_urls: object) -> World:
    made = make_world("MX")
    made.clock.move_to(NOON)  # type: ignore[attr-defined]
    return made


def terms(**changed: str) -> dict[str, str]:
    """What the fields of the page hold."""
    return {"count": "3", "every": "month", "first_on": SOON, "discount": "0", **changed}


def kept(world: World, case_id: UUID) -> list[Agreement]:
    """The agreements of a case."""
    with world.work() as work:
        return list(work.session.scalars(select(Agreement).where(Agreement.case_id == case_id)))


def test_an_offer_takes_what_stands_in_the_fields(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    with place.at_page_clock():
        pages = Pages(app, place.principal(Role.COLLECTOR))
        page = pages.get(f"/cases/{case_id}/negotiate")
        button = page.select_one("#plan button[name=offer]")

        fields = {field["name"] for field in page.select("#terms input, #terms select")}
        pages.post(f"/cases/{case_id}/negotiate", terms(count="12"))
        before = kept(place, case_id)
        pages.post(f"/cases/{case_id}/negotiate", terms(count="2", discount="10", offer="y"))

    assert button is not None
    assert button["form"] == "terms"
    assert page.select("#plan input[type=hidden]") == []
    assert fields == {"csrf_token", "count", "every", "first_on", "discount"}
    assert before == []
    (agreement,) = kept(place, case_id)
    assert (agreement.discount_bp, agreement.state) == (1000, "offered")
    with place.work() as work:
        assert len(agreements.instalments_of(work, agreement.id)) == 2


@pytest.mark.parametrize("typed", ["-5", "100", "99.99", "nan", "mucho"])
def test_a_discount_out_of_bounds_is_refused_at_its_field(app: Flask, place: World, typed: str) -> None:
    case_id = place.case(place.client())
    with place.at_page_clock():
        pages = Pages(app, place.principal(Role.COLLECTOR))

        page = pages.post(f"/cases/{case_id}/negotiate", terms(discount=typed, offer="y"), status=422)

    assert "de 0 a 99 %" in page.select_one("#discount-error").get_text()  # type: ignore[union-attr]
    assert page.select_one("#discount")["value"] == typed  # type: ignore[index]
    assert kept(place, case_id) == []


def test_a_discount_may_have_a_decimal_comma(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    with place.at_page_clock():
        Pages(app, place.principal(Role.COLLECTOR)).post(
            f"/cases/{case_id}/negotiate", terms(discount="10,5", offer="y")
        )

    (agreement,) = kept(place, case_id)
    assert (agreement.discount_bp, agreement.state) == (1050, "awaiting_approval")


@pytest.mark.parametrize("first_on", ["2020-01-01", "2026-03-08", "2099-01-01", "nunca"])
def test_a_plan_begins_within_sixty_days(app: Flask, place: World, first_on: str) -> None:
    case_id = place.case(place.client())
    with place.at_page_clock():
        pages = Pages(app, place.principal(Role.COLLECTOR))

        page = pages.post(f"/cases/{case_id}/negotiate", terms(first_on=first_on, offer="y"), status=422)

    assert page.select_one("#first_on-error") is not None
    assert kept(place, case_id) == []
    with place.work() as work:
        agreements.check_first_day(date(2026, 3, 7), TODAY)
        with pytest.raises(agreements.FirstDayRefused):
            agreements.offer(work, case_id=case_id, count=1, first_on=TODAY - timedelta(days=1))


def test_the_page_says_which_offer_the_new_one_cancels(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    with place.work() as work:
        first = agreements.offer(work, case_id=case_id, count=2, first_on=TODAY).number
    with place.at_page_clock():
        pages = Pages(app, place.principal(Role.COLLECTOR))
        open_one = pages.get(f"/cases/{case_id}/negotiate").get_text()
        with place.work() as work:
            live = agreements.live_agreement(work, case_id)
            assert live is not None
            agreements.accept(work, live.id, evidence={})
        signed = pages.get(f"/cases/{case_id}/negotiate")
        pages.post(f"/cases/{case_id}/negotiate", terms(offer="y"), status=409)

    assert f"Hay un convenio {first} (ofrecido); al ofrecer este se cancela." in open_one
    assert "ya firmó" in signed.get_text()
    assert signed.select("button[name=offer]") == []


@pytest.mark.parametrize(
    ("amount", "days", "field"),
    [("1000.01", 3, "amount"), ("0", 3, "amount"), ("-5", 3, "amount"), ("100", -1, "day"), ("100", 91, "day")],
)
def test_a_promise_is_of_what_is_owed_and_within_ninety_days(place: World, amount: str, days: int, field: str) -> None:
    case_id = place.case(place.client())

    with place.work() as work, pytest.raises(agreements.PromiseRefused) as refused:
        agreements.make_promise(work, case_id=case_id, amount=mxn(amount), due_on=TODAY + timedelta(days=days))

    assert refused.value.field == field


def test_the_debtor_reads_nothing_of_approvals_reasons_or_the_clients_people(place: World) -> None:
    client_id = place.client()
    case_id = place.case(client_id)
    collector = place.principal(Role.COLLECTOR)
    approver = place.principal(Role.CLIENT_APPROVER, client_id=client_id, name="Berta Acreedora")
    with place.work(collector) as work:
        waiting = agreements.offer(work, case_id=case_id, count=9, first_on=TODAY).id
        agreements.make_promise(work, case_id=case_id, amount=Money(100_00, "MXN"), due_on=TODAY, note="Miente siempre")
    with place.work(approver) as work:
        agreements.approve(work, waiting)
    with place.work(collector) as work:
        agreements.cancel(work, waiting, reason="No le creemos")

    debtor = Principal(place.agency_id, Kind.DEBTOR, role="debtor", scope_id=case_id)
    with place.work(debtor) as work:
        events = work.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id)).all()
        titles = [event.title for event in events]
        told = " ".join(f"{event.title} {event.body} {event.details}" for event in events)

    assert "Convenio ofrecido: {count} pagos, total {total}" in titles
    assert "Convenio sin efecto: {number}" in titles
    for secret in ("autoriza", "No le creemos", "Miente"):
        assert secret not in told
    with place.work() as work:
        assert cases.open_case(work, case_id).id == case_id
        assert work.session.scalars(select(Promise).where(Promise.case_id == case_id)).one().note == "Miente siempre"


def test_a_refused_step_names_the_state_in_words(place: World) -> None:
    case_id = place.case(place.client())
    with place.work() as work:
        offered = agreements.offer(work, case_id=case_id, count=1, first_on=TODAY)
        agreements.cancel(work, offered.id, reason="Prueba")
        with pytest.raises(Problem, match="«Cancelado»"):
            agreements.cancel(work, offered.id, reason="Prueba")
