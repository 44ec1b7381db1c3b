"""Looking for debtors that may be one, after a client's debts came in or what is known of them changed."""

from uuid import UUID

from recobro.twins import finding
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("debtors.find_twins", queue=Queue.INTAKE, timeout_s=1200)
def find_twins(work: Work, *, client_id: str, placement_id: str = "", debtor_ids: str = "") -> None:
    """Propose the twins of a placement's debtors, or of some debtors (their ids with commas between)."""
    if placement_id:
        finding.find_of_placement(work, client_id=UUID(client_id), placement_id=UUID(placement_id))
    if debtor_ids:
        finding.find_of_debtors(work, client_id=UUID(client_id), ids=[UUID(each) for each in debtor_ids.split(",")])
