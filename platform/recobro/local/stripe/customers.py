"""Customers."""

from recobro.local.stripe.account import Account
from recobro.local.stripe.parameters import merged
from recobro.local.stripe.store import Object

_TEXTS = ("description", "email", "name", "phone")


def create_customer(account: Account, params: Object) -> Object:
    """POST /v1/customers"""
    customer_id = account.store.new_id("cus_", 14)
    customer = account.save({
        "id": customer_id, "object": "customer", "address": params.get("address"), "balance": 0,
        "created": account.stamp(), "currency": None, "customer_account": None, "default_source": None,
        "delinquent": False, "discount": None,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None,
                             "rendering_options": None},
        "livemode": False, "metadata": params.get("metadata") or {}, "next_invoice_sequence": 1,
        "preferred_locales": params.get("preferred_locales") or [], "shipping": params.get("shipping"),
        "tax_exempt": "none", "test_clock": None, **{name: params.get(name) for name in _TEXTS},
    })  # fmt: skip
    account.emit("customer.created", customer)
    return customer


def update_customer(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/customers/:id"""
    customer = account.get("customer", id)
    before = dict(customer)
    customer |= {name: params[name] or None for name in _TEXTS if name in params}
    customer["metadata"] = merged(customer["metadata"], params.get("metadata"))
    account.emit("customer.updated", account.save(customer), before=before)
    return customer
