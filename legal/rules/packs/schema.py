"""The shape of a rule pack: what a file must say of every rule before it may be used.

A pack that gives as law what its source did not let us verify does not load, nor one without a citation, with an
unknown kind, or with validity that overlaps or has a gap.
"""

import re
from collections.abc import Container, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise, product
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kernel.text import msg
from legal.rules.facts import Channel, Claim, Collector, CreditorType, DebtorKind, Flag, Purpose, Target
from legal.rules.packs.kinds import KINDS, parameters_of
from legal.rules.packs.parameters import Sum
from legal.rules.packs.wrong import Wrong, Wrongs, wrongs_in

_ADDRESS = re.compile(r"https?://[\w-]+(\.[\w-]+)+(:\d+)?([/?#][^\s<>\"…]*)?")


class Basis(StrEnum):
    """What a rule rests on. Nobody overrides law or regulator; a supervisor may override policy with a reason."""

    LAW = "law"
    REGULATOR = "regulator"
    POLICY = "policy"


class Confidence(StrEnum):
    """How far the source was verified; docs/law.md explains the marks."""

    V1 = "V1"
    V2 = "V2"
    V = "V"
    PARTLY = "P"
    GENERAL_KNOWLEDGE = "GK"
    GENERAL = "G"
    UNCERTAIN = "U"
    THIRD_PARTY = "3P"
    RECALLED = "REC"
    POLICY = "policy"


VERIFIED = frozenset({Confidence.V1, Confidence.V2, Confidence.V, Confidence.PARTLY})
UNREAD = frozenset({
    Confidence.GENERAL_KNOWLEDGE, Confidence.GENERAL, Confidence.THIRD_PARTY, Confidence.RECALLED,
})  # fmt: skip
"""What is said to be law and nobody read; `U` is what was read and contradicts itself, so that an agency chooses."""
PROTECTED = frozenset({Flag.DECEASED, Flag.INSOLVENT, Flag.MINOR, Flag.IDENTITY_THEFT, Flag.BREATHING_SPACE})
"""What is known of a person that nobody at an agency may disregard, whether its law was read or not."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def is_address(text: str) -> bool:
    """Whether a text is an address of the internet."""
    return _ADDRESS.fullmatch(text) is not None


class _Cited(_Shape):
    basis: Basis
    confidence: Confidence
    citation: Annotated[str, Field(min_length=5)]
    source_url: str = ""
    checked_on: date
    note: str = ""

    @model_validator(mode="after")
    def _only_the_verified_is_law(self) -> "_Cited":
        if self.basis is not Basis.POLICY:
            if self.confidence not in VERIFIED:
                sentence = msg("{confidence} no está verificado: va como policy o apagado, no como {basis}.")
                raise Wrong("confidence", sentence, confidence=self.confidence.value, basis=self.basis.value)
            if not self.source_url:
                raise Wrong("source_url", msg("una regla de ley o de autoridad dice la dirección de su fuente."))
        elif self.confidence is not Confidence.POLICY and not self.note:
            raise Wrong("note", msg("una regla incierta que va como policy dice por qué."))
        return self

    @field_validator("source_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not is_address(value):
            raise Wrong("", msg("«{address}» no es una dirección de internet."), address=value)
        return value


class _Valid(_Shape):
    """In force from a day (included) to a day (included); without an end, until further notice."""

    valid_from: Annotated[date, Field(alias="from")]
    valid_to: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "_Valid":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise Wrong("to", msg("termina antes de empezar ({start})."), start=self.valid_from)
        return self

    def in_force(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class AppliesTo(_Shape):
    """The cases a rule speaks of; an empty list means all."""

    collector: tuple[Collector, ...] = ()
    creditor_type: tuple[CreditorType, ...] = ()
    debtor: tuple[DebtorKind, ...] = ()
    claim: tuple[Claim, ...] = ()
    channels: tuple[Channel, ...] = ()
    targets: tuple[Target, ...] = ()
    purposes: tuple[Purpose, ...] = ()


class Coverage(_Shape):
    """The debts a rule covers when more than their nature decides it: owed or guaranteed by a natural person; at most
    so much owed to that creditor in all; made, renewed, sold or assigned from a day on. The unknown is covered."""

    natural_person: bool = False
    most: Sum | None = None
    dated_from: date | None = None


class Extension(_Shape):
    """A law's rule used as house policy on cases that the law itself leaves out."""

    applies_to: AppliesTo
    when: Mapping[str, tuple[str, ...]] = {}
    citation: Annotated[str, Field(min_length=5)]
    note: str = ""


class Rule(_Valid, _Cited):
    """One rule of a pack. `when` ties it to an agency's choices; `status` "off" keeps the text without applying it.

    `unread` names the parameters whose own source nobody read, whatever the rule's confidence: an answer that depends
    on one says so and takes the stricter reading.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]{2,}(\.[a-z0-9_]+)+$")]
    kind: str
    title: Annotated[str, Field(min_length=3)]
    status: Annotated[str, Field(pattern="^(on|off)$")] = "on"
    applies_to: AppliesTo = AppliesTo()
    coverage: Coverage | None = None
    when: Mapping[str, tuple[str, ...]] = {}
    parameters: Mapping[str, Any] = {}
    unread: tuple[str, ...] = ()
    extended: Extension | None = None

    def __hash__(self) -> int:
        return hash((self.id, self.valid_from))

    @property
    def overridable(self) -> bool:
        """Whether a supervisor may set it aside with a reason: never what stands for law that nobody read, nor what
        protects a person."""
        if self.basis is not Basis.POLICY or self.kind == "no_pack":
            return False
        if self.confidence in UNREAD:
            return False
        return not (self.kind == "flag" and self.parameters.get("flag") in PROTECTED)

    def all(self) -> Iterable["Rule"]:
        """The rule, and its extension as a policy of its own."""
        yield self.model_copy(update={"extended": None})
        if self.extended is not None:
            more = self.extended
            chosen = {name: value for name, value in more.applies_to if value}
            yield self.model_copy(
                update={
                    "id": f"{self.id}.extended",
                    "basis": Basis.POLICY,
                    "confidence": Confidence.POLICY,
                    "citation": more.citation,
                    "note": more.note,
                    "applies_to": self.applies_to.model_copy(update=chosen),
                    "when": {**self.when, **more.when},
                    "extended": None,
                }
            )


def read_in_the_law(rule: Rule) -> bool:
    """Whether a rule was read in the law or in one who quotes it, all of its parameters too."""
    return rule.confidence in VERIFIED and not rule.unread


class Setting(_Shape):
    """A choice the pack leaves to the agency; the note says which reading is the stricter."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    title: str
    default: str
    choices: Annotated[tuple[str, ...], Field(min_length=2)]
    note: str = ""

    @model_validator(mode="after")
    def _default_is_a_choice(self) -> "Setting":
        if self.default not in self.choices:
            raise Wrong("default", msg("«{choice}» no está entre las opciones."), choice=self.default)
        return self


class OwnDay(_Shape):
    """A holiday of the pack's own table, in the whole country, one region or one town of it, with its own source."""

    day: Annotated[date, Field(alias="date")]
    name: str
    citation: Annotated[str, Field(min_length=5)]
    source_url: str = ""
    region: str | None = None
    locality: str | None = None


class Year(_Shape):
    """One year's holidays as the library gave them when the pack was made, so that a later library changes no past
    day: names by "MM-DD", and what each region adds."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    days: Mapping[str, str]
    regions: Mapping[str, Mapping[str, str]] = {}

    @model_validator(mode="after")
    def _days_exist(self) -> "Year":
        for table in (self.days, *self.regions.values()):
            for day in table:
                date.fromisoformat(f"{self.year}-{day}")
        return self


class Calendar(_Shape):
    """Which holidays count: those kept in `years` or, of another year, those the `holidays` library has for a country,
    plus the pack's own table."""

    library: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    language: str = "es"
    citation: str
    source_url: str
    confidence: Confidence
    note: str = ""
    days: tuple[OwnDay, ...] = ()
    years: Annotated[tuple[Year, ...], Field(alias="year")] = ()

    def __hash__(self) -> int:
        return hash((self.library, self.language, self.citation))

    @model_validator(mode="after")
    def _each_year_once(self) -> "Calendar":
        told = [one.year for one in self.years]
        if len(set(told)) < len(told):
            raise Wrong("year", msg("un año está dos veces."))
        return self


class RateRow(_Valid):
    """One yearly rate, as a fraction, while it holds. `read_on`: the day whose value it takes, where a law says so."""

    rate: Decimal
    read_on: date | None = None
    confidence: Confidence
    note: str = ""

    @field_validator("rate", mode="before")
    @classmethod
    def _exact(cls, value: object) -> object:
        if not isinstance(value, str):
            raise Wrong("", msg("una tasa o un importe se escribe como texto entre comillas, no como número."))
        return value


class RateTable(_Cited):
    """Rates by validity. Days without a row have no rate: asking for one is an error, never a neighbour's value."""

    id: str
    title: str
    rows: tuple[RateRow, ...]

    @model_validator(mode="after")
    def _in_order(self) -> "RateTable":
        for one, other in pairwise(self.rows):
            if one.valid_to is None or other.valid_from <= one.valid_to:
                sentence = msg("las filas desde {one} y desde {other} se traslapan.")
                raise Wrong("rows", sentence, one=one.valid_from, other=other.valid_from)
        return self


class Phrase(_Shape):
    """The ways of saying one element of a notice: regular expressions over lower-case text without accents."""

    element: str
    patterns: tuple[str, ...]


class Head(_Shape):
    """What a pack says of itself. `country` is absent in packs that others include.

    A pack of a `region` (a subdivision's code) or of a `locality` in it is put on top of its country's. `scope`: one of
    "contact" says only when and how people there are contacted, and no agency has its seat there. `leaves_out`:
    policies of included packs that this place has better rules for. `towns`: the names by which post offices know
    a locality. `zones`: those of the country, the usual one first; `region_zones`: in which a region may be, where that
    is not the usual one.
    """

    id: str
    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{2}(\.\d+)?$")]
    name: str
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$")] = None
    region: Annotated[str | None, Field(pattern=r"^[A-Z0-9]{1,3}$")] = None
    locality: Annotated[str | None, Field(pattern=r"^[a-z0-9_-]+$")] = None
    towns: tuple[str, ...] = ()
    scope: Literal["agency", "contact"] = "agency"
    includes: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    region_zones: Mapping[str, tuple[str, ...]] = {}
    checked_on: date
    reviewed_by: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _inside_a_wider_place(self) -> "Head":
        if (self.region and not self.country) or (self.locality and not self.region):
            raise ValueError("a region names its country, a locality its region")
        if self.towns and not self.locality:
            raise ValueError("only a locality says by what names it is known")
        if self.region and self.includes:
            raise ValueError("a region's pack stands on its country's, which includes what is needed")
        return self


class PackFile(_Shape):
    """A pack as written in its file."""

    pack: Head
    calendar: Calendar | None = None
    settings: Annotated[tuple[Setting, ...], Field(alias="setting")] = ()
    rules: Annotated[tuple[Rule, ...], Field(alias="rule")] = ()
    rate_tables: Annotated[tuple[RateTable, ...], Field(alias="rate_table")] = ()
    phrases: Annotated[tuple[Phrase, ...], Field(alias="phrase")] = ()

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Its rules, extensions among them; the same objects each time."""
        return tuple(each for rule in self.rules for each in rule.all())

    @model_validator(mode="after")
    def _whole(self) -> "PackFile":
        settings = {setting.id: setting for setting in self.settings}
        tables = {table.id for table in self.rate_tables}
        found = [
            wrong
            for rule in self.rules
            for wrong in (*_settings_wrong(rule, settings), *_tables_wrong(rule, tables), *_unread_wrong(rule))
        ]
        found += _validity_wrong(self.rules)
        if found:
            raise Wrongs(found)
        return self


def _tables_wrong(rule: Rule, tables: Container[str]) -> Iterable[Wrong]:
    for table in _tables_named(rule.parameters):
        if table not in tables:
            yield Wrong("parameters", msg("no hay una tabla «{table}»."), rule=rule.id, table=table)


def _unread_wrong(rule: Rule) -> Iterable[Wrong]:
    for name in rule.unread:
        if name not in rule.parameters:
            yield Wrong("unread", msg("no hay un parámetro «{name}»."), rule=rule.id, name=name)
        elif rule.kind in KINDS and name not in KINDS[rule.kind].MAY_BE_UNREAD:
            sentence = msg("«{name}» decide en una regla de este tipo: sin leer, la regla va como policy o apagada.")
            yield Wrong("unread", sentence, rule=rule.id, name=name)
    if rule.unread and not rule.note:
        yield Wrong("note", msg("una regla con algo sin leer dice por qué."), rule=rule.id)


def _tables_named(parameters: object) -> Iterable[str]:
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            if name in ("rate_table", "table"):
                yield value
            else:
                yield from _tables_named(value)
    elif isinstance(parameters, list | tuple):
        for value in parameters:
            yield from _tables_named(value)


def _settings_wrong(rule: Rule, settings: Mapping[str, Setting]) -> Iterable[Wrong]:
    used = sorted({value[1:] for value in rule.parameters.values() if isinstance(value, str) and value.startswith("$")})
    conditions = [*rule.when.items(), *(rule.extended.when.items() if rule.extended else ())]
    named = [*(("parameters", name) for name in used), *(("when", name) for name, _ in conditions)]
    unknown = [(field, name) for field, name in named if name not in settings]
    if unknown:
        for field, name in unknown:
            yield Wrong(field, msg("no hay una opción «{name}» en [[setting]]."), rule=rule.id, name=name)
        return
    for name, values in conditions:
        if others := sorted(set(values) - set(settings[name].choices)):
            sentence = msg("«{values}» no se puede elegir en «{name}».")
            yield Wrong("when", sentence, rule=rule.id, values=", ".join(others), name=name)
    for choice in product(*(settings[name].choices for name in used)):
        try:
            parameters_of(rule.kind, rule.parameters, dict(zip(used, choice, strict=True)))
        except ValidationError as error:
            yield from wrongs_in(error, rule=rule.id, under="parameters")
            return
        except Wrong as wrong:
            yield Wrong(wrong.field, wrong.template, rule=rule.id, **wrong.details)
            return


def _validity_wrong(rules: Iterable[Rule]) -> Iterable[Wrong]:
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    for versions in by_id.values():
        for one, other in pairwise(versions):
            if one.valid_to is None:
                sentence = msg("la versión desde {one} no termina (to) y se traslapa con la que empieza el {other}.")
            elif other.valid_from <= one.valid_to:
                sentence = msg("la versión desde {other} se traslapa con la anterior, que termina el {end}.")
            elif other.valid_from != one.valid_to + timedelta(days=1):
                sentence = msg("entre la versión que termina el {end} y la que empieza el {other} queda un hueco.")
            else:
                continue
            yield Wrong("from", sentence, rule=one.id, one=one.valid_from, other=other.valid_from, end=one.valid_to)
