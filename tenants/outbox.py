"""What has to happen after this transaction, written inside it.

A feature adds a row; the relay rings the queue; `once` runs the job and marks the row in the same transaction as the
effect. PostgreSQL is the truth and the queue only a bell: losing Redis loses nothing, and a change that was rolled
back rings nobody.
Payloads hold identifiers and plain values, never personal data.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.ids import new_id
from tenants.columns import WHOLE_AGENCY, AgencyOwned, Base, Walls, agency_table


class OutboxRow(AgencyOwned, Base):
    """One thing to do, once. `name` is `feature.verb`, as the worker's registry knows it."""

    __tablename__ = "outbox"
    __walls__ = Walls(
        staff="riu",
        client="i",
        client_by=WHOLE_AGENCY,
        counsel="i",
        counsel_by=WHOLE_AGENCY,
        debtor="i",
        debtor_by=WHOLE_AGENCY,
        door="i",
        system="riud",
    )
    __table_args__ = agency_table(
        CheckConstraint("state IN ('waiting', 'rung', 'done', 'dead')", name="state"),
        # Per agency, so that the relay can take turns without reading a big agency's whole backlog.
        Index("ix_outbox__due", "agency_id", "state", "available_at", postgresql_where=text("state <> 'done'")),
    )

    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    # How many attempts there were when the job last said that a part of it is done for good.
    advanced: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    rung_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class JobRun(AgencyOwned, Base):
    """That an outbox row has had its effect: inserted in the same transaction, so at most once."""

    __tablename__ = "job_runs"
    __walls__ = Walls(staff="ri", system="rd")
    __table_args__ = agency_table()

    ran_at: Mapped[datetime]


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def outbox_row(
    agency_id: UUID, name: str, payload: dict[str, object], *, now: datetime, at: datetime | None
) -> OutboxRow:
    """A row for the outbox; `now` and `at` are real time (jobs wait for the machine's clock, not a sandbox's)."""
    plain = {key: _plain(value) for key, value in payload.items()}
    return OutboxRow(agency_id=agency_id, id=new_id(), name=name, payload=plain, created_at=now, available_at=at or now)


# How long a job that says it is alive is left alone after that.
BEAT = timedelta(seconds=150)


def row_alive(session: Session, agency_id: UUID, row_id: str, now: datetime, *, advanced: bool) -> None:
    """Let the lease of a running job's row end a while from now; nothing when `row_id` is no running row's."""
    try:
        wanted = UUID(row_id)
    except ValueError:
        return
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.agency_id == agency_id, OutboxRow.id == wanted, OutboxRow.state == "rung")
        .values(available_at=now + BEAT, **({"advanced": OutboxRow.attempts} if advanced else {}))
    )
