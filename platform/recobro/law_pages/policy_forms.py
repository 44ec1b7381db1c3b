"""What a person writes of an agency's own policy, read into a rule of the law's own shape."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from kernel.ids import new_id
from kernel.problems import Problem
from kernel.text import msg
from legal.rules.calendar import region_named
from legal.rules.contact.registers import REGISTERS
from legal.rules.facts import WEEKDAYS, Channel, Receiver, Target
from legal.rules.packs.schema import Rule, is_address
from legal.rules.policies import OWN, PolicyRefused, own_rules
from recobro.web.readings import read_day
from recobro.web.translations import spell, spell_problem

SHAPES: Mapping[str, tuple[str, str, str]] = {
    "hours": (msg("Horario más corto"), "clock", msg("Por día de la semana, en la hora del deudor.")),
    "cap": (msg("Menos contactos"), "refresh", msg("Cuántos por día o por semana, por los canales que elijas.")),
    "gap": (msg("Días entre contactos"), "clock-pause", msg("Cuántos días pasan de un contacto al siguiente.")),
    "channel": (msg("Cerrar un canal"), "ban", msg("Por ese canal no se cobra.")),
    "days": (msg("Días cerrados"), "calendar", msg("Además de los festivos: no se contacta a nadie.")),
    "town": (
        msg("Festivos de un municipio"),
        "map-pin",
        msg("Los que ninguna biblioteca trae: con quien vive allí no se contacta."),
    ),
    "person": (msg("No hablar con alguien"), "users", msg("A ese tipo de persona no se le contacta.")),
    "registered": (
        msg("Exigir una inscripción"),
        "certificate",
        msg("Sin registro, licencia o fianza vigente no se contacta."),
    ),
    "receiver": (msg("Quién recibe el pago"), "report-money", msg("Nadie pide pagar a otro que los que elijas.")),
}
KIND_OF = {
    "hours": "contact_hours",
    "cap": "contact_cap",
    "gap": "contact_gap",
    "channel": "closed",
    "days": "closed_days",
    "town": "town_days",
    "person": "closed",
    "registered": "registration",
    "receiver": "payment_receiver",
}
_LISTS = ("channels", "targets", "registers", "allow")
_MOST_GAP = 30
_SHORTEST_SOURCE = 5
AT_ONCE = (Channel.PHONE, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.VISIT)
PERIODS = {
    "day": msg("al día"),
    "iso_week": msg("a la semana, de lunes a domingo"),
    "rolling_7_days": msg("en siete días corridos"),
}
_PURPOSES = ["collect", "locate", "closing", "remedy", "verification", "ask_consent"]
_HOURS = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|a|to)\s*(\d{1,2})(?:[:.h](\d{2}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """What was written, with the rule it makes or the errors that keep it from making one, by field."""

    values: Mapping[str, Any]
    rule: Rule | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def shape_of(rule: Rule) -> str:
    """Which form a kept policy is changed with; empty for one that no form makes."""
    if rule.kind == "closed":
        return "person" if rule.applies_to.targets else "channel"
    return next((shape for shape, kind in KIND_OF.items() if kind == rule.kind), "")


def blank(shape: str) -> dict[str, Any]:
    """The form before anything is written."""
    values: dict[str, Any] = {"title": "", "from": "", "to": "", "why": "", "channels": [one.value for one in AT_ONCE]}
    if shape == "hours":
        values |= {day: "09:00-18:00" if day in WEEKDAYS[:5] else "" for day in WEEKDAYS}
    if shape == "channel":
        values["channels"] = []
    return values | {
        "max": "1",
        "per": "day",
        "days": "",
        "days_between": "1",
        "towns": "",
        "region": "",
        "source": "",
        "source_url": "",
        "targets": [],
        "registers": [],
        "allow": [],
    }


def values_of(rule: Rule) -> dict[str, Any]:
    """A kept policy as its form shows it."""
    values = blank(shape_of(rule)) | {"title": rule.title, "from": rule.valid_from.isoformat()}
    values["to"] = rule.valid_to.isoformat() if rule.valid_to else ""
    values["channels"] = [one.value for one in rule.applies_to.channels]
    values["targets"] = [one.value for one in rule.applies_to.targets]
    given = rule.parameters
    if "windows" in given:
        windows: Mapping[str, str | list[str]] = given["windows"]
        for day in WEEKDAYS:
            spans = windows.get(day, "")
            values[day] = spans if isinstance(spans, str) else ", ".join(spans)
    values |= {name: str(given[name]) for name in ("max", "per", "days_between") if name in given}
    values |= {name: [*given[name]] for name in ("registers", "allow") if name in given}
    if rule.kind == "town_days":
        values |= {"towns": ", ".join(given["towns"]), "region": given.get("region") or ""}
        values |= {"source": rule.citation, "source_url": rule.source_url}
    return values | {"days": ", ".join(given.get("days", ()))}


def read(
    shape: str, form: MultiDict[str, str], *, today: date, locale: str, rule_id: str = "", citation: str, country: str
) -> Written:
    """The rule that was written, or what keeps it from being one. A town is one of the agency's `country`."""
    values = {name: form.get(name, "").strip() for name in form} | {name: form.getlist(name) for name in _LISTS}
    errors: dict[str, str] = {}
    parameters = _parameters(shape, values, today, locale, errors)
    if shape == "town":
        parameters |= _towns(values, country, errors)
        citation = str(values.get("source", ""))
    begins = _day(values, "from", today, locale, errors) or today
    ends = _day(values, "to", today, locale, errors)
    if ends and ends < begins:
        errors["to"] = spell(msg("Termina antes de empezar."))
    channels = values["channels"] if shape != "person" else []
    if shape != "person" and not channels:
        errors["channels"] = spell(msg("Elige al menos un canal."))
    if shape == "person" and not values["targets"]:
        errors["targets"] = spell(msg("Elige a quién no se contacta."))
    if not values.get("why"):
        errors["why"] = spell(msg("Escribe por qué: queda en el historial."))
    if errors:
        return Written(values, errors=errors)
    given = {
        "id": rule_id or f"{OWN}{shape}_{new_id().hex[-8:]}",
        "kind": KIND_OF[shape],
        "title": values.get("title") or spell(SHAPES[shape][0]),
        "from": begins.isoformat(),
        "to": ends.isoformat() if ends else None,
        "basis": "policy",
        "confidence": "policy",
        "citation": citation,
        "source_url": values.get("source_url", "") if shape == "town" else "",
        "checked_on": today.isoformat(),
        "applies_to": {"channels": channels, "targets": values["targets"] if shape == "person" else [],
                       "purposes": _PURPOSES},
        "parameters": parameters,
    }  # fmt: skip
    try:
        return Written(values, own_rules([given])[0])
    except PolicyRefused as problem:
        return Written(values, errors={"title": spell_problem(problem)})


def _parameters(
    shape: str, values: Mapping[str, Any], today: date, locale: str, errors: dict[str, str]
) -> dict[str, Any]:
    if shape == "hours":
        windows = {day: spans for day in WEEKDAYS if (spans := _spans(day, values.get(day, ""), errors))}
        if not windows and not errors:
            errors["mon"] = spell(msg("Deja al menos un día con horas; para cerrar un canal hay otra política."))
        return {"windows": windows}
    if shape == "cap":
        most = values.get("max", "")
        if not (most.isdecimal() and 1 <= int(most) <= 99):
            errors["max"] = spell(msg("Escribe un número del 1 al 99."))
            return {}
        if values.get("per") not in PERIODS:
            errors["per"] = spell(msg("Elige una opción de la lista."))
        return {"max": int(most), "per": values.get("per"), "channels": values["channels"]}
    if shape == "gap":
        between = values.get("days_between", "")
        if not (between.isdecimal() and 1 <= int(between) <= _MOST_GAP):
            errors["days_between"] = spell(msg("Escribe un número de {low} a {high}."), low=1, high=_MOST_GAP)
            return {}
        return {"days_between": int(between), "channels": values["channels"]}
    if shape == "registered":
        if not set(values["registers"]) & REGISTERS.keys():
            errors["registers"] = spell(msg("Elige al menos un registro."))
        return {"registers": [name for name in REGISTERS if name in values["registers"]], "unknown": "warn"}
    if shape == "receiver":
        if not set(values["allow"]) & set(Receiver):
            errors["allow"] = spell(msg("Elige quién puede recibir el pago."))
        return {"allow": [one.value for one in Receiver if one in values["allow"]]}
    if shape in ("days", "town"):
        days = _days(values.get("days", ""), today, locale, errors)
        return {"days": sorted({day.isoformat() for day in days})}
    return {}


def _towns(values: Mapping[str, Any], country: str, errors: dict[str, str]) -> dict[str, Any]:
    """Where the days are holidays, and by whose word: the bulletin or the decree is named, with its address."""
    towns = [town for town in (part.strip() for part in re.split(r"[,;\n]", values.get("towns", ""))) if town]
    told = values.get("region", "")
    region = region_named(country, told) if told else None
    if not towns:
        errors["towns"] = spell(msg("Escribe al menos un municipio."))
    if told and region is None:
        errors["region"] = spell(msg("No es una región con festivos propios; déjala vacía."))
    if len(values.get("source", "")) < _SHORTEST_SOURCE:
        errors["source"] = spell(msg("Di dónde se publicó: boletín y fecha."))
    if (address := values.get("source_url", "")) and not is_address(address):
        errors["source_url"] = spell(msg("Escribe la dirección completa, con https://, o déjala vacía."))
    return {"country": country, "region": region, "towns": towns}


def _spans(day: str, text: str, errors: dict[str, str]) -> list[str]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _HOURS.fullmatch(part)
        hours = [int(number or 0) for number in match.groups()] if match else []
        start, end = (hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]) if match else (0, 0)
        if not 0 <= start < end <= 24 * 60 or (match and max(hours[1], hours[3]) > 59):
            errors[day] = spell(msg("Escribe las horas así: 9:00-18:00."))
            return []
        found.append(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    return found


def _days(text: str, today: date, locale: str, errors: dict[str, str]) -> Sequence[date]:
    found: list[date] = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        try:
            found.append(read_day(part, today, locale))
        except Problem:
            errors["days"] = spell(msg("No se entiende el día «{day}»."), day=part)
    if not found and "days" not in errors:
        errors["days"] = spell(msg("Escribe al menos un día."))
    return found


def _day(values: Mapping[str, Any], name: str, today: date, locale: str, errors: dict[str, str]) -> date | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        return read_day(text, today, locale)
    except Problem as problem:
        errors[name] = spell_problem(problem)
        return None


TARGETS = tuple(target for target in Target if target is not Target.DEBTOR)
