"""What follows when a client wants a case back."""

from uuid import UUID

from recobro.recalls import service
from recobro.recalls.rules import Reason
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("recalls.asked", queue=Queue.NOTICES)
def asked(work: Work, *, case_id: str, reason: str, note: str, by: str) -> None:
    """Give the case back, or bring the wish before the agency's people."""
    service.ask(work, UUID(case_id), reason=Reason(reason), note=note, by=by)
