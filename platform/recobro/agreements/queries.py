"""Lists of promises and agreements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, select

from kernel.money import Money
from recobro.agreements.lifecycle import AgreementState, PromiseState
from recobro.agreements.tables import Agreement, Instalment, Promise
from recobro.cases.tables import Case
from recobro.debtors.tables import Debtor
from tenants.tables import Client
from tenants.work import Work

MOST = 200


def due_promises(work: Work) -> ScalarSelect[int]:
    """How many promises are due today or before and not yet kept."""
    return (
        select(func.count())
        .where(
            Promise.agency_id == work.agency_id,
            Promise.state == PromiseState.PENDING,
            Promise.due_on <= work.now().date(),
        )
        .scalar_subquery()
    )


def awaiting_approval(work: Work) -> ScalarSelect[int]:
    """How many agreements wait for somebody's approval, on the reader's side of the wall."""
    return (
        select(func.count())
        .where(Agreement.agency_id == work.agency_id, Agreement.state == AgreementState.AWAITING_APPROVAL)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class PromiseRow:
    """One promise as a list shows it."""

    id: UUID
    case_id: UUID
    case_number: str
    debtor: str
    client: str
    amount: Money
    paid: Money
    due_on: date
    state: str
    made_by: str


@dataclass(frozen=True)
class AgreementRow:
    """One agreement as a list shows it; `next_due` is its first unpaid instalment."""

    id: UUID
    number: str
    case_id: UUID
    case_number: str
    debtor: str
    client: str
    state: str
    balance: Money
    discount: Money
    total: Money
    discount_bp: int
    paid: Money
    parts: int
    first_due: date | None
    last_due: date | None
    next_due: date | None
    next_amount: Money | None
    offered_by: str
    created_at: datetime
    reasons: Sequence[dict[str, Any]] = ()


def promises(work: Work, *, state: str = "", case_id: UUID | None = None) -> list[PromiseRow]:
    """Promises by their day, the nearest first; of one state or one case when asked."""
    query = (
        select(Promise, Case.number, Debtor.name, Client.name)
        .join(Case, and_(Case.agency_id == Promise.agency_id, Case.id == Promise.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .join(Client, and_(Client.agency_id == Case.agency_id, Client.id == Case.client_id))
        .where(Promise.agency_id == work.agency_id)
    )
    if state:
        query = query.where(Promise.state == state)
    if case_id:
        query = query.where(Promise.case_id == case_id)
    order = Promise.due_on if state == "pending" else Promise.due_on.desc()
    return [
        PromiseRow(
            p.id, p.case_id, number, debtor, client, Money(p.amount, p.currency), Money(p.paid, p.currency),
            p.due_on, p.state, p.made_by,
        )
        for p, number, debtor, client in work.session.execute(query.order_by(order, Promise.id).limit(MOST))
    ]  # fmt: skip


def agreements(work: Work, *, states: Sequence[AgreementState] = (), case_id: UUID | None = None) -> list[AgreementRow]:
    """Agreements, the newest first; of some states or one case when asked."""
    query = (
        select(Agreement, Case.number, Debtor.name, Client.name)
        .join(Case, and_(Case.agency_id == Agreement.agency_id, Case.id == Agreement.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .join(Client, and_(Client.agency_id == Case.agency_id, Client.id == Case.client_id))
        .where(Agreement.agency_id == work.agency_id)
    )
    if states:
        query = query.where(Agreement.state.in_([state.value for state in states]))
    if case_id:
        query = query.where(Agreement.case_id == case_id)
    found = work.session.execute(query.order_by(Agreement.created_at.desc(), Agreement.id).limit(MOST)).all()
    parts = _parts(work, [a.id for a, *_ in found])
    return [_row(a, number, debtor, client, parts.get(a.id, [])) for a, number, debtor, client in found]


def _parts(work: Work, ids: Sequence[UUID]) -> dict[UUID, list[Instalment]]:
    found: dict[UUID, list[Instalment]] = {}
    if not ids:
        return found
    for part in work.session.scalars(
        select(Instalment)
        .where(Instalment.agency_id == work.agency_id, Instalment.agreement_id.in_(ids))
        .order_by(Instalment.position)
    ):
        found.setdefault(part.agreement_id, []).append(part)
    return found


def _row(a: Agreement, number: str, debtor: str, client: str, parts: list[Instalment]) -> AgreementRow:
    unpaid = next((part for part in parts if part.paid < part.amount), None)
    return AgreementRow(
        id=a.id,
        number=a.number,
        case_id=a.case_id,
        case_number=number,
        debtor=debtor,
        client=client,
        state=a.state,
        balance=Money(a.balance, a.currency),
        discount=Money(a.discount, a.currency),
        total=Money(a.total, a.currency),
        discount_bp=a.discount_bp,
        paid=Money(sum(part.paid for part in parts), a.currency),
        parts=len(parts),
        first_due=parts[0].due_on if parts else None,
        last_due=parts[-1].due_on if parts else None,
        next_due=unpaid.due_on if unpaid else None,
        next_amount=Money(unpaid.amount - unpaid.paid, a.currency) if unpaid else None,
        offered_by=a.offered_by,
        created_at=a.created_at,
        reasons=a.approval_reasons,
    )


def counts(work: Work) -> dict[str, int]:
    """How many agreements there are by state."""
    rows = work.session.execute(
        select(Agreement.state, func.count()).where(Agreement.agency_id == work.agency_id).group_by(Agreement.state)
    )
    return {state: count for state, count in rows}  # noqa: C416


def promise_counts(work: Work) -> dict[str, int]:
    """How many promises there are by state."""
    rows = work.session.execute(
        select(Promise.state, func.count()).where(Promise.agency_id == work.agency_id).group_by(Promise.state)
    )
    return {state: count for state, count in rows}  # noqa: C416
