"""Where a question is asked: a country, a region and a town that are known, or a refusal that names the field."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from kernel.text import msg
from legal.questions.wrong import wrong
from legal.rules.calendar import regions_of
from legal.rules.packs.loading import all_packs
from legal.rules.packs.schema import Calendar, Head
from legal.rules.regions import REGIONS


@lru_cache
def known_regions() -> Mapping[str, tuple[str, ...]]:
    """The regions of each country that has a pack, where they are known here or to the library of holidays."""
    listed = {
        pack.head.country: tuple(REGIONS.get(pack.head.country, ())) or _of_library(pack.calendar)
        for pack in all_packs().values()
        if pack.head.country and pack.calendar
    }
    return {country: regions for country, regions in listed.items() if regions}


def _of_library(calendar: Calendar) -> tuple[str, ...]:
    # The library has towns among the subdivisions of some countries; a region is a code.
    return tuple(sorted(one for one in regions_of(calendar) if one.isupper() and len(one) <= 3))


@lru_cache
def known_towns() -> Mapping[str, tuple[str, str]]:
    """The towns with rules of their own, each with its country and region."""
    return {head.locality: (head.country, head.region) for head in _heads()
            if head.locality and head.country and head.region}  # fmt: skip


def _heads() -> Iterable[Head]:
    return (pack.head for pack in all_packs().values())


def check_place(country: str, region: str | None, locality: str | None) -> None:
    """Refused: what is no country's code, a region the country does not have, a town that no pack knows, and a town
    without its own region."""
    if len(country) != 2 or not (country.isalpha() and country.isupper() and country.isascii()):
        sentence = msg("El dato «{field}» no puede ser «{value}»: son las dos letras mayúsculas de ISO 3166-1.")
        raise wrong("country", sentence, value=country[:80])
    regions = known_regions().get(country)
    if region is not None and regions and region not in regions:
        sentence = msg("El dato «{field}» no puede ser «{value}»: se admiten {known}.")
        raise wrong("region", sentence, value=region[:80], known=", ".join(regions))
    if locality is None:
        return
    towns = known_towns()
    if towns.get(locality, ("", ""))[0] != country:
        sentence = msg("El dato «{field}» no puede ser «{value}»: aquí se conocen {known}; de otra ciudad no se dice.")
        known = [name for name, (place, _) in towns.items() if place == country]
        raise wrong("locality", sentence, value=locality[:80], known=", ".join(known) or "—")
    if region != towns[locality][1]:
        sentence = msg("El dato «{field}» no puede ser «{value}»: «{town}» está en {region}.")
        raise wrong("region", sentence, value=region, town=locality, region=towns[locality][1])


def region_schema(schema: dict[str, Any]) -> None:
    """Adds to a schema the regions each country has."""
    schema["x-known-by-country"] = {country: list(regions) for country, regions in known_regions().items()}


def town_schema(schema: dict[str, Any]) -> None:
    """Adds to a schema the towns that have rules of their own."""
    schema.pop("anyOf", None)
    schema["enum"] = [*known_towns(), None]
