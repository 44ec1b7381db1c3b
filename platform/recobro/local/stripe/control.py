"""What tests and the demo may do to the server from outside the API: under /_local, as JSON, or as plain calls."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from recobro.local.stripe.account import Account, public
from recobro.local.stripe.calls import Calls, Fault, FaultKind
from recobro.local.stripe.cards import BY_NUMBER
from recobro.local.stripe.courier import Answer, Courier
from recobro.local.stripe.disputes import close_dispute, open_dispute
from recobro.local.stripe.refusals import Refusal, invalid
from recobro.local.stripe.sessions import Payer, answer_approval, expire_session, pay_session
from recobro.local.stripe.store import Object


class Control:
    """The server's levers. Times are Unix seconds of the server's clock."""

    def __init__(self, account: Account, courier: Courier, calls: Calls) -> None:
        self._account = account
        self._store = account.store
        self._courier = courier
        self._calls = calls

    def webhooks(self, *, url: str | None = None, secret: str | None = None, paused: bool | None = None) -> None:
        """Where events go and how they are signed; `paused` keeps them here until it is lifted."""
        with self._store.transaction():
            if url is not None:
                self._store.set("webhook_url", url)
            if secret is not None:
                self._store.set("webhook_secret", secret)
            if paused is not None:
                self._store.set("paused", "1" if paused else "")
        self._account.wake()

    def events(self, *types: str) -> list[Object]:
        """All events in the order in which they happened, of some types when these are named."""
        found = reversed(self._store.every("event"))
        return [public(event) for event in found if not types or event["type"] in types]

    def deliver(self, events: Iterable[str] = (), *, times: int = 1, shuffle: int | None = None) -> list[Answer]:
        """Deliver events now (all when none is named), again or not, `times` each, shuffled by a seed."""
        chosen = list(events) or [event["id"] for event in self.events()]
        return self._courier.carry_now(chosen, times=times, shuffle=shuffle)

    def redeliver(self, id: str) -> None:
        """Set one event on its way again, as "resend" does on the real service's dashboard."""
        with self._store.transaction():
            self._store.add_delivery(self._account.get("event", id)["id"], self._account.now())
        self._account.wake()

    def wait(self, seconds: float = 10) -> bool:
        """Wait until nothing is on its way to the webhook; whether that came about in time."""
        limit = time.monotonic() + seconds
        while self._store.deliveries(state="due"):
            if time.monotonic() > limit:
                return False
            time.sleep(0.02)
        return True

    def fault(self, kind: str, calls: str = "", *, times: int = 1, seconds: float = 1.0) -> None:
        """Let the next calls that begin with `calls` (`POST /v1/refunds`) fail in a way."""
        self._calls.faults.append(Fault(FaultKind(kind), calls, times, seconds))

    def forget_faults(self) -> None:
        """Let nothing fail any more."""
        self._calls.faults.clear()

    def move_clock(self, *, to: float | None = None, by: float = 0) -> float:
        """Move the server's clock to an instant, or by some seconds; without either it tells the time again."""
        with self._store.transaction():
            now = self._account.now()
            shift = float(self._store.setting("shift") or 0)
            moved = shift + (to - now if to is not None else by) if to is not None or by else 0.0
            self._store.set("shift", str(moved))
            self._store.hasten(self._account.now())
        self._account.wake()
        return self._account.now()

    def pay(
        self, session_id: str, number: str = "4242424242424242", *, name: str = "Luis Demo",
        email: str = "luis.demo@example.com", approve: bool = True,
    ) -> Object:  # fmt: skip
        """Pay a session as its page would; you get the PaymentIntent, or the refusal. `approve` answers 3-D Secure."""
        if number not in BY_NUMBER:
            raise invalid("Only test cards can be used here.", param="number")
        with self._store.transaction():
            try:
                intent = pay_session(self._account, session_id, Payer(BY_NUMBER[number], name, email))
                if intent["status"] == "requires_action":
                    intent = answer_approval(self._account, intent["id"], approved=approve)
            except Refusal as refusal:
                declined = refusal
            else:
                return public(intent)
        raise declined

    def expire(self, session_id: str) -> Object:
        """End an open session as time would."""
        with self._store.transaction():
            return public(expire_session(self._account, {}, id=session_id))

    def dispute(self, id: str, *, amount: int | None = None, reason: str = "fraudulent") -> Object:
        """The card's owner disputes a charge, named by its id or its PaymentIntent's."""
        with self._store.transaction():
            charge = self._account.get("payment_intent", id)["latest_charge"] if id.startswith("pi_") else id
            return public(open_dispute(self._account, charge, amount=amount, reason=reason))

    def close_dispute(self, id: str, *, won: bool) -> Object:
        """The bank decides a dispute."""
        with self._store.transaction():
            return public(close_dispute(self._account, id, won=won))

    def state(self) -> dict[str, Any]:
        """Where events go, what waits, what time it is here."""
        return {
            "now": self._account.stamp(), "webhook_url": self._store.setting("webhook_url"),
            "paused": bool(self._store.setting("paused")), "faults": [asdict(fault) for fault in self._calls.faults],
            "deliveries": [asdict(delivery) for delivery in self._store.deliveries()],
        }  # fmt: skip


def control_pages(control: Control) -> Blueprint:
    """The levers over HTTP: POST a JSON object of the call's named values to /_local/<lever>."""
    blueprint = Blueprint("control", __name__, url_prefix="/_local")
    levers = {
        "webhooks": control.webhooks, "deliver": control.deliver, "redeliver": control.redeliver, "wait": control.wait,
        "fault": control.fault, "forget-faults": control.forget_faults, "clock": control.move_clock,
        "pay": control.pay, "expire": control.expire, "dispute": control.dispute,
        "close-dispute": control.close_dispute,
    }  # fmt: skip

    @blueprint.get("/state")
    def state() -> Response:
        return _json(control.state())

    @blueprint.post("/<name>")
    def pull(name: str) -> Response:
        if name not in levers:
            return _json({"error": {"type": "invalid_request_error", "message": f"No lever {name}."}}, 404)
        # JSON only: a form of a page elsewhere cannot send it.
        values = request.get_json()
        try:
            result: Any = levers[name](**values)  # type: ignore[operator]
        except Refusal as refusal:
            return _json({"error": refusal.error}, refusal.status)
        except (TypeError, ValueError) as error:
            return _json({"error": {"type": "invalid_request_error", "message": str(error)}}, 400)
        if name == "deliver":
            result = [asdict(answer) for answer in result]
        return _json({"result": result})

    return blueprint


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, indent=2) + "\n", status, content_type="application/json")
