"""Payments: the list, recording one, one payment with what it paid and what was earned on it, taking it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Invalid, NotFound, Problem
from kernel.text import msg
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.cases.views import RELATED
from recobro.commissions.render import Explained, explain
from recobro.commissions.service import lines_of
from recobro.files import read_file
from recobro.ledger import queries as ledger_queries
from recobro.ledger.rules import ACCOUNT_LABELS
from recobro.payments import queries, webhooks
from recobro.payments.forms import ExcessForm, PaymentForm, ReversalForm
from recobro.payments.lifecycle import (
    COMPONENT_LABELS,
    DIRECTION_LABELS,
    METHOD_LABELS,
    STATE_LABELS,
    Direction,
    Method,
    PaymentState,
    Reversal,
)
from recobro.payments.refunds import ask_refund, by_card, note_taken, refund_waits
from recobro.payments.reversing import has_excess, return_excess, reverse_payment
from recobro.payments.service import open_payment, record_payment
from recobro.payments.tables import Payment, StripeEvent
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.jinja import locale
from recobro.web.lists import Chip, Column, Head, Pager, chips, heads, url_with
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day, read_money
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

bp = Blueprint("payments", __name__)
blueprints = (bp, webhooks.bp)

COLUMNS = (
    Column(msg("Recibo"), "number", fixed=True),
    Column(msg("Fecha"), "received_on"),
    Column(msg("Deudor")),
    Column(msg("Cliente")),
    Column(msg("Importe"), "amount", num=True),
    Column(msg("Recibido por")),
    Column(msg("Medio")),
    Column(msg("Estado")),
)


@dataclass(frozen=True)
class PaymentsPage:
    """A list of payments with its filters and sums."""

    chips: list[Chip]
    heads: list[Head]
    rows: list[queries.PaymentRow]
    pager: Pager
    totals: list[queries.Total]
    csv_url: str
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    words: Mapping[str, Mapping[str, str]]
    waiting: list[tuple[StripeEvent, Money | None, str]]


def _words() -> dict[str, dict[str, str]]:
    found: Mapping[str, Mapping[Any, str]] = {
        "direction": DIRECTION_LABELS,
        "method": METHOD_LABELS,
        "state": STATE_LABELS,
        "component": COMPONENT_LABELS,
        "account": ACCOUNT_LABELS,
    }
    return {name: {str(key): spell(label) for key, label in labels.items()} for name, labels in found.items()}


def _filter() -> queries.PaymentFilter:
    args = request.args
    today = g.work.now().date()
    try:
        return queries.PaymentFilter(
            client_id=UUID(args["client"]) if args.get("client") else None,
            direction=args.get("direction", ""),
            method=args.get("method", ""),
            state=args.get("state", ""),
            start=read_day(args["start"], today, locale(), Look.BACK) if args.get("start") else None,
            end=read_day(args["end"], today, locale(), Look.BACK) if args.get("end") else None,
            unapplied=bool(args.get("unapplied")),
            text=args.get("q", ""),
        )
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error


@bp.get("/payments")
@needs(Permission.SEE_PAYMENTS)
def list_payments() -> ResponseReturnValue:
    """Money that arrived, by filter and order."""
    args = {name: value for name, value in request.args.items() if value}
    wanted = _filter()
    page = queries.payments(g.work, wanted, sort=args.get("sort", "-received_on"), after=args.get("after", ""))
    path = url_for("payments.list_payments")
    words = _words()
    clients = [
        (str(i), name)
        for i, name in g.work.session.execute(
            select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
        )
    ]
    named = {
        "q": (spell(msg("Contiene")), args.get("q", "")),
        "client": (spell(msg("Cliente")), dict(clients).get(args.get("client", ""), "")),
        "direction": (spell(msg("Recibido por")), words["direction"].get(args.get("direction", ""), "")),
        "method": (spell(msg("Medio")), words["method"].get(args.get("method", ""), "")),
        "state": (spell(msg("Estado")), words["state"].get(args.get("state", ""), "")),
        "start": (spell(msg("Desde")), args.get("start", "")),
        "end": (spell(msg("Hasta")), args.get("end", "")),
        "unapplied": (spell(msg("Sin aplicar")), "✓"),
    }
    last = page.first_number + len(page.rows) - 1
    return render(
        "pages/payments/list.html",
        PaymentsPage(
            chips=chips(path, args, named),
            heads=heads([Column(spell(c.label), c.sort, c.num, c.fixed) for c in COLUMNS], path, args, "-received_on"),
            rows=list(page.rows),
            pager=Pager(
                page.first_number if page.rows else 0,
                last if page.rows else 0,
                page.total,
                previous_url=url_with(path, args, after=None) if args.get("after") else "",
                next_url=url_with(path, args, after=page.next_cursor) if page.next_cursor else "",
            ),
            totals=queries.totals(g.work, wanted),
            csv_url=url_with(url_for("payments.export_payments"), args, after=None)
            if allows(Role(g.principal.role), Permission.EXPORT)
            else "",
            filter_fields=[
                ("client", spell(msg("Cliente")), [("", "—"), *clients], args.get("client", "")),
                (
                    "direction",
                    spell(msg("Recibido por")),
                    [("", "—"), *words["direction"].items()],
                    args.get("direction", ""),
                ),
                ("state", spell(msg("Estado")), [("", "—"), *words["state"].items()], args.get("state", "")),
                ("start", spell(msg("Desde")), [], args.get("start", "")),
                ("end", spell(msg("Hasta")), [], args.get("end", "")),
                ("q", spell(msg("Recibo, caso o deudor")), [], args.get("q", "")),
            ],
            words=words,
            waiting=[
                (
                    event,
                    Money(event.amount, event.currency) if event.amount and event.currency else None,
                    spell(event.note) if event.note else "",
                )
                for event in queries.unresolved_events(g.work)
            ],
        ),
    )


@bp.get("/payments.csv")
@needs(Permission.EXPORT)
def export_payments() -> ResponseReturnValue:
    """Exactly the filtered payments as CSV."""
    words = _words()
    rows = queries.payments(g.work, _filter(), limit=None).rows
    g.work.audit("payments.exported")
    return csv_answer(
        "pagos.csv",
        [*(spell(c.label) for c in COLUMNS), spell(msg("Moneda"))],
        (
            (row.number, row.received_on.isoformat(), row.debtor, row.client, row.amount.amount,
             words["direction"][row.direction], words["method"][row.method], words["state"][row.state],
             row.amount.currency)
            for row in rows
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class RecordPage:
    """A payment about to be written down."""

    head: case_queries.CaseHead
    debts: list[case_queries.DebtRow]
    values: Mapping[str, str]
    errors: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]


@bp.route("/cases/<uuid:case_id>/payments/new", methods=["GET", "POST"])
@needs(Permission.RECORD_PAYMENTS)
def record(case_id: UUID) -> ResponseReturnValue:
    """Write down a transfer, a deposit, or what the debtor paid the client itself."""
    case = cases.open_case(g.work, case_id)
    head = case_queries.head(g.work, case)
    form = PaymentForm()
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = sentences(form) if not form.validate() else {}
        if not errors:
            try:
                payment_id = record_payment(
                    g.work,
                    case_id=case_id,
                    amount=read_money(form.amount.data, case.currency, locale()),
                    direction=Direction(form.direction.data),
                    method=Method(form.method.data),
                    received_on=read_day(form.received_on.data, g.work.today(head.zone), locale(), Look.BACK),
                    key=f"page:{form.key.data}",
                    reference=(form.reference.data or "").strip(),
                    debts=[UUID(one) for one in request.form.getlist("debt")],
                )
                return go_to(
                    "payments.show_payment",
                    payment_id=payment_id,
                    say=msg("Pago registrado, aplicado y asentado en el libro."),
                )
            except Problem as problem:
                errors["amount"] = spell_problem(problem)
    values = {
        "amount": f"{head.balance.amount}", "direction": "to_agency", "method": "transfer", "received_on": "hoy",
        "reference": "", "key": str(new_id()), **request.form.to_dict(),
    }  # fmt: skip
    return render(
        "pages/payments/new.html",
        RecordPage(head, case_queries.debts(g.work, case_id, only_open=True), values, errors, _words()),
        status=422 if errors else 200,
    )


@dataclass(frozen=True)
class PaymentPage:
    """One payment: what it paid and by which rule, what was earned on it, what was posted."""

    payment: Payment
    head: case_queries.CaseHead
    amount: Any
    unapplied: Any
    allocation: list[tuple[str, str, Any]]
    commission: list[Explained]
    entries: list[ledger_queries.EntryRow]
    because: str
    state: tuple[str, str]
    words: Mapping[str, Mapping[str, str]]
    may_reverse: bool
    may_return: bool
    sees_fees: bool
    by_card: bool
    refund_waits: bool
    values: Mapping[str, str]
    errors: Mapping[str, str]


@bp.get("/payments/<uuid:payment_id>")
@needs(Permission.SEE_PAYMENTS)
def show_payment(payment_id: UUID) -> ResponseReturnValue:
    """One payment, whole. Fees are shown to whoever may see them, and are not in the page of others."""
    return _payment_page(payment_id)


def _payment_page(payment_id: UUID, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    payment = open_payment(g.work, payment_id)
    role = Role(g.principal.role)
    words = _words()
    sees_fees = allows(role, Permission.SEE_COMMISSIONS)
    entries: list[ledger_queries.EntryRow] = []
    if allows(role, Permission.SEE_LEDGER):
        entries = list(ledger_queries.entries(g.work, ledger_queries.EntryFilter(ref_id=payment.id), limit=10).rows)
    return render(
        "pages/payments/show.html",
        PaymentPage(
            payment=payment,
            head=case_queries.head(g.work, cases.open_case(g.work, payment.case_id)),
            amount=events.readable({"minor": payment.amount, "currency": payment.currency}),
            unapplied=events.readable({"minor": payment.unapplied, "currency": payment.currency}),
            allocation=[
                (row.reference, words["component"].get(row.component, row.component), row.amount)
                for row in queries.allocation_rows(g.work, payment)
            ],
            commission=_explained(payment.id) if sees_fees else [],
            entries=entries,
            because=spell(payment.because) if payment.because else "",
            state=(words["state"][payment.state], tone_of(payment.state)),
            words=words,
            may_reverse=payment.state == PaymentState.POSTED
            and not refund_waits(payment)
            and allows(role, Permission.REVERSE_PAYMENTS),
            may_return=has_excess(payment) and allows(role, Permission.RECORD_PAYMENTS),
            sees_fees=sees_fees,
            by_card=by_card(payment),
            refund_waits=refund_waits(payment),
            values=request.form.to_dict(),
            errors=errors or {},
        ),
        status=422 if errors else 200,
    )


def _explained(payment_id: UUID) -> list[Explained]:
    return [explain(line, locale(), home=g.get("home_currency")) for line in lines_of(g.work, payment_id)]


@bp.get("/payments/<uuid:payment_id>/receipt")
@needs(Permission.SEE_PAYMENTS)
def receipt(payment_id: UUID) -> ResponseReturnValue:
    """The debtor's receipt, byte for byte."""
    payment = open_payment(g.work, payment_id)
    if payment.receipt_file_id is None:
        raise NotFound(msg("El recibo se está preparando; vuelve en un momento."))
    row, data = read_file(g.work, payment.receipt_file_id)
    return Response(
        data, mimetype=row.media_type, headers={"Content-Disposition": f'attachment; filename="{row.name}"'}
    )


@bp.post("/payments/<uuid:payment_id>/excess")
@needs(Permission.RECORD_PAYMENTS)
def give_back(payment_id: UUID) -> ResponseReturnValue:
    """Note that what a payment had too much went back to the debtor."""
    form = ExcessForm()
    if not form.validate_on_submit():
        return go_to(
            "payments.show_payment", payment_id=payment_id, say=msg("Escribe la referencia de la devolución."),
            kind="warn",
        )  # fmt: skip
    return_excess(
        g.work, payment_id, on=g.work.today(ZoneInfo(g.signed_in.agency_zone)), reference=form.reference.data.strip()
    )
    return go_to("payments.show_payment", payment_id=payment_id, say=msg("Excedente devuelto."))


@bp.post("/payments/<uuid:payment_id>/reverse")
@needs(Permission.REVERSE_PAYMENTS)
def reverse(payment_id: UUID) -> ResponseReturnValue:
    """Take a payment back. A card payment goes back through Stripe, or is noted when the bank took it already."""
    form = ReversalForm()
    errors = {} if form.validate() else sentences(form)
    way = Reversal.NOTED.value
    if by_card(open_payment(g.work, payment_id)):
        way = form.way.data or ""
        if way not in (Reversal.REFUND, Reversal.TAKEN):
            errors["way"] = spell(msg("Elige si se devuelve a la tarjeta o si el banco ya lo retiró."))
    if errors:
        return _payment_page(payment_id, errors)
    doing, said = _REVERSALS[Reversal(way)]
    doing(g.work, payment_id, reason=form.reason.data.strip())
    return go_to("payments.show_payment", payment_id=payment_id, say=said)


_TAKEN_BACK = msg("Pago revertido. El saldo vuelve a estar pendiente.")
_REVERSALS: Mapping[Reversal, tuple[Callable[..., None], str]] = {
    Reversal.NOTED: (reverse_payment, _TAKEN_BACK),
    Reversal.TAKEN: (note_taken, _TAKEN_BACK),
    Reversal.REFUND: (ask_refund, msg("Devolución pedida a Stripe. El pago se revierte cuando Stripe lo confirme.")),
}


def _of_case(case_id: UUID) -> list[dict[str, Any]]:
    words = _words()
    page = queries.payments(g.work, queries.PaymentFilter(case_id=case_id), limit=100)
    may_open = allows(Role(g.principal.role), Permission.SEE_PAYMENTS)
    return [
        {
            "title": row.number,
            "url": url_for("payments.show_payment", payment_id=row.id) if may_open else "",
            "word": words["state"][row.state],
            "tone": tone_of(row.state),
            "note": " · ".join(
                (
                    events.readable(row.received_on.isoformat()),
                    words["method"][row.method],
                    words["direction"][row.direction],
                )
            ),
            "amount": row.amount,
        }
        for row in page.rows
    ]


RELATED["payments"] = _of_case
