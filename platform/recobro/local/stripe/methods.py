"""Payment methods: test cards only, by number or by the names the official documents give them."""

from recobro.local.stripe.account import Account
from recobro.local.stripe.cards import BY_NUMBER, BY_TOKEN, Card
from recobro.local.stripe.refusals import Refusal, missing, not_here
from recobro.local.stripe.store import Object


def payment_method(account: Account, token: str) -> Object:
    """A payment method by its id, or a new one for a test card's name (`pm_card_visa`)."""
    if token in BY_TOKEN:
        return new_method(account, BY_TOKEN[token])
    found = account.store.get(token, "payment_method")
    if found is None:
        raise missing("PaymentMethod", token, param="payment_method")
    return found


def create_method(account: Account, params: Object) -> Object:
    """POST /v1/payment_methods, for test cards only."""
    if params.get("type") != "card" or "number" not in (params.get("card") or {}):
        raise not_here("payment methods other than cards", "type")
    given = params["card"]
    card = BY_NUMBER.get(given["number"])
    if card is None:
        raise Refusal(402, "card_error", "Your card was declined. Your request was in test mode, but used a non test"
                      " card.", code="card_declined", param="number", decline_code="test_mode_live_card")  # fmt: skip
    return new_method(account, card, month=given["exp_month"], year=given["exp_year"])


def new_method(
    account: Account,
    card: Card,
    *,
    month: int = 12,
    year: int = 2034,
    name: str | None = None,
    email: str | None = None,
) -> Object:
    """A payment method of a test card."""
    return account.save({
        "id": account.store.new_id("pm_1"), "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": _billing(name, email),
        "card": {
            "brand": card.brand, "checks": {"address_line1_check": None, "address_postal_code_check": None,
            "cvc_check": "pass"}, "country": card.country, "display_brand": card.brand, "exp_month": month,
            "exp_year": year, "fingerprint": f"local{card.number[-8:]}", "funding": "credit", "generated_from": None,
            "last4": card.number[-4:], "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True}, "wallet": None,
        },
        "created": account.stamp(), "customer": None, "customer_account": None, "livemode": False, "metadata": {},
        "type": "card",
        "_card": {"ask": card.ask, "decline": card.decline, "later": card.later},
    })  # fmt: skip


def _billing(name: str | None, email: str | None) -> Object:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": email, "name": name, "phone": None, "tax_id": None}
