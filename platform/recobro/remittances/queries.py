"""Lists of remittances, and everything one statement is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, text

from kernel.money import Money
from legal.matters.tables import Matter, MatterCost
from recobro.cases.tables import Case
from recobro.commissions.tables import CommissionLine
from recobro.debtors.tables import Debtor
from recobro.ledger.rules import ENTRY_LABELS, EntryKind
from recobro.ledger.tables import LedgerEntry
from recobro.payments.tables import Payment
from recobro.remittances.tables import Remittance, RemittanceEntry
from tenants.tables import Client
from tenants.work import Work


@dataclass(frozen=True)
class RemittanceRow:
    """One statement as a list shows it: `carried` (what was open from before, less what was transferred since) +
    `collected` - `fees` + `moved` (costs and the like) = `closing`."""

    id: UUID
    number: str
    client: str
    client_id: UUID
    period_from: date
    period_to: date
    carried: Money
    collected: Money
    fees: Money
    moved: Money
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
    direct: Money
    commission: Money
    tax: Money
    lines: Sequence[CommissionLine]

    @property
    def fees(self) -> Money:
        """Commission and its tax."""
        return self.commission + self.tax

    @property
    def change(self) -> Money:
        """What it adds to the statement: the amount, less what reached the client itself, less fees."""
        return self.amount - self.direct - self.fees


@dataclass(frozen=True)
class MoveLine:
    """Anything else that changes a statement: a matter's cost, the transfer of before, a correction. `title` is a `msg`
    sentence for `details`; case, debtor and matter are named where there is one."""

    kind: str
    on: date
    title: str
    details: Mapping[str, Any]
    debtor: str
    case_number: str
    matter: str
    change: Money


@dataclass(frozen=True)
class Activity:
    """All that stands on a statement between its opening and its closing."""

    payments: Sequence[PaymentLine]
    moves: Sequence[MoveLine]


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
        r.id, r.number, client, r.client_id, r.period_from, r.period_to, money(r.opening - r.paid_over),
        money(r.collected), money(r.commission + r.tax), money(r.other - r.costs), money(r.net),
        money(r.closing), shown_state(r), r.closed_at, r.paid_on, r.pdf_file_id, r.xlsx_file_id, r.csv_file_id,
    )  # fmt: skip


# A client sees the postings of its own accounts alone, which is all that is asked here.
_CHANGES = """
SELECT r.entry_id, coalesce(sum(-p.amount), 0)
FROM remittance_entries r
JOIN ledger_postings p ON p.agency_id = r.agency_id AND p.entry_id = r.entry_id AND p.currency = r.currency
JOIN ledger_accounts a ON a.agency_id = p.agency_id AND a.id = p.account_id AND a.client_id = r.client_id
WHERE r.agency_id = :agency AND r.remittance_id = :remittance
GROUP BY r.entry_id
"""


def activity(work: Work, remittance: Remittance) -> Activity:
    """Every line of a statement, by day: payments and reversals with their commission lines, and all other moves.

    What the lines change, added to the opening, is the closing to the cent.
    """
    rows = work.session.execute(text(_CHANGES), {"agency": work.agency_id, "remittance": remittance.id})
    changes = {entry_id: int(change) for entry_id, change in rows}
    return Activity(_payment_lines(work, remittance, changes), _move_lines(work, remittance, changes))


def _payment_lines(work: Work, remittance: Remittance, changes: Mapping[UUID, int]) -> list[PaymentLine]:
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
        own = lines.get(entry.id, [])
        amount = (-1 if entry.reverses else 1) * payment.applied
        commission, tax = sum(line.commission for line in own), sum(line.tax for line in own)
        direct = amount - commission - tax - changes.get(entry.id, 0)
        currency = payment.currency
        found.append(
            PaymentLine(
                payment.id, payment.number, entry.on, debtor, number, payment.method, payment.direction,
                bool(entry.reverses), Money(amount, currency), Money(direct, currency), Money(commission, currency),
                Money(tax, currency), own,
            )
        )  # fmt: skip
    return found


def _move_lines(work: Work, remittance: Remittance, changes: Mapping[UUID, int]) -> list[MoveLine]:
    rows = work.session.execute(
        select(LedgerEntry, Matter.number, Case.number, Debtor.name)
        .join(RemittanceEntry, and_(RemittanceEntry.agency_id == LedgerEntry.agency_id,
                                    RemittanceEntry.entry_id == LedgerEntry.id))
        .outerjoin(MatterCost, and_(MatterCost.agency_id == LedgerEntry.agency_id,
                                    LedgerEntry.ref_table == "matter_costs", MatterCost.id == LedgerEntry.ref_id))
        .outerjoin(Matter, and_(Matter.agency_id == MatterCost.agency_id, Matter.id == MatterCost.matter_id))
        .outerjoin(Case, and_(Case.agency_id == Matter.agency_id, Case.id == Matter.case_id))
        .outerjoin(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(
            RemittanceEntry.agency_id == work.agency_id,
            RemittanceEntry.remittance_id == remittance.id,
            LedgerEntry.kind.not_in([EntryKind.PAYMENT.value, EntryKind.PAYMENT_REVERSED.value]),
        )
        .order_by(LedgerEntry.on, LedgerEntry.id)
    ).all()  # fmt: skip
    return [
        MoveLine(
            entry.kind, entry.on, ENTRY_LABELS[EntryKind(entry.kind)], entry.details, debtor or "", case_number or "",
            matter or "", Money(changes[entry.id], remittance.currency),
        )
        for entry, matter, case_number, debtor in rows
        if changes.get(entry.id)
    ]  # fmt: skip


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
