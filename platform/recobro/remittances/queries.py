"""Lists of remittances, and everything one statement is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select

from kernel.money import Money
from recobro.cases.tables import Case
from recobro.commissions.tables import CommissionLine
from recobro.debtors.tables import Debtor
from recobro.ledger.tables import LedgerEntry
from recobro.payments.tables import Payment
from recobro.remittances.tables import Remittance, RemittanceEntry
from tenants.tables import Client
from tenants.work import Work


@dataclass(frozen=True)
class RemittanceRow:
    """One statement as a list shows it."""

    id: UUID
    number: str
    client: str
    client_id: UUID
    period_from: date
    period_to: date
    collected: Money
    fees: Money
    net: Money
    closing: Money
    state: str
    closed_at: datetime
    paid_on: date | None
    pdf_file_id: UUID | None
    xlsx_file_id: UUID | None
    csv_file_id: UUID | None


@dataclass(frozen=True)
class PaymentLine:
    """One payment (or its reversal) on a statement, with the commission lines of that very entry."""

    payment_id: UUID
    number: str
    on: date
    debtor: str
    case_number: str
    method: str
    direction: str
    reversal: bool
    amount: Money
    fees: Money
    lines: Sequence[CommissionLine]


@dataclass(frozen=True)
class MoveLine:
    """Anything else on a statement: a cost, a transfer of before, an offset."""

    kind: str
    on: date
    details: dict[str, object]
    change: Money


def remittances(work: Work, *, client_id: UUID | None = None, limit: int = 200) -> list[RemittanceRow]:
    """Statements, the latest first; of one client when asked."""
    query = (
        select(Remittance, Client.name)
        .join(Client, and_(Client.agency_id == Remittance.agency_id, Client.id == Remittance.client_id))
        .where(Remittance.agency_id == work.agency_id)
    )
    if client_id:
        query = query.where(Remittance.client_id == client_id)
    found = work.session.execute(query.order_by(Remittance.period_to.desc(), Remittance.number.desc()).limit(limit))
    return [_row(remittance, client) for remittance, client in found]


def shown_state(remittance: Remittance) -> str:
    """Its state as it is told: `nothing` while it is closed and there is nothing to pay over or to set off."""
    idle = remittance.state == "closed" and not remittance.net and not remittance.offset_amount
    return "nothing" if idle else remittance.state


def _row(r: Remittance, client: str) -> RemittanceRow:
    def money(minor: int) -> Money:
        return Money(minor, r.currency)

    return RemittanceRow(
        r.id, r.number, client, r.client_id, r.period_from, r.period_to, money(r.collected),
        money(r.commission + r.tax), money(r.net), money(r.closing), shown_state(r), r.closed_at, r.paid_on,
        r.pdf_file_id, r.xlsx_file_id, r.csv_file_id,
    )  # fmt: skip


def payment_lines(work: Work, remittance: Remittance) -> list[PaymentLine]:
    """The payments and reversals on a statement, by day, each with its commission lines."""
    rows = work.session.execute(
        select(LedgerEntry, Payment, Case.number, Debtor.name)
        .join(RemittanceEntry, and_(RemittanceEntry.agency_id == LedgerEntry.agency_id,
                                    RemittanceEntry.entry_id == LedgerEntry.id))
        .join(Payment, and_(Payment.agency_id == LedgerEntry.agency_id,
                            (Payment.entry_id == LedgerEntry.id) | (Payment.reversal_entry_id == LedgerEntry.id)))
        .join(Case, and_(Case.agency_id == Payment.agency_id, Case.id == Payment.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(RemittanceEntry.agency_id == work.agency_id, RemittanceEntry.remittance_id == remittance.id)
        .order_by(LedgerEntry.on, Payment.number, LedgerEntry.id)
    ).all()  # fmt: skip
    lines = _commission_lines(work, [entry.id for entry, *_ in rows])
    found = []
    for entry, payment, number, debtor in rows:
        sign = -1 if entry.reverses else 1
        own = lines.get(entry.id, [])
        fees = sum(line.commission + line.tax for line in own)
        found.append(
            PaymentLine(
                payment.id, payment.number, entry.on, debtor, number, payment.method, payment.direction,
                bool(entry.reverses), Money(sign * payment.applied, payment.currency),
                Money(fees, payment.currency), own,
            )
        )  # fmt: skip
    return found


def _commission_lines(work: Work, entry_ids: Sequence[UUID]) -> dict[UUID, list[CommissionLine]]:
    found: dict[UUID, list[CommissionLine]] = {}
    if entry_ids:
        for line in work.session.scalars(
            select(CommissionLine)
            .where(CommissionLine.agency_id == work.agency_id, CommissionLine.entry_id.in_(entry_ids))
            .order_by(CommissionLine.entry_id, CommissionLine.position)
        ):
            found.setdefault(line.entry_id, []).append(line)
    return found
