"""One outbox row, one effect: whatever the queue delivers, however often."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import SystemClock
from recobro.cases.tables import CaseNote
from tenants.outbox import JobRun, OutboxRow
from tests.support import effects
from tests.support.world import World
from worker import once
from worker.once import Ran
from worker.run_now import run_pending

assert effects


def notes(world: World) -> list[str]:
    with world.work() as work:
        return list(work.session.scalars(select(CaseNote.text).where(CaseNote.agency_id == world.agency_id)))


def row(world: World, outbox_id: UUID) -> OutboxRow:
    with world.work() as work:
        return work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id)).one()


def add(world: World, name: str, **payload: Any) -> UUID:
    with world.work() as work:
        return work.outbox.add(name, **payload)


def make_due(world: World, outbox_id: UUID, **values: object) -> None:
    with world.work() as work:
        found = work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id)).one()
        found.available_at = SystemClock().now() - timedelta(seconds=1)
        for name, value in values.items():
            setattr(found, name, value)


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client())


def test_the_effect_and_the_end_of_the_row_are_one(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="once")

    assert once.run(world.agency_id, outbox_id) is Ran.DONE

    assert notes(world) == ["once"]
    found = row(world, outbox_id)
    assert (found.state, found.attempts) == ("done", 1)
    with world.work() as work:
        assert work.session.scalar(select(JobRun.id).where(JobRun.id == outbox_id)) == outbox_id


def test_a_row_delivered_again_is_skipped(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="once")

    answers = [once.run(world.agency_id, outbox_id) for _ in range(3)]

    assert answers == [Ran.DONE, Ran.SKIPPED, Ran.SKIPPED]
    assert notes(world) == ["once"]


def test_a_row_delivered_to_many_at_once_has_one_effect(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="once")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: once.run(world.agency_id, outbox_id), range(6)))

    assert sorted(answers) == [Ran.DONE, *[Ran.SKIPPED] * 5]
    assert notes(world) == ["once"]


def test_somebody_who_only_looks_at_a_claimed_row_does_not_keep_its_job_from_running(
    world: World, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="once")
    looking = Event()

    def look() -> None:
        with world.work() as work:
            work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id).with_for_update()).one()
            looking.set()
            time.sleep(0.3)

    def meanwhile(point: str) -> None:
        if point == "once.claimed":
            pool.submit(look)
            assert looking.wait(5)

    monkeypatch.setattr(once, "reach", meanwhile)
    with ThreadPoolExecutor(1) as pool:
        assert once.run(world.agency_id, outbox_id) is Ran.DONE
    assert notes(world) == ["once"]


def test_a_job_that_fails_leaves_nothing_behind_and_is_tried_again_later(
    world: World, case_id: UUID, tmp_path: Path
) -> None:
    mended = tmp_path / "mended"
    outbox_id = add(world, "tests.fail", case_id=case_id, unless=str(mended))

    assert once.run(world.agency_id, outbox_id) is Ran.FAILED

    assert notes(world) == []
    found = row(world, outbox_id)
    assert (found.state, found.attempts, found.last_error) == ("waiting", 1, "ValueError: it fails")
    assert found.available_at > SystemClock().now() + timedelta(seconds=3)
    assert once.run(world.agency_id, outbox_id) is Ran.SKIPPED, "it rests first"

    mended.touch()
    make_due(world, outbox_id)
    assert once.run(world.agency_id, outbox_id) is Ran.DONE
    assert notes(world) == ["half done"]


def test_a_job_that_never_succeeds_dies_with_its_reason(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.fail", case_id=case_id)
    make_due(world, outbox_id, attempts=once.ATTEMPTS - 1)

    assert once.run(world.agency_id, outbox_id) is Ran.DEAD

    assert row(world, outbox_id).state == "dead"
    assert row(world, outbox_id).last_error == "ValueError: it fails"


def test_a_refusal_that_waiting_does_not_mend_dies_at_once(world: World) -> None:
    outbox_id = add(world, "tests.refuse")

    assert once.run(world.agency_id, outbox_id) is Ran.DEAD

    assert row(world, outbox_id).attempts == 1


def test_a_row_whose_process_died_each_time_is_not_tried_for_ever(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="never")
    make_due(world, outbox_id, attempts=once.ATTEMPTS, state="rung")

    assert once.run(world.agency_id, outbox_id) is Ran.SKIPPED

    assert row(world, outbox_id).state == "dead"
    assert "died" in (row(world, outbox_id).last_error or "")
    assert notes(world) == []


def test_a_row_in_other_hands_is_left_alone_until_its_lease_is_over(world: World, case_id: UUID) -> None:
    outbox_id = add(world, "tests.note", case_id=case_id, text="once")
    with world.work() as work:
        found = work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id)).one()
        found.state, found.attempts = "rung", 1
        found.available_at = SystemClock().now() + timedelta(seconds=60)

    assert once.run(world.agency_id, outbox_id) is Ran.SKIPPED
    assert once.run(world.agency_id, outbox_id, early=True) is Ran.SKIPPED

    make_due(world, outbox_id)
    assert once.run(world.agency_id, outbox_id) is Ran.DONE


def test_a_name_nobody_knows_is_noted_where_a_person_sees_it(world: World) -> None:
    outbox_id = add(world, "tests.unheard_of")

    assert once.run(world.agency_id, outbox_id) is Ran.FAILED

    assert "tests.unheard_of" in (row(world, outbox_id).last_error or "")


def test_a_job_with_an_effect_outside_commits_its_intention_first(world: World, case_id: UUID, tmp_path: Path) -> None:
    target = tmp_path / "outside"
    outbox_id = add(world, "tests.outside", case_id=case_id, path=str(target))

    assert once.run(world.agency_id, outbox_id) is Ran.DONE

    assert sorted(notes(world)) == ["intended", "noted"]
    assert target.read_text() == "done\n"
    assert row(world, outbox_id).state == "done"


def test_another_agencys_row_is_not_there(world: World, case_id: UUID, database_urls: object) -> None:
    from tests.support.world import make_world

    outbox_id = add(world, "tests.note", case_id=case_id, text="once")

    assert once.run(make_world("ES").agency_id, outbox_id) is Ran.SKIPPED

    assert row(world, outbox_id).state == "waiting"


def test_pending_rows_and_those_they_add_run_in_this_process(world: World, case_id: UUID) -> None:
    add(world, "tests.chain", case_id=case_id, left=2)

    first = run_pending(world.agency_id)
    assert (first.done, notes(world)) == (1, ["link 2"])

    rest = run_pending(world.agency_id, early=True)
    assert rest.done == 2
    assert sorted(notes(world)) == ["link 0", "link 1", "link 2"]


def test_jobs_run_in_this_process_tell_the_time_they_are_given(world: World, case_id: UUID) -> None:
    add(world, "tests.note", case_id=case_id, text="then")

    run_pending(world.agency_id, clock=world.clock)

    with world.work() as work:
        at = work.session.scalars(select(CaseNote.at).where(CaseNote.agency_id == world.agency_id)).one()
    assert at == world.clock.now()


def test_a_failure_rises_from_pending_jobs_unless_told_otherwise(world: World, case_id: UUID) -> None:
    add(world, "tests.fail", case_id=case_id)
    with pytest.raises(ValueError, match="it fails"):
        run_pending(world.agency_id)

    add(world, "tests.note", case_id=case_id, text="after")
    came = run_pending(world.agency_id, early=True, raising=False)

    assert (came.done, came.failed) == (1, 1)
    assert notes(world) == ["after"]
