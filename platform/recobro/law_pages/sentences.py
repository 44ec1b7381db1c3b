"""What a rule asks, in a sentence made of its parameters, and the cases it speaks of."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import BaseModel

from kernel.text import msg
from legal.rules.packs.kinds import KINDS, Parameters
from legal.rules.packs.schema import Rule
from recobro.law_pages.claim_sentences import OF_CLAIMS
from recobro.law_pages.contact_sentences import OF_CONTACT
from recobro.law_pages.words import APPLIES, word, words
from recobro.web.jinja import day, day_range, number
from recobro.web.translations import spell

_SENTENCES = {KINDS[kind]: said for kind, said in (*OF_CONTACT.items(), *OF_CLAIMS.items())}


def asks(parameters: Parameters) -> str:
    """What a rule with these parameters asks. Kinds without a sentence of their own list their parameters."""
    say = _SENTENCES.get(type(parameters))
    said = " ".join(part for part in say(parameters) if part) if say else ""
    return said or _listed(parameters)


def applies(rule: Rule) -> str:
    """The cases a rule speaks of, or that it speaks of all."""
    parts = [
        f"{spell(APPLIES.get(name, name))}: {words(values, name)}"
        for name, values in rule.applies_to
        if _narrows(values)
    ]
    return " · ".join(parts) or spell(msg("A todos los casos"))


def _narrows(values: object) -> bool:
    return isinstance(values, tuple | list) and bool(values)


def validity(rule: Rule) -> str:
    """From when to when a rule is in force."""
    if rule.valid_to is None:
        return spell(msg("Vigente desde el {day}"), day=day(rule.valid_from))
    return spell(msg("Vigente: {span}"), span=day_range(rule.valid_from, rule.valid_to))


def _listed(parameters: Parameters) -> str:
    """The parameters that were given, by name; `days 30 · assumed days 5`."""
    given = parameters.model_dump(exclude_defaults=True)
    return " · ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in given.items() if name != "code")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return spell(msg("sí")) if value else spell(msg("no"))
    if isinstance(value, BaseModel):
        return _value(value.model_dump(exclude_defaults=True))
    if isinstance(value, Mapping):
        return ", ".join(f"{word(name)} {_value(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, date):
        return day(value)
    return number(value, 2) if isinstance(value, Decimal) else word(value)
