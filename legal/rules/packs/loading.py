"""Reads `legal/packs/*.toml` once and finds the rules of a place on a day, under an agency's choices."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.rules.packs.checking import read_pack
from legal.rules.packs.kinds import NoPack, Parameters, parameters_of
from legal.rules.packs.schema import Basis, Calendar, Confidence, Head, PackFile, Phrase, RateTable, Rule, Setting

PACKS = Path(__file__).parents[2] / "packs"


class UnknownSetting(Invalid):
    """A setting or a choice that the pack does not offer."""

    code = "law.unknown_setting"


class UnknownPack(NotFound):
    """No pack has that id."""

    code = "law.unknown_pack"


@dataclass(frozen=True, eq=False)
class Pack:
    """The rules of a place with those it includes and, of a country, those of the region and the town asked for.

    `digest`: SHA-256 of every file it was read from, one after the other; `parts`: each file's id and its own SHA-256,
    in the order in which `joined` puts them together again.
    """

    head: Head
    calendar: Calendar | None
    settings: Mapping[str, Setting]
    rules: tuple[Rule, ...]
    rate_tables: Mapping[str, RateTable]
    phrases: Mapping[str, Phrase]
    digest: str
    turns: tuple[date, ...]
    """The days on which some rule starts or has ended: between two of them the law stands still."""
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """Its short name; of several places "us+us-ny"."""
        return self.head.id

    @property
    def version(self) -> str:
        """Year and month of its making, of each place in the order of the id."""
        return self.head.version


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A rule with its parameters under an agency's choices."""

    rule: Rule
    parameters: Parameters


Choices = tuple[tuple[str, str], ...]


def load(path: Path) -> Pack:
    """A pack from its file and the files it includes, from the same folder. What is not whole is a ValueError."""
    return joined(_with_included(path))


def _with_included(path: Path) -> list[tuple[str, bytes]]:
    content = path.read_bytes()
    included = _read(path.stem, content).pack.includes
    return [(path.stem, content), *((name, path.with_name(f"{name}.toml").read_bytes()) for name in included)]


def joined(files: Sequence[tuple[str, bytes]]) -> Pack:
    """One pack of several files, each by its id, as `Pack.parts` has them: the country, what it includes, its region,
    its town. What is not whole is a ValueError."""
    read = [_read(name, content) for name, content in files]
    digest = hashlib.sha256()
    for _, content in files:
        digest.update(content)
    left_out = {name for part in read for name in part.pack.leaves_out}
    rules = tuple(rule for part in read for rule in part.all_rules if rule.id not in left_out)
    _check_left_out(left_out, read)
    edges = {rule.valid_from for rule in rules}
    edges |= {rule.valid_to + timedelta(days=1) for rule in rules if rule.valid_to is not None}
    return Pack(
        head=_head_of([part.pack for part in read]),
        calendar=read[0].calendar,
        settings={setting.id: setting for part in read for setting in part.settings},
        rules=rules,
        rate_tables={table.id: table for part in read for table in part.rate_tables},
        phrases={phrase.element: phrase for part in reversed(read) for phrase in part.phrases},
        digest=digest.hexdigest(),
        turns=tuple(sorted(edges)),
        parts=tuple((name, hashlib.sha256(content).hexdigest()) for name, content in files),
    )


def _check_left_out(left_out: set[str], read: Iterable[PackFile]) -> None:
    rules = [rule for part in read for rule in part.rules]
    if unknown := left_out - {rule.id for rule in rules}:
        raise ValueError(f"leaves_out: there is no rule {sorted(unknown)}")
    for rule in rules:
        if rule.id in left_out and rule.basis is not Basis.POLICY:
            raise ValueError(f"leaves_out: {rule.id} is no policy")


def _head_of(heads: Sequence[Head]) -> Head:
    """The country's head with the names of its region and town beside; the narrowest place knows the zones."""
    first, *places = [head for head in heads if head is heads[0] or head.region is not None]
    if not places:
        return first
    zones = next((head.zones for head in reversed(places) if head.zones), first.zones)
    every = [first, *places]
    return first.model_copy(
        update={
            "id": "+".join(head.id for head in every),
            "version": "+".join(head.version for head in every),
            "name": " · ".join(head.name for head in every),
            "region": places[-1].region,
            "locality": places[-1].locality,
            "zones": zones,
        }
    )


@lru_cache(maxsize=256)
def _read(name: str, content: bytes) -> PackFile:
    # Once for each text: what is kept by rule is found again in every pack that the file is a part of.
    return read_pack(f"{name}.toml", content)


@lru_cache
def all_packs() -> Mapping[str, Pack]:
    """Every pack that ships, by id."""
    packs = [load(path) for path in sorted(PACKS.glob("*.toml"))]
    return {pack.id: pack for pack in packs}


def pack_named(name: str) -> Pack:
    """The pack with that id; an unknown one is refused."""
    try:
        return all_packs()[name]
    except KeyError:
        raise UnknownPack(msg("No hay un paquete de reglas «{name}»."), name=name) from None


@lru_cache(maxsize=4096)
def pack_of(country: str, region: str | None = None, locality: str | None = None) -> Pack:
    """The rules of a country (ISO 3166-1 alpha-2) and, where they have their own, of a region and a town in it; one
    pack, in which every rule is asked, so that the stricter wins. Where no law is loaded, one that lets nothing pass.
    """
    files = [file for place in _places(country, region, locality) for file in _with_included(PACKS / f"{place}.toml")]
    if not files:
        return _no_pack()
    if len(files) == len(dict(files)):
        return _joined(tuple(files))
    raise ValueError(f"{country} {region} {locality}: a file is included twice")


@lru_cache
def _joined(files: tuple[tuple[str, bytes], ...]) -> Pack:
    # One and the same pack for all regions without a file of their own: what is kept by pack is kept once.
    return joined(files)


def _places(country: str, region: str | None, locality: str | None) -> Iterable[str]:
    heads = [pack.head for pack in all_packs().values() if pack.head.country == country]
    for wanted in dict.fromkeys([(None, None), (region, None), (region, locality)]):
        for head in heads:
            if (head.region, head.locality) == wanted:
                yield head.id


def countries_of_agencies() -> tuple[str, ...]:
    """The countries whose rules an agency may work by; those with no more than a contact window are not among them."""
    heads = (pack.head for pack in all_packs().values())
    return tuple(head.country for head in heads if head.country and not head.region and head.scope == "agency")


@lru_cache
def _no_pack() -> Pack:
    day = date(2000, 1, 1)
    rule = Rule(
        id="house.no_pack",
        kind="no_pack",
        title=msg("Sin reglas del lugar no se contacta"),
        basis=Basis.POLICY,
        confidence=Confidence.POLICY,
        citation=msg("Política de la plataforma"),
        checked_on=day,
        valid_from=day,
    )
    head = Head(id="none", version="2000.01", name=msg("Lugar sin reglas"), checked_on=day)
    return Pack(head, None, {}, (rule,), {}, {}, hashlib.sha256(b"").hexdigest(), (day,))


def choices_of(pack: Pack, settings: Mapping[str, str]) -> Choices:
    """The pack's settings with an agency's choices over the defaults; what the pack does not offer is refused."""
    for name, choice in settings.items():
        setting = pack.settings.get(name)
        if setting is None or choice not in setting.choices:
            raise UnknownSetting(
                msg("settings: «{name} = {choice}» no es una opción del paquete {pack}."),
                name=name,
                choice=choice,
                pack=pack.id,
                field=f"settings.{name}",
            )
    return tuple((name, settings.get(name, setting.default)) for name, setting in pack.settings.items())


def epoch(pack: Pack, day: date) -> int:
    """A number that is the same for all days on which the same rules hold."""
    return bisect_right(pack.turns, day)


@lru_cache(maxsize=512)
def rules_in_force(pack: Pack, epoch: int, choices: Choices) -> tuple[Bound, ...]:
    """The rules of an epoch that are switched on under an agency's choices, with their parameters."""
    if epoch == 0:
        return (Bound(_no_pack().rules[0], NoPack()),)
    day, chosen = pack.turns[epoch - 1], dict(choices)
    return tuple(
        Bound(rule, parameters_of(rule.kind, rule.parameters, chosen))
        for rule in pack.rules
        if rule.status == "on"
        and rule.in_force(day)
        and all(chosen[name] in values for name, values in rule.when.items())
    )


def rules_of(pack: Pack, kind: str, day: date, settings: Mapping[str, str] | None = None) -> tuple[Bound, ...]:
    """The rules of one kind on a day."""
    choices = choices_of(pack, settings or {})
    return tuple(bound for bound in rules_in_force(pack, epoch(pack, day), choices) if bound.rule.kind == kind)


def schema() -> dict[str, Any]:
    """The JSON Schema of a pack's file, for editors and for people who write one."""
    return PackFile.model_json_schema(by_alias=True)
