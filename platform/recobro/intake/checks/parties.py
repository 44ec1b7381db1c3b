"""Who a row's debtor is: read from its cells, once for each combination of them that a file has."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.intake.columns import normalise
from recobro.intake.columns.normalise import one_line

# The cells a debtor is read from, and how long each may be.
CELLS: Mapping[str, int] = {
    "tax_id": 40, "customer_ref": 80, "debtor_name": 200, "country": 60, "region": 500, "city": 500, "postal_code": 12,
    "address": 500, "phone": 60, "phone_2": 60, "email": 300, "email_2": 300, "contact_name": 200,
    "debtor_kind": 60, "middle_name": 80, "surname": 120, "surname_2": 80, "street_number": 40, "unit": 60,
    "district": 120,
}  # fmt: skip
_MOST_KEPT = 50_000


class Party(NamedTuple):
    """A debtor as a row names it, in the order of the staging table's columns. `debtor_key` is the same for rows of one
    debtor: the client's own number, else the tax id, else the exact name."""

    debtor_key: str
    customer_ref: str
    customer_ref_norm: str
    name: str
    name_norm: str
    tax_id: str
    tax_id_norm: str
    kind: str
    country: str
    region: str
    city: str
    time_zone: str
    locale: str
    phone: str
    phone_2: str
    email: str
    email_2: str
    contact_name: str
    address: str


class Found(NamedTuple):
    """A debtor and what is worth a warning, as (code, field); no debtor when nothing says who owes. `copied` is the
    party as COPY takes it."""

    party: Party | None
    warnings: Sequence[tuple[str, str]]
    copied: str = ""


class Home(NamedTuple):
    """Where the client is: what is assumed of its debtors."""

    country: str
    time_zone: str
    locale: str


def reader(columns: Mapping[str, int], width: int, home: Home) -> Callable[[Sequence[str]], Found]:
    """What reads the debtor of a row with one cell more than `width`, the last one empty."""
    cells_of: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*(columns.get(name, width) for name in CELLS))
    found_of = lru_cache(_MOST_KEPT)(
        partial(_found, home=home, identified="customer_ref" in columns or "tax_id" in columns)
    )
    return lambda cells: found_of(cells_of(cells))


def copied(text: str) -> str:
    """Text without control characters as a field of COPY."""
    return text.replace("\\", "\\\\")


def _found(cells: Sequence[str], *, home: Home, identified: bool) -> Found:
    text = {name: one_line(cell)[:most] for (name, most), cell in zip(CELLS.items(), cells, strict=True)}
    warnings: list[tuple[str, str]] = []
    country = normalise.country_code(text["country"])
    if text["country"] and not country:
        warnings.append(("bad_country", "country"))
    tax_id, customer_ref, name = text["tax_id"], text["customer_ref"], _name(text)
    elsewhere = "" if country else normalise.country_of_id(tax_id, home.country)
    if elsewhere:
        warnings.append(("country_doubt", "tax_id"))
    norm, warned = _identity(tax_id, elsewhere or country or home.country)
    country = country or home.country
    warnings += warned
    customer_norm = normalise.customer_ref_norm(customer_ref)
    if customer_ref:
        key = f"c:{customer_norm}"
    elif norm:
        key = f"t:{norm}"
    elif name:
        key = f"n:{normalise.name_norm(name)}"
        if identified:
            warnings.append(("by_name", "debtor_name"))
    else:
        return Found(None, ())
    if name and (doubt := normalise.name_doubt(name)):
        warnings.append((doubt, "debtor_name"))
    name = name or customer_ref or tax_id
    if text["postal_code"] and not normalise.postal_code_holds(text["postal_code"], country):
        warnings.append(("bad_postal", "postal_code"))
    zone, locale = normalise.place(country, text["region"], home)
    party = Party(
        key, customer_ref, customer_norm, name, normalise.name_norm(name), tax_id, norm,
        normalise.debtor_kind(name, norm, country, text["debtor_kind"]), country, text["region"], text["city"],
        zone, locale, *_two(text, "phone", lambda cell: normalise.phones_of(cell, country), warnings),
        *_two(text, "email", normalise.emails_of, warnings), text["contact_name"], _address(text),
    )  # fmt: skip
    return Found(party, tuple(warnings), copied("\t".join(party)))


def _identity(tax_id: str, country: str) -> tuple[str, list[tuple[str, str]]]:
    norm = normalise.tax_id_norm(tax_id)
    if not norm:
        return "", []
    if not normalise.identifies(norm, country):
        return "", [("tax_id_generic" if norm in GENERIC_TAX_IDS else "tax_id_form", "tax_id")]
    return norm, [] if normalise.tax_id_holds(norm, country) else [("tax_id_digit", "tax_id")]


def _two(
    text: Mapping[str, str], name: str, read: Callable[[str], tuple[list[str], bool]], warnings: list[tuple[str, str]]
) -> tuple[str, str]:
    """The two phones or emails that a debtor may have: of one cell with two, the second goes where there is no other.
    What finds no room, and what is none, is told."""
    found: list[str] = []
    for cell in (name, f"{name}_2"):
        told, more = read(text[cell]) if text[cell] else ([], False)
        if text[cell] and not told:
            warnings.append((f"bad_{name}", cell))
        fitting = told[: 1 if cell == name and text[f"{name}_2"] else 2 - len(found)]
        if more or len(fitting) < len(told):
            warnings.append(("contact_left", cell))
        found += fitting
    first, second = [*found, "", ""][:2]
    return first, second


def _name(text: Mapping[str, str]) -> str:
    """The whole name, also where its parts have columns of their own; of several words that have them all, nothing is
    said twice."""
    name = text["debtor_name"]
    parts = [part for part in (text["middle_name"], text["surname"], text["surname_2"]) if part]
    if " " in name and all(f" {part.casefold()} " in f" {name.casefold()} " for part in parts):
        return name
    return " ".join(part for part in (name, *parts) if part)[: CELLS["debtor_name"]]


def _address(text: Mapping[str, str]) -> str:
    street = " ".join(text[name] for name in ("address", "street_number", "unit") if text[name])
    parts = (
        street,
        text["district"],
        f"{text['postal_code']} {text['city'][:100]}".strip(),
        text["region"][:100],
    )
    return ", ".join(part for part in parts if part) if text["address"] else ""
