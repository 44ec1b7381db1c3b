"""What a question is: the facts it takes, a model that refuses what it does not know, and an answer in plain values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from kernel.money import CurrencyMismatch, Money, exponent
from kernel.problems import Problem
from kernel.text import msg
from legal.questions.places import check_place, region_schema, town_schema
from legal.questions.wrong import NO_OFFSET, SKIPPED, TOO_FAR, TWICE, wrong
from legal.questions.wrong import UnknownFact as UnknownFact
from legal.rules.decision import Outcome, plain, sentence
from legal.rules.packs.loading import Pack, pack_of
from legal.rules.packs.rates import RateMissing
from legal.rules.packs.schema import Rule


class Facts(BaseModel):
    """The facts of one question; a name that is not among them is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


REGION = Field(
    None, json_schema_extra=region_schema, description="A subdivision of ISO 3166-2 without the country: CT, NY, SCT."
)
TOWN = Field(None, json_schema_extra=town_schema, description="A town with rules of its own, with its region.")


class Placed(Facts):
    """Facts of a place: a country and, where they have rules of their own, a region and a town in it."""

    country: str = Field(description="ISO 3166-1, two letters.")
    region: str | None = REGION
    locality: str | None = TOWN

    @model_validator(mode="after")
    def _known_place(self) -> "Placed":
        check_place(self.country, self.region, self.locality)
        return self

    @property
    def pack(self) -> Pack:
        """The rules of the place."""
        return pack_of(self.country, self.region, self.locality)


_MOST_FIGURES = 15


def no_amount(amount: Decimal, currency: str) -> str:
    """Why that cannot be an amount of the currency, with `{field}` and `{value}` to fill; empty where it can."""
    if amount.adjusted() >= _MOST_FIGURES:
        return msg("El dato «{field}» no puede ser «{value}»: es un importe de hasta 15 cifras.")
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        return msg("El dato «{field}» no puede ser «{value}»: tiene más decimales que la moneda.")
    return ""


class Amount(Facts):
    """An amount of money: a decimal written as text, and its ISO 4217 currency."""

    amount: Decimal = Field(description='A decimal written as text, e.g. "100000.00".')
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")

    @model_validator(mode="after")
    def _some_money(self) -> "Amount":
        if sentence := no_amount(self.amount, self.currency):
            raise refused(sentence)
        if self._minor <= 0:
            raise refused(msg("El dato «{field}» no puede ser «{value}»: es mayor que cero."))
        return self

    @property
    def _minor(self) -> Decimal:
        return self.amount.scaleb(exponent(self.currency))

    @property
    def money(self) -> Money:
        """In minor units."""
        return Money(int(self._minor), self.currency)


def refused(sentence: str) -> PydanticCustomError:
    """What a model raises of a value that cannot be, with a sentence that names the `{field}` and the `{value}`."""
    return PydanticCustomError("refused", "refused", {"sentence": sentence})


Answer = dict[str, Any]
Say = Callable[[str], str]
"""A text of ours, or of a pack, in the reader's language."""

_TEXTS = frozenset({"title", "citation", "source", "note", "notes", "words", "because", "receipt_words"})


def _in_words(value: Any, say: Say, name: str) -> Any:
    """A part of an answer with its texts said: those of these names, and sentences, which wait for the language."""
    if callable(value):
        return value(say)
    if isinstance(value, Mapping):
        return {key: _in_words(inner, say, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_words(inner, say, name) for inner in value]
    return say(value) if value and name in _TEXTS else value


@dataclass(frozen=True)
class Question:
    """A question by name: the model of its facts, and what answers it."""

    name: str
    facts: type[Facts]
    answer: Callable[[Any], Answer]
    about: Mapping[str, "Question"] = field(default_factory=dict)
    """Questions of the same name that take other facts, by what the fact `about` says."""

    def ask(self, told: object, say: Say = str) -> Answer:
        """The answer to facts as JSON gives them, its texts through `say` into the reader's language.

        Refused, naming the field: unknown, missing or impossible facts.
        """
        asked = self.about.get(str(told.get("about")), self) if isinstance(told, dict) else self
        try:
            facts = asked.facts.model_validate(told)
        except ValidationError as error:
            raise _refusal(error) from error
        for path, day in _days_of(facts):
            if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                raise wrong(path, TOO_FAR, value=day.isoformat())
        try:
            found = asked.answer(facts)
        except CurrencyMismatch as error:
            raise wrong(f"{_of_money(facts)}.currency", _OTHER_CURRENCY) from error
        except RateMissing as gap:
            raise gap.at(_nearest(facts, gap.day)) from gap
        return {name: _in_words(value, say, name) for name, value in found.items()}

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its facts; of a question with several shapes, all their facts and each shape."""
        own = self.facts.model_json_schema()
        if not self.about:
            return own
        shapes = [own, *(one.facts.model_json_schema() for one in self.about.values())]
        defined = {name: shape for one in shapes for name, shape in one.pop("$defs", {}).items()}
        properties = {name: shape for one in reversed(shapes) for name, shape in one["properties"].items()}
        properties["about"] = {"enum": [*dict.fromkeys(["text", *self.about])], "type": "string", "default": "text"}
        return {"$defs": defined, "title": own["title"], "description": own["description"], "type": "object",
                "properties": properties, "additionalProperties": False, "oneOf": shapes}  # fmt: skip


INSTANT = msg("El dato «{field}» no puede ser «{value}»: es un día con su hora, AAAA-MM-DDTHH:MM.")
_SHAPES = {
    "date": msg("El dato «{field}» no puede ser «{value}»: es un día, AAAA-MM-DD."),
    "datetime": INSTANT,
    "time": msg("El dato «{field}» no puede ser «{value}»: es una hora, HH:MM."),
    "decimal": msg("El dato «{field}» no puede ser «{value}»: es un número escrito como texto."),
    "bool": msg("El dato «{field}» no puede ser «{value}»: es true o false."),
    "string": msg("El dato «{field}» no puede ser «{value}»: es un texto de otra forma."),
    "tuple": msg("El dato «{field}» no puede ser «{value}»: es una lista."),
    "enum": msg("El dato «{field}» no puede ser «{value}»: se admiten {known}."),
    "literal": msg("El dato «{field}» no puede ser «{value}»: se admiten {known}."),
    "greater": msg("El dato «{field}» no puede ser «{value}»: es demasiado pequeño."),
    "less": msg("El dato «{field}» no puede ser «{value}»: es demasiado grande."),
}
_NO_SHAPE = msg("El dato «{field}» no puede ser «{value}»: su forma la dice `recobro law schema`.")
_SAID = {
    "missing": msg("Falta el dato «{field}»."),
    "missing_argument": msg("Falta el dato «{field}»."),
    "unexpected_keyword_argument": msg("El dato «{field}» no es de esta pregunta; mira `recobro law schema`."),
    "extra_forbidden": msg("El dato «{field}» no es de esta pregunta; mira `recobro law schema`."),
}


# Terms of sixty years, and a search of four hundred days, stay within what a calendar can say.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _days_of(value: object, path: str = "") -> Iterator[tuple[str, date]]:
    """Every day and instant among the facts, with its path."""
    if isinstance(value, date):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _days_of(getattr(value, name), f"{path}.{name}".lstrip("."))
    elif is_dataclass(value):
        for one in fields(value):
            yield from _days_of(getattr(value, one.name), f"{path}.{one.name}".lstrip("."))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _days_of(one, f"{path}.{number}")


def _nearest(facts: Facts, day: date) -> str:
    """The path of the told day that is nearest to one."""
    told = {path: at.date() if isinstance(at, datetime) else at for path, at in _days_of(facts)}
    return min(told, key=lambda path: abs(told[path] - day))


_OTHER_CURRENCY = msg("El dato «{field}» es otra moneda que la de los importes con que se compara.")


def _of_money(facts: Facts) -> str:
    return next(name for name in type(facts).model_fields if isinstance(getattr(facts, name), Amount))


def _refusal(error: ValidationError) -> Problem:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"] if part not in ("facts", "action")]
    kind, context = first["type"], first.get("ctx", {})
    if isinstance(told := context.get("error"), UnknownFact):
        inner = str(told.details["field"])
        return wrong(".".join([*path, inner] if inner else path), told.template, **_moved(told.details, path))
    field = ".".join(path) or "facts"
    sentence = context.get("sentence") or _SAID.get(kind) or _SHAPES.get(kind.split("_")[0], _NO_SHAPE)
    known = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
    return wrong(field, sentence, value=_value(first.get("input")), known=known)


def _moved(details: Mapping[str, object], path: list[str]) -> dict[str, object]:
    """The details of a refusal but its field, the other fact that it names by its whole path too."""
    moved = {name: value for name, value in details.items() if name != "field"}
    return {**moved, "other": ".".join([*path, str(moved["other"])])} if "other" in moved else moved


def _value(told: object) -> str:
    if isinstance(told, dict) and set(told) == {"amount", "currency"}:
        return f"{told['amount']} {told['currency']}"[:80]
    return str(told)[:80]


def shown(money: Money) -> Mapping[str, object]:
    """An amount of money as an answer says it."""
    digits = exponent(money.currency)
    return {
        "amount": f"{Decimal(money.minor).scaleb(-digits):.{digits}f}",
        "minor": money.minor,
        "currency": money.currency,
    }


def rule_shown(rule: Rule) -> Mapping[str, object]:
    """What an answer says of a rule it rests on."""
    return {"rule": rule.id, "title": rule.title, "basis": plain(rule.basis), "confidence": plain(rule.confidence),
            "citation": rule.citation, "source_url": rule.source_url,
            "unread": list(rule.unread)}  # fmt: skip


def outcome_shown(outcome: Outcome) -> Answer:
    """What an answer says of a rule that was asked; its sentence waits for the language."""
    told = plain(outcome.content)
    assert isinstance(told, dict)
    return {**told, "sentence": partial(sentence, outcome)}


def pack_shown(pack: Pack) -> Mapping[str, object]:
    """Which pack answered."""
    return {"id": pack.id, "version": pack.version, "digest": pack.digest}


def in_zone(value: Any, zone: ZoneInfo | None, field: str = "") -> Any:
    """The same facts with every instant that has no offset read on this wall clock; `field` is where they stand.

    Refused: an hour that the clock skips or strikes twice that day, and any without an offset where no clock is known.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else _on_clock(value, zone, field)
    if isinstance(value, tuple):
        return tuple(in_zone(each, zone, f"{field}.{at}") for at, each in enumerate(value))
    if is_dataclass(value) and not isinstance(value, type):
        dotted = f"{field}." if field else ""
        told = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        return replace(value, **{name: in_zone(each, zone, dotted + name) for name, each in told.items()})
    return value


def _on_clock(told: datetime, zone: ZoneInfo | None, field: str) -> datetime:
    if zone is None:
        raise wrong(field, NO_OFFSET)
    read = told.replace(tzinfo=zone, fold=0)
    if read.utcoffset() == read.replace(fold=1).utcoffset():
        return read
    exists = read.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == told.replace(fold=0)
    raise wrong(field, TWICE if exists else SKIPPED, value=f"{told:%Y-%m-%d %H:%M}", zone=zone.key)
