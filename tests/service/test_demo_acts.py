"""What the story of the demonstration writes down of contact and complaints is taken by the services."""

from datetime import datetime
from random import Random
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from kernel.clock import ManualClock
from legal import gate
from legal.records import consents
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.cases import service as cases
from recobro.complaints import queries
from recobro.demo.acts import ACTS
from recobro.demo.cast import Manner
from recobro.demo.stars import STARS, Star
from recobro.demo.telling import LAST, LAST_HOUR, LAST_MINUTE, Life, Telling
from recobro.demo.world import HOUSES, Stage
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tenants.work import standing_clock, tenant_work
from tests.service.test_intake import wired as wired
from tests.support.world import make_world

NEW = ("consent", "lawyer", "complain", "reply")
TOLD = [(slug, star) for slug, stars in STARS.items() for star in stars if any(s.act in NEW for s in star.scenes)]


@pytest.mark.usefixtures("wired")
@pytest.mark.parametrize(("slug", "star"), TOLD, ids=[star.name for _, star in TOLD])
def test_each_scene_can_be_played(database_urls: object, slug: str, star: Star) -> None:
    house = next(house for house in HOUSES if house.slug == slug)
    world = make_world({"demo": "MX", "recobros": "ES"}.get(slug, "MX"), clock=ManualClock())
    case_id = world.case(world.client(), kind=star.kind)
    people = {star.collector: world.principal(Role.COLLECTOR)}
    supervisor = world.principal(Role.SUPERVISOR)
    people |= {login: supervisor for login, _, role, _ in house.people if role is Role.SUPERVISOR}
    clock = ManualClock()
    telling = Telling(Stage(house, world.agency_id, people=people), clock=clock)
    nobody: Any = None  # what these acts do not ask for
    life = Life(case_id, "", nobody, Manner.SCRIPTED, star.placed_on, Random(1), star.collector)

    with standing_clock(clock):
        for scene in star.scenes:
            if scene.act in NEW:
                clock.move_to(datetime(scene.on.year, scene.on.month, scene.on.day, *scene.at,
                                       tzinfo=ZoneInfo(house.zone)))  # fmt: skip
                ACTS[scene.act](telling, life, **scene.what)

        with world.work() as work:
            kept = len(consents.ledger(work, cases.open_case(work, case_id).debtor_id))
            kept += sum(len(queries.history(work, row.id)) for row in queries.of_case(work, case_id))
    assert kept >= sum(scene.act in NEW for scene in star.scenes)


@pytest.mark.usefixtures("wired")
@pytest.mark.parametrize(
    ("name", "verdict", "rule"),
    [
        ("Elvira Supuesta Cárdenas", Verdict.WAIT, "co.once_a_day"),
        ("Ramiro Maqueta Quintero", Verdict.DENY, "co.opt_out"),
    ],
)
def test_the_last_morning_has_a_case_that_waits_and_one_that_is_denied_by_law(
    database_urls: object, name: str, verdict: Verdict, rule: str
) -> None:
    star = next(star for star in STARS["demo"] if star.name == name)
    house = next(house for house in HOUSES if house.slug == "demo")
    world = make_world("MX", clock=ManualClock())
    case_id = world.case(world.client(country="CO"), name=name, kind="person", country="CO")
    clock, nobody = ManualClock(), cast(Any, None)
    people = {star.collector: world.principal(Role.COLLECTOR)}
    telling = Telling(Stage(house, world.agency_id, people=people), clock=clock)
    life = Life(case_id, "", nobody, Manner.SCRIPTED, star.placed_on, Random(1), star.collector)

    with standing_clock(clock):
        for scene in star.scenes:
            if scene.act in ("consent", "call"):
                telling.at(scene.on, *scene.at)
                ACTS[scene.act](telling, life, **scene.what)
        telling.at(LAST, LAST_HOUR, LAST_MINUTE)
        with tenant_work(people[star.collector]) as work:
            found = gate.preview(work, request_for(gather_one(work, case_id), Channel.PHONE))

    assert found.verdict is verdict
    assert [(one.rule.id, one.rule.basis.value) for one in found.failed if one.rule.id == rule] == [(rule, "law")]
    assert all(one.rule.basis.value != "policy" for one in found.failed[:1])
