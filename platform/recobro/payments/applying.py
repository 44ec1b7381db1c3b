"""What cases owe by component, and taking payments off it or putting them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.money import Money
from legal.rules.facts import Component
from legal.rules.money.allocation import Due
from recobro.cases.tables import Debt, DebtComponent
from recobro.payments.tables import Payment, PaymentAllocation
from tenants.work import Work


@dataclass(frozen=True)
class OpenDebt:
    """A debt that still owes something: what a commission may depend on."""

    reference: str
    kind: str
    due_on: date
    placed_on: date


@dataclass(frozen=True)
class Owing:
    """What one case still owes: by component and currency, and its open debts by id."""

    dues: Sequence[Due]
    debts: Mapping[str, OpenDebt]

    def within(self, currency: str) -> list[Due]:
        """What is owed in one currency."""
        return [due for due in self.dues if due.amount.currency == currency]


def owing_of(work: Work, zones: Mapping[UUID, ZoneInfo]) -> dict[UUID, Owing]:
    """What some cases still owe, locked, the oldest first; `zones` says where each case's debtor lives."""
    rows = work.session.execute(
        select(
            Debt.case_id,
            Debt.id,
            Debt.reference,
            Debt.kind,
            Debt.due_on,
            Debt.created_at,
            Debt.currency,
            DebtComponent.kind,
            DebtComponent.owed,
        )
        .join(DebtComponent, (DebtComponent.agency_id == Debt.agency_id) & (DebtComponent.debt_id == Debt.id))
        .where(
            Debt.agency_id == work.agency_id,
            Debt.case_id.in_(list(zones)),
            Debt.state == "open",
            DebtComponent.owed > 0,
        )
        .order_by(Debt.due_on, Debt.reference, Debt.id, DebtComponent.kind)
        .with_for_update()
    )
    dues: dict[UUID, list[Due]] = {case_id: [] for case_id in zones}
    debts: dict[UUID, dict[str, OpenDebt]] = {case_id: {} for case_id in zones}
    for case_id, debt_id, reference, kind, due_on, created_at, currency, component, owed in rows:
        dues[case_id].append(Due(str(debt_id), Component(component), Money(owed, currency), due_on))
        placed_on = created_at.astimezone(zones[case_id]).date()
        debts[case_id][str(debt_id)] = OpenDebt(reference, kind, due_on, placed_on)
    return {case_id: Owing(dues[case_id], debts[case_id]) for case_id in zones}


@dataclass(frozen=True)
class Share:
    """What of a payment goes to one component of one debt, in minor units."""

    payment: Payment
    debt_id: UUID
    component: str
    amount: int


# Components and their debts in one statement; negative amounts put back. A debt is what its components are.
_CHANGE = """
WITH paid AS (
  SELECT * FROM unnest(CAST(:debts AS uuid[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]))
    AS u (debt_id, kind, amount)
), parts AS (
  UPDATE debt_components c SET owed = c.owed - p.amount
  FROM (SELECT debt_id, kind, sum(amount) AS amount FROM paid GROUP BY debt_id, kind) p
  WHERE c.agency_id = :agency AND c.debt_id = p.debt_id AND c.kind = p.kind
), whole AS (
  UPDATE debts d SET balance = d.balance - s.amount,
    state = CASE WHEN d.state = 'recalled' THEN d.state WHEN d.balance > s.amount THEN 'open'
            WHEN d.state = 'settled' THEN d.state ELSE 'paid' END
  FROM (SELECT debt_id, sum(amount) AS amount FROM paid GROUP BY debt_id) s
  WHERE d.agency_id = :agency AND d.id = s.debt_id
)
"""
_APPLY = (
    _CHANGE
    + """
INSERT INTO payment_allocations (agency_id, client_id, id, payment_id, case_id, debt_id, component, amount)
SELECT :agency, n.client_id, n.id, n.payment_id, n.case_id, n.debt_id, n.kind, n.amount
FROM unnest(CAST(:ids AS uuid[]), CAST(:clients AS uuid[]), CAST(:payments AS uuid[]), CAST(:cases AS uuid[]),
  CAST(:debts AS uuid[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]))
  AS n (id, client_id, payment_id, case_id, debt_id, kind, amount)
"""
)
_PUT_BACK = _CHANGE + "SELECT"


def apply_shares(work: Work, shares: Sequence[Share]) -> None:
    """Take payments off what is owed, and keep what went where."""
    if not shares:
        return
    more = {
        "ids": [new_id() for _ in shares],
        "clients": [share.payment.client_id for share in shares],
        "payments": [share.payment.id for share in shares],
        "cases": [share.payment.case_id for share in shares],
    }
    parts = [(share.debt_id, share.component, share.amount) for share in shares]
    _change(work, _APPLY, parts, more)


def put_back(work: Work, payment_id: UUID) -> None:
    """Let a payment's debts owe again what it had paid."""
    parts = [(item.debt_id, item.component, -item.amount) for item in allocations_of(work, payment_id)]
    if parts:
        _change(work, _PUT_BACK, parts, {})


def _change(
    work: Work, statement: str, parts: Sequence[tuple[UUID, str, int]], more: Mapping[str, Sequence[Any]]
) -> None:
    given = {
        "agency": work.agency_id,
        "debts": [debt_id for debt_id, _, _ in parts],
        "kinds": [kind for _, kind, _ in parts],
        "amounts": [amount for _, _, amount in parts],
    }
    work.session.execute(text(statement), {**given, **more})
    for row in work.session.identity_map.values():
        if isinstance(row, Debt | DebtComponent):
            work.session.expire(row)


def allocations_of(work: Work, payment_id: UUID) -> Sequence[PaymentAllocation]:
    """What a payment paid, in the order it was applied."""
    return work.session.scalars(
        select(PaymentAllocation)
        .where(PaymentAllocation.agency_id == work.agency_id, PaymentAllocation.payment_id == payment_id)
        .order_by(PaymentAllocation.id)
    ).all()
