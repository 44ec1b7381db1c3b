"""Placements: a big file's preview, the commit, the acknowledgement."""

from uuid import UUID

from recobro.intake import committing, previewing
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("intake.preview", queue=Queue.INTAKE, timeout_s=1200)
def preview(work: Work, *, placement_id: str) -> None:
    """Find out what a placement would do, unless it was confirmed meanwhile."""
    previewing.preview_if_open(work, UUID(placement_id))


@job("intake.commit", queue=Queue.INTAKE, timeout_s=3600, lease_s=120, outside=True)
def commit(open_work: OpenWork, *, placement_id: str) -> None:
    """Make a placement's rows into debts; a second run finds it done."""
    committing.commit(open_work, UUID(placement_id))


@job("intake.acknowledge", queue=Queue.DOCUMENTS)
def acknowledge(work: Work, *, placement_id: str) -> None:
    """Make the receipt, once."""
    committing.acknowledge(work, UUID(placement_id))
