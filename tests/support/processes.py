"""Programs that a test starts and that end with it, however it ends."""

import subprocess
from collections.abc import Mapping, Sequence

import pytest


def started(
    command: Sequence[str], environment: Mapping[str, str], request: pytest.FixtureRequest
) -> subprocess.Popen[bytes]:
    """A running program; it is killed after the test if it still runs."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)

    def end() -> None:
        running.kill()
        running.wait()

    request.addfinalizer(end)
    return running
