"""Charts as SVG, one function for page and paper: colours are presentation attributes, classes restyle them on screen.

Every bar may be a link to its rows, carries its figures as text, and the whole speaks one summary sentence.
Pure: numbers and ready-made labels in, Markup out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from markupsafe import Markup, escape

PALETTE = ("#0b7285", "#c26a00", "#5b6bd6", "#2b8a5e", "#c2476f", "#6b7785")
TINTS = ("#0b7285", "#4dabb8", "#a3d5da", "#d7eef1")
# Allowed, waiting, denied: the colours that the three answers have everywhere.
ANSWERS = ("#2b8a5e", "#b87404", "#b3261e")
RAMP = ("#f1f9fa", "#d7eef1", "#b2dfe4", "#84c9d2", "#4dabb8", "#1d7f90", "#0b7285")
_INK, _QUIET, _LINE = "#17202b", "#596677", "#e1e6eb"
_FONT = "Inter, Arial, sans-serif"

Number = int | Decimal
_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Column:
    """One column of stacked bars: its label, a value per series, what it says on hover, where it leads."""

    label: str
    values: Sequence[Number]
    tip: str = ""
    url: str = ""


@dataclass(frozen=True)
class Cohort:
    """One row of a heat map: its label and a share of 1 per period; None where time has not come yet. Each cell leads
    to its own of `urls`, or all to `url`.
    """

    label: str
    shares: Sequence[Decimal | None]
    url: str = ""
    urls: Sequence[str] = ()


def nice_scale(highest: Number, steps: int = 4) -> tuple[Decimal, Decimal]:
    """The top of an axis and the gap between its lines, in round numbers, so that `highest` fits."""
    if highest <= 0:
        return Decimal(1), Decimal(1)
    raw = Decimal(highest) / steps
    magnitude = Decimal(10) ** floor(log10(raw))
    gap = next(
        m * magnitude for m in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)) if m * magnitude >= raw
    )
    lines = ceil(Decimal(highest) / gap)
    return gap * lines, gap


def _n(value: Number | float) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _text(x: Number | float, y: Number | float, text: str, *, anchor: str = "start", kind: str = "axis") -> str:
    fill, weight = (_INK, "550") if kind == "strong" else (_QUIET, "400")
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{fill}" font-family="{_FONT}" font-size="11.5" '
        f'font-weight="{weight}" class="chart-{kind}">{escape(text)}</text>'
    )


def _linked(inside: str, url: str, tip: str) -> str:
    if url:
        spoken = f'data-tip="{escape(tip)}" aria-label="{escape(tip)}"'
        return f'<a href="{escape(url)}" {spoken} class="chart-mark">{inside}</a>'
    return f'<g data-tip="{escape(tip)}" class="chart-mark">{inside}<title>{escape(tip)}</title></g>' if tip else inside


def _frame(width: int, height: int, summary: str, inside: Sequence[str], kind: str) -> Markup:
    return Markup(  # noqa: S704  (every text in it went through escape)
        f'<svg class="graph {kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="{escape(summary)}" xmlns="http://www.w3.org/2000/svg">{"".join(inside)}</svg>'
    )


def _grid(
    scale: tuple[Decimal, Decimal], left: int, right: int, top: int, bottom: int, names: Sequence[str]
) -> list[str]:
    highest, gap = scale
    parts = []
    for i in range(int(highest / gap) + 1):
        y = bottom - float(gap * i / highest) * (bottom - top)
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{_n(y)}" y2="{_n(y)}" stroke="{_LINE}" stroke-width="1" '
            f'class="chart-grid"/>'
        )
        parts.append(_text(left - 10, y + 4, names[i], anchor="end"))
    return parts


def axis_values(highest: Number, steps: int = 4) -> list[Decimal]:
    """The values at which an axis draws its lines, from zero: name them in the reader's locale."""
    top, gap = nice_scale(highest, steps)
    return [gap * i for i in range(int(top / gap) + 1)]


def highest_of(columns: Sequence[Column], target: Number | None = None) -> Decimal:
    """The tallest column or the target: what an axis must hold."""
    return max([Decimal(sum(c.values, start=Decimal(0))) for c in columns] + [Decimal(target or 0)], default=Decimal(0))


def stacked_bars(
    columns: Sequence[Column],
    *,
    axis: Sequence[str],
    summary: str,
    target: Number | None = None,
    target_label: str = "",
    width: int = 700,
    height: int = 260,
    colors: Sequence[str] = TINTS,
    among: Sequence[Column] = (),
    verdicts: bool = False,
) -> Markup:
    """Columns of stacked bars from zero, with an optional target; `axis` names `axis_values(highest_of(...))`.

    `among`: all the columns that give the scale, when only some of them are drawn. `verdicts`: the series are what was
    allowed, what had to wait and what was denied, in their colours, and what there is little of can still be seen.
    """
    colors, least = (ANSWERS, 3.0) if verdicts else (colors, 0.75)
    highest, gap = nice_scale(highest_of(among or columns, target))
    left, right, top, bottom = 52, width - 4, 10, height - 28
    slot = (right - left) / max(1, len(columns))
    bar_width = min(44.0, slot * 0.64)
    parts = _grid((highest, gap), left, right, top, bottom, axis)
    for i, column in enumerate(columns):
        x = left + slot * i + (slot - bar_width) / 2
        y = float(bottom)
        bars = []
        for series, value in enumerate(column.values):
            bar_height = float(Decimal(value) / highest) * (bottom - top)
            if bar_height > 0:
                shown = max(bar_height - 1.5, least)
                y -= max(bar_height, shown)
                color = colors[series % len(colors)]
                bars.append(
                    f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(bar_width)}" height="{_n(shown)}" rx="2" fill="{color}" '
                    f'class="series-{series + 1}"/>'
                )
        hit = (
            f'<rect x="{_n(left + slot * i)}" y="{top}" width="{_n(slot)}" height="{bottom - top}" fill="none" '
            f'class="chart-hit"/>'
        )
        parts.append(_linked(hit + "".join(bars), column.url, column.tip))
        parts.append(_text(left + slot * (i + 0.5), height - 8, column.label, anchor="middle"))
    if target:
        y = bottom - float(Decimal(target) / highest) * (bottom - top)
        parts.append(
            f'<line x1="{left + 8}" x2="{right - 8}" y1="{_n(y)}" y2="{_n(y)}" stroke="{_INK}" stroke-width="1.5" '
            f'stroke-dasharray="5 4" class="chart-target"><title>{escape(target_label)}</title></line>'
        )
    return _frame(width, height, summary, parts, "chart-columns chart-verdicts" if verdicts else "chart-columns")


def bar(value: Number, highest: Number, *, color: str = PALETTE[0], kind: str = "") -> Markup:
    """One horizontal bar on its track, as wide as its place; the figure stands beside it in HTML."""
    share = 0 if highest <= 0 else min(100, float(Decimal(value) / Decimal(highest)) * 100)
    return Markup(  # noqa: S704  (numbers and our own colours only)
        f'<svg class="chart-bar {escape(kind)}" width="100%" height="12" aria-hidden="true">'
        f'<rect width="100%" height="12" rx="2" fill="#eef1f4" class="chart-track"/>'
        f'<rect width="{_n(share)}%" height="12" rx="2" fill="{escape(color)}" class="series-1"/></svg>'
    )


def sparkline(values: Sequence[Number], *, summary: str = "", width: int = 104, height: int = 28) -> Markup:
    """A line without axes: the shape of a row of figures, its last point marked."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    spread = Decimal(high - low) or Decimal(1)
    step = (width - 6) / (len(values) - 1)
    points = [
        (3 + step * i, height - 4 - float(Decimal(value - low) / spread) * (height - 8))
        for i, value in enumerate(values)
    ]
    line = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    spoken = f'role="img" aria-label="{escape(summary)}"' if summary else 'aria-hidden="true"'
    return Markup(  # noqa: S704  (numbers, and a summary that is escaped)
        f'<svg class="chart-spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {spoken}>'
        f'<polyline points="{line}" fill="none" stroke="{PALETTE[0]}" stroke-width="1.5" stroke-linejoin="round" '
        f'class="spark-line"/><circle cx="{_n(points[-1][0])}" cy="{_n(points[-1][1])}" r="2.5" fill="{PALETTE[0]}" '
        f'class="spark-end"/></svg>'
    )


def heat_step(share: Decimal, highest: Decimal) -> int:
    """Which of the seven tints a share gets, 0 to 6."""
    return 0 if highest <= 0 else min(6, int(share / highest * 7))


def heat_map(
    rows: Sequence[Cohort],
    periods: Sequence[str],
    *,
    summary: str,
    figures: Sequence[Sequence[str]],
    highest: Decimal | None = None,
    width: int = 700,
) -> Markup:
    """Cohorts by period, the figure printed in each cell. `figures` are the shares as the reader writes them."""
    known = [share for row in rows for share in row.shares if share is not None]
    top = highest or max(known, default=Decimal(1)) * Decimal("1.6")
    left, line, head = 96, 27, 26
    cell = (width - left) / max(1, len(periods))
    parts = [_text(left + cell * (i + 0.5), 16, name, anchor="middle") for i, name in enumerate(periods)]
    for r, row in enumerate(rows):
        y = head + line * r
        parts.append(_text(0, y + 17, row.label, kind="strong"))
        for c, share in enumerate(row.shares):
            if share is None:
                continue
            step = heat_step(share, top)
            ink = "#ffffff" if step >= 5 else _INK
            x = left + cell * c
            inside = (
                f'<rect x="{_n(x + 1)}" y="{y + 1}" width="{_n(cell - 2)}" height="{line - 2}" rx="3" '
                f'fill="{RAMP[step]}" class="heat-{step}"/><text x="{_n(x + cell / 2)}" y="{y + 17}" '
                f'text-anchor="middle" fill="{ink}" font-family="{_FONT}" font-size="11.5" '
                f'class="heat-figure heat-ink-{step}">{escape(figures[r][c])}</text>'
            )
            parts.append(
                _linked(inside, row.urls[c] if row.urls else row.url, f"{row.label}, {periods[c]}: {figures[r][c]}")
            )
    return _frame(width, head + line * len(rows), summary, parts, "chart-heat")
