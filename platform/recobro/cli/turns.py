"""A client's files go one after the other, here and in the workers."""

import time
from collections.abc import Callable

from kernel.problems import Conflict

_PATIENCE_S = 1800.0
_REST_S = 0.5


def take_turn(act: Callable[[], None]) -> None:
    """Do something with a client's file; while another process has that client's in hand (a worker heard the same
    row), wait for it. Refused as `act` is, when it takes too long."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            act()
            return
        except Conflict:
            if time.monotonic() > until:
                raise
            time.sleep(_REST_S)
