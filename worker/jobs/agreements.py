"""What follows from promises and agreements."""

from uuid import UUID

from sqlalchemy import select

from kernel.text import msg
from recobro.agreements import service
from recobro.agreements.render import keep_document
from recobro.agreements.tables import Promise
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage
from recobro.notices import service as notices
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("agreements.send_offer", queue=Queue.NOTICES)
def send_offer(work: Work, *, agreement_id: str) -> None:
    """Tell the debtor that there is an offer on their page."""
    agreement = service.open_agreement(work, UUID(agreement_id))
    if agreement.state == "offered" and agreement.offered_by_kind != "debtor":
        notices.send_one(work, case_id=agreement.case_id, key="offer")


@job("agreements.accepted", queue=Queue.DOCUMENTS)
def accepted(work: Work, *, agreement_id: str) -> None:
    """Make the signed document and let the plan run."""
    agreement = service.open_agreement(work, UUID(agreement_id))
    if agreement.state != "accepted":
        return
    document = keep_document(work, agreement.id)
    service.activate(work, agreement.id, file_id=document.id, sha256=document.sha256)


@job("agreements.refused", queue=Queue.NOTICES)
def refused(work: Work, *, agreement_id: str) -> None:
    """Bring the case back before a person."""
    agreement = service.open_agreement(work, UUID(agreement_id))
    case = cases.open_case(work, agreement.case_id, lock=True)
    if case.stage not in (Stage.CLOSED, Stage.LEGAL):
        declined = agreement.state == "declined"
        reason = msg("No aceptó el convenio") if declined else msg("Convenio no autorizado")
        cases.put_in_queue(work, case, reason=reason, priority=600, tone="warn")


@job("agreements.promised", queue=Queue.NOTICES)
def promised(work: Work, *, promise_id: str) -> None:
    """A promise made on the debtor's page takes the case out of the queue."""
    promise = work.session.scalar(
        select(Promise).where(Promise.agency_id == work.agency_id, Promise.id == UUID(promise_id))
    )
    if promise is not None and promise.state == "pending":
        service.rest(work, promise, cases.open_case(work, promise.case_id, lock=True))


@job("payment.recorded", queue=Queue.MONEY)
def payment_recorded(work: Work, *, payment_id: str, case_id: str) -> None:  # noqa: ARG001 - the row names both
    """Promises and the running plan follow the money; a part that nobody had agreed on comes before a person."""
    case = cases.open_case(work, UUID(case_id), lock=True)
    service.apply_payments(work, case)
    service.follow_part_payment(work, case)


@job("payment.reversed", queue=Queue.MONEY)
def payment_reversed(work: Work, *, payment_id: str, case_id: str) -> None:  # noqa: ARG001 - the row names both
    """The same when money was taken back."""
    service.apply_payments(work, cases.open_case(work, UUID(case_id), lock=True))


@job("agreements.break_due", queue=Queue.NOTICES)
def break_due(work: Work) -> None:
    """Break what was not kept; in batches, until none is left."""
    while service.break_due(work, limit=200):
        work.flush()
