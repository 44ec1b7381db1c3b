"""One process that keeps the others running: starts them together, restarts what dies, stops them in order."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import ClassVar

from kernel.problems import Kind, Problem
from kernel.text import msg
from recobro.engines import process
from recobro.engines.folder import DataFolder

_CHILDREN = "supervised"
_PAUSE = 0.2
_LONGEST_WAIT = 30.0
_STEADY = 60.0  # a program that ran this long starts with a clean slate
# A worker ends its job at the first word and drops it at the second; jobs that were cut short run again.
_STOPS = ((signal.SIGTERM, 5.0), (signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0))


class AlreadyRunning(Problem):
    """Another supervisor works on the same data folder."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "supervisor.already_running"


@dataclass(frozen=True)
class Program:
    """One program to keep running: its name in the log, its command, and when it stops (higher ends first)."""

    name: str
    command: tuple[str, ...]
    ends: int = 0


@dataclass
class _Child:
    program: Program
    running: subprocess.Popen[str] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


def recobro(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own commands, in this very Python."""
    return (sys.executable, "-P", "-m", "recobro.cli.main", *arguments)


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command line of one of our own modules, in this very Python."""
    return (sys.executable, "-P", "-m", name, *arguments)


@dataclass
class Supervisor:
    """Runs programs for as long as `watch` lasts. `tell(name, line)` shows what they and the supervisor say."""

    folder: DataFolder
    environment: Mapping[str, str]
    tell: Callable[[str, str], None]
    spoken: Callable[..., str]
    _children: list[_Child] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def supervising(self) -> Iterator[None]:
        """Hold the data folder's supervision and the signals; whatever happens inside, every program is stopped.

        AlreadyRunning when another supervisor holds it. What a killed one left running is stopped first.
        """
        with (self.folder.path / "supervisor.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyRunning(
                    msg("Recobro ya está funcionando con la carpeta {path}."), path=self.folder.path
                ) from error
            self._stop_orphans()
            ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last when the terminal is closed
            before = {number: signal.signal(number, self._end) for number in ends}
            try:
                yield
            finally:
                self.stop()
                for number, handler in before.items():
                    signal.signal(number, handler)

    @property
    def ending(self) -> bool:
        """Whether somebody asked to stop."""
        return self._ending.is_set()

    def start(self, *programs: Program) -> None:
        """Start programs and keep them running from now on."""
        for program in programs:
            child = _Child(program)
            self._children.append(child)
            self._launch(child)

    def run(self, program: Program) -> int:
        """Run one program to its end while the others are kept running; its exit code, -1 when we are to stop."""
        child = _Child(program)
        running = self._spawn(program)
        child.running = running
        self._children.append(child)
        self._note()
        try:
            while running.poll() is None and not self._ending.wait(_PAUSE):
                self._look_after(except_for=child)
            return -1 if running.returncode is None else running.returncode
        finally:
            self._end_children([child])
            self._children.remove(child)

    def watch(self, tick: Callable[[], None]) -> None:
        """Keep the programs running until SIGINT or SIGTERM; `tick` is called a few times a second."""
        while not self._ending.wait(_PAUSE):
            self._look_after()
            tick()

    def renew(self, environment: Mapping[str, str]) -> None:
        """Restart every program with another environment."""
        self.environment = environment
        for child in self._children:
            if child.running and child.running.poll() is None:
                child.running.terminate()

    def stop(self) -> None:
        """Stop the programs in order, those that `end` first first; each by its number."""
        for step in sorted({child.program.ends for child in self._children}, reverse=True):
            self._end_children([child for child in self._children if child.program.ends == step])
        self._children.clear()
        self._note()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending.set()

    def _look_after(self, except_for: _Child | None = None) -> None:
        now = time.monotonic()
        for child in self._children:
            if child is except_for:
                continue
            if child.running is None:
                if now >= child.due:
                    self._launch(child)
            elif (code := child.running.poll()) is not None:
                child.running = None
                child.failures = 1 if now - child.started > _STEADY else child.failures + 1
                wait = min(2.0 ** (child.failures - 1), _LONGEST_WAIT)
                child.due = now + wait
                self._say(
                    msg("{name} terminó (código {code}); vuelve a arrancar en {seconds} s."),
                    name=child.program.name,
                    code=code,
                    seconds=int(wait),
                )

    def _launch(self, child: _Child) -> None:
        child.started = time.monotonic()
        child.running = self._spawn(child.program)
        self._note()

    def _spawn(self, program: Program) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C is for us alone: we stop the others in order
        )
        threading.Thread(target=self._read, args=(program.name, running), daemon=True).start()
        return running

    def _read(self, name: str, running: subprocess.Popen[str]) -> None:
        assert running.stdout is not None
        with running.stdout:
            for line in running.stdout:
                self.tell(name, line.rstrip("\n"))

    def _say(self, sentence: str, **details: object) -> None:
        self.tell("recobro", self.spoken(sentence, **details))

    def _end_children(self, children: list[_Child]) -> None:
        left = [child.running for child in children if child.running and child.running.poll() is None]
        for number, patience in _STOPS:
            for one in left:
                if number == signal.SIGKILL:
                    os.killpg(one.pid, number)
                else:
                    one.send_signal(number)
            limit = time.monotonic() + patience
            while left and time.monotonic() < limit:
                time.sleep(0.02)
                left = [one for one in left if one.poll() is None]
            if not left:
                return

    def _note(self) -> None:
        pids = {
            str(child.running.pid): " ".join(child.program.command)
            for child in self._children
            if child.running and child.running.poll() is None
        }
        self.folder.remember(_CHILDREN, json.dumps(pids))

    def _stop_orphans(self) -> None:
        """After kill -9 of a supervisor its programs go on; they are known by number and command."""
        known: dict[str, str] = json.loads(self.folder.recall(_CHILDREN) or "{}")
        for pid, command in known.items():
            if process.alive(int(pid)) and process.command_line(int(pid)) == command:
                process.stop(int(pid), _STOPS)
