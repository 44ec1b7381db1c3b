"""The pages a payer sees: Checkout, the bank's question (3-D Secure), the receipt. No script."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from kernel.money import Money
from recobro.local.serving import strict
from recobro.local.stripe.account import Account
from recobro.local.stripe.cards import BY_NUMBER, CARDS, digits_check
from recobro.local.stripe.refusals import Refusal
from recobro.local.stripe.sessions import Payer, answer_approval, get_session, pay_session, success_address
from recobro.local.stripe.store import Object
from recobro.local.stripe.words import words
from recobro.web import formats

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EXPIRY = re.compile(r"(\d{1,2})\s*/?\s*(?:20)?(\d{2})")
_PLACES = {"mxn": "es_MX", "cop": "es_CO", "eur": "es_ES"}


def shown(amount: int, currency: str, language: str = "es") -> str:
    """An amount as its country writes it, with the currency's code: `$61,440.18 MXN`."""
    money = Money(amount, currency.upper())
    locale = "en" if language == "en" else _PLACES.get(currency, "es_MX")
    return f"{formats.money(money, locale, home=money.currency)} {money.currency}"


def shown_cards(said: dict[str, str]) -> list[dict[str, str]]:
    """The test cards: the number in groups of four, and what each does."""
    return [{"shown": " ".join(re.findall(r".{1,4}", card.number)), "words": said[card.says]} for card in CARDS]


def checkout_pages(account: Account) -> Blueprint:
    """/c/pay/<session>, /c/authenticate/<intent> and /receipts/<charge>."""
    blueprint = Blueprint("checkout", __name__)

    @blueprint.route("/c/pay/<id>", methods=["GET", "POST"])
    def pay(id: str) -> AnyResponse:
        with account.store.transaction():
            return _pay(account, id)

    @blueprint.route("/c/authenticate/<id>", methods=["GET", "POST"])
    def authenticate(id: str) -> AnyResponse:
        with account.store.transaction():
            return _authenticate(account, id)

    @blueprint.get("/receipts/<id>")
    def receipt(id: str) -> Response:
        charge = account.store.get(id, "charge")
        return _notice("done" if charge else "missing", 200 if charge else 404)

    return blueprint


def _pay(account: Account, id: str) -> AnyResponse:
    try:
        session = get_session(account, id)
    except Refusal:
        return _notice("missing", 404)
    # A second press of the button, or the browser's "back": the payment is made, the payer goes on.
    if session["status"] == "complete" and request.method == "POST":
        return redirect(success_address(session), 303)
    if session["status"] != "open":
        done = session["status"] == "complete"
        link = success_address(session) if done else session["cancel_url"]
        return _notice("done" if done else "expired", 200 if done else 410, session, link)
    if request.method == "GET":
        refused = "refused_approval" if "refused" in request.args else ""
        return _form(session, {"email": session["_email"] or ""}, {}, refused)
    typed = {name: request.form.get(name, "").strip() for name in ("email", "number", "expiry", "cvc", "name")}
    read = _read(account, typed)
    if isinstance(read, dict):
        return _form(session, typed, read, "", 422)
    try:
        intent = pay_session(account, id, read)
    except Refusal as refusal:
        return _form(session, typed, {}, refusal.error.get("decline_code") or "generic_decline", 402)
    if intent["status"] == "requires_action":
        return redirect(f"/c/authenticate/{intent['id']}", 303)
    return redirect(success_address(session), 303)


def _read(account: Account, typed: dict[str, str]) -> Payer | dict[str, str]:
    """What was typed as a payer, or the sentence for each field that is wrong."""
    wrong: dict[str, str] = {}
    number = re.sub(r"[\s-]", "", typed["number"])
    expiry = _EXPIRY.fullmatch(typed["expiry"])
    month, year = (int(expiry[1]), 2000 + int(expiry[2])) if expiry else (0, 0)
    today = account.clock.now()
    card = BY_NUMBER.get(number)
    if not _EMAIL.fullmatch(typed["email"]):
        wrong["email"] = "email_wrong"
    if not digits_check(number):
        wrong["number"] = "number_wrong"
    elif card is None:
        wrong["number"] = "number_unknown"
    if not 1 <= month <= 12 or (year, month) < (today.year, today.month):
        wrong["expiry"] = "expiry_wrong"
    if not re.fullmatch(r"\d{4}" if card and card.brand == "amex" else r"\d{3}", typed["cvc"], re.ASCII):
        wrong["cvc"] = "cvc_wrong"
    if not typed["name"]:
        wrong["name"] = "name_wrong"
    if wrong or card is None:
        return wrong
    return Payer(card, typed["name"], typed["email"], month, year)


def _authenticate(account: Account, id: str) -> AnyResponse:
    intent = account.store.get(id, "payment_intent")
    if intent is None:
        return _notice("missing", 404)
    session = account.store.get(intent.get("_session") or "", "checkout.session")
    if request.method == "GET" and intent["status"] == "requires_action":
        method = account.get("payment_method", intent["payment_method"])
        said = _words(session)
        total = shown(intent["amount"], intent["currency"], said["lang"])
        page = Response(render_template("approve.html", w=said, total=total, last4=method["card"]["last4"]))
        return strict(page, forms_lead_to=_leads_to(session, intent))
    if request.method == "POST":
        try:
            intent = answer_approval(account, id, approved=request.form.get("answer") == "yes")
        except Refusal:
            intent = account.get("payment_intent", id)
    paid = intent["status"] in ("succeeded", "requires_capture")
    if session:
        return redirect(success_address(session) if paid else f"/c/pay/{session['id']}?refused", 303)
    if intent["_return_url"]:
        mark = "&" if "?" in intent["_return_url"] else "?"
        status = "succeeded" if paid else "failed"
        return redirect(f"{intent['_return_url']}{mark}payment_intent={id}&redirect_status={status}", 303)
    return _notice("done" if paid else "refused_approval", 200)


@dataclass(frozen=True)
class _Line:
    description: str
    details: str
    quantity: int
    amount: str


def _form(session: Object, typed: dict[str, str], wrong: dict[str, str], problem: str, status: int = 200) -> Response:
    said = _words(session)
    language = said["lang"]
    lines = [
        _Line(line["description"], line["_details"] or "", line["quantity"],
              shown(line["amount_total"], line["currency"], language))
        for line in session["_line_items"]
    ]  # fmt: skip
    blank = dict.fromkeys(("email", "number", "expiry", "cvc", "name"), "")
    # The security code is asked for again, as every page that takes cards does.
    page = render_template(
        "checkout.html", w=said, lines=lines, total=shown(session["amount_total"], session["currency"], language),
        typed=blank | typed | {"cvc": ""}, wrong=wrong, problem=problem, cancel_url=session["cancel_url"],
        cards=shown_cards(said),
    )  # fmt: skip
    return strict(Response(page, status), forms_lead_to=_leads_to(session, None))


def _leads_to(session: Object | None, intent: Object | None) -> list[str]:
    found: list[Any] = [(session or {}).get("success_url"), (intent or {}).get("_return_url")]
    return [str(url) for url in found if url]


def _words(session: Object | None) -> dict[str, str]:
    return words((session or {}).get("locale"), request.accept_languages.best_match(["es", "en"]))


def _notice(what: str, status: int, session: Object | None = None, link: str | None = None) -> Response:
    return strict(Response(render_template("notice.html", w=_words(session), what=what, link=link), status))
