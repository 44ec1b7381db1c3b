"""The portal's blueprint, and what its views share: whose it is, what they may, lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, url_for

from kernel.money import Money
from kernel.problems import NotFound
from recobro.agreements.queries import awaiting_approval
from recobro.clients.queries import NoContract, contract_in_force
from recobro.payments.lifecycle import DIRECTION_LABELS, METHOD_LABELS, Direction, Method
from recobro.portal import queries, render
from recobro.portal.places import WAY_LABELS
from recobro.web.jinja import money
from recobro.web.lists import Chip, Head, Pager, Tab, url_with
from recobro.web.menu import WAITING
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Client

bp = Blueprint("portal", __name__)
WAITING["portal.approvals"] = awaiting_approval


def own_client() -> Client:
    """The one client whose people these pages are for; nobody else has a portal."""
    if g.principal.client_id is None:
        raise NotFound
    return client_by_id(g.work, g.principal.client_id)


def today_of(client: Client) -> date:
    """The present day where the client is."""
    today: date = g.work.today(ZoneInfo(client.time_zone))
    return today


def may(permission: Permission) -> bool:
    """Whether the reader has a permission."""
    return allows(Role(g.principal.role), permission)


def remittance_day(client: Client, today: date) -> date | None:
    """The next day of remittance by the contract, a working day; None without a contract."""
    try:
        return render.next_day(today, contract_in_force(g.work, client.id, today).remittance_day, client.country)
    except NoContract:
        return None


@dataclass(frozen=True)
class ListPage:
    """A list with its views, filters and sums."""

    tabs: Sequence[Tab]
    chips: Sequence[Chip]
    heads: Sequence[Head]
    rows: Sequence[Any]
    pager: Pager
    summary: str
    csv_url: str
    filter_fields: Sequence[tuple[str, str, list[tuple[str, str]], str]]
    kept: Mapping[str, str]


def pager(page: Any, path: str, args: Mapping[str, str], after: str) -> Pager:
    """Where a page of a list stands, and its neighbours."""
    return Pager(
        page.first_number if page.rows else 0,
        page.first_number + len(page.rows) - 1 if page.rows else 0,
        page.total,
        previous_url=url_with(path, args, after=None) if after else "",
        next_url=url_with(path, args, after=page.next_cursor) if page.next_cursor else "",
    )


def summed(amounts: Iterable[Money]) -> str:
    """Amounts added per currency, spelled."""
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, Money.zero(amount.currency)) + amount
    return " · ".join(money(amount) for amount in found.values())


def payment_words(row: queries.PaymentRow) -> dict[str, Any]:
    """A payment as a list shows it."""
    return {
        "row": row,
        "way": spell(WAY_LABELS[row.way]),
        "direction": spell(DIRECTION_LABELS[Direction(row.direction)]),
        "method": spell(METHOD_LABELS[Method(row.method)]),
        "case_url": url_for("portal.show_case", case_id=row.case_id),
    }
