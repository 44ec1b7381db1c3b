"""Money on pages: recording, taking back, fees only for who may see them, statements, the ledger."""

from datetime import date

import pytest
from flask import Flask

from kernel.clock import SystemClock
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.queries import PaymentFilter, payments
from recobro.payments.service import record_payment
from recobro.remittances import service as remittances
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world, mxn

FEE = "2,500.00"


@pytest.fixture
def world(database_urls: tuple[str, str]) -> World:
    """An agency that lives now, as pages do."""
    return make_world("MX", clock=SystemClock())


def paid_case(world: World) -> tuple[object, object]:
    client_id = world.client()
    case_id = world.case(client_id, debts=[("F-1", mxn("20000.00"), date(2026, 1, 5))])
    with world.work() as work:
        payment_id = record_payment(
            work, case_id=case_id, amount=mxn("10000.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=date(2026, 2, 10), key="one", reference="SPEI 7",
        )  # fmt: skip
    return client_id, payment_id


def test_an_accountant_records_a_payment_and_takes_it_back(world: World, app: Flask) -> None:
    case_id = world.case(world.client(), debts=[("F-1", mxn("1000.00"), date(2026, 1, 5))])
    pages = Pages(app, world.principal(Role.ACCOUNTANT))
    form = pages.get(f"/cases/{case_id}/payments/new")
    key = form.find("input", attrs={"name": "key"})
    assert key is not None
    sent = {"amount": "600", "direction": "to_agency", "method": "transfer", "received_on": "hoy", "key": key["value"]}

    shown = pages.post(f"/cases/{case_id}/payments/new", sent)
    pages.post(f"/cases/{case_id}/payments/new", sent)

    assert "600.00" in shown.get_text()
    with world.work() as work:
        (row,) = payments(work, PaymentFilter(case_id=case_id)).rows
    back = pages.post(f"/payments/{row.id}/reverse", {"reason": "Cheque devuelto"})
    assert "Cheque devuelto" in back.get_text()
    with world.work() as work:
        (row,) = payments(work, PaymentFilter(case_id=case_id)).rows
        assert row.state == "reversed"


@pytest.mark.parametrize(("role", "sees"), [(Role.ACCOUNTANT, True), (Role.SUPERVISOR, False), (Role.LAWYER, False)])
def test_fees_are_in_the_page_of_those_alone_who_may_see_them(world: World, app: Flask, role: Role, sees: bool) -> None:
    _, payment_id = paid_case(world)
    pages = Pages(app, world.principal(role))

    text = pages.get(f"/payments/{payment_id}").get_text()

    assert "10,000.00" in text
    assert (FEE in text) is sees


def test_a_collector_opens_no_page_of_money(world: World, app: Flask) -> None:
    _, payment_id = paid_case(world)
    pages = Pages(app, world.principal(Role.COLLECTOR))

    for path in ("/payments", f"/payments/{payment_id}", "/remittances", "/ledger", "/payments.csv"):
        assert pages.raw("GET", path).status_code == 403


def test_the_ledger_and_a_statement_add_up_on_the_page(world: World, app: Flask) -> None:
    client_id, _ = paid_case(world)
    pages = Pages(app, world.principal(Role.ACCOUNTANT))
    with world.work() as work:
        closed = remittances.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]

    statement = pages.get(f"/remittances/{closed.id}").get_text()
    assert all(figure in statement for figure in ("10,000.00", FEE, "400.00", "7,100.00"))
    book = pages.get("/ledger")
    assert "10,000.00" in book.get_text()
    # Each figure of the proof leads to its rows.
    leads = [tile["href"] for tile in book.select(".tile-value a")]
    assert len(leads) == len(book.select(".tile-value"))
    for lead in leads:
        pages.get(str(lead))
    assert closed.number in pages.get("/remittances").get_text()
    assert "R-" in pages.raw("GET", "/payments.csv").get_data(as_text=True)


def test_a_period_that_cannot_be_read_is_answered_beside_its_field(world: World, app: Flask) -> None:
    client_id, _ = paid_case(world)
    pages = Pages(app, world.principal(Role.ACCOUNTANT))

    for shown in (
        pages.get(f"/remittances/new?client={client_id}&period_to=abc", status=422),
        pages.post("/remittances/new", {"client": str(client_id), "period_to": "abc"}, status=422),
    ):
        field = shown.select_one("#period_to")
        assert field is not None
        assert (field["value"], field["aria-invalid"]) == ("abc", "true")
        assert shown.select_one("#client option[selected]")["value"] == str(client_id)  # type: ignore[index]


def test_an_accountant_compares_the_book_with_the_bank(world: World, app: Flask) -> None:
    paid_case(world)
    pages = Pages(app, world.principal(Role.ACCOUNTANT))

    same = pages.post("/ledger/bank", {"currency": "MXN", "day": "28/02/2026", "amount": "10,000.00"}).get_text()
    other = pages.post("/ledger/bank", {"currency": "MXN", "day": "01/03/2026", "amount": "9,400.00"}).get_text()
    future = pages.post("/ledger/bank", {"currency": "MXN", "day": "31/12/2099", "amount": "1"}).get_text()

    assert "cuadra con el libro de ese día" in same
    assert "faltan por anotar" in other
    assert "600.00" in other
    assert "un día que no ha llegado" in future


def test_what_a_payment_had_too_much_goes_back_once(world: World, app: Flask) -> None:
    case_id = world.case(world.client(), debts=[("F-1", mxn("1000.00"), date(2026, 1, 5))])
    with world.work() as work:
        payment_id = record_payment(
            work, case_id=case_id, amount=mxn("1250.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=date(2026, 2, 10), key="one",
        )  # fmt: skip
    pages = Pages(app, world.principal(Role.ACCOUNTANT))
    assert "$250.00 son del deudor" in pages.get(f"/payments/{payment_id}").get_text()

    back = pages.post(f"/payments/{payment_id}/excess", {"reference": "SPEI de vuelta"}).get_text()
    again = {"reference": "otra vez", "csrf_token": pages.csrf()}

    assert "El excedente de $250.00 se devolvió" in back
    assert pages.raw("POST", f"/payments/{payment_id}/excess", data=again).status_code == 409


def test_another_agency_finds_nothing(world: World, app: Flask) -> None:
    _, payment_id = paid_case(world)
    stranger = make_world("MX", clock=SystemClock())
    pages = Pages(app, stranger.principal(Role.ACCOUNTANT))

    for path in (f"/payments/{payment_id}", f"/payments/{payment_id}/receipt", f"/remittances/{payment_id}"):
        assert pages.raw("GET", path).status_code == 404
