"""The acts of the audit chain as people read them: a sentence each, and what it was about in words.

The chain itself keeps codes; an act or a fact that has no words yet is shown by its code, never left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from kernel.money import Money
from kernel.text import msg
from recobro.people.words import ACTIONS, FACTS, VALUES
from recobro.web import formats
from recobro.web.jinja import locale
from recobro.web.translations import spell
from tenants.roles import LABELS as ROLES
from tenants.roles import Role

_AMOUNTS = frozenset({"amount", "net", "paid"})
# What only a machine reads: the file has all of it.
_TRACES = frozenset({"request", "sha256", "currency"})


@dataclass(frozen=True)
class Said:
    """One fact of an act: its name and its value, in the reader's words."""

    name: str
    value: str


def sentence(action: str) -> str:
    """What was done, as a sentence; the code of an act that has none."""
    return spell(ACTIONS[action]) if action in ACTIONS else action


def facts(payload: Mapping[str, Any], names: Mapping[str, str]) -> list[Said]:
    """What an act was about: amounts as money, days as days, yes and no, and names in place of ids.

    `names` says what things are called; an id without a name is nothing a person can read.
    """
    currency = str(payload.get("currency", ""))
    shown = []
    for name, value in payload.items():
        text = "" if name in _TRACES else _value(name, value, currency, names)
        if text:
            shown.append(Said(spell(FACTS[name]) if name in FACTS else name, text))
    return shown


def _value(name: str, value: Any, currency: str, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return spell(msg("Sí")) if value else spell(msg("No"))
    if name in _AMOUNTS and isinstance(value, int) and currency:
        return formats.money(Money(value, currency), locale())
    if name == "offset_s" and isinstance(value, int):
        return formats.number(value, locale()) + " s"
    if name == "totals" and isinstance(value, Mapping):
        return ", ".join(formats.money(Money(one["sum"], code), locale()) for code, one in value.items())
    if isinstance(value, (list, Mapping)):
        return _several(name, value, names)
    return _word(name, str(value), names)


def _several(name: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    joined = " → " if len(value) == 2 and name not in ("rules", "fields") else ", "
    return joined.join(_word(name, str(one), names) or "—" for one in value)


def _word(name: str, value: str, names: Mapping[str, str]) -> str:
    if _is_id(value):
        return names.get(value, "")
    if name in ("role", "before", "after") and value in set(Role):
        return spell(ROLES[Role(value)])
    if value in VALUES.get(name, {}):
        return spell(VALUES[name][value])
    return _day(value) or value


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def _day(value: str) -> str:
    try:
        return formats.day(date.fromisoformat(value), locale()) if len(value) == 10 else ""
    except ValueError:
        return ""
