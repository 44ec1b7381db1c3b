"""Strategies: cases enter, go along, are thought of anew, find another way."""

from uuid import UUID

from recobro.strategies import runs, service
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("strategies.start", queue=Queue.NOTICES, timeout_s=300)
def start(work: Work, *, placement_id: str) -> None:
    """The cases of a committed placement enter the agency's ladder."""
    service.start_placement(work, UUID(placement_id))


@job("strategies.run", queue=Queue.NOTICES, timeout_s=300)
def run(work: Work) -> None:
    """Take along what is due; a full batch leaves the rest to the next run, at once."""
    if runs.run(work) >= runs.BATCH:
        work.outbox.add("strategies.run")


@job("strategies.reconsider", queue=Queue.NOTICES)
def reconsider(work: Work, *, case_id: str) -> None:
    """Something changed on a case."""
    service.reconsider(work, UUID(case_id))


@job("strategies.notice_failed", queue=Queue.NOTICES)
def notice_failed(work: Work, *, notice_id: str) -> None:
    """A notice did not arrive: the step's other channel is tried."""
    service.notice_failed(work, UUID(notice_id))
