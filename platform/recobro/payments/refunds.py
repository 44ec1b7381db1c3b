"""Sending a card payment back through Stripe, in three steps; and noting what the bank took by itself.

The payment stands until Stripe says that the money went back: then it is taken back like any refund made at Stripe.
"""

from uuid import UUID

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid
from kernel.text import msg
from recobro.adapters.stripe_checkout import CardsRefused
from recobro.cases import service as cases
from recobro.payments.cards import OpenWork, follow
from recobro.payments.checkouts import checkout_of, marks
from recobro.payments.lifecycle import Method, PaymentState
from recobro.payments.reversing import AlreadyReversed, ExcessReturned, reverse_payment
from recobro.payments.service import audited, open_payment, plain
from recobro.payments.tables import Payment
from recobro.wiring import outside
from tenants.work import Work


class RefundAsked(Conflict):
    """The refund was asked for before, and Stripe has not answered yet."""

    code = "payments.refund_asked"


def by_card(payment: Payment) -> bool:
    """Whether a payment came through Stripe, so that it can go back the same way."""
    return payment.method == Method.CARD and payment.checkout_id is not None


def refund_waits(payment: Payment) -> bool:
    """Whether its refund was asked for and Stripe has not confirmed it."""
    return payment.state == PaymentState.POSTED and bool(payment.reversal_reason)


def ask_refund(work: Work, payment_id: UUID, *, reason: str) -> None:
    """Have Stripe send a card payment back; a job asks it, and its answer takes the payment back.

    Refused: a payment by other means, one taken back or asked for before, no reason, an excess already returned.
    """
    payment = open_payment(work, payment_id, lock=True)
    if not by_card(payment):
        raise Conflict(msg("Este pago no llegó por Stripe: no puede devolverse a una tarjeta."))
    if payment.state == PaymentState.REVERSED:
        raise AlreadyReversed(msg("El pago {number} ya fue revertido."), number=payment.number)
    if payment.excess_entry_id is not None:
        raise ExcessReturned(msg("El excedente de este pago ya se devolvió: no puede revertirse completo."))
    if refund_waits(payment):
        raise RefundAsked(msg("La devolución del pago {number} ya se pidió a Stripe."), number=payment.number)
    if not reason.strip():
        raise Invalid(msg("Di por qué se revierte el pago."))
    payment.reversal_reason = reason.strip()
    payment.reversed_by = work.principal.name
    _note(work, payment, msg("Devolución a la tarjeta pedida: {amount}"), payment.reversal_reason)
    work.outbox.add("payments.refund", payment_id=payment.id, asking=new_id())
    work.audit("payment.refund_asked", reason=payment.reversal_reason, **audited(payment))
    work.flush()


def note_taken(work: Work, payment_id: UUID, *, reason: str) -> None:
    """The bank took a card payment back by itself: it is only written down, and Stripe is asked for nothing."""
    payment = open_payment(work, payment_id)
    if payment.checkout_id is not None:
        checkout_of(work, payment.checkout_id, lock=True).dispute = "taken"
    reverse_payment(work, payment_id, reason=reason)


def refund(open_work: OpenWork, *, payment_id: UUID, asking: str) -> None:
    """Ask Stripe to send a payment back (`asking` makes that happen once), and bring ours to what Stripe then says.

    When Stripe refuses, the payment stands and the case says why.
    """
    with open_work() as work:
        payment = open_payment(work, payment_id)
        if not refund_waits(payment) or payment.checkout_id is None:
            return
        checkout = checkout_of(work, payment.checkout_id)
        checkout_id, intent, names = checkout.id, checkout.payment_intent, marks(checkout)
        amount = Money(payment.amount, payment.currency)
    try:
        outside().checkout.refund(idempotency_key=f"refund-{asking}", payment_id=intent, amount=amount, metadata=names)
    except CardsRefused as refusal:
        with open_work() as work:
            _refused(work, payment_id, str(refusal.details.get("words", "")))
    # Also after a refusal: it may be that the money went back before, by another hand.
    follow(open_work, checkout_id)


def _refused(work: Work, payment_id: UUID, words: str) -> None:
    payment = open_payment(work, payment_id, lock=True)
    if refund_waits(payment):
        payment.reversal_reason = payment.reversed_by = ""
        _note(work, payment, msg("Stripe no aceptó devolver {amount}"), words, tone="neg")
        work.flush()


def _note(work: Work, payment: Payment, title: str, body: str, *, tone: str = "warn") -> None:
    cases.note_event(
        work, cases.open_case(work, payment.case_id), kind="payment", title=title, body=body, tone=tone,
        ref_table="payments", ref_id=payment.id, amount=plain(payment.amount, payment.currency), number=payment.number,
    )  # fmt: skip
