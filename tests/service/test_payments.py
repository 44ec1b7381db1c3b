"""Payments: debts, ledger, commission and history in one stroke, and taken back whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, CloseRefused, Move
from recobro.cases.tables import CaseEvent, Debt, DebtComponent
from recobro.clients.tables import Contract
from recobro.commissions.service import lines_of
from recobro.ledger import queries as ledger
from recobro.ledger.rules import Account, EntryKind, credit, debit
from recobro.ledger.service import KeyReused, post
from recobro.ledger.verification import verify
from recobro.payments.applying import allocations_of
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.queries import PaymentFilter, payments, received_since, totals
from recobro.payments.reversing import AlreadyReversed, return_excess, reverse_payment
from recobro.payments.service import Arrived, PaymentRefused, open_payment, record_payment, record_payments
from tenants.outbox import OutboxRow
from tenants.work import Work
from tests.support.world import World, mxn

ON = date(2025, 12, 1)


def pay(
    work: Work,
    case_id: UUID,
    amount: Money,
    *,
    direction: Direction = Direction.TO_AGENCY,
    on: date | None = None,
    key: str = "",
    debts: tuple[UUID, ...] = (),
    kept: Money | None = None,
) -> UUID:
    return record_payment(
        work, case_id=case_id, amount=amount, direction=direction, method=Method.TRANSFER,
        received_on=on or work.now().date(), key=key or str(new_id()), debts=debts, kept=kept, reference="SPEI 0001",
    )  # fmt: skip


def balances(world: World) -> dict[str, str]:
    """What the accounts hold, without those that hold nothing."""
    with world.work() as work:
        rows = ledger.accounts(work)
        assert verify(work.session, work.agency_id).faults == []
    return {row.account.value: str(row.balance.amount) for row in rows if row.balance}


def owed(world: World, case_id: UUID) -> dict[str, int]:
    with world.work() as work:
        rows = work.session.execute(
            select(Debt.reference, Debt.balance).where(Debt.case_id == case_id).order_by(Debt.reference)
        )
        return {str(reference): int(balance) for reference, balance in rows}


def two_invoices(world: World, client_id: UUID) -> UUID:
    due = world.clock.now().date() - timedelta(days=40)
    return world.case(client_id, debts=[("F-1", mxn("600.00"), due - timedelta(days=5)), ("F-2", mxn("400.00"), due)])


def test_a_payment_to_the_agency_pays_debts_is_posted_and_commissioned(world: World) -> None:
    case_id = two_invoices(world, world.client())

    with world.work() as work:
        payment_id = pay(work, case_id, mxn("700.00"))

    # 25 % of 700.00 is 175.00, and 16 % of that 28.00: the client owes them, nothing was withdrawn yet.
    assert balances(world) == {
        "bank_trust": "700.00",
        "client_payable": "700.00",
        "client_receivable": "203.00",
        "commission_earned": "175.00",
        "tax_payable": "28.00",
    }
    assert owed(world, case_id) == {"F-1": 0, "F-2": 300_00}
    with world.work() as work:
        payment, case = open_payment(work, payment_id), cases.open_case(work, case_id)
        assert (payment.applied, payment.unapplied, case.balance, case.debt_count) == (700_00, 0, 300_00, 1)
        (line,) = lines_of(work, payment_id)
        assert (line.rule_id, line.base, line.commission, line.tax) == ("general", 700_00, 175_00, 28_00)
        event = work.session.scalars(select(CaseEvent).where(CaseEvent.ref_id == payment_id)).one()
        assert (event.visibility, event.details["amount"]) == ("debtor", {"minor": 700_00, "currency": "MXN"})
        named = work.session.scalars(select(OutboxRow.name).where(OutboxRow.agency_id == work.agency_id)).all()
        assert {"payment.recorded", "payments.receipt"} <= set(named)


def test_a_payment_to_the_client_itself_touches_no_trust_money_but_earns(world: World) -> None:
    case_id = two_invoices(world, world.client())

    with world.work() as work:
        pay(work, case_id, mxn("1000.00"), direction=Direction.TO_CLIENT)

    assert balances(world) == {"client_receivable": "290.00", "commission_earned": "250.00", "tax_payable": "40.00"}
    assert owed(world, case_id) == {"F-1": 0, "F-2": 0}


def test_a_payment_to_counsel_credits_the_client_in_full_and_notes_what_counsel_kept(world: World) -> None:
    case_id = two_invoices(world, world.client())

    with world.work() as work:
        pay(work, case_id, mxn("1000.00"), direction=Direction.TO_COUNSEL, kept=mxn("200.00"))

    # The client's position is 800.00 in trust less what it owes: 290.00 of fees less the 200.00 counsel kept.
    assert balances(world) == {
        "bank_trust": "800.00",
        "client_payable": "800.00",
        "counsel_clearing": "200.00",
        "client_receivable": "90.00",
        "commission_earned": "250.00",
        "tax_payable": "40.00",
    }


def test_interest_is_paid_before_principal_and_what_is_left_stays_claimable(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        debt = work.session.scalars(select(Debt).where(Debt.reference == "F-1", Debt.case_id == case_id)).one()
        work.add(
            DebtComponent(agency_id=work.agency_id, client_id=debt.client_id, id=new_id(), debt_id=debt.id,
                          kind="default_interest", charged=50_00, owed=50_00)
        )  # fmt: skip
        debt.balance += 50_00

    with world.work() as work:
        payment_id = pay(work, case_id, mxn("600.00"))
        parts = {(part.component, part.amount) for part in allocations_of(work, payment_id)}
        payment = open_payment(work, payment_id)

    assert parts == {("default_interest", 50_00), ("principal", 550_00)}
    assert owed(world, case_id) == {"F-1": 50_00, "F-2": 400_00}
    assert payment.rule_id == "mx.allocation"
    assert payment.because.startswith("Se aplicó")


def test_the_debtor_may_choose_the_debt_that_is_paid(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        chosen = work.session.scalars(select(Debt.id).where(Debt.reference == "F-2", Debt.case_id == case_id)).one()
        pay(work, case_id, mxn("450.00"), debts=(chosen,))

    assert owed(world, case_id) == {"F-1": 550_00, "F-2": 0}
    other = two_invoices(world, world.client("lacteos"))
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, other, mxn("10.00"), debts=(chosen,))


def test_the_oldest_of_several_invoices_is_paid_and_the_case_goes_on(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        cases.move(work, cases.open_case(work, case_id), Move.NOTIFY)

    with world.work() as work:
        pay(work, case_id, mxn("600.00"))

    with world.work() as work:
        case = cases.open_case(work, case_id)
        assert (case.stage, case.balance, case.debt_count) == ("notices", 400_00, 1)


def test_the_last_payment_closes_the_case_and_what_is_too_much_waits_unapplied(world: World) -> None:
    case_id = two_invoices(world, world.client())

    with world.work() as work:
        payment_id = pay(work, case_id, mxn("1250.00"))

    with world.work() as work:
        case, payment = cases.open_case(work, case_id), open_payment(work, payment_id)
        assert (case.stage, case.close_code, case.balance) == ("closed", "paid", 0)
        assert (payment.applied, payment.unapplied) == (1000_00, 250_00)
    found = balances(world)
    assert (found["unapplied"], found["client_payable"], found["commission_earned"]) == ("250.00", "1000.00", "250.00")

    with world.work() as work:
        return_excess(work, payment_id, on=work.now().date(), reference="SPEI de vuelta")
    assert "unapplied" not in balances(world)
    with pytest.raises(Conflict), world.work() as work:
        return_excess(work, payment_id, on=work.now().date(), reference="otra vez")


def test_a_case_cannot_be_closed_as_paid_below_its_balance(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        pay(work, case_id, mxn("999.99"))

    with pytest.raises(CloseRefused), world.work() as work:
        cases.move(work, cases.open_case(work, case_id), Move.CLOSE, close_code=CloseCode.PAID)


def test_the_same_key_again_is_the_same_payment(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        first = pay(work, case_id, mxn("100.00"), key="one")
    with world.work() as work:
        assert pay(work, case_id, mxn("100.00"), key="one") == first
    with pytest.raises(KeyReused), world.work() as work:
        pay(work, case_id, mxn("100.01"), key="one")

    assert balances(world)["bank_trust"] == "100.00"


def test_payments_that_cannot_be_are_refused(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, case_id, mxn("0.00"))
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, case_id, mxn("1.00"), on=work.now().date() + timedelta(days=1))
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, case_id, Money(100, "USD"))
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, case_id, mxn("10.00"), kept=mxn("1.00"))
    with pytest.raises(PaymentRefused), world.work() as work:
        pay(work, case_id, mxn("10.00"), direction=Direction.TO_COUNSEL, kept=mxn("10.01"))


def test_a_reversal_takes_back_debts_ledger_commission_and_the_close(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        payment_id = pay(work, case_id, mxn("1000.00"))

    with world.work() as work:
        reverse_payment(work, payment_id, reason="Cheque devuelto")

    assert balances(world) == {}
    assert owed(world, case_id) == {"F-1": 600_00, "F-2": 400_00}
    with world.work() as work:
        case = cases.open_case(work, case_id)
        assert (case.stage, case.close_code, case.balance, case.queue_reason) == (
            "calls", "", 1000_00, "Pago revertido"
        )  # fmt: skip
        assert [line.commission for line in lines_of(work, payment_id)] == [250_00, -250_00]
        components = work.session.scalars(select(DebtComponent.owed).order_by(DebtComponent.owed)).all()
        assert list(components) == [400_00, 600_00]
    with pytest.raises(AlreadyReversed), world.work() as work:
        reverse_payment(work, payment_id, reason="otra vez")


def test_a_reversal_needs_a_reason(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        payment_id = pay(work, case_id, mxn("10.00"))
    with pytest.raises(Invalid), world.work() as work:
        reverse_payment(work, payment_id, reason="  ")


def test_a_payment_that_bounces_after_the_client_was_paid_is_owed_by_the_client_never_by_the_trust(
    world: World,
) -> None:
    client_id = world.client()
    case_id, other = two_invoices(world, client_id), two_invoices(world, world.client("lacteos"))
    with world.work() as work:
        payment_id = pay(work, case_id, mxn("1000.00"))
        pay(work, other, mxn("500.00"))
        post(
            work, kind=EntryKind.REMITTANCE_PAID, key="over", on=work.now().date(), client_id=client_id,
            postings=[
                debit(Account.CLIENT_PAYABLE, mxn("900.00"), client_id), credit(Account.BANK_TRUST, mxn("900.00"))
            ],
        )  # fmt: skip

    with world.work() as work:
        reverse_payment(work, payment_id, reason="Contracargo")
        payable, receivable = ledger.position(work, client_id, "MXN")

    # 100.00 were still there; the agency pays the other 900.00 back to the bank and the client owes them.
    assert (payable, receivable) == (mxn("0.00"), mxn("900.00"))
    found = balances(world)
    assert (found["bank_trust"], found["bank_operating"]) == ("500.00", "-900.00")


def test_a_backdated_payment_takes_the_contract_and_the_age_of_its_own_day(world: World) -> None:
    client_id = world.client()
    today = world.clock.now().date()
    due = today - timedelta(days=80)
    case_id = world.case(client_id, debts=[("F-1", mxn("1000.00"), due)])
    old = {"id": "old", "label": "Más de 60 días", "when": {"age_days_from": 61, "age_at": "payment"}, "rate_bp": 4000}
    with world.work() as work:
        work.add(
            Contract(
                agency_id=work.agency_id, client_id=client_id, id=new_id(), version=2,
                valid_from=today - timedelta(days=60), tax_bp=1600, max_discount_bp=0, max_instalments=1,
                min_instalment=0, created_at=work.now(),
                commission_rules=[old, {"id": "fresh", "label": "Hasta 60 días", "rate_bp": 1000}],
            )
        )  # fmt: skip

    with world.work() as work:
        now = pay(work, case_id, mxn("100.00"))
        back = pay(work, case_id, mxn("100.00"), on=today - timedelta(days=40))
        before_contract = pay(work, case_id, mxn("100.00"), on=today - timedelta(days=70))

        def rule(payment_id: UUID) -> tuple[str, int, int]:
            (line,) = lines_of(work, payment_id)
            return line.rule_id, line.contract_version, line.commission

        assert rule(now) == ("old", 2, 40_00)
        assert rule(back) == ("fresh", 2, 10_00)
        assert rule(before_contract) == ("general", 1, 25_00)


def test_what_was_received_since_an_instant_leaves_reversals_out(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        start = work.now()
        pay(work, case_id, mxn("100.00"))
        gone = pay(work, case_id, mxn("50.00"))
        reverse_payment(work, gone, reason="Error")
        assert received_since(work, case_id=case_id, currency="MXN", recorded_from=start) == 100_00
        later = start + timedelta(seconds=1)
        assert received_since(work, case_id=case_id, currency="MXN", recorded_from=later) == 0


def test_lists_filter_sort_sum_and_turn_pages(world: World) -> None:
    client_id = world.client()
    case_id = two_invoices(world, client_id)
    today = world.clock.now().date()
    with world.work() as work:
        made = [pay(work, case_id, mxn(f"{n}.00"), on=today - timedelta(days=n % 3)) for n in range(1, 8)]
        reverse_payment(work, made[0], reason="Error")

        first = payments(work, PaymentFilter(), sort="-amount", limit=3)
        assert [str(row.amount.amount) for row in first.rows] == ["7.00", "6.00", "5.00"]
        second = payments(work, PaymentFilter(), sort="-amount", limit=3, after=first.next_cursor or "")
        assert [str(row.amount.amount) for row in second.rows] == ["4.00", "3.00", "2.00"]
        assert (second.first_number, second.total) == (4, 7)
        seen, cursor = [], ""
        while True:
            page = payments(work, PaymentFilter(), limit=2, after=cursor)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor or ""
            if not cursor:
                break
        assert sorted(map(str, seen)) == sorted(map(str, made))
        (total,) = totals(work, PaymentFilter())
        assert (total.count, total.amount) == (6, mxn("27.00"))
        assert len(payments(work, PaymentFilter(state="reversed")).rows) == 1
        assert len(payments(work, PaymentFilter(text="tornillo", start=today)).rows) == 2
        assert payments(work, PaymentFilter(text="nobody")).rows == []


def test_two_people_recording_at_once_never_pay_a_debt_twice(world: World) -> None:
    case_id = two_invoices(world, world.client())

    def one(_: int) -> None:
        with world.work() as work:
            pay(work, case_id, mxn("300.00"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))

    found = balances(world)
    assert (found["bank_trust"], found["client_payable"], found["unapplied"]) == ("1800.00", "1000.00", "800.00")
    assert owed(world, case_id) == {"F-1": 0, "F-2": 0}


def test_a_place_without_rules_of_law_pays_the_oldest_first(world: World) -> None:
    case_id = two_invoices(world, world.client())
    with world.work() as work:
        work.session.execute(text("UPDATE debtors SET country = 'PE' WHERE agency_id = :a"), {"a": work.agency_id})

    with world.work() as work:
        payment_id = pay(work, case_id, mxn("650.00"))
        assert open_payment(work, payment_id).rule_id == "house.allocation"
    assert owed(world, case_id) == {"F-1": 0, "F-2": 350_00}


def test_many_at_once_are_the_same_as_one_after_another(world: World) -> None:
    client_id = world.client()
    first, second = two_invoices(world, client_id), world.case(client_id, debts=[("G-1", mxn("100.00"), ON)])
    told = [(first, "600.00"), (second, "40.00"), (first, "300.00"), (first, "200.00"), (second, "60.00")]

    with world.work() as work:
        arrived = [
            Arrived(case_id, mxn(amount), Direction.TO_AGENCY, Method.TRANSFER, work.now().date(), f"line {number}")
            for number, (case_id, amount) in enumerate(told)
        ]
        ids = record_payments(work, arrived)
        assert record_payments(work, arrived) == ids
        rows = [open_payment(work, payment_id) for payment_id in ids]
        assert [(row.amount, row.unapplied) for row in rows] == [
            (600_00, 0), (40_00, 0), (300_00, 0), (200_00, 100_00), (60_00, 0)
        ]  # fmt: skip
        assert {cases.open_case(work, case_id).stage for case_id in (first, second)} == {"closed"}
        assert len({row.number for row in rows}) == 5
    found = balances(world)
    assert (found["bank_trust"], found["client_payable"], found["unapplied"]) == ("1200.00", "1100.00", "100.00")


def test_one_bad_line_of_many_leaves_nothing(world: World) -> None:
    case_id = two_invoices(world, world.client())
    today = world.clock.now().date()
    good = Arrived(case_id, mxn("10.00"), Direction.TO_AGENCY, Method.TRANSFER, today, "good")
    bad = Arrived(case_id, mxn("0.00"), Direction.TO_AGENCY, Method.CASH, today, "bad")

    with pytest.raises(PaymentRefused), world.work() as work:
        record_payments(work, [good, bad])

    assert balances(world) == {}
