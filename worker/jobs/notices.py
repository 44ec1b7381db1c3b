"""Notices: sending, releasing what was held, finding what was lost, printing."""

from uuid import UUID

from recobro.notices import printing, sending, service
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("notices.send", queue=Queue.NOTICES, outside=True)
def send(open_work: OpenWork, *, notice_id: str) -> None:
    """Send one email."""
    sending.send(open_work, notice_id=UUID(notice_id))


@job("notices.send_one", queue=Queue.NOTICES)
def send_one(work: Work, *, case_id: str, key: str) -> None:
    """Write to a debtor once, with one of the texts that ship."""
    service.send_one(work, case_id=UUID(case_id), key=key)


@job("notices.release", queue=Queue.NOTICES)
def release(work: Work) -> None:
    """Let go what was held until now."""
    service.release(work)


@job("notices.reconcile", queue=Queue.NOTICES)
def reconcile(work: Work) -> None:
    """Park what began to be sent and was never noted."""
    service.park_lost(work)


@job("notices.print_batch", queue=Queue.DOCUMENTS, timeout_s=900, outside=True)
def print_batch(open_work: OpenWork, *, batch_id: str) -> None:
    """Make the PDF and the manifest of a print batch."""
    printing.print_batch(open_work, batch_id=UUID(batch_id))
