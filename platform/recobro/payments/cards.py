"""What Stripe says of card payments, brought home: events kept once, facts asked for anew, applied forwards only.

Duplicates and disorder are harmless: every notice only makes us look, and what we find decides. What stands for a
checkout is what came in less what went back; when that changes, the payment is taken back and the rest recorded.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import SystemClock
from kernel.money import Money
from kernel.problems import Problem
from kernel.text import msg
from recobro.adapters.stripe_checkout import CardPayment
from recobro.adapters.stripe_checkout import Checkout as CardPage
from recobro.adapters.stripe_checkout import StripeEvent as Notice
from recobro.cases import service as cases
from recobro.debtors.tables import Debtor
from recobro.payments.checkouts import checkout_of, note
from recobro.payments.lifecycle import CheckoutState, CheckoutStep, Direction, EventState, Method, PaymentState, after
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import open_payment, record_payment
from recobro.payments.tables import Checkout, StripeEvent
from recobro.wiring import outside
from tenants.outbox import outbox_row
from tenants.work import Work, system_work

OpenWork = Callable[[], AbstractContextManager[Work]]

# What may change money or a page of ours; the rest is kept and left alone.
_TELLING = ("checkout.session.", "payment_intent.", "charge.", "refund.")
_INTENTION_LOST = timedelta(hours=1)
_LOOK_AGAIN = timedelta(minutes=5)
_LOOK_BACK = timedelta(days=7)
_DAILY = timedelta(hours=20)


def receive(event: Notice) -> bool:
    """Keep a verified notice and name the job that looks into it; False when we already had it."""
    thing = event.thing
    metadata = thing.get("metadata") or {}
    intent = thing["id"] if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    with system_work(reason="stripe webhook") as work:
        agency_id = _uuid(metadata.get("agency")) or work.session.scalar(
            text("SELECT checkout_agency(:intent)"), {"intent": str(intent or "")}
        )
        telling = event.type.startswith(_TELLING)
        state = EventState.IGNORED if not telling else EventState.RECEIVED if agency_id else EventState.UNMATCHED
        kept = work.session.scalar(
            insert(StripeEvent)
            .values(
                id=event.id,
                agency_id=agency_id,
                type=event.type,
                object_id=event.thing_id,
                object_status=str(thing.get("status") or ""),
                payment_intent=str(intent or ""),
                checkout_id=_uuid(metadata.get("checkout")),
                state=state.value,
                note="",
                amount=_whole(thing),
                currency=str(thing.get("currency") or "").upper(),
                received_at=work.now(),
            )
            .on_conflict_do_nothing()
            .returning(StripeEvent.id)
        )
        if kept is None:
            return False
        if agency_id and state is EventState.RECEIVED:
            now = work.now()
            work.session.add(outbox_row(agency_id, "payments.stripe_event", {"event_id": event.id}, now=now, at=now))
    return True


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _whole(thing: Any) -> int | None:
    amount = thing.get("amount_total") or thing.get("amount")
    return amount if isinstance(amount, int) else None


def look_into(open_work: OpenWork, *, event_id: str) -> None:
    """Ask Stripe how things stand with what a notice is about, and apply it."""
    with open_work() as work:
        event = _event(work, event_id)
        checkout = _checkout_of_event(work, event) if event.state == EventState.RECEIVED else None
        if checkout is None:
            if event.state == EventState.RECEIVED:
                _end(work, event, EventState.UNMATCHED, msg("Nadie pidió este pago aquí."))
            return
        checkout_id, dispute = checkout.id, event.object_status if ".dispute." in event.type else ""
    refusal: Problem | None = None
    try:
        follow(open_work, checkout_id, dispute=dispute)
    except Problem as problem:
        if problem.kind.value == "unavailable":
            raise
        refusal = problem
    with open_work() as work:
        event = _event(work, event_id)
        if refusal is None:
            _end(work, event, EventState.APPLIED, "")
        else:
            _end(work, event, EventState.NEEDS_PERSON, refusal.message)


def _event(work: Work, event_id: str) -> StripeEvent:
    return work.session.scalars(
        select(StripeEvent).where(StripeEvent.agency_id == work.agency_id, StripeEvent.id == event_id)
    ).one()


def _checkout_of_event(work: Work, event: StripeEvent) -> Checkout | None:
    named = [Checkout.id == event.checkout_id, Checkout.session_id == event.object_id]
    if event.payment_intent:
        named.append(Checkout.payment_intent == event.payment_intent)
    return work.session.scalar(select(Checkout).where(Checkout.agency_id == work.agency_id, or_(*named)).limit(1))


def _end(work: Work, event: StripeEvent, state: EventState, note: str) -> None:
    event.state = state.value
    event.note = note
    event.done_at = work.now()
    work.flush()


@dataclass(frozen=True)
class _Facts:
    """How a checkout stands at Stripe."""

    page: CardPage
    payment: CardPayment | None


def follow(open_work: OpenWork, checkout_id: UUID, *, dispute: str = "") -> None:
    """Ask Stripe how a checkout stands now and bring ours there. `dispute`: the state of a dispute we were told of."""
    with open_work() as work:
        checkout = checkout_of(work, checkout_id)
        session_id, asked_at = checkout.session_id, checkout.asked_at
    facts = _ask(checkout_id, session_id, asked_at)
    with open_work() as work:
        checkout = checkout_of(work, checkout_id, lock=True)
        checkout.checked_at = SystemClock().now()
        if facts is None:
            if checkout.checked_at - asked_at > _INTENTION_LOST:
                _step(work, checkout, CheckoutStep.FAIL)
            return
        apply(work, checkout, facts.page, facts.payment, dispute=dispute)


def _ask(checkout_id: UUID, session_id: str, asked_at: datetime) -> _Facts | None:
    cards = outside().checkout
    if session_id:
        page: CardPage | None = cards.checkout(session_id)
    else:
        page = cards.find_by_metadata("checkout", str(checkout_id), since=asked_at - timedelta(minutes=5))
    if page is None:
        return None
    return _Facts(page, cards.payment(page.payment_id) if page.payment_id else None)


def apply(work: Work, checkout: Checkout, page: CardPage, payment: CardPayment | None, *, dispute: str = "") -> None:
    """Bring a checkout to what Stripe says, forwards only, and its payment to what stands of the money."""
    if not checkout.session_id:
        note(checkout, session_id=page.id, url=page.url or "")
    if payment is not None:
        checkout.payment_intent = payment.id
        checkout.card = payment.card
    # A dispute ends once: what comes late about its beginning changes nothing.
    if dispute and checkout.dispute not in ("won", "lost"):
        checkout.dispute = dispute
    _step(work, checkout, _step_of(page, payment))
    if payment is not None and payment.received.minor > 0:
        _stand(work, checkout, payment)
    work.flush()


def _step_of(page: CardPage, payment: CardPayment | None) -> CheckoutStep:
    if page.paid or (payment is not None and payment.received.minor > 0):
        return CheckoutStep.PAY
    if page.status == "expired":
        return CheckoutStep.EXPIRE
    if page.status == "complete":
        failed = payment is not None and payment.status in ("canceled", "requires_payment_method")
        return CheckoutStep.FAIL if failed else CheckoutStep.PROCESS
    return CheckoutStep.NOTE


def _step(work: Work, checkout: Checkout, step: CheckoutStep) -> None:
    state = after(CheckoutState(checkout.state), step)
    if state != checkout.state and state in (CheckoutState.PAID, CheckoutState.FAILED, CheckoutState.EXPIRED):
        checkout.ended_at = work.now()
    checkout.state = state.value


def _stand(work: Work, checkout: Checkout, payment: CardPayment) -> None:
    """What stands of the money: all of it less refunds; nothing while a dispute is open or lost, or once a person has
    noted that the bank took it."""
    gone = checkout.dispute == "taken" or (payment.disputed and checkout.dispute not in ("won", "warning_closed"))
    standing = Money.zero(checkout.currency) if gone else payment.received - payment.refunded
    current = open_payment(work, checkout.payment_id) if checkout.payment_id else None
    now = current.amount if current is not None and current.state == PaymentState.POSTED else 0
    if now == standing.minor:
        return
    if current is not None and current.state == PaymentState.POSTED:
        reason = msg("Contracargo del banco") if gone else msg("Devuelto a la tarjeta")
        reverse_payment(work, current.id, reason=current.reversal_reason or reason)
    if standing:
        checkout.payment_id = record_payment(
            work,
            case_id=checkout.case_id,
            amount=standing,
            direction=Direction.TO_AGENCY,
            method=Method.CARD,
            received_on=_day_paid(work, checkout, payment),
            key=f"checkout:{checkout.id}" if current is None else f"checkout:{checkout.id}:after:{current.id}",
            reference=payment.card or payment.id,
            checkout_id=checkout.id,
        )


def _day_paid(work: Work, checkout: Checkout, payment: CardPayment) -> date:
    """The debtor's day by the agency's clock: as long ago as Stripe says by its own."""
    case = cases.open_case(work, checkout.case_id)
    debtor = work.session.get_one(Debtor, (case.agency_id, case.debtor_id))
    ago = max(SystemClock().now() - payment.created_at, timedelta(0))
    return (work.now() - ago).astimezone(ZoneInfo(debtor.time_zone)).date()


def reconcile(open_work: OpenWork, *, limit: int = 200) -> int:
    """Ask Stripe about card payments that were intended and not noted, are open too long, or were paid of late.

    You get how many were asked about. Nothing is asked when there is nothing to ask.
    """
    now = SystemClock().now()
    waiting = [CheckoutState.INTENDED.value, CheckoutState.OPEN.value, CheckoutState.PROCESSING.value]
    unseen = or_(Checkout.checked_at.is_(None), Checkout.checked_at < now - _LOOK_AGAIN)
    with open_work() as work:
        ids = work.session.scalars(
            select(Checkout.id)
            .where(
                Checkout.agency_id == work.agency_id,
                or_(
                    and_(Checkout.state.in_(waiting), Checkout.asked_at < now - _LOOK_AGAIN, unseen),
                    and_(
                        Checkout.state == CheckoutState.PAID.value,
                        Checkout.asked_at > now - _LOOK_BACK,
                        Checkout.checked_at < now - _DAILY,
                    ),
                ),
            )
            .order_by(Checkout.asked_at)
            .limit(limit)
        ).all()
    for checkout_id in ids:
        follow(open_work, checkout_id)
    return len(ids)
