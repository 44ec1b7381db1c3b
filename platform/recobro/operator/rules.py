"""What a new agency is given by its country when nothing else is said. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import list_currencies

from kernel.problems import Invalid
from kernel.text import msg

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Country:
    """A country we work in: its name, main zone (IANA), language, money, and the tax on a fee (basis points)."""

    name: str
    time_zone: str
    locale: str
    currency: str
    tax_name: str
    tax_bp: int


COUNTRIES: Mapping[str, Country] = {
    "MX": Country(msg("México"), "America/Mexico_City", "es_MX", "MXN", "IVA", 1600),
    "CO": Country(msg("Colombia"), "America/Bogota", "es_CO", "COP", "IVA", 1900),
    "ES": Country(msg("España"), "Europe/Madrid", "es_ES", "EUR", "IVA", 2100),
    "US": Country(msg("Estados Unidos"), "America/New_York", "en", "USD", "Tax", 0),
}


def country(code: str) -> Country:
    """One of our countries; Invalid for another."""
    found = COUNTRIES.get(code.upper())
    if found is None:
        raise Invalid(msg("«{code}» no es un país de Recobro ({known})."), code=code, known=", ".join(COUNTRIES))
    return found


def check_currency(code: str) -> None:
    """A currency is one of ISO 4217."""
    if code not in list_currencies():
        raise Invalid(msg("«{currency}» no es un código de moneda (ISO 4217)."), currency=code)


def check_slug(slug: str) -> None:
    """A short name is small letters, digits and dashes, 40 at most."""
    if not _SLUG.fullmatch(slug):
        raise Invalid(msg("El nombre corto lleva minúsculas, cifras y guiones: «{slug}» no sirve."), slug=slug)
