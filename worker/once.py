"""Runs the job of one outbox row, at most once: the effect and the row that says so are one transaction.

A run goes: claim (count the attempt and lease the row), effect with `job_runs` and the end of the row, or a note of why
it failed and when to try again. Whatever dies in between leaves a leased row, which the relay rings again when the
lease is over. The queue may therefore deliver a row any number of times.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from kernel.clock import SystemClock
from kernel.problems import Kind, Problem
from recobro.faults import reach
from tenants.context import job_principal
from tenants.outbox import JobRun, OutboxRow
from tenants.work import Work, tenant_work
from worker import registry
from worker.registry import Job, UnknownJobError

ATTEMPTS = 10
"""After so many, a row is dead: it stays with its reason for a person to look at."""
LEASE_MARGIN_S = 30
_FIRST_WAIT_S = 5
_LONGEST_WAIT_S = 3600
# How long a job rests that waits for its turn.
_TURN_S = 5
# What a refusal means for a job: these do not get better by waiting.
_FINAL = frozenset({Kind.INVALID, Kind.FORBIDDEN, Kind.MISSING})

log = structlog.get_logger()


class Ran(StrEnum):
    """What came of a run; `later`: something it waits for is in other hands."""

    DONE = "done"
    LATER = "later"
    SKIPPED = "skipped"
    FAILED = "failed"
    DEAD = "dead"


@dataclass(frozen=True)
class _Claim:
    agency_id: UUID
    outbox_id: UUID
    name: str
    payload: dict[str, Any]
    attempt: int


def ring(agency_id: str, outbox_id: str) -> None:
    """What the queue calls in a worker of its own: identifiers only, and nothing to give back."""
    run(UUID(agency_id), UUID(outbox_id), watched=True)


def run(agency_id: UUID, outbox_id: UUID, *, early: bool = False, raising: bool = False, watched: bool = False) -> Ran:
    """Do what an outbox row says, unless it is done, dead, not yet due, or in other hands.

    `early` runs it before its time; `raising` lets a failure rise after it was noted (tests, stories); `watched` ends
    the process when the job hangs where Python's own alarm cannot reach it.
    """
    claim = _claim(agency_id, outbox_id, early=early)
    if claim is None:
        return Ran.SKIPPED
    reach("once.claimed")
    waits: tuple[type[Problem], ...] = ()
    try:
        found = registry.find(claim.name)
        waits = found.waits
        with _watched(found) if watched else nullcontext():
            done = _run_outside(found, claim) if found.outside else _run_inside(found, claim)
    except waits as busy:
        return _put_off(claim, busy)
    except Exception as error:
        ran = _note_failure(claim, error)
        if raising:
            raise
        return ran
    return Ran.DONE if done else Ran.SKIPPED


def _claim(agency_id: UUID, outbox_id: UUID, *, early: bool) -> _Claim | None:
    now = SystemClock().now()
    with tenant_work(job_principal(agency_id)) as work:
        row = _locked(work, outbox_id, wait=False)
        if row is None or (row.available_at > now and not (early and row.state == "waiting")):
            return None
        if row.attempts - row.advanced >= ATTEMPTS:
            # Its last attempt was never heard of again: the process died in it, each time.
            row.state, row.last_error = "dead", row.last_error or "The process died while it ran."
            log.error("job dead", job=row.name, outbox_id=str(row.id), agency_id=str(agency_id))
            return None
        row.state = "rung"
        row.attempts += 1
        row.available_at = now + timedelta(seconds=_lease_of(row.name) + LEASE_MARGIN_S)
        return _Claim(agency_id, row.id, row.name, row.payload, row.attempts)


def _locked(work: Work, outbox_id: UUID, *, wait: bool = True) -> OutboxRow | None:
    """The row, if it is still to be done. Who claims it leaves it to whoever holds it (`wait` False); who has claimed
    it waits for those who only look whether it is free."""
    return work.session.scalar(
        select(OutboxRow)
        .where(
            OutboxRow.agency_id == work.agency_id,
            OutboxRow.id == outbox_id,
            OutboxRow.state.in_(("waiting", "rung")),
        )
        .with_for_update(skip_locked=not wait)
    )


def _lease_of(name: str) -> int:
    try:
        found = registry.find(name)
        return found.lease_s or found.timeout_s
    except UnknownJobError:
        return 0


def _run_inside(found: Job, claim: _Claim) -> bool:
    with tenant_work(job_principal(claim.agency_id), correlation=str(claim.outbox_id)) as work:
        row = _locked(work, claim.outbox_id)
        if row is None or row.attempts != claim.attempt:
            return False
        registry.call(found, work, claim.payload)
        reach("once.effect")
        _finish(work, row)
    reach("once.done")
    return True


def _run_outside(found: Job, claim: _Claim) -> bool:
    @contextmanager
    def open_work() -> Iterator[Work]:
        with tenant_work(job_principal(claim.agency_id), correlation=str(claim.outbox_id)) as work:
            yield work

    registry.call(found, open_work, claim.payload)
    reach("once.effect")
    with open_work() as work:
        row = _locked(work, claim.outbox_id)
        if row is None:
            return False
        _finish(work, row)
    reach("once.done")
    return True


def _finish(work: Work, row: OutboxRow) -> None:
    now = SystemClock().now()
    work.add(JobRun(agency_id=row.agency_id, id=row.id, ran_at=now))
    row.state, row.done_at, row.last_error = "done", now, None


def _put_off(claim: _Claim, busy: Problem) -> Ran:
    """Its turn has not come: the row rests a little and counts no attempt, however often that happens."""
    with tenant_work(job_principal(claim.agency_id)) as work:
        row = _locked(work, claim.outbox_id)
        if row is None or row.attempts != claim.attempt:
            return Ran.SKIPPED
        row.state, row.attempts = "waiting", row.attempts - 1
        row.available_at = SystemClock().now() + timedelta(seconds=_TURN_S)
    log.info("job put off", job=claim.name, outbox_id=str(claim.outbox_id), agency_id=str(claim.agency_id),
             why=busy.code)  # fmt: skip
    return Ran.LATER


def _note_failure(claim: _Claim, error: Exception) -> Ran:
    final = isinstance(error, Problem) and error.kind in _FINAL
    with tenant_work(job_principal(claim.agency_id)) as work:
        row = _locked(work, claim.outbox_id)
        if row is None or row.attempts != claim.attempt:
            return Ran.SKIPPED
        dead = final or claim.attempt - row.advanced >= ATTEMPTS
        row.state = "dead" if dead else "waiting"
        row.last_error = f"{type(error).__name__}: {error}"[:2000]
        row.available_at = SystemClock().now() + wait_after(claim.attempt)
    log.error(
        "job dead" if dead else "job failed",
        job=claim.name, outbox_id=str(claim.outbox_id), agency_id=str(claim.agency_id), attempt=claim.attempt,
        exc_info=error,
    )  # fmt: skip
    return Ran.DEAD if dead else Ran.FAILED


def wait_after(attempt: int) -> timedelta:
    """How long a row rests after its failed attempt: 5 s, doubling, an hour at most."""
    return timedelta(seconds=min(_FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S))


@contextmanager
def _watched(found: Job) -> Iterator[None]:
    """The process ends a little before the row's lease does, when the job still runs then."""
    faulthandler.dump_traceback_later(found.timeout_s + LEASE_MARGIN_S - 5, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
