"""`recobro up` as a person runs it: ready soon, whole again after a blow, nothing left after Ctrl-C."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from recobro.engines import process
from recobro.engines.folder import DataFolder
from recobro.engines.postgres import Postgres
from recobro.engines.valkey import Valkey

OURS = ("RECOBRO_", "DATABASE_", "REDIS_", "SMTP_", "STRIPE_", "PUBLIC_URL")


class Up:
    """A running `recobro up` and everything it has said."""

    def __init__(self, data: Path, port: int) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.data = data
        self.port = port
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recobro.cli.main", "up"],
            env={**clean, "LANG": "C", "RECOBRO_DATA": str(data), "RECOBRO_PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.lines += iter(self.process.stdout.readline, "")

    def wait_for(self, happened: str, seconds: float = 90) -> None:
        found = process.wait_until(lambda: any(re.search(happened, line) for line in self.lines), seconds, pause=0.1)
        assert found, "".join(self.lines[-60:])

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def programs(self) -> dict[str, int]:
        """What the supervisor runs now: command and number."""
        noted = json.loads(DataFolder(self.data).recall("supervised") or "{}")
        return {command.partition("main ")[2]: int(pid) for pid, command in noted.items()}

    def end(self, number: signal.Signals) -> float:
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        self._reader.join(timeout=5)
        return time.monotonic() - begun


@pytest.fixture
def data() -> Iterator[Path]:
    above = Path(tempfile.mkdtemp(prefix="recobro-up-"))
    above.chmod(0o711)
    yield above / "data"
    if (above / "data" / "recobro-data.json").exists():
        for server in (Postgres(above / "data"), Valkey(above / "data")):
            server.stop()
    shutil.rmtree(above)


def test_everything_runs_by_one_command_and_survives_the_loss_of_any_part(data: Path) -> None:
    up = Up(data, process.free_port())
    try:
        up.wait_for("Recobro está listo")
        assert up.is_ready()
        postgres, valkey = Postgres(data), Valkey(data)
        programs = up.programs()
        assert {"serve", "relay", "cron", "worker --queue money"} <= programs.keys()

        for server in (postgres, valkey):
            os.kill(server.pid() or 0, signal.SIGKILL)
            up.wait_for(f"{server.label} terminó")
        assert process.wait_until(lambda: up.is_ready() and valkey.pid() is not None, 30, pause=0.2)

        os.kill(programs["relay"], signal.SIGKILL)
        up.wait_for(r"relay terminó \(código -9\)")
        assert process.wait_until(lambda: up.programs().get("relay") not in (None, programs["relay"]), 30, pause=0.2)

        left = [*up.programs().values(), postgres.pid() or 0, valkey.pid() or 0]
        # A worker may say in its library's words that its server was killed; an end asked for is said in ours.
        said = len(up.lines)
        assert up.end(signal.SIGINT) < 15
        assert up.process.returncode == 0
        assert [pid for pid in left if process.alive(pid)] == []
        assert "Traceback" not in "".join(up.lines[said:])
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)
