"""What the gate is told of a call: the zones of the address and of the telephone, and the agency's own line."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from kernel.clock import ManualClock
from legal import gate
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.service import agency_of
from tests.support.world import World, make_world

# Half past seven in the capital, half past five in Tijuana.
DAWN = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(DAWN))


@pytest.mark.parametrize(("phone", "verdict"), [("+524425550142", Verdict.ALLOW), ("+526645550142", Verdict.WAIT)])
def test_a_number_of_tijuana_is_not_called_by_the_clock_of_the_capital(
    world: World, phone: str, verdict: Verdict
) -> None:
    case_id: UUID = world.case(world.client(), kind="person", name="Luis Demo", phone=phone)

    with world.work() as work:
        facts = gather_one(work, case_id)
        assert gate.preview(work, request_for(facts, Channel.PHONE)).verdict is verdict
        assert request_for(facts, Channel.EMAIL).facts.zones == ("America/Mexico_City",)


def test_of_a_line_that_the_agency_has_not_told_nothing_is_assumed(world: World) -> None:
    case_id = world.case(world.client(), kind="person", name="Luis Demo")

    with world.work() as work:
        agency_of(work).phone = ""
        silent = request_for(gather_one(work, case_id), Channel.PHONE).action
        agency_of(work).phone = "+525555550100"
        told = request_for(gather_one(work, case_id), Channel.PHONE).action
    assert (silent.caller_id_withheld, silent.caller_number) == (None, None)
    assert (told.caller_id_withheld, told.caller_number) == (False, "+525555550100")
