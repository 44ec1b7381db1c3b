"""Which of two values stands, field by field, where two debtors become one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.text import msg
from recobro.debtors.tables import Debtor


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its label and the columns that go together."""

    label: str
    columns: tuple[str, ...]


CHOICES: Mapping[str, Choice] = {
    "name": Choice(msg("Nombre"), ("name", "name_norm")),
    "kind": Choice(msg("Tipo"), ("kind",)),
    "tax_id": Choice(msg("Identificación fiscal"), ("tax_id", "tax_id_norm")),
    "customer_ref": Choice(msg("Número de cliente"), ("customer_ref", "customer_ref_norm")),
    "place": Choice(msg("Lugar"), ("country", "region", "city", "time_zone")),
    "locale": Choice(msg("Idioma"), ("locale",)),
    "birth_year": Choice(msg("Año de nacimiento"), ("birth_year",)),
}
SURVIVOR, OTHER = "survivor", "other"
# The strictest of what two say of one contact point wins, and what contact showed over what nobody tried.
_CONSENTS = ("refused", "unknown", "granted")
_QUALITIES = ("wrong", "bounced", "verified", "no_answer", "unknown")


def value_of(debtor: Debtor, choice: str) -> str:
    """What a debtor has of one thing to choose, on one line; empty when it has nothing."""
    if choice == "place":
        return ", ".join(part for part in (debtor.city, debtor.region, debtor.country) if part)
    found = getattr(debtor, CHOICES[choice].columns[0])
    return "" if found is None else str(found)


def sensible(survivor: Debtor, other: Debtor) -> dict[str, str]:
    """What stands unless a person says otherwise: the survivor's, where it has any; of two places the fuller one."""
    chosen = {}
    for name in CHOICES:
        mine, theirs = value_of(survivor, name), value_of(other, name)
        fuller = name == "place" and not survivor.city and not survivor.region and bool(other.city or other.region)
        chosen[name] = OTHER if (not mine and theirs) or fuller else SURVIVOR
    return chosen


def stricter(one: str, other: str) -> str:
    """Of two consents for one contact point, the one that allows less."""
    return min(one, other, key=_CONSENTS.index)


def better_known(one: str, other: str) -> str:
    """Of two qualities of one contact point, the one that rests on more."""
    return min(one, other, key=_QUALITIES.index)
