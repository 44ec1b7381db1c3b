"""Packs load only when they are whole, and say as law only what was verified."""

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from legal.rules.calendar import UnknownPlace, holiday_on, holidays_in, resolved
from legal.rules.contact.deciding import EVALUATORS, decide
from legal.rules.facts import Channel, Contact, ContactFacts
from legal.rules.packs import loading
from legal.rules.packs.checking import NotWhole, checked
from legal.rules.packs.kinds import KINDS
from legal.rules.packs.schema import VERIFIED, Basis, OwnDay, Year
from legal.rules.years import year_text

DAY = date(2026, 11, 20)


def a_pack(**changes: Any) -> dict[str, Any]:
    rule = {
        "id": "xx.hours",
        "kind": "contact_hours",
        "title": "De 9 a 10",
        "from": date(2020, 1, 1),
        "basis": "law",
        "confidence": "V1",
        "citation": "Ley de ejemplo art. 1",
        "source_url": "https://example.org/ley",
        "checked_on": DAY,
        "parameters": {"windows": {"mon": "09:00-10:00"}},
    }
    head = {"id": "xx", "version": "2026.11", "name": "Ejemplo", "country": "XX", "checked_on": DAY}
    return {"pack": head, "rule": [{**rule, **changes}]}


def test_every_pack_that_ships_loads() -> None:
    assert set(loading.all_packs()) == {path.stem for path in loading.PACKS.glob("*.toml")}
    assert {"house", "mx", "co", "es"} <= set(loading.all_packs())


@pytest.mark.parametrize("name", ["mx", "co", "es"])
def test_nothing_uncertain_ships_as_law(name: str) -> None:
    for rule in loading.pack_named(name).rules:
        assert rule.basis is Basis.POLICY or rule.confidence in VERIFIED
        assert rule.citation
        assert rule.checked_on >= date(2026, 11, 21)


def test_every_kind_of_contact_rule_has_its_function() -> None:
    others = {"allocation_order", "limitation", "court_route", "negotiation_duty", "answer_deadline", "banned_words",
              "duty"}  # fmt: skip
    elsewhere = ("legal.rules.packs.money_kinds", "legal.rules.packs.duty_kinds")
    others |= {name for name, kind in KINDS.items() if kind.__module__ in elsewhere}

    assert set(EVALUATORS) == set(KINDS) - others


def test_new_york_states_duties_have_no_term_but_the_one_that_was_read() -> None:
    duties = {rule.id: rule.parameters for rule in loading.pack_named("us-ny").rules if rule.kind == "duty"}

    assert duties == {
        "us.ny.initial_notice": {"of": "agency", "after": "first_contact", "days": 5},
        # Before a payment is taken: nothing starts a term.
        "us.ny.expired_notice": {"of": "agency"},
        "us.ny.substantiation": {"of": "agency", "after": "request"},
    }


def complaints(content: dict[str, Any]) -> list[str]:
    """What the build says of a pack's file."""
    try:
        checked("xx.toml", content)
    except NotWhole as refused:
        return str(refused).splitlines()
    return []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"confidence": "U"}, "confidence: U no está verificado: va como policy o apagado, no como law."),
        ({"confidence": "GK"}, "confidence: GK no está verificado: va como policy o apagado, no como law."),
        (
            {"basis": "regulator", "confidence": "3P"},
            "confidence: 3P no está verificado: va como policy o apagado, no como regulator.",
        ),
        ({"citation": ""}, "citation: está vacío o es demasiado corto."),
        ({"citation": None}, "citation: «None» no es un texto."),
        ({"source_url": ""}, "source_url: una regla de ley o de autoridad dice la dirección de su fuente."),
        ({"source_url": "la ley"}, "source_url: «la ley» no es una dirección de internet."),
        ({"source_url": "https://example"}, "source_url: «https://example» no es una dirección de internet."),
        (
            {"source_url": "https://a.example/x …"},
            "source_url: «https://a.example/x …» no es una dirección de internet.",
        ),
        ({"kind": "magic"}, "kind: no hay un tipo de regla «magic»."),
        ({"parameters": {"windows": {"lunes": "09:00-10:00"}}}, "parameters.windows: «lunes» no son días (mon … sun)."),
        (
            {"parameters": {"windows": {"mon": "10:00-09:00"}}},
            "parameters.windows: «10:00-09:00» termina antes de empezar.",
        ),
        ({"parameters": {"windows": {"mon": "9-10"}}}, "parameters.windows: «9-10» no es HH:MM-HH:MM."),
        ({"parameters": {"windows": {}, "hours": 3}}, "parameters.hours: no se conoce ese campo."),
        ({"parameters": {"windows": {}, "effect": "$mood"}}, "parameters: no hay una opción «mood» en [[setting]]."),
        ({"when": {"mood": ["good"]}}, "when: no hay una opción «mood» en [[setting]]."),
        ({"to": date(2019, 1, 1)}, "to: termina antes de empezar (2020-01-01)."),
        ({"basis": "policy", "confidence": "U"}, "note: una regla incierta que va como policy dice por qué."),
        ({"checked_on": None}, "checked_on: «None» no es un día (2026-11-21)."),
        ({"checked_on": "ayer"}, "checked_on: «ayer» no es un día (2026-11-21)."),
        ({"colour": "red"}, "colour: no se conoce ese campo."),
        (
            {"kind": "late_interest", "parameters": {"rate": 0.06}},
            "parameters.rate: una tasa o un importe se escribe como texto entre comillas, no como número.",
        ),
        ({"kind": "late_interest", "parameters": {"rate_table": "no"}}, "parameters: no hay una tabla «no»."),
    ],
)
def test_a_pack_that_is_not_whole_says_file_rule_and_field(changes: dict[str, Any], complaint: str) -> None:
    assert complaints(a_pack()) == []

    assert complaints(a_pack(**changes)) == [f"xx.toml: xx.hours: {complaint}"]


def test_a_field_that_is_missing_is_named() -> None:
    content = a_pack()
    del content["rule"][0]["citation"], content["rule"][0]["from"]

    assert set(complaints(content)) == {"xx.toml: xx.hours: from: falta.", "xx.toml: xx.hours: citation: falta."}


def test_everything_wrong_is_said_at_once() -> None:
    content = a_pack(confidence="U")
    content["rule"].append({**a_pack()["rule"][0], "id": "xx.other", "kind": "holidays", "citation": ""})

    assert [one.split(": ")[1:3] for one in complaints(content)] == [
        ["xx.hours", "confidence"],
        ["xx.other", "citation"],
    ]


def test_a_channel_that_no_rule_knows_is_named_with_those_there_are() -> None:
    [complaint] = complaints(a_pack(applies_to={"channels": ["pigeon"]}))

    assert complaint.startswith("xx.toml: xx.hours: applies_to.channels.0: «pigeon» no se conoce; puede ser: 'email'")


@pytest.mark.parametrize(
    ("ends", "second", "complaint"),
    [
        ("2020-12-31", "2021-01-01", ""),
        (
            "2020-12-31",
            "2020-12-31",
            "la versión desde 2020-12-31 se traslapa con la anterior, que termina el 2020-12-31.",
        ),
        (
            "2020-12-31",
            "2021-01-02",
            "entre la versión que termina el 2020-12-31 y la que empieza el 2021-01-02 queda un hueco.",
        ),
        (
            "",
            "2021-01-01",
            "la versión desde 2020-01-01 no termina (to) y se traslapa con la que empieza el 2021-01-01.",
        ),
    ],
)
def test_versions_of_a_rule_neither_overlap_nor_leave_a_gap(ends: str, second: str, complaint: str) -> None:
    content = a_pack(**({"to": date.fromisoformat(ends)} if ends else {}))
    content["rule"].append({**a_pack()["rule"][0], "from": date.fromisoformat(second)})

    assert complaints(content) == ([f"xx.toml: xx.hours: from: {complaint}"] if complaint else [])


def test_rates_are_text_and_do_not_overlap() -> None:
    table = {
        "id": "xx.rate",
        "title": "Tasa",
        "basis": "law",
        "confidence": "V1",
        "citation": "Ley de ejemplo",
        "source_url": "https://example.org",
        "checked_on": DAY,
    }
    good = [
        {"from": date(2025, 1, 1), "to": date(2025, 12, 31), "rate": "0.1", "confidence": "V1"},
        {"from": date(2026, 3, 1), "rate": "0.2", "confidence": "V1"},
    ]

    def said(rows: list[dict[str, Any]]) -> list[str]:
        return complaints({**a_pack(), "rate_table": [{**table, "rows": rows}]})

    assert said(good) == []
    assert said([*good, good[0]]) == [
        "xx.toml: xx.rate: rows: las filas desde 2026-03-01 y desde 2025-01-01 se traslapan."
    ]
    assert said([{**good[0], "rate": 0.1}]) == [
        "xx.toml: xx.rate: rows.0.rate: una tasa o un importe se escribe como texto entre comillas, no como número."
    ]


def test_a_rule_holds_on_its_days_only(tmp_path: Path) -> None:
    mx = loading.pack_named("mx")

    before = {bound.rule.id for bound in loading.rules_of(mx, "contact_hours", date(2014, 10, 7))}
    after = {bound.rule.id for bound in loading.rules_of(mx, "contact_hours", date(2014, 10, 8))}

    assert after - before == {"mx.fin.hours", "mx.fin.weekends"}


def test_an_extension_of_a_law_is_a_policy_of_its_own() -> None:
    rules = {rule.id: rule for rule in loading.pack_named("mx").rules}

    law, extended = rules["mx.com.hours"], rules["mx.com.hours.extended"]

    assert (law.basis, extended.basis) == (Basis.REGULATOR, Basis.POLICY)
    assert not law.overridable
    assert extended.overridable
    assert extended.applies_to.channels == law.applies_to.channels
    assert extended.applies_to.creditor_type == ("other",)


def test_a_pack_carries_the_fingerprint_of_all_it_was_read_from(tmp_path: Path) -> None:
    for name in ("mx", "house"):
        (tmp_path / f"{name}.toml").write_bytes((loading.PACKS / f"{name}.toml").read_bytes())
    same = loading.load(tmp_path / "mx.toml").digest
    (tmp_path / "house.toml").write_bytes((loading.PACKS / "house.toml").read_bytes() + b"\n# one more word\n")

    assert same == loading.pack_named("mx").digest
    assert loading.load(tmp_path / "mx.toml").digest != same


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text("[pack]\nid = 'xx'\n")

    with pytest.raises(ValueError, match=r"xx\.toml"):
        loading.load(tmp_path / "xx.toml")


def test_an_unknown_pack_is_refused_with_its_name() -> None:
    with pytest.raises(loading.UnknownPack, match="zz"):
        loading.pack_named("zz")


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("mx", "01-01 02-02 03-16 05-01 09-16 11-16 12-25"),
        (
            "co",
            "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 10-12 11-02 11-16"
            " 12-08 12-25",
        ),
        ("es", "01-01 01-06 04-03 05-01 08-15 10-12 12-08 12-25"),
    ],
)
def test_the_holidays_of_2026_are_those_of_the_research(name: str, days: str) -> None:
    calendar = loading.pack_named(name).calendar
    assert calendar is not None

    found = holidays_in(calendar, 2026)

    assert [f"{holiday.day:%m-%d}" for holiday in found] == days.split()
    assert all(holiday.name and holiday.citation for holiday in found)


def test_a_day_of_the_packs_own_table_counts_with_its_own_citation() -> None:
    calendar = loading.pack_named("co").calendar
    assert calendar is not None

    by_day = {holiday.day: holiday for holiday in holidays_in(calendar, 2026)}

    assert by_day[date(2026, 7, 13)].citation == "Ley 2578 de 2026"


def test_regions_have_their_holidays_too() -> None:
    calendar = loading.pack_named("es").calendar
    assert calendar is not None

    madrid = {f"{holiday.day:%m-%d}" for holiday in holidays_in(calendar, 2026, "MD")}

    assert {"04-02", "05-02", "11-02", "12-07"} <= madrid


@pytest.mark.parametrize("name", ["mx", "co", "es", "cl", "pe", "uk"])
def test_the_kept_holidays_are_those_of_the_pinned_library(name: str) -> None:
    calendar = loading.pack_named(name).calendar
    assert calendar is not None
    assert {2025, 2026, 2027} <= {kept.year for kept in calendar.years}

    for kept in calendar.years:
        days, regions = resolved(calendar, kept.year)
        assert dict(kept.days) == days, kept.year
        assert {name: dict(own) for name, own in kept.regions.items()} == regions, kept.year


@pytest.mark.parametrize("pack", [pack for pack in loading.all_packs().values() if pack.calendar], ids=lambda p: p.id)
def test_a_day_that_the_library_has_not_cites_what_makes_it_a_holiday(pack: loading.Pack) -> None:
    calendar = pack.calendar
    assert calendar is not None

    for year in sorted({kept.year for kept in calendar.years} | {own.day.year for own in calendar.days}):
        days, regions = resolved(calendar, year)
        for region in (None, *regions):
            known = {**days, **regions.get(region or "", {})}
            for holiday in holidays_in(calendar, year, region):
                own = f"{holiday.day:%m-%d}" not in known
                assert not own or holiday.citation != calendar.citation, (region, holiday)
                assert holiday.source_url, (region, holiday)


def test_the_colombian_day_of_2026_names_the_law_that_made_it() -> None:
    calendar = loading.pack_named("co").calendar
    assert calendar is not None

    found = holiday_on(calendar, date(2026, 7, 13), None)

    assert found is not None
    assert found.citation == "Ley 2578 de 2026"
    assert "Ley%202578%20de%202026.pdf" in found.source_url
    assert holiday_on(calendar, date(2025, 7, 14), None) is None


def test_a_kept_year_answers_though_the_library_says_otherwise() -> None:
    calendar = loading.pack_named("es").calendar
    assert calendar is not None
    kept = Year(year=2026, days={"01-01": "Año Nuevo"}, regions={"MD": {"05-15": "San Isidro"}})
    changed = calendar.model_copy(update={"years": (kept,), "citation": "Lista de ejemplo"})

    assert [holiday.day for holiday in holidays_in(changed, 2026)] == [date(2026, 1, 1)]
    assert holiday_on(changed, date(2026, 5, 15), "MD") is not None
    assert holiday_on(changed, date(2026, 5, 15), "CT") is None
    assert holiday_on(changed, date(2026, 10, 12), None) is None
    assert holiday_on(changed, date(2025, 12, 25), None) is not None
    with pytest.raises(UnknownPlace):
        holiday_on(changed, date(2026, 5, 15), "ZZ")


def test_a_towns_own_day_closes_that_town_only() -> None:
    calendar = loading.pack_named("es").calendar
    assert calendar is not None
    own = OwnDay(day=date(2026, 11, 9), name="La Almudena", citation="Tabla propia", region="MD", locality="madrid")
    changed = calendar.model_copy(update={"days": (own,)})

    assert holiday_on(changed, date(2026, 11, 9), "MD", "madrid") is not None
    assert holiday_on(changed, date(2026, 11, 9), "MD", "getafe") is None
    assert holiday_on(changed, date(2026, 11, 9), "MD") is None


def test_a_year_is_written_as_a_pack_keeps_it() -> None:
    calendar = loading.pack_named("cl").calendar
    assert calendar is not None

    written = tomllib.loads(year_text(calendar, 2026))["calendar"]["year"][0]

    kept = next(one for one in calendar.years if one.year == 2026)
    assert Year.model_validate(written) == kept


def test_the_schema_of_a_pack_is_json_schema() -> None:
    schema = loading.schema()

    assert {"pack", "rule", "setting", "rate_table"} <= schema["properties"].keys()


def test_no_pack_names_an_address_that_is_not_one() -> None:
    for path in loading.PACKS.glob("*.toml"):
        for rule in tomllib.loads(path.read_text())["rule"]:
            assert rule.get("source_url", "https://").startswith(("https://", "http://"))


def _is_front_page(address: str) -> bool:
    """Whether an address is a site's first page, or a repository's, and not that of a text."""
    parts = urlsplit(address)
    steps = [step for step in parts.path.split("/") if step]
    return not parts.query and (not steps or (parts.netloc == "github.com" and len(steps) <= 2))


def test_a_source_is_the_address_of_a_text_or_its_note_says_that_it_is_a_front_page() -> None:
    told = [
        (path.name, address, cited.get("note", ""))
        for path in loading.PACKS.glob("*.toml")
        for pack in [tomllib.loads(path.read_text())]
        for cited in [*pack["rule"], *pack.get("rate_table", []), pack.get("calendar", {}),
                      *pack.get("calendar", {}).get("days", [])]
        if (address := cited.get("source_url"))
    ]  # fmt: skip

    assert len(told) > 200
    assert [one for one in told if _is_front_page(one[1]) and "portada" not in one[2]] == []


@pytest.mark.parametrize(
    ("address", "front"),
    [
        ("https://law.example", True),
        ("https://law.example/", True),
        ("https://github.com/owner/laws", True),
        ("https://github.com/owner/laws/blob/main/law.md", False),
        ("https://law.example/?p=7", False),
        ("https://law.example/act/7", False),
    ],
)
def test_the_first_page_of_a_site_is_known_by_its_address(address: str, front: bool) -> None:
    assert _is_front_page(address) is front


def test_the_guide_to_the_law_names_every_kind_and_setting() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "law.md").read_text()

    for kind in KINDS:
        assert f"`{kind}`" in guide, kind
    for pack in loading.all_packs().values():
        assert all(f"`{setting}`" in guide for setting in pack.settings)


def a_country(folder: Path) -> None:
    """A country with a policy it includes and one it leaves out, a region with an hour less, a town with none."""
    rule = """
[[rule]]
id = "{id}"
kind = "{kind}"
title = "Ejemplo"
from = 2020-01-01
basis = "{basis}"
confidence = "{basis}"
citation = "Ejemplo"
checked_on = 2026-11-21
parameters = {parameters}
"""
    head = '[pack]\nid = "{id}"\nversion = "2026.{month}"\nname = "{id}"\nchecked_on = 2026-11-21\n'
    hours = '{{ windows = {{ fri = "{}" }} }}'
    files = {
        "rules": head.format(id="rules", month="01")
        + rule.format(id="rules.kept", kind="flag", basis="policy", parameters='{ flag = "hold" }')
        + rule.format(id="rules.left", kind="flag", basis="policy", parameters='{ flag = "minor" }'),
        "xx": head.format(id="xx", month="02")
        + 'country = "XX"\nzones = ["UTC", "Asia/Tokyo"]\nincludes = ["rules"]\nleaves_out = ["rules.left"]\n'
        + rule.format(id="xx.hours", kind="contact_hours", basis="policy", parameters=hours.format("08:00-21:00")),
        "xx-a": head.format(id="xx-a", month="03")
        + 'country = "XX"\nregion = "A"\nzones = ["UTC"]\n'
        + rule.format(id="xx.a.hours", kind="contact_hours", basis="policy", parameters=hours.format("09:00-21:00")),
        "xx-a-town": head.format(id="xx-a-town", month="04") + 'country = "XX"\nregion = "A"\nlocality = "town"\n'
        + rule.format(id="xx.town.hours", kind="contact_hours", basis="policy", parameters=hours.format("08:00-20:00")),
        "yy": head.format(id="yy", month="05") + 'country = "YY"\nscope = "contact"\n'
        + rule.format(id="yy.hours", kind="contact_hours", basis="policy", parameters=hours.format("08:00-20:00")),
    }  # fmt: skip
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Packs of invented places instead of those that ship."""
    a_country(tmp_path)
    monkeypatch.setattr(loading, "PACKS", tmp_path)
    loading.all_packs.cache_clear()
    loading.pack_of.cache_clear()
    yield tmp_path
    loading.all_packs.cache_clear()
    loading.pack_of.cache_clear()


def test_a_region_and_a_town_stand_on_their_country_and_all_their_rules_are_asked(places: Path) -> None:
    country, region, town = loading.pack_of("XX"), loading.pack_of("XX", "A"), loading.pack_of("XX", "A", "town")

    assert [(pack.id, pack.version) for pack in (country, region, town)] == [
        ("xx", "2026.02"),
        ("xx+xx-a", "2026.02+2026.03"),
        ("xx+xx-a+xx-a-town", "2026.02+2026.03+2026.04"),
    ]
    assert [rule.id for rule in town.rules] == ["xx.hours", "rules.kept", "xx.a.hours", "xx.town.hours"]
    assert (country.head.zones, town.head.zones) == (("UTC", "Asia/Tokyo"), ("UTC",))
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    facts = ContactFacts("XX", zones=("UTC",), region="A", locality="town")
    assert [rule.id for rule in region.rules] == ["xx.hours", "rules.kept", "xx.a.hours"]
    assert [outcome.rule.id for outcome in decide(facts, Contact(Channel.PHONE), at).failed] == ["xx.a.hours"]


def test_a_place_without_rules_of_its_own_has_those_of_its_country(places: Path) -> None:
    assert loading.pack_of("XX", "B", "town") is loading.pack_of("XX", "B")
    assert loading.pack_of("XX", "B").id == "xx"
    assert loading.pack_of("ZZ", "A").id == "none"


def test_a_pack_is_put_together_again_from_its_parts(places: Path) -> None:
    town = loading.pack_of("XX", "A", "town")

    again = loading.joined([(name, (places / f"{name}.toml").read_bytes()) for name, _ in town.parts])

    assert [name for name, _ in town.parts] == ["xx", "rules", "xx-a", "xx-a-town"]
    assert all(hashlib.sha256((places / f"{name}.toml").read_bytes()).hexdigest() == said for name, said in town.parts)
    assert (again.digest, again.parts, again.rules, again.head) == (town.digest, town.parts, town.rules, town.head)


def test_only_a_country_with_more_than_a_window_of_contact_is_offered_to_an_agency(places: Path) -> None:
    assert loading.countries_of_agencies() == ("XX",)
    assert loading.pack_of("YY").id == "yy"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("rules.left", "rules.lost", "no rule"),
        ('country = "XX"\nzones', 'region = "A"\nzones', "names its country"),
        ('country = "XX"\nzones', 'country = "XX"\nlocality = "town"\nzones', "a locality its region"),
        ('country = "XX"\nzones', 'country = "XX"\nregion = "A"\nzones', "stands on its country"),
    ],
)
def test_a_place_that_does_not_fit_in_a_wider_one_does_not_load(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    a_country(tmp_path)
    file = tmp_path / "xx.toml"
    loading.load(file)
    file.write_text(file.read_text().replace(old, new))

    with pytest.raises(ValueError, match=complaint):
        loading.load(file)


def test_no_law_is_left_out(tmp_path: Path) -> None:
    a_country(tmp_path)
    file = tmp_path / "rules.toml"
    law = 'basis = "law"\nconfidence = "V"\nsource_url = "https://example.org"'
    file.write_text(file.read_text().replace('basis = "policy"\nconfidence = "policy"', law))

    with pytest.raises(ValueError, match=r"rules\.left is no policy"):
        loading.load(tmp_path / "xx.toml")
