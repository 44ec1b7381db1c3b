"""Workers, relay and scheduler killed with SIGKILL at every step: nothing is lost and nothing is done twice."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis, RedisError
from sqlalchemy import delete, func, select, update

from kernel.clock import ShiftedClock, SystemClock
from legal.records.tables import ContactAttempt
from legal.rules.facts import Channel
from recobro import wiring
from recobro.cases.tables import CaseNote
from recobro.engines.valkey import Valkey
from recobro.notices import printing, service
from recobro.notices.tables import Notice, PrintBatch
from tenants.outbox import OutboxRow
from tenants.service import set_clock
from tenants.tables import ScheduledRun
from tenants.work import system_work
from tests.support import effects
from tests.support.database import SECRET
from tests.support.smtp import Mailbox, a_mailbox
from tests.support.valkey import test_valkey as a_valkey
from tests.support.world import World, make_world
from worker import once, relay, schedule
from worker.main import make_worker
from worker.queues import Queue

assert effects
REPOSITORY = Path(__file__).parents[2]
# A Wednesday morning in Mexico City: contacts are allowed.
OPEN_HOURS = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)


@dataclass
class Machine:
    """Everything a worker needs, real, and the processes of it."""

    world: World
    valkey: Valkey
    mailbox: Mailbox
    environment: dict[str, str]
    log: Path

    def start(self, *role: str, fault: str = "") -> "subprocess.Popen[bytes]":
        """A process of the worker; with a fault it kills itself there."""
        environment = {**os.environ, **self.environment, **({"FAULTS": fault} if fault else {})}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.support.process", *role], cwd=REPOSITORY, env=environment,
                stdout=log, stderr=log,
            )  # fmt: skip

    def run(self, *role: str, fault: str = "") -> None:
        """The same, waited for; it ends well, or at its fault."""
        code = self.start(*role, fault=fault).wait(timeout=60)
        assert code == (-signal.SIGKILL if fault else 0), f"{role} {fault}: {code}\n{self.log.read_text()}"

    def settle(self, queue: str = "notices", *, times: int = 1) -> None:
        """Let leases end and rings be repeated, and work the queue off, in this process."""
        for _ in range(times):
            self.pass_time()
            self.ring()
            make_worker(Queue(queue), self.redis).work(burst=True, logging_level="ERROR")

    def ring(self) -> None:
        """Carry what is due, in this process."""
        relay.carry(self.redis)

    @property
    def redis(self) -> "Redis":
        """A connection to the queue's server."""
        return Redis.from_url(self.environment["REDIS_URL"])

    def pass_time(self) -> None:
        """As if a few minutes had passed since rows were rung and leased."""
        before = SystemClock().now() - timedelta(minutes=5)
        with system_work(reason="test") as work:
            work.session.execute(
                update(OutboxRow)
                .where(OutboxRow.state.in_(("rung", "waiting")))
                .values(rung_at=before, available_at=before)
            )

    def add(self, name: str, **payload: object) -> UUID:
        """Name a job."""
        with self.world.work() as work:
            return work.outbox.add(name, **payload)  # type: ignore[arg-type]

    def advance(self, span: timedelta) -> None:
        """Move the agency's clock on."""
        clock = self.world.clock
        assert isinstance(clock, ShiftedClock)
        self.world.clock = ShiftedClock(clock.base, clock.offset + span)
        with system_work(reason="test") as work:
            set_clock(work, agency_id=self.world.agency_id, offset=clock.offset + span)


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with a_valkey() as server:
        yield server


@pytest.fixture
def machine(database_urls: tuple[str, str], valkey: Valkey, tmp_path: Path) -> Iterator[Machine]:
    with system_work(reason="test") as work:
        work.session.execute(delete(OutboxRow))
    with Redis.from_url(valkey.url) as connection:
        connection.flushall()
    offset = OPEN_HOURS - SystemClock().now()
    world = make_world("MX", clock=ShiftedClock(SystemClock(), offset))
    with system_work(reason="test") as work:
        set_clock(work, agency_id=world.agency_id, offset=offset)
    with a_mailbox(tmp_path) as mailbox:
        environment = {
            "DATABASE_URL": database_urls[0],
            "REDIS_URL": valkey.url,
            "RECOBRO_SECRET": SECRET,
            "RECOBRO_DATA": str(tmp_path),
            "RECOBRO_FILES": str(tmp_path / "files"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(wiring.outside().settings.smtp_port),
            "SMTP_TLS": "none",
            "SMTP_FROM": "cobranza@despacho.example",
            "PUBLIC_URL": "https://pagos.despacho.example",
        }
        yield Machine(world, valkey, mailbox, environment, tmp_path / "log")


@pytest.fixture
def case_id(machine: Machine) -> UUID:
    return machine.world.case(machine.world.client())


def notes(machine: Machine) -> Counter[str]:
    with machine.world.work() as work:
        return Counter(work.session.scalars(select(CaseNote.text).where(CaseNote.agency_id == machine.world.agency_id)))


def row(machine: Machine, outbox_id: UUID) -> OutboxRow:
    with machine.world.work() as work:
        return work.session.scalars(select(OutboxRow).where(OutboxRow.id == outbox_id)).one()


def notice(machine: Machine, notice_id: UUID) -> Notice:
    with machine.world.work() as work:
        return service.open_notice(work, notice_id)


def attempts(machine: Machine) -> int:
    with machine.world.work() as work:
        return work.session.scalars(
            select(func.count()).where(
                ContactAttempt.agency_id == machine.world.agency_id, ContactAttempt.voided_at.is_(None)
            )
        ).one()


def queue(machine: Machine, case_id: UUID, channel: Channel = Channel.EMAIL) -> UUID:
    with machine.world.work() as work:
        found = service.send_one(work, case_id=case_id, key="cordial-1", channel=channel)
        assert found is not None
        return found.id


@pytest.mark.parametrize("fault", ["once.claimed", "once.effect", "once.done"])
def test_a_worker_killed_at_any_step_of_a_job_has_its_effect_once(machine: Machine, case_id: UUID, fault: str) -> None:
    outbox_id = machine.add("tests.note", case_id=case_id, text="once")
    machine.ring()
    machine.run("worker", "notices", fault=fault)

    machine.settle(times=2)

    assert notes(machine) == {"once": 1}
    assert row(machine, outbox_id).state == "done"


@pytest.mark.parametrize("fault", ["relay.claimed", "relay.rung"])
def test_a_relay_killed_before_or_after_it_rang_loses_nothing(machine: Machine, case_id: UUID, fault: str) -> None:
    for number in range(3):
        machine.add("tests.note", case_id=case_id, text=f"note {number}")
    machine.run("relay", fault=fault)

    machine.settle(times=2)

    assert notes(machine) == {"note 0": 1, "note 1": 1, "note 2": 1}


def test_a_scheduler_killed_before_its_commit_names_each_slot_once(machine: Machine) -> None:
    agency = str(machine.world.agency_id)
    machine.run("cron", agency, fault="schedule.named")
    schedule.tick(machine.world.agency_id)
    schedule.tick(machine.world.agency_id)

    with machine.world.work() as work:
        slots = work.session.scalars(
            select(ScheduledRun.name).where(ScheduledRun.agency_id == machine.world.agency_id)
        ).all()
        named = work.session.scalars(select(OutboxRow.name).where(OutboxRow.agency_id == machine.world.agency_id)).all()
    assert sorted(slots) == sorted(named)
    assert len(set(named)) == len(named) >= 3


def test_a_worker_killed_between_intention_and_sending_sends_nothing_later_in_silence(
    machine: Machine, case_id: UUID
) -> None:
    notice_id = queue(machine, case_id)
    machine.ring()
    machine.run("worker", "notices", fault="notices.intended")
    machine.settle(times=2)
    assert (notice(machine, notice_id).state, machine.mailbox.raw) == ("sending", [])

    machine.advance(timedelta(minutes=15))
    machine.add("notices.reconcile")
    machine.settle()

    assert (notice(machine, notice_id).state, machine.mailbox.raw) == ("unknown", [])


def test_a_worker_killed_after_the_server_took_the_mail_never_sends_it_again(machine: Machine, case_id: UUID) -> None:
    notice_id = queue(machine, case_id)
    machine.ring()
    machine.run("worker", "notices", fault="notices.done")
    machine.settle(times=2)
    machine.advance(timedelta(minutes=15))
    machine.add("notices.reconcile")
    machine.settle()

    assert notice(machine, notice_id).state == "unknown", "a person looks; the mail may well have arrived"
    assert len(machine.mailbox.raw) == 1
    assert attempts(machine) == 1


def test_a_worker_killed_after_the_note_leaves_a_sent_notice(machine: Machine, case_id: UUID) -> None:
    notice_id = queue(machine, case_id)
    machine.ring()
    machine.run("worker", "notices", fault="notices.noted")
    machine.settle(times=2)

    assert notice(machine, notice_id).state == "sent"
    assert len(machine.mailbox.raw) == 1


def test_a_print_batch_killed_between_letters_is_finished_with_each_letter_once(
    machine: Machine, case_id: UUID
) -> None:
    other = machine.world.case(machine.world.client("otro"))
    letters = [queue(machine, one, Channel.LETTER) for one in (case_id, other)]
    with machine.world.work() as work:
        batch_id = printing.make_batch(work).id
    machine.ring()
    machine.run("worker", "documents", fault="notices.letter")
    assert sorted(notice(machine, one).state for one in letters) == ["printed", "queued"]

    machine.settle("documents")

    with machine.world.work() as work:
        batch = work.session.scalars(select(PrintBatch).where(PrintBatch.id == batch_id)).one()
    assert (batch.state, batch.letters) == ("ready", 2)
    assert attempts(machine) == 2


def test_a_job_that_kills_its_worker_dies_and_lets_the_others_live(machine: Machine, case_id: UUID) -> None:
    poison = machine.add("tests.poison")
    with machine.world.work() as work:
        work.session.execute(update(OutboxRow).where(OutboxRow.id == poison).values(attempts=once.ATTEMPTS - 1))
    for number in range(3):
        machine.add("tests.note", case_id=case_id, text=f"note {number}")
    machine.ring()
    assert machine.start("worker", "notices").wait(timeout=60) == -signal.SIGKILL

    machine.settle()  # were it run once more, this very process would die

    assert notes(machine) == {"note 0": 1, "note 1": 1, "note 2": 1}
    assert row(machine, poison).state == "dead"


def test_a_killed_queue_server_costs_time_and_nothing_else(machine: Machine, case_id: UUID) -> None:
    for number in range(5):
        machine.add("tests.note", case_id=case_id, text=f"note {number}")
    machine.ring()
    os.kill(machine.valkey.pid() or 0, signal.SIGKILL)
    with pytest.raises(RedisError):
        machine.ring()
    machine.environment["REDIS_URL"] = machine.valkey.start()

    machine.settle(times=2)

    assert sum(notes(machine).values()) == len(notes(machine)) == 5


def test_workers_killed_at_random_lose_nothing_and_double_nothing(machine: Machine) -> None:
    client_id = machine.world.client()
    ids = [machine.world.case(client_id, name=f"Deudor Demo {n}") for n in range(12)]
    notices = [queue(machine, case_id) for case_id in ids]
    for number in range(30):
        machine.add("tests.note", case_id=ids[number % 12], text=f"note {number}")
    chance = random.Random(7)
    for _ in range(3):
        machine.pass_time()
        machine.ring()
        workers = [machine.start("worker", "notices") for _ in range(2)]
        for worker in workers:
            try:
                worker.wait(timeout=2.0 + chance.random() * 1.5)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
    machine.settle(times=2)
    machine.advance(timedelta(minutes=15))
    machine.add("notices.reconcile")
    machine.settle()

    assert notes(machine) == {f"note {number}": 1 for number in range(30)}
    arrived = Counter(str(mail["Message-ID"]) for mail in machine.mailbox.messages)
    assert set(arrived.values()) <= {1}
    states = Counter(notice(machine, one).state for one in notices)
    assert set(states) <= {"sent", "unknown"}
    assert states["sent"] <= len(arrived) <= 12
