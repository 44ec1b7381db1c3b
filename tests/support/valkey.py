"""A real Valkey for the tests of the queue, in a folder of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recobro.engines.valkey import Valkey


@contextmanager
def test_valkey() -> Iterator[Valkey]:
    """A running server, stopped and removed afterwards."""
    above = Path(tempfile.mkdtemp(prefix="recobro-valkey-"))
    above.chmod(0o711)
    server = Valkey(above / "data", fast_for_tests=True, patience=60)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(above)
