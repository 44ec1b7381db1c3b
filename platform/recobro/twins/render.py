"""A pair in words: its evidence, both records side by side, where each value came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from kernel.text import msg
from recobro.cases.lifecycle import STAGE_LABELS, Stage
from recobro.debtors.facts import Source
from recobro.twins.choosing import CHOICES, OTHER, sensible, value_of
from recobro.twins.queries import Record
from recobro.web.formats import phone
from recobro.web.translations import spell

_TAX_ID: Mapping[str, str] = {
    "MX": msg("Mismo RFC: {here}"), "CO": msg("Mismo NIT: {here}"), "ES": msg("Mismo NIF: {here}"),
}  # fmt: skip
SENTENCES: Mapping[str, str] = {
    "tax_id": msg("Misma identificación fiscal: {here}"),
    "number_zeros": msg("Número de cliente igual salvo ceros: {here} y {there}"),
    "phone": msg("Mismo teléfono: {here}"),
    "email": msg("Mismo correo: {here}"),
    "postal": msg("Mismo domicilio: {here}"),
    "same_name_firm": msg("Mismo nombre: {here}"),
    "same_name_person": msg("Mismo nombre: {here}"),
    "name_close": msg("Nombre muy parecido: {here} y {there}"),
    "name_near": msg("Nombre parecido: {here} y {there}"),
    "city": msg("Misma ciudad: {here}"),
    "other_tax_id": msg("Identificación fiscal distinta: {here} y {there}"),
    "other_birth_year": msg("Otro año de nacimiento: {here} y {there}"),
    "other_kind": msg("Uno es empresa y el otro persona"),
    "other_name": msg("Nombres distintos: {here} y {there}"),
    "other_number": msg("Números de cliente distintos: {here} y {there}"),
}
_KINDS: Mapping[str, str] = {"firm": msg("Empresa"), "person": msg("Persona")}
_LANGUAGES: Mapping[str, str] = {
    "es_MX": msg("Español (México)"), "es_CO": msg("Español (Colombia)"), "es_ES": msg("Español (España)"),
    "en": msg("Inglés"),
}  # fmt: skip
_SOURCES: Mapping[str, str] = {
    "client": msg("Cliente"),
    "debtor": msg("Deudor"),
    "collector": msg("Gestor"),
    "search": msg("Localización"),
    "merge": msg("Otra unión"),
}


@dataclass(frozen=True)
class Chip:
    """One thing that speaks for or against, in words, with its weight."""

    text: str
    tone: str
    weight: str


def chips(evidence: Sequence[Mapping[str, Any]], country: str) -> list[Chip]:
    """The evidence of a pair in words, what says most first, what speaks against last."""
    found = []
    for each in evidence:
        sentence = SENTENCES[each["what"]]
        if each["what"] == "tax_id":
            sentence = _TAX_ID.get(country, sentence)
        here, there = each["here"], each["there"]
        if each["what"] == "phone":
            here = there = phone(here)
        against = each["weight"] < 0
        weight = f"−{-each['weight']}" if against else f"+{each['weight']}"
        found.append(Chip(spell(sentence, here=here, there=there), "warn" if against else "ok", weight))
    return found


def tone_of_score(score: int) -> str:
    """How sure it looks."""
    return "ok" if score >= 80 else "info" if score >= 60 else "warn"


@dataclass(frozen=True)
class Cell:
    """One record's value of a field: who it belongs to, what it says, where from, and whether it stands by default."""

    owner: str
    text: str
    source: str
    chosen: bool


@dataclass(frozen=True)
class Line:
    """One field of both records; `same` needs no choice."""

    name: str
    label: str
    cells: Sequence[Cell]
    same: bool


def lines(records: Sequence[Record], given: Mapping[str, str]) -> list[Line]:
    """The fields of two records with the choice that stands for each unless `given` says another."""
    defaults = sensible(records[0].debtor, records[1].debtor)
    found = []
    for name, choice in CHOICES.items():
        values = [value_of(record.debtor, name) for record in records]
        if not any(values):
            continue
        standing = str(records[1 if defaults[name] == OTHER else 0].debtor.id)
        standing = given.get(f"field-{name}", standing)
        cells = [
            Cell(
                str(record.debtor.id), _spoken(name, value), _source(record, name) if value else "",
                str(record.debtor.id) == standing,
            )
            for record, value in zip(records, values, strict=True)
        ]  # fmt: skip
        found.append(Line(name, spell(choice.label), cells, values[0] == values[1]))
    return found


def _spoken(name: str, value: str) -> str:
    words = {"kind": _KINDS, "locale": _LANGUAGES}.get(name)
    return spell(words[value]) if words and value in words else value or "—"


def _source(record: Record, name: str) -> str:
    column = "city" if name == "place" else CHOICES[name].columns[0]
    source: Source = record.sources[column]
    told = spell(_SOURCES[source.kind])
    if source.ref is not None and source.ref in record.placements:
        told = f"{told}, {record.placements[source.ref]}"
        if source.line:
            told = spell(msg("{source}, línea {line}"), source=told, line=source.line)
    return spell(msg("{source}, {day}"), source=told, day=source.at.date())


@dataclass(frozen=True)
class Side:
    """What else a person looks at in one record: its case, what it owes, how it is reached."""

    id: str
    number: str
    url: str
    stage: str
    record: Record


def side_of(record: Record) -> Side:
    """One record's case in words."""
    case = record.case
    url, stage = url_for("cases.show_case", case_id=case.id), spell(STAGE_LABELS[Stage(case.stage)])
    return Side(str(record.debtor.id), case.number, url, stage, record)
