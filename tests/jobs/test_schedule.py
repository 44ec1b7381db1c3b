"""What happens by itself happens once per slot, by the agency's own clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from kernel.clock import ManualClock, SystemClock
from tenants.outbox import OutboxRow
from tenants.service import set_clock
from tenants.work import standing_clock, system_work
from tests.support.world import World, make_world
from worker import schedule
from worker.registry import check
from worker.schedule import PERIODIC, Periodic, latest_slot

MEXICO = ZoneInfo("America/Mexico_City")
MADRID = ZoneInfo("Europe/Madrid")
OFTEN = Periodic("tests.often", every_minutes=15)
DAILY = Periodic("tests.daily", daily_at=time(6, 30))


def named(world: World, name: str) -> int:
    with world.work() as work:
        return work.session.scalars(
            select(func.count()).where(OutboxRow.agency_id == world.agency_id, OutboxRow.name == name)
        ).one()


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-11-20T12:29:59", "2026-11-19T12:30:00"),
        ("2026-11-20T12:30:00", "2026-11-20T12:30:00"),
        ("2026-11-21T03:00:00", "2026-11-20T12:30:00"),
    ],
)
def test_a_daily_job_is_due_at_the_agencys_own_hour(now: str, slot: str) -> None:
    found = latest_slot(DAILY, datetime.fromisoformat(now).replace(tzinfo=UTC), MEXICO)

    assert found == datetime.fromisoformat(slot).replace(tzinfo=UTC)


def test_a_daily_job_is_due_once_a_day_through_both_changes_of_the_clock() -> None:
    at = Periodic("tests.night", daily_at=time(2, 30))
    start = datetime(2026, 3, 27, tzinfo=UTC)
    slots = {latest_slot(at, start + timedelta(minutes=10 * n), MADRID) for n in range(6 * 24 * 6)}
    assert len(slots) == 7  # six days and the one before

    start = datetime(2026, 10, 23, tzinfo=UTC)
    slots = {latest_slot(at, start + timedelta(minutes=10 * n), MADRID) for n in range(6 * 24 * 6)}
    assert len(slots) == 7


def test_a_slot_is_named_once_however_often_the_scheduler_ticks(world: World) -> None:
    clock = ManualClock(datetime(2026, 11, 20, 15, 3, tzinfo=UTC))
    with standing_clock(clock):
        counts = [schedule.tick(world.agency_id, jobs=[OFTEN, DAILY]) for _ in range(3)]
        clock.advance(timedelta(minutes=12))
        counts.append(schedule.tick(world.agency_id, jobs=[OFTEN, DAILY]))

    assert counts == [2, 0, 0, 1]
    assert (named(world, "tests.often"), named(world, "tests.daily")) == (2, 1)


def test_schedulers_that_tick_together_name_a_slot_once(world: World) -> None:
    def tick(_: int) -> int:
        return schedule.tick(world.agency_id, jobs=[DAILY])

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tick, range(6))) == 1
    assert named(world, "tests.daily") == 1


def test_after_a_pause_of_six_hours_only_the_latest_slot_is_named(world: World) -> None:
    clock = ManualClock(datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    with standing_clock(clock):
        schedule.tick(world.agency_id, jobs=[OFTEN])
        clock.advance(timedelta(hours=6))
        assert schedule.tick(world.agency_id, jobs=[OFTEN]) == 1
        clock.advance(timedelta(hours=-6))
        assert schedule.tick(world.agency_id, jobs=[OFTEN]) == 0


def test_a_sandbox_agencys_slots_follow_its_moved_clock(database_urls: tuple[str, str]) -> None:
    world = make_world()  # its own clock is the one in question: none stands here
    assert schedule.tick(world.agency_id, jobs=[DAILY]) == 1
    with system_work(reason="test") as work:
        set_clock(work, agency_id=world.agency_id, offset=timedelta(days=3))

    assert schedule.tick(world.agency_id, jobs=[DAILY]) == 1
    assert schedule.tick(world.agency_id, jobs=[DAILY]) == 0


def test_finished_rows_are_swept_after_a_month_and_others_never(world: World) -> None:
    with world.work() as work:
        old, new, waiting = (work.outbox.add("tests.sweep") for _ in range(3))
    now = SystemClock().now()
    with world.work() as work:
        for outbox_id, days in ((old, 40), (new, 3)):
            row = work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id)).one()
            row.state, row.done_at = "done", now - timedelta(days=days)

    schedule.sweep()

    with world.work() as work:
        left = set(work.session.scalars(select(OutboxRow.id).where(OutboxRow.agency_id == world.agency_id)))
    assert left == {new, waiting}


def test_every_periodic_job_is_done_by_somebody_and_stands_in_the_table_once() -> None:
    check(job.name for job in PERIODIC)
    assert len({job.name for job in PERIODIC}) == len(PERIODIC)
