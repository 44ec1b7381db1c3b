"""How much says that two debtors of one client are one, and what says so. Pure.

The weights are ours, not a law's: one tax id, or a number that differs only by zeros in front, is enough to be shown to
a person; a name, a phone, an address each need company. What many share is no evidence and never gets here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.debtors.words import name_words, words

# From here on a pair is shown.
SHOWN = 40
# A phone, address or email of more debtors than these is a switchboard or an office: it tells nothing of anybody.
SHARED_BY_MANY = 5
# A word in more names than these leads to nobody in particular.
COMMON_WORD = 25

WEIGHTS: Mapping[str, int] = {
    "tax_id": 70, "number_zeros": 50, "email": 30, "phone": 30, "postal": 15, "same_name_firm": 45,
    "same_name_person": 35, "name_close": 25, "name_near": 15, "city": 5, "other_tax_id": -60,
    "other_birth_year": -30, "other_kind": -30, "other_name": -10, "other_number": -5,
}  # fmt: skip
_CLOSE, _NEAR, _FAR = 90, 80, 45


@dataclass(frozen=True)
class Known:
    """What is compared of one debtor. `points` are its contact points as (channel, value), without what many share."""

    kind: str
    name: str
    tax_id: str = ""
    tax_id_norm: str = ""
    customer_ref: str = ""
    customer_ref_norm: str = ""
    city: str = ""
    country: str = ""
    birth_year: int | None = None
    points: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """One thing that speaks for (weight above zero) or against, as each of the two has it."""

    what: str
    here: str
    there: str
    weight: int


@dataclass(frozen=True)
class Score:
    """How much says that two are one, 0 to 100, and why."""

    points: int
    evidence: tuple[Evidence, ...]

    @property
    def shown(self) -> bool:
        """Whether a person should look at it."""
        return self.points >= SHOWN


def compare(one: Known, other: Known) -> Score:
    """What speaks for two debtors of one client being one and what against; a generic tax id says neither."""
    found = [*_tax_id(one, other), *_number(one, other), *_points(one, other), *_name(one, other), *_rest(one, other)]
    total = sum(each.weight for each in found)
    return Score(max(0, min(100, total)), tuple(sorted(found, key=lambda each: -each.weight)))


def _evidence(what: str, here: object, there: object) -> Evidence:
    return Evidence(what, str(here), str(there), WEIGHTS[what])


def _tells(tax_id: str) -> bool:
    return bool(tax_id) and tax_id not in GENERIC_TAX_IDS


def _tax_id(one: Known, other: Known) -> Iterable[Evidence]:
    if _tells(one.tax_id_norm) and _tells(other.tax_id_norm):
        what = "tax_id" if one.tax_id_norm == other.tax_id_norm else "other_tax_id"
        yield _evidence(what, one.tax_id, other.tax_id)


def _number(one: Known, other: Known) -> Iterable[Evidence]:
    here, there = one.customer_ref_norm.lstrip("0"), other.customer_ref_norm.lstrip("0")
    if here and here == there and one.customer_ref_norm != other.customer_ref_norm:
        yield _evidence("number_zeros", one.customer_ref, other.customer_ref)
    elif here and there and here != there:
        yield _evidence("other_number", one.customer_ref, other.customer_ref)


def _points(one: Known, other: Known) -> Iterable[Evidence]:
    for channel in ("phone", "email", "postal"):
        both = sorted(value for place, value in one.points & other.points if place == channel)
        if both:
            yield _evidence(channel, both[0], both[0])


def _name(one: Known, other: Known) -> Iterable[Evidence]:
    here, there = name_words(one.name), name_words(other.name)
    if here == there:
        yield _evidence(f"same_name_{'firm' if one.kind == other.kind == 'firm' else 'person'}", one.name, other.name)
        return
    ratio = fuzz.ratio(" ".join(here), " ".join(there))
    if ratio >= _NEAR:
        yield _evidence("name_close" if ratio >= _CLOSE else "name_near", one.name, other.name)
    elif ratio < _FAR:
        yield _evidence("other_name", one.name, other.name)


def _rest(one: Known, other: Known) -> Iterable[Evidence]:
    if one.city and one.country == other.country and words(one.city) == words(other.city):
        yield _evidence("city", one.city, other.city)
    if one.birth_year and other.birth_year and one.birth_year != other.birth_year:
        yield _evidence("other_birth_year", one.birth_year, other.birth_year)
    if one.kind != other.kind:
        yield _evidence("other_kind", one.kind, other.kind)
