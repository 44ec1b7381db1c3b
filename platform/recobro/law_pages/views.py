"""The places whose rules are kept; the rules, holidays, rates and changes of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from legal.policies.service import own_policies
from legal.rules.calendar import Holiday, holidays_in, region_title, regions_of
from legal.rules.packs.loading import Pack
from legal.rules.packs.schema import Basis, RateTable, Rule, Setting
from legal.rules.policies import pack_with
from recobro.law_pages import policy_views, queries
from recobro.law_pages.blueprint import bp, choices_here, tabs, today_here
from recobro.law_pages.places import (
    ChangeRow,
    Group,
    PlaceRow,
    RateLine,
    change_row,
    groups_of,
    matters,
    place_named,
    place_row,
    places,
    rate_lines,
    tables_of_rates,
    turns_of,
)
from recobro.law_pages.words import BASES, MATTERS, word, words
from recobro.web.jinja import day as shown_day
from recobro.web.jinja import locale
from recobro.web.lists import Chip, Tab, chips
from recobro.web.pages import render
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.service import agency_of

# The pages of own policies are of this blueprint too.
__all__ = ["bp", "policy_views"]


@dataclass(frozen=True)
class PlacesPage:
    """The places, those of agencies before those with contact windows alone, and the agency's own policies."""

    rows: list[PlaceRow]
    windows: list[PlaceRow]
    home: str
    own: int
    may_change: bool


@bp.get("/rules")
@needs(Permission.SEE_LAW)
def list_packs() -> ResponseReturnValue:
    """The places with their version and how many of their rules rest on what."""
    today = today_here()
    agency = agency_of(g.work)
    rows = [place_row(pack, today, choices_here(pack, agency)) for pack in places()]
    return render(
        "pages/law/list.html",
        PlacesPage(
            [row for row in rows if row.pack.head.scope == "agency"],
            [row for row in rows if row.pack.head.scope == "contact"],
            agency.country,
            len(own_policies(g.work).rules),
            allows(Role(g.principal.role), Permission.SET_POLICIES),
        ),
    )


@dataclass(frozen=True)
class PackPage:
    """The rules of a place on a day, by matter; what it leaves to the agency."""

    pack: Pack
    tabs: list[Tab]
    on: date
    is_today: bool
    groups: list[Group]
    count: int
    settings: list[tuple[Setting, str, str]]
    chips: list[Chip]
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    unread: str
    stacked: bool
    files: list[tuple[str, str]]


@bp.get("/rules/<pack_id>")
@needs(Permission.SEE_LAW)
def show_pack(pack_id: str) -> ResponseReturnValue:
    """The rules of one place on a day, under this agency's choices and with its own policies."""
    pack = place_named(pack_id)
    whole = pack_with(pack, own_policies(g.work).rules)
    choices = choices_here(pack)
    args = {name: request.args.get(name, "").strip() for name in ("q", "basis", "matter", "day")}
    on, unread = _day(args["day"])
    bases = {basis.value: spell(BASES[basis.value][0]) for basis in Basis} | {"unverified": spell(msg("Sin comprobar"))}
    args["basis"] = args["basis"] if args["basis"] in bases else ""
    args["matter"] = args["matter"] if args["matter"] in MATTERS else ""
    groups = groups_of(whole, choices, on=on, basis=args["basis"], matter=args["matter"], words=args["q"])
    told = {
        "q": (spell(msg("Texto")), args["q"]),
        "basis": (spell(msg("Fundamento")), bases.get(args["basis"], "")),
        "matter": (spell(msg("Materia")), dict(matters()).get(args["matter"], "")),
        "day": (spell(msg("Derecho del día")), shown_day(on)),
    }
    return render(
        "pages/law/show.html",
        PackPage(
            pack=pack,
            tabs=tabs(pack, "rules"),
            on=on,
            is_today=on == today_here(),
            groups=groups,
            count=sum(len(group.rows) for group in groups),
            settings=[
                (setting, word(choices[name]), words(setting.choices)) for name, setting in pack.settings.items()
            ],
            chips=chips(url_for("law.show_pack", pack_id=pack.id), args, told),
            filter_fields=[
                ("q", told["q"][0], [], args["q"]),
                ("basis", told["basis"][0], list(bases.items()), args["basis"]),
                ("matter", told["matter"][0], list(matters()), args["matter"]),
                ("day", told["day"][0], [], args["day"]),
            ],
            unread=unread,
            stacked=len(whole.parts) > 1,
            files=[(name.upper(), f"{digest[:8]}…{digest[-8:]}") for name, digest in whole.parts],
        ),
    )


def _day(text: str) -> tuple[date, str]:
    """The day that was asked for, and what could not be read as one."""
    if not text:
        return today_here(), ""
    try:
        return read_day(text, today_here(), locale()), ""
    except Problem:
        return today_here(), text


@dataclass(frozen=True)
class TownHoliday:
    """A town's own holiday, with the policy that names it and its source."""

    day: date
    towns: str
    rule: Rule


def _town_holidays(country: str | None, region: str, year: int) -> list[TownHoliday]:
    found = [
        TownHoliday(day, ", ".join(rule.parameters["towns"]), rule)
        for rule in own_policies(g.work).rules
        if rule.kind == "town_days" and rule.parameters["country"] == country
        and (not region or rule.parameters.get("region") in (None, region))
        for day in map(date.fromisoformat, rule.parameters["days"])
        if day.year == year
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.towns))


def _titled(pack: Pack, regions: Sequence[str]) -> list[tuple[str, str]]:
    titled = ((code, region_title(pack.head.country or "", code)) for code in regions)
    return sorted(titled, key=lambda one: one[1])


@dataclass(frozen=True)
class CalendarPage:
    """The holidays of a year in a place, the days the agency closes of its own, and the holidays of towns it told."""

    pack: Pack
    tabs: list[Tab]
    year: int
    region: str
    regions: list[tuple[str, str]]
    holidays: list[Holiday]
    own: list[date]
    towns: list[TownHoliday]


@bp.get("/rules/<pack_id>/calendar")
@needs(Permission.SEE_LAW)
def show_calendar(pack_id: str) -> ResponseReturnValue:
    """The holidays that count in a place in a year."""
    pack = place_named(pack_id)
    year = request.args.get("year", default=today_here().year, type=int)
    year = year if 1990 <= year <= 2100 else today_here().year
    offered = regions_of(pack.calendar) if pack.calendar else ()
    region = pack.head.region or request.args.get("region", "")
    region = region if region in offered else ""
    found = holidays_in(pack.calendar, year, region or None) if pack.calendar else ()
    closed = {
        date.fromisoformat(one)
        for rule in own_policies(g.work).rules
        if rule.kind == "closed_days"
        for one in rule.parameters["days"]
    }
    return render(
        "pages/law/calendar.html",
        CalendarPage(
            pack,
            tabs(pack, "calendar"),
            year,
            region,
            [] if pack.head.region else _titled(pack, offered),
            list(found),
            sorted(one for one in closed if one.year == year),
            _town_holidays(pack.head.country, region, year),
        ),
    )


@dataclass(frozen=True)
class RatesPage:
    """The rate tables of a place, each with its rows and what it lacks."""

    pack: Pack
    tabs: list[Tab]
    tables: list[tuple[RateTable, list[RateLine], int]]


@bp.get("/rules/<pack_id>/rates")
@needs(Permission.SEE_LAW)
def show_rates(pack_id: str) -> ResponseReturnValue:
    """The rates that interest, thresholds and sums are counted by, with the spans that have none."""
    pack = place_named(pack_id)
    tables, rates = [], tables_of_rates(pack)
    for table in pack.rate_tables.values():
        lines = rate_lines(table, today_here(), sums=table.id not in rates)
        tables.append((table, lines, sum(not line.rate for line in lines)))
    return render("pages/law/rates.html", RatesPage(pack, tabs(pack, "rates"), tables))


# How many of the rules that began last are in sight; the others are one press away.
_LATEST = 12


@dataclass(frozen=True)
class ChangesPage:
    """What changes in a place and when: what is to come, what changed or ended, and what began, the latest first;
    what its files said before."""

    pack: Pack
    tabs: list[Tab]
    coming: list[ChangeRow]
    changed: list[ChangeRow]
    begun: list[ChangeRow]
    earlier: list[ChangeRow]
    texts: list[queries.KeptText]
    compared: queries.KeptText | None
    differences: list[ChangeRow]
    unreadable: bool


@bp.get("/rules/<pack_id>/changes")
@needs(Permission.SEE_LAW)
def show_changes(pack_id: str) -> ResponseReturnValue:
    """Each day on which a rule of the place changed, ended or begins."""
    pack, today = place_named(pack_id), today_here()
    choices = choices_here(pack)
    rows = turns_of(pack, choices)
    coming = [row for row in reversed(rows) if row.change.day > today]
    begun = [row for row in rows if row.change.day <= today and not row.before]
    texts = queries.earlier_texts(g.work, pack)
    compared = next((text for text in texts if text.sha256 == request.args.get("text")), None)
    found = queries.differences_since(g.work, compared) if compared else []
    return render(
        "pages/law/changes.html",
        ChangesPage(
            pack,
            tabs(pack, "changes"),
            coming,
            [row for row in rows if row.change.day <= today and row.before],
            begun[:_LATEST],
            begun[_LATEST:],
            texts,
            compared,
            [change_row(change, choices, of_texts=True) for change in found or ()],
            found is None,
        ),
    )
