"""What is done to many cases at once."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid
from recobro.cases import saved, selections, service
from recobro.cases.flags import expire_flags
from recobro.cases.lifecycle import CloseCode, Move
from recobro.cases.tables import Case, CaseEvent, CaseFlag
from tenants.audit import AuditRow
from tenants.roles import Role
from tests.support.statements import statements
from tests.support.world import World


def close(world: World, case_id: UUID) -> None:
    with world.work() as work:
        service.move(work, service.open_case(work, case_id), Move.CLOSE, close_code=CloseCode.UNECONOMIC)


def audited(world: World, action: str) -> int:
    with world.work() as work:
        query = select(func.count()).select_from(AuditRow)
        return work.session.scalar(
            query.where(AuditRow.agency_id == world.agency_id, AuditRow.action == action)
        ) or 0  # fmt: skip


def test_assigning_many_changes_the_open_ones_says_who_is_skipped_and_leaves_one_audit_row(world: World) -> None:
    client_id = world.client()
    supervisor, ana = world.principal(Role.SUPERVISOR), world.principal(Role.COLLECTOR, name="Ana Prueba")
    free, theirs, closed = (world.case(client_id, name=f"Deudor {n}") for n in range(3))
    close(world, closed)
    with world.work(supervisor) as work:
        selections.assign(work, [theirs], person_id=ana.person_id, person="Ana Prueba")
    ids = [free, theirs, closed, new_id()]

    with world.work(supervisor) as work:
        seen = selections.assign_effect(work, ids, person_id=ana.person_id)
        done = selections.assign(work, ids, person_id=ana.person_id, person="Ana Prueba")

    assert seen == done
    assert done.changed == [free]
    assert done.skipped == {selections.MISSING: 1, selections.CLOSED: 1, selections.THEIRS: 1}
    assert audited(world, "cases.assigned") == 2, "one for each act, not for each case"
    with world.work() as work:
        assert service.open_case(work, free).assigned_to == ana.person_id
        noted = work.session.scalars(
            select(CaseEvent).where(CaseEvent.kind == "assignment").order_by(CaseEvent.id)
        ).all()
        assert [(e.case_id, e.visibility, e.details["person"]) for e in noted] == [
            (case_id, "staff", "Ana Prueba") for case_id in (theirs, free)
        ]


def test_a_pause_of_many_takes_them_out_of_the_queue_until_its_day_is_over(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, name=f"Deudor {n}") for n in range(3)]
    supervisor = world.principal(Role.SUPERVISOR)
    today = world.clock.now().date()
    with world.work() as work:
        for case_id in ids:
            service.put_in_queue(work, service.open_case(work, case_id), reason="Llamar")

    with world.work(supervisor) as work:
        done = selections.hold(work, ids, reason=" Concilian saldos ", until=today + timedelta(days=7))
        again = selections.hold_effect(work, ids)

    assert sorted(done.changed) == sorted(ids)
    assert again.skipped == {selections.HELD: 3}
    assert audited(world, "cases.held") == 1
    with world.work() as work:
        cases = work.session.scalars(select(Case).where(Case.agency_id == world.agency_id)).all()
        assert {case.queue_at for case in cases} == {None}
        flags = work.session.scalars(select(CaseFlag).where(CaseFlag.agency_id == world.agency_id)).all()
        assert {(f.kind, f.reason, f.closed_at) for f in flags} == {("hold", "Concilian saldos", None)}
        noted = work.session.scalars(select(CaseEvent).where(CaseEvent.kind == "flag")).all()
        assert {e.ref_id for e in noted} == {f.id for f in flags}
        assert expire_flags(work, today=today + timedelta(days=8)) == 3


def test_a_pause_without_a_reason_or_a_day_to_come_is_refused(world: World) -> None:
    case_id = world.case(world.client())
    today = world.clock.now().date()
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        with pytest.raises(Invalid):
            selections.hold(work, [case_id], reason=" ", until=today + timedelta(days=7))
        with pytest.raises(Invalid):
            selections.hold(work, [case_id], reason="Concilian", until=today)


@pytest.mark.parametrize("count", [0, selections.LIMIT + 1])
def test_an_empty_selection_and_one_above_the_limit_are_refused(world: World, count: int) -> None:
    ids = [new_id() for _ in range(count)]
    with world.work(world.principal(Role.SUPERVISOR)) as work, pytest.raises(Invalid):
        selections.assign(work, ids, person_id=None)


def test_many_cases_take_no_more_statements_than_one(world: World) -> None:
    client_id = world.client()
    ids = [world.case(client_id, name=f"Deudor {n}") for n in range(12)]
    supervisor, ana = world.principal(Role.SUPERVISOR), world.principal(Role.COLLECTOR)
    until = world.clock.now().date() + timedelta(days=7)
    taken = []

    for chosen in (ids[:1], ids[1:]):
        with world.work(supervisor) as work, statements() as sent:
            selections.assign(work, chosen, person_id=ana.person_id, person="Ana")
            selections.hold(work, chosen, reason="Concilian", until=until)
            work.flush()
        taken.append(len([s for s in sent if "cases" in s or "case_" in s]))

    assert taken[0] == taken[1] <= 7


def test_a_kept_view_is_its_persons_own_and_twelve_are_enough(world: World) -> None:
    mine, others = world.principal(Role.COLLECTOR), world.principal(Role.COLLECTOR)
    with world.work(mine) as work:
        first = saved.keep(work, name="Grandes", query="late=90")
        assert saved.keep(work, name="Grandes", query="late=30") == first
        for number in range(saved.MOST - 1):
            saved.keep(work, name=f"Vista {number}", query="q=x")
        with pytest.raises(Conflict):
            saved.keep(work, name="Una más", query="q=x")
        for name, query in (("", "q=x"), ("x" * 41, "q=x"), ("Vacía", "")):
            with pytest.raises(Invalid):
                saved.keep(work, name=name, query=query)
    with world.work(others) as work:
        assert saved.views_of(work) == []
    with world.work(mine) as work:
        saved.forget(work, first)
        assert len(saved.views_of(work)) == saved.MOST - 1
