"""Receipts, and what Stripe tells and is asked."""

from uuid import UUID

from recobro.payments import cards, receipts, refunds
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("payments.receipt", queue=Queue.DOCUMENTS)
def receipt(work: Work, *, payment_id: str) -> None:
    """Make the receipt of a payment."""
    receipts.keep_receipt(work, UUID(payment_id))


@job("payments.stripe_event", queue=Queue.MONEY, outside=True)
def stripe_event(open_work: OpenWork, *, event_id: str) -> None:
    """Look into a notice from Stripe."""
    cards.look_into(open_work, event_id=event_id)


@job("payments.refund", queue=Queue.MONEY, outside=True)
def refund(open_work: OpenWork, *, payment_id: str, asking: str) -> None:
    """Have Stripe send a card payment back."""
    refunds.refund(open_work, payment_id=UUID(payment_id), asking=asking)


@job("payments.reconcile", queue=Queue.MONEY, timeout_s=600, outside=True)
def reconcile(open_work: OpenWork) -> None:
    """Ask Stripe about card payments of which nothing was heard."""
    cards.reconcile(open_work)
