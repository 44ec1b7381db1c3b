"""The same jobs without a queue: runs what is due in this very process, through the same `once`.

For tests, stories, the demo and the command line. Workers may run beside it; no row is done twice.
"""

from collections.abc import Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from kernel.clock import Clock, SystemClock
from tenants.outbox import OutboxRow
from tenants.work import standing_clock, system_work
from worker import once, schedule
from worker.schedule import PERIODIC, Periodic


@dataclass(frozen=True)
class Pending:
    """What came of running what was pending: how many rows were done, failed for now, or died."""

    done: int = 0
    failed: int = 0
    dead: int = 0


def run_pending(
    agency_id: UUID | None = None,
    *,
    limit: int = 10_000,
    clock: Clock | None = None,
    early: bool = False,
    raising: bool = True,
    leaving: Collection[str] = (),
) -> Pending:
    """Run due outbox rows, and those they add, in the order they were written, until none is left or `limit` ran.

    `clock` is the time the jobs tell; `early` runs rows that wait for a later instant too; with `raising` the first
    failure rises, otherwise it is noted and left for another time. Jobs named in `leaving` stay for somebody else.
    """
    counts = dict.fromkeys(once.Ran, 0)
    left: set[UUID] = set()
    with standing_clock(clock) if clock else nullcontext():
        while rows := _due(
            agency_id, early=early, limit=min(500, limit - sum(counts.values())), without=left, leaving=leaving
        ):
            for owner, outbox_id in rows:
                ran = once.run(owner, outbox_id, early=early, raising=raising)
                counts[ran] += 1
                if ran is not once.Ran.DONE:
                    left.add(outbox_id)
    return Pending(counts[once.Ran.DONE], counts[once.Ran.FAILED], counts[once.Ran.DEAD])


def tick_and_run(
    agency_id: UUID,
    *,
    clock: Clock | None = None,
    jobs: Iterable[Periodic] = PERIODIC,
    raising: bool = True,
    leaving: Collection[str] = (),
) -> Pending:
    """What a scheduler and workers would do for an agency at this moment of its clock: periodic jobs, then all rows."""
    with standing_clock(clock) if clock else nullcontext():
        schedule.tick(agency_id, jobs=jobs)
    return run_pending(agency_id, clock=clock, early=True, raising=raising, leaving=leaving)


def waiting(agency_id: UUID, names: Collection[str]) -> list[UUID]:
    """The agency's outbox rows of these names that nobody has begun, in the order they were written."""
    query = (
        select(OutboxRow.id)
        .where(OutboxRow.agency_id == agency_id, OutboxRow.state == "waiting", OutboxRow.name.in_(names))
        .order_by(OutboxRow.created_at, OutboxRow.id)
    )
    with system_work(reason="find waiting jobs") as work:
        return list(work.session.scalars(query))


def _due(
    agency_id: UUID | None, *, early: bool, limit: int, without: set[UUID], leaving: Collection[str]
) -> list[tuple[UUID, UUID]]:
    now: datetime = SystemClock().now()
    query = (
        select(OutboxRow.agency_id, OutboxRow.id)
        .where(OutboxRow.state == "waiting")
        .order_by(OutboxRow.created_at, OutboxRow.id)
        .limit(limit + len(without))
    )
    if agency_id is not None:
        query = query.where(OutboxRow.agency_id == agency_id)
    if leaving:
        query = query.where(OutboxRow.name.not_in(leaving))
    if not early:
        query = query.where(OutboxRow.available_at <= now)
    with system_work(reason="run pending jobs") as work:
        found = [(owner, outbox_id) for owner, outbox_id in work.session.execute(query)]
    return [row for row in found if row[1] not in without][:limit]
