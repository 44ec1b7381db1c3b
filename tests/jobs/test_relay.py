"""The relay rings what is due, fairly, again when nothing came of it; the queue is only a bell."""

from datetime import timedelta
from uuid import UUID

import pytest
from redis import Redis, RedisError
from sqlalchemy import delete, select, update

from kernel.clock import SystemClock
from recobro.cases.tables import CaseNote
from tenants.outbox import OutboxRow
from tenants.work import system_work
from tests.support import effects
from tests.support.world import World, make_world
from worker import relay
from worker.main import make_worker
from worker.queues import Queue

assert effects


@pytest.fixture(autouse=True)
def _alone(database_urls: object) -> None:
    """Other tests of this process leave rows behind; these count."""
    with system_work(reason="test") as work:
        work.session.execute(delete(OutboxRow))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client())


def states(world: World) -> list[str]:
    with world.work() as work:
        return sorted(work.session.scalars(select(OutboxRow.state).where(OutboxRow.agency_id == world.agency_id)))


def notes(world: World) -> list[str]:
    with world.work() as work:
        return list(work.session.scalars(select(CaseNote.text).where(CaseNote.agency_id == world.agency_id)))


def add_notes(world: World, case_id: UUID, count: int) -> None:
    with world.work() as work:
        for number in range(count):
            work.outbox.add("tests.note", case_id=case_id, text=f"note {number}")


def pass_time(seconds: int) -> None:
    """As if the rows had been rung, and leased, that long ago."""
    before = SystemClock().now() - timedelta(seconds=seconds)
    with system_work(reason="test") as work:
        work.session.execute(update(OutboxRow).values(rung_at=before, available_at=before))


def work_off(redis: "Redis", queue: Queue = Queue.NOTICES) -> None:
    make_worker(queue, redis).work(burst=True, logging_level="ERROR")


def test_what_was_committed_is_rung_worked_off_and_leaves_no_trace_in_the_queue(
    world: World, case_id: UUID, redis: "Redis"
) -> None:
    add_notes(world, case_id, 3)

    assert relay.carry(redis) == 3
    assert states(world) == ["rung"] * 3
    work_off(redis)

    assert sorted(notes(world)) == ["note 0", "note 1", "note 2"]
    assert states(world) == ["done"] * 3
    assert relay.carry(redis) == 0
    assert not redis.keys("rq:job:*")


def test_what_travels_is_json_and_only_identifiers(world: World, case_id: UUID, redis: "Redis") -> None:
    with world.work() as work:
        outbox_id = work.outbox.add("tests.note", case_id=case_id, text="Luis Demo")
    relay.carry(redis)

    job = relay.rq_queue(Queue.NOTICES, redis).jobs[0]
    assert (job.id, job.func_name) == (str(outbox_id), "worker.once.ring")
    assert job.args == [str(world.agency_id), str(outbox_id)]
    everything = [value for key in redis.keys("rq:job:*") for value in redis.hgetall(key).values()]
    assert "Luis Demo" not in repr(everything)


def test_a_rolled_back_change_rings_nobody(world: World, case_id: UUID, redis: "Redis") -> None:
    def change_and_fail() -> None:
        with world.work() as work:
            work.outbox.add("tests.note", case_id=case_id, text="never")
            work.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()

    assert relay.carry(redis) == 0


def test_losing_the_whole_queue_loses_nothing(world: World, case_id: UUID, redis: "Redis") -> None:
    add_notes(world, case_id, 5)
    relay.carry(redis)
    redis.flushall()

    assert relay.carry(redis) == 0, "they are given a while"
    pass_time(relay.RING_AGAIN_S + 1)
    assert relay.carry(redis) == 5
    work_off(redis)

    assert len(notes(world)) == 5


def test_a_row_that_still_waits_in_the_queue_is_not_rung_twice(world: World, case_id: UUID, redis: "Redis") -> None:
    add_notes(world, case_id, 2)
    relay.carry(redis)
    pass_time(relay.RING_AGAIN_S + 1)
    relay.carry(redis)

    assert relay.rq_queue(Queue.NOTICES, redis).count == 2


def test_what_is_left_of_a_bell_that_went_wrong_does_not_block_the_next(
    world: World, case_id: UUID, redis: "Redis"
) -> None:
    add_notes(world, case_id, 1)
    relay.carry(redis)
    redis.lpop("rq:queue:notices")  # taken by a worker that was never heard of again
    pass_time(relay.RING_AGAIN_S + 1)

    relay.carry(redis)
    work_off(redis)

    assert notes(world) == ["note 0"]


def test_a_row_that_runs_now_is_not_rung_again(world: World, case_id: UUID, redis: "Redis") -> None:
    add_notes(world, case_id, 1)
    relay.carry(redis)
    with system_work(reason="test") as work:
        long_ago = SystemClock().now() - timedelta(hours=1)
        leased = SystemClock().now() + timedelta(seconds=30)
        work.session.execute(update(OutboxRow).values(rung_at=long_ago, available_at=leased))

    assert relay.carry(redis) == 0


def test_while_the_queues_server_is_away_rows_wait(world: World, case_id: UUID) -> None:
    add_notes(world, case_id, 2)

    with pytest.raises(RedisError):
        relay.carry(Redis(port=1, socket_connect_timeout=0.2))

    assert states(world) == ["waiting"] * 2


def test_a_small_agency_does_not_wait_behind_a_big_one(
    world: World, case_id: UUID, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 10)
    small = make_world("ES")
    small_case = small.case(small.client())
    add_notes(world, case_id, 60)
    add_notes(small, small_case, 3)

    relay.carry(redis)
    work_off(redis)

    assert len(notes(small)) == 3
    assert len(notes(world)) == 7


def test_an_agency_has_only_so_many_rows_in_the_queues_at_once(
    world: World, case_id: UUID, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "IN_FLIGHT", 5)
    add_notes(world, case_id, 12)

    carried = [relay.carry(redis), relay.carry(redis)]
    work_off(redis)
    carried.append(relay.carry(redis))

    assert carried == [5, 0, 5]


def test_each_job_goes_to_its_own_queue_and_an_unknown_one_is_noted(
    world: World, case_id: UUID, redis: "Redis", tmp_path: object
) -> None:
    with world.work() as work:
        work.outbox.add("tests.outside", case_id=case_id, path=f"{tmp_path}/outside")
        unknown = work.outbox.add("tests.unheard_of")
    relay.carry(redis)

    assert relay.rq_queue(Queue.DOCUMENTS, redis).count == 2
    work_off(redis, Queue.DOCUMENTS)
    with world.work() as work:
        row = work.session.scalars(select(OutboxRow).where(OutboxRow.id == unknown)).one()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert sorted(notes(world)) == ["intended", "noted"]
