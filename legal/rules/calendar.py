"""Hours and holidays where the debtor is: weekly windows on a wall clock, holidays by country, region and own table."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as library

from kernel.clock import instant_of
from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.packs.kinds import Windows
from legal.rules.packs.schema import Calendar

_SATURDAY = 5


class UnknownPlace(Invalid):
    """A time zone, country or region that does not exist."""

    code = "law.unknown_place"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which people are left alone, by name, with the source that makes it one."""

    day: date
    name: str
    citation: str
    source_url: str


@lru_cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name; an unknown one is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownPlace(msg("zones: «{zone}» no es una zona horaria IANA."), zone=name, field="zones") from None


def is_open(windows: Windows, local: datetime) -> bool:
    """Whether a contact may start at that wall-clock time; the end of a window is exclusive."""
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in windows[local.weekday()])


def next_opening(windows: Windows, local: datetime) -> datetime | None:
    """The first instant (UTC) at or after `local` inside a window; None when no window is ever open."""
    if is_open(windows, local):
        return local.astimezone(UTC)
    zone = local.tzinfo
    assert isinstance(zone, ZoneInfo)
    minute, day = local.hour * 60 + local.minute, local.date()
    for ahead in range(8):
        for start, _ in windows[(day + timedelta(days=ahead)).weekday()]:
            if ahead or start > minute:
                return _wall_clock(day + timedelta(days=ahead), start, zone)
    return None


def next_day(local: datetime, days: int = 1) -> datetime:
    """The instant (UTC) at which the wall clock of `local` begins the day that many days later."""
    zone = local.tzinfo
    assert isinstance(zone, ZoneInfo)
    return _wall_clock(local.date() + timedelta(days=days), 0, zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a day begins in a zone."""
    return _wall_clock(day, 0, zone)


@lru_cache(maxsize=4096)
def _wall_clock(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The first instant at which the wall clock shows that minute or, where clocks jump over it, a later one."""
    instant = instant_of(day, zone, minute // 60, minute % 60)
    wanted = datetime(day.year, day.month, day.day, minute // 60, minute % 60)  # noqa: DTZ001 - a wall clock's face
    while (before := instant - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None) >= wanted:
        instant = before
    return instant


def holiday_on(calendar: Calendar, day: date, region: str | None, locality: str | None = None) -> Holiday | None:
    """The holiday that day is in the country, the region or the town, or None."""
    for own in calendar.days:
        if own.day == day and own.region in (None, region) and own.locality in (None, locality):
            return Holiday(day, own.name, own.citation, own.source_url or calendar.source_url)
    name = _year(calendar, region, day.year).get(day)
    return Holiday(day, name, calendar.citation, calendar.source_url) if name else None


def business_day(calendar: Calendar | None, day: date) -> date:
    """That day, or the next on which banks and courts of the whole country work: no weekend, no national holiday."""
    while day.weekday() >= _SATURDAY or (calendar is not None and holiday_on(calendar, day, None)):
        day += timedelta(days=1)
    return day


def last_business_day(calendar: Calendar | None, day: date) -> date:
    """That day, or the last one before it on which banks and courts of the whole country work."""
    while day.weekday() >= _SATURDAY or (calendar is not None and holiday_on(calendar, day, None)):
        day -= timedelta(days=1)
    return day


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the last of the month."""
    return months_after(day, 12 * years)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def regions_on_holiday(calendar: Calendar, day: date) -> tuple[str, ...]:
    """The regions in which that day is a holiday though it is not one in the whole country."""
    if holiday_on(calendar, day, None):
        return ()
    return tuple(region for region in _regions(calendar.library) if holiday_on(calendar, day, region))


def regions_of(calendar: Calendar) -> tuple[str, ...]:
    """The codes of the regions that have holidays of their own; none where all have the same."""
    return _regions(calendar.library)


def holidays_in(calendar: Calendar, year: int, region: str | None = None) -> tuple[Holiday, ...]:
    """The year's holidays by name, in order, each with its source."""
    own = {
        item.day
        for item in calendar.days
        if item.region in (None, region) and item.locality is None and item.day.year == year
    }
    days = sorted(own.union(_year(calendar, region, year)))
    return tuple(holiday for day in days if (holiday := holiday_on(calendar, day, region)))


@lru_cache(maxsize=1024)
def region_named(country: str, told: str) -> str | None:
    """The region's code as holidays are kept by it, from a code or a name as an address gives it; None when unknown.

    Countries whose holidays are the same everywhere have no regions here.
    """
    wanted = told.strip().casefold()
    if not _regions(country):
        return None
    kept = library.country_holidays(country)
    known = {**{code: code for code in kept.subdivisions}, **kept.subdivisions_aliases}
    return next((code for name, code in known.items() if name.casefold() == wanted), None)


@lru_cache
def region_title(country: str, code: str) -> str:
    """The region's name from the code as holidays are kept by it; the code where there is no name for it."""
    if code not in _regions(country):
        return code
    names = library.country_holidays(country).subdivisions_aliases
    return next((name for name, known in names.items() if known == code), code)


@lru_cache
def _regions(country: str) -> tuple[str, ...]:
    # Asked one by one: the library's list of all countries loads the calendars of all.
    try:
        return tuple(library.country_holidays(country).subdivisions)
    except NotImplementedError:
        return ()


def resolved(calendar: Calendar, year: int) -> tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    """A year as the library has it now, in the shape a pack keeps: the country's days, and what each region adds."""
    country = _library(calendar.library, None, calendar.language, year)
    regions: dict[str, dict[str, str]] = {}
    for region in _regions(calendar.library):
        own = _library(calendar.library, region, calendar.language, year)
        if missing := sorted(set(country) - set(own)):
            raise ValueError(f"{calendar.library}-{region} {year} lacks {missing[0]} of the whole country")
        added = {f"{day:%m-%d}": name for day, name in sorted(own.items()) if day not in country}
        if added:
            regions[region] = added
    return {f"{day:%m-%d}": name for day, name in sorted(country.items())}, regions


@lru_cache(maxsize=1024)
def _year(calendar: Calendar, region: str | None, year: int) -> Mapping[date, str]:
    """The year's days by the pack's kept list or, where it has none, by the library."""
    for kept in calendar.years:
        if kept.year == year:
            if region is not None:
                _library(calendar.library, region, calendar.language, year)  # refuses a region that is none
            names = {**kept.days, **kept.regions.get(region or "", {})}
            return MappingProxyType({date.fromisoformat(f"{year}-{day}"): name for day, name in names.items()})
    return _library(calendar.library, region, calendar.language, year)


@lru_cache(maxsize=256)
def _library(country: str, region: str | None, language: str, year: int) -> Mapping[date, str]:
    # Where all regions have the same holidays, the region an address names changes nothing.
    subdivision = region if _regions(country) else None
    try:
        found = library.country_holidays(country, subdiv=subdivision, years=year, language=language)
    except NotImplementedError:
        raise UnknownPlace(
            msg("region: «{region}» no es una región de {country}."), region=region, country=country, field="region"
        ) from None
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})
