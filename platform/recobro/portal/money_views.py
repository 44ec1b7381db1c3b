"""The client's money: payments, what is expected, agreements to approve, remittances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from recobro.agreements import queries as agreement_queries
from recobro.agreements.lifecycle import AgreementState
from recobro.payments.lifecycle import DIRECTION_LABELS, Direction
from recobro.portal import figures, queries
from recobro.portal.blueprint import (
    ListPage,
    bp,
    may,
    own_client,
    pager,
    payment_words,
    remittance_day,
    summed,
    today_of,
)
from recobro.portal.places import WAY_LABELS, Way
from recobro.remittances import queries as remittance_queries
from recobro.remittances import service as remittances
from recobro.remittances.render import Lines, lines_of
from recobro.remittances.tables import Remittance
from recobro.remittances.views import STATE_LABELS, STATE_TONES, document_of, figures_of
from recobro.web import formats
from recobro.web.exports import csv_answer
from recobro.web.jinja import locale, money
from recobro.web.lists import Tab, chips, url_with
from recobro.web.pages import render as draw
from recobro.web.readings import asked_month, asked_span
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission


def _payment_filter() -> queries.PaymentFilter:
    args = request.args
    start, end = asked_span(args)
    if month := asked_month(args.get("month")):
        start, end = month, (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    try:
        case_id = UUID(args["case"]) if args.get("case") else None
        wanted_way = Way(args["way"]).value if args.get("way") else ""
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return queries.PaymentFilter(start, end, args.get("currency", ""), wanted_way, case_id, args.get("after", ""))


@bp.get("/portal/payments")
@needs(Permission.SEE_PORTAL)
def list_payments() -> ResponseReturnValue:
    """What came in for the client, the newest first."""
    client = own_client()
    wanted = _payment_filter()
    args = {name: value for name, value in request.args.items() if value}
    path = url_for("portal.list_payments")
    page = queries.list_payments(g.work, client, wanted)
    sums = queries.payment_sums(g.work, client, wanted)
    ways = [(way.value, spell(label)) for way, label in WAY_LABELS.items()]
    words = {
        "month": (spell(msg("Mes")), args.get("month", "")),
        "from": (spell(msg("Desde")), args.get("from", "")),
        "to": (spell(msg("Hasta")), args.get("to", "")),
        "currency": (spell(msg("Moneda")), wanted.currency),
        "way": (spell(msg("Cómo llegó")), dict(ways).get(wanted.way, "")),
        "case": (spell(msg("Caso")), page.rows[0].case_number if page.rows else "—"),
    }
    return draw(
        "pages/portal/payments.html",
        ListPage(
            tabs=[
                Tab(spell(label), url_with(path, args, way=key, after=None), None, wanted.way == key)
                for key, label in [("", msg("Todos")), *WAY_LABELS.items()]
            ],
            chips=chips(path, args, {name: said for name, said in words.items() if name != "way"}),
            heads=[],
            rows=[payment_words(row) for row in page.rows],
            pager=pager(page, path, args, wanted.after),
            summary=" · ".join([spell(msg("Aplicado")), *[money(amount) for amount in sums]]) if sums else "",
            csv_url=url_with(url_for("portal.export_payments"), args, after=None) if may(Permission.EXPORT_OWN) else "",
            filter_fields=[
                ("month", spell(msg("Mes (AAAA-MM)")), [], args.get("month", "")),
                ("way", spell(msg("Cómo llegó")), ways, wanted.way),
            ],
            kept={name: value for name, value in args.items() if name in ("currency", "case")},
        ),
    )


@bp.get("/portal/payments.csv")
@needs(Permission.EXPORT_OWN)
def export_payments() -> ResponseReturnValue:
    """Exactly the filtered payments, as a file."""
    client = own_client()
    rows: list[queries.PaymentRow] = []
    wanted, after = _payment_filter(), ""
    while True:
        page = queries.list_payments(g.work, client, replace(wanted, after=after), size=500)
        rows += page.rows
        if not page.next_cursor:
            break
        after = page.next_cursor
    g.work.audit("portal.payments_exported", count=len(rows))
    head = (msg("Pago"), msg("Día"), msg("Deudor"), msg("Caso"), msg("Cómo llegó"), msg("Recibió"), msg("Importe"),
            msg("Aplicado"), msg("Moneda"), msg("Estado"))  # fmt: skip
    return csv_answer(
        "pagos.csv",
        [spell(word) for word in head],
        (
            (row.number, row.received_on.isoformat(), row.debtor, row.case_number, spell(WAY_LABELS[row.way]),
             spell(DIRECTION_LABELS[Direction(row.direction)]), row.amount.amount, row.applied.amount,
             row.amount.currency, spell(msg("Revertido")) if row.reversed else "")
            for row in rows
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class ExpectedPage:
    """What should arrive within 30 days."""

    rows: Sequence[tuple[queries.Expected, str, str]]
    summary: str


@bp.get("/portal/expected")
@needs(Permission.SEE_PORTAL)
def list_expected() -> ResponseReturnValue:
    """Promises and payments of agreements that fall due within 30 days."""
    currency = request.args.get("currency", "")
    rows = [row for row in queries.expected(g.work, own_client()) if currency in ("", row.amount.currency)]
    words = {"promise": spell(msg("Promesa")), "instalment": spell(msg("Pago de convenio"))}
    return draw(
        "pages/portal/expected.html",
        ExpectedPage(
            [(row, words[row.kind], url_for("portal.show_case", case_id=row.case_id)) for row in rows],
            summed(row.amount for row in rows),
        ),
    )


@dataclass(frozen=True)
class ApprovalsPage:
    """Agreements beyond the client's limits that wait for its answer."""

    rows: Sequence[tuple[agreement_queries.AgreementRow, Sequence[str], str]]


@bp.get("/portal/approvals")
@needs(Permission.APPROVE_AGREEMENTS)
def approvals() -> ResponseReturnValue:
    """What waits for the client's yes or no."""
    own_client()
    rows = agreement_queries.agreements(g.work, states=[AgreementState.AWAITING_APPROVAL])
    return draw(
        "pages/portal/approvals.html",
        ApprovalsPage(
            [
                (
                    row,
                    [spell(reason["sentence"], **reason["fields"]) for reason in row.reasons],
                    url_for("portal.show_case", case_id=row.case_id),
                )
                for row in rows
            ]
        ),
    )


@dataclass(frozen=True)
class RemittancesPage:
    """What comes next, and every statement with its files."""

    next_on: date | None
    amounts: Sequence[str]
    account: str
    rows: Sequence[tuple[remittance_queries.RemittanceRow, str, str]]


@bp.get("/portal/remittances")
@needs(Permission.SEE_PORTAL)
def list_remittances() -> ResponseReturnValue:
    """What was paid over to the client, and what comes next."""
    client = own_client()
    return draw(
        "pages/portal/remittances.html",
        RemittancesPage(
            remittance_day(client, today_of(client)),
            [money(amount) for amount in figures.next_remittances(g.work)],
            client.bank_account[-4:],
            [
                (row, spell(STATE_LABELS[row.state]), STATE_TONES[row.state])
                for row in remittance_queries.remittances(g.work, client_id=client.id)
            ],
        ),
    )


@dataclass(frozen=True)
class RemittancePage:
    """One statement as its client reads it: the sum, and each fee with its rule and arithmetic."""

    remittance: Remittance
    period: str
    state: tuple[str, str]
    figures: Mapping[str, Money]
    lines: Lines


@bp.get("/portal/remittances/<uuid:remittance_id>")
@needs(Permission.SEE_PORTAL)
def show_remittance(remittance_id: UUID) -> ResponseReturnValue:
    """One statement, whole."""
    own_client()
    found = remittances.open_remittance(g.work, remittance_id)
    shown = remittance_queries.shown_state(found)
    return draw(
        "pages/portal/remittance.html",
        RemittancePage(
            found,
            formats.day_range(found.period_from, found.period_to, locale()),
            (spell(STATE_LABELS[shown]), STATE_TONES[shown]),
            figures_of(found),
            lines_of(g.work, found, locale(), home=g.get("home_currency")),
        ),
    )


@bp.get("/portal/remittances/<uuid:remittance_id>/document.<any(pdf, xlsx, csv):ending>")
@needs(Permission.SEE_PORTAL)
def remittance_document(remittance_id: UUID, ending: str) -> ResponseReturnValue:
    """The statement's document, byte for byte as it was closed."""
    own_client()
    return document_of(remittances.open_remittance(g.work, remittance_id), ending)
