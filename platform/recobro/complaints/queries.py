"""Lists of complaints, one complaint's page, and what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, case, func, literal, or_, select, tuple_

from kernel.pages import Cursor, Page
from recobro.cases.tables import Case
from recobro.complaints.rules import NEAR_DAYS
from recobro.complaints.tables import Complaint, ComplaintEvent
from recobro.debtors.tables import Debtor
from tenants.tables import Client
from tenants.work import Work

PAGE = 50
_NEVER = date(9999, 12, 31)
_RANKS = {"open": 0, "answered": 1, "closed": 2}


@dataclass(frozen=True)
class ComplaintFilter:
    """What a list shows; empty fields do not filter. `view`: open (all that are not closed), urgent, answered, closed,
    all."""

    view: str = "open"
    client: UUID | None = None
    regulator: str = ""
    topic: str = ""
    text: str = ""
    after: str = ""


@dataclass(frozen=True)
class ComplaintRow:
    """One complaint as a list shows it."""

    complaint: Complaint
    debtor: str
    client: str
    case_number: str


def urgent(work: Work) -> ScalarSelect[int]:
    """How many complaints wait for an answer that is due within days, is late, or has no day yet."""
    return (
        select(func.count()).where(Complaint.agency_id == work.agency_id, *_urgent(work.now().date())).scalar_subquery()
    )


def _urgent(today: date) -> tuple[Any, ...]:
    near = today + timedelta(days=NEAR_DAYS)
    return Complaint.state == "open", or_(Complaint.due_on.is_(None), Complaint.due_on <= near)


def _conditions(work: Work, wanted: ComplaintFilter) -> list[Any]:
    views: Mapping[str, Sequence[Any]] = {
        "open": (Complaint.state != "closed",),
        "urgent": _urgent(work.now().date()),
        "answered": (Complaint.state == "answered",),
        "closed": (Complaint.state == "closed",),
    }
    found = list(views.get(wanted.view, ()))
    if wanted.client:
        found.append(Complaint.client_id == wanted.client)
    if wanted.regulator:
        found.append(Complaint.regulator == wanted.regulator)
    if wanted.topic:
        found.append(Complaint.topics.contains([wanted.topic]))
    if wanted.text.strip():
        text = f"%{wanted.text.strip().upper()}%"
        found.append(
            or_(
                Debtor.name_norm.like(text),
                func.upper(Complaint.number).like(text),
                func.upper(Complaint.reference).like(text),
            )
        )
    return found


def list_complaints(work: Work, wanted: ComplaintFilter, *, size: int = PAGE) -> Page[ComplaintRow]:
    """A page of complaints: those to be answered first, by the days that are left; continued by keyset."""
    conditions = _conditions(work, wanted)
    rank, due = case(_RANKS, value=Complaint.state), func.coalesce(Complaint.due_on, _NEVER)
    query = _rows(work).where(*conditions)
    if wanted.after:
        was, day, last = Cursor.decode(wanted.after).values
        key = (int(was or 0), date.fromisoformat(str(day)), UUID(str(last)))
        query = query.where(tuple_(rank, due, Complaint.id) > tuple_(*map(literal, key)))
    found = work.session.execute(query.order_by(rank, due, Complaint.id).limit(size + 1)).all()
    rows = [ComplaintRow(*row) for row in found[:size]]
    after = None
    if len(found) > size:
        end = rows[-1].complaint
        after = Cursor((_RANKS[end.state], (end.due_on or _NEVER).isoformat(), str(end.id))).encode()
    total = work.session.scalar(select(func.count()).select_from(_rows(work).where(*conditions).subquery()))
    return Page(rows, total, after)


def _rows(work: Work) -> Any:
    return (
        select(Complaint, Debtor.name, Client.name.label("client"), Case.number.label("case_number"))
        .join(Debtor, and_(Debtor.agency_id == Complaint.agency_id, Debtor.id == Complaint.debtor_id))
        .join(Client, and_(Client.agency_id == Complaint.agency_id, Client.id == Complaint.client_id))
        .join(Case, and_(Case.agency_id == Complaint.agency_id, Case.id == Complaint.case_id))
        .where(Complaint.agency_id == work.agency_id)
    )


def counts(work: Work) -> dict[str, int]:
    """How many complaints each view of the list has."""
    today = work.now().date()
    row = work.session.execute(
        select(
            func.count().filter(Complaint.state != "closed"),
            func.count().filter(*_urgent(today)),
            func.count().filter(Complaint.state == "answered"),
            func.count().filter(Complaint.state == "closed"),
            func.count(),
        ).where(Complaint.agency_id == work.agency_id)
    ).one()
    return dict(zip(("open", "urgent", "answered", "closed", "all"), row, strict=True))


def of_case(work: Work, case_id: UUID) -> Sequence[Complaint]:
    """A case's complaints, the newest first."""
    return work.session.scalars(
        select(Complaint)
        .where(Complaint.agency_id == work.agency_id, Complaint.case_id == case_id)
        .order_by(Complaint.received_on.desc(), Complaint.id.desc())
    ).all()


def history(work: Work, complaint_id: UUID) -> Sequence[ComplaintEvent]:
    """What happened to a complaint, the newest first."""
    return work.session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.agency_id == work.agency_id, ComplaintEvent.complaint_id == complaint_id)
        .order_by(ComplaintEvent.at.desc(), ComplaintEvent.id.desc())
    ).all()
