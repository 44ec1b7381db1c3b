"""Cases: stages, queue, balances."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from recobro.cases import service
from recobro.cases.lifecycle import MOVES, CloseCode, CloseRefused, Move, MoveRefused, Stage, after
from recobro.cases.tables import Case, CaseMove
from tenants.roles import Role
from tests.support.world import World, mxn


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", Move)
def test_a_case_moves_only_along_the_table(stage: Stage, step: Move) -> None:
    if (stage, step) in MOVES:
        assert after(stage, step) == MOVES[stage, step]
    else:
        with pytest.raises(MoveRefused) as refusal:
            after(stage, step)
        assert refusal.value.code == "case.move_refused"


def test_a_case_owes_what_its_debts_owe(world: World) -> None:
    client_id = world.client()
    due = world.clock.now().date()

    case_id = world.case(client_id, debts=[("A-1", mxn("100.50"), due), ("A-2", mxn("200.25"), due)])

    with world.work() as work:
        case = service.open_case(work, case_id)
        assert (case.balance, case.currency, case.debt_count) == (300_75, "MXN", 2)


def test_a_case_with_a_balance_cannot_be_closed_as_paid(world: World) -> None:
    case_id = world.case(world.client())

    with pytest.raises(CloseRefused), world.work() as work:
        service.move(work, service.open_case(work, case_id), Move.CLOSE, close_code=CloseCode.PAID)

    with world.work() as work:
        assert service.open_case(work, case_id).stage == "received"
        assert work.session.scalars(select(CaseMove)).all() == []


def test_two_collectors_never_get_the_same_case(world: World) -> None:
    client_id = world.client()
    waiting = {world.case(client_id, name=f"Deudor {n}") for n in range(8)}
    with world.work() as work:
        for case_id in waiting:
            service.put_in_queue(work, service.open_case(work, case_id), reason="Nuevo")
    people = [world.principal(Role.COLLECTOR, name=f"Gestor {n}") for n in range(8)]

    def take(index: int) -> object:
        with world.work(people[index]) as work:
            case = service.claim_next(work)
            return case.id if case else None

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))

    assert set(taken) == waiting
    with world.work() as work:
        assert len(set(work.session.scalars(select(Case.claimed_by)))) == 8
