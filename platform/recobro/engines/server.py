"""What the two servers have in common: one per data folder, found or started, stopped by number."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from kernel.text import msg
from recobro.engines import process
from recobro.engines.account import server_account
from recobro.engines.folder import DataFolder
from recobro.engines.problems import EngineProblem, NoPermission, PortTaken, StillRunning

_PORTS_TRIED = 5
_OLD_PORT_SECONDS = 3.0


class Server(ABC):
    """One server of one data folder. Two processes that start it at once get the same one.

    `fast_for_tests` trades what survives a power cut for speed. `patience` is how many seconds it may take to answer.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    needed_megabytes: ClassVar[int]
    stops: ClassVar[Sequence[tuple[signal.Signals, float]]]

    def __init__(self, data: Path, *, fast_for_tests: bool = False, patience: float = 300.0) -> None:
        self.folder = DataFolder(data.resolve())
        self.home = self.folder.path / self.name
        self._fast = fast_for_tests
        self._patience = patience
        self._account = server_account()

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for the product."""

    @abstractmethod
    def pid(self) -> int | None:
        """The number of the running server of this folder."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes a connection now."""

    @abstractmethod
    def _prepare_home(self) -> None:
        """Make the server's own folder, or refuse one that cannot be used."""

    @abstractmethod
    def _launch_on(self, port: int) -> None:
        """Start it on a port and wait until it answers; PortTaken lets another port be tried."""

    def start(self) -> str:
        """Start the server unless it runs, and get its address. An EngineProblem says why it cannot."""
        self.folder.claim()
        with self.folder.locked(self.name):
            self._prepare_home()
            if not self._found_running():
                self.folder.require_space(self.needed_megabytes)
                self._launch()
        return self.url

    def stop(self) -> None:
        """Stop the server in order; what was committed or queued is on disk."""
        with self.folder.locked(self.name):
            if pid := self.pid():
                process.stop(pid, self.stops)

    def _remembered_port(self) -> str:
        port = self.folder.recall(f"{self.name}_port")
        if port is None:
            raise EngineProblem(
                msg("{label} todavía no ha arrancado en {path}."), label=self.label, path=self.folder.path
            )
        return port

    def _owned_by_account(self) -> bool:
        return self.home.stat().st_uid == self._account.uid

    def _not_ours(self) -> NoPermission:
        return NoPermission(
            msg("Los datos de {label} en {path} son de otro usuario: no puedes arrancarlo."),
            label=self.label,
            path=self.folder.path,
        )

    def _found_running(self) -> bool:
        pid = self.pid()
        if pid is None:
            return False
        if process.wait_until(lambda: self.answers() or not process.alive(pid), self._patience, pause=0.1):
            return process.alive(pid)
        raise StillRunning(
            msg("{label} (proceso {pid}) tiene abierta la carpeta {path} y no contesta."),
            label=self.label,
            pid=pid,
            path=self.home,
        )

    def _launch(self) -> None:
        """On the port of the last time, for clients hold on to it; on another when it stays taken."""
        old = int(self.folder.recall(f"{self.name}_port") or 0)
        # After kill -9 the server's children keep the port for a moment.
        if old and process.wait_until(lambda: process.port_is_free(old), _OLD_PORT_SECONDS):
            with suppress(PortTaken):
                return self._launch_remembering(old)
        for _ in range(_PORTS_TRIED - 1):
            with suppress(PortTaken):
                return self._launch_remembering(process.free_port())
        return self._launch_remembering(process.free_port())

    def _launch_remembering(self, port: int) -> None:
        self.folder.remember(f"{self.name}_port", str(port))
        self._launch_on(port)

    def _too_slow(self, pid: int) -> StillRunning:
        return StillRunning(
            msg(
                "{label} (proceso {pid}) lleva más de {seconds} s preparando sus datos. "
                "Sigue trabajando: vuelve a intentarlo después."
            ),
            label=self.label,
            pid=pid,
            seconds=int(self._patience),
        )
