"""The second asking is checked. A notice that was allowed when it was planned is asked about again when it leaves, in
the transaction that counts it; each mutant takes a part of that away, and a guarding test must notice."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from kernel.clock import ManualClock
from legal import gate
from legal.records import service as records
from legal.records.tables import ContactAttempt
from legal.rules.facts import Channel
from recobro.notices import printing, sending, service
from recobro.notices.gathering import gather_one
from recobro.notices.lifecycle import State
from recobro.notices.tables import Notice
from tests.support.smtp import Mailbox, a_mailbox
from tests.support.world import World, make_world
from worker.run_now import run_pending

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def mailbox(database_urls: object, tmp_path: Path) -> Iterator[Mailbox]:
    with a_mailbox(tmp_path) as found:
        yield found


@pytest.fixture
def world(mailbox: Mailbox) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


def counted(world: World) -> int:
    with world.work() as work:
        query = select(func.count()).where(
            ContactAttempt.agency_id == world.agency_id, ContactAttempt.voided_at.is_(None)
        )
        return work.session.scalars(query).one()


def queued(world: World, channel: Channel) -> Any:
    case_id = world.case(world.client(f"c{counted(world)}-{channel}"), kind="person", name="Luis Demo")
    with world.work() as work:
        notice = service.send_one(work, case_id=case_id, key="cordial-1", channel=channel)
        assert notice is not None
        facts = gather_one(work, case_id)
        return notice.id, facts.case.client_id, case_id, facts.debtor.id


def state(world: World, notice_id: object) -> State:
    with world.work() as work:
        return State(work.session.get_one(Notice, (world.agency_id, notice_id)).state)


def nothing_leaves_once_the_debtor_said_no(world: World, mailbox: Mailbox) -> None:
    """Planned while it was allowed; then the debtor closes every channel; then it is due."""
    email_id, *whose = queued(world, Channel.EMAIL)
    _close(world, whose)
    letter_id, *other = queued(world, Channel.LETTER)
    _close(world, other)
    with world.work() as work:
        printing.make_batch(work)

    run_pending(world.agency_id, clock=world.clock, early=True)

    assert mailbox.raw == []
    assert state(world, email_id) is State.FAILED
    assert state(world, letter_id) is State.FAILED
    assert counted(world) == 0


def _close(world: World, whose: Any) -> None:
    client_id, case_id, debtor_id = whose
    with world.work() as work:
        records.stop_channel(work, client_id=client_id, case_id=case_id, debtor_id=debtor_id, channel=None, how="page")


def what_leaves_is_counted_with_its_decision(world: World, mailbox: Mailbox) -> None:
    """One email leaves: one attempt, hung on a decision made at the moment of sending."""
    notice_id, *_ = queued(world, Channel.EMAIL)

    run_pending(world.agency_id, clock=world.clock, early=True)

    assert len(mailbox.raw) == 1
    assert counted(world) == 1
    with world.work() as work:
        notice = work.session.get_one(Notice, (world.agency_id, notice_id))
        attempt = work.session.get_one(ContactAttempt, (world.agency_id, notice.attempt_id))
        assert attempt.decision_id == notice.decision_id


GUARDS = (nothing_leaves_once_the_debtor_said_no, what_leaves_is_counted_with_its_decision)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_the_gate_is_asked_again_when_a_notice_leaves(
    world: World, mailbox: Mailbox, guard: Callable[[World, Mailbox], None]
) -> None:
    guard(world, mailbox)


@dataclass(frozen=True)
class Mutant:
    """A function of a module, and what is changed in its text."""

    name: str
    module: ModuleType
    function: str
    old: str
    new: str


_PLANNED = """clearance = gate.Clearance(
            work.agency_id, notice.decision_id, gate.new_id(), gate.Channel(notice.channel), notice.address,
            work.now(), work.now() + gate.LASTS, work.now, gate._GATE)"""
MUTANTS = (
    Mutant("the word of the planning is trusted", sending, "ask_at_the_door",
           "clearance = gate.permission_to_contact(work, drafts.request_of(notice, wanted))", _PLANNED),
    Mutant("a refusal is not heard", gate, "permission_to_contact",
           "if decision.verdict is Verdict.DENY:", "if False:"),
    Mutant("the gate does not decide again", gate, "permission_to_contact",
           "decision = _decide(work, request, previous, now)",
           "decision = _decide(work, request, previous, now); object.__setattr__(decision, 'verdict', Verdict.ALLOW)"),
    Mutant("the attempt is not counted", gate, "permission_to_contact",
           "attempt_id = _count(work, request, decision_id, now)", "attempt_id = new_id()"),
)  # fmt: skip


def planted(mutant: Mutant) -> Callable[..., Any]:
    """The function with the change, in its own module's names."""
    source = textwrap.dedent(inspect.getsource(getattr(mutant.module, mutant.function)))
    assert source.count(mutant.old) == 1, f"{mutant.name}: the text it changes is no longer there"
    namespace: dict[str, Any] = {}
    code = compile(ast.parse(source.replace(mutant.old, mutant.new)), mutant.module.__name__, "exec")
    exec(code, vars(mutant.module) | {"__builtins__": __builtins__}, namespace)
    found: Callable[..., Any] = namespace[mutant.function]
    return found


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_gate_that_is_not_asked_again_is_noticed(
    world: World, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, mutant: Mutant
) -> None:
    monkeypatch.setattr(mutant.module, mutant.function, planted(mutant))
    if mutant.module is sending:
        monkeypatch.setattr(printing, mutant.function, getattr(sending, mutant.function))

    assert any(notices(guard, mailbox) for guard in GUARDS)


def notices(guard: Callable[[World, Mailbox], None], mailbox: Mailbox) -> bool:
    """Whether a guarding test fails, by its own word or the database's; a blunder of the mutant's is no proof."""
    mailbox.raw.clear()
    try:
        guard(make_world("MX", clock=ManualClock(FRIDAY)), mailbox)
    except (AssertionError, IntegrityError):
        return True
    return False
