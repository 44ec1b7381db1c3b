"""Sentences of intake said outside a page: in files, mails and answers to programs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.money import Money
from recobro.web import formats
from recobro.web.translations import translations


def sentence(template: str, details: Mapping[str, Any], locale: str) -> str:
    """A `msg()` sentence in a locale; amounts ({minor, currency}) and days as its readers write them."""
    said = translations(locale).gettext(template) if template else ""
    return said.format(**{name: _plain(value, locale) for name, value in details.items()}) if details else said


def _plain(value: Any, locale: str) -> Any:
    if isinstance(value, Mapping) and {"minor", "currency"} <= value.keys():
        return formats.money(Money(value["minor"], value["currency"]), locale)
    return formats.day(value, locale) if isinstance(value, date) else value
