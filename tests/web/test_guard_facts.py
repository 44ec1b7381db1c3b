"""What the guardrail says is what this program does: its channels, one opening by the debtor's clock, who set what."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask

from kernel.clock import ManualClock
from legal import gate
from legal.policies.service import set_by, set_policies
from legal.records import service as records
from legal.rules.facts import Channel
from legal.rules.policies import own_rules
from recobro.cases.flags import open_flag
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tenants.work import standing_clock
from tests.support.pages import Pages
from tests.support.world import World, make_world

# Half past one in Madrid: half past six in Mexico, and before the hours of calls.
EARLY = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
CLOSED = {
    "id": "agency.closed_1", "kind": "closed", "title": "Sin llamadas a personas", "basis": "policy",
    "confidence": "policy", "citation": "Acuerdo de la casa", "from": date(2020, 1, 1),
    "checked_on": date(2026, 11, 1), "applies_to": {"channels": ["phone"]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def early() -> Iterator[None]:
    with standing_clock(ManualClock(EARLY)):
        yield


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("ES", clock=ManualClock(EARLY))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(country="MX"), kind="person", name="Luis Demo", country="MX")


def test_the_strip_shows_the_channels_that_this_program_contacts_by(app: Flask, world: World, case_id: UUID) -> None:
    page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/desk/cases/{case_id}")

    channels = " ".join(one.get_text() for one in page.select(".guardrail-channel"))
    assert "Llamada" in channels
    assert "WhatsApp" not in channels
    assert "SMS" not in channels


def test_the_reasons_open_at_one_instant_by_the_debtor_s_clock(app: Flask, world: World, case_id: UUID) -> None:
    page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/cases/{case_id}/why?channel=phone")

    strip = page.select_one(".guardrail-word")
    notes = {note.get_text().strip() for note in page.select(".rule-note") if "Se puede desde" in note.get_text()}
    assert strip is not None
    [note] = notes
    assert note.split()[-1] in strip.get_text()


def test_a_contact_that_may_not_be_made_has_nothing_to_say(world: World, case_id: UUID) -> None:
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No es mía")
        denied = gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL))

    assert (denied.verdict.value, denied.disclosures) == ("deny", ())


def test_an_own_policy_says_who_set_it(app: Flask, world: World, case_id: UUID) -> None:
    with world.work(world.principal(Role.SUPERVISOR, name="Sara Supervisora")) as work:
        set_policies(work, own_rules([CLOSED]), why="Lo pidió el cliente", change="Cierra", based_on=0)
        found = set_by(work, "agency.closed_1")
        assert set_by(work, "house.dispute") is None

    page = Pages(app, world.principal(Role.COLLECTOR)).get(f"/desk/cases/{case_id}")
    assert found == ("Sara Supervisora", EARLY)
    assert "La puso Sara Supervisora" in page.get_text()


def test_the_strip_names_the_case_of_another_client_whose_word_counts_here(
    app: Flask, world: World, case_id: UUID
) -> None:
    there = world.case(world.client("otro", country="MX"), kind="person", name="Luis Demo", country="MX")
    with world.work() as work:
        for one in (case_id, there):
            gather_one(work, one).debtor.tax_id_norm = "FICL800101AB1"
    pages = Pages(app, world.principal(Role.COLLECTOR))
    said = "Cuenta lo dicho por la misma persona en: "
    assert said not in pages.get(f"/desk/cases/{case_id}").text

    with world.work() as work:
        records.stop_channel(
            work, client_id=gather_one(work, there).case.client_id, case_id=there,
            debtor_id=gather_one(work, there).debtor.id, channel=Channel.PHONE, how="page",
        )  # fmt: skip
        number = gather_one(work, there).case.number

    assert said + number in pages.get(f"/desk/cases/{case_id}").text
