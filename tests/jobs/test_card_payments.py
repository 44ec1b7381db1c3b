"""Cards from the intention to the ledger: a real client, a real server, events doubled, shuffled, lost and forged."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from kernel.clock import SystemClock
from recobro import wiring
from recobro.adapters.stripe_checkout import CardsUnavailable
from recobro.app import create_app
from recobro.cases import service as cases
from recobro.config import Settings
from recobro.ledger import queries as ledger
from recobro.ledger.verification import verify
from recobro.local.stripe.courier import signature
from recobro.local.stripe.server import StripeServer
from recobro.payments import cards, refunds
from recobro.payments.checkouts import (
    NothingToPay,
    NotTheReceiver,
    checkout_of,
    intend_checkout,
    open_checkout,
)
from recobro.payments.queries import PaymentFilter, payments, unresolved_events
from recobro.payments.service import open_payment
from recobro.payments.tables import Checkout, StripeEvent
from tenants.context import Kind, Principal
from tenants.roles import Role
from tenants.tables import Client
from tenants.work import system_work
from tests.support.database import SECRET
from tests.support.pages import Pages
from tests.support.world import World, mxn
from worker.run_now import run_pending

WEBHOOK_SECRET = "whsec_cards"
URLS = {"success_url": "http://127.0.0.1:9/ok", "cancel_url": "http://127.0.0.1:9/no"}


def test_a_mexican_banks_debtor_pays_the_bank_and_no_card_of_the_agencys(world: World) -> None:
    client_id = world.client()
    due = world.clock.now().date() - timedelta(days=40)
    case_id = world.case(client_id, debts=[("F-1", mxn("1000.00"), due)])
    with world.work() as work:
        intend_checkout(work, case_id=case_id, amount=mxn("10.00"))
        work.session.get_one(Client, (world.agency_id, client_id)).creditor_type = "financial"

    with world.work() as work, pytest.raises(NotTheReceiver, match="los recibe solo el acreedor"):
        intend_checkout(work, case_id=case_id, amount=mxn("20.00"))


class Shop:
    """One case of 1,000.00, a local Stripe, and the webhook as the world reaches it."""

    def __init__(self, world: World, app: Flask, stripe: StripeServer) -> None:
        self.world, self.app, self.stripe = world, app, stripe
        due = world.clock.now().date() - timedelta(days=40)
        self.case_id = world.case(world.client(), debts=[("F-1", mxn("1000.00"), due)])

    def start(self, amount: str = "1000.00") -> UUID:
        with self.world.work() as work:
            checkout_id = intend_checkout(work, case_id=self.case_id, amount=mxn(amount))
        with self.world.work() as work:
            open_checkout(work, checkout_id, **URLS)
        return checkout_id

    def checkout(self, checkout_id: UUID) -> Checkout:
        with self.world.work() as work:
            return checkout_of(work, checkout_id)

    def tell(self, *events: dict[str, object]) -> list[int]:
        """Bring events to the webhook, signed now; the answers."""
        now = int(SystemClock().now().timestamp())
        answers = []
        for event in events:
            body = json.dumps(event).encode()
            answer = self.app.test_client().post(
                "/webhooks/stripe", data=body, headers={"Stripe-Signature": signature(body, WEBHOOK_SECRET, now)}
            )
            answers.append(answer.status_code)
        return answers

    def tell_all(self, *, times: int = 1, shuffle: int | None = None) -> None:
        events = self.stripe.control.events() * times
        if shuffle is not None:
            random.Random(shuffle).shuffle(events)
        assert set(self.tell(*events)) <= {200}
        self.run()

    def run(self) -> None:
        run_pending(self.world.agency_id, clock=self.world.clock)

    def standing(self) -> list[tuple[str, str]]:
        """The payments of the case: amount and state, the oldest first. The ledger must be whole."""
        with self.world.work() as work:
            assert verify(work.session, work.agency_id).faults == []
            rows = payments(work, PaymentFilter(case_id=self.case_id), sort="number").rows
            return [(str(row.amount.amount), row.state) for row in rows]

    def balance(self) -> int:
        with self.world.work() as work:
            return cases.open_case(work, self.case_id).balance

    def trust(self) -> str:
        with self.world.work() as work:
            return str(ledger.proofs(work)[0].book.amount)


@pytest.fixture
def shop(world: World, app: Flask, tmp_path: Path) -> Iterator[Shop]:
    with StripeServer() as stripe:
        settings = Settings(
            data=tmp_path, files=tmp_path / "files", secret=SECRET, stripe_api_base=stripe.url,
            stripe_secret_key="sk_test_cards", stripe_webhook_secret=WEBHOOK_SECRET,
        )  # fmt: skip
        before = wiring._outside
        wiring._outside = wiring.Outside(settings)
        try:
            yield Shop(world, create_app(settings), stripe)
        finally:
            wiring._outside = before


def test_a_card_payment_goes_from_the_intention_to_the_receipt(shop: Shop) -> None:
    checkout_id = shop.start()
    assert shop.checkout(checkout_id).state == "open"
    shop.stripe.control.pay(shop.checkout(checkout_id).session_id)

    shop.tell_all()

    assert shop.standing() == [("1000.00", "posted")]
    paid = shop.checkout(checkout_id)
    assert (paid.state, paid.card, shop.balance(), shop.trust()) == ("paid", "visa •••• 4242", 0, "1000.00")
    with shop.world.work() as work:
        (row,) = payments(work, PaymentFilter(method="card")).rows
        assert row.received_on == date(2026, 1, 5)
        assert cases.open_case(work, shop.case_id).stage == "closed"
        receipt = work.session.execute(text("SELECT receipt_file_id, checkout_id FROM payments")).one()
        assert receipt.receipt_file_id is not None
        assert receipt.checkout_id == checkout_id


@pytest.mark.parametrize("seed", range(4))
def test_events_three_times_and_in_any_order_make_one_payment(shop: Shop, seed: int) -> None:
    checkout_id = shop.start("400.00")
    shop.stripe.control.pay(shop.checkout(checkout_id).session_id)

    shop.tell_all(times=3, shuffle=seed)
    shop.tell_all(times=2, shuffle=seed + 1)

    assert shop.standing() == [("400.00", "posted")]
    assert shop.balance() == 600_00


def test_a_notice_that_stripe_did_not_sign_is_refused_and_leaves_nothing(shop: Shop) -> None:
    shop.start()
    event = shop.stripe.control.events()[0] if shop.stripe.control.events() else {"id": "evt_x", "object": "event"}
    body = json.dumps(event).encode()
    now = int(SystemClock().now().timestamp())
    forged = [
        None,
        "t=1,v1=00",
        signature(body, "whsec_other", now),
        signature(body, WEBHOOK_SECRET, now - 301),
        signature(body, WEBHOOK_SECRET, now + 3600),
        signature(body + b" ", WEBHOOK_SECRET, now),
    ]

    for header in forged:
        headers = {"Stripe-Signature": header} if header else {}
        answer = shop.app.test_client().post("/webhooks/stripe", data=body, headers=headers)
        assert answer.status_code == 400, header
    with system_work(reason="test") as work:
        ours = select(StripeEvent.id).where(StripeEvent.agency_id == shop.world.agency_id)
        assert work.session.scalars(ours).all() == []


def test_a_declined_card_records_nothing_and_may_be_tried_again(shop: Shop) -> None:
    checkout_id = shop.start()
    with pytest.raises(Exception, match="insufficient funds"):
        shop.stripe.control.pay(shop.checkout(checkout_id).session_id, "4000000000009995")
    shop.tell_all()
    assert (shop.standing(), shop.checkout(checkout_id).state) == ([], "open")

    shop.stripe.control.pay(shop.checkout(checkout_id).session_id)
    shop.tell_all(shuffle=3)

    assert shop.standing() == [("1000.00", "posted")]


def test_a_full_refund_takes_the_payment_back(shop: Shop) -> None:
    checkout_id = shop.start()
    intent = shop.stripe.control.pay(shop.checkout(checkout_id).session_id)["id"]
    shop.tell_all()

    wiring.outside().checkout.refund(idempotency_key="r", payment_id=intent, metadata={})
    shop.tell_all(times=2, shuffle=1)

    assert shop.standing() == [("1000.00", "reversed")]
    assert (shop.balance(), shop.trust()) == (1000_00, "0.00")


def test_of_a_partial_refund_the_rest_still_stands(shop: Shop) -> None:
    checkout_id = shop.start()
    intent = shop.stripe.control.pay(shop.checkout(checkout_id).session_id)["id"]
    shop.tell_all()

    wiring.outside().checkout.refund(idempotency_key="r", payment_id=intent, amount=mxn("300.00"), metadata={})
    shop.tell_all(times=3, shuffle=2)

    assert shop.standing() == [("1000.00", "reversed"), ("700.00", "posted")]
    assert (shop.balance(), shop.trust()) == (300_00, "700.00")


def paid_by_card(shop: Shop) -> tuple[UUID, UUID]:
    """A card payment of all the case owes: its checkout and itself."""
    checkout_id = shop.start()
    shop.stripe.control.pay(shop.checkout(checkout_id).session_id)
    shop.tell_all()
    with shop.world.work() as work:
        (row,) = payments(work, PaymentFilter(case_id=shop.case_id)).rows
        return checkout_id, row.id


def refunded(shop: Shop, checkout_id: UUID) -> str:
    intent = shop.checkout(checkout_id).payment_intent
    return str(wiring.outside().checkout.payment(intent).refunded.amount)


def test_a_refund_asked_for_on_the_page_goes_to_stripe_once_and_takes_the_payment_back(shop: Shop) -> None:
    checkout_id, payment_id = paid_by_card(shop)
    pages = Pages(shop.app, shop.world.principal(Role.ACCOUNTANT))
    sent = {"way": "refund", "reason": "Pagó dos veces"}

    asked = pages.post(f"/payments/{payment_id}/reverse", sent).get_text(" ")
    pages.post(f"/payments/{payment_id}/reverse", sent, status=409)

    assert "Devolución pedida a Stripe" in asked
    assert shop.standing() == [("1000.00", "posted")], "it stands until Stripe confirms"
    shop.run()
    shop.tell_all(times=2, shuffle=3)
    assert refunded(shop, checkout_id) == "1000.00"
    assert shop.standing() == [("1000.00", "reversed")]
    assert "Pagó dos veces" in pages.get(f"/payments/{payment_id}").get_text(" ")


def test_what_the_bank_took_back_is_only_written_down_and_does_not_come_again(shop: Shop) -> None:
    checkout_id, payment_id = paid_by_card(shop)
    pages = Pages(shop.app, shop.world.principal(Role.ACCOUNTANT))

    pages.post(f"/payments/{payment_id}/reverse", {"way": "taken", "reason": "Contracargo en el estado de cuenta"})
    shop.run()
    shop.tell_all()
    cards.follow(shop.world.work, checkout_id)

    assert refunded(shop, checkout_id) == "0.00"
    assert shop.standing() == [("1000.00", "reversed")]


def test_a_refund_that_stripe_refuses_leaves_the_payment_and_says_so(shop: Shop) -> None:
    checkout_id, payment_id = paid_by_card(shop)
    with shop.world.work() as work:
        checkout_of(work, checkout_id, lock=True).payment_intent = "pi_nobody"
        refunds.ask_refund(work, payment_id, reason="Error")
    shop.run()

    assert shop.standing() == [("1000.00", "posted")]
    with shop.world.work() as work:
        assert not refunds.refund_waits(open_payment(work, payment_id))


def test_the_reversal_of_a_card_payment_asks_where_the_money_is_and_keeps_what_was_written(shop: Shop) -> None:
    _, payment_id = paid_by_card(shop)
    pages = Pages(shop.app, shop.world.principal(Role.ACCOUNTANT))

    answer = pages.post(f"/payments/{payment_id}/reverse", {"reason": "Pagó dos veces"}, status=422).get_text(" ")

    assert "Elige si se devuelve a la tarjeta" in answer
    assert "Pagó dos veces" in answer
    assert shop.standing() == [("1000.00", "posted")]


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_takes_the_payment_back_until_the_bank_decides(shop: Shop, won: bool) -> None:
    checkout_id = shop.start()
    intent = shop.stripe.control.pay(shop.checkout(checkout_id).session_id)["id"]
    shop.tell_all()
    dispute = shop.stripe.control.dispute(intent)["id"]
    shop.tell_all(shuffle=5)
    assert shop.standing() == [("1000.00", "reversed")]

    shop.stripe.control.close_dispute(dispute, won=won)
    shop.tell_all(times=2, shuffle=6)

    after = [("1000.00", "reversed"), ("1000.00", "posted")] if won else [("1000.00", "reversed")]
    assert shop.standing() == after
    assert shop.balance() == (0 if won else 1000_00)


def test_an_expired_page_ends_the_checkout(shop: Shop) -> None:
    checkout_id = shop.start()
    shop.stripe.control.expire(shop.checkout(checkout_id).session_id)

    shop.tell_all()

    assert (shop.checkout(checkout_id).state, shop.standing()) == ("expired", [])


def test_two_clicks_make_one_page_and_more_than_is_owed_is_refused(shop: Shop) -> None:
    first = shop.start()

    assert shop.start() == first
    with shop.world.work() as work:
        assert open_checkout(work, first, **URLS) == shop.checkout(first).url
    with pytest.raises(NothingToPay):
        shop.start("1000.01")


def test_a_page_whose_answer_was_lost_is_found_again_and_never_made_twice(shop: Shop) -> None:
    with shop.world.work() as work:
        checkout_id = intend_checkout(work, case_id=shop.case_id, amount=mxn("1000.00"))
    shop.stripe.control.fault("lost", "POST /v1/checkout/sessions", times=3)
    with pytest.raises(CardsUnavailable), shop.world.work() as work:
        open_checkout(work, checkout_id, **URLS)
    shop.stripe.control.forget_faults()
    assert shop.checkout(checkout_id).state == "intended"
    shop_later(shop)

    assert cards.reconcile(shop.world.work) == 1

    found = shop.checkout(checkout_id)
    assert (found.state, found.url != "") == ("open", True)
    assert len(shop.stripe.control.events()) == 0
    shop.stripe.control.pay(found.session_id)
    shop_later(shop)
    assert cards.reconcile(shop.world.work) == 1
    assert shop.standing() == [("1000.00", "posted")]


def test_a_payment_whose_events_never_came_is_found_by_asking(shop: Shop) -> None:
    checkout_id = shop.start()
    shop.stripe.control.pay(shop.checkout(checkout_id).session_id)
    shop_later(shop)

    cards.reconcile(shop.world.work)

    assert shop.standing() == [("1000.00", "posted")]
    assert cards.reconcile(shop.world.work) == 0


def test_an_intention_that_never_reached_stripe_ends(shop: Shop) -> None:
    with shop.world.work() as work:
        checkout_id = intend_checkout(work, case_id=shop.case_id, amount=mxn("1000.00"))
    shop_later(shop, hours=2)

    cards.reconcile(shop.world.work)

    assert shop.checkout(checkout_id).state == "failed"


def test_money_nobody_asked_for_here_waits_for_a_person(shop: Shop) -> None:
    made = wiring.outside().checkout.create_checkout(
        idempotency_key="stranger", amount=mxn("50.00"), description="x",
        metadata={"agency": str(shop.world.agency_id), "checkout": "not one of ours"}, **URLS,
    )  # fmt: skip
    shop.stripe.control.pay(made.id)

    shop.tell_all()

    with shop.world.work() as work:
        waiting = unresolved_events(work)
        assert {event.state for event in waiting} == {"unmatched"}
        assert {event.amount for event in waiting} == {50_00}
    assert shop.standing() == []


def test_a_debtor_starts_a_payment_of_the_own_case_and_sees_no_other(shop: Shop) -> None:
    other = shop.world.case(shop.world.client("lacteos"))
    debtor = Principal(shop.world.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=shop.case_id)

    with shop.world.work(debtor) as work:
        checkout_id = intend_checkout(work, case_id=shop.case_id, amount=mxn("10.00"))
    with shop.world.work(debtor) as work:
        assert open_checkout(work, checkout_id, **URLS).startswith(shop.stripe.url)
    with pytest.raises(Exception, match="no existe"), shop.world.work(debtor) as work:
        intend_checkout(work, case_id=other, amount=mxn("10.00"))


def shop_later(shop: Shop, *, hours: int = 0) -> None:
    """Let the checkouts be old enough to be asked about."""
    with shop.world.work() as work:
        ago = SystemClock().now() - timedelta(hours=hours, minutes=10)
        work.session.execute(
            update(Checkout).where(Checkout.agency_id == work.agency_id).values(asked_at=ago, checked_at=None)
        )
