"""A coverage-guided fuzzer for readers in Python: what reaches a new line of them is kept and changed further."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from types import CodeType, FrameType
from typing import Any

Target = Callable[[bytes], object]
Arc = tuple[CodeType, int, int]
LONGEST = 1 << 16
_NUMBERS = (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999", b"1e999", b"NaN", b"0.000000000000001")
_SIGNS = b"\0\t\n\r \"',;|=<>&[]{}()/\\-+.%\x7f\x80\xa0\xe9\xff"


@dataclass(frozen=True)
class Crash:
    """What a target could not bear: the input and the error that is no refusal."""

    data: bytes
    error: BaseException


@dataclass(frozen=True)
class Run:
    """What came of a run: the first crash if any, how many inputs were tried, how many of them reached new code."""

    crash: Crash | None
    tried: int
    kept: int


def fuzz(
    target: Target, seeds: Sequence[bytes], *, seconds: float, watched: str, words: Sequence[bytes] = (), seed: int = 1
) -> Run:
    """Change the seeds until the target raises or the time is over. `watched` is a part of the path of the files whose
    lines count as reached; `words` are put into inputs."""
    random = Random(seed)
    corpus: list[bytes] = []
    seen: set[Arc] = set()
    until = time.monotonic() + seconds
    tried = 0
    waiting = list(reversed(seeds))
    while time.monotonic() < until:
        data = waiting.pop() if waiting else _changed(random, corpus, words)
        tried += 1
        reached, error = _traced(target, data, watched)
        if error is not None:
            return Run(Crash(data, error), tried, len(corpus))
        if not reached <= seen or not corpus:
            seen |= reached
            corpus.append(data)
    return Run(None, tried, len(corpus))


def _traced(target: Target, data: bytes, watched: str) -> tuple[set[Arc], BaseException | None]:
    reached: set[Arc] = set()
    last: dict[FrameType, int] = {}

    def line(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code, last.get(frame, 0), frame.f_lineno))
            last[frame] = frame.f_lineno
        elif event == "return":
            last.pop(frame, None)
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if watched in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        target(data)
    except Exception as error:
        return reached, error
    finally:
        sys.settrace(before)
    return reached, None


def _changed(random: Random, corpus: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    # What was found last is nearest to what was not reached yet.
    data = bytearray(corpus[-1] if random.random() < 0.3 else random.choice(corpus))
    for _ in range(1 << random.randrange(4)):
        _change(random, data, corpus, words)
    return bytes(data[:LONGEST])


def _change(random: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    end = min(len(data), at + (1 << random.randrange(8)))
    match random.randrange(8):
        case 0:
            data[at : at + 1] = bytes([random.randrange(256)])
        case 1:
            del data[at:end]
        case 2:
            data[at:at] = data[at:end] * random.choice((1, 2, 40))
        case 3:
            data[at : at + random.randrange(2)] = bytes([random.choice(_SIGNS)])
        case 4:
            data[at:end] = random.choice(_NUMBERS)
        case 5 if words:
            data[at : at + random.randrange(2) * len(data[at:end])] = random.choice(words)
        case 6:
            other = random.choice(corpus)
            start = random.randrange(len(other) + 1)
            data[at:end] = other[start : start + (1 << random.randrange(10))]
        case _ if at < len(data):
            data[at] ^= 1 << random.randrange(8)
