"""A call that was made although the rules refused it: noted, counted, and told as a breach with the refusal kept."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from legal import gate
from legal.gate import Denied, Held
from legal.records.tables import ContactAttempt, DecisionRecord
from legal.rules.facts import Channel
from recobro.cases.tables import CaseEvent
from recobro.desk import service as desk
from recobro.desk.outcomes import Outcome
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.audit import AuditRow
from tests.support.world import World, make_world

MIDNIGHT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(MIDNIGHT))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(), kind="person", name="Luis Demo")


def move_to(world: World, at: datetime) -> None:
    assert isinstance(world.clock, ManualClock)
    world.clock.move_to(at)


def test_a_call_made_in_the_night_is_an_attempt_with_its_refusal_as_evidence(world: World, case_id: UUID) -> None:
    with world.work() as work:
        call = desk.record_outcome(work, case_id=case_id, outcome=Outcome.RIGHT_PARTY, note="Le llamó de su casa")
        assert desk.is_breach(work, call)

    with world.work() as work:
        attempt = work.session.scalars(
            select(ContactAttempt).where(ContactAttempt.agency_id == world.agency_id, ContactAttempt.case_id == case_id)
        ).one()
        decision = work.session.get_one(DecisionRecord, (world.agency_id, attempt.decision_id))
        told = work.session.scalars(
            select(CaseEvent.title).where(CaseEvent.agency_id == world.agency_id, CaseEvent.case_id == case_id)
        ).all()
        said = work.session.scalars(select(AuditRow.action).where(AuditRow.agency_id == world.agency_id)).all()
    assert (attempt.conversation, attempt.at, attempt.voided_at) == (True, MIDNIGHT, None)
    assert (decision.verdict, decision.moment, call.outcome) == ("wait", "sending", "right_party")
    assert desk.BREACH in told
    assert "contacts.breach" in said


def test_it_counts_as_much_as_a_call_with_leave(world: World, case_id: UUID) -> None:
    with world.work() as work:
        desk.record_outcome(work, case_id=case_id, outcome=Outcome.NO_ANSWER)
    move_to(world, MORNING)

    with world.work() as work:
        seen = gate.preview(work, request_for(gather_one(work, case_id), Channel.PHONE)).facts.previous
    assert [(one.channel.value, one.connected) for one in seen] == [("phone", True)]


def test_what_was_asked_first_and_refused_makes_no_attempt(world: World, case_id: UUID) -> None:
    with world.work() as work, pytest.raises((Denied, Held)):
        desk.start_call(work, case_id=case_id)

    with world.work() as work:
        assert (
            work.session.scalars(select(ContactAttempt).where(ContactAttempt.agency_id == world.agency_id)).all() == []
        )


def test_a_call_with_leave_is_no_breach(world: World, case_id: UUID) -> None:
    move_to(world, MORNING)

    with world.work() as work:
        assert not desk.is_breach(work, desk.record_outcome(work, case_id=case_id, outcome=Outcome.VOICEMAIL))
