"""The overview as it is drawn: tiles, charts and one sentence, from the figures alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask import url_for

from kernel.money import Money
from kernel.text import msg
from legal.rules.calendar import business_day
from legal.rules.packs.loading import pack_of
from recobro.portal.figures import COHORT_DAYS, MONTHS, Figures, months_back, period_start
from recobro.portal.places import STANDING_LABELS, WAY_LABELS, Standing, Way
from recobro.web import formats
from recobro.web.charts import Cohort, Column, axis_values, highest_of
from recobro.web.jinja import compact, day, money, number, pct
from recobro.web.lists import url_with
from recobro.web.translations import spell

PERIODS = {"30": msg("30 d"), "90": msg("Trimestre"), "365": msg("12 meses")}
_IN_PERIOD = {
    "30": msg("En los últimos 30 días"),
    "90": msg("En el último trimestre"),
    "365": msg("En los últimos 12 meses"),
}
_BEFORE = {
    "30": msg("{change} vs. 30 días previos"),
    "90": msg("{change} vs. trimestre previo"),
    "365": msg("{change} vs. 12 meses previos"),
}


@dataclass(frozen=True)
class Delta:
    """How a figure changed: the words, up, down or flat, and whether that is good."""

    text: str
    direction: str
    good: bool


@dataclass(frozen=True)
class Block:
    """One currency's part of the overview, every figure spelled and leading to its rows."""

    currency: str
    sentence: str
    recovered: str
    recovered_url: str
    delta: Delta | None
    payments_note: str
    spark: Sequence[Decimal]
    outstanding: str
    outstanding_note: str
    outstanding_url: str
    rate: str
    rate_parts: Sequence[tuple[str, str]]
    committed: str
    committed_note: str
    committed_url: str
    remittance: str
    remittance_note: str
    columns: Sequence[Column]
    axis: Sequence[str]
    chart_summary: str
    table: Sequence[tuple[str, Sequence[str], str]]
    where: Sequence[tuple[str, int, str, str]]
    cohorts: Sequence[Cohort]
    cohort_figures: Sequence[Sequence[str]]
    cohort_periods: Sequence[str]


def block(figures: Figures, *, period: str, today: date, remittance_on: date | None) -> Block:
    """The figures of one currency for the page."""
    currency, out = figures.currency, figures.outstanding
    start = period_start(today, int(period))
    committed = figures.promised.balance + figures.instalments.balance
    months = months_back(today, MONTHS)
    columns = [_column(figures, month) for month in months]
    cases_url = url_for("portal.list_cases", currency=currency)
    return Block(
        currency=currency,
        sentence=_sentence(figures, period, committed),
        recovered=money(figures.money(figures.recovered)),
        recovered_url=url_with(url_for("portal.list_payments"), {"from": start.isoformat()}, currency=currency),
        delta=_delta(figures, period),
        payments_note=counted(figures.payments, msg("1 pago"), msg("{count} pagos")),
        spark=[sum((Decimal(v) for v in column.values), Decimal(0)) for column in columns],
        outstanding=money(figures.money(out.balance)),
        outstanding_note=counted(out.cases, msg("1 caso activo"), msg("{count} casos activos")),
        outstanding_url=cases_url,
        rate=pct(figures.rate) if figures.rate is not None else "—",
        rate_parts=[
            (spell(msg("Recuperado desde el inicio")), money(figures.money(figures.recovered_ever))),
            (spell(msg("Entregado para cobro")), money(figures.money(figures.placed))),
        ],
        committed=money(figures.money(committed)),
        committed_note=" · ".join(
            [
                counted(figures.promised.cases, msg("1 promesa"), msg("{count} promesas")),
                counted(figures.instalments.cases, msg("1 pago de convenio"), msg("{count} pagos de convenio")),
            ]
        ),
        committed_url=url_for("portal.list_expected", currency=currency),
        remittance=money(figures.money(figures.next_remittance)),
        remittance_note=day(remittance_on, "weekday") if remittance_on else "",
        columns=columns,
        axis=[_axis_name(value) for value in axis_values(highest_of(columns))],
        chart_summary=_chart_summary(figures, columns),
        table=[
            (day(month, "month"), [money(figures.money(_sum(figures, month, way))) for way in Way], column.url)
            for month, column in zip(months, columns, strict=True)
            if any(column.values)
        ],
        where=[
            (
                spell(STANDING_LABELS[place]),
                figures.parts[place].balance,
                compact(figures.money(figures.parts[place].balance)),
                url_for("portal.list_cases", stage=place.value, currency=currency),
            )
            for place in Standing
            if place is not Standing.CLOSED and place in figures.parts and figures.parts[place].balance
        ],
        cohorts=[
            Cohort(
                day(v.month, "month"),
                v.shares,
                urls=[
                    url_for("portal.show_cohort", month=f"{v.month:%Y-%m}", days=days, currency=currency)
                    for days in COHORT_DAYS
                ],
            )
            for v in figures.vintages
        ],
        cohort_figures=[
            [number(share * 100, 1) if share is not None else "" for share in v.shares] for v in figures.vintages
        ],
        cohort_periods=[spell(msg("{days} d"), days=days) for days in COHORT_DAYS],
    )


def counted(count: int, one: str, several: str, **fields: object) -> str:
    """A sentence with a number: `one` when it is 1, else `several` with its `{count}`."""
    return spell(one if count == 1 else several, count=number(count), **fields)


def _sum(figures: Figures, month: date, way: Way) -> int:
    return figures.months.get(month, {}).get(way, 0)


def _column(figures: Figures, month: date) -> Column:
    values = [figures.money(_sum(figures, month, way)).amount for way in Way]
    said = [
        f"{spell(WAY_LABELS[way])} {money(figures.money(_sum(figures, month, way)))}"
        for way in Way
        if _sum(figures, month, way)
    ]
    url = url_for("portal.list_payments", month=f"{month:%Y-%m}", currency=figures.currency) if said else ""
    return Column(day(month, "month_only"), values, f"{day(month, 'month')}: {', '.join(said)}" if said else "", url)


def _axis_name(value: Decimal) -> str:
    if not value:
        return "0"
    # The bare figure, for the currency stands in the title: `600 k`, `1.5 M`.
    scale = ((Decimal(1_000_000), "M"), (Decimal(1_000), "k"))
    for unit, letter in scale:
        if value >= unit:
            scaled = value / unit
            digits = 0 if scaled == scaled.to_integral_value() else 1
            return f"{number(scaled, digits)}{formats.NBSP}{letter}"
    return number(value, 0 if value == value.to_integral_value() else 2)


def _chart_summary(figures: Figures, columns: Sequence[Column]) -> str:
    sums = [sum((Decimal(v) for v in column.values), Decimal(0)) for column in columns]
    best = max(range(len(sums)), key=lambda i: sums[i])
    if not sums[best]:
        return spell(msg("Sin pagos en doce meses"))
    return spell(
        msg("Recuperado por mes en doce meses; el mejor fue {month} con {amount}"),
        month=columns[best].label,
        amount=Money.of(sums[best], figures.currency),
    )


def _delta(figures: Figures, period: str) -> Delta | None:
    change = figures.change
    if change is None:
        return None
    direction = "up" if change > 0 else "down" if change < 0 else "flat"
    return Delta(spell(_BEFORE[period], change=pct(abs(change))), direction, change >= 0)


def _sentence(figures: Figures, period: str, committed: int) -> str:
    out = figures.outstanding
    said = [
        spell(
            msg("{when} recuperamos {amount} para ti."),
            when=spell(_IN_PERIOD[period]),
            amount=figures.money(figures.recovered),
        )
        if figures.recovered
        else spell(msg("{when} todavía no hay pagos."), when=spell(_IN_PERIOD[period]))
    ]
    if out.balance:
        said.append(
            counted(
                out.cases,
                msg("Quedan {amount} por recuperar en un caso."),
                msg("Quedan {amount} por recuperar en {count} casos."),
                amount=figures.money(out.balance),
            )
        )
    elif figures.placed:
        said.append(spell(msg("No queda nada por recuperar.")))
    if committed:
        said.append(
            spell(msg("Los deudores se comprometieron a pagar {amount} en 30 días."), amount=figures.money(committed))
        )
    return " ".join(said)


def next_day(today: date, day_of_month: int, country: str) -> date:
    """The next day of remittance, today included; on a day off in the client's country it is the next working day."""
    calendar = pack_of(country).calendar
    months = (today.replace(day=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1))
    days = [business_day(calendar, month.replace(day=day_of_month)) for month in months]
    return next(day for day in days if day >= today)
