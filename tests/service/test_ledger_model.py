"""The ledger against a dictionary: random payments, reversals, closes and transfers, the same figures every time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.clock import ManualClock
from kernel.ids import new_id
from kernel.money import Money, round_half_up
from recobro.ledger import queries as ledger
from recobro.ledger.verification import verify
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.remittances import service as remittances
from tenants.work import Work
from tests.support.world import make_world, mxn

START = datetime(2026, 1, 10, 18, tzinfo=UTC)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.sampled_from(list(Direction)), st.integers(1, 40_000_00)),
        st.tuples(st.just("reverse"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("close"), st.just(0), st.just(0)),
        st.tuples(st.just("transfer"), st.just(0), st.just(0)),
    ),
    min_size=4,
    max_size=14,
)


@dataclass
class Model:
    """What one client's money must come to, by plain arithmetic. Amounts are minor units."""

    owed: int
    collected: int = 0
    unapplied: int = 0
    fees: int = 0
    transferred: int = 0
    payments: list[tuple[UUID, int, int, int, int]] = field(default_factory=list)

    def pay(self, payment_id: UUID, direction: Direction, amount: int) -> None:
        applied = min(amount, self.owed)
        excess = amount - applied if direction is not Direction.TO_CLIENT else 0
        commission = round_half_up(Money(applied, "MXN").amount * 25)
        fee = commission + round_half_up(Money(commission, "MXN").amount * 16)
        reached = applied if direction is not Direction.TO_CLIENT else 0
        self.payments.append((payment_id, applied, reached, fee, excess))
        self.owed -= applied
        self.collected += reached
        self.unapplied += excess
        self.fees += fee

    def reverse(self, number: int) -> UUID:
        payment_id, applied, reached, fee, excess = self.payments.pop(number)
        self.owed += applied
        self.collected -= reached
        self.unapplied -= excess
        self.fees -= fee
        return payment_id

    @property
    def position(self) -> int:
        """What the agency owes the client, net."""
        return self.collected - self.fees - self.transferred


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_ledger_is_whole_and_says_what_arithmetic_says(
    database_urls: tuple[str, str], steps: list[tuple[str, object, int]]
) -> None:
    clock = ManualClock(START)
    world = make_world("MX", clock=clock)
    client_id = world.client()
    case_id = world.case(client_id, debts=[("F-1", mxn("60000.00"), date(2025, 12, 1))])
    model, open_statements = Model(owed=60_000_00), list[UUID]()
    for what, choice, amount in steps:
        clock.advance(timedelta(days=1))
        with world.work() as work:
            if what == "pay" and isinstance(choice, Direction):
                model.pay(pay(work, case_id, choice, amount), choice, amount)
            elif what == "reverse" and model.payments and isinstance(choice, int):
                reverse_payment(work, model.reverse(choice % len(model.payments)), reason="x")
            elif what == "close":
                close(work, client_id, clock, open_statements)
            elif what == "transfer" and open_statements:
                before = ledger.position(work, client_id, "MXN")[0].minor
                remittances.pay_over(work, open_statements.pop(0), on=clock.now().date(), reference="x")
                model.transferred += before - ledger.position(work, client_id, "MXN")[0].minor
        with world.work() as work:
            verdict = verify(work.session, work.agency_id)
            assert verdict.faults == []
            payable, receivable = ledger.position(work, client_id, "MXN")
            assert payable.minor - receivable.minor == model.position
            for proof in ledger.proofs(work):
                assert proof.holds
                assert proof.unapplied.minor == model.unapplied


def pay(work: Work, case_id: UUID, direction: Direction, amount: int) -> UUID:
    return record_payment(
        work, case_id=case_id, amount=Money(amount, "MXN"), direction=direction, method=Method.TRANSFER,
        received_on=work.now().date(), key=str(new_id()),
    )  # fmt: skip


def close(work: Work, client_id: UUID, clock: ManualClock, open_statements: list[UUID]) -> None:
    until = clock.now().date() - timedelta(days=1)
    last = remittances.last_remittance(work, client_id, "MXN")
    if last is not None and last.period_to >= until:
        return
    if last is not None and last.id in open_statements and (last.net or last.offset_amount):
        with pytest.raises(remittances.TransferPending):
            remittances.close_period(work, client_id=client_id, currency="MXN", period_to=until)
        return
    closed = remittances.close_period(work, client_id=client_id, currency="MXN", period_to=until)
    assert closed.net == max(closed.closing, 0)
    open_statements.append(closed.id)
