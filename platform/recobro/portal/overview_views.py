"""The first page of the portal."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kernel.text import msg
from recobro.portal import figures, queries, render
from recobro.portal.blueprint import bp, may, own_client, remittance_day, today_of
from recobro.portal.cohorts import CohortShare, cohort
from recobro.portal.places import WAY_LABELS, Standing, Way
from recobro.web import events
from recobro.web.jinja import day, moment, money, number
from recobro.web.lists import url_with
from recobro.web.pages import render as draw
from recobro.web.readings import asked_days, asked_month
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission
from tenants.tables import Client


@dataclass(frozen=True)
class Turn:
    """Something that waits for the client: what, the words of the way there, and the way."""

    text: str
    action: str
    url: str


@dataclass(frozen=True)
class OverviewPage:
    """The overview: what waits, one block for each currency, what happened."""

    client: Client
    sub: str
    period: str
    periods: Sequence[tuple[str, str, bool]]
    turns: Sequence[Turn]
    blocks: Sequence[render.Block]
    recent: Sequence[tuple[str, str, str, str]]
    upload_url: str
    export_url: str
    ways: Sequence[str]


@bp.get("/portal")
@needs(Permission.SEE_PORTAL)
def overview() -> ResponseReturnValue:
    """The first page: figures, where the portfolio is, what happened."""
    client, now = own_client(), g.work.now()
    today = today_of(client)
    period = request.args.get("period", "365")
    period = period if period in render.PERIODS else "365"
    found = figures.overview(g.work, client, days=int(period))
    remittance_on = remittance_day(client, today)
    said = [client.name]
    if found.since:
        said.append(spell(msg("cartera asignada desde el {day}"), day=events.readable(found.since.date().isoformat())))
    said.append(spell(msg("actualizado {moment}"), moment=moment(now)))
    path = url_for("portal.overview")
    return draw(
        "pages/portal/overview.html",
        OverviewPage(
            client=client,
            sub=" · ".join(said),
            period=period,
            periods=[(spell(w), url_with(path, {}, period=p), p == period) for p, w in render.PERIODS.items()],
            turns=_turns(client, found.disputes),
            blocks=[render.block(f, period=period, today=today, remittance_on=remittance_on) for f in found.figures],
            recent=_recent(client),
            upload_url=_known("portal_placements.list_placements", Permission.UPLOAD_PLACEMENTS),
            export_url=url_for("portal.export_cases") if may(Permission.EXPORT_OWN) else "",
            ways=[spell(WAY_LABELS[way]) for way in Way],
        ),
    )


def _known(endpoint: str, permission: Permission) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions and may(permission) else ""


def _turns(client: Client, disputes: int) -> list[Turn]:
    found = []
    if may(Permission.APPROVE_AGREEMENTS):
        count, oldest = queries.waiting_approvals(g.work, client)
        if count and oldest:
            words = render.counted(
                count, msg("Un convenio espera tu autorización."), msg("{count} convenios esperan tu autorización.")
            )
            days = (g.work.now() - oldest).days
            if days:
                words += " " + render.counted(
                    days, msg("El más antiguo, desde ayer."), msg("El más antiguo, desde hace {count} días.")
                )
            found.append(Turn(words, spell(msg("Revisar")), url_for("portal.approvals")))
    if disputes:
        words = render.counted(
            disputes,
            msg("Un caso está en aclaración: tus documentos pueden resolverla."),
            msg("{count} casos están en aclaración: tus documentos pueden resolverla."),
        )
        url = url_for("portal.list_cases", stage=Standing.DISPUTE.value)
        found.append(Turn(words, spell(msg("Ver casos")), url))
    return found


def _recent(client: Client) -> list[tuple[str, str, str, str]]:
    """What happened lately: money and words first, and one line for each placement that arrived."""
    arrived = queries.arrivals(g.work, client)
    happened = queries.recent(g.work, client)[: queries.RECENT - len(arrived)]
    lines = [(row.event.at, _happening(row)) for row in happened] + [(row.at, _arrival(row)) for row in arrived]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)]


def _happening(row: queries.Happening) -> tuple[str, str, str, str]:
    line = events.line(row.event, staff=False)
    return (
        line["icon"],
        f"{line['title']} · {row.debtor}",
        line["meta"],
        url_for("portal.show_case", case_id=row.case_id),
    )


def _arrival(row: queries.Arrival) -> tuple[str, str, str, str]:
    debts = render.counted(
        row.debts,
        msg("Cartera recibida: 1 adeudo por {amount}"),
        msg("Cartera recibida: {count} adeudos por {amount}"),
        amount=" · ".join(money(amount) for amount in row.sums),
    )
    text = f"{debts} · {render.counted(row.cases, msg('1 caso'), msg('{count} casos'))}"
    who = spell(msg("Despacho")) if row.actor_kind == "staff" else row.actor
    return (
        events.ICONS["placement"],
        text,
        f"{moment(row.at)} · {who}" if who else moment(row.at),
        url_for("portal.list_cases", stage="all", placement=row.placement_id),
    )


@dataclass(frozen=True)
class CohortPage:
    """One cell of the cohorts: its cases, and how the share comes of them."""

    title: str
    cohort: CohortShare
    share: str


@bp.get("/portal/cohort")
@needs(Permission.SEE_PORTAL)
def show_cohort() -> ResponseReturnValue:
    """What was handed over in a month, and what of it came in by an age: the rows of one cell of the overview."""
    client, args = own_client(), request.args
    month = asked_month(args.get("month"))
    if month is None:
        # A cell is only found from the overview's table.
        return redirect(url_for("portal.overview"), 303)
    days = asked_days(args.get("days")) or 0
    found = cohort(g.work, client, month=month, days=days, currency=args.get("currency", client.currency))
    return draw(
        "pages/portal/cohort.html",
        CohortPage(
            spell(msg("Entregado en {month}, recuperado a {days} días"), month=day(month, "month"), days=days),
            found,
            f"{number(found.share * 100, 1)} %" if found.share is not None else "—",
        ),
    )
