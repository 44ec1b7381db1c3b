"""PaymentIntents: one wish to be paid, through declines and approvals, to the charge that succeeds."""

from typing import Any

from recobro.local.stripe.account import Account, public
from recobro.local.stripe.cards import MESSAGES, OWN_CODES
from recobro.local.stripe.charges import book_charge, new_charge
from recobro.local.stripe.methods import payment_method
from recobro.local.stripe.parameters import known_currency, merged, positive_amount
from recobro.local.stripe.refusals import Refusal, invalid
from recobro.local.stripe.store import Object

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = (*_CONFIRMABLE, "requires_capture")
_CANCEL_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def create_intent(account: Account, params: Object) -> Object:
    """POST /v1/payment_intents"""
    intent = new_intent(
        account,
        amount=positive_amount(params["amount"], known_currency(params["currency"])),
        currency=params["currency"],
        capture_method=params.get("capture_method", "automatic"),
        metadata=params.get("metadata") or {},
        description=params.get("description"),
        customer=_known_customer(account, params.get("customer")),
        receipt_email=params.get("receipt_email"),
        statement_descriptor=params.get("statement_descriptor"),
        statement_descriptor_suffix=params.get("statement_descriptor_suffix"),
        return_url=params.get("return_url"),
    )
    if token := params.get("payment_method"):
        intent |= {"payment_method": payment_method(account, token)["id"], "status": "requires_confirmation"}
        account.save(intent)
    if params.get("confirm"):
        given: Object = {name: params[name] for name in ("return_url", "off_session") if name in params}
        return confirm_intent(account, given, id=intent["id"])
    return intent


def new_intent(account: Account, *, amount: int, currency: str, return_url: str | None = None, **given: Any) -> Object:
    """A PaymentIntent that waits for a payment method."""
    intent_id = account.store.new_id("pi_3")
    intent = account.save({
        "id": intent_id, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True}, "canceled_at": None,
        "cancellation_reason": None, "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_{account.store.new_id('')}", "confirmation_method": "automatic",
        "created": account.stamp(), "currency": currency.lower(), "customer": None, "customer_account": None,
        "description": None, "excluded_payment_method_types": None, "last_payment_error": None, "latest_charge": None,
        "livemode": False, "managed_payments": {"enabled": False}, "metadata": {},
        "next_action": None, "on_behalf_of": None, "payment_method": None,
        "payment_method_configuration_details": None, "payment_method_options": {}, "payment_method_types": ["card"],
        "processing": None, "receipt_email": None, "review": None, "setup_future_usage": None, "shipping": None,
        "source": None, "statement_descriptor": None, "statement_descriptor_suffix": None,
        "status": "requires_payment_method", "transfer_data": None, "transfer_group": None, "_return_url": return_url,
        **given,
    })  # fmt: skip
    account.emit("payment_intent.created", intent)
    return intent


def update_intent(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/payment_intents/:id"""
    intent = account.get("payment_intent", id)
    for name in ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name] or None
    if "amount" in params:
        _expect(intent, _CONFIRMABLE, "update the amount of")
        intent["amount"] = positive_amount(params["amount"], intent["currency"])
    if "metadata" in params:
        intent["metadata"] = merged(intent["metadata"], params["metadata"])
    return account.save(intent)


def confirm_intent(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/payment_intents/:id/confirm"""
    intent = account.get("payment_intent", id)
    _expect(intent, _CONFIRMABLE, "confirm")
    if params.get("return_url"):
        intent["_return_url"] = params["return_url"]
    token = params.get("payment_method") or intent["payment_method"]
    if not token:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = payment_method(account, token)
    if method["_card"]["ask"] and params.get("off_session"):
        return decline(account, intent, method, "authentication_required")
    return attempt(account, intent, method)


def attempt(account: Account, intent: Object, method: Object, *, approved: bool = False) -> Object:
    """Charge a payment method: the intent succeeds, waits for approval or capture, or the card is declined (402)."""
    card = method["_card"]
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if card["ask"] and not approved:
        link = f"{account.origin}/c/authenticate/{intent['id']}"
        if intent["_return_url"]:
            action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": intent["_return_url"], "url": link}}
        else:
            action = {
                "type": "use_stripe_sdk",
                "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": link},
            }
        intent |= {"status": "requires_action", "next_action": action}
        account.emit("payment_intent.requires_action", account.save(intent))
        return intent
    if card["decline"]:
        return decline(account, intent, method, card["decline"])
    captured = intent["capture_method"] != "manual"
    charge = new_charge(account, intent, method, captured=captured)
    intent["latest_charge"] = charge["id"]
    if captured:
        charge["balance_transaction"] = book_charge(account, charge)["id"]
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    else:
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    account.emit("charge.succeeded", account.save(charge))
    account.emit(
        "payment_intent.succeeded" if captured else "payment_intent.amount_capturable_updated", account.save(intent)
    )
    if card["later"] == "dispute":
        account.store.add_later(account.now(), "dispute", charge["id"])
        account.wake()
    return intent


def decline(account: Account, intent: Object, method: Object, reason: str) -> Object:
    """Note the failed charge and refuse with a card error."""
    code = reason if reason in OWN_CODES else "card_declined"
    charge = new_charge(account, intent, method, captured=False)
    charge |= {
        "status": "failed", "paid": False, "failure_code": code, "failure_message": MESSAGES[reason],
        "outcome": {**charge["outcome"], "type": "issuer_declined", "reason": reason,
                    "network_status": "declined_by_network", "seller_message": MESSAGES[reason]},
    }  # fmt: skip
    refusal = Refusal(
        402, "card_error", MESSAGES[reason], code=code, executed=True,
        charge=charge["id"], decline_code=reason, payment_method=public(method),
    )  # fmt: skip
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "latest_charge": charge["id"], "next_action": None,
        "last_payment_error": dict(refusal.error),
    }  # fmt: skip
    account.emit("charge.failed", account.save(charge))
    account.emit("payment_intent.payment_failed", account.save(intent))
    refusal.error["payment_intent"] = public(intent)
    raise refusal


def refuse_approval(account: Account, intent: Object) -> Object:
    """The card's owner did not approve: the intent waits for another payment method."""
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "next_action": None,
        "last_payment_error": {
            "type": "invalid_request_error", "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
        },
    }  # fmt: skip
    account.emit("payment_intent.payment_failed", account.save(intent))
    return intent


def capture_intent(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/payment_intents/:id/capture: all of it, or less; what is left is released."""
    intent = account.get("payment_intent", id)
    _expect(intent, ("requires_capture",), "capture")
    amount: int = params.get("amount_to_capture") or intent["amount_capturable"]
    if not 1 <= amount <= intent["amount_capturable"]:
        raise invalid(
            "Amount to capture is greater than the capturable amount.",
            param="amount_to_capture",
            code="amount_too_large",
        )
    charge = account.get("charge", intent["latest_charge"])
    before = dict(charge)
    charge |= {"captured": True, "amount_captured": amount, "amount_refunded": charge["amount"] - amount}
    charge["balance_transaction"] = book_charge(account, charge)["id"]
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    account.emit("charge.captured", account.save(charge), before=before)
    account.emit("payment_intent.succeeded", account.save(intent))
    return intent


def cancel_intent(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/payment_intents/:id/cancel"""
    intent = account.get("payment_intent", id)
    _expect(intent, _CANCELABLE, "cancel")
    if (reason := params.get("cancellation_reason")) not in (None, *_CANCEL_REASONS):
        raise invalid(f"Invalid cancellation_reason: {reason}", param="cancellation_reason")
    intent |= {"status": "canceled", "canceled_at": account.stamp(), "cancellation_reason": reason,
               "amount_capturable": 0, "next_action": None}  # fmt: skip
    account.emit("payment_intent.canceled", account.save(intent))
    return intent


def _known_customer(account: Account, id: str | None) -> str | None:
    return str(account.get("customer", id, param="customer")["id"]) if id else None


def _expect(intent: Object, states: tuple[str, ...], verb: str) -> None:
    if intent["status"] not in states:
        refusal = invalid(
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent"
            f" with one of the following statuses may be treated so: {', '.join(states)}.",
            code="payment_intent_unexpected_state",
            executed=True,
        )
        refusal.error["payment_intent"] = public(intent)
        raise refusal
