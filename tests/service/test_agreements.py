"""Plans and money: what is paid fulfils them, what is taken back brings them back, what is missed breaks them."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from recobro.agreements import service
from recobro.cases import service as cases
from recobro.commissions.tables import CommissionLine
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import open_payment, record_payment
from tenants.context import Kind, Principal
from tenants.roles import Role
from tests.support.world import World, mxn
from worker.jobs import agreements as jobs

EVIDENCE = {"name": "Luis Demo", "fact": "tax_id", "ip": "203.0.113.7", "user_agent": "Prueba", "text_sha256": ""}


@pytest.fixture
def case_id(app: Flask, world: World) -> UUID:
    """A case of 1,000.00."""
    today = world.clock.now().date()
    return world.case(world.client(), debts=[("F-1", mxn("1000.00"), today - timedelta(days=40))])


def signed(world: World, case_id: UUID, *, count: int = 2, discount_bp: int = 0) -> UUID:
    """A running plan that begins today."""
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        agreement_id = service.offer(
            work, case_id=case_id, count=count, first_on=world.clock.now().date(), discount_bp=discount_bp
        ).id
    debtor = Principal(world.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)
    with world.work(debtor) as work:
        service.accept(work, agreement_id, evidence=dict(EVIDENCE))
    with world.work() as work:
        jobs.accepted(work, agreement_id=str(agreement_id))
    return agreement_id


def pay(world: World, case_id: UUID, amount: str, key: str) -> UUID:
    """A transfer of today, with what follows from it."""
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        payment_id = record_payment(
            work, case_id=case_id, amount=mxn(amount), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=world.clock.now().date(), key=key,
        )  # fmt: skip
    follow(world, case_id)
    return payment_id


def follow(world: World, case_id: UUID) -> None:
    with world.work() as work:
        service.apply_payments(work, cases.open_case(work, case_id, lock=True))


def state(world: World, agreement_id: UUID) -> tuple[str, list[int], int]:
    """The plan's state, what is paid of its parts, what the case owes."""
    with world.work() as work:
        agreement = service.open_agreement(work, agreement_id)
        paid = [part.paid for part in service.instalments_of(work, agreement_id)]
        return agreement.state, paid, cases.open_case(work, agreement.case_id).balance


def test_a_discount_is_forgiven_when_the_plan_is_kept_and_owed_again_when_money_is_taken_back(
    world: World, case_id: UUID
) -> None:
    agreement_id = signed(world, case_id, discount_bp=500)
    pay(world, case_id, "475.00", "one")
    last = pay(world, case_id, "475.00", "two")
    assert state(world, agreement_id) == ("completed", [475_00, 475_00], 0)

    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        reverse_payment(work, last, reason="Cheque devuelto")
    follow(world, case_id)

    assert state(world, agreement_id) == ("active", [475_00, 0], 525_00)


def test_a_payment_takes_no_more_than_a_plan_with_a_discount_asks_and_earns_on_no_more(
    world: World, case_id: UUID
) -> None:
    agreement_id = signed(world, case_id, discount_bp=500)
    pay(world, case_id, "475.00", "one")
    paid = pay(world, case_id, "600.00", "two")

    assert state(world, agreement_id) == ("completed", [475_00, 475_00], 0)
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        payment = open_payment(work, paid)
        assert (payment.applied, payment.unapplied) == (475_00, 125_00)
        base = select(func.sum(CommissionLine.base)).where(CommissionLine.payment_id == paid)
        assert work.session.scalar(base) == 475_00


def test_between_the_last_payment_of_a_plan_and_its_end_nothing_more_is_taken(world: World, case_id: UUID) -> None:
    signed(world, case_id, discount_bp=500)
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        ids = [
            record_payment(
                work, case_id=case_id, amount=mxn("950.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
                received_on=world.clock.now().date(), key=key,
            )
            for key in ("one", "twice")
        ]  # fmt: skip
        assert [open_payment(work, payment_id).applied for payment_id in ids] == [950_00, 0]
        assert [open_payment(work, payment_id).unapplied for payment_id in ids] == [0, 950_00]


def test_a_broken_plan_asks_for_the_whole_again(world: World, case_id: UUID) -> None:
    agreement_id = signed(world, case_id, discount_bp=500)
    world.clock.advance(timedelta(days=40))  # type: ignore[attr-defined]
    with world.work() as work:
        assert service.break_due(work) == 1
    pay(world, case_id, "980.00", "late")
    assert state(world, agreement_id) == ("broken", [0, 0], 20_00)


def test_what_a_payment_had_too_much_keeps_no_plan_alive(world: World, case_id: UUID) -> None:
    agreement_id = signed(world, case_id)
    first = pay(world, case_id, "1000.00", "one")
    pay(world, case_id, "900.00", "by mistake")
    assert state(world, agreement_id) == ("completed", [500_00, 500_00], 0)

    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        reverse_payment(work, first, reason="Cheque devuelto")
    follow(world, case_id)

    assert state(world, agreement_id) == ("active", [0, 0], 1000_00)


def test_a_part_that_is_missed_breaks_the_plan_after_its_days_of_grace(world: World, case_id: UUID) -> None:
    agreement_id = signed(world, case_id)
    with world.work() as work:
        agreement = service.open_agreement(work, agreement_id)
        _, grace, _ = service.limits_of(work, cases.open_case(work, case_id))
        due = service.instalments_of(work, agreement.id)[0].due_on
    noon: datetime = world.clock.now()
    last_day = noon + timedelta(days=(due - noon.date()).days + grace)

    world.clock.move_to(last_day)  # type: ignore[attr-defined]
    with world.work() as work:
        assert service.break_due(work) == 0
    world.clock.move_to(last_day + timedelta(days=1))  # type: ignore[attr-defined]
    with world.work() as work:
        assert service.break_due(work) == 1

    assert state(world, agreement_id)[0] == "broken"
    with world.work() as work:
        case = cases.open_case(work, case_id)
        assert case.queue_reason == "Convenio roto"
        assert case.queue_at is not None
