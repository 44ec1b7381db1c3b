"""The local Stripe, spoken to by the official client: it keeps state, refuses as Stripe does, and tells by webhook."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from recobro.engines.process import free_port
from recobro.local.stripe.server import StripeServer
from tests.support.processes import started
from tests.support.receiver import Receiver

SECRET = "whsec_test"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with StripeServer(webhook_secret=SECRET) as running:
        yield running


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    return client_of(server)


def client_of(server: StripeServer, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_1", base_addresses={"api": server.url}, max_network_retries=retries)


def session_params(amount: int = 6_144_018, **more: Any) -> Any:
    line = {"price_data": {"currency": "mxn", "unit_amount": amount, "product_data": {"name": "A-2231"}}, "quantity": 1}
    return {"mode": "payment", "line_items": [line], "success_url": "http://127.0.0.1:9/ok", **more}


def paid_intent(server: StripeServer, client: stripe.StripeClient, number: str = "4242424242424242") -> Any:
    session = client.v1.checkout.sessions.create(session_params())
    return client.v1.payment_intents.retrieve(server.control.pay(session.id, number)["id"])


def test_only_a_test_key_opens_the_api(server: StripeServer) -> None:
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_live_1", base_addresses={"api": server.url}).v1.balance.retrieve()
    with StripeServer(key="sk_test_mine") as strict, pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_test_other", base_addresses={"api": strict.url}).v1.balance.retrieve()


def test_a_paid_session_has_an_intent_a_charge_and_a_fee(server: StripeServer, client: stripe.StripeClient) -> None:
    data = {"metadata": {"case": "C-1"}, "description": "Factura A-2231"}
    session = client.v1.checkout.sessions.create(session_params(metadata={"case": "C-1"}, payment_intent_data=data))
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)

    server.control.pay(session.id)

    params: Any = {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    paid: Any = client.v1.checkout.sessions.retrieve(session.id, params)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details.email == "luis.demo@example.com"
    assert paid.line_items.data[0].amount_total == 6_144_018
    assert paid.payment_intent.metadata["case"] == "C-1"
    assert paid.payment_intent.amount_received == 6_144_018
    entry = paid.payment_intent.latest_charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net) == (6_144_018, 221_485, 5_922_533)


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open(
    server: StripeServer, client: stripe.StripeClient, number: str, code: str, reason: str
) -> None:
    session = client.v1.checkout.sessions.create(session_params())

    answer = requests.post(f"{server.url}/_local/pay", json={"session_id": session.id, "number": number}, timeout=30)

    assert answer.status_code == 402
    assert (answer.json()["error"]["code"], answer.json()["error"]["decline_code"]) == (code, reason)
    kept = client.v1.checkout.sessions.retrieve(session.id)
    intent: Any = client.v1.payment_intents.retrieve(str(kept.payment_intent), {"expand": ["latest_charge"]})
    assert (kept.status, intent.status, intent.latest_charge.status) == ("open", "requires_payment_method", "failed")
    assert intent.last_payment_error.decline_code == reason
    assert server.control.pay(session.id)["id"] == intent.id


def test_a_card_is_charged_by_the_api_too(client: stripe.StripeClient) -> None:
    given: Any = {"amount": 5_000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    assert client.v1.payment_intents.create(given).status == "succeeded"

    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(given | {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
    assert declined.value.code == "card_declined"
    assert declined.value.http_status == 402


def test_an_intent_is_captured_in_part_and_another_canceled(client: stripe.StripeClient) -> None:
    held: Any = {"amount": 5_000, "currency": "mxn", "payment_method": "pm_card_visa", "confirm": True,
                 "capture_method": "manual"}  # fmt: skip
    first, second = client.v1.payment_intents.create(held), client.v1.payment_intents.create(held)
    assert first.amount_capturable == 5_000

    assert client.v1.payment_intents.capture(first.id, {"amount_to_capture": 3_000}).amount_received == 3_000
    assert client.v1.payment_intents.cancel(second.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.confirm(second.id)


def test_no_more_is_refunded_than_is_left(server: StripeServer, client: stripe.StripeClient) -> None:
    intent = paid_intent(server, client)

    client.v1.refunds.create({"payment_intent": intent.id, "amount": 6_000_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 144_019})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert nothing_left.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (6_144_018, True)
    amounts = [refund.amount for refund in client.v1.refunds.list({"payment_intent": intent.id}).data]
    assert amounts == [144_018, 6_000_000]


def test_a_refund_that_fails_later_gives_the_amount_back(server: StripeServer, client: stripe.StripeClient) -> None:
    intent = paid_intent(server, client, "4000000000005126")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"

    server.control.move_clock(by=60)

    until(lambda: client.v1.refunds.retrieve(refund.id).status == "failed")
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0
    assert [event["type"] for event in server.control.events("refund.updated", "refund.failed")] == [
        "refund.updated",
        "refund.failed",
    ]


def test_a_disputed_charge_is_not_refunded_and_the_bank_decides(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    intent = paid_intent(server, client)
    dispute = server.control.dispute(intent.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    server.control.close_dispute(dispute["id"], won=True)

    assert refused.value.code == "charge_disputed"
    assert client.v1.disputes.retrieve(dispute["id"]).status == "won"
    # What the dispute took came back; its fee did not.
    pending: Any = client.v1.balance.retrieve().available
    assert pending[0].amount == 5_922_533 - 30_000


def test_the_same_key_gives_the_same_answer_and_other_parameters_are_refused(client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "one"})
    again = client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "one"})

    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(session_params(1_000_00), {"idempotency_key": "one"})
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_decline_is_kept_under_its_key_and_a_wrong_parameter_is_not(client: stripe.StripeClient) -> None:
    given: Any = {"amount": 5_000, "currency": "mxn", "payment_method": "pm_card_chargeDeclined", "confirm": True}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(given, {"idempotency_key": "declined"})
    assert len(client.v1.payment_intents.list().data) == 1

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 1, "currency": "mxn"}, {"idempotency_key": "small"})
    client.v1.payment_intents.create({"amount": 1_000, "currency": "mxn"}, {"idempotency_key": "small"})


def test_fifty_calls_at_once_with_one_key_have_one_effect(server: StripeServer, client: stripe.StripeClient) -> None:
    intent = paid_intent(server, client)

    def refund(_: int) -> str:
        try:
            made = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}, {"idempotency_key": "r"})
        except stripe.StripeError as error:
            return str(error.http_status)
        return made.id

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(refund, range(50)))

    assert len(answers - {"409"}) == 1
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 100


def test_a_second_call_while_the_first_is_under_way_is_told_so(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    server.control.fault("slow", "POST /v1/customers", seconds=3)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.v1.customers.create, {"name": "Luis Demo"}, {"idempotency_key": "c"})
        until(lambda: not server.control.state()["faults"])
        with pytest.raises(stripe.StripeError) as conflict:
            client.v1.customers.create({"name": "Luis Demo"}, {"idempotency_key": "c"})

        assert conflict.value.http_status == 409
        assert client.v1.customers.retrieve(first.result().id).name == "Luis Demo"


@pytest.mark.parametrize("fault", ["lost", "error_after", "error"])
def test_a_call_whose_answer_is_lost_is_made_again_with_one_effect(server: StripeServer, fault: str) -> None:
    client = client_of(server, retries=2)
    server.control.fault(fault, "POST /v1/customers")

    made = client.v1.customers.create({"name": "Luis Demo"}, {"idempotency_key": "c"})

    assert [customer.id for customer in client.v1.customers.list().data] == [made.id]


def test_what_stripe_would_not_know_is_refused(client: stripe.StripeClient) -> None:
    def refused(**params: Any) -> str:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.checkout.sessions.create(session_params() | params)
        return f"{refusal.value.code} {refusal.value.param}"

    # This version of the API has no `payment_method_types` on a session any more.
    assert refused(payment_method_types=["card"]) == "parameter_unknown payment_method_types"
    assert refused(payment_intent_data={"colour": "red"}) == "parameter_unknown payment_intent_data[colour]"
    assert refused(success_url="ok") == "url_invalid success_url"
    assert refused(locale="xx").endswith("locale")
    assert refused(line_items=session_params(500)["line_items"]) == "amount_too_small line_items"
    assert refused(expires_at=int(time.time()) + 60).endswith("expires_at")
    assert refused(mode="subscription").endswith("mode")
    assert refused(metadata={"k" * 41: "v"}).startswith("None metadata")
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_lists_are_read_page_by_page(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"email": f"{n}@example.com"}).id for n in range(7)]

    first = client.v1.customers.list({"limit": 3})
    assert ([c.id for c in first.data], first.has_more) == (made[:3:-1], True)
    assert [c.id for c in client.v1.customers.list({"limit": 3}).auto_paging_iter()] == made[::-1]
    assert [c.id for c in client.v1.customers.list({"email": "2@example.com"}).data] == [made[2]]
    assert client.v1.customers.list({"created": {"gt": int(time.time()) + 5}}).data == []


def test_a_session_expires_by_hand_and_by_time(server: StripeServer, client: stripe.StripeClient) -> None:
    by_hand, by_time = (client.v1.checkout.sessions.create(session_params()) for _ in range(2))

    assert client.v1.checkout.sessions.expire(by_hand.id).status == "expired"
    server.control.move_clock(by=25 * 3600)

    until(lambda: len(server.control.events("checkout.session.expired")) == 2)
    assert client.v1.checkout.sessions.retrieve(by_time.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(by_hand.id)


def test_webhooks_are_signed_as_stripe_signs_them(server: StripeServer, client: stripe.StripeClient) -> None:
    with Receiver() as receiver:
        server.control.webhooks(url=receiver.url, secret=SECRET)
        session = client.v1.checkout.sessions.create(session_params())
        server.control.pay(session.id)
        assert server.control.wait(30)

        events = [stripe.Webhook.construct_event(body, header, SECRET) for body, header in receiver.messages]

    assert [event.type for event in events] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert events[-1].data.object["id"] == session.id
    assert events[-1].api_version == stripe.api_version
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*receiver.messages[0], "whsec_other")


def test_a_webhook_that_fails_is_tried_again(server: StripeServer, client: stripe.StripeClient) -> None:
    with Receiver(500, 302) as receiver:
        server.control.webhooks(url=receiver.url, secret=SECRET)
        event = client.v1.customers.create({"name": "Luis Demo"})
        until(lambda: len(receiver.messages) == 1)
        server.control.move_clock(by=2)
        until(lambda: len(receiver.messages) == 2)
        server.control.move_clock(by=3)
        until(lambda: len(receiver.messages) == 3)
        assert server.control.wait(30)

    assert len({json.loads(body)["id"] for body, _ in receiver.messages}) == 1
    assert client.v1.events.list().data[0].pending_webhooks == 0
    assert event.id == json.loads(receiver.messages[0][0])["data"]["object"]["id"]


def test_events_are_held_then_sent_twice_and_out_of_order(server: StripeServer, client: stripe.StripeClient) -> None:
    with Receiver() as receiver:
        server.control.webhooks(url=receiver.url, secret=SECRET, paused=True)
        paid_intent(server, client)
        time.sleep(0.4)
        assert receiver.messages == []

        answers = server.control.deliver(times=2, shuffle=7)

    sent = [json.loads(body)["id"] for body, _ in receiver.messages]
    in_order = [event["id"] for event in server.control.events()]
    assert all(answer.taken for answer in answers)
    assert sorted(sent) == sorted(in_order * 2)
    assert list(dict.fromkeys(sent)) != in_order


def test_what_is_in_the_file_outlives_kill_9(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "recobro.local.stripe",
        "--port",
        str(port),
        "--state",
        str(tmp_path / "s.sqlite3"),
    ]
    api = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"})
    environment = {**os.environ, "RECOBRO_DATA": str(tmp_path)}

    first = started(command, environment, request)
    until(lambda: answers(port), 60)
    made = api.v1.customers.create({"name": "Luis Demo"}, {"idempotency_key": "c"})
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = started(command, environment, request)
    until(lambda: answers(port), 60)

    assert api.v1.customers.create({"name": "Luis Demo"}, {"idempotency_key": "c"}).id == made.id
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0


# Fields that the official fixtures show because they can be there, not because every object has them.
SOMETIMES = {"application", "refunds", "source", "customer_account"}


def test_objects_have_the_fields_of_the_official_fixtures(
    server: StripeServer, client: stripe.StripeClient, shared_data: Path
) -> None:
    fixtures = json.loads((shared_data / "payments/stripe/fixtures3.json").read_text())["resources"]
    intent = paid_intent(server, client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    charge = client.v1.charges.retrieve(intent.latest_charge)
    server.control.dispute(charge.id, amount=100)
    client.v1.customers.create({"name": "Luis Demo"})
    objects = [
        client.v1.checkout.sessions.list().data[0], intent, charge, client.v1.refunds.list().data[0],
        client.v1.disputes.list().data[0], client.v1.customers.list().data[0], client.v1.events.list().data[0],
        client.v1.balance_transactions.list().data[0],
    ]  # fmt: skip

    differences = {}
    for thing in objects:
        found = thing.to_dict()
        differences[found["object"]] = set(found) ^ set(fixtures[found["object"]])
    assert {kind: names - SOMETIMES for kind, names in differences.items() if names - SOMETIMES} == {}


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=1).ok
    except requests.RequestException:
        return False


def until(true: Any, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)
