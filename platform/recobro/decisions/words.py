"""What a decision rests on, in the reader's words: the facts of the case, the contact proposed, the titles of rules."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from kernel.money import Money
from kernel.text import msg
from legal.rules.packs.loading import all_packs
from recobro.notices.words import INPUTS, shown
from recobro.web.jinja import day, money
from recobro.web.translations import spell

MOMENTS: Mapping[str, str] = {"planned": msg("Al planear"), "sending": msg("Al enviar")}

FACTS: Mapping[str, str] = {
    "country": msg("País"),
    "region": msg("Región"),
    "locality": msg("Localidad con reglas propias"),
    "town": msg("Municipio"),
    "zones": msg("Zonas horarias posibles"),
    "local_holidays": msg("Festivos locales"),
    "creditor_type": msg("Acreedor"),
    "collector": msg("Quién cobra"),
    "debtor": msg("Deudor"),
    "claim": msg("Crédito"),
    "credit_product": msg("Producto"),
    "debt_proof": msg("Prueba del adeudo"),
    "debts": msg("Sobre qué adeudos"),
    "same_debt": msg("Adeudos que son uno"),
    "debts_dated": msg("Fecha del adeudo"),
    "total_with_creditor": msg("Total con el acreedor"),
    "guaranteed_by_person": msg("Una persona lo garantiza"),
    "authorised_channels": msg("Canales autorizados"),
    "no_channel_documented": msg("Sin canal documentado"),
    "agreed_hours": msg("Horas que pidió"),
    "previous": msg("Contactos anteriores"),
    "requests": msg("Lo que pidió"),
    "opt_outs": msg("Bajas"),
    "consents": msg("Consentimientos"),
    "inconvenient": msg("Lo que le incomoda"),
    "statements": msg("Lo que dijo"),
    "lawyer": msg("Abogado del deudor"),
    "contested": msg("Lo que impugnó"),
    "validation_ends": msg("Fin del plazo de validación"),
    "employer_prohibits": msg("Su empleador no lo permite"),
    "flags": msg("Marcas del caso"),
    "registrations": msg("Registros de la agencia"),
    "introduced": msg("Ya tuvo el primer contacto completo"),
    "settings": msg("Opciones de la agencia"),
}
ACTION: Mapping[str, str] = {
    "channel": msg("Canal"),
    "purpose": msg("Para qué"),
    "target": msg("Con quién"),
    "contact_point": msg("Dato de contacto"),
    "caller_id_withheld": msg("Número oculto"),
    "caller_number": msg("Número que llama"),
    "pay_to": msg("A quién se paga"),
    "workplace": msg("En su trabajo"),
    "prerecorded": msg("Voz grabada"),
    "visible_to_others": msg("Otros pueden verlo"),
    "message": msg("Mensaje de voz"),
    "earlier_answer_wrong": msg("La respuesta anterior era errónea"),
    "override": msg("Excepción"),
}
_PARTS: Mapping[str, str] = {
    "at": msg("cuándo"),
    "until": msg("hasta"),
    "kind": msg("clase"),
    "channel": msg("canal"),
    "purpose": msg("motivo"),
    "conversation": msg("contestó"),
    "incoming": msg("llamó o escribió la persona"),
    "consented": msg("con su consentimiento"),
    "workplace": msg("en su trabajo"),
    "prerecorded": msg("con voz grabada"),
    "general": msg("siempre"),
    "written": msg("por escrito"),
    "rules": msg("reglas"),
    "consent": msg("consentimiento"),
    "days": msg("días"),
    "opens": msg("abre"),
    "closes": msg("cierra"),
    "what": msg("qué"),
    "debts": msg("adeudos"),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
# What a fact is when nothing is said of it.
_UNSAID: Mapping[str, object] = {"connected": True, "purpose": "collect", "direct": True}
# What nobody need tell: without it the contact is an everyday one, and the town like any other.
_NEED_NOT_BE = frozenset({"override", "message", "locality"})
_CONSENTS: Mapping[str, str] = {"given": msg("dado"), "withdrawn": msg("retirado")}


@dataclass(frozen=True)
class Told:
    """Facts in words: what is known, each with one or more lines, and the names of what nobody knows."""

    known: Sequence[tuple[str, Sequence[str]]]
    unknown: Sequence[str]


def facts_told(facts: Mapping[str, Any], called: Mapping[str, str], zone: ZoneInfo) -> Told:
    """The facts of a kept decision; `called` are the names of the ids among them, `zone` the debtor's."""
    return _told(facts, FACTS, {**called, **dict(_days(facts, zone))})


def action_told(action: Mapping[str, Any]) -> Told:
    """The contact that was proposed."""
    return _told(action, ACTION, {})


def _days(value: Any, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """The instants that stand for a day, by how they are kept: they are the first of it where the debtor is."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _days(part, zone)
    elif isinstance(value, list):
        for part in value:
            yield from _days(part, zone)
    elif isinstance(value, str) and _INSTANT.fullmatch(value):
        local = datetime.fromisoformat(value).astimezone(zone)
        if local.time() == time.min:
            yield value, day(local.date(), "full")


def _told(values: Mapping[str, Any], labels: Mapping[str, str], called: Mapping[str, str]) -> Told:
    """In the order of the labels; what has none yet comes last, under its own name."""
    known: list[tuple[str, Sequence[str]]] = []
    unknown: list[str] = []
    for name in dict.fromkeys((*labels, *values)):
        label = spell(labels[name]) if name in labels else name
        value = values.get(name)
        if name not in values or value in ([], {}, False, ""):
            continue
        if value is None:
            if name not in _NEED_NOT_BE:
                unknown.append(label)
        else:
            known.append((label, _lines(value, name, called)))
    return Told(known, unknown)


def _lines(value: Any, name: str, called: Mapping[str, str]) -> list[str]:
    if isinstance(value, list) and value and isinstance(value[0], Mapping | list):
        return [_one(item, name, called) for item in value]
    return [_one(value, name, called)]


def _one(value: Any, name: str, called: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"minor", "currency"}:
            return money(Money(int(value["minor"]), str(value["currency"])))
        return " · ".join(_parts(value, called)) or "—"
    if isinstance(value, list):
        return ", ".join(_one(item, name, called) for item in value)
    if name == "consent" and value in _CONSENTS:
        return spell(_CONSENTS[value])
    return called.get(str(value)) or shown(value, name)


def _parts(value: Mapping[str, Any], called: Mapping[str, str]) -> Iterator[str]:
    """What is said of something, instant and channel first; what goes without saying is left out."""
    for key in sorted(value, key=lambda key: ("at", "channel").index(key) if key in ("at", "channel") else 2):
        part = value[key]
        if key == "address" or part in (None, [], {}, False, "") or _UNSAID.get(key) == part:
            continue
        if part is True:
            yield _part(key)
        elif key in ("at", "channel"):
            yield _one(part, key, called)
        else:
            yield f"{_part(key)}: {_one(part, key, called)}"


def _part(name: str) -> str:
    return spell(_PARTS.get(name) or INPUTS.get(name, name))


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, str]:
    return {rule.id: rule.title for pack in all_packs().values() for rule in pack.rules}


def title_of(rule: str, own: Mapping[str, str] | None = None) -> str:
    """A rule's title as it is today; one that is gone, by its id. `own` are the agency's own rules."""
    return _titles().get(rule) or (own or {}).get(rule) or rule


def rule_title(rule: str, own: Mapping[str, str] | None = None) -> str:
    """The same in the reader's language."""
    return spell(title_of(rule, own))
