"""Cards by Stripe Checkout: one thin door over the official client, the same for the local server and the real one.

Each call that changes something carries our key, so that it may be made again without a second effect.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import requests
import stripe

from kernel.money import Money
from kernel.problems import Conflict, Invalid, Kind, Problem
from kernel.text import msg

if TYPE_CHECKING:
    from recobro.config import Settings

TIMEOUT_S = (5, 20)
# docs.stripe.com/webhooks: how far the signed instant may lie from ours. Their client lets any future instant pass.
TOLERANCE = timedelta(seconds=300)
_LOCALES = {"es_MX": "es-419", "es_CO": "es-419", "es_ES": "es", "en": "en"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CardsRefused(Conflict):
    """Stripe will not do it; `details` hold its code and its words."""

    code: ClassVar[str] = "cards.refused"


class CardsUnavailable(Problem):
    """No answer, or a failure on their side. The same call with the same key may be made again."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "cards.unavailable"


class WebhookRefused(Invalid):
    """A message that Stripe did not sign, or not within five minutes of now."""

    code: ClassVar[str] = "cards.webhook_refused"


@dataclass(frozen=True)
class Checkout:
    """A payment page: `status` is open, complete or expired; `payment_id` names the payment once a card was tried."""

    id: str
    url: str | None
    status: str
    paid: bool
    amount: Money
    payment_id: str | None
    metadata: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class CardPayment:
    """A payment by card as Stripe has it now: what came in, what went back, what Stripe kept (in its own currency)."""

    id: str
    status: str
    amount: Money
    received: Money
    refunded: Money
    fee: Money | None
    charge_id: str | None
    disputed: bool
    card: str
    failure: str
    metadata: Mapping[str, str]
    created_at: datetime


@dataclass(frozen=True)
class CardRefund:
    """Money on its way back to a card; `status` is pending, succeeded or failed."""

    id: str
    status: str
    amount: Money
    payment_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class StripeEvent:
    """Something that happened at Stripe. `thing` is the object as it was then: fetch the present one before acting."""

    id: str
    type: str
    created_at: datetime
    thing: Mapping[str, Any]

    @property
    def thing_id(self) -> str:
        """The id of the object it is about."""
        return str(self.thing.get("id", ""))


@dataclass(frozen=True)
class StripeCheckout:
    """One Stripe account. `api_base` is named for the local server only."""

    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str | None = None

    @classmethod
    def from_settings(cls, settings: "Settings") -> "StripeCheckout":
        """The installation's account."""
        return cls(settings.stripe_secret_key or "", settings.stripe_webhook_secret or "", settings.stripe_api_base)

    @cached_property
    def _client(self) -> stripe.StripeClient:
        if not self.key:
            raise CardsUnavailable(msg("Los pagos con tarjeta no están configurados: falta STRIPE_SECRET_KEY."))
        session = requests.Session()
        # A proxy of the environment leads to the world, not to this machine.
        session.trust_env = urlsplit(self.api_base or "").hostname not in _LOOPBACK
        return stripe.StripeClient(
            self.key,
            base_addresses={"api": self.api_base} if self.api_base else None,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S, session=session),
            max_network_retries=2,
        )

    def create_checkout(
        self, *, idempotency_key: str, amount: Money, description: str, success_url: str, cancel_url: str,
        metadata: Mapping[str, str], locale: str = "es_MX", email: str = "",
    ) -> Checkout:  # fmt: skip
        """A page on which a debtor pays an amount by card. `success_url` may hold `{CHECKOUT_SESSION_ID}`.

        The metadata is written on the page and on its payment, so that either leads back to us.
        """
        params: Any = {
            "mode": "payment",
            "line_items": [{
                "quantity": 1,
                "price_data": {"currency": amount.currency.lower(), "unit_amount": amount.minor,
                               "product_data": {"name": description}},
            }],
            "allowed_payment_method_types": ["card"],
            # The debtor pays what was agreed, in the currency it was agreed in.
            "adaptive_pricing": {"enabled": False},
            "success_url": success_url, "cancel_url": cancel_url, "locale": _LOCALES.get(locale, "auto"),
            "metadata": dict(metadata), "payment_intent_data": {"description": description, "metadata": dict(metadata)},
        }  # fmt: skip
        if email:
            params["customer_email"] = email
        with _told():
            return _checkout(self._client.v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key}))

    def checkout(self, id: str) -> Checkout:
        """A payment page as it is now."""
        with _told():
            return _checkout(self._client.v1.checkout.sessions.retrieve(id))

    def expire(self, id: str, *, idempotency_key: str) -> Checkout:
        """Close an open payment page, so that nobody pays on it any more."""
        with _told():
            return _checkout(self._client.v1.checkout.sessions.expire(id, None, {"idempotency_key": idempotency_key}))

    def find_by_metadata(self, name: str, value: str, *, since: datetime) -> Checkout | None:
        """The newest payment page made since an instant that carries this mark: was the lost call done after all?"""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        with _told():
            for found in self._client.v1.checkout.sessions.list(params).auto_paging_iter():
                if _words(found.metadata).get(name) == value:
                    return _checkout(found)
        return None

    def payment(self, id: str) -> CardPayment:
        """A payment as it is now, with its charge and Stripe's fee."""
        params: Any = {"expand": ["latest_charge.balance_transaction"]}
        with _told():
            return _payment(self._client.v1.payment_intents.retrieve(id, params))

    def refund(
        self, *, idempotency_key: str, payment_id: str, amount: Money | None = None, metadata: Mapping[str, str]
    ) -> CardRefund:
        """Send money back to the card, all that is left when no amount is given. More than what is left is refused."""
        params: Any = {"payment_intent": payment_id, "metadata": dict(metadata)}
        if amount is not None:
            params["amount"] = amount.minor
        with _told():
            return _refund(self._client.v1.refunds.create(params, {"idempotency_key": idempotency_key}))

    def refunds(self, payment_id: str) -> list[CardRefund]:
        """Every refund of a payment, the newest first."""
        params: Any = {"payment_intent": payment_id, "limit": 100}
        with _told():
            return [_refund(found) for found in self._client.v1.refunds.list(params).auto_paging_iter()]

    def events(self, *, since: datetime, types: tuple[str, ...] = ()) -> Iterator[StripeEvent]:
        """What happened since an instant, the newest first: for the daily look at what a webhook may have missed."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        if types:
            params["types"] = list(types)
        with _told():
            for found in self._client.v1.events.list(params).auto_paging_iter():
                yield _event(json.loads(str(found)))

    def verify_webhook(self, body: bytes, header: str | None, *, now: datetime) -> StripeEvent:
        """The event in a webhook's raw body; refused unless signed with our secret within five minutes of now."""
        try:
            stripe.WebhookSignature.verify_header(body, header, self.webhook_secret, tolerance=None)
            signed_at = int(next(part[2:] for part in str(header).split(",") if part.startswith("t=")))
            event = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError, StopIteration) as error:
            raise WebhookRefused(msg("El aviso no viene de Stripe: su firma no es válida.")) from error
        if abs(now.timestamp() - signed_at) > TOLERANCE.total_seconds():
            raise WebhookRefused(msg("El aviso de Stripe se firmó a otra hora: revisa el reloj de esta máquina."))
        if not isinstance(event, dict) or event.get("object") != "event":
            raise WebhookRefused(msg("El aviso de Stripe no es un evento."))
        return _event(event)


@contextmanager
def _told() -> Iterator[None]:
    """Inside, the official client's errors become refusals of ours."""
    try:
        yield
    except stripe.StripeError as error:
        words = error.user_message or str(error)
        if error.http_status is None or error.http_status >= 500 or error.http_status in (409, 429):
            raise CardsUnavailable(msg("Stripe no contestó: {words}"), words=words) from error
        raise CardsRefused(
            msg("Stripe no lo aceptó: {words}"), words=words, reason=error.code or "", status=error.http_status
        ) from error


def _checkout(session: Any) -> Checkout:
    return Checkout(
        id=session.id,
        url=session.url,
        status=session.status,
        paid=session.payment_status == "paid",
        amount=Money(session.amount_total, session.currency.upper()),
        payment_id=session.payment_intent,
        metadata=_words(session.metadata),
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
    )


def _payment(intent: Any) -> CardPayment:
    currency = intent.currency.upper()
    charge = intent.latest_charge
    entry = charge.balance_transaction if charge else None
    card = charge.payment_method_details.card if charge and charge.payment_method_details else None
    return CardPayment(
        id=intent.id,
        status=intent.status,
        amount=Money(intent.amount, currency),
        received=Money(intent.amount_received, currency),
        refunded=Money(charge.amount_refunded if charge and charge.captured else 0, currency),
        fee=Money(entry.fee, entry.currency.upper()) if entry else None,
        charge_id=charge.id if charge else None,
        disputed=bool(charge and charge.disputed),
        card=f"{card.brand} •••• {card.last4}" if card else "",
        failure=_failure(intent.last_payment_error),
        metadata=_words(intent.metadata),
        created_at=datetime.fromtimestamp(intent.created, UTC),
    )


def _refund(refund: Any) -> CardRefund:
    return CardRefund(
        id=refund.id,
        status=refund.status,
        amount=Money(refund.amount, refund.currency.upper()),
        payment_id=refund.payment_intent,
        metadata=_words(refund.metadata),
    )


def _event(event: Mapping[str, Any]) -> StripeEvent:
    return StripeEvent(
        id=str(event["id"]),
        type=str(event["type"]),
        created_at=datetime.fromtimestamp(int(event["created"]), UTC),
        thing=event["data"]["object"],
    )


def _failure(error: Any) -> str:
    known = _words(error)
    return known.get("decline_code") or known.get("code") or ""


def _words(thing: Any) -> dict[str, Any]:
    return dict(thing.to_dict()) if thing else {}
