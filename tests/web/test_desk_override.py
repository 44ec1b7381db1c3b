"""A supervisor sets aside policies on the desk one by one; nobody those that protect a person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from legal.records.tables import DecisionRecord
from recobro.cases.flags import open_flag
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tenants.work import standing_clock
from tests.support.pages import Pages
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with standing_clock(ManualClock(FRIDAY)):
        yield


def calling(
    supervisor: Pages, world: World, case_id: UUID, rules: list[str], status: int = 200
) -> list[DecisionRecord]:
    """The decisions at the moment of calling, once a supervisor calls with these boxes ticked."""
    told = {"override_reason": "Lo pidió el deudor", "override_rule": rules}
    supervisor.post(f"/desk/cases/{case_id}/call", told, status=status)
    with world.work() as work:
        return list(
            work.session.scalars(
                select(DecisionRecord)
                .where(DecisionRecord.agency_id == world.agency_id, DecisionRecord.moment == "sending")
                .order_by(DecisionRecord.at)
            )
        )


def boxes(supervisor: Pages, case_id: UUID) -> list[str]:
    page = supervisor.get(f"/desk/cases/{case_id}")
    return [str(box["value"]) for box in page.select("input[name=override_rule]")]


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(), kind="person", name="Luis Demo")


@pytest.fixture
def supervisor(app: Flask, world: World) -> Pages:
    return Pages(app, world.principal(Role.SUPERVISOR))


def dispute(world: World, case_id: UUID) -> None:
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="Lo dijo el cliente")


def test_each_policy_is_a_box_of_its_own_and_the_ticked_ones_are_kept(
    supervisor: Pages, world: World, case_id: UUID
) -> None:
    dispute(world, case_id)

    assert boxes(supervisor, case_id) == ["house.dispute"]
    [decision] = calling(supervisor, world, case_id, ["house.dispute"])
    assert (decision.verdict, decision.overridden) == ("allow", ["house.dispute"])


def test_without_a_ticked_policy_nothing_is_set_aside(supervisor: Pages, world: World, case_id: UUID) -> None:
    dispute(world, case_id)

    assert calling(supervisor, world, case_id, [], status=422) == []


def test_what_protects_a_person_has_no_box_and_cannot_be_named(supervisor: Pages, world: World, case_id: UUID) -> None:
    with world.work() as work:
        gather_one(work, case_id).debtor.birth_year = 2015

    assert boxes(supervisor, case_id) == []
    assert calling(supervisor, world, case_id, ["house.minor"], status=422) == []
