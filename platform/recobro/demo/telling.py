"""What the teller of one agency's story holds in hand: the stage, the clock, and what it remembers of each case."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib import import_module
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.clock import ManualClock, instant_of
from recobro.demo.cast import Debtor, Manner
from recobro.demo.documents import BESIDE, Documents
from recobro.demo.world import Stage
from tenants.context import Kind, Principal

FIRST = date(2026, 6, 1)
LAST = date(2026, 11, 20)
LAST_HOUR, LAST_MINUTE = 10, 42


@dataclass
class Life:
    """What the story remembers of one case. `collector` is the login of whoever has it."""

    case_id: UUID
    client: str
    debtor: Debtor
    manner: Manner
    placed_on: date
    random: Random
    collector: str = ""
    promised: date | None = None
    promises: int = 0
    attempts: int = 0
    done: bool = False
    handed_on: date | None = None
    plan: UUID | None = None
    plan_state: str = ""
    due_on: date | None = None
    parts_paid: int = 0
    notes: set[str] = field(default_factory=set)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Telling:
    """One agency's story as it is told."""

    stage: Stage
    lives: dict[UUID, Life] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=ManualClock)

    @cached_property
    def documents(self) -> Documents:
        """Who makes the documents that nothing waits for."""
        return Documents(self.stage.agency_id)

    @property
    def zone(self) -> ZoneInfo:
        """Where the agency works."""
        return ZoneInfo(self.stage.house.zone)

    def at(self, day: date, hour: int, minute: int) -> None:
        """Move the clock to an hour of the agency's day."""
        self.clock.move_to(instant_of(day, self.zone, hour, minute))

    def tick(self, day: date) -> None:
        """What is due by itself. Reconciling with what was lost, and the audit's anchor, once a week."""
        # The product does not import its worker; it asks for it by name, as it names jobs.
        daily = [job for job in import_module("worker.schedule").PERIODIC if day.weekday() == 4 or job.name in _DAILY]
        import_module("worker.run_now").tick_and_run(self.stage.agency_id, clock=self.clock, jobs=daily, leaving=BESIDE)

    def finish(self) -> None:
        """Do the jobs that what happened has named."""
        import_module("worker.run_now").run_pending(self.stage.agency_id, clock=self.clock, leaving=BESIDE)

    def open_lives(self) -> list[Life]:
        """Those of whom more is to be told than their own script."""
        return [life for life in self.lives.values() if not life.done and life.manner is not Manner.SCRIPTED]

    def debtor(self, life: Life) -> Principal:
        """The debtor on their own page."""
        return Principal(self.stage.agency_id, Kind.DEBTOR, role="debtor", name=life.debtor.name, scope_id=life.case_id)


_DAILY = frozenset({"strategies.run", "notices.release", "agreements.break_due"})
