"""In which time zones a debtor may be, and in which town with rules of its own: from the place an address names.

Zones are those of the IANA data base; a state or province with several has all of them. Pure.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import time_zones_for_number

from legal.rules.packs.loading import pack_of
from legal.rules.regions import REGIONS
from legal.rules.towns import locality_of

_US_NAMES: Mapping[str, str] = {
    "ALABAMA": "AL", "ALASKA": "AK", "ARIZONA": "AZ", "ARKANSAS": "AR", "CALIFORNIA": "CA", "COLORADO": "CO",
    "CONNECTICUT": "CT", "DELAWARE": "DE", "DISTRICT OF COLUMBIA": "DC", "FLORIDA": "FL", "GEORGIA": "GA",
    "HAWAII": "HI", "IDAHO": "ID", "ILLINOIS": "IL", "INDIANA": "IN", "IOWA": "IA", "KANSAS": "KS", "KENTUCKY": "KY",
    "LOUISIANA": "LA", "MAINE": "ME", "MARYLAND": "MD", "MASSACHUSETTS": "MA", "MICHIGAN": "MI", "MINNESOTA": "MN",
    "MISSISSIPPI": "MS", "MISSOURI": "MO", "MONTANA": "MT", "NEBRASKA": "NE", "NEVADA": "NV", "NEW HAMPSHIRE": "NH",
    "NEW JERSEY": "NJ", "NEW MEXICO": "NM", "NEW YORK": "NY", "NORTH CAROLINA": "NC", "NORTH DAKOTA": "ND",
    "OHIO": "OH", "OKLAHOMA": "OK", "OREGON": "OR", "PENNSYLVANIA": "PA", "RHODE ISLAND": "RI",
    "SOUTH CAROLINA": "SC", "SOUTH DAKOTA": "SD", "TENNESSEE": "TN", "TEXAS": "TX", "UTAH": "UT", "VERMONT": "VT",
    "VIRGINIA": "VA", "WASHINGTON": "WA", "WEST VIRGINIA": "WV", "WISCONSIN": "WI", "WYOMING": "WY",
    "PUERTO RICO": "PR", "GUAM": "GU",
    "US VIRGIN ISLANDS": "VI", "U.S. VIRGIN ISLANDS": "VI", "VIRGIN ISLANDS": "VI", "AMERICAN SAMOA": "AS",
    "NORTHERN MARIANA ISLANDS": "MP",
}  # fmt: skip

# Of Spain's provinces those that are no region by themselves; all of them keep Madrid's time.
_PROVINCES = (
    "A CORUNA",
    "ALAVA",
    "ALBACETE",
    "ALICANTE",
    "ALMERIA",
    "AVILA",
    "BADAJOZ",
    "BALEARES",
    "BARCELONA",
    "BIZKAIA",
    "BURGOS",
    "CACERES",
    "CADIZ",
    "CASTELLON",
    "CIUDAD REAL",
    "CORDOBA",
    "CUENCA",
    "GIRONA",
    "GIPUZKOA",
    "GRANADA",
    "GUADALAJARA",
    "GUIPUZCOA",
    "HUELVA",
    "HUESCA",
    "JAEN",
    "LA CORUNA",
    "LEON",
    "LLEIDA",
    "LUGO",
    "MALAGA",
    "MURCIA",
    "OURENSE",
    "PALENCIA",
    "PONTEVEDRA",
    "SALAMANCA",
    "SEGOVIA",
    "SEVILLA",
    "SORIA",
    "TARRAGONA",
    "TERUEL",
    "TOLEDO",
    "VALENCIA",
    "VALLADOLID",
    "VIZCAYA",
    "ZAMORA",
    "ZARAGOZA",
)
_MORE_NAMES: Mapping[str, Mapping[str, str]] = {
    "US": _US_NAMES,
    "MX": {"CDMX": "CMX", "DISTRITO FEDERAL": "CMX", "D.F.": "CMX", "DF": "CMX", "MEXICO": "MEX", "NUEVO LEON": "NLE"},
    "ES": {"LAS PALMAS": "GC", "SANTA CRUZ DE TENERIFE": "TF", "COMUNIDAD DE MADRID": "MD",
           **dict.fromkeys(_PROVINCES, "PROVINCE")},
    "CL": {"MAGALLANES": "MA", "AYSEN": "AI", "VALPARAISO": "VS", "REGION METROPOLITANA": "RM", "SANTIAGO": "RM",
           "BIOBIO": "BI", "ANTOFAGASTA": "AN", "COQUIMBO": "CO", "MAULE": "ML", "LA ARAUCANIA": "AR"},
}  # fmt: skip


def zones_of(country: str, region: str, time_zone: str) -> tuple[str, ...]:
    """The zones a debtor may be in. Empty: anywhere in the country, for no address says where.

    A zone that is not the usual one of the place was set by somebody who knew; the stricter of both then counts.
    """
    head = pack_of(country).head
    if not head.region_zones:
        return (time_zone,)
    code = region_code(country, region)
    if not code:
        return () if time_zone in head.zones else (*head.zones, time_zone)
    zones = head.region_zones.get(code) or head.zones[:1]
    return zones if time_zone in (*zones, *head.zones) else (*zones, time_zone)


def zones_with_phone(zones: tuple[str, ...], number: str, country: str) -> tuple[str, ...]:
    """The zones of an address and those of a telephone (E.164) whose area code is of none of them: its owner may be in
    either. Where no address says anything, the whole country stays possible, and a zone outside it with it."""
    possible = zones or pack_of(country).head.zones
    told = _zones_of_number(number)
    return zones if not told or set(told) & set(possible) else (*possible, *told)


@lru_cache(maxsize=65_536)
def _zones_of_number(number: str) -> tuple[str, ...]:
    try:
        zones = time_zones_for_number(parse(number))
    except NumberParseException:
        return ()
    return tuple(zone for zone in zones if zone != "Etc/Unknown")


def town_of(country: str, region: str, city: str) -> str | None:
    """The town with rules of its own that the debtor lives in, or may live in where no city is known."""
    return locality_of(country, region_code(country, region), city)


@lru_cache(maxsize=4096)
def region_code(country: str, told: str) -> str:
    """A region's code from its code or its name; empty when it is no region of that country that is known here."""
    plain = _plain(told)
    known = REGIONS.get(country, {})
    more = _MORE_NAMES.get(country, {})
    if plain in known or plain in more.values():
        return plain
    names = {_plain(name): code for code, name in known.items()} | dict(more)
    return names.get(plain, "")


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", " ".join(text.split()).upper())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
