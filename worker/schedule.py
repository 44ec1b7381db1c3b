"""What happens by itself: a table of periodic jobs, each named in the outbox once per slot and agency.

A slot is an instant at which the job is due by the agency's own clock (a sandbox agency's can be moved). The row that
takes a slot and the outbox row are one transaction, so two schedulers never name it twice; after a pause only the
latest slot is taken, because these jobs do whatever is due by then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import SystemClock, day_at, instant_of
from kernel.ids import new_id
from recobro.faults import reach
from tenants.context import job_principal
from tenants.outbox import JobRun, OutboxRow, outbox_row
from tenants.tables import Agency, ScheduledRun
from tenants.work import Work, system_work, tenant_work
from worker import registry
from worker.loop import repeat

TICK_S = 20.0
KEEP = timedelta(days=30)
"""How long rows of finished jobs are kept."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Periodic:
    """A job that is due every so many minutes, or daily at an hour of the agency's own clock."""

    name: str
    every_minutes: int | None = None
    daily_at: time | None = None

    def __post_init__(self) -> None:
        if (self.every_minutes is None) == (self.daily_at is None):
            raise ValueError(f"{self.name}: either every_minutes or daily_at")


PERIODIC: Sequence[Periodic] = (
    Periodic("strategies.run", every_minutes=15),
    Periodic("intake.look_in_folders", every_minutes=1),
    Periodic("notices.release", every_minutes=5),
    Periodic("notices.reconcile", every_minutes=10),
    Periodic("payments.reconcile", every_minutes=10),
    Periodic("agreements.break_due", every_minutes=60),
    Periodic("cases.expire_flags", daily_at=time(1, 0)),
    Periodic("people.anchor_audit", daily_at=time(0, 30)),
)


def latest_slot(job: Periodic, now: datetime, zone: ZoneInfo) -> datetime:
    """The last instant (UTC) at which the job was due, by a clock that shows `now` in `zone`."""
    if job.every_minutes is not None:
        step = job.every_minutes * 60
        return datetime.fromtimestamp(int(now.timestamp()) // step * step, UTC)
    assert job.daily_at is not None
    today = day_at(now, zone)
    slot = _slot_on(today, job.daily_at, zone)
    return slot if slot <= now else _slot_on(today - timedelta(days=1), job.daily_at, zone)


def _slot_on(day: date, at: time, zone: ZoneInfo) -> datetime:
    return instant_of(day, zone, at.hour, at.minute)


def tick(agency_id: UUID | None = None, *, jobs: Iterable[Periodic] = PERIODIC) -> int:
    """Name what is due in every active agency (or one); how many jobs were named. One agency's trouble is its own."""
    named = 0
    table = tuple(jobs)
    for agency, zone in _agencies(agency_id):
        try:
            with tenant_work(job_principal(agency)) as work:
                named += _name_due(work, zone, table)
                reach("schedule.named")
        except Exception as error:
            log.error("schedule failed", agency_id=str(agency), exc_info=error)
    return named


def _agencies(agency_id: UUID | None) -> Sequence[tuple[UUID, ZoneInfo]]:
    query = select(Agency.agency_id, Agency.time_zone).where(Agency.status == "active").order_by(Agency.agency_id)
    if agency_id is not None:
        query = query.where(Agency.agency_id == agency_id)
    with system_work(reason="schedule") as work:
        return [(agency, ZoneInfo(zone)) for agency, zone in work.session.execute(query)]


def _name_due(work: Work, zone: ZoneInfo, table: Sequence[Periodic]) -> int:
    now, real = work.now(), SystemClock().now()
    slots = {job.name: latest_slot(job, now, zone) for job in table}
    query = select(ScheduledRun.name, ScheduledRun.due_at).where(
        ScheduledRun.agency_id == work.agency_id, ScheduledRun.due_at.in_(set(slots.values()))
    )
    taken = {(name, due_at) for name, due_at in work.session.execute(query)}
    named = 0
    for name, slot in slots.items():
        if (name, slot) in taken:
            continue
        row = outbox_row(work.agency_id, name, {}, now=real, at=None)
        statement = (
            insert(ScheduledRun)
            .values(agency_id=work.agency_id, id=new_id(), name=name, due_at=slot, outbox_id=row.id, created_at=real)
            .on_conflict_do_nothing(index_elements=["agency_id", "name", "due_at"])
            .returning(ScheduledRun.id)
        )
        # Nothing comes back when another scheduler took the slot in this very moment.
        if work.session.scalar(statement) is not None:
            work.add(row)
            named += 1
    return named


def sweep() -> int:
    """Remove rows of jobs finished long ago; how many."""
    before = SystemClock().now() - KEEP
    with system_work(reason="sweep finished jobs") as work:
        done = work.session.execute(
            delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.done_at < before).returning(OutboxRow.id)
        ).all()
        work.session.execute(delete(JobRun).where(JobRun.ran_at < before))
        work.session.execute(delete(ScheduledRun).where(ScheduledRun.created_at < before))
        return len(done)


def run() -> None:
    """Tick until SIGINT or SIGTERM; sweep now and then. RuntimeError when the table names a job nobody does."""
    registry.check(job.name for job in PERIODIC)
    last_sweep = SystemClock().now() - timedelta(days=1)

    def step() -> float:
        nonlocal last_sweep
        tick()
        if SystemClock().now() - last_sweep > timedelta(hours=1):
            sweep()
            last_sweep = SystemClock().now()
        return TICK_S

    repeat("cron", step, longest_rest_s=60.0)
