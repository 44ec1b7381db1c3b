"""Who reads English reads the law of every place in English: names of norms stay, no Spanish sentence does."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from kernel.clock import ManualClock
from legal import gate
from legal.rules.calendar import region_title, regions_of
from legal.rules.facts import Channel
from legal.rules.packs.loading import Pack, all_packs
from recobro.law_pages.places import places
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from recobro.web.translations import translations
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world

SPANISH = re.compile(
    r"\b(el|los|las|una|del|que|por|para|con|sin|desde|hasta|según|más|quien|cada|está|deudor\w*|acreedor|adeudos?"
    r"|deudas?|días?|horario|lunes|festivos?|prescri\w+|intereses|políticas?)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://\S+")


def english(app: Flask, world: World) -> Pages:
    pages = Pages(app, world.principal(Role.SUPERVISOR, name="Sofia Sample"))
    pages.client.set_cookie("locale", "en")
    return pages


@cache
def sources() -> frozenset[str]:
    """The sources as English tells them: what names a norm keeps its name."""
    say = translations("en").gettext
    cited = [text for pack in all_packs().values() for text in _cited(pack)]
    return frozenset(say(text) for text in cited)


@cache
def regions() -> frozenset[str]:
    """The regions by their own names, which no language changes: Los Ríos is Los Ríos."""
    calendars = [pack.calendar for pack in all_packs().values() if pack.calendar]
    return frozenset(region_title(kept.library, code) for kept in calendars for code in regions_of(kept))


def _cited(pack: Pack) -> Iterator[str]:
    rules, tables, calendar = pack.rules, pack.rate_tables.values(), pack.calendar
    for one in (*rules, *tables):
        yield one.citation
    for table in tables:
        yield from (row.note for row in table.rows)
    if calendar:
        yield from (calendar.citation, *(day.citation for day in calendar.days))


def left_in_spanish(page: BeautifulSoup) -> list[str]:
    """The texts of a page's body that are Spanish and neither a source nor the name of a region."""
    main = page.find("main")
    assert main is not None
    texts = {" ".join(text.split()) for text in main.stripped_strings} - sources() - regions()
    return sorted(text for text in texts if SPANISH.search(ADDRESS.sub("", text)))


@pytest.mark.parametrize("pack_id", [pack.id for pack in places()])
def test_the_pages_of_a_place_leave_no_spanish_to_whoever_reads_english(app: Flask, world: World, pack_id: str) -> None:
    pages = english(app, world)

    for part in ("", "/calendar?year=2026", "/rates", "/changes"):
        assert left_in_spanish(pages.get(f"/rules/{pack_id}{part}")) == []


def test_the_list_of_places_names_them_in_english(app: Flask, world: World) -> None:
    page = english(app, world).get("/rules")

    assert left_in_spanish(page) == []
    assert {"United States · New York", "Spain", "United Kingdom"} <= set(page.stripped_strings)


# Instants at ten in the morning where they live, on working days; and Christmas.
WHEN = {
    "MX": datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    "CO": datetime(2026, 12, 25, 15, 0, tzinfo=UTC),
    "ES": datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
}


@pytest.mark.parametrize("country", WHEN)
def test_the_reasons_of_a_contact_leave_no_spanish_and_no_code(app: Flask, database_urls: object, country: str) -> None:
    world = make_world(country, clock=ManualClock(WHEN[country]))
    case_id = world.case(world.client(country=country), name="Sample Hardware", country=country)
    with world.work() as work:
        try:
            request = request_for(gather_one(work, case_id), Channel.PHONE)
            decision_id = gate.permission_to_contact(work, request).decision_id
        except (gate.Held, gate.Denied) as refused:
            decision_id = refused.decision_id
    pages = english(app, world)

    with world.at_page_clock():
        for path in (
            f"/cases/{case_id}/why?channel=phone", f"/cases/{case_id}/why?channel=email", "/decisions",
            "/decisions/report", f"/decisions/{decision_id}",
        ):  # fmt: skip
            page = pages.get(path)
            for plain in page.select("pre"):
                plain.decompose()
            assert left_in_spanish(page) == [], path
            assert codes(page) == [], path


def codes(page: BeautifulSoup) -> list[str]:
    """The texts that hold the name of a fact or of a value, and are no rule's id."""
    main = page.find("main")
    assert main is not None
    ids = {rule.id for pack in all_packs().values() for rule in pack.rules}
    found = {" ".join(text.split()) for text in main.stripped_strings}
    return sorted(text for text in found if re.search(r"\b[a-z]+_[a-z_]+\b", text) and text.split(" ")[0] not in ids)
