"""Sentences of intake said outside a page: in files, mails and answers to programs."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from kernel.money import Money
from recobro.web import formats
from recobro.web.translations import translations

# Details that are kept as ISO days; a cell that is quoted stays as it was written.
_DAYS = frozenset({"day", "placed", "due_here", "due_there"})


def sentence(template: str, details: Mapping[str, Any], locale: str) -> str:
    """A `msg()` sentence in a locale; amounts ({minor, currency}) and days as its readers write them."""
    said = translations(locale).gettext(template) if template else ""
    return said.format(**{name: _plain(name, value, locale) for name, value in details.items()}) if details else said


def _plain(name: str, value: Any, locale: str) -> Any:
    if isinstance(value, Mapping) and {"minor", "currency"} <= value.keys():
        return formats.money(Money(value["minor"], value["currency"]), locale)
    if name == "order":
        return translations(locale).gettext(value)
    if name in _DAYS and isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    return formats.day(value, locale) if isinstance(value, date) else value
