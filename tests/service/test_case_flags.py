"""A breathing space and a plea that the debt is barred: raised with their day and proof, heeded, ended."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.problems import Conflict, Invalid
from legal import gate
from legal.records.tables import Dispute
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel, Purpose
from recobro.cases import flags, service
from recobro.cases.flags import Grounds
from recobro.cases.tables import CaseFlag
from recobro.files import read_file
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one, gather_rows
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
PAPER = b"%PDF-1.7 tregua"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client())


def asked(world: World, case_id: UUID, purpose: Purpose = Purpose.COLLECT) -> Decision:
    with world.work() as work:
        return gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL, purpose=purpose))


def raised(world: World, case_id: UUID, kind: str, **more: object) -> UUID:
    with world.work() as work:
        return flags.open_flag(work, case_id=case_id, kind=kind, reason="Lo dijo por carta", **more)  # type: ignore[arg-type]


def move_to(world: World, year: int, month: int, day: int, hour: int) -> None:
    clock = world.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(datetime(year, month, day, hour, tzinfo=UTC))


def test_in_a_breathing_space_nobody_collects_until_its_last_day_is_over(world: World, case_id: UUID) -> None:
    with world.work() as work:
        service.put_in_queue(work, service.open_case(work, case_id, lock=True), reason="Promesa rota")
    since = Grounds(date(2026, 11, 18), ("tregua.pdf", PAPER))
    flag_id = raised(world, case_id, "breathing_space", expires_on=date(2026, 11, 24), grounds=since)

    decision = asked(world, case_id)

    assert (decision.verdict, [one.code for one in decision.failed]) == (Verdict.WAIT, ["breathing_space"])
    assert decision.until == datetime(2026, 11, 25, 13, 0, tzinfo=UTC), "the next morning where the debtor lives"
    assert asked(world, case_id, Purpose.RECEIPT).verdict is Verdict.ALLOW
    with world.work() as work:
        flag = work.session.get_one(CaseFlag, (world.agency_id, flag_id))
        assert flag.since == date(2026, 11, 18)
        assert flag.evidence_file_id is not None
        assert read_file(work, flag.evidence_file_id)[1] == PAPER
        case = service.open_case(work, case_id)
        assert case.queue_at is None
        [in_sets] = gather_rows(work, [case]).values()
        assert [one.kind for one in in_sets.flags] == ["breathing_space"]

    move_to(world, 2026, 11, 25, 16)
    with world.work() as work:
        assert flags.expire_flags(work, today=date(2026, 11, 25)) >= 1
    assert asked(world, case_id).verdict is Verdict.ALLOW
    with world.work() as work:
        assert service.open_case(work, case_id).queue_at is not None, "a person looks first"


def test_who_pleads_that_the_debt_is_barred_is_left_alone_until_a_lawyer_has_looked(
    world: World, case_id: UUID
) -> None:
    flag_id = raised(world, case_id, "pleads_barred")

    decision = asked(world, case_id)

    assert (decision.verdict, [one.code for one in decision.failed]) == (Verdict.DENY, ["pleads_barred"])
    with world.work() as work:
        assert service.open_case(work, case_id).queue_reason == flags.PLEADED
        assert work.session.get_one(CaseFlag, (world.agency_id, flag_id)).since == date(2026, 11, 20)
        flags.close_flag(work, flag_id, outcome="El plazo se interrumpió en 2024")
    assert asked(world, case_id).verdict is Verdict.ALLOW


@pytest.mark.parametrize("kind", ["hold", "dispute", "hardship"])
def test_what_was_shown_is_kept_with_the_day_it_came(world: World, case_id: UUID, kind: str) -> None:
    shown = Grounds(date(2026, 11, 17), ("reclamo.pdf", PAPER))
    flag_id = raised(world, case_id, kind, grounds=shown)

    with world.work() as work:
        flag = work.session.get_one(CaseFlag, (world.agency_id, flag_id))
        assert flag.evidence_file_id is not None
        assert flag.since == date(2026, 11, 17)
        told = [(one.received_on, one.medium) for one in work.session.scalars(select(Dispute))]
        assert told == ([(date(2026, 11, 17), "written")] if kind == "dispute" else [])
    with pytest.raises(Invalid, match="ya pasó"):
        raised(world, case_id, kind, expires_on=date(2026, 11, 10))


def test_the_same_twice_and_days_that_cannot_be_are_refused(world: World, case_id: UUID) -> None:
    for wrong in (
        {"grounds": Grounds(date(2026, 11, 21))},
        {"expires_on": date(2026, 11, 19)},
        {"grounds": Grounds(document=("nota.txt", b"hola"))},
    ):
        with pytest.raises(Invalid):
            raised(world, case_id, "breathing_space", **wrong)
    raised(world, case_id, "breathing_space")

    with pytest.raises(Conflict):
        raised(world, case_id, "breathing_space")
