"""The supervisor: what dies comes back, what must end ends in order, nothing is left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recobro.engines import process

# A supervisor of two programs that say when they start and how they end.
SCRIPT = """
import sys
from pathlib import Path
from recobro.engines.folder import DataFolder
from recobro.supervisor import Program, Supervisor

PROGRAM = '''
import os, signal, sys, time
def end(*_):
    if sys.argv[1] == "deaf": return
    print("ended", flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
print("started", os.getpid(), flush=True)
if sys.argv[1] == "short": sys.exit(3)
while True: time.sleep(0.05)
'''
folder = DataFolder(Path(sys.argv[1]))
folder.claim()
told = lambda name, line: print(name, line, flush=True)
supervisor = Supervisor(folder, {}, told, lambda text, **details: text.format(**details))
with supervisor.supervising():
    for place, name in enumerate(sys.argv[2:]):
        supervisor.start(Program(name, (sys.executable, "-c", PROGRAM, name), ends=place))
    supervisor.watch(lambda: None)
print("supervisor over", flush=True)
"""


class Run:
    """A running supervisor and what it has said so far."""

    def __init__(self, data: Path, *names: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(data), *names],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.limit = threading.Timer(30, self.process.kill)
        self.limit.daemon = True
        self.limit.start()

    def read_until(self, wanted: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if wanted in line:
                return line.strip()
        raise AssertionError(f"{wanted!r} was not said: {self.lines}")

    def end(self, number: signal.Signals) -> float:
        begun = time.monotonic()
        self.process.send_signal(number)
        rest = self.process.communicate(timeout=20)[0]
        self.lines += rest.splitlines()
        self.limit.cancel()
        return time.monotonic() - begun


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="recobro-supervisor-") as above:
        Path(above).chmod(0o711)
        yield Path(above) / "data"


def pid_in(line: str) -> int:
    return int(line.split()[-1])


def test_a_program_that_is_killed_comes_back(data: Path) -> None:
    run = Run(data, "web")
    first = pid_in(run.read_until("web started"))
    os.kill(first, signal.SIGKILL)
    assert "código -9" in run.read_until("vuelve a arrancar")
    second = pid_in(run.read_until("web started"))
    assert second != first
    run.end(signal.SIGTERM)
    assert not process.alive(second)


def test_a_program_that_keeps_dying_is_tried_less_and_less(data: Path) -> None:
    run = Run(data, "short")
    waits = [run.read_until("vuelve a arrancar").split()[-2] for _ in range(3)]
    run.end(signal.SIGTERM)
    assert waits == ["1", "2", "4"]


def test_ctrl_c_reaches_only_the_supervisor_which_ends_programs_in_order(data: Path) -> None:
    run = Run(data, "first", "second", "third")
    while sum("started" in line for line in run.lines) < 3:
        run.read_until("started")
    assert run.end(signal.SIGINT) < 5
    ends = [line for line in run.lines if "started" not in line]
    assert ends == ["third ended", "second ended", "first ended", "supervisor over"]
    assert run.process.returncode == 0


def test_a_program_that_does_not_listen_is_killed_after_a_few_seconds(data: Path) -> None:
    run = Run(data, "deaf")
    pid = pid_in(run.read_until("deaf started"))
    assert run.end(signal.SIGTERM) < 10
    assert not process.alive(pid)


def test_a_second_supervisor_of_the_same_folder_is_refused_and_one_after_kill_9_cleans_up(data: Path) -> None:
    run = Run(data, "web")
    left = pid_in(run.read_until("web started"))
    second = Run(data, "web")
    second.read_until("Recobro ya está funcionando")
    second.end(signal.SIGTERM)
    assert second.process.returncode != 0
    assert process.alive(left)

    run.end(signal.SIGKILL)
    assert process.alive(left)
    third = Run(data, "web")
    third.read_until("web started")
    assert not process.alive(left)
    third.end(signal.SIGTERM)
