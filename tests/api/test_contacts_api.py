"""The dialer's door: cleared contacts with their tokens, and what came of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from kernel.clock import ManualClock
from recobro.api import keys
from recobro.api.openapi import document
from recobro.notices.gathering import gather_one
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(world: World) -> UUID:
    case_id = world.case(world.client(pay_to="client"), kind="person", name="Luis Demo")
    with world.work() as work:
        facts = gather_one(work, case_id)
        facts.client.creditor_type = "financial"
        facts.agency.phone = "+525555550100"
        for point in facts.points:
            point.quality = "verified"
    return case_id


def key(world: World, scopes: tuple[str, ...] = ("contacts.clear",), client_id: UUID | None = None) -> str:
    with world.work() as work:
        return keys.create(work, name="Marcador", client_id=client_id, scopes=scopes)[1]


def post(app: Flask, world: World, given: str, path: str, body: Mapping[str, Any], **headers: str) -> tuple[int, Any]:
    told = {"Authorization": f"Bearer {given}", **headers}
    with world.at_page_clock():
        answer = app.test_client().post(f"/api/v1{path}", json=body, headers=told)
    return answer.status_code, answer.get_json()


def test_a_dialer_asks_for_a_contact_and_tells_what_came_of_it(app: Flask, world: World, case_id: UUID) -> None:
    dialer = key(world)

    status, answer = post(app, world, dialer, "/contacts", {"channel": "phone", "cases": [f"ca_{case_id.hex}"]})

    assert status == 201, answer
    [contact] = answer["data"]
    assert (contact["address"], contact["channel"], contact["debtor"]) == ("+524425550142", "phone", "Luis Demo")
    assert contact["expires_at"] == "2026-11-20T16:05:00+00:00"
    assert contact["pack"]["id"] == "mx"
    assert contact["disclosures"]
    assert all(one["words"] != one["element"] for one in contact["disclosures"])
    told = {"token": contact["token"], "made": True, "connected": True, "conversation": True}
    assert post(app, world, dialer, "/contacts/outcome", told) == (
        200,
        {"object": "outcome", "case": f"ca_{case_id.hex}", "decision": contact["decision"], "outcome": "made",
         "counted": True},
    )  # fmt: skip
    status, refused = post(app, world, dialer, "/contacts/outcome", told)
    assert (status, refused["code"]) == (409, "contacts.token_used")
    status, answer = post(app, world, dialer, "/contacts", {"channel": "phone", "cases": [contact["number"]]})
    assert (status, answer["data"]) == (201, [])
    [one] = answer["refused"]
    assert one["verdict"] == "wait"
    assert one["decision"].startswith("de_")
    assert "already_talked_today" in one["reasons"]
    assert one["until"]


def test_the_same_request_with_its_key_gives_the_same_token_and_counts_once(
    app: Flask, world: World, case_id: UUID
) -> None:
    dialer, body = key(world), {"channel": "phone", "cases": [f"ca_{case_id.hex}"]}

    first, again = (
        post(app, world, dialer, "/contacts", body, **{"Idempotency-Key": "una vez"})[1]["data"] for _ in range(2)
    )

    assert first == again


@pytest.mark.parametrize(("body", "told"), [
    ({"channel": "phone"}, "Di de qué casos"),
    ({"channel": "visit", "queue": True}, "«channel» no toma ese valor"),
    ({"queue": True}, "falta «channel»"),
    ({"channel": "phone", "queue": True, "more": 1}, "no hay un campo «more»"),
    ({"channel": "phone", "queue": True, "minutes": 90}, "«minutes» es 15 o menos"),
    ({"channel": "phone", "queue": True, "limit": 0}, "«limit» es 1 o más"),
])  # fmt: skip
def test_what_is_not_asked_rightly_is_refused_in_words(
    app: Flask, world: World, body: Mapping[str, Any], told: str
) -> None:
    status, answer = post(app, world, key(world), "/contacts", body)

    assert status == 422
    assert told in answer["title"]


@pytest.mark.parametrize(("at", "end"), [("03:58:20", "03:59:59"), ("03:40:20", "03:55:20")])
def test_a_token_ends_with_the_hours_in_which_a_call_may_begin(
    app: Flask, world: World, case_id: UUID, at: str, end: str
) -> None:
    dialer = key(world)
    # Until 22:00 where the debtor is.
    assert isinstance(world.clock, ManualClock)
    world.clock.move_to(datetime.fromisoformat(f"2026-11-21T{at}+00:00"))

    status, answer = post(
        app, world, dialer, "/contacts", {"channel": "phone", "cases": [f"ca_{case_id.hex}"], "minutes": 15}
    )

    assert status == 201, answer
    assert answer["data"][0]["expires_at"] == f"2026-11-21T{end}+00:00"


def test_nobody_is_handed_another_agencys_case_or_a_contact_without_the_scope(
    app: Flask, world: World, case_id: UUID
) -> None:
    body = {"channel": "phone", "cases": [f"ca_{case_id.hex}"]}
    other = make_world("MX", clock=world.clock)

    assert post(app, other, key(other), "/contacts", body)[0] == 404
    assert post(app, world, key(world, ("placements.see",)), "/contacts", body)[0] == 403
    client_id = world.client("otro")
    with pytest.raises(keys.KeyRefused, match="toda la agencia"):
        key(world, client_id=client_id)


def test_the_document_tells_of_contacts_and_their_outcomes() -> None:
    told = document("https://demo.example", "1")

    assert {"/api/v1/contacts", "/api/v1/contacts/outcome"} <= told["paths"].keys()
    assert {"ContactsIn", "ContactsAnswer", "OutcomeIn", "OutcomeAnswer"} <= told["components"]["schemas"].keys()
