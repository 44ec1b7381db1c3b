"""The addresses of the API that are played here, in the order of the official documents."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from flask import Blueprint, Response, request
from stripe import params as p
from stripe.params import checkout as c

from recobro.local.stripe import customers, disputes, intents, methods, refunds, sessions
from recobro.local.stripe.account import Account, listing, page, public
from recobro.local.stripe.calls import Calls, Operation
from recobro.local.stripe.refusals import Refusal
from recobro.local.stripe.store import Object

_Run = Callable[..., Object]


def _get(kind: str) -> _Run:
    def run(account: Account, params: Object, *, id: str) -> Object:  # noqa: ARG001 - as every call
        return account.get(kind, id)

    return run


def _list(kind: str, url: str, *equal: str) -> _Run:
    def run(account: Account, params: Object) -> Object:
        return page(account, kind, params, url, *equal)

    return run


def _session(account: Account, params: Object, *, id: str) -> Object:  # noqa: ARG001 - as every call
    return sessions.get_session(account, id)


def _sessions(account: Account, params: Object) -> Object:
    email = (params.get("customer_details") or {}).get("email")

    def of_payer(session: Object) -> bool:
        return not email or (session["customer_details"] or {}).get("email") == email

    url = "/v1/checkout/sessions"
    return page(account, "checkout.session", params, url, "payment_intent", "customer", "status", only=of_payer)


def _lines(account: Account, params: Object, *, id: str) -> Object:  # noqa: ARG001 - as every call
    lines = sessions.get_session(account, id)["_line_items"]
    return listing([public(line) for line in lines], f"/v1/checkout/sessions/{id}/line_items")


def _events(account: Account, params: Object) -> Object:
    kinds = params.get("types") or ([params["type"]] if params.get("type") else ["*"])

    def of_kind(event: Object) -> bool:
        return any(fnmatchcase(event["type"], kind) for kind in kinds)

    return page(account, "event", params, "/v1/events", only=of_kind)


def _balance(account: Account, params: Object) -> Object:  # noqa: ARG001 - as every call
    sums: dict[str, int] = {}
    for entry in account.store.every("balance_transaction"):
        sums[entry["currency"]] = sums.get(entry["currency"], 0) + entry["net"]
    amounts = [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())]
    return {"object": "balance", "available": amounts, "livemode": False, "pending": []}


_OPERATIONS = (
    ("GET", "/v1/balance", p.BalanceRetrieveParams, _balance),
    ("GET", "/v1/balance_transactions", p.BalanceTransactionListParams,
     _list("balance_transaction", "/v1/balance_transactions", "type", "source", "currency")),
    ("GET", "/v1/balance_transactions/<id>", p.BalanceTransactionRetrieveParams, _get("balance_transaction")),
    ("GET", "/v1/charges", p.ChargeListParams, _list("charge", "/v1/charges", "customer", "payment_intent")),
    ("GET", "/v1/charges/<id>", p.ChargeRetrieveParams, _get("charge")),
    ("POST", "/v1/customers", p.CustomerCreateParams, customers.create_customer),
    ("GET", "/v1/customers", p.CustomerListParams, _list("customer", "/v1/customers", "email")),
    ("GET", "/v1/customers/<id>", p.CustomerRetrieveParams, _get("customer")),
    ("POST", "/v1/customers/<id>", p.CustomerModifyParams, customers.update_customer),
    ("GET", "/v1/disputes", p.DisputeListParams, _list("dispute", "/v1/disputes", "charge", "payment_intent")),
    ("GET", "/v1/disputes/<id>", p.DisputeRetrieveParams, _get("dispute")),
    ("POST", "/v1/disputes/<id>", p.DisputeModifyParams, disputes.update_dispute),
    ("POST", "/v1/disputes/<id>/close", p.DisputeCloseParams, disputes.accept_dispute),
    ("GET", "/v1/events", p.EventListParams, _events),
    ("GET", "/v1/events/<id>", p.EventRetrieveParams, _get("event")),
    ("POST", "/v1/payment_intents", p.PaymentIntentCreateParams, intents.create_intent),
    ("GET", "/v1/payment_intents", p.PaymentIntentListParams,
     _list("payment_intent", "/v1/payment_intents", "customer")),
    ("GET", "/v1/payment_intents/<id>", p.PaymentIntentRetrieveParams, _get("payment_intent")),
    ("POST", "/v1/payment_intents/<id>", p.PaymentIntentModifyParams, intents.update_intent),
    ("POST", "/v1/payment_intents/<id>/confirm", p.PaymentIntentConfirmParams, intents.confirm_intent),
    ("POST", "/v1/payment_intents/<id>/capture", p.PaymentIntentCaptureParams, intents.capture_intent),
    ("POST", "/v1/payment_intents/<id>/cancel", p.PaymentIntentCancelParams, intents.cancel_intent),
    ("POST", "/v1/payment_methods", p.PaymentMethodCreateParams, methods.create_method),
    ("GET", "/v1/payment_methods/<id>", p.PaymentMethodRetrieveParams, _get("payment_method")),
    ("POST", "/v1/refunds", p.RefundCreateParams, refunds.create_refund),
    ("GET", "/v1/refunds", p.RefundListParams, _list("refund", "/v1/refunds", "charge", "payment_intent")),
    ("GET", "/v1/refunds/<id>", p.RefundRetrieveParams, _get("refund")),
    ("POST", "/v1/refunds/<id>", p.RefundModifyParams, refunds.update_refund),
    ("POST", "/v1/checkout/sessions", c.SessionCreateParams, sessions.create_session),
    ("GET", "/v1/checkout/sessions", c.SessionListParams, _sessions),
    ("GET", "/v1/checkout/sessions/<id>", c.SessionRetrieveParams, _session),
    ("POST", "/v1/checkout/sessions/<id>", c.SessionModifyParams, sessions.update_session),
    ("POST", "/v1/checkout/sessions/<id>/expire", c.SessionExpireParams, sessions.expire_session),
    ("GET", "/v1/checkout/sessions/<id>/line_items", c.SessionListLineItemsParams, _lines),
)  # fmt: skip


def api(calls: Calls) -> Blueprint:
    """The blueprint that answers under /v1."""
    blueprint = Blueprint("api", __name__)
    for method, path, spec, run in _OPERATIONS:
        operation = Operation(method, path, spec, run)
        blueprint.add_url_rule(path, f"{method} {path}".replace(".", ""), _view(calls, operation), methods=[method])
    unknown = Operation("", "", p.BalanceRetrieveParams, _unknown)
    blueprint.add_url_rule(
        "/v1/<path:rest>",
        "unknown",
        lambda rest: calls.answer(unknown, {"rest": rest}),
        methods=["GET", "POST", "DELETE"],
    )
    return blueprint


def _view(calls: Calls, operation: Operation) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return calls.answer(operation, ids)

    return view


def _unknown(account: Account, params: Object, *, rest: str) -> Object:  # noqa: ARG001 - as every call
    raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({request.method}: /v1/{rest})."
                  " The local Stripe server plays cards and Checkout only.")  # fmt: skip
