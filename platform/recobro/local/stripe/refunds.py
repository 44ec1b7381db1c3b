"""Refunds: never more than what is left of the charge."""

from recobro.local.stripe.account import Account
from recobro.local.stripe.charges import book
from recobro.local.stripe.parameters import merged
from recobro.local.stripe.refusals import invalid
from recobro.local.stripe.store import Object

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
_LATER_S = 5.0


def create_refund(account: Account, params: Object) -> Object:
    """POST /v1/refunds"""
    charge = _charge_of(account, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid(f"Charge {charge['id']} cannot be refunded: it has not been captured.", executed=True)
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            executed=True,
        )
    if left == 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", executed=True
        )
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        what = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        raise invalid(
            f"Refund amount ({_shown(amount)}) is greater than {what} ({_shown(left)})", param="amount", executed=True
        )
    if (reason := params.get("reason")) not in (None, *_REASONS):
        raise invalid(f"Invalid reason: must be one of {', '.join(_REASONS)}", param="reason")
    refund = _new_refund(account, charge, amount, reason, params.get("metadata") or {})
    _refunded_by(account, charge, amount)
    account.emit("refund.created", refund)
    if charge["_later"] in ("refund_fails", "refund_pends"):
        account.store.add_later(account.now() + _LATER_S, charge["_later"], refund["id"])
    return refund


def _charge_of(account: Account, params: Object) -> Object:
    if params.get("payment_intent"):
        intent = account.get("payment_intent", params["payment_intent"], param="payment_intent")
        if intent["latest_charge"] is None or intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
                executed=True,
            )
        return account.get("charge", intent["latest_charge"])
    if params.get("charge"):
        return account.get("charge", params["charge"], param="charge")
    raise invalid("One of the following params should be provided for this request: payment_intent or charge.",
                  code="parameter_missing")  # fmt: skip


def _new_refund(account: Account, charge: Object, amount: int, reason: str | None, metadata: Object) -> Object:
    refund: Object = {
        "id": account.store.new_id("re_3"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charge["id"], "created": account.stamp(), "currency": charge["currency"], "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                                         "type": "refund"}, "type": "card"},
        "metadata": metadata, "payment_intent": charge["payment_intent"], "payment_method": charge["payment_method"],
        "reason": reason, "receipt_number": None, "source_transfer_reversal": None,
        "status": "pending" if charge["_later"] == "refund_pends" else "succeeded", "transfer_reversal": None,
    }  # fmt: skip
    refund["balance_transaction"] = book(account, refund, type="refund", amount=-amount)["id"]
    return account.save(refund)


def _refunded_by(account: Account, charge: Object, amount: int) -> None:
    before = dict(charge)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.save(charge)
    if amount > 0:
        account.emit("charge.refunded", charge, before=before)


def fail_refund(account: Account, id: str) -> Object:
    """The card's bank gave the money back: the refund that had succeeded has failed."""
    refund = account.get("refund", id)
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    refund["failure_balance_transaction"] = book(account, refund, type="refund_failure", amount=refund["amount"])["id"]
    account.emit("refund.updated", account.save(refund), before=refund | {"status": "succeeded"})
    account.emit("refund.failed", refund)
    _refunded_by(account, account.get("charge", refund["charge"]), -refund["amount"])
    return refund


def settle_refund(account: Account, id: str) -> Object:
    """A refund that was pending has reached the card."""
    refund = account.get("refund", id)
    refund["status"] = "succeeded"
    account.emit("refund.updated", account.save(refund), before=refund | {"status": "pending"})
    return refund


def update_refund(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/refunds/:id: its metadata."""
    refund = account.get("refund", id)
    before = dict(refund)
    refund["metadata"] = merged(refund["metadata"], params.get("metadata"))
    account.emit("refund.updated", account.save(refund), before=before)
    return refund


def _shown(minor: int) -> str:
    return f"${minor // 100:,}.{minor % 100:02d}"
