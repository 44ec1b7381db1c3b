"""What the story of the demonstration writes down of contact and complaints is taken by the services."""

from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kernel.clock import ManualClock
from legal.records import consents
from recobro.cases import service as cases
from recobro.complaints import queries
from recobro.demo.acts import ACTS
from recobro.demo.cast import Manner
from recobro.demo.stars import STARS, Star
from recobro.demo.telling import Life, Telling
from recobro.demo.world import HOUSES, Stage
from tenants.roles import Role
from tenants.work import standing_clock
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
