"""Disputes: a card's owner takes the money back through the bank, and wins or loses."""

from recobro.local.stripe.account import Account
from recobro.local.stripe.charges import book
from recobro.local.stripe.parameters import merged
from recobro.local.stripe.refusals import invalid
from recobro.local.stripe.store import Object

_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
_FEES = {"mxn": 30_000, "eur": 2_000}
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(account: Account, charge_id: str, *, amount: int | None = None, reason: str = "fraudulent") -> Object:
    """The owner of the card disputes a charge: the money leaves the balance at once, with a fee."""
    charge = account.get("charge", charge_id, param="charge")
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise invalid(f"Charge {charge_id} cannot be disputed.", param="charge")
    amount = amount or charge["amount_captured"] - charge["amount_refunded"]
    if not 1 <= amount <= charge["amount_captured"]:
        raise invalid("The disputed amount is more than what was charged.", param="amount")
    dispute: Object = {
        "id": account.store.new_id("du_1"), "object": "dispute", "amount": amount, "balance_transactions": [],
        "charge": charge["id"], "created": account.stamp(), "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {"due_by": account.stamp() + 7 * 86_400, "enhanced_eligibility": {}, "has_evidence": False,
                             "past_due": False, "submission_count": 0},
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
                                   "type": "card"},
        "reason": reason, "status": "needs_response",
    }  # fmt: skip
    fee = _FEES.get(charge["currency"], 1_500)
    dispute["balance_transactions"] = [book(account, dispute, type="adjustment", amount=-amount, fee=fee)]
    charge["disputed"] = True
    account.save(charge)
    account.emit("charge.dispute.created", account.save(dispute))
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(account: Account, id: str, *, won: bool) -> Object:
    """The bank's word: won gives the money back."""
    dispute = account.get("dispute", id)
    if dispute["status"] not in _OPEN:
        raise invalid("This dispute is already closed.", code="dispute_already_closed")
    dispute["status"] = "won" if won else "lost"
    if won:
        dispute["balance_transactions"].append(book(account, dispute, type="adjustment", amount=dispute["amount"]))
        account.emit("charge.dispute.funds_reinstated", account.save(dispute))
    account.emit("charge.dispute.closed", account.save(dispute))
    return dispute


def accept_dispute(account: Account, params: Object, *, id: str) -> Object:  # noqa: ARG001 - as every call
    """POST /v1/disputes/:id/close: the account gives in."""
    return close_dispute(account, id, won=False)


def update_dispute(account: Account, params: Object, *, id: str) -> Object:
    """POST /v1/disputes/:id: evidence, sent unless `submit` is false."""
    dispute = account.get("dispute", id)
    dispute["metadata"] = merged(dispute["metadata"], params.get("metadata"))
    dispute["evidence"] |= params.get("evidence") or {}
    dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"].get(name) for name in _EVIDENCE)
    if params.get("submit", True) and dispute["evidence_details"]["has_evidence"]:
        dispute["status"] = "under_review"
        dispute["evidence_details"]["submission_count"] += 1
    account.emit("charge.dispute.updated", account.save(dispute))
    return dispute
