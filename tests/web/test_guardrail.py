"""The guardrail on the desk and on a case: each channel with its verdict, the rules that decide and where they lead."""

import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from kernel.clock import ManualClock
from legal.policies.service import set_policies
from legal.rules.policies import own_rules
from recobro.cases.flags import open_flag
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world

# A Friday, not a holiday: ten in the morning, and eleven at night, in Mexico City.
MORNING, NIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC), datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture
def friday(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(MORNING))


def shown(app: Flask, world: World, path: str, role: Role = Role.SUPERVISOR) -> BeautifulSoup:
    with world.at_page_clock():
        return Pages(app, world.principal(role)).get(path)


def strip(page: BeautifulSoup) -> dict[str, str]:
    """What the strip says of each channel."""
    told = [one.get_text(" ", strip=True).split(": ") for one in page.select("#guardrail .guardrail-channel")]
    return {label: word.strip() for label, word in told}


def case_paths(case_id: UUID) -> tuple[str, str]:
    return f"/desk/cases/{case_id}", f"/cases/{case_id}"


def test_an_allowed_contact_is_told_for_each_channel_on_desk_and_case(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())

    for path in case_paths(case_id):
        page = shown(app, friday, path)
        assert page.select_one(".guardrail-allow")
        assert strip(page) == dict.fromkeys(("Llamada", "Correo", "Carta"), "ahora")
        assert len(page.select("#guard-why .why-channel")) == 3


def test_at_night_the_wait_is_told_by_the_debtors_clock_and_the_agencys(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client(country="ES"), country="ES")

    page = shown(app, friday, f"/cases/{case_id}")  # five in the afternoon in Madrid
    assert page.select_one(".guardrail-allow")
    assert isinstance(friday.clock, ManualClock)
    friday.clock.at = NIGHT
    page = shown(app, friday, f"/cases/{case_id}")  # six in the morning in Madrid, on a Saturday

    assert page.select_one(".guardrail-wait")
    said = " ".join(page.select("#guard-why .why-channel")[0].get_text(" ").split())
    assert "Hora del deudor: 23 nov 09:00" in said
    assert "hora de tu agencia: 23 nov 02:00" in said
    link = page.select_one("#guard-why .rule-list a[href^='http']")
    assert link is not None
    assert strip(page)["Carta"] == "ahora"


def test_a_denied_contact_names_the_rule_and_the_agencys_own_policy(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())
    closed = own_rules([{
        "id": "agency.no_letters", "kind": "closed", "title": "Sin cartas", "from": "2026-01-01",
        "basis": "policy", "confidence": "policy", "citation": "Política de Despacho Ejemplo",
        "checked_on": "2026-01-01", "applies_to": {"channels": ["letter"]},
    }])  # fmt: skip
    with friday.work(friday.principal(Role.SUPERVISOR)) as work:
        set_policies(work, closed, why="Prueba", change="Cierra", based_on=0)
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")

    page = shown(app, friday, f"/cases/{case_id}")

    assert page.select_one(".guardrail-deny")
    assert strip(page)["Carta"] == "no se permite"
    by_letter = next(one for one in page.select(".why-channel") if one.find("h3", string="Carta"))
    assert "Sin cartas" in by_letter.get_text(" ")
    assert "Política de Despacho Ejemplo" in by_letter.get_text(" ")


@pytest.mark.parametrize(
    ("kind", "label", "said"),
    [
        ("breathing_space", "Tregua legal", "El deudor está en una moratoria legal"),
        ("pleads_barred", "Alega prescripción", "El deudor dijo que no pagará porque la deuda prescribió"),
    ],
)
def test_a_flag_that_supervision_raises_shows_its_effect_and_is_ended(
    app: Flask, friday: World, kind: str, label: str, said: str
) -> None:
    case_id = friday.case(friday.client())
    collector, pages = (Pages(app, friday.principal(role)) for role in (Role.COLLECTOR, Role.SUPERVISOR))
    told = {"kind": kind, "reason": "Carta del 18", "since": "18/11", "file": (io.BytesIO(b"%PDF-1.7"), "carta.pdf")}
    with friday.at_page_clock():
        refused = collector.raw("POST", f"/cases/{case_id}/flags", data={"kind": kind, "csrf_token": collector.csrf()})
        page = pages.post(f"/cases/{case_id}/flags", told, content_type="multipart/form-data")
        proof = page.find("a", string="Constancia")
        assert proof is not None
        assert pages.raw("GET", str(proof["href"])).data == b"%PDF-1.7"
        close = page.select_one(f"form[action^='/cases/{case_id}/flags/']")
        assert close is not None
        ended = pages.post(str(close["action"]), {"outcome": "Revisado"})

    assert refused.status_code == 403
    assert label in page.get_text(" ")
    assert "desde" in page.get_text(" ")
    assert page.select_one(".guardrail-deny")
    assert said in page.select("#guard-why")[0].get_text(" ")
    assert not ended.select_one(".guardrail-deny")


def test_a_channel_without_a_contact_point_says_so(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client(), phone="")

    told = strip(shown(app, friday, f"/cases/{case_id}"))

    assert told["Llamada"] == "sin dato"
    assert told["Correo"] == "ahora"


def test_what_an_email_must_say_stands_with_its_channel(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())

    page = shown(app, friday, f"/cases/{case_id}")

    by_email = next(one for one in page.select(".why-channel") if one.find("h3", string="Correo"))
    assert "Tiene que decir: quién escribe" in " ".join(by_email.get_text(" ").split())


def test_why_lists_every_rule_of_one_channel_with_what_it_looked_at(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())

    page = shown(app, friday, f"/cases/{case_id}/why?channel=email")

    text = page.get_text(" ")
    assert "Correo" in text
    assert "house.attempts_per_day" in text
    assert "máximo: 3" in text
    assert page.select_one("details summary")
    decisions = page.select_one("a[href^='/decisions?case=']")
    assert decisions is not None
    assert shown(app, friday, decisions["href"])  # type: ignore[arg-type]


def test_a_collector_sees_why_and_is_not_led_where_they_may_not_go(app: Flask, friday: World) -> None:
    case_id = friday.case(friday.client())

    page = shown(app, friday, f"/desk/cases/{case_id}", Role.COLLECTOR)

    assert page.select_one("#guard-why")
    assert not page.select("a[href^='/decisions?']")


def test_another_agencys_case_is_not_explained(app: Flask, friday: World) -> None:
    other = make_world("MX", clock=ManualClock(MORNING))
    case_id = other.case(other.client())

    with friday.at_page_clock():
        Pages(app, friday.principal(Role.SUPERVISOR)).get(f"/cases/{case_id}/why", status=404)
