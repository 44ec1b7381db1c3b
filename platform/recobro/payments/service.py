"""Recording payments and taking them back: debts, ledger, commission, history, all in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.rules.allocation import Due
from legal.rules.facts import Component
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case, Debt, DebtComponent
from recobro.clients.queries import contract_in_force
from recobro.clients.tables import Contract
from recobro.commissions import service as commissions
from recobro.commissions.rules import Earned, Facts, Part, commission_on, read_rules, whole
from recobro.debtors.tables import Debtor
from recobro.ledger import service as ledger
from recobro.ledger.rules import Account, EntryKind, credit, debit
from recobro.payments.lifecycle import Direction, Method, PaymentState
from recobro.payments.rules import Outcome, apply_by_law, postings_of, postings_of_reversal
from recobro.payments.tables import Payment, PaymentAllocation
from tenants.service import next_number
from tenants.work import Work

REVERSED_PRIORITY = 850


class PaymentRefused(Invalid):
    """What was given cannot be a payment on this case."""

    code = "payments.refused"


class AlreadyReversed(Conflict):
    """The payment was taken back before."""

    code = "payments.already_reversed"


@dataclass(frozen=True)
class _OpenDebt:
    reference: str
    kind: str
    due_on: date
    placed_on: date


def open_payment(work: Work, payment_id: UUID, *, lock: bool = False) -> Payment:
    """One payment of the principal's; missing and foreign are the same."""
    query = select(Payment).where(Payment.agency_id == work.agency_id, Payment.id == payment_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese pago no existe o no es tuyo."))
    return found


def record_payment(
    work: Work,
    *,
    case_id: UUID,
    amount: Money,
    direction: Direction,
    method: Method,
    received_on: date,
    key: str,
    reference: str = "",
    debts: Sequence[UUID] = (),
    kept: Money | None = None,
    checkout_id: UUID | None = None,
) -> UUID:
    """Write down money that arrived on a day, past or present; you get the payment's id.

    It pays debts by the law of the debtor's place, those in `debts` first (the debtor's own choice); what is too much
    stays unapplied. `kept` is what counsel kept of a payment made to them. The same key again gives the same payment.
    Refused: nothing, a day to come, a currency or a debt the case does not have.
    """
    before = _recorded_before(work, key, case_id, amount, direction)
    if before is not None:
        return before
    case = cases.open_case(work, case_id, lock=True)
    debtor = work.session.get_one(Debtor, (case.agency_id, case.debtor_id))
    if amount.minor <= 0:
        raise PaymentRefused(msg("Un pago es de un importe mayor que cero."))
    if received_on > work.today(ZoneInfo(debtor.time_zone)):
        raise PaymentRefused(msg("Un pago no puede ser de un día que no ha llegado."))
    dues, known = _dues(work, case, amount.currency, ZoneInfo(debtor.time_zone))
    chosen = [str(debt_id) for debt_id in debts]
    if any(debt_id not in known for debt_id in chosen):
        raise PaymentRefused(msg("Una de las deudas elegidas no es de este caso o no está abierta."))
    outcome = apply_by_law(amount, dues, country=debtor.country, on=received_on, chosen=chosen)
    kept = _checked_share(kept, amount - outcome.unapplied, direction)
    contract = contract_in_force(work, case.client_id, received_on)
    earned = _earned(contract, case, amount, direction, received_on, outcome, known)
    payment = Payment(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        number=_number(work),
        key=key,
        case_id=case.id,
        direction=direction.value,
        method=method.value,
        currency=amount.currency,
        amount=amount.minor,
        applied=(amount - outcome.unapplied).minor,
        unapplied=outcome.unapplied.minor,
        received_on=received_on,
        reference=reference,
        rule_id=outcome.rule_id,
        because=outcome.because,
        receipt_words=outcome.receipt_words,
        checkout_id=checkout_id,
        recorded_at=work.now(),
        recorded_by=work.principal.name,
    )
    payment.entry_id = _post(work, payment, kept, earned)
    work.add(payment)
    work.flush()
    _allocate(work, payment, outcome)
    if payment.entry_id is not None:
        commissions.keep_lines(work, payment_id=payment.id, entry_id=payment.entry_id, contract=contract, earned=earned)
    cases.refresh_balances(work, [case.id])
    _tell(work, case, payment)
    if case.debt_count == 0 and outcome.applied and case.stage != Stage.CLOSED:
        cases.move(work, case, Move.CLOSE, why=payment.number, close_code=CloseCode.PAID)
    work.outbox.add("payment.recorded", payment_id=payment.id, case_id=case.id)
    work.outbox.add("payments.receipt", payment_id=payment.id)
    work.audit("payment.recorded", **_audited(payment))
    return payment.id


def _recorded_before(work: Work, key: str, case_id: UUID, amount: Money, direction: Direction) -> UUID | None:
    found = work.session.scalar(select(Payment).where(Payment.agency_id == work.agency_id, Payment.key == key))
    if found is None:
        return None
    same = (found.case_id, found.amount, found.currency, found.direction)
    if same != (case_id, amount.minor, amount.currency, direction.value):
        raise ledger.KeyReused(msg("La clave {key} ya se usó para otro movimiento."), key=key)
    return found.id


def _number(work: Work) -> str:
    year = work.now().year
    return f"R-{year}-{next_number(work, f'payments-{year}'):05d}"


def _dues(work: Work, case: Case, currency: str, zone: ZoneInfo) -> tuple[list[Due], dict[str, _OpenDebt]]:
    """What the case still owes in a currency, by component, and its open debts by id."""
    rows = work.session.execute(
        select(Debt.id, Debt.reference, Debt.kind, Debt.due_on, Debt.created_at, DebtComponent.kind, DebtComponent.owed)
        .join(DebtComponent, (DebtComponent.agency_id == Debt.agency_id) & (DebtComponent.debt_id == Debt.id))
        .where(
            Debt.agency_id == work.agency_id,
            Debt.case_id == case.id,
            Debt.currency == currency,
            Debt.state == "open",
            DebtComponent.owed > 0,
        )
        .order_by(Debt.due_on, Debt.reference, Debt.id, DebtComponent.kind)
        .with_for_update()
    )
    dues, known = [], {}
    for debt_id, reference, kind, due_on, created_at, component, owed in rows:
        dues.append(Due(str(debt_id), Component(component), Money(owed, currency), due_on))
        known[str(debt_id)] = _OpenDebt(reference, kind, due_on, created_at.astimezone(zone).date())
    if not known and currency != case.currency:
        raise PaymentRefused(msg("El caso no tiene adeudos en {currency}."), currency=currency)
    return dues, known


def _checked_share(kept: Money | None, applied: Money, direction: Direction) -> Money:
    share = kept or Money.zero(applied.currency)
    if share and direction is not Direction.TO_COUNSEL:
        raise PaymentRefused(msg("Solo de un pago al abogado puede quedarse una parte el abogado."))
    if share.minor < 0 or applied < share:
        raise PaymentRefused(msg("El abogado no puede quedarse más de lo que se aplicó."))
    return share


def _earned(
    contract: Contract,
    case: Case,
    amount: Money,
    direction: Direction,
    received_on: date,
    outcome: Outcome,
    known: Mapping[str, _OpenDebt],
) -> list[Earned]:
    parts = [
        Part(
            known[item.debt].reference,
            item.component.value,
            item.amount.minor,
            known[item.debt].due_on,
            known[item.debt].placed_on,
            known[item.debt].kind,
        )
        for item in outcome.applied
    ]
    facts = Facts(amount.currency, amount.minor, received_on, direction.value, case.stage, parts)
    return commission_on(facts, read_rules(contract.commission_rules), tax_bp=contract.tax_bp)


def _post(work: Work, payment: Payment, kept: Money, earned: Sequence[Earned]) -> UUID | None:
    commission, tax = whole(earned, payment.currency)
    postings = postings_of(
        Direction(payment.direction),
        payment.client_id,
        applied=Money(payment.applied, payment.currency),
        unapplied=Money(payment.unapplied, payment.currency),
        kept=kept,
        commission=commission,
        tax=tax,
    )
    if not postings:
        return None
    return ledger.post(
        work,
        kind=EntryKind.PAYMENT,
        key=f"payment:{payment.id}",
        postings=postings,
        on=payment.received_on,
        client_id=payment.client_id,
        ref=("payments", payment.id),
        details={"number": payment.number},
    )


_PAY = """
WITH paid AS (
  SELECT debt_id, kind, amount FROM unnest(CAST(:debts AS uuid[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]))
    AS u (debt_id, kind, amount)
), parts AS (
  UPDATE debt_components c SET owed = c.owed - p.amount FROM paid p
  WHERE c.agency_id = :agency AND c.debt_id = p.debt_id AND c.kind = p.kind
)
UPDATE debts d SET balance = d.balance - s.amount,
  state = CASE WHEN d.state IN ('open', 'paid') THEN CASE WHEN d.balance - s.amount = 0 THEN 'paid' ELSE 'open' END
          WHEN d.state = 'settled' AND d.balance - s.amount > 0 THEN 'open' ELSE d.state END
FROM (SELECT debt_id, sum(amount) AS amount FROM paid GROUP BY debt_id) s
WHERE d.agency_id = :agency AND d.id = s.debt_id
"""


def _allocate(work: Work, payment: Payment, outcome: Outcome) -> None:
    rows = [
        {
            "agency_id": payment.agency_id,
            "client_id": payment.client_id,
            "id": new_id(),
            "payment_id": payment.id,
            "case_id": payment.case_id,
            "debt_id": UUID(item.debt),
            "component": item.component.value,
            "amount": item.amount.minor,
        }
        for item in outcome.applied
    ]
    if rows:
        work.session.execute(insert(PaymentAllocation).values(rows))
        _change_debts(work, [(row["debt_id"], row["component"], row["amount"]) for row in rows])


def _change_debts(work: Work, parts: Sequence[tuple[Any, Any, Any]]) -> None:
    """Take amounts off components and their debts; negative amounts put them back."""
    work.session.execute(
        text(_PAY),
        {
            "agency": work.agency_id,
            "debts": [debt_id for debt_id, _, _ in parts],
            "kinds": [kind for _, kind, _ in parts],
            "amounts": [amount for _, _, amount in parts],
        },
    )
    for row in work.session.identity_map.values():
        if isinstance(row, Debt | DebtComponent):
            work.session.expire(row)


_TITLES = {
    Direction.TO_AGENCY: msg("Pago recibido: {amount}"),
    Direction.TO_CLIENT: msg("Pago directo al cliente: {amount}"),
    Direction.TO_COUNSEL: msg("Pago al abogado: {amount}"),
}


def _tell(work: Work, case: Case, payment: Payment) -> None:
    cases.note_event(
        work,
        case,
        kind="payment",
        title=_TITLES[Direction(payment.direction)],
        tone="ok",
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=_plain(payment.amount, payment.currency),
        number=payment.number,
        received_on=payment.received_on.isoformat(),
        balance=_plain(case.balance, case.currency),
    )


def _plain(minor: int, currency: str) -> dict[str, object]:
    return {"minor": minor, "currency": currency}


def _audited(payment: Payment) -> dict[str, object]:
    return {
        "payment_id": payment.id,
        "case_id": payment.case_id,
        "number": payment.number,
        "amount": payment.amount,
        "currency": payment.currency,
        "direction": payment.direction,
        "entry_id": payment.entry_id,
    }


def reverse_payment(work: Work, payment_id: UUID, *, reason: str, on: date | None = None) -> None:
    """Take a payment back on a day (today by default): its debts are owed again, its commission falls away.

    A case that was closed by it opens again and waits for a collector. What the client already received is paid back
    to the trust by the agency, and the client owes it. Refused: a second time, no reason, an excess already returned.
    """
    payment = open_payment(work, payment_id, lock=True)
    if payment.state == PaymentState.REVERSED:
        raise AlreadyReversed(msg("El pago {number} ya fue revertido."), number=payment.number)
    if payment.excess_entry_id is not None:
        raise Conflict(msg("El excedente de este pago ya se devolvió: no puede revertirse completo."))
    if not reason.strip():
        raise Invalid(msg("Di por qué se revierte el pago."))
    case = cases.open_case(work, payment.case_id, lock=True)
    debtor = work.session.get_one(Debtor, (case.agency_id, case.debtor_id))
    day = on or work.today(ZoneInfo(debtor.time_zone))
    if payment.entry_id is not None:
        payment.reversal_entry_id = _post_reversal(work, payment, payment.entry_id, day)
        commissions.reverse_lines(work, payment_id=payment.id, entry_id=payment.reversal_entry_id)
    payment.state = PaymentState.REVERSED.value
    payment.reversed_on = day
    payment.reversed_at = work.now()
    payment.reversed_by = work.principal.name
    payment.reversal_reason = reason.strip()
    work.flush()
    parts = [(item.debt_id, item.component, -item.amount) for item in allocations_of(work, payment.id)]
    if parts:
        _change_debts(work, parts)
    cases.refresh_balances(work, [case.id])
    cases.note_event(
        work,
        case,
        kind="payment",
        title=msg("Pago revertido: {amount}"),
        body=payment.reversal_reason,
        tone="neg",
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=_plain(payment.amount, payment.currency),
        number=payment.number,
    )
    _wake(work, case, payment)
    work.outbox.add("payment.reversed", payment_id=payment.id, case_id=case.id)
    work.audit("payment.reversed", reason=payment.reversal_reason, **_audited(payment))


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
            amount=_plain(payment.amount, payment.currency),
        )


def allocations_of(work: Work, payment_id: UUID) -> Sequence[PaymentAllocation]:
    """What a payment paid, in the order it was applied."""
    return work.session.scalars(
        select(PaymentAllocation)
        .where(PaymentAllocation.agency_id == work.agency_id, PaymentAllocation.payment_id == payment_id)
        .order_by(PaymentAllocation.id)
    ).all()


def return_excess(work: Work, payment_id: UUID, *, on: date, reference: str) -> None:
    """Give back to the debtor what a payment to the agency had too much. Refused: nothing left, a reversed payment."""
    payment = open_payment(work, payment_id, lock=True)
    excess = Money(payment.unapplied, payment.currency)
    returnable = payment.direction != Direction.TO_CLIENT and payment.state == PaymentState.POSTED
    if not excess or payment.excess_entry_id is not None or not returnable:
        raise Conflict(msg("Este pago no tiene un excedente por devolver."))
    payment.excess_entry_id = ledger.post(
        work,
        kind=EntryKind.EXCESS_RETURNED,
        key=f"payment:{payment.id}:excess",
        postings=[debit(Account.UNAPPLIED, excess), credit(Account.BANK_TRUST, excess)],
        on=on,
        ref=("payments", payment.id),
        details={"number": payment.number, "reference": reference},
    )
    case = cases.open_case(work, payment.case_id)
    cases.note_event(
        work,
        case,
        kind="payment",
        title=msg("Excedente devuelto: {amount}"),
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=_plain(excess.minor, excess.currency),
    )
    work.audit("payment.excess_returned", payment_id=payment.id, amount=excess.minor, reference=reference)
    work.flush()
