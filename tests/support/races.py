"""Two processes that ask the gate for the last permitted contact with the same person at the same time."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from uuid import UUID

from sqlalchemy import func, select

from kernel.clock import ManualClock
from legal import gate
from legal.gate import Denied, Held
from legal.records.tables import ContactAttempt
from legal.rules.facts import Channel
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants import database
from tests.support.database import SECRET
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
WAIT_S = 120


@dataclass(frozen=True)
class Race:
    """How many races had so many winners, how many attempts were counted, in how many both were asking at once."""

    winners: dict[int, int]
    counted: int
    overlapped: int


@dataclass(frozen=True)
class _Asked:
    """One answer: whether it was leave, when it was asked for and when it was given."""

    cleared: bool
    begun: float
    ended: float


def race(app_url: str, races: int) -> Race:
    """So many races between two processes, each for another person of whom one contact is left."""
    world = make_world("CO", clock=ManualClock(FRIDAY))
    case_id = world.case(world.client(), kind="person", name="Luis Demo")
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    pipes, workers = [], []
    for _ in range(2):
        mine, theirs = context.Pipe(duplex=False)
        workers.append(
            context.Process(target=_run, args=(theirs, start, app_url, world.agency_id, case_id, races), daemon=True)
        )
        pipes.append(mine)
    for worker in workers:
        worker.start()
    try:
        answers: list[Sequence[_Asked]] = [_answer(pipe) for pipe in pipes]
    finally:
        for worker in workers:
            worker.join(WAIT_S)
            worker.kill()
    pairs = list(zip(*answers, strict=True))
    with world.work() as work:
        query = select(func.count()).where(ContactAttempt.agency_id == world.agency_id)
        counted = work.session.scalars(query).one()
    return Race(
        dict(Counter(one.cleared + other.cleared for one, other in pairs)),
        counted,
        sum(max(one.begun, other.begun) < min(one.ended, other.ended) for one, other in pairs),
    )


def _answer(pipe: Connection) -> Sequence[_Asked]:
    found: Sequence[_Asked] | BaseException = pipe.recv()
    if isinstance(found, BaseException):
        raise found
    return found


def _run(pipe: Connection, start: Barrier, app_url: str, agency_id: UUID, case_id: UUID, races: int) -> None:
    try:
        database.connect(app_url, SECRET)
        world = World(agency_id, "", "CO", ManualClock(FRIDAY))
        pipe.send([_ask(world, start, case_id, f"race:{number}") for number in range(races)])
    except BaseException as error:  # told to who waits, whatever it is
        start.abort()
        pipe.send(error)


def _ask(world: World, start: Barrier, case_id: UUID, person: str) -> _Asked:
    with world.work() as work:
        request = replace(request_for(gather_one(work, case_id), Channel.EMAIL), person_key=person)
        # Everything is at hand; now both ask.
        start.wait(WAIT_S)
        begun = time.monotonic()
        try:
            gate.permission_to_contact(work, request)
            cleared = True
        except (Held, Denied):
            cleared = False
    return _Asked(cleared, begun, time.monotonic())
