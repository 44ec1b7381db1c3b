"""The server's own page: payments, events and how they were delivered, the test cards."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recobro.local.serving import strict
from recobro.local.stripe.account import Account
from recobro.local.stripe.checkout import shown, shown_cards
from recobro.local.stripe.control import Control
from recobro.local.stripe.refusals import Refusal
from recobro.local.stripe.store import Object
from recobro.local.stripe.words import words
from recobro.web import formats

_ROWS = 50
_STATUS = {
    "open": ("Sin pagar", "warn"), "expired": ("Vencido", ""), "succeeded": ("Pagado", "ok"),
    "requires_payment_method": ("Rechazado", "neg"), "requires_confirmation": ("Por confirmar", "warn"),
    "requires_action": ("Pide autorización", "warn"), "requires_capture": ("Por cobrar", "warn"),
    "canceled": ("Cancelado", ""),
}  # fmt: skip
_DISPUTES: dict[str, str] = {"needs_response": "En disputa", "under_review": "En disputa", "won": "Disputa ganada",
             "lost": "Disputa perdida"}  # fmt: skip
_DELIVERY = {"delivered": ("Entregado", "ok"), "failed": ("Falló", "neg"), "due": ("En camino", "warn")}


def overview(account: Account, control: Control) -> Blueprint:
    """`/`, and the buttons on it."""
    blueprint = Blueprint("overview", __name__)

    @blueprint.get("/")
    def show() -> Response:
        with account.store.transaction():
            page = render_template(
                "stripe.html", payments=_payments(account), events=_events(account),
                webhook=account.store.setting("webhook_url"),
                cards=shown_cards(words("es", None)),
            )  # fmt: skip
        return strict(Response(page))

    @blueprint.post("/charges/<id>/dispute")
    def dispute(id: str) -> AnyResponse:
        return _then_back(lambda: control.dispute(id))

    @blueprint.post("/disputes/<id>/close")
    def close(id: str) -> AnyResponse:
        return _then_back(lambda: control.close_dispute(id, won=bool(request.form.get("won"))))

    @blueprint.post("/events/<id>/deliver")
    def deliver(id: str) -> AnyResponse:
        return _then_back(lambda: control.redeliver(id))

    return blueprint


def _then_back(act: Callable[[], object]) -> AnyResponse:
    try:
        act()
    except Refusal as refusal:
        return strict(Response(str(refusal), 409, content_type="text/plain"))
    return redirect("/", 303)


def _payments(account: Account) -> list[Object]:
    """Sessions that wait, and every intent, the newest first."""
    waiting = [session for session in account.store.every("checkout.session") if not session["payment_intent"]]
    things = sorted(
        [*waiting, *account.store.every("payment_intent")], key=lambda thing: int(thing["created"]), reverse=True
    )
    disputes = {dispute["charge"]: dispute for dispute in reversed(account.store.every("dispute"))}
    return [_payment(account, thing, disputes) for thing in things[:_ROWS]]


def _payment(account: Account, thing: Object, disputes: dict[str, Object]) -> Object:
    session = thing if thing["object"] == "checkout.session" else account.store.get(thing.get("_session") or "")
    charge = account.store.get(thing.get("latest_charge") or "") or {}
    dispute = disputes.get(charge.get("id", ""))
    status, tone = _STATUS[thing["status"]]
    if dispute:
        status, tone = _DISPUTES[dispute["status"]], "neg"
    amount = thing["amount_total"] if thing["object"] == "checkout.session" else thing["amount"]
    refunded = charge.get("amount_refunded", 0)
    return {
        "at": _at(thing["created"]), "id": thing["id"], "status": status, "tone": tone,
        "words": session["_line_items"][0]["description"] if session else thing["description"] or "",
        "amount": shown(amount, thing["currency"]),
        "refunded": shown(refunded, thing["currency"]) if refunded else "",
        "link": session["url"] if session and session["status"] == "open" else "",
        "charge": charge.get("id"), "disputable": charge.get("status") == "succeeded" and not dispute,
        "dispute": dispute["id"] if dispute and dispute["status"] in ("needs_response", "under_review") else "",
    }  # fmt: skip


def _events(account: Account) -> list[Object]:
    last = {delivery.event: delivery for delivery in account.store.deliveries()}
    rows = []
    for event in account.store.every("event")[:_ROWS]:
        delivery = last.get(event["id"])
        state, tone = _DELIVERY[delivery.state] if delivery else ("Sin enviar", "")
        rows.append({
            "at": _at(event["created"]), "id": event["id"], "type": event["type"],
            "thing": event["data"]["object"]["id"], "state": state, "tone": tone,
            "answer": delivery.answer[:60] if delivery else "",
        })  # fmt: skip
    return rows


def _at(stamp: int) -> str:
    instant = datetime.fromtimestamp(stamp, UTC)
    return f"{formats.day(instant.date(), 'es_MX')} {instant:%H:%M:%S} UTC"
