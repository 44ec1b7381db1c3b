"""Who reads English reads the law of every place in English: names of norms stay, no Spanish sentence does."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from legal.rules.packs.loading import all_packs
from recobro.law_pages.places import places
from recobro.web.translations import translations
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

SPANISH = re.compile(
    r"\b(el|los|las|una|del|que|por|para|con|sin|desde|hasta|según|más|quien|cada|está|deudor\w*|acreedor|adeudos?"
    r"|deudas?|días?|horario|lunes|festivos?|prescri\w+|intereses|políticas?)\b",
    re.IGNORECASE,
)


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


def _cited(pack: object) -> Iterator[str]:
    rules, tables, calendar = pack.rules, pack.rate_tables.values(), pack.calendar  # type: ignore[attr-defined]
    for one in (*rules, *tables):
        yield one.citation
    for table in tables:
        yield from (row.note for row in table.rows)
    if calendar:
        yield from (calendar.citation, *(day.citation for day in calendar.days))


def left_in_spanish(page: BeautifulSoup) -> list[str]:
    """The texts of a page's body that are Spanish and no source."""
    main = page.find("main")
    assert main is not None
    texts = {" ".join(text.split()) for text in main.stripped_strings}
    return sorted(text for text in texts if text not in sources() and SPANISH.search(text))


@pytest.mark.parametrize("pack_id", [pack.id for pack in places()])
def test_the_pages_of_a_place_leave_no_spanish_to_whoever_reads_english(app: Flask, world: World, pack_id: str) -> None:
    pages = english(app, world)

    for part in ("", "/calendar?year=2026", "/rates", "/changes"):
        assert left_in_spanish(pages.get(f"/rules/{pack_id}{part}")) == []


def test_the_list_of_places_names_them_in_english(app: Flask, world: World) -> None:
    page = english(app, world).get("/rules")

    assert left_in_spanish(page) == []
    assert {"United States · New York", "Spain", "United Kingdom"} <= set(page.stripped_strings)
