"""What is known of payments: lists and totals, one payment, sums since an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.cases.search import BY_AMOUNT
from recobro.cases.tables import Case, Debt
from recobro.debtors.queries import debtors_meant
from recobro.debtors.tables import Debtor
from recobro.payments.lifecycle import EventState, PaymentState
from recobro.payments.tables import Checkout, Payment, PaymentAllocation, StripeEvent
from tenants.tables import Client
from tenants.work import Work


@dataclass(frozen=True)
class PaymentFilter:
    """Which payments; `text` looks in receipt, case, reference and the debtor's name."""

    client_id: UUID | None = None
    case_id: UUID | None = None
    direction: str = ""
    method: str = ""
    state: str = ""
    currency: str = ""
    start: date | None = None
    end: date | None = None
    unapplied: bool = False
    text: str = ""


@dataclass(frozen=True)
class PaymentRow:
    """A payment in a list."""

    id: UUID
    number: str
    received_on: date
    recorded_at: datetime
    debtor: str
    case_id: UUID
    case_number: str
    client: str
    direction: str
    method: str
    reference: str
    state: str
    amount: Money
    unapplied: Money


@dataclass(frozen=True)
class Total:
    """How many payments stand in a currency, and their sum."""

    count: int
    amount: Money


@dataclass(frozen=True)
class AllocationRow:
    """What of a payment went to a component of a debt."""

    debt_id: UUID
    reference: str
    due_on: date
    component: str
    amount: Money


SORTS = {"received_on": Payment.received_on, "amount": Payment.amount, "number": Payment.number}


def received_since(work: Work, *, case_id: UUID, currency: str, recorded_from: datetime) -> int:
    """What of a case's payments was applied in a currency, of those that stand and were recorded since an instant."""
    paid = select(func.coalesce(func.sum(Payment.amount - Payment.unapplied), 0)).where(
        Payment.agency_id == work.agency_id,
        Payment.case_id == case_id,
        Payment.currency == currency,
        Payment.state == PaymentState.POSTED.value,
        Payment.recorded_at >= recorded_from,
    )
    return int(work.session.scalar(paid) or 0)


def payments(
    work: Work, wanted: PaymentFilter, *, sort: str = "-received_on", limit: int | None = 50, after: str = ""
) -> Page[PaymentRow]:
    """Payments in an order (`-` turns it round). `limit` None gives all of them, for a file."""
    query = _matching(work, wanted)
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    name, falling = sort.lstrip("-"), sort.startswith("-")
    column: ColumnElement[Any] = SORTS.get(name, Payment.received_on)  # type: ignore[assignment]
    key = tuple_(column, Payment.id)
    first = 1
    if after:
        value, payment_id, number = Cursor.decode(after).values
        first = int(number or 1)
        place = tuple_(_typed(name, value), UUID(str(payment_id)))
        query = query.where(key < place if falling else key > place)
    order = (column.desc(), Payment.id.desc()) if falling else (column, Payment.id)
    found = list(work.session.execute(query.order_by(*order).limit(limit + 1 if limit else None)).all())
    more = limit is not None and len(found) > limit
    shown = found[:limit] if limit else found
    rows = [_row(payment, *names) for payment, *names in shown]
    cursor = None
    if more:
        last = shown[-1][0]
        value = getattr(last, name if name in SORTS else "received_on")
        plain = value.isoformat() if isinstance(value, date) else value
        cursor = Cursor((plain, str(last.id), first + len(rows))).encode()
    return Page(rows, total, cursor, first)


def _typed(name: str, value: object) -> Any:
    if name == "amount":
        return int(str(value))
    return str(value) if name == "number" else date.fromisoformat(str(value))


def _row(payment: Payment, debtor: str, case_number: str, client: str) -> PaymentRow:
    return PaymentRow(
        id=payment.id,
        number=payment.number,
        received_on=payment.received_on,
        recorded_at=payment.recorded_at,
        debtor=debtor,
        case_id=payment.case_id,
        case_number=case_number,
        client=client,
        direction=payment.direction,
        method=payment.method,
        reference=payment.reference,
        state=payment.state,
        amount=Money(payment.amount, payment.currency),
        unapplied=Money(payment.unapplied, payment.currency),
    )


def _matching(work: Work, wanted: PaymentFilter) -> Select[Payment, str, str, str]:
    query = (
        select(Payment, Debtor.name, Case.number, Client.name)
        .join(Case, (Case.agency_id == Payment.agency_id) & (Case.id == Payment.case_id))
        .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
        .join(Client, (Client.agency_id == Payment.agency_id) & (Client.id == Payment.client_id))
        .where(Payment.agency_id == work.agency_id)
    )
    equal = {
        Payment.client_id: wanted.client_id,
        Payment.case_id: wanted.case_id,
        Payment.direction: wanted.direction,
        Payment.method: wanted.method,
        Payment.state: wanted.state,
        Payment.currency: wanted.currency,
    }
    query = query.where(*[column == value for column, value in equal.items() if value])
    if wanted.start:
        query = query.where(Payment.received_on >= wanted.start)
    if wanted.end:
        query = query.where(Payment.received_on <= wanted.end)
    if wanted.unapplied:
        query = query.where(
            Payment.unapplied > 0, Payment.excess_entry_id.is_(None), Payment.state == PaymentState.POSTED.value
        )
    if wanted.text:
        some = f"%{wanted.text.strip().upper()}%"
        query = query.where(
            or_(
                Payment.number.ilike(some),
                Case.number.ilike(some),
                Payment.reference.ilike(some),
                Debtor.id.in_(debtors_meant(work, wanted.text)),
            )
        )
    return query


def totals(work: Work, wanted: PaymentFilter) -> list[Total]:
    """How much of these payments stands, per currency."""
    inner = _matching(work, wanted).with_only_columns(Payment.currency, Payment.amount, Payment.state).subquery()
    rows = work.session.execute(
        select(inner.c.currency, func.count(), func.sum(inner.c.amount))
        .where(inner.c.state == PaymentState.POSTED.value)
        .group_by(inner.c.currency)
        .order_by(inner.c.currency)
    )
    return [Total(count, Money(int(amount), currency)) for currency, count, amount in rows]


def allocation_rows(work: Work, payment: Payment) -> Sequence[AllocationRow]:
    """What a payment paid, the oldest debt first."""
    rows = work.session.execute(
        select(PaymentAllocation, Debt.reference, Debt.due_on)
        .join(Debt, (Debt.agency_id == PaymentAllocation.agency_id) & (Debt.id == PaymentAllocation.debt_id))
        .where(PaymentAllocation.agency_id == work.agency_id, PaymentAllocation.payment_id == payment.id)
        .order_by(Debt.due_on, Debt.reference, PaymentAllocation.id)
    )
    return [
        AllocationRow(item.debt_id, reference, due_on, item.component, Money(item.amount, payment.currency))
        for item, reference, due_on in rows
    ]


def unresolved_events(work: Work) -> Sequence[StripeEvent]:
    """Notices from Stripe that a person has to look at: nobody knows whose they are, or they could not be applied."""
    return work.session.scalars(
        select(StripeEvent)
        .where(
            StripeEvent.agency_id == work.agency_id,
            StripeEvent.state.in_([EventState.UNMATCHED.value, EventState.NEEDS_PERSON.value]),
        )
        .order_by(StripeEvent.received_at.desc())
    ).all()


def checkouts_of(work: Work, case_id: UUID) -> Sequence[Checkout]:
    """The card payments that were set out on for a case, the newest first."""
    return work.session.scalars(
        select(Checkout)
        .where(Checkout.agency_id == work.agency_id, Checkout.case_id == case_id)
        .order_by(Checkout.created_at.desc(), Checkout.id.desc())
    ).all()


def _cases_paid(work: Work, minor: int) -> Any:
    return select(Payment.case_id).where(Payment.agency_id == work.agency_id, Payment.amount == minor)


BY_AMOUNT.append(_cases_paid)
