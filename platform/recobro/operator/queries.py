"""The agencies and the jobs of the whole platform: counts and names, never a debtor's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenants.outbox import OutboxRow
from tenants.tables import Agency, Membership
from tenants.work import SystemWork

STATES = ("waiting", "rung", "dead")
SHOWN = 100


@dataclass(frozen=True)
class AgencyRow:
    """One agency and how it does."""

    agency_id: UUID
    slug: str
    name: str
    country: str
    sandbox: bool
    active: bool
    created_at: datetime
    people: int
    waiting: int
    dead: int


def agencies(work: SystemWork) -> Sequence[AgencyRow]:
    """Every agency, by name, with how many people it has and how many jobs wait or are dead."""
    people = {
        row[0]: row[1]
        for row in work.session.execute(
            select(Membership.agency_id, func.count())
            .where(Membership.status == "active")
            .group_by(Membership.agency_id)
        )
    }
    jobs = {
        agency_id: (waiting, dead)
        for agency_id, waiting, dead in work.session.execute(
            select(
                OutboxRow.agency_id,
                func.count().filter(OutboxRow.state != "dead"),
                func.count().filter(OutboxRow.state == "dead"),
            )
            .where(OutboxRow.state.in_(STATES))
            .group_by(OutboxRow.agency_id)
        )
    }
    return [
        AgencyRow(
            agency_id=row.agency_id, slug=row.slug, name=row.name, country=row.country, sandbox=row.sandbox,
            active=row.status == "active", created_at=row.created_at, people=people.get(row.agency_id, 0),
            waiting=jobs.get(row.agency_id, (0, 0))[0], dead=jobs.get(row.agency_id, (0, 0))[1],
        )
        for row in work.session.scalars(select(Agency).order_by(Agency.name, Agency.agency_id))
    ]  # fmt: skip


@dataclass(frozen=True)
class JobCount:
    """How many jobs of one name wait for one agency, and since when."""

    agency: str
    name: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class DeadJob:
    """A job that was given up. `fault` is the kind of error alone: its text may name a debtor."""

    agency_id: UUID
    id: UUID
    agency: str
    name: str
    attempts: int
    created_at: datetime
    fault: str


def waiting(work: SystemWork) -> Sequence[JobCount]:
    """What waits, by agency and job, the oldest first."""
    oldest = func.min(OutboxRow.available_at)
    rows = work.session.execute(
        select(Agency.name, OutboxRow.name, OutboxRow.state, func.count(), oldest)
        .join(Agency, Agency.agency_id == OutboxRow.agency_id)
        .where(OutboxRow.state.in_(("waiting", "rung")))
        .group_by(Agency.name, OutboxRow.name, OutboxRow.state)
        .order_by(oldest)
    )
    return [JobCount(*row) for row in rows]


def dead(work: SystemWork) -> Sequence[DeadJob]:
    """The jobs that were given up, the newest first; a hundred at most."""
    rows = work.session.execute(
        select(OutboxRow, Agency.name)
        .join(Agency, Agency.agency_id == OutboxRow.agency_id)
        .where(OutboxRow.state == "dead")
        .order_by(OutboxRow.created_at.desc(), OutboxRow.id)
        .limit(SHOWN)
    )
    return [
        DeadJob(row.agency_id, row.id, agency, row.name, row.attempts, row.created_at,
                (row.last_error or "").partition(":")[0])
        for row, agency in rows
    ]  # fmt: skip
