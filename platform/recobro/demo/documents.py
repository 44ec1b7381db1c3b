"""Documents of the story that nothing waits for are made beside it, while the days go on."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from uuid import UUID

from kernel.clock import ManualClock
from tenants.work import standing_clock

BESIDE = frozenset(
    {"payments.receipt", "intake.acknowledge", "remittances.documents", "handoff.dossier", "notices.print_batch"}
)
"""Jobs whose documents nobody in the story reads at once."""


@dataclass
class Documents:
    """Makes an agency's documents one after the other, each at the time it was asked for."""

    agency_id: UUID
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _asked: deque[Future[None]] = field(default_factory=deque)
    _known: set[UUID] = field(default_factory=set)

    def ask(self, now: datetime) -> None:
        """Begin with what was named since the last time; a failure of an earlier one rises here."""
        while self._asked and self._asked[0].done():
            self._asked.popleft().result()
        for outbox_id in import_module("worker.run_now").waiting(self.agency_id, BESIDE):
            if outbox_id not in self._known:
                self._known.add(outbox_id)
                self._asked.append(self._thread.submit(self._make, outbox_id, now))

    def wait(self) -> None:
        """Until all are made."""
        while self._asked:
            self._asked.popleft().result()

    def _make(self, outbox_id: UUID, now: datetime) -> None:
        with standing_clock(ManualClock(now)):
            import_module("worker.once").run(self.agency_id, outbox_id, early=True, raising=True)
