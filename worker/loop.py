"""A step done again and again until the process is told to stop; trouble only makes it rest longer."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog

log = structlog.get_logger()


def repeat(name: str, step: Callable[[], float], *, longest_rest_s: float) -> None:
    """Run `step` until SIGINT or SIGTERM; it says how many seconds to rest before the next. A step is never cut short.

    After an exception the rest doubles, up to `longest_rest_s`.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    rest = 0.0
    try:
        while not stop.wait(rest):
            try:
                rest = step()
            except Exception as error:
                rest = min(max(rest, 0.25) * 2, longest_rest_s)
                log.warning("loop rests", loop=name, seconds=rest, error=f"{type(error).__name__}: {error}")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
