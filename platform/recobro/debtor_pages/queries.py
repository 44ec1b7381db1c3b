"""What a debtor sees of the own case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from legal.records.tables import ContactAttempt
from legal.rules.facts import Receiver
from recobro.agreements import service as agreements
from recobro.agreements.tables import Agreement, Instalment
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.clients.queries import receivers
from recobro.debtors.tables import Debtor
from recobro.payments.lifecycle import PaymentState
from recobro.payments.tables import Payment
from tenants.service import agency_of, client_by_id
from tenants.tables import Agency, Client, File
from tenants.work import Work


@dataclass(frozen=True)
class Face:
    """A case's public face: who owes whom what as of today, the offer or plan there is."""

    case: Case
    debtor: Debtor
    client: Client
    agency: Agency
    zone: ZoneInfo
    today: date
    balance: Money
    others: Sequence[Money]
    debts: Sequence[case_queries.DebtRow]
    oldest: date | None
    agreement: Agreement | None
    parts: Sequence[Instalment]
    pay_to: Receiver

    @property
    def runs(self) -> bool:
        """Whether a plan was signed and holds."""
        return self.agreement is not None and self.agreement.state in ("active", "accepted")

    @property
    def to_pay(self) -> Money:
        """All that may still be paid: what the running plan asks, else the balance."""
        left = sum(part.amount - part.paid for part in self.parts)
        return min(self.balance, Money(left, self.balance.currency)) if self.runs else self.balance

    @property
    def next_part(self) -> Instalment | None:
        """The first instalment that is not wholly paid."""
        return next((part for part in self.parts if part.paid < part.amount), None)


def face(work: Work, case_id: UUID) -> Face:
    """The public face of the principal's one case."""
    case = cases.open_case(work, case_id)
    debtor = work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()
    zone = ZoneInfo(debtor.time_zone)
    head = case_queries.head(work, case)
    agreement = agreements.live_agreement(work, case.id)
    return Face(
        case=case,
        debtor=debtor,
        client=client_by_id(work, case.client_id),
        agency=agency_of(work),
        zone=zone,
        today=work.today(zone),
        balance=Money(case.balance, case.currency),
        others=head.others,
        debts=case_queries.debts(work, case.id, only_open=True),
        oldest=case.oldest_due_on,
        agreement=agreement,
        parts=agreements.instalments_of(work, agreement.id) if agreement else (),
        pay_to=receivers(work, [case.client_id], work.today(zone))[case.client_id],
    )


def taken_back(work: Work, case_id: UUID) -> set[UUID]:
    """The receipts of a case whose payment was reversed: still to be had, and said so."""
    return {
        file_id
        for file_id in work.session.scalars(
            select(Payment.receipt_file_id).where(
                Payment.agency_id == work.agency_id, Payment.case_id == case_id, Payment.state == PaymentState.REVERSED
            )
        )
        if file_id is not None
    }


def contacts(work: Work, case_id: UUID, *, limit: int = 100) -> Sequence[ContactAttempt]:
    """Every time the agency wrote or called about a case, the newest first; what surely never left is none."""
    return work.session.scalars(
        select(ContactAttempt)
        .where(
            ContactAttempt.agency_id == work.agency_id,
            ContactAttempt.case_id == case_id,
            ContactAttempt.voided_at.is_(None),
        )
        .order_by(ContactAttempt.at.desc(), ContactAttempt.id)
        .limit(limit)
    ).all()


def documents(work: Work, case_id: UUID) -> Sequence[File]:
    """The documents a debtor may take: agreements, receipts, letters of settlement."""
    return work.session.scalars(
        select(File)
        .where(File.agency_id == work.agency_id, File.case_id == case_id, File.visibility == "debtor")
        .order_by(File.created_at.desc())
    ).all()
