"""What one share of the overview is made of: the cases handed over in a month, and what came in from each by an age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, select

from kernel.money import Money
from recobro.cases.tables import Case, Debt
from recobro.debtors.tables import Debtor
from recobro.payments.lifecycle import PaymentState
from recobro.payments.tables import Payment, PaymentAllocation
from tenants.tables import Client
from tenants.work import Work


@dataclass(frozen=True)
class CohortRow:
    """One case of a cohort: what was handed over that month, and what of it came in by the age."""

    case_id: UUID
    case_number: str
    debtor: str
    placed: Money
    recovered: Money


@dataclass(frozen=True)
class CohortShare:
    """The cases of a cohort with their sums; `share` is of 1, None when nothing was handed over."""

    rows: Sequence[CohortRow]
    placed: Money
    recovered: Money

    @property
    def share(self) -> Decimal | None:
        """What came in of what was handed over."""
        return Decimal(self.recovered.minor) / self.placed.minor if self.placed else None


def cohort(work: Work, client: Client, *, month: date, days: int, currency: str) -> CohortShare:
    """The cases handed over in a month (its first day), and what came in within `days` of each debt's arrival."""
    placed_on = cast(func.timezone(client.time_zone, Debt.created_at), Date)
    mine = (
        Debt.agency_id == work.agency_id,
        Debt.client_id == client.id,
        Debt.state != "recalled",
        Debt.currency == currency,
        cast(func.date_trunc("month", placed_on), Date) == month,
    )
    placed = work.session.execute(
        select(Case.id, Case.number, Debtor.name, func.sum(Debt.original))
        .join(Case, and_(Case.agency_id == Debt.agency_id, Case.id == Debt.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(*mine)
        .group_by(Case.id, Case.number, Debtor.name)
        .order_by(func.sum(Debt.original).desc(), Case.number)
    ).all()
    came_in = {
        case_id: int(amount)
        for case_id, amount in work.session.execute(
            select(Debt.case_id, func.sum(PaymentAllocation.amount))
            .join(
                PaymentAllocation,
                and_(PaymentAllocation.agency_id == Debt.agency_id, PaymentAllocation.debt_id == Debt.id),
            )
            .join(Payment, and_(Payment.agency_id == Debt.agency_id, Payment.id == PaymentAllocation.payment_id))
            .where(*mine, Payment.state == PaymentState.POSTED.value, Payment.received_on - placed_on <= days)
            .group_by(Debt.case_id)
        )
    }
    rows = [
        CohortRow(case_id, number, name, Money(int(amount), currency), Money(came_in.get(case_id, 0), currency))
        for case_id, number, name, amount in placed
    ]
    none = Money.zero(currency)
    return CohortShare(rows, sum((row.placed for row in rows), none), sum((row.recovered for row in rows), none))
