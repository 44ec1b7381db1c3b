"""What the page of consents shows of a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.problems import NotFound
from kernel.text import msg
from legal.records import consents, disputes
from legal.records.ledger import Standing, living, standing
from legal.records.tables import ConsentEvent, Dispute, ValidationNotice
from recobro.cases import queries as cases
from recobro.cases.tables import Case
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.notices.tables import Notice
from tenants.tables import File
from tenants.work import Work


@dataclass(frozen=True)
class Ledger:
    """A debtor's ledger, what it comes to today, and the contact points it names."""

    rows: Sequence[ConsentEvent]
    standing: Standing
    lawyer: Mapping[str, Any]
    points: Mapping[UUID, ContactPoint]
    today: date
    zone: ZoneInfo


def ledger(work: Work, case: Case) -> Ledger:
    """The ledger of a case's debtor."""
    told = work.session.scalar(
        select(Debtor.time_zone).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    )
    zone = ZoneInfo(told or "UTC")
    today = work.today(zone)
    rows = consents.ledger(work, case.debtor_id)
    holding = consents.holding(rows, today)
    lawyers = [row for row in living(holding) if row.kind == "lawyer"]
    return Ledger(
        rows=rows,
        standing=standing(holding, zone),
        lawyer=lawyers[-1].details if lawyers else {},
        points={point.id: point for point in cases.contact_points(work, case.debtor_id)},
        today=today,
        zone=zone,
    )


def disputes_of(work: Work, case_id: UUID) -> Sequence[Dispute]:
    """The case's disputes, the newest first."""
    return list(reversed(disputes.disputes_of(work, [case_id])))


def validation_of(work: Work, case_id: UUID) -> Sequence[ValidationNotice]:
    """The validation notices of a case, the newest first."""
    return list(reversed(disputes.notices_of(work, [case_id])))


def sent_notices(work: Work, case_id: UUID) -> Sequence[Notice]:
    """The notices of a case that went out, the newest first: one of them may be the validation notice."""
    return work.session.scalars(
        select(Notice)
        .where(
            Notice.agency_id == work.agency_id,
            Notice.case_id == case_id,
            Notice.state.in_(["sent", "delivered", "printed"]),
        )
        .order_by(Notice.queued_at.desc())
        .limit(50)
    ).all()


def evidence_file(work: Work, case_id: UUID, file_id: UUID) -> File:
    """A document of this very case; any other is not found."""
    row = work.session.scalar(
        select(File).where(File.agency_id == work.agency_id, File.id == file_id, File.case_id == case_id)
    )
    if row is None:
        raise NotFound(msg("Ese archivo no existe o no es tuyo."))
    return row
