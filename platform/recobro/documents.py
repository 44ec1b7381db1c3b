"""Documents as PDF: one environment for their templates, outside of any request, in the reader's locale.

Everything a document shows is given to it; two renderings of the same facts are the same bytes.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

import templates
from kernel.money import Money
from kernel.text import one_stop
from recobro.web import charts, formats
from recobro.web.translations import translations, with_one_stop
from recobro.wiring import outside
from tenants.tables import Agency, Client


@lru_cache(maxsize=64)
def environment(locale: str, *, home: str | None = None, zone: tzinfo | None = None) -> Environment:
    """Templates with our formats in a locale; amounts in `home` currency go by their sign, instants in `zone`."""
    place = zone or ZoneInfo("UTC")
    env = Environment(
        loader=FileSystemLoader(Path(templates.__path__[0])),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalog = translations(locale)
    env.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    with_one_stop(env)

    @pass_context
    def money(context: Context, value: Money) -> str:
        seen = context.get("cents_seen")
        if seen is not None and formats.shows_cents(value):
            seen.add(value.currency)
        return formats.money(value, locale, home=home, cents=context.get("cents"))

    def day(value: date | datetime, style: str = "medium") -> str:
        local = value.astimezone(place).date() if isinstance(value, datetime) else value
        return formats.day(local, locale, style)

    def moment(value: datetime) -> str:
        return f"{formats.day(value.astimezone(place).date(), locale)} {formats.hour(value, place)} ({_offset(value)})"

    def _offset(value: datetime) -> str:
        # On paper nobody knows whose clock it was.
        minutes = int((value.astimezone(place).utcoffset() or timedelta()).total_seconds() // 60)
        sign = "−" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        return "UTC" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02d}" if rest else "")

    def pct(value: Decimal) -> str:
        return formats.pct(value, locale)

    def sentence(template: str, details: Mapping[str, Any]) -> str:
        words = {name: _shown(value, locale, home) for name, value in details.items()}
        return one_stop(catalog.gettext(template).format(**words)) if words else catalog.gettext(template)

    env.filters.update(money=money, date=day, moment=moment, pct=pct, phone=formats.phone, sentence=sentence)
    env.globals.update(stacked_bars=charts.stacked_bars, bar_svg=charts.bar)
    return env


def _shown(value: Any, locale: str, home: str | None) -> Any:
    if isinstance(value, Money):
        return formats.money(value, locale, home=home)
    if isinstance(value, Mapping) and {"minor", "currency"} <= value.keys():
        return formats.money(Money(int(value["minor"]), str(value["currency"])), locale, home=home)
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-" == value[7:8]:
        try:
            return formats.day(date.fromisoformat(value), locale)
        except ValueError:
            return value
    return value


def _written(template: Template, context: Mapping[str, Any]) -> str:
    """A template filled in; pesos of Colombia all have their cents, or none has."""
    seen: set[str] = set()
    html = template.render(context, cents_seen=seen)
    return template.render(context, cents=True) if seen else html


def render_document(
    template: str,
    *,
    agency: Agency,
    client: Client | None,
    title: str,
    locale: str,
    home: str | None = None,
    zone: tzinfo | None = None,
    assets: Mapping[str, bytes] | None = None,
    **context: Any,
) -> bytes:
    """The PDF of a template of `templates/documents` or `templates/letters`, with the agency's letterhead."""
    env = environment(locale, home=home or (client.currency if client else agency.currency), zone=zone)
    lang = locale.replace("_", "-")
    html = _written(
        env.get_template(template),
        {"agency": agency, "client": client, "title": title, "lang": lang, "logo": "logo" in (assets or {}), **context},
    )
    # "Aceros Ficticios, S.A. de C.V." may end a sentence.
    html = re.sub(r"(?<=\w)\.\.(?=[\s<])", ".", html)
    brand = client.brand_color if client else ""
    return outside().pdf.render(html, title=title, lang=lang, brand=brand, assets=assets)
