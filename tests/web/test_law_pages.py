"""The pages of the law, and an agency's own policies through their forms."""

import hashlib
from datetime import UTC, datetime

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from legal import gate
from legal.policies.service import own_policies
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from legal.rules.packs.loading import PACKS, all_packs, pack_of
from recobro.cases import service as cases
from recobro.debtors.tables import Debtor
from recobro.law_pages.places import places
from recobro.notices.facts import contact_facts, request_for
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.statements import statements
from tests.support.world import World, make_world

# A Friday, not a holiday, at ten in Mexico City.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
HOURS = {"shape": "hours", "rule": "", "based_on": "0", "channels": ["phone", "email"], "title": "Horas de la casa",
         "mon": "10-14, 16:00-18:00", "tue": "10:00-18:00", "why": "Lo pidió el cliente"}  # fmt: skip


@pytest.fixture
def friday(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


def pages_of(app: Flask, world: World, role: Role = Role.SUPERVISOR) -> Pages:
    return Pages(app, world.principal(role, name="Sofía Prueba"))


def test_the_list_counts_the_rules_of_each_place_by_what_they_rest_on(app: Flask, world: World) -> None:
    page = pages_of(app, world, Role.COLLECTOR).get("/rules")

    links = {link["href"] for link in page.select("a.row-link")}
    assert links == {f"/rules/{pack.id}" for pack in places()}
    assert "Tu lugar" in page.get_text()


@pytest.mark.parametrize("pack_id", sorted(all_packs()))
def test_every_place_says_each_of_its_rules_in_words(app: Flask, world: World, pack_id: str) -> None:
    page = pages_of(app, world).get(f"/rules/{pack_id}?day=2026-11-20")

    text_of_page = page.get_text(" ")
    for rule in all_packs()[pack_id].rules:
        if rule.in_force(datetime(2026, 11, 20, tzinfo=UTC).date()):
            assert rule.title in text_of_page
            assert rule.citation in text_of_page
    for part in ("calendar", "rates", "changes"):
        pages_of(app, world).get(f"/rules/{pack_id}/{part}")


def test_the_law_of_another_day_and_of_one_basis_is_found(app: Flask, world: World) -> None:
    pages = pages_of(app, world)

    before = {row.get_text(" ") for row in pages.get("/rules/co?day=2020-01-01").select("main tbody tr")}
    only = pages.get("/rules/mx?basis=regulator&q=horario").select("main tbody tr")
    nothing = pages.get("/rules/mx?q=nada+de+esto").get_text(" ")

    assert before
    assert not any("co.hours" in row for row in before)
    assert only
    assert all("Autoridad" in row.get_text(" ") for row in only)
    assert "Ninguna regla con estos filtros" in nothing


def test_a_day_that_cannot_be_read_shows_todays_law_and_says_so(app: Flask, world: World) -> None:
    assert "No se entiende el día" in pages_of(app, world).get("/rules/mx?day=nunca").get_text(" ")


def test_months_without_a_rate_are_shown_as_missing(app: Flask, world: World) -> None:
    page = pages_of(app, world).get("/rules/co/rates").get_text(" ")

    assert "Falta: no se calcula" in page
    assert "16.24" in page
    assert "1,750,905.00" in page
    assert "1,750,905.00 %" not in page


def test_the_holidays_of_a_year_are_listed_with_those_of_a_region(app: Flask, world: World) -> None:
    pages = pages_of(app, world)

    assert pages.get("/rules/co/calendar?year=2026").select_one("time[datetime='2026-07-13']")
    country = len(pages.get("/rules/es/calendar?year=2026").select("main tbody tr"))
    region = len(pages.get("/rules/es/calendar?year=2026&region=CT").select("main tbody tr"))
    assert country < region


def test_a_rule_of_several_validities_tells_before_and_after_with_its_day(app: Flask, world: World) -> None:
    page = pages_of(app, world).get("/rules/es/changes")

    rows = [row.get_text(" ") for row in page.select("main tbody tr") if "es.limitation" in row.get_text(" ")]
    assert any("Prescribe en 15 años" in row and "Prescribe en 5 años" in row for row in rows)


def test_the_changes_of_a_place_are_those_to_come_and_those_that_began_latest_first(app: Flask, world: World) -> None:
    page = pages_of(app, world).get("/rules/mx/changes")

    tables = {table.caption.get_text(strip=True): table for table in page.select("main table") if table.caption}
    assert "mx.route.civil_executive_oral" in tables["Lo que viene"].get_text(" ")
    days = [str(time["datetime"]) for time in tables["Lo que empezó a regir"].select("tbody time")]
    assert len(days) == 12
    assert days == sorted(days, reverse=True)
    assert page.select("details table tbody tr")


def test_a_change_says_yes_or_no_and_names_no_field_by_its_code(app: Flask, world: World) -> None:
    page = pages_of(app, world).get("/rules/us-nyc/changes")

    text = page.select_one("main").get_text(" ")  # type: ignore[union-attr]
    assert "alcanza a todas sus deudas: no → sí" in " ".join(text.split())
    assert "Comprobada en parte" in text
    for code in ("True", "False", "every debt", "agreed hours", " policy ", " regulator "):
        assert code not in text


def test_the_texts_of_a_file_that_changed_are_compared_rule_by_rule(
    app: Flask, world: World, database_urls: tuple[str, str]
) -> None:
    digest = keep_text(database_urls[1], "mx", with_other_words("mx"))
    pages = pages_of(app, world)

    listed = pages.get("/rules/mx/changes")
    compared = pages.get(f"/rules/mx/changes?text={digest}").get_text(" ")

    assert listed.select_one(f"a[href*='{digest}']")
    assert "Diferencias" in compared or "Del texto guardado" in compared
    assert "Otras palabras" in compared


def with_other_words(name: str) -> str:
    content = (PACKS / f"{name}.toml").read_text(encoding="utf-8")
    first = next(line for line in content.splitlines() if line.startswith('title = "Horario'))
    return content.replace(first, 'title = "Otras palabras"', 1)


def keep_text(admin_url: str, name: str, content: str) -> str:
    digest = hashlib.sha256(content.encode()).hexdigest()
    with psycopg.connect(admin_url) as admin:
        admin.execute(
            "INSERT INTO law_texts (sha256, name, content) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [digest, name, content],
        )
    return digest


def test_the_pages_of_a_place_ask_the_database_a_few_things_however_many_rules_there_are(
    app: Flask, world: World
) -> None:
    pages = pages_of(app, world)
    pages.get("/rules")

    assert statements_of(pages, "/rules/mx") <= statements_of(pages, "/rules/own") + 1
    assert statements_of(pages, "/rules") <= statements_of(pages, "/rules/mx")


def statements_of(pages: Pages, path: str) -> int:
    with statements() as sent:
        pages.get(path)
    return len(sent)


def test_a_policy_is_shown_before_it_is_kept_and_then_holds(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())
    with friday.at_page_clock():
        pages = pages_of(app, friday)
        shown = pages.post("/rules/own/new", {**HOURS, "step": "look"}).get_text(" ")
        assert "lun 10:00–14:00, 16:00–18:00 · mar 10:00–18:00" in shown
        with friday.work() as work:
            assert own_policies(work).version == 0

        kept = pages.post("/rules/own/new", {**HOURS, "step": "save"}).get_text(" ")

    assert "Horas de la casa" in kept
    assert "Lo pidió el cliente" in kept
    with friday.work() as work:
        decision = gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL))
    assert (decision.verdict, decision.failed[0].rule.title) == (Verdict.WAIT, "Horas de la casa")


@pytest.mark.parametrize(
    ("written", "kind", "parameters", "said"),
    [
        ({"shape": "gap", "days_between": "3", "channels": ["phone"]}, "contact_gap",
         {"days_between": 3, "channels": ["phone"]}, "Al menos 3 días entre un contacto y el siguiente"),
        ({"shape": "registered", "registers": ["redeco"], "channels": ["phone"]}, "registration",
         {"registers": ["redeco"], "unknown": "warn"}, "La agencia está inscrita en"),
        ({"shape": "receiver", "allow": ["creditor"], "channels": ["phone"]}, "payment_receiver",
         {"allow": ["creditor"]}, "El pago lo recibe solo"),
    ],
)  # fmt: skip
def test_a_policy_of_each_other_sort_is_written_kept_and_changed(
    app: Flask, friday: World, written: dict[str, object], kind: str, parameters: dict[str, object], said: str
) -> None:
    empty = {name: "" for name in written if name not in ("shape", "channels")}
    with friday.at_page_clock():
        pages = pages_of(app, friday)
        refused = pages.post("/rules/own/new", {**written, **empty, "why": "Prueba", "step": "save"}, status=422)
        kept = pages.post("/rules/own/new", {**written, "why": "Prueba", "based_on": "0", "step": "save"})
        with friday.work() as work:
            [rule] = own_policies(work).rules
        filled = pages.get(f"/rules/own/new?rule={rule.id}")

    assert {link["href"] for link in refused.select("#errors a")} == {f"#{name}" for name in empty}
    assert (rule.kind, dict(rule.parameters)) == (kind, parameters)
    assert said in kept.get_text(" ")
    for name in empty:
        value = str(written[name][0] if isinstance(written[name], list) else written[name])  # type: ignore[index]
        assert filled.select_one(f"input[name={name}][value='{value}'][checked], input[type=number][value='{value}']")


def test_a_towns_holiday_is_entered_with_its_source_shown_and_asked_of_who_lives_there(
    app: Flask, friday: World
) -> None:
    written = {
        "shape": "town", "towns": "Querétaro, Corregidora", "region": "", "days": "20/11/2026",
        "source": "La Sombra de Arteaga 1, 02-01-2026", "source_url": "https://boletin.example/1",
        "title": "Feria", "channels": ["email", "phone"], "why": "Lo publicó el estado", "based_on": "0",
    }  # fmt: skip
    case_id = friday.case(friday.client(), kind="person")
    with friday.work() as work:
        work.session.scalars(select(Debtor)).one().city = "QUERETARO"
    with friday.at_page_clock():
        pages = pages_of(app, friday)
        wrong = {"towns": "", "region": "Narnia", "source": "", "source_url": "boletin"}
        refused = pages.post("/rules/own/new", {**written, **wrong, "step": "save"}, status=422)
        kept = pages.post("/rules/own/new", {**written, "step": "save"}).get_text(" ")
        with friday.work() as work:
            [rule] = own_policies(work).rules
            facts = contact_facts(gather_one(work, case_id))
            decision = gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL))
        filled = pages.get(f"/rules/own/new?rule={rule.id}")
        calendar = pages.get("/rules/mx/calendar?year=2026")

    assert {link["href"] for link in refused.select("#errors a")} == {f"#{name}" for name in wrong}
    assert dict(rule.parameters) == {
        "country": "MX", "region": None, "towns": ["Querétaro", "Corregidora"], "days": ["2026-11-20"]
    }  # fmt: skip
    assert "No se contacta con quien vive en Querétaro, Corregidora" in kept
    assert filled.select_one("input[name=source]")["value"] == "La Sombra de Arteaga 1, 02-01-2026"  # type: ignore[index]
    assert calendar.select_one("a[href='https://boletin.example/1']")
    assert facts.town == "QUERETARO"
    assert [outcome.rule.id for outcome in decision.failed] == [rule.id]


def test_what_waits_in_the_queue_is_counted_before_a_policy_is_kept(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())
    with friday.work() as work:
        cases.put_in_queue(work, cases.open_case(work, case_id, lock=True), reason="Promesa rota")
    with friday.at_page_clock():
        closes = {"shape": "channel", "channels": ["phone"], "why": "Prueba", "step": "look", "based_on": "0"}
        page = pages_of(app, friday).post("/rules/own/new", closes)

    told = {word.get_text(): value.get_text() for word, value in zip(page.select("dt"), page.select("dd"), strict=True)}
    assert told["Dejan de hacerse"] == "1"
    assert page.select_one(f"a[href='/cases/{case_id}']")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mon": "diez a doce"}, "mon"),
        ({"mon": "", "tue": ""}, "mon"),
        ({"mon": "18-10"}, "mon"),
        ({"channels": []}, "channels"),
        ({"why": ""}, "why"),
        ({"from": "2026-12-31", "to": "2026-12-01"}, "to"),
    ],
)
def test_a_policy_that_cannot_be_read_says_where(
    app: Flask, friday: World, wrong: dict[str, object], field: str
) -> None:
    with friday.at_page_clock():
        page = pages_of(app, friday).post("/rules/own/new", {**HOURS, **wrong, "step": "save"}, status=422)

    assert page.select_one(f"#errors a[href='#{field}']")
    with friday.work() as work:
        assert own_policies(work).version == 0


def test_a_policy_is_changed_and_ended_and_its_history_stays(app: Flask, friday: World) -> None:
    with friday.at_page_clock():
        pages = pages_of(app, friday)
        pages.post("/rules/own/new", {**HOURS, "step": "save"})
        with friday.work() as work:
            [rule] = own_policies(work).rules
        filled = pages.get(f"/rules/own/new?rule={rule.id}")
        field = filled.select_one("#mon")
        assert field is not None
        assert field["value"] == "10:00-14:00, 16:00-18:00"
        pages.post("/rules/own/new", {**HOURS, "rule": rule.id, "based_on": "1", "mon": "11-12", "step": "save"})
        stale = pages.raw("POST", "/rules/own/end", data={
            "csrf_token": pages.csrf(), "rule": rule.id, "why": "Ya no", "based_on": "1"})  # fmt: skip
        ended = pages.post("/rules/own/end", {"rule": rule.id, "why": "Ya no", "based_on": "2"}).get_text(" ")

    assert stale.status_code == 409
    assert "Quita «Horas de la casa»" in ended
    assert "Cambia «Horas de la casa»" in ended
    with friday.work() as work:
        assert own_policies(work).rules == ()
        assert own_policies(work).version == 3


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.LAWYER, Role.ACCOUNTANT])
def test_only_supervision_and_administration_set_policies(app: Flask, world: World, role: Role) -> None:
    pages = pages_of(app, world, role)

    page = pages.get("/rules/own")
    answer = pages.raw("POST", "/rules/own/new", data={**HOURS, "step": "save", "csrf_token": pages.csrf()})

    assert "Supervisión y administración" in page.get_text(" ")
    assert answer.status_code == 403
    with world.work() as work:
        assert own_policies(work).version == 0


def test_a_stacked_place_says_which_file_each_rule_comes_from(app: Flask, world: World) -> None:
    page = pages_of(app, world).get("/rules/mx").get_text(" ")

    pack = pack_of("MX")
    assert [name for name, _ in pack.parts] == ["mx", "house"]
    assert all_packs()["house"].head.name in page
