"""Remittances: opening plus activity is closing, each entry once, the same bytes again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader

from kernel.clock import ManualClock
from recobro.ledger.queries import position
from recobro.ledger.verification import verify
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.queries import PaymentFilter, payments
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.remittances import render, service
from recobro.remittances.service import PeriodClosed, TransferPending
from tenants.roles import Role
from tests.support.world import World, make_world, mxn

FEBRUARY_5 = datetime(2026, 2, 5, 18, 0, tzinfo=UTC)
JANUARY_31 = date(2026, 1, 31)


@pytest.fixture
def paid_world(app: Flask) -> tuple[World, object]:
    """A client with one debt of 10,000.00, of which the agency got 4,000.00 in January and the client 1,000.00."""
    world = make_world("MX", clock=ManualClock(FEBRUARY_5))
    client_id = world.client()
    case_id = world.case(client_id, debts=[("A-1", mxn("10000.00"), date(2025, 12, 1))])
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        for amount, direction, key in (("4000.00", Direction.TO_AGENCY, "a"), ("1000.00", Direction.TO_CLIENT, "b")):
            record_payment(
                work, case_id=case_id, amount=mxn(amount), direction=direction, method=Method.TRANSFER,
                received_on=date(2026, 1, 20), key=key,
            )  # fmt: skip
    world.case_id = case_id  # type: ignore[attr-defined]
    return world, client_id


def test_a_net_statement_takes_the_fees_out_and_adds_up(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world

    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        closed = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]

        # 25 % of 4,000.00 and of 1,000.00, and 16 % on each.
        assert (closed.collected, closed.collected_direct) == (4000_00, 1000_00)
        assert (closed.commission, closed.tax) == (1250_00, 200_00)
        assert (closed.opening, closed.closing, closed.net) == (0, 2550_00, 2550_00)
        assert closed.offset_amount == 1450_00


def test_closing_again_gives_the_same_statement_and_the_same_bytes(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    with world.work() as work:
        first = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        documents = [make(work, first) for make in (render.pdf, render.xlsx_file, render.csv_file)]

    with world.work() as work:
        again = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        assert again.id == first.id
        assert [make(work, again) for make in (render.pdf, render.xlsx_file, render.csv_file)] == documents


def test_a_statement_is_not_headed_as_written_for_the_one_who_reads_it(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    with world.work() as work:
        closed = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        words = PdfReader(BytesIO(render.pdf(work, closed))).pages[0].extract_text()
    assert "Remesa" in words
    assert "Por encargo de" not in words


def test_what_comes_later_lands_on_the_next_statement(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    accountant = world.principal(Role.ACCOUNTANT)
    with world.work(accountant) as work:
        first = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        service.pay_over(work, first.id, on=date(2026, 2, 5), reference="TR-1")
        # Dated back into the closed month.
        late = record_payment(
            work, case_id=world.case_id, amount=mxn("2000.00"), direction=Direction.TO_AGENCY,  # type: ignore[attr-defined]
            method=Method.TRANSFER, received_on=date(2026, 1, 25), key="late",
        )  # fmt: skip
    world.clock.move_to(datetime(2026, 3, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]

    with world.work(accountant) as work:
        second = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]
        assert (second.opening, second.paid_over) == (2550_00, 2550_00)
        assert (second.collected, second.commission, second.tax) == (2000_00, 500_00, 80_00)
        assert second.net == 1420_00
        service.pay_over(work, second.id, on=date(2026, 3, 3), reference="TR-2")
        reverse_payment(work, late, reason="Rebotó")
    world.clock.move_to(datetime(2026, 4, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]

    with world.work(accountant) as work:
        third = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 3, 31))  # type: ignore[arg-type]
        # The client owes what it was paid for a payment that bounced: nothing is transferred, the rest is carried.
        assert (third.opening, third.paid_over, third.collected) == (1420_00, 1420_00, -2000_00)
        assert (third.closing, third.net) == (-1420_00, 0)
        assert not verify(work.session, world.agency_id).faults


def test_the_next_period_waits_for_the_transfer_of_the_last(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    with world.work() as work:
        first = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
    world.clock.move_to(datetime(2026, 3, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]

    with world.work() as work, pytest.raises(TransferPending, match=first.number):
        service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]
    with world.work() as work:
        service.pay_over(work, first.id, on=date(2026, 3, 3), reference="TR-1")
        second = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]
        assert (second.opening, second.paid_over, second.closing, second.net) == (2550_00, 2550_00, 0, 0)


def test_a_day_inside_a_closed_period_is_refused(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    with world.work() as work:
        service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]

    with pytest.raises(PeriodClosed), world.work() as work:
        service.preview(work, client_id=client_id, currency="MXN", period_to=date(2026, 1, 15))  # type: ignore[arg-type]


def test_a_payment_taken_back_between_close_and_transfer_lowers_the_transfer(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    accountant = world.principal(Role.ACCOUNTANT)
    with world.work(accountant) as work:
        first = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        ours = next(row for row in payments(work, PaymentFilter(direction="to_agency")).rows)
        reverse_payment(work, ours.id, reason="Rebotó")
        service.pay_over(work, first.id, on=date(2026, 2, 5), reference="TR-1")

        # 2,550.00 were to be paid; the bounced 4,000.00 took all of them, and the agency put in the rest.
        assert (first.net, first.paid_amount, first.state) == (2550_00, 0, "paid")
    world.clock.move_to(datetime(2026, 3, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]

    with world.work(accountant) as work:
        second = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]
        # Only the fee on the payment made to the client itself is left: 250.00 and its tax.
        assert (second.opening, second.paid_over, second.collected) == (2550_00, 0, -4000_00)
        assert (second.commission, second.tax, second.closing) == (-1000_00, -160_00, -290_00)
        assert not verify(work.session, world.agency_id).faults


def test_a_fee_that_falls_away_after_it_was_taken_is_given_back(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world
    accountant = world.principal(Role.ACCOUNTANT)
    with world.work(accountant) as work:
        first = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)  # type: ignore[arg-type]
        service.pay_over(work, first.id, on=date(2026, 2, 5), reference="TR-1")
        direct = next(row for row in payments(work, PaymentFilter(direction="to_client")).rows)
        reverse_payment(work, direct.id, reason="No hubo tal pago")
    world.clock.move_to(datetime(2026, 3, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]

    with world.work(accountant) as work:
        second = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 2, 28))  # type: ignore[arg-type]
        service.pay_over(work, second.id, on=date(2026, 3, 3), reference="TR-2")

        assert (second.closing, second.net, second.paid_amount) == (290_00, 290_00, 290_00)
        assert position(work, client_id, "MXN") == (mxn("0.00"), mxn("0.00"))  # type: ignore[arg-type]
        assert not verify(work.session, world.agency_id).faults


def test_a_client_whose_debtors_paid_it_directly_owes_the_fee_and_carries_it(app: Flask) -> None:
    world = make_world("MX", clock=ManualClock(FEBRUARY_5))
    client_id = world.client()
    case_id = world.case(client_id, debts=[("A-1", mxn("1000.00"), date(2025, 12, 1))])
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        record_payment(
            work, case_id=case_id, amount=mxn("1000.00"), direction=Direction.TO_CLIENT, method=Method.TRANSFER,
            received_on=date(2026, 1, 20), key="direct",
        )  # fmt: skip
        closed = service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31)

        assert (closed.collected, closed.collected_direct, closed.closing, closed.net) == (0, 1000_00, -290_00, 0)
        service.pay_over(work, closed.id, on=date(2026, 2, 5), reference="")
        assert position(work, client_id, "MXN") == (mxn("0.00"), mxn("290.00"))


def test_two_people_closing_at_once_make_one_statement(paid_world: tuple[World, object]) -> None:
    world, client_id = paid_world

    def close(_: int) -> object:
        with world.work() as work:
            return service.close_period(work, client_id=client_id, currency="MXN", period_to=JANUARY_31).id  # type: ignore[arg-type]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(close, range(4)))) == 1
    with world.work() as work:
        assert not verify(work.session, world.agency_id).faults
