"""What templates may use: formats in the reader's locale, icons, addresses of files, and rendering by block."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_babel  # type: ignore[import-untyped]
from flask import Flask, current_app, g
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup

import templates
from kernel.clock import SystemClock
from kernel.money import Money
from recobro.web import assets, charts, formats
from recobro.web.icons import icon
from recobro.web.rows import labelled
from recobro.web.statuses import tone_of


def locale() -> str:
    """The reader's locale: es_MX, es_CO, es_ES or en."""
    found = flask_babel.get_locale()
    return str(found) if found else "es_MX"


def zone() -> tzinfo:
    """The reader's time zone."""
    return flask_babel.get_timezone()  # type: ignore[no-any-return]


def now() -> datetime:
    """The present instant by the request's own clock."""
    work = g.get("work")
    return work.now() if work is not None else SystemClock().now()


def local_today() -> str:
    """Today by the request's own clock in the reader's zone, as `2026-11-24`, for scripts that read days."""
    return now().astimezone(zone()).date().isoformat()


def money(value: Money, cents: bool | None = None) -> str:
    """An amount; the agency's own currency (`g.home_currency`) goes by its sign where the reader's country means it."""
    if formats.shows_cents(value):
        g.cents_seen = True
    cents = g.get("cents_wanted") if cents is None else cents
    return formats.money(value, locale(), home=g.get("home_currency"), cents=cents)


def evenly(rows: Callable[[], str]) -> str:
    """The rows of a table; written again with cents in all pesos of Colombia when some of them have cents."""
    g.cents_seen, g.cents_wanted = False, None
    written = rows()
    if g.cents_seen:
        g.cents_wanted = True
        written = rows()
        g.cents_wanted = None
    return written


def compact(value: Money) -> str:
    """An amount for a chart or a tile: `$6.7 M`."""
    return formats.compact_money(value, locale(), home=g.get("home_currency"))


def day(value: date | datetime, style: str = "medium") -> str:
    """A day, `24 nov 2026`; an instant is taken to the reader's zone first."""
    local = value.astimezone(zone()).date() if isinstance(value, datetime) else value
    return formats.day(local, locale(), style)


def readable(value: object) -> str:
    """What a filter or a form was sent, with days and months as the reader writes them; nothing for None."""
    return "" if value is None else formats.readable(str(value), locale())


def day_range(start: date, end: date) -> str:
    """Two days as one span."""
    return formats.day_range(start, end, locale())


def rel_day(value: date) -> str:
    """A day near today in words."""
    return formats.rel_day(value, now().astimezone(zone()).date(), locale())


def moment(instant: datetime, where: tzinfo | None = None) -> str:
    """`hoy 09:02`, `14 nov 11:20`, in the reader's zone or in `where`."""
    place = where or zone()
    return formats.moment(instant, locale(), place, now().astimezone(place).date())


def rel_time(instant: datetime) -> str:
    """`hace 22 min` within a day, else the moment."""
    return formats.rel_time(instant, now(), locale(), zone())


def clock(instant: datetime, where: tzinfo | None = None) -> str:
    """The hour of an instant, `10:42`."""
    return formats.hour(instant, where or zone())


def pct(ratio: Decimal | int, digits: int = 1) -> str:
    """A share as a percentage."""
    return formats.pct(ratio, locale(), digits)


def number(value: Decimal | int, digits: int = 0) -> str:
    """A number with grouped thousands."""
    return formats.number(value, locale(), digits)


def size(count: int) -> str:
    """A file's size."""
    return formats.size(count, locale())


def lined(text: str) -> Markup:
    """Plain text with its line breaks kept, escaped."""
    return Markup("<br>").join(text.splitlines())


def render_block(name: str, block: str, **context: Any) -> str:
    """One block of a template, its own or a layout's, as a partial answer."""
    template = current_app.jinja_env.get_or_select_template(name)
    current_app.update_template_context(context)
    whole = template.new_context(context)
    # Imports stand at the top of a page, outside its blocks: run that far, and no further.
    next(iter(template.root_render_func(whole)), None)
    return "".join(whole.blocks[block][0](whole))


def install(app: Flask) -> None:
    """Give an app our templates, static files, filters and globals."""
    app.jinja_loader = FileSystemLoader(Path(templates.__path__[0]))
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        money=money,
        cents=formats.has_cents,
        compact=compact,
        date=day,
        date_range=day_range,
        readable=readable,
        rel_day=rel_day,
        moment=moment,
        rel_time=rel_time,
        clock=clock,
        pct=pct,
        number=number,
        size=size,
        phone=formats.phone,
        duration=formats.duration,
        initials=formats.initials,
        lined=lined,
        labelled=labelled,
    )
    environment.globals.update(
        static_url=assets.static_url,
        icon=icon,
        tone_of=tone_of,
        local_today=local_today,
        evenly=evenly,
        stacked_bars=charts.stacked_bars,
        bar_svg=charts.bar,
        sparkline_svg=charts.sparkline,
        heat_map=charts.heat_map,
    )
    environment.globals.setdefault("csrf_token", lambda: "")
    assets.install(app)
