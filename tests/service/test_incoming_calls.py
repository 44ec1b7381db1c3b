"""Calls that come in: counted as conversations the person began, heeded, and never as attempts of ours."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.problems import Invalid
from legal import gate
from legal.records.tables import ContactAttempt, Dispute
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel, Purpose
from recobro.cases import service as cases
from recobro.cases.tables import CaseEvent
from recobro.debtors.tables import ContactPoint
from recobro.desk.incoming import Caller, Incoming, note_incoming
from recobro.desk.outcomes import Outcome
from recobro.desk.tables import Call
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(), kind="person", name="Luis Demo")


def note(world: World, case_id: UUID, told: Incoming) -> Call:
    with world.work() as work:
        return note_incoming(work, case_id=case_id, told=told)


def asked(world: World, case_id: UUID, channel: Channel, purpose: Purpose = Purpose.COLLECT) -> Decision:
    with world.work() as work:
        return gate.preview(work, request_for(gather_one(work, case_id), channel, purpose=purpose))


def attempts(world: World) -> list[ContactAttempt]:
    with world.work() as work:
        return list(work.session.scalars(select(ContactAttempt).where(ContactAttempt.agency_id == world.agency_id)))


def test_a_call_that_came_in_is_a_conversation_and_no_attempt_of_ours(world: World, case_id: UUID) -> None:
    with world.work() as work:
        point = next(one for one in gather_one(work, case_id).points if one.channel == "phone")
    told = Incoming(Caller.DEBTOR, at=FRIDAY - timedelta(hours=1), note="Pregunta el saldo", contact_point_id=point.id)

    call = note(world, case_id, told)

    [one] = attempts(world)
    assert (one.incoming, one.conversation, one.channel, one.decision_id) == (True, True, "phone", None)
    assert (call.incoming, call.caller, call.outcome) == (True, "debtor", "right_party")
    with world.work() as work:
        assert work.session.get_one(ContactPoint, (world.agency_id, point.id)).quality == "verified"
        case = cases.open_case(work, case_id)
        assert (case.last_contact_at, case.queue_at) == (FRIDAY - timedelta(hours=1), FRIDAY + timedelta(days=2))
        event = work.session.scalars(select(CaseEvent).where(CaseEvent.ref_id == call.id)).one()
        assert (event.at, event.body) == (FRIDAY - timedelta(hours=1), "Pregunta el saldo")
    assert [one.incoming for one in asked(world, case_id, Channel.PHONE).facts.previous] == [True]


def test_after_the_person_called_the_days_of_quiet_begin_and_the_cap_stays_whole(world: World, case_id: UUID) -> None:
    with world.work() as work:
        debtor = gather_one(work, case_id).debtor
        debtor.country, debtor.region, debtor.time_zone = "US", "TX", "America/Chicago"
    before = {outcome.code for outcome in asked(world, case_id, Channel.PHONE).failed}

    note(world, case_id, Incoming(Caller.DEBTOR))

    after = asked(world, case_id, Channel.PHONE)
    assert "after_conversation" in {outcome.code for outcome in after.failed} - before


def test_what_the_caller_asks_for_is_heeded(world: World, case_id: UUID) -> None:
    note(world, case_id, Incoming(Caller.REPRESENTATIVE, name="Ana Prueba", stop="phone", answer_by=Channel.EMAIL))

    assert asked(world, case_id, Channel.PHONE).verdict is Verdict.DENY
    with world.work() as work:
        facts = gather_one(work, case_id).standing
        assert [one.channel for one in facts.opt_outs] == [Channel.PHONE]
        assert [one.channel for one in facts.requests] == [Channel.EMAIL]


def test_another_person_who_calls_agrees_to_nothing_and_is_not_counted(world: World, case_id: UUID) -> None:
    call = note(world, case_id, Incoming(Caller.OTHER, name="Una vecina", note="Pregunta quién la llamó"))

    assert (call.outcome, attempts(world)) == ("third_party", [])
    with pytest.raises(Invalid, match="no vale por el deudor"):
        note(world, case_id, Incoming(Caller.OTHER, stop="all"))


def test_a_debt_contested_on_the_telephone_has_its_dispute_by_word(world: World, case_id: UUID) -> None:
    note(world, case_id, Incoming(Caller.DEBTOR, Outcome.DISPUTES, note="No recibió la mercancía"))

    with world.work() as work:
        dispute = work.session.scalars(select(Dispute).where(Dispute.agency_id == world.agency_id)).one()
        assert (dispute.medium, dispute.received_on, dispute.words) == (
            "oral", date(2026, 11, 20), "No recibió la mercancía"
        )  # fmt: skip
    assert "dispute_hold" in {one.code for one in asked(world, case_id, Channel.EMAIL).failed}


@pytest.mark.parametrize("at", [FRIDAY + timedelta(minutes=1), FRIDAY - timedelta(days=31)])
def test_a_call_of_another_time_is_refused(world: World, case_id: UUID, at: datetime) -> None:
    with pytest.raises(Invalid, match="últimos 30 días"):
        note(world, case_id, Incoming(Caller.DEBTOR, at=at))
