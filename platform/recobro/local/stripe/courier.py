"""What happens by itself: events are carried to the webhook, and things whose time has come take place."""

import hashlib
import hmac
import http.client
import json
import logging
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from recobro.local.stripe.account import Account, public
from recobro.local.stripe.disputes import open_dispute
from recobro.local.stripe.refunds import fail_refund, settle_refund
from recobro.local.stripe.sessions import get_session
from recobro.local.stripe.store import Object

TIMEOUT_S = 10
# Seconds between attempts; the real service goes on for three days with pauses of hours.
RETRIES_S = (1, 2, 5, 15, 60, 300, 900, 3600, 3600, 3600)
_PAUSE_S = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What the webhook's owner said to an event: an HTTP status, or 0 and why there was none."""

    event: str
    status: int
    words: str = ""

    @property
    def taken(self) -> bool:
        """Whether the event counts as delivered."""
        return 200 <= self.status < 300


def signature(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header of a body at an instant (docs.stripe.com/webhooks#verify-manually)."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Courier:
    """A thread that looks a few times a second, and at once when it is woken."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._store = account.store
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stripe-courier", daemon=True)
        account.wake = self._woken.set

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery that is under way."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_S + 1)

    def carry_now(self, events: Iterable[str], *, times: int = 1, shuffle: int | None = None) -> list[Answer]:
        """Deliver events at once, delivered before or not: `times` each, in an order shuffled by a seed if given."""
        order = [event for event in events for _ in range(times)]
        if shuffle is not None:
            random.Random(shuffle).shuffle(order)  # noqa: S311 - a test's disorder
        return [self._carry(event) for event in order]

    def _run(self) -> None:
        while not self._ending.is_set():
            self._woken.wait(_PAUSE_S)
            self._woken.clear()
            try:
                self._let_happen()
                self._carry_due()
            except Exception:
                log.exception("The courier stumbled and goes on.")

    def _let_happen(self) -> None:
        with self._store.transaction():
            for action, thing in self._store.take_due(self._account.now()):
                if action == "expire":
                    get_session(self._account, thing)
                elif action == "dispute":
                    open_dispute(self._account, thing)
                elif action == "refund_fails":
                    fail_refund(self._account, thing)
                elif action == "refund_pends":
                    settle_refund(self._account, thing)

    def _carry_due(self) -> None:
        for delivery in self._store.deliveries(state="due"):
            if self._ending.is_set() or self._store.setting("paused") or delivery.due > self._account.now():
                return
            answer = self._carry(delivery.event)
            with self._store.transaction():
                words = f"{answer.status} {answer.words}".strip()
                self._store.end_delivery(delivery.number, "delivered" if answer.taken else "failed", words)
                if not answer.taken and delivery.attempt <= len(RETRIES_S):
                    due = self._account.now() + RETRIES_S[delivery.attempt - 1]
                    self._store.add_delivery(delivery.event, due, delivery.attempt + 1)

    def _carry(self, event_id: str) -> Answer:
        event = self._account.get("event", event_id)
        answer = _post(self._store.setting("webhook_url"), self._store.setting("webhook_secret"), event, self._account)
        if answer.taken and event["pending_webhooks"]:
            self._account.save(event | {"pending_webhooks": 0})
        return answer


def _post(url: str, secret: str, event: Object, account: Account) -> Answer:
    body = json.dumps(public(event), indent=2, ensure_ascii=False).encode()
    parts = urlsplit(url)
    if not parts.hostname:
        return Answer(event["id"], 0, "no webhook address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature(body, secret, account.stamp()),
    }
    try:
        connection.request("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
        response = connection.getresponse()
        return Answer(event["id"], response.status, response.read(200).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return Answer(event["id"], 0, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
