"""A list is undone while another of the same client is being committed, each on a connection of its own: what the other
says is seen, or the one waits; nothing is lost and nothing hangs."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from uuid import UUID

import pytest
from sqlalchemy import select, text

from recobro.cases.tables import Debt
from recobro.intake import committing, service
from recobro.intake.undo import undoing
from tests.service.test_undo import THREE, later, placed, received, undone, wired
from tests.support.world import World

__all__ = ["wired"]

pytestmark = pytest.mark.usefixtures("wired")
WAIT_S = 30
TWO = "".join(THREE.splitlines(keepends=True)[:2])
NINE = "F-9;C1;Aceros Ficticios;21/03/2026;7,00;uno@aceros.example\n"
# This connection, and those that hold a client's files or a number.
_HOLDERS = """
SELECT pg_backend_pid(), (SELECT array_agg(DISTINCT l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                          WHERE l.locktype = 'advisory' AND d.datname = current_database())
"""


class Halt:
    """Where one thread stops until it is let go."""

    def __init__(self) -> None:
        self.there, self.go = threading.Event(), threading.Event()


@contextmanager
def halted(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, point: str, act: Callable[[], None]
) -> Iterator[Future[None]]:
    """`act` runs beside, with a connection of its own, and has come to a point; it goes on when the block ends."""
    halt = Halt()

    def reach(name: str) -> None:
        if name == point and not halt.go.is_set():
            halt.there.set()
            assert halt.go.wait(WAIT_S)

    monkeypatch.setattr(module, "reach", reach)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(act)
        try:
            assert halt.there.wait(WAIT_S)
            yield running
        finally:
            halt.go.set()


def debts(world: World) -> dict[str, UUID | None]:
    """Each debt, and whose it is."""
    with world.work() as work:
        rows = work.session.execute(select(Debt.reference, Debt.placement_id).order_by(Debt.reference))
        return {row.reference: row.placement_id for row in rows}


@pytest.mark.parametrize("point", ["intake.staged", "intake.placed", "intake.part"])
def test_an_undoing_waits_for_the_list_that_is_being_committed_and_sees_what_it_says(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    client_id = world.client()
    january = placed(world, client_id, THREE)
    later(world)
    with world.work() as work:
        undoing.ask_undo(work, january)
    february = received(world, client_id, TWO + NINE, "feb.csv")

    with halted(monkeypatch, committing, point, lambda: committing.commit(world.work, february)) as commit:
        with world.work() as work:
            mine, theirs = work.session.execute(text(_HOLDERS)).one()
            assert len(theirs) == 1
            assert mine not in theirs
        with pytest.raises(committing.ClientBusy, match="en curso"):
            undoing.undo(world.work, january)
        assert sorted(debts(world))[:3] == ["F-1", "F-2", "F-3"]
    commit.result(WAIT_S)
    undoing.undo(world.work, january)

    assert debts(world) == {"F-1": february, "F-2": february, "F-9": february}
    with world.work() as work:
        kept = service.open_placement(work, january).undone
        number = service.open_placement(work, february).number
    assert (kept["debts"], kept["groups"]) == (1, [{"reasons": ["listed"], "cases": 0, "debts": 2, "also": number}])


def test_nobody_asks_for_an_undoing_while_another_list_of_the_client_comes_in(world: World) -> None:
    client_id = world.client()
    january = placed(world, client_id, THREE)
    february = received(world, client_id, TWO + NINE, "feb.csv")
    with world.work() as work:
        number = service.open_placement(work, february).number
        with pytest.raises(undoing.CannotUndo, match="está entrando") as refused:
            undoing.ask_undo(work, january)
        assert refused.value.details["number"] == number
    committing.commit(world.work, february)
    later(world)
    undone(world, january)
    assert debts(world) == {"F-1": february, "F-2": february, "F-9": february}


def test_a_list_waits_for_an_undoing_and_is_read_again_when_that_has_changed_what_it_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "CASES_AT_ONCE", 1)
    client_id = world.client()
    january = placed(world, client_id, THREE)
    later(world)
    with world.work() as work:
        undoing.ask_undo(work, january)
    february = received(world, client_id, TWO + NINE, "feb.csv")

    with (
        halted(monkeypatch, undoing, "intake.undone_part", lambda: undoing.undo(world.work, january)) as undo,
        pytest.raises(committing.ClientBusy, match="en curso"),
    ):
        committing.commit(world.work, february)
    undo.result(WAIT_S)
    assert debts(world) == {}
    committing.commit(world.work, february)

    with world.work() as work:
        found = service.open_placement(work, february)
        assert (found.state, found.failure["template"]) == (
            "failed", "Otra carga cambió lo que esta haría; no se cargó nada. Revísala y confírmala de nuevo.",
        )  # fmt: skip


def test_an_undoing_that_was_cut_short_sees_a_list_that_came_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "CASES_AT_ONCE", 1)
    client_id = world.client()
    january = placed(world, client_id, THREE)
    later(world)
    with world.work() as work:
        undoing.ask_undo(work, january)
    one, two = sorted((case, references) for case, references in by_case(world).items())

    def die(point: str) -> None:
        if point == "intake.undone_part":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(undoing, "reach", die)
        with pytest.raises(KeyboardInterrupt):
            undoing.undo(world.work, january)
    assert list(debts(world)) == two[1]
    rows = "".join(row for row in THREE.splitlines(keepends=True) if row[:3] in two[1])
    february = placed(world, client_id, rows + NINE.replace("C1", "C9"), "feb.csv")

    undoing.undo(world.work, january)

    assert debts(world) == dict.fromkeys([*two[1], "F-9"], february)
    with world.work() as work:
        assert service.open_placement(work, january).undone["debts"] == len(one[1])


def by_case(world: World) -> dict[UUID, list[str]]:
    """The debts of each case."""
    found: dict[UUID, list[str]] = {}
    with world.work() as work:
        for row in work.session.execute(select(Debt.case_id, Debt.reference).order_by(Debt.reference)):
            found.setdefault(row.case_id, []).append(row.reference)
    return found
