"""What was open and overdue at the end of any day, past ones too: from the debts and the payments that count for it.

Open at a day: issued by then and not settled by then. Overdue: open and due before that day; a debt due on the very day
is not yet overdue. A payment counts from its own day, however late it was recorded, until the day it was reversed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from kernel.money import Money
from tenants.work import Work

BUCKETS = ((1, 15), (16, 30), (31, 45), (46, 60), (61, 90), (91, None))


@dataclass(frozen=True)
class Bucket:
    """Debts overdue for between so many days, both included; no end means and more."""

    start: int
    end: int | None
    count: int
    amount: Money


@dataclass(frozen=True)
class Ageing:
    """Open and overdue debts in one currency at the end of a day."""

    day: date
    open_count: int
    open: Money
    overdue_count: int
    overdue: Money
    debtors_overdue: int
    buckets: Sequence[Bucket]


def open_at(
    work: Work,
    day: date,
    *,
    client_id: UUID | None = None,
    buckets: Sequence[tuple[int, int | None]] = BUCKETS,
) -> list[Ageing]:
    """The ageing at the end of a day, per currency; one client's or all of them."""
    rows = work.session.execute(text(_OPEN), {"agency": work.agency_id, "day": day, "client": client_id}).all()
    by_currency: dict[str, list[tuple[UUID, int, int]]] = {}
    for currency, debtor_id, late, owing in rows:
        by_currency.setdefault(currency, []).append((debtor_id, late, int(owing)))
    return [_ageing(day, currency, found, buckets) for currency, found in sorted(by_currency.items())]


def _ageing(
    day: date, currency: str, debts: Sequence[tuple[UUID, int, int]], buckets: Sequence[tuple[int, int | None]]
) -> Ageing:
    late = [debt for debt in debts if debt[1] > 0]

    def bucket(start: int, end: int | None) -> Bucket:
        inside = [owing for _, days, owing in late if days >= start and (end is None or days <= end)]
        return Bucket(start, end, len(inside), Money(sum(inside), currency))

    return Ageing(
        day=day,
        open_count=len(debts),
        open=Money(sum(owing for _, _, owing in debts), currency),
        overdue_count=len(late),
        overdue=Money(sum(owing for _, _, owing in late), currency),
        debtors_overdue=len({debtor_id for debtor_id, _, _ in late}),
        buckets=[bucket(start, end) for start, end in buckets],
    )


_OPEN = """
WITH paid AS (
  SELECT a.debt_id, sum(a.amount) AS amount
  FROM payment_allocations a JOIN payments p ON p.agency_id = a.agency_id AND p.id = a.payment_id
  WHERE a.agency_id = :agency AND p.received_on <= :day AND (p.reversed_on IS NULL OR p.reversed_on > :day)
  GROUP BY a.debt_id
), charged AS (
  SELECT c.debt_id, sum(c.charged - c.forgiven) AS amount FROM debt_components c WHERE c.agency_id = :agency
  GROUP BY c.debt_id
)
SELECT d.currency, d.debtor_id, CAST(:day AS date) - d.due_on AS late, c.amount - coalesce(p.amount, 0) AS owing
FROM debts d JOIN charged c ON c.debt_id = d.id LEFT JOIN paid p ON p.debt_id = d.id
WHERE d.agency_id = :agency AND (CAST(:client AS uuid) IS NULL OR d.client_id = :client)
  AND d.state <> 'recalled' AND coalesce(d.issued_on, d.due_on) <= :day AND c.amount > coalesce(p.amount, 0)
"""
