"""Checkout Sessions, payment mode: made by the API, paid on the page, ended by payment, by hand or by time."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from recobro.local.stripe.account import Account
from recobro.local.stripe.cards import Card
from recobro.local.stripe.intents import attempt, new_intent, refuse_approval
from recobro.local.stripe.methods import new_method
from recobro.local.stripe.parameters import known_currency, merged, positive_amount
from recobro.local.stripe.refusals import invalid, not_here
from recobro.local.stripe.store import Object

_SHORTEST_S, _LONGEST_S = 30 * 60, 24 * 60 * 60
# What would change the amount or the kind of session, and is not played here.
_NOT_HERE = ("subscription_data", "setup_intent_data", "discounts", "shipping_options", "optional_items", "return_url")
_INTENT = ("capture_method", "description", "metadata", "receipt_email", "statement_descriptor",
           "statement_descriptor_suffix")  # fmt: skip


def create_session(account: Account, params: Object) -> Object:
    """POST /v1/checkout/sessions"""
    if params.get("mode", "payment") != "payment" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_here("sessions other than hosted payment pages", "mode")
    for name in _NOT_HERE:
        if params.get(name):
            raise not_here(f"'{name}'", name)
    for name in ("automatic_tax", "adaptive_pricing"):
        if (params.get(name) or {}).get("enabled"):
            raise not_here(f"'{name}'", name)
    for name in ("success_url", "cancel_url"):
        _web_address(params, name, required=name == "success_url")
    customer = account.get("customer", params["customer"], param="customer") if params.get("customer") else None
    if customer and params.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.", param="customer_email")
    session_id = account.store.new_id("cs_test_a1", 56)
    lines = _lines(account, params)
    total = sum(line["amount_total"] for line in lines)
    currency = lines[0]["currency"]
    positive_amount(total, currency, "line_items")
    expires_at = _expiry(account, params)
    account.store.add_later(expires_at, "expire", session_id)
    return account.save(
        _shape(params)
        | {
            "id": session_id, "amount_subtotal": total, "amount_total": total, "created": account.stamp(),
            "currency": currency, "customer": customer["id"] if customer else None, "expires_at": expires_at,
            "url": f"{account.origin}/c/pay/{session_id}", "_line_items": lines,
            "_intent": {name: value for name, value in (params.get("payment_intent_data") or {}).items()
                        if name in _INTENT},
            "_email": (customer or {}).get("email") or params.get("customer_email"),
        }
    )  # fmt: skip


def _shape(params: Object) -> Object:
    names = ("cancel_url", "client_reference_id", "customer_email", "locale", "submit_type", "success_url")
    no_text = dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"))
    return {
        "object": "checkout.session", "adaptive_pricing": {"enabled": False}, "after_expiration": None,
        "allow_promotion_codes": None, "automatic_tax": {"enabled": False, "liability": None, "provider": None,
        "status": None}, "billing_address_collection": params.get("billing_address_collection"), "client_secret": None,
        "collected_information": None, "consent": None, "consent_collection": None, "currency_conversion": None,
        "custom_fields": [], "custom_text": no_text | (params.get("custom_text") or {}), "customer_account": None,
        "customer_creation": params.get("customer_creation", "if_required"), "customer_details": None, "discounts": [],
        "integration_identifier": params.get("integration_identifier"), "invoice": None, "invoice_creation": None,
        "livemode": False, "managed_payments": {"enabled": False}, "metadata": params.get("metadata") or {},
        "mode": "payment", "origin_context": None, "payment_intent": None, "payment_link": None,
        "payment_method_collection": "if_required", "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}}, "payment_method_types": ["card"],
        "payment_status": "unpaid", "permissions": None, "phone_number_collection": {"enabled": False},
        "recovered_from": None, "saved_payment_method_options": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "subscription": None, "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page", "wallet_options": None, **{name: params.get(name) for name in names},
    }  # fmt: skip


def _lines(account: Account, params: Object) -> list[Object]:
    given = params.get("line_items") or []
    if not given:
        raise invalid("Missing required param: line_items.", param="line_items", code="parameter_missing")
    lines: list[Object] = []
    for index, item in enumerate(given):
        place = f"line_items[{index}]"
        data: Any = item.get("price_data")
        if not data or "product_data" not in data:
            raise not_here("stored prices and products: give price_data[product_data]", place)
        if not data["product_data"].get("name"):
            raise invalid(f"Missing required param: {place}[price_data][product_data][name].", code="parameter_missing")
        currency = known_currency(data["currency"], f"{place}[price_data][currency]")
        unit, quantity = data.get("unit_amount"), item.get("quantity", 1)
        if not isinstance(unit, int) or unit < 0 or not isinstance(quantity, int) or quantity < 1:
            raise invalid("Invalid non-negative integer", param=f"{place}[price_data][unit_amount]")
        if lines and currency != lines[0]["currency"]:
            raise invalid("All line items must have the same currency.", param="line_items")
        lines.append({
            "id": account.store.new_id("li_1"), "object": "item", "amount_discount": 0,
            "amount_subtotal": unit * quantity, "amount_tax": 0, "amount_total": unit * quantity, "currency": currency,
            "description": data["product_data"]["name"], "price": None, "quantity": quantity,
            "_details": data["product_data"].get("description"),
        })  # fmt: skip
    return lines


def _web_address(params: Object, name: str, *, required: bool) -> None:
    if name not in params and not required:
        return
    parts = urlsplit(str(params.get(name) or ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid("Not a valid URL" if params.get(name) else f"Missing required param: {name}.", param=name,
                      code="url_invalid" if params.get(name) else "parameter_missing")  # fmt: skip


def _expiry(account: Account, params: Object) -> int:
    at = params.get("expires_at", account.stamp() + _LONGEST_S)
    # The real service allows for the seconds a call takes on its way.
    if not account.stamp() + _SHORTEST_S - 60 <= at <= account.stamp() + _LONGEST_S + 60:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", param="expires_at"
        )
    return int(at)


def get_session(account: Account, id: str) -> Object:
    """A session; one whose time has come is expired first."""
    session = account.get("checkout.session", id)
    if session["status"] == "open" and session["expires_at"] <= account.now():
        return _expired(account, session)
    return session


def update_session(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/checkout/sessions/:id: its metadata."""
    session = get_session(account, id)
    session["metadata"] = merged(session["metadata"], params.get("metadata"))
    return account.save(session)


def expire_session(account: Account, params: Object, *, id: str) -> Object:  # noqa: ARG001 - as every call
    """POST /v1/checkout/sessions/:id/expire"""
    session = get_session(account, id)
    if session["status"] != "open":
        raise invalid(
            f"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of"
            f" {session['status']}.", executed=True,
        )  # fmt: skip
    return _expired(account, session)


def _expired(account: Account, session: Object) -> Object:
    session |= {"status": "expired", "url": None}
    account.emit("checkout.session.expired", account.save(session))
    return session


@dataclass(frozen=True)
class Payer:
    """Who pays, as typed on the page."""

    card: Card
    name: str
    email: str
    month: int = 12
    year: int = 2034


def pay_session(account: Account, id: str, payer: Payer) -> Object:
    """Pay an open session with a card; you get its PaymentIntent. A declined card leaves the session open."""
    session = _open(account, id)
    method = new_method(account, payer.card, month=payer.month, year=payer.year, name=payer.name, email=payer.email)
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
    else:
        intent = new_intent(account, amount=session["amount_total"], currency=session["currency"],
                            customer=session["customer"], _session=id, **session["_intent"])  # fmt: skip
        session["payment_intent"] = intent["id"]
    session["_payer"] = {"name": payer.name, "email": payer.email}
    account.save(session)
    intent = attempt(account, intent, method)
    if intent["status"] in ("succeeded", "requires_capture"):
        _complete(account, session, intent)
    return intent


def answer_approval(account: Account, intent_id: str, *, approved: bool) -> Object:
    """What the card's owner said when asked (3-D Secure); you get the PaymentIntent as it is then."""
    intent = account.get("payment_intent", intent_id)
    if intent["status"] != "requires_action":
        return intent
    if not approved:
        return refuse_approval(account, intent)
    method = account.get("payment_method", intent["payment_method"])
    session = _open(account, intent["_session"]) if intent.get("_session") else None
    intent = attempt(account, intent, method, approved=True)
    if session:
        _complete(account, session, intent)
    return intent


def success_address(session: Object) -> str:
    """Where the payer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _open(account: Account, id: str) -> Object:
    session = get_session(account, id)
    if session["status"] != "open":
        raise invalid(f"This Checkout Session has a status of {session['status']}.", code="checkout_session_not_open")
    return session


def _complete(account: Account, session: Object, intent: Object) -> None:
    payer = session["_payer"]
    details = {
        "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")), "business_name": None,
        "email": payer["email"], "individual_name": None, "name": payer["name"], "phone": None, "tax_exempt": "none",
        "tax_ids": [],
    }  # fmt: skip
    session |= {
        "status": "complete", "url": None, "customer_details": details,
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
    }  # fmt: skip
    account.emit("checkout.session.completed", account.save(session))
