"""The shape of a rule pack: what a file must say of every rule before it may be used.

A pack that gives as law what its source did not let us verify does not load, nor one without a citation, with an
unknown kind, or with validity that overlaps or has a gap.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise, product
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from legal.rules.facts import Channel, Claim, Collector, CreditorType, DebtorKind, Purpose, Target
from legal.rules.kinds import parameters_of
from legal.rules.parameters import Sum


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


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
                raise ValueError(f"confidence {self.confidence} ships as policy, not as {self.basis}")
            if not self.source_url.startswith("https://") and not self.source_url.startswith("http://"):
                raise ValueError("law and regulator rules name the address of their source")
        elif self.confidence is not Confidence.POLICY and not self.note:
            raise ValueError("an uncertain rule shipped as policy says so in its note")
        return self


class _Valid(_Shape):
    """In force from a day (included) to a day (included); without an end, until further notice."""

    valid_from: Annotated[date, Field(alias="from")]
    valid_to: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "_Valid":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("to is before from")
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
    """One rule of a pack. `when` ties it to an agency's choices; `status` "off" keeps the text without applying it."""

    id: Annotated[str, Field(pattern=r"^[a-z]{2,}(\.[a-z0-9_]+)+$")]
    kind: str
    title: Annotated[str, Field(min_length=3)]
    status: Annotated[str, Field(pattern="^(on|off)$")] = "on"
    applies_to: AppliesTo = AppliesTo()
    coverage: Coverage | None = None
    when: Mapping[str, tuple[str, ...]] = {}
    parameters: Mapping[str, Any] = {}
    extended: Extension | None = None

    def __hash__(self) -> int:
        return hash((self.id, self.valid_from))

    @property
    def overridable(self) -> bool:
        """Whether a supervisor may set it aside with a reason."""
        return self.basis is Basis.POLICY and self.kind != "no_pack"

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
            raise ValueError(f"{self.default!r} is not among the choices")
        return self


class OwnDay(_Shape):
    """A holiday of the pack's own table, in the whole country, one region or one town of it."""

    day: Annotated[date, Field(alias="date")]
    name: str
    citation: str
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
            raise ValueError("year: a year is there twice")
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
            raise ValueError("a rate is written as text")
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
                raise ValueError(f"{self.id}: {one.valid_from} and {other.valid_from} overlap")
        return self


class Phrase(_Shape):
    """The ways of saying one element of a notice: regular expressions over lower-case text without accents."""

    element: str
    patterns: tuple[str, ...]


class Head(_Shape):
    """What a pack says of itself. `country` is absent in packs that others include.

    A pack of a `region` (a subdivision's code) or of a `locality` in it is put on top of its country's. `scope`: one of
    "contact" says only when and how people there are contacted, and no agency has its seat there. `leaves_out`:
    policies of included packs that this place has better rules for.
    """

    id: str
    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{2}(\.\d+)?$")]
    name: str
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$")] = None
    region: Annotated[str | None, Field(pattern=r"^[A-Z0-9]{1,3}$")] = None
    locality: Annotated[str | None, Field(pattern=r"^[a-z0-9_-]+$")] = None
    scope: Literal["agency", "contact"] = "agency"
    includes: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    checked_on: date
    reviewed_by: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _inside_a_wider_place(self) -> "Head":
        if (self.region and not self.country) or (self.locality and not self.region):
            raise ValueError("a region names its country, a locality its region")
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
        for rule in self.rules:
            _check_settings(rule, settings)
            for table in _tables_named(rule.parameters):
                if table not in tables:
                    raise ValueError(f"{rule.id}: there is no rate table {table!r}")
        _check_validity(self.rules)
        return self


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


def _check_settings(rule: Rule, settings: Mapping[str, Setting]) -> None:
    used = sorted({value[1:] for value in rule.parameters.values() if isinstance(value, str) and value.startswith("$")})
    conditions = [*rule.when.items(), *(rule.extended.when.items() if rule.extended else ())]
    for name in [*used, *(name for name, _ in conditions)]:
        if name not in settings:
            raise ValueError(f"{rule.id}: there is no setting {name!r}")
    for name, values in conditions:
        if not set(values) <= set(settings[name].choices):
            raise ValueError(f"{rule.id}: {values} are not choices of {name!r}")
    for choice in product(*(settings[name].choices for name in used)):
        try:
            parameters_of(rule.kind, rule.parameters, dict(zip(used, choice, strict=True)))
        except ValueError as error:
            raise ValueError(f"{rule.id}: {error}") from error


def _check_validity(rules: Iterable[Rule]) -> None:
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    for versions in by_id.values():
        for one, other in pairwise(versions):
            if one.valid_to is None or other.valid_from != one.valid_to + timedelta(days=1):
                raise ValueError(f"{one.id}: versions overlap or leave a gap at {other.valid_from}")
