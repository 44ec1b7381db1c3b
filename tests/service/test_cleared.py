"""Contacts handed out to another system: what a token lets it do, once and in time, and what counts if it does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from kernel.clock import ManualClock
from kernel.problems import Invalid, NotFound
from legal import gate
from legal.evidence.replay import Standing, replay
from legal.records.tables import ContactAttempt, DecisionRecord
from legal.rules.facts import Channel
from recobro.cases.flags import open_flag
from recobro.cases.tables import Case, CaseEvent
from recobro.cleared import service
from recobro.cleared.service import Came, Handed, TokenLate, TokenUnknown, TokenUsed, Wanted
from recobro.cleared.tables import ContactToken
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from recobro.strategies import service as strategies
from tests.support.statements import statements
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(), kind="person", name="Luis Demo")


def hand_out(world: World, *case_ids: UUID, channel: Channel = Channel.PHONE, **more: Any) -> Handed:
    with world.work() as work:
        return service.hand_out(work, Wanted(channel, case_ids, **more))


def token(world: World, case_id: UUID, **more: Any) -> str:
    [one] = hand_out(world, case_id, **more).cleared
    return one.token


def take_back(world: World, given: str, came: Came) -> ContactToken:
    with world.work() as work:
        return service.take_back(work, given, came)


def pass_time(world: World, span: timedelta) -> datetime:
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(span)
    return world.clock.now()


def counted(world: World) -> list[ContactAttempt]:
    with world.work() as work:
        query = select(ContactAttempt).where(
            ContactAttempt.agency_id == world.agency_id, ContactAttempt.voided_at.is_(None)
        )
        return list(work.session.scalars(query.order_by(ContactAttempt.at, ContactAttempt.id)))


def decisions(world: World) -> list[DecisionRecord]:
    with world.work() as work:
        query = select(DecisionRecord).where(DecisionRecord.agency_id == world.agency_id)
        return list(work.session.scalars(query.order_by(DecisionRecord.id)))


def test_a_cleared_contact_counts_when_its_token_is_issued(world: World, case_id: UUID) -> None:
    [one] = hand_out(world, case_id).cleared

    assert (one.point.value, one.row.expires_at) == ("+524425550142", FRIDAY + timedelta(minutes=5))
    assert one.decision.verdict == "allow"
    assert [attempt.id for attempt in counted(world)] == [one.row.attempt_id]
    with world.work() as work:
        kept = work.session.scalars(select(ContactToken).where(ContactToken.agency_id == world.agency_id)).one()
        assert one.token not in {str(getattr(kept, column.name)) for column in ContactToken.__table__.columns}


def test_a_contact_that_was_not_made_no_longer_counts(world: World, case_id: UUID) -> None:
    given = token(world, case_id)

    assert take_back(world, given, Came(made=False)).outcome == "not_made"
    assert counted(world) == []


def test_a_conversation_counts_as_one_and_the_history_says_it(world: World, case_id: UUID) -> None:
    given = token(world, case_id)
    began = pass_time(world, timedelta(minutes=2))
    ended = pass_time(world, timedelta(minutes=20))

    take_back(world, given, Came(True, connected=True, conversation=True, started_at=began, ended_at=ended))

    [attempt] = counted(world)
    assert (attempt.conversation, attempt.connected) == (True, True)
    with world.work() as work:
        assert gate.preview(work, request_for(gather_one(work, case_id), Channel.PHONE)).failed[0].code == (
            "already_talked_today"
        )
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.case_id == case_id)).all()
        assert "Otro sistema contactó: hubo conversación" in titles


def test_a_number_that_was_not_reached_is_kept_as_such(world: World, case_id: UUID) -> None:
    take_back(world, token(world, case_id), Came(True, connected=False))

    [attempt] = counted(world)
    assert (attempt.connected, attempt.conversation) == (False, False)


def test_a_token_that_never_comes_back_counts_as_an_attempt_and_as_a_conversation(world: World, case_id: UUID) -> None:
    token(world, case_id)
    pass_time(world, timedelta(hours=2))

    refused = hand_out(world, case_id).refused

    assert [(attempt.conversation, attempt.voided_at) for attempt in counted(world)] == [(True, None)]
    assert [(one.verdict, one.reasons) for one in refused] == [("wait", ("already_talked_today",))]


def test_unanswered_calls_count_as_attempts_once_their_tokens_say_so(world: World, case_id: UUID) -> None:
    for _ in range(3):
        take_back(world, token(world, case_id), Came(True, connected=True, conversation=False))
    pass_time(world, timedelta(hours=2))

    refused = hand_out(world, case_id).refused

    assert [attempt.conversation for attempt in counted(world)] == [False] * 3
    assert [(one.verdict, one.until is not None) for one in refused] == [("wait", True)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contact_attempts SET at = at - interval '30 days'",
        "UPDATE contact_attempts SET channel = 'letter'",
        "UPDATE contact_attempts SET decision_id = NULL",
        "DELETE FROM contact_attempts",
        "UPDATE contact_tokens SET expires_at = expires_at + interval '9 days'",
        "UPDATE contact_tokens SET issued_at = issued_at - interval '9 days'",
    ],
)
def test_what_limits_rest_on_is_not_rewritten_by_the_program(world: World, case_id: UUID, change: str) -> None:
    hand_out(world, case_id)
    with pytest.raises(ProgrammingError, match="permission denied"), world.work() as work:
        work.session.execute(text(change))


def test_what_was_settled_stays_settled(world: World, case_id: UUID) -> None:
    take_back(world, token(world, case_id), Came(made=False))
    for change in (
        "UPDATE contact_tokens SET returned_at = NULL, outcome = ''",
        "UPDATE contact_attempts SET voided_at = NULL",
    ):
        with pytest.raises(IntegrityError), world.work() as work:
            work.session.execute(text(change))


def test_a_token_used_twice_is_refused(world: World, case_id: UUID) -> None:
    given = token(world, case_id)
    take_back(world, given, Came(True, conversation=True))

    with pytest.raises(TokenUsed, match="una sola vez"):
        take_back(world, given, Came(made=False))
    assert len(counted(world)) == 1


@pytest.mark.parametrize("came", [Came(made=False), Came(made=True)])
def test_a_token_that_comes_back_late_is_refused_and_counts(world: World, case_id: UUID, came: Came) -> None:
    given = token(world, case_id, minutes=3)
    pass_time(world, timedelta(minutes=3, seconds=1))

    with pytest.raises(TokenLate, match="cuenta como hecho"):
        take_back(world, given, came)
    assert len(counted(world)) == 1


def test_what_began_in_time_may_be_told_later_and_not_for_ever(world: World, case_id: UUID) -> None:
    another = world.case(world.client("otro"), kind="person", name="Elena Demo", email="elena@demo.example")
    first, second = token(world, case_id), token(world, another)
    began = pass_time(world, timedelta(minutes=4))
    ended = pass_time(world, timedelta(minutes=50))
    take_back(world, first, Came(True, True, True, began, ended))

    pass_time(world, timedelta(hours=4))
    with pytest.raises(TokenLate):
        take_back(world, second, Came(True, True, True, began, ended))


@pytest.mark.parametrize(
    "came",
    [
        Came(made=False, conversation=True),
        Came(made=True, connected=False, conversation=True),
        Came(made=False, started_at=FRIDAY),
        Came(made=True, started_at=FRIDAY - timedelta(hours=1)),
        Came(made=True, started_at=FRIDAY, ended_at=FRIDAY + timedelta(hours=1)),
        Came(made=True, started_at=FRIDAY, ended_at=FRIDAY - timedelta(minutes=2)),
    ],
)
def test_what_cannot_be_is_refused_and_the_token_stays(world: World, case_id: UUID, came: Came) -> None:
    given = token(world, case_id)

    with pytest.raises(Invalid):
        take_back(world, given, came)
    take_back(world, given, Came(made=True))


def test_an_unknown_token_and_another_agencys_are_the_same(world: World, case_id: UUID) -> None:
    given = token(world, case_id)

    with pytest.raises(TokenUnknown):
        take_back(world, "ct_unknown", Came(made=True))
    with pytest.raises(TokenUnknown):
        take_back(make_world("MX", clock=world.clock), given, Came(made=True))


def test_refused_cases_say_why_and_until_when(world: World, case_id: UUID) -> None:
    silent = world.case(world.client("otro"), email="", phone="", name="Ana Prueba", kind="person")
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")

    handed = hand_out(world, case_id, silent)

    assert handed.cleared == []
    [kept] = decisions(world)
    assert (kept.case_id, kept.moment, kept.verdict) == (case_id, "planned", "deny")
    assert {one.case.case.id: one.decision_id for one in handed.refused} == {case_id: kept.id, silent: None}
    with world.work() as work:
        assert replay(work, kept.id).standing is Standing.SAME
    assert {one.case.case.id: one.reasons for one in handed.refused} == {
        case_id: ("dispute_hold",),
        silent: ("no_contact_point",),
    }
    assert counted(world) == []


def test_many_refusals_are_kept_by_one_statement_and_what_is_cleared_is_kept_once(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, kind="person", name=f"Persona {n}", email=f"p{n}@demo.example") for n in range(9)]
    with world.work() as work:
        for one in ids[1:]:
            open_flag(work, case_id=one, kind="hold", reason="Pausa")
    with statements() as sent:
        handed = hand_out(world, *ids)

    seen = [statement for statement in sent if statement.startswith("INSERT INTO decisions")]
    assert (len(handed.cleared), len(handed.refused), len(seen)) == (1, 8, 2)
    assert [one.moment for one in decisions(world)].count("planned") == 8
    assert {one.verdict for one in decisions(world) if one.moment == "sending"} == {"allow"}


def test_the_same_refusal_is_kept_once_in_an_hour_and_another_one_anew(world: World, case_id: UUID) -> None:
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
    [first] = hand_out(world, case_id).refused
    pass_time(world, timedelta(minutes=20))
    [again] = hand_out(world, case_id).refused
    [by_text] = hand_out(world, case_id, channel=Channel.SMS).refused
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="hold", reason="Pausa")
    [changed] = hand_out(world, case_id).refused
    pass_time(world, timedelta(hours=1))
    [later] = hand_out(world, case_id).refused

    assert again.decision_id == first.decision_id
    kept = [first.decision_id, by_text.decision_id, changed.decision_id, later.decision_id]
    assert [one.id for one in decisions(world)] == kept


def test_the_queue_and_a_strategy_give_their_cases_in_order(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, kind="person", name=f"Persona {n}", email=f"p{n}@demo.example") for n in range(3)]
    with world.work() as work:
        for priority, one in enumerate(ids):
            case = work.session.get_one(Case, (world.agency_id, one))
            case.queue_at, case.queue_priority = work.now(), priority
        strategies.start(work, ids[:2])

    queued = hand_out(world, queue=True, limit=2)
    for handed in queued.cleared:
        take_back(world, handed.token, Came(True, connected=False))
    followed = hand_out(world, strategy="default")

    assert [one.row.case_id for one in queued.cleared] == [ids[2], ids[1]]
    assert {one.row.case_id for one in followed.cleared} == set(ids[:2])
    with pytest.raises(NotFound, match="otra"):
        hand_out(world, strategy="otra")


def test_cases_that_are_out_of_work_are_refused_by_name(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, name=f"Persona {n}", email=f"p{n}@demo.example") for n in range(3)]
    with world.work() as work:
        closed, sued, paid = (work.session.get_one(Case, (world.agency_id, one)) for one in ids)
        closed.stage, closed.close_code, sued.stage, paid.balance = "closed", "paid", "legal", 0

    handed = hand_out(world, *ids)

    told = {one.case.case.id: one.reasons for one in handed.refused}
    assert told == dict(zip(ids, [("case_closed",), ("case_in_court",), ("nothing_owed",)], strict=True))
    with pytest.raises(Invalid, match="otro cliente"):
        hand_out(world, *ids, client_id=world.client("otro"))


def test_the_history_of_a_case_tells_of_every_token(world: World, case_id: UUID) -> None:
    take_back(world, token(world, case_id), Came(made=False))
    with world.work() as work:
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.case_id == case_id)).all()

    assert "Otro sistema recibió permiso para contactar: cuenta desde ahora" in titles
    assert "Otro sistema devolvió el permiso sin contactar: no cuenta" in titles


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(Channel.PHONE),
        Wanted(Channel.PHONE, queue=True, strategy="default"),
        Wanted(Channel.VISIT, queue=True),
        Wanted(Channel.PHONE, queue=True, minutes=16),
        Wanted(Channel.PHONE, queue=True, limit=101),
    ],
)
def test_what_is_not_asked_rightly_is_refused(world: World, wanted: Wanted) -> None:
    with world.work() as work, pytest.raises(Invalid):
        service.hand_out(work, wanted)


def test_two_who_ask_at_once_for_one_person_share_what_is_still_permitted(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, kind="person", name=f"Luis Demo {n}", email=f"l{n}@demo.example") for n in range(2)]
    with world.work() as work:
        for one in ids:
            gather_one(work, one).debtor.tax_id_norm = "DELL800101AB1"

    def ask(_: int) -> int:
        return len(hand_out(world, *ids).cleared)

    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(ask, range(4)))
    # Nobody knows yet that the first was no conversation, and one in a day is enough.
    assert sum(given) == len(counted(world)) == 1
    with world.work() as work:
        tokens = select(func.count()).select_from(ContactToken).where(ContactToken.agency_id == world.agency_id)
        assert work.session.scalar(tokens) == 1
