"""Remittances: the list, a new one with its preview and checks, one statement, its documents, paying over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Invalid, NotFound, Problem
from kernel.text import msg
from recobro.files import read_file
from recobro.remittances import queries, service
from recobro.remittances.forms import PaidForm
from recobro.remittances.render import Lines, lines_of
from recobro.remittances.service import Preview
from recobro.remittances.tables import Remittance
from recobro.web import formats
from recobro.web.jinja import locale
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Client

bp = Blueprint("remittances", __name__)

STATE_LABELS: Mapping[str, str] = {
    "closed": msg("Por pagar"), "paid": msg("Pagada"), "nothing": msg("Sin importe"),
}  # fmt: skip
STATE_TONES: Mapping[str, str] = {"closed": "warn", "paid": "ok", "nothing": ""}


@dataclass(frozen=True)
class RemittancesPage:
    """Every statement of the agency."""

    rows: list[queries.RemittanceRow]
    words: Mapping[str, str]
    may_close: bool


@bp.get("/remittances")
@needs(Permission.SEE_REMITTANCES)
def list_remittances() -> ResponseReturnValue:
    """Statements, the latest first."""
    return render(
        "pages/remittances/list.html",
        RemittancesPage(
            queries.remittances(g.work),
            {state: spell(label) for state, label in STATE_LABELS.items()},
            allows(Role(g.principal.role), Permission.CLOSE_REMITTANCES),
        ),
    )


@dataclass(frozen=True)
class NewPage:
    """A period about to be closed: the clients, the day, and what each currency would give."""

    clients: list[tuple[str, str]]
    client: str
    period_to: str
    previews: list[tuple[Preview, Mapping[str, Money]]]
    refusals: list[str]
    errors: Mapping[str, str]


def _last_month(today: date) -> date:
    return today.replace(day=1) - timedelta(days=1)


@bp.route("/remittances/new", methods=["GET", "POST"])
@needs(Permission.CLOSE_REMITTANCES)
def new() -> ResponseReturnValue:
    """Choose a client and a month's last day, see what closing gives (GET), close it (POST)."""
    rows = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    ).all()
    today = g.work.today(ZoneInfo(g.signed_in.agency_zone))
    chosen = request.values.get("client") or (str(rows[0][0]) if rows else "")
    written = request.values.get("period_to") or _last_month(today).isoformat()
    previews: list[tuple[Preview, Mapping[str, Money]]] = []
    refusals: list[str] = []
    errors: dict[str, str] = {}
    day = _day_of(written, today, errors)
    client_id = _client_of(chosen, errors)
    closed: Remittance | None = None
    if client_id is not None and day is not None:
        for currency in service.currencies_of(g.work, client_id):
            try:
                if request.method == "POST":
                    closed = service.close_period(g.work, client_id=client_id, currency=currency, period_to=day)
                    continue
                seen = service.preview(g.work, client_id=client_id, currency=currency, period_to=day)
                previews.append((seen, _figures(seen)))
            except Problem as problem:
                refusals.append(spell_problem(problem))
    if closed is not None and not refusals:
        return go_to(
            "remittances.show_remittance",
            remittance_id=closed.id,
            say=msg("Periodo cerrado. El documento se está preparando."),
        )
    status = 422 if errors else 409 if refusals and request.method == "POST" else 200
    return render(
        "pages/remittances/new.html",
        NewPage([(str(i), name) for i, name in rows], chosen, written, previews, refusals, errors),
        status=status,
    )


def _day_of(written: str, today: date, errors: dict[str, str]) -> date | None:
    try:
        return read_day(written, today, locale(), Look.BACK)
    except Invalid as problem:
        errors["period_to"] = spell_problem(problem)
        return None


def _client_of(chosen: str, errors: dict[str, str]) -> UUID | None:
    try:
        return client_by_id(g.work, UUID(chosen)).id
    except (ValueError, NotFound):
        errors["client"] = spell(msg("Elige un cliente de la lista."))
        return None


def _figures(seen: Preview) -> dict[str, Money]:
    sums = seen.sums
    values = {
        "opening": sums.opening, "collected": sums.collected, "commission": -sums.commission, "tax": -sums.tax,
        "costs": -sums.costs, "paid_over": -sums.paid_over, "other": sums.other, "closing": sums.closing,
        "net": sums.net,
    }  # fmt: skip
    return {name: Money(value, seen.currency) for name, value in values.items()}


@dataclass(frozen=True)
class RemittancePage:
    """One statement: its sum, its lines explained, what can be done."""

    remittance: Remittance
    client: Client
    period: str
    figures: Mapping[str, Money]
    lines: Lines
    state: tuple[str, str]
    may_pay: bool
    payment_urls: Mapping[UUID, str]


@bp.get("/remittances/<uuid:remittance_id>")
@needs(Permission.SEE_REMITTANCES)
def show_remittance(remittance_id: UUID) -> ResponseReturnValue:
    """One statement, whole."""
    remittance = service.open_remittance(g.work, remittance_id)
    lines = lines_of(g.work, remittance, locale(), home=g.get("home_currency"))
    shown = queries.shown_state(remittance)
    return render(
        "pages/remittances/show.html",
        RemittancePage(
            remittance=remittance,
            client=client_by_id(g.work, remittance.client_id),
            period=formats.day_range(remittance.period_from, remittance.period_to, locale()),
            figures=figures_of(remittance),
            lines=lines,
            state=(spell(STATE_LABELS[shown]), STATE_TONES[shown]),
            may_pay=shown == "closed" and allows(Role(g.principal.role), Permission.CLOSE_REMITTANCES),
            payment_urls={
                line.payment_id: url_for("payments.show_payment", payment_id=line.payment_id)
                for line, _ in lines.payments
            },
        ),
    )


def figures_of(remittance: Remittance) -> dict[str, Money]:
    """A statement's figures as they are added on the page: what lowers the sum is negative."""
    values = {
        "opening": remittance.opening, "collected": remittance.collected, "commission": -remittance.commission,
        "tax": -remittance.tax, "costs": -remittance.costs, "paid_over": -remittance.paid_over,
        "other": remittance.other, "closing": remittance.closing, "net": remittance.net,
        "direct": remittance.collected_direct, "fees": -remittance.commission - remittance.tax,
        "rest": remittance.opening - remittance.paid_over - remittance.costs + remittance.other,
        "transferred": remittance.paid_amount or 0,
    }  # fmt: skip
    return {name: Money(value, remittance.currency) for name, value in values.items()}


@bp.get("/remittances/<uuid:remittance_id>/document.<any(pdf, xlsx, csv):ending>")
@needs(Permission.SEE_REMITTANCES)
def document(remittance_id: UUID, ending: str) -> ResponseReturnValue:
    """The statement's document, byte for byte as it was closed."""
    return document_of(service.open_remittance(g.work, remittance_id), ending)


def document_of(remittance: Remittance, ending: str) -> Response:
    """One of a statement's documents as an answer."""
    file_id = getattr(remittance, f"{ending}_file_id")
    if file_id is None:
        raise NotFound(msg("El documento se está preparando; vuelve en un momento."))
    row, data = read_file(g.work, file_id)
    return Response(
        data, mimetype=row.media_type, headers={"Content-Disposition": f'attachment; filename="{row.name}"'}
    )


@bp.post("/remittances/<uuid:remittance_id>/paid")
@needs(Permission.CLOSE_REMITTANCES)
def paid(remittance_id: UUID) -> ResponseReturnValue:
    """Note that the transfer was made."""
    form = PaidForm()
    if not form.validate_on_submit():
        return go_to("remittances.show_remittance", remittance_id=remittance_id, kind="warn",
                     say=msg("Escribe el día y la referencia de la transferencia."))  # fmt: skip
    today = g.work.today(ZoneInfo(g.signed_in.agency_zone))
    service.pay_over(
        g.work,
        remittance_id,
        on=read_day(form.on.data, today, locale(), Look.BACK),
        reference=form.reference.data.strip(),
    )
    return go_to(
        "remittances.show_remittance", remittance_id=remittance_id, say=msg("Remesa pagada y asentada en el libro.")
    )
