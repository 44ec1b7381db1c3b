"""Stripe's notices: the raw body verified, kept once, answered at once; a job looks into it."""

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from kernel.clock import SystemClock
from recobro.adapters.stripe_checkout import WebhookRefused
from recobro.payments import cards
from recobro.web.security import csrf, public
from recobro.wiring import outside

bp = Blueprint("stripe_webhooks", __name__)


@bp.post("/webhooks/stripe")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def stripe() -> ResponseReturnValue:
    """Keep a notice. 400 when Stripe did not sign it; 200 for one we already had."""
    try:
        event = outside().checkout.verify_webhook(
            request.get_data(cache=False), request.headers.get("Stripe-Signature"), now=SystemClock().now()
        )
    except WebhookRefused as refusal:
        current_app.logger.warning("stripe webhook refused: %s", refusal.code)
        return Response(refusal.code, 400, mimetype="text/plain")
    cards.receive(event)
    return Response("ok", mimetype="text/plain")
