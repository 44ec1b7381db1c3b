"""Addresses as they are written on an envelope: the street, then the place with its state or province by its name.

The codes are those of ISO 3166-2 for Mexico, Colombia and Spain; any other text stays as it came.
"""

import re

from legal.rules.regions import REGIONS

_PLACE = re.compile(r"(\d{4,6}) +(.+)")


def region_name(code: str, country: str) -> str:
    """A state's or province's name from its code; what is no code of that country comes back as it was."""
    return REGIONS.get(country, {}).get(code.strip().upper(), code)


def address_lines(address: str, country: str) -> list[str]:
    """An address in the lines of an envelope; a place that bears its state's name says it once."""
    parts = [part.strip() for part in re.split(r"[,\n]", address) if part.strip()]
    if len(parts) < 2:
        return parts
    last = region_name(parts[-1], country)
    found = _PLACE.fullmatch(parts[-2])
    if found is None:
        return [", ".join(parts[:-1]), last]
    place = f"{found[1]} {last}" if last.startswith(found[2]) else f"{parts[-2]}, {last}"
    return [line for line in (", ".join(parts[:-2]), place) if line]
