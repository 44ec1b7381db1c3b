"""The compliance report of a period: the page, and its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from legal.policies.service import own_policies
from recobro.decisions import render as files
from recobro.decisions.blueprint import bp
from recobro.decisions.figures import AttemptTally, Overriding, Period, Report, Tally, report
from recobro.decisions.words import MOMENTS, rule_title, title_of
from recobro.notices.words import CHANNELS, VERDICTS
from recobro.web.charts import Column
from recobro.web.jinja import day, day_range, locale, pct
from recobro.web.lists import url_with
from recobro.web.pages import render
from recobro.web.readings import asked_span
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission

_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class TallyRow:
    """One line of a table of tallies, each figure with the address of its decisions."""

    label: str
    tally: Tally
    average: str
    longest: str
    urls: Mapping[str, str]


@dataclass(frozen=True)
class ReportPage:
    """A period's report as a page."""

    days: str
    periods: Sequence[tuple[str, str, bool]]
    values: Mapping[str, str]
    clients: Sequence[tuple[str, str]]
    found: Report
    total: TallyRow
    shares: Mapping[str, str]
    columns: Sequence[Column]
    axis: Sequence[str]
    legend: Sequence[str]
    weeks: Sequence[TallyRow]
    moments: Sequence[TallyRow]
    channels: Sequence[TallyRow]
    by_client: Sequence[TallyRow]
    rules: Sequence[tuple[str, str, str, int, int, int]]
    overridings: Sequence[tuple[Overriding, str]]
    attempts: Sequence[tuple[str, AttemptTally]]
    urls: Mapping[str, str]


@bp.get("/decisions/report")
@needs(Permission.SEE_DECISIONS)
def show_report() -> ResponseReturnValue:
    """What was asked, allowed, delayed and denied in a period, by rule, channel, client and week."""
    period = _period()
    return render("pages/decisions/report.html", _page(period, report(g.work, period)))


@bp.get("/decisions/report.<any(csv, xlsx, pdf):ending>")
@needs(Permission.SEE_DECISIONS)
def report_file(ending: str) -> ResponseReturnValue:
    """The same as a file."""
    period, where = _period(), locale()
    found = report(g.work, period)
    titles = _titles(found)
    if ending == "pdf":
        data = files.pdf(g.work, found, where, titles)
    else:
        write = files.csv_file if ending == "csv" else files.xlsx_file
        data = write(found, where, ZoneInfo(g.signed_in.agency_zone), titles)
    g.work.audit("decisions.report_exported", wanted=_said(period, found))
    name = f"cumplimiento-{period.first}-{period.last}.{ending}"
    return Response(data, mimetype=_TYPES[ending], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _said(period: Period, found: Report) -> str:
    client = [found.names.get(period.client, "")] if period.client else []
    return " · ".join([f"{period.first} – {period.last}", *client])


def _today() -> date:
    return g.work.today(ZoneInfo(g.signed_in.agency_zone))  # type: ignore[no-any-return]


def _period() -> Period:
    """The days and the client of the address; this month by default."""
    today, args = _today(), request.args
    first, last = asked_span(args)
    first = first or today.replace(day=1)
    last = last or max(first, today)
    try:
        client = UUID(args["client"]) if args.get("client") else None
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return Period(first, last, client)


def _titles(found: Report) -> dict[str, str]:
    own = {rule.id: rule.title for rule in own_policies(g.work).rules}
    return {one.rule: title_of(one.rule, own) for one in found.rules}


def _page(period: Period, found: Report) -> ReportPage:
    own = {rule.id: rule.title for rule in own_policies(g.work).rules}
    weeks = [_row(day(begins, "short"), tally, period, **_week(begins, period)) for begins, tally in found.shown_weeks]
    columns = files.columns(
        found, lambda begins: day(begins, "short"), lambda begins: _list_url(period, **_week(begins, period)), spell
    )
    values = {"from": period.first.isoformat(), "to": period.last.isoformat(), "client": str(period.client or "")}
    return ReportPage(
        days=day_range(period.first, period.last),
        periods=_periods(period),
        values=values,
        clients=[(str(client), name) for client, name in found.names.items()],
        found=found,
        total=_row("", found.total, period),
        shares={name: _share(found.total, name) for name in ("allowed", "delayed", "denied")},
        columns=columns,
        axis=files.axis(columns, locale()),
        legend=[spell(label) for label in VERDICTS.values()],
        weeks=weeks,
        moments=[_row(spell(MOMENTS[one]), t, period, moment=one) for one, t in found.moments.items()],
        channels=[_row(spell(CHANNELS.get(one, one)), t, period, channel=one) for one, t in found.channels.items()],
        by_client=[_row(found.names.get(one, "—"), t, period, client=str(one)) for one, t in found.clients.items()],
        rules=[
            (one.rule, rule_title(one.rule, own), _list_url(period, rule=one.rule), one.delayed, one.denied,
             one.overridden)
            for one in found.rules
        ],
        overridings=[(one, ", ".join(rule_title(rule, own) for rule in one.rules)) for one in found.overridings],
        attempts=[(spell(CHANNELS.get(one.channel, one.channel)), one) for one in found.attempts],
        urls={ending: url_with(url_for("decisions.report_file", ending=ending), values) for ending in _TYPES},
    )  # fmt: skip


def _periods(period: Period) -> list[tuple[str, str, bool]]:
    """The spans one mostly asks for: label, address, whether it is shown."""
    today = _today()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    spans = (
        (msg("Este mes"), month, today),
        (msg("Mes anterior"), before.replace(day=1), before),
        (msg("90 días"), today - timedelta(days=89), today),
    )
    client = str(period.client) if period.client else None
    path = url_for("decisions.show_report")
    return [
        (
            spell(label),
            url_with(path, {}, **{"from": first.isoformat(), "to": last.isoformat(), "client": client}),
            (first, last) == (period.first, period.last),
        )
        for label, first, last in spans
    ]


def _week(begins: date, period: Period) -> dict[str, str]:
    """A week's days, as far as they are in the period."""
    last = min(begins + timedelta(days=6 - begins.weekday()), period.last)
    return {"from": begins.isoformat(), "to": last.isoformat()}


def _list_url(period: Period, **changes: str) -> str:
    given = {"from": period.first.isoformat(), "to": period.last.isoformat(), "client": str(period.client or "")}
    return url_with(url_for("decisions.list_decisions"), given, **changes)


def _row(label: str, tally: Tally, period: Period, **changes: str) -> TallyRow:
    urls = {verdict: _list_url(period, verdict=verdict, **changes) for verdict in VERDICTS}
    return TallyRow(
        label, tally, files.span(tally.average), files.span(tally.longest), {"": _list_url(period, **changes), **urls}
    )


def _share(total: Tally, name: str) -> str:
    return pct(Decimal(getattr(total, name)) / total.asked) if total.asked else "—"
