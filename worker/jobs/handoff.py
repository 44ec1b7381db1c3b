"""What follows from handing a case to a lawyer."""

from uuid import UUID

from recobro.handoff import service
from recobro.handoff.render import keep_dossier
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("handoff.dossier", queue=Queue.DOCUMENTS, timeout_s=120)
def dossier(work: Work, *, matter_id: str) -> None:
    """Make the dossier of a matter."""
    keep_dossier(work, UUID(matter_id))


@job("handoff.returned", queue=Queue.NOTICES)
def returned(work: Work, *, matter_id: str) -> None:
    """Bring the case of a matter that outside counsel returned back to the queue."""
    service.take_back(work, UUID(matter_id))


@job("handoff.cost", queue=Queue.MONEY)
def cost(work: Work, *, cost_id: str) -> None:
    """Post a cost that outside counsel wrote down."""
    service.post_cost(work, UUID(cost_id))
