"""Paying by card, in three steps: the intention is committed, Stripe is asked with its id, the answer noted.

A crash between two steps charges nobody twice: the same id asks for the same page again, and `payments.reconcile` finds
what was intended and never noted.
"""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, NotFound
from kernel.text import msg
from legal.rules.contact.conduct import may_receive
from legal.rules.facts import CreditorType, Receiver
from legal.rules.packs.loading import pack_of
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage
from recobro.clients.queries import receivers
from recobro.debtors.tables import Debtor
from recobro.payments.lifecycle import CheckoutState, CheckoutStep, after
from recobro.payments.tables import Checkout
from recobro.wiring import outside
from tenants.tables import Client
from tenants.work import Work

# Stripe closes a page after 24 hours; an older one of ours is not offered again.
SAME_PAGE = timedelta(hours=20)


class NothingToPay(Conflict):
    """The case owes nothing, or less than the amount."""

    code = "payments.nothing_to_pay"


def checkout_of(work: Work, checkout_id: UUID, *, lock: bool = False) -> Checkout:
    """One card payment of the principal's; missing and foreign are the same."""
    query = select(Checkout).where(Checkout.agency_id == work.agency_id, Checkout.id == checkout_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese pago con tarjeta no existe o no es tuyo."))
    return found


class NotTheReceiver(Conflict):
    """The law of the place or the contract lets only the creditor take the payment."""

    code = "payments.not_the_receiver"


def agency_may_receive(work: Work, *, case_id: UUID) -> bool:
    """Whether the agency itself may take what the debtor of a case pays, by the law where the debtor lives and by the
    client's contract."""
    case = cases.open_case(work, case_id)
    country, zone, creditor = work.session.execute(
        select(Debtor.country, Debtor.time_zone, Client.creditor_type)
        .join(Client, (Client.agency_id == Debtor.agency_id) & (Client.id == Debtor.client_id))
        .where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()
    today = work.today(ZoneInfo(zone))
    by_contract = receivers(work, [case.client_id], today)[case.client_id] is Receiver.AGENCY
    return by_contract and may_receive(pack_of(country), CreditorType(creditor), Receiver.AGENCY, today)


def intend_checkout(work: Work, *, case_id: UUID, amount: Money) -> UUID:
    """Write down that an amount of a case is to be paid by card; commit it before `open_checkout`. You get its id.

    The same amount again within the day is the same card payment: two clicks do not make two pages. Refused: nothing,
    a closed case, more than the case owes, and where only the creditor may be paid.
    """
    case = cases.open_case(work, case_id)
    if not agency_may_receive(work, case_id=case_id):
        raise NotTheReceiver(msg("Aquí los pagos los recibe solo el acreedor; la agencia no los toma con tarjeta."))
    owed = case.balance if case.currency == amount.currency else 0
    if case.stage == Stage.CLOSED or not 0 < amount.minor <= owed:
        raise NothingToPay(msg("Se puede pagar con tarjeta hasta {owed}."), owed=Money(owed, amount.currency))
    now = SystemClock().now()
    same = work.session.scalar(
        select(Checkout.id)
        .where(
            Checkout.agency_id == work.agency_id,
            Checkout.case_id == case.id,
            Checkout.currency == amount.currency,
            Checkout.amount == amount.minor,
            Checkout.state.in_([CheckoutState.INTENDED.value, CheckoutState.OPEN.value]),
            Checkout.asked_at > now - SAME_PAGE,
        )
        .order_by(Checkout.asked_at.desc())
        .limit(1)
    )
    if same is not None:
        return same
    client = work.session.scalar(
        select(Client.name).where(Client.agency_id == work.agency_id, Client.id == case.client_id)
    )
    checkout = Checkout(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        currency=amount.currency,
        amount=amount.minor,
        description=f"{client} · {case.number}",
        created_at=work.now(),
        asked_at=now,
    )
    work.add(checkout)
    work.flush()
    return checkout.id


def open_checkout(
    work: Work, checkout_id: UUID, *, success_url: str, cancel_url: str, locale: str = "es_MX", email: str = ""
) -> str:
    """Ask Stripe for the page of an intended card payment and note it; you get its address.

    Asking again gives the same page. CardsUnavailable when Stripe does not answer: the intention stays.
    """
    checkout = checkout_of(work, checkout_id, lock=True)
    if checkout.state == CheckoutState.OPEN and checkout.url:
        return checkout.url
    if checkout.state != CheckoutState.INTENDED:
        raise Conflict(msg("Este pago con tarjeta ya terminó: empieza otro."))
    made = outside().checkout.create_checkout(
        idempotency_key=f"checkout-{checkout.id}",
        amount=Money(checkout.amount, checkout.currency),
        description=checkout.description,
        success_url=success_url,
        cancel_url=cancel_url,
        metadata=marks(checkout),
        locale=locale,
        email=email,
    )
    note(checkout, session_id=made.id, url=made.url or "")
    work.flush()
    return checkout.url


def marks(checkout: Checkout) -> dict[str, str]:
    """What we write on Stripe's own objects so that they lead back to us: identifiers only."""
    return {"agency": str(checkout.agency_id), "checkout": str(checkout.id)}


def note(checkout: Checkout, *, session_id: str, url: str) -> None:
    """Keep what Stripe answered to an intention."""
    checkout.state = after(CheckoutState(checkout.state), CheckoutStep.NOTE).value
    checkout.session_id = session_id
    checkout.url = url
