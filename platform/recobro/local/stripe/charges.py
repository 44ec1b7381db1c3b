"""Charges, and the balance transactions that say what each thing does to the account's balance."""

from recobro.local.stripe.account import Account
from recobro.local.stripe.store import Object

# What the local server keeps of each charge, in millionths and whole minor units.
_FEES = {"mxn": (36_000, 300), "eur": (15_000, 25), "cop": (29_000, 90_000)}


def new_charge(account: Account, intent: Object, method: Object, *, captured: bool) -> Object:
    """A charge of an intent by a payment method, as if it succeeded."""
    charge_id = account.store.new_id("ch_3")
    card = method["card"]
    return account.save({
        "id": charge_id, "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0, "application": None, "application_fee": None, "application_fee_amount": None,
        "balance_transaction": None, "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "RECOBRO LOCAL", "captured": captured,
        "created": account.stamp(), "currency": intent["currency"], "customer": intent["customer"],
        "description": intent["description"], "disputed": False, "failure_balance_transaction": None,
        "failure_code": None, "failure_message": None, "fraud_details": {}, "livemode": False,
        "metadata": dict(intent["metadata"]), "on_behalf_of": None,
        "outcome": {"advice_code": None, "network_advice_code": None, "network_decline_code": None,
                    "network_status": "approved_by_network", "reason": None, "risk_level": "normal", "risk_score": 12,
                    "seller_message": "Payment complete.", "type": "authorized"},
        "paid": True, "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": {"card": {
            "amount_authorized": intent["amount"], "authorization_code": "123456", "brand": card["brand"],
            "checks": card["checks"], "country": card["country"], "exp_month": card["exp_month"],
            "exp_year": card["exp_year"], "fingerprint": card["fingerprint"], "funding": card["funding"],
            "installments": None, "last4": card["last4"], "mandate": None, "network": card["brand"],
            "network_token": {"used": False}, "network_transaction_id": None, "three_d_secure": None, "wallet": None,
        }, "type": "card"},
        "receipt_email": intent["receipt_email"], "receipt_number": None,
        "receipt_url": f"{account.origin}/receipts/{charge_id}", "refunded": False, "review": None, "shipping": None,
        "source_transfer": None, "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"], "status": "succeeded",
        "transfer_data": None, "transfer_group": None, "_later": method["_card"]["later"],
    })  # fmt: skip


def book_charge(account: Account, charge: Object) -> Object:
    """The balance transaction of what was captured, less the processor's fee."""
    millionths, fixed = _FEES.get(charge["currency"], (29_000, 30))
    amount = charge["amount_captured"]
    fee = min(amount, (amount * millionths + 500_000) // 1_000_000 + fixed)
    return book(account, charge, type="charge", amount=amount, fee=fee)


def book(account: Account, source: Object, *, type: str, amount: int, fee: int = 0) -> Object:
    """A balance transaction: what an object does to the account's balance, and what the processor keeps of it."""
    kept = {"amount": fee, "application": None, "currency": source["currency"], "description": "Stripe processing fees",
            "type": "stripe_fee"}  # fmt: skip
    return account.save({
        "id": account.store.new_id("txn_3"), "object": "balance_transaction", "amount": amount,
        "available_on": account.stamp() + 2 * 86_400, "balance_type": "payments", "created": account.stamp(),
        "currency": source["currency"], "description": source.get("description"), "exchange_rate": None, "fee": fee,
        "fee_details": [kept] if fee else [], "net": amount - fee, "reporting_category": type, "source": source["id"],
        "status": "pending", "type": type,
    })  # fmt: skip
