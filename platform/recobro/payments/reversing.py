"""Taking payments back, and giving back what was too much. Nothing is edited: each writes entries of its own."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Conflict, Invalid
from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case, Debt
from recobro.commissions import service as commissions
from recobro.debtors.tables import Debtor
from recobro.ledger import service as ledger
from recobro.ledger.rules import Account, EntryKind, credit, debit
from recobro.payments.applying import put_back
from recobro.payments.lifecycle import Direction, PaymentState
from recobro.payments.rules import postings_of_reversal
from recobro.payments.service import audited, open_payment, plain
from recobro.payments.tables import Payment, PaymentAllocation
from tenants.work import Work

REVERSED_PRIORITY = 850


class AlreadyReversed(Conflict):
    """The payment was taken back before."""

    code = "payments.already_reversed"


class ExcessReturned(Conflict):
    """What was too much went back to the debtor: the payment cannot be taken back as a whole."""

    code = "payments.excess_returned"


def reverse_payment(work: Work, payment_id: UUID, *, reason: str, on: date | None = None) -> None:
    """Take a payment back on a day (today by default): its debts are owed again, its commission falls away.

    A case that was closed by it opens again and waits for a collector. What the client already received is paid back
    to the trust by the agency, and the client owes it. Refused: a second time, no reason, an excess already returned.
    """
    # The case before the payment, as recording does: two people never wait for each other.
    case = cases.open_case(work, open_payment(work, payment_id).case_id, lock=True)
    payment = open_payment(work, payment_id, lock=True)
    if payment.state == PaymentState.REVERSED:
        raise AlreadyReversed(msg("El pago {number} ya fue revertido."), number=payment.number)
    if payment.excess_entry_id is not None:
        raise ExcessReturned(msg("El excedente de este pago ya se devolvió: no puede revertirse completo."))
    if not reason.strip():
        raise Invalid(msg("Di por qué se revierte el pago."))
    debtor = work.session.get_one(Debtor, (case.agency_id, case.debtor_id))
    day = on or work.today(ZoneInfo(debtor.time_zone))
    if payment.entry_id is not None:
        payment.reversal_entry_id = _post_reversal(work, payment, payment.entry_id, day)
        commissions.reverse_lines(work, payment_id=payment.id, entry_id=payment.reversal_entry_id)
    payment.state = PaymentState.REVERSED.value
    payment.reversed_on = day
    payment.reversed_at = work.now()
    payment.reversed_by = payment.reversed_by or work.principal.name
    payment.reversal_reason = reason.strip()
    work.flush()
    put_back(work, payment.id)
    # Debts may have gone to another case since, with a merge: that one owes them again.
    owing = _case_that_owes(work, case, payment)
    cases.refresh_balances(work, [case.id, *({owing.id} - {case.id})])
    cases.note_event(
        work,
        case,
        kind="payment",
        title=msg("Pago revertido: {amount}"),
        tone="neg",
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=plain(payment.amount, payment.currency),
        number=payment.number,
    )
    # What people of the agency wrote among themselves is no sentence for the debtor.
    cases.note_event(
        work,
        case,
        kind="payment",
        title=msg("Por qué se revirtió el pago {number}"),
        body=payment.reversal_reason,
        ref_table="payments",
        ref_id=payment.id,
        number=payment.number,
    )
    _wake(work, owing, payment)
    work.outbox.add("payment.reversed", payment_id=payment.id, case_id=case.id)
    work.audit("payment.reversed", reason=payment.reversal_reason, **audited(payment))


def _case_that_owes(work: Work, case: Case, payment: Payment) -> Case:
    """The case in which the debts of a payment are now: its own, or the one it was merged into."""
    now_in = work.session.scalar(
        select(Debt.case_id)
        .join(
            PaymentAllocation, (PaymentAllocation.agency_id == Debt.agency_id) & (PaymentAllocation.debt_id == Debt.id)
        )
        .where(Debt.agency_id == work.agency_id, PaymentAllocation.payment_id == payment.id, Debt.case_id != case.id)
        .limit(1)
    )
    return case if now_in is None else cases.open_case(work, now_in, lock=True)


def _post_reversal(work: Work, payment: Payment, entry_id: UUID, day: date) -> UUID:
    posted = ledger.lines_of(work, entry_id)
    held = -ledger.held(work, Account.CLIENT_PAYABLE, payment.currency, payment.client_id)
    return ledger.post(
        work,
        kind=EntryKind.PAYMENT_REVERSED,
        key=f"payment:{payment.id}:reversed",
        postings=postings_of_reversal(posted, held=held),
        on=day,
        client_id=payment.client_id,
        reverses=entry_id,
        ref=("payments", payment.id),
        details={"number": payment.number},
    )


def _wake(work: Work, case: Case, payment: Payment) -> None:
    if case.debt_count == 0:
        return
    if case.stage == Stage.CLOSED and case.close_code in (CloseCode.PAID, CloseCode.SETTLED):
        cases.move(work, case, Move.REOPEN, why=payment.number)
    if case.stage not in (Stage.CLOSED, Stage.LEGAL):
        cases.put_in_queue(
            work,
            case,
            reason=msg("Pago revertido"),
            priority=REVERSED_PRIORITY,
            tone="neg",
            amount=plain(payment.amount, payment.currency),
        )


def has_excess(payment: Payment) -> bool:
    """Whether the agency holds something of this payment that belongs to the debtor."""
    held = payment.direction != Direction.TO_CLIENT and payment.state == PaymentState.POSTED
    return held and payment.unapplied > 0 and payment.excess_entry_id is None


def return_excess(work: Work, payment_id: UUID, *, on: date, reference: str) -> None:
    """Give back to the debtor what a payment to the agency had too much. Refused: nothing left, a reversed payment."""
    payment = open_payment(work, payment_id, lock=True)
    if not has_excess(payment):
        raise Conflict(msg("Este pago no tiene un excedente por devolver."))
    excess = Money(payment.unapplied, payment.currency)
    payment.excess_entry_id = ledger.post(
        work,
        kind=EntryKind.EXCESS_RETURNED,
        key=f"payment:{payment.id}:excess",
        postings=[debit(Account.UNAPPLIED, excess), credit(Account.BANK_TRUST, excess)],
        on=on,
        ref=("payments", payment.id),
        details={"number": payment.number, "reference": reference},
    )
    cases.note_event(
        work,
        cases.open_case(work, payment.case_id),
        kind="payment",
        title=msg("Excedente devuelto: {amount}"),
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=plain(excess.minor, excess.currency),
    )
    work.audit("payment.excess_returned", payment_id=payment.id, amount=excess.minor, reference=reference)
    work.flush()
