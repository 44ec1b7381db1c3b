"""`recobro law check` and `recobro law holidays`: for whoever proposes a change of a pack. Needs no database."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kernel.text import msg
from legal.rules.elements import ELEMENTS
from legal.rules.packs.changes import RuleChange, Turn, differences
from legal.rules.packs.checking import Complaint, NotWhole, read_pack
from legal.rules.packs.kinds import BannedWords, RequiredWords, parameters_of
from legal.rules.packs.loading import PACKS, pack_named
from legal.rules.packs.schema import PackFile, Rule
from legal.rules.years import year_text
from recobro.cli.words import say, spoken

# What may change in a version of a rule that has begun: its end, and what is known of it.
_HARMLESS = {"to", "checked_on", "note", "source_url", "confidence"}
_TURNS: Mapping[Turn, str] = {
    Turn.BEGINS: msg("  nueva    {rule}, desde el {day}"),
    Turn.CHANGES: msg("  cambia   {rule}, desde el {day}: {fields}"),
    Turn.ENDS: msg("  se quita {rule}, desde el {day}"),
}


@dataclass(frozen=True)
class Checked:
    """What was found in one file: complaints, and how it differs from the pack of that name that ships."""

    file: str
    complaints: tuple[Complaint, ...]
    pack: PackFile | None = None
    changes: tuple[RuleChange, ...] = ()


@click.command(
    "check", help=msg("Revisa paquetes de reglas y dice qué falla, por archivo, regla y campo; sin archivo, todos.")
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Exit code 1 when something is wrong."""
    found = [check_file(path) for path in files or sorted(PACKS.glob("*.toml"))]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], ensure_ascii=False, sort_keys=True))
    else:
        for one in found:
            _tell(one)
    sys.exit(1 if any(one.complaints for one in found) else 0)


def check_file(path: Path) -> Checked:
    """What is wrong in a pack's file, those it includes read from its own folder or from the packs that ship."""
    try:
        own = read_pack(path.name, path.read_bytes())
        included = [_included(path, name) for name in own.pack.includes]
    except NotWhole as refused:
        return Checked(path.name, refused.complaints)
    complaints = [*_words_wrong(path.name, own, included)]
    shipped = PACKS / path.name
    changes: tuple[RuleChange, ...] = ()
    if shipped.exists() and shipped.resolve() != path.resolve():
        before = read_pack(shipped.name, shipped.read_bytes())
        changes = tuple(differences(before.rules, own.rules))
        complaints += _changes_wrong(path.name, before, own, changes)
    return Checked(path.name, tuple(complaints), own, changes)


def _included(path: Path, name: str) -> PackFile:
    for folder in (path.parent, PACKS):
        file = folder / f"{name}.toml"
        if file.exists():
            return read_pack(file.name, file.read_bytes())
    sentence = msg("no hay un paquete «{name}» que incluir.")
    raise NotWhole((Complaint(path.name, "pack", "includes", sentence, {"name": name}),))


def _words_wrong(file: str, own: PackFile, included: Iterable[PackFile]) -> Iterable[Complaint]:
    phrases = {phrase.element for one in (own, *included) for phrase in one.phrases}
    for rule in own.rules:
        for element in _named(rule):
            if element not in ELEMENTS or (rule.kind == "banned_words" and element not in phrases):
                sentence = msg("no hay palabras para «{element}».")
                yield Complaint(file, rule.id, "parameters", sentence, {"element": element})


def _named(rule: Rule) -> tuple[str, ...]:
    if rule.kind not in ("required_words", "banned_words"):
        return ()
    parameters = parameters_of(rule.kind, rule.parameters, {})
    assert isinstance(parameters, RequiredWords | BannedWords)
    return parameters.elements if isinstance(parameters, RequiredWords) else parameters.phrases


def _changes_wrong(file: str, before: PackFile, own: PackFile, changes: Iterable[RuleChange]) -> Iterable[Complaint]:
    if own != before and own.pack.version == before.pack.version:
        sentence = msg("el texto cambió y la versión sigue siendo {version}: súbela.")
        yield Complaint(file, "pack", "version", sentence, {"version": own.pack.version})
    for change in changes:
        began = change.before is not None and change.day <= before.pack.checked_on
        fields = [field.name for field in change.fields if field.name not in _HARMLESS]
        if began and (fields or change.turn is Turn.ENDS):
            sentence = msg(
                "esta versión ya regía el {day}: no se cambia ni se quita; ciérrala con «to» y abre otra con «from». "
                "Si solo se corrige un error, dilo en su nota."
            )
            if change.after is None or change.before is None or change.after.note == change.before.note:
                yield Complaint(file, change.rule.id, ", ".join(fields) or "from", sentence, {"day": change.day})


def _tell(found: Checked) -> None:
    for one in found.complaints:
        place = ": ".join(part for part in (one.file, one.rule, one.field) if part)
        click.echo(f"{place}: {spoken(one.sentence, **one.details)}")
    if found.pack is not None and not found.complaints:
        say(msg("{file}: en orden, versión {version}, {count} reglas."),
            file=found.file, version=found.pack.pack.version, count=len(found.pack.rules))  # fmt: skip
    for change in found.changes:
        say(_TURNS[change.turn], rule=change.rule.id, day=change.day, fields=_fields(change))


def _fields(change: RuleChange) -> str:
    return "; ".join(f"{field.name} {field.before or '—'} → {field.after or '—'}" for field in change.fields)


def _plain(found: Checked) -> dict[str, Any]:
    return {
        "file": found.file,
        "version": found.pack.pack.version if found.pack else None,
        "complaints": [
            {"rule": one.rule, "field": one.field, "sentence": spoken(one.sentence, **one.details)}
            for one in found.complaints
        ],
        "changes": [
            {
                "rule": change.rule.id,
                "from": change.day.isoformat(),
                "what": change.turn.value,
                "fields": {field.name: [field.before, field.after] for field in change.fields},
            }
            for change in found.changes
        ],
    }


@click.command("holidays", help=msg("Los festivos de un año, como un paquete los guarda, según la biblioteca de hoy."))
@click.argument("name")
@click.option("--year", type=click.IntRange(2000, 2100), required=True)
def holidays(name: str, year: int) -> None:
    """The text to put into the pack's file."""
    calendar = pack_named(name).calendar
    if calendar is None:
        say(msg("El paquete {name} no tiene calendario."), name=name)
        sys.exit(1)
    click.echo(year_text(calendar, year), nl=False)
