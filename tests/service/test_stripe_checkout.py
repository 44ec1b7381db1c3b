"""Our door to Stripe, over HTTP to the local server: the same code that talks to the real one."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.money import Money
from recobro.adapters.stripe_checkout import (
    CardsRefused,
    CardsUnavailable,
    Checkout,
    StripeCheckout,
    WebhookRefused,
)
from recobro.config import Settings
from recobro.engines.process import free_port
from recobro.local.stripe.courier import signature
from recobro.local.stripe.server import StripeServer

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "whsec_1"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer() as running:
        yield running


@pytest.fixture
def cards(server: StripeServer) -> StripeCheckout:
    return StripeCheckout("sk_test_1", SECRET, server.url)


def checkout(cards: StripeCheckout, key: str, case: str = "C-2026-00418") -> Checkout:
    return cards.create_checkout(
        idempotency_key=key, amount=Money(6_144_018, "MXN"), description="Factura A-2231",
        success_url="http://127.0.0.1:9/ok", cancel_url="http://127.0.0.1:9/no", metadata={"case": case},
    )  # fmt: skip


def body_of(kind: str = "event", **more: Any) -> bytes:
    return json.dumps({
        "id": "evt_1", "object": kind, "type": "payment_intent.succeeded", "created": int(NOW.timestamp()),
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}}, **more,
    }).encode()  # fmt: skip


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET) -> str:
    return signature(body, secret, int(at.timestamp()))


def test_a_checkout_is_made_once_for_a_key_and_read_back(server: StripeServer, cards: StripeCheckout) -> None:
    made = checkout(cards, "one")
    assert checkout(cards, "one") == made
    assert (made.status, made.paid, made.amount) == ("open", False, Money(6_144_018, "MXN"))

    server.control.pay(made.id)

    after = cards.checkout(made.id)
    payment = cards.payment(str(after.payment_id))
    assert (after.status, after.paid, after.url) == ("complete", True, None)
    assert (payment.status, payment.received, payment.card) == ("succeeded", Money(6_144_018, "MXN"), "visa •••• 4242")
    assert payment.fee == Money(221_485, "MXN")
    assert payment.metadata == {"case": "C-2026-00418"}


def test_a_declined_payment_says_why(server: StripeServer, cards: StripeCheckout) -> None:
    made = checkout(cards, "one")
    with pytest.raises(Exception, match="insufficient funds"):
        server.control.pay(made.id, "4000000000009995")

    payment = cards.payment(str(cards.checkout(made.id).payment_id))

    assert (payment.status, payment.failure, payment.received.minor) == (
        "requires_payment_method",
        "insufficient_funds",
        0,
    )


def test_refunds_never_pass_what_was_paid(server: StripeServer, cards: StripeCheckout) -> None:
    made = checkout(cards, "one")
    payment_id = server.control.pay(made.id)["id"]
    part = cards.refund(idempotency_key="r", payment_id=payment_id, amount=Money(100, "MXN"), metadata={"case": "C-1"})

    with pytest.raises(CardsRefused) as refused:
        cards.refund(idempotency_key="s", payment_id=payment_id, amount=Money(6_144_018, "MXN"), metadata={})

    assert "greater than" in refused.value.message
    assert cards.refunds(payment_id) == [part]
    assert cards.payment(payment_id).refunded == Money(100, "MXN")


def test_a_lost_call_is_found_by_its_mark(server: StripeServer, cards: StripeCheckout) -> None:
    server.control.fault("lost", "POST /v1/checkout/sessions", times=3)
    with pytest.raises(CardsUnavailable):
        checkout(cards, "lost", case="C-7")

    found = cards.find_by_metadata("case", "C-7", since=LONG_AGO)

    assert found is not None
    assert checkout(cards, "lost", case="C-7").id == found.id
    assert cards.find_by_metadata("case", "C-8", since=LONG_AGO) is None


def test_a_silent_server_is_unavailable_and_a_wrong_key_is_refused(server: StripeServer) -> None:
    with pytest.raises(CardsUnavailable):
        checkout(StripeCheckout("sk_test_1", SECRET, f"http://127.0.0.1:{free_port()}"), "one")
    with pytest.raises(CardsRefused):
        checkout(StripeCheckout("sk_live_1", SECRET, server.url), "one")
    with pytest.raises(CardsUnavailable, match="STRIPE_SECRET_KEY"):
        checkout(StripeCheckout.from_settings(Settings()), "one")


def test_events_are_read_back_for_the_daily_look(server: StripeServer, cards: StripeCheckout) -> None:
    made = checkout(cards, "one")
    server.control.pay(made.id)

    kinds = [event.type for event in cards.events(since=LONG_AGO)]
    completed = list(cards.events(since=LONG_AGO, types=("checkout.session.completed",)))

    assert kinds == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded",
                     "payment_intent.created"]  # fmt: skip
    assert [event.thing_id for event in completed] == [made.id]


def test_a_signed_webhook_is_an_event(cards: StripeCheckout) -> None:
    event = cards.verify_webhook(body_of(), signed(body_of()), now=NOW + timedelta(seconds=299))

    assert (event.id, event.type, event.thing_id, event.created_at) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        NOW,
    )


def test_a_signature_of_a_rotated_secret_beside_ours_is_enough(cards: StripeCheckout) -> None:
    old = signed(body_of(), secret="whsec_old").split(",")[1]
    assert cards.verify_webhook(body_of(), f"{signed(body_of())},{old}", now=NOW).id == "evt_1"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (body_of(), signed(body_of(), secret="whsec_other")),
        (body_of(id="evt_2"), signed(body_of())),
        (json.dumps(json.loads(body_of()), indent=1).encode(), signed(body_of())),
        (body_of(), signed(body_of(), NOW - timedelta(seconds=301))),
        (body_of(), signed(body_of(), NOW + timedelta(seconds=301))),
        (body_of(), None),
        (body_of(), ""),
        (body_of(), "t=now,v1=0"),
        (body_of(), signed(body_of()).split(",")[1]),
        (body_of("list"), signed(body_of("list"))),
        (b"\xff\xfe", signed(b"\xff\xfe")),
        (b"[]", signed(b"[]")),
    ],
)
def test_anything_else_is_refused(cards: StripeCheckout, body: bytes, header: str | None) -> None:
    with pytest.raises(WebhookRefused):
        cards.verify_webhook(body, header, now=NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(WebhookRefused):
        StripeCheckout("sk_test_1", "").verify_webhook(body_of(), signed(body_of(), secret=""), now=NOW)
