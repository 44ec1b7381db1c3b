"""The rows of a file checked block by block: here, or beside this process on every core when there are many.

A child is this module run with `-m`: it is given a pickled plan, then pickled blocks of rows, and answers each with
what came of it. Blocks come back in the order of the file, so that many cores find exactly what one does.
"""

import os
import pickle
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from queue import Queue
from threading import Thread
from typing import IO, Any, NamedTuple

from kernel.garbage import settle
from recobro.intake.checks.parties import copied
from recobro.intake.checks.rows import Checked, Plan, StagedRow, checker
from recobro.intake.issues import Issue
from recobro.intake.sheet import Row

# Below this a child would take longer to start than to help.
MANY_ROWS = 20_000
MOST_CHILDREN = 4
_BLOCK = 500
# So many blocks of a child are on their way at once.
_AHEAD = 3
_NULL = r"\N"
_LENGTH = struct.Struct("!Q")


class Block(NamedTuple):
    """What came of some rows: the good ones as COPY takes them, how many there were, how many were not open, issues."""

    copied: str
    rows: int
    not_open: int
    issues: list[Issue]


def blocks(rows: Iterable[Row], check: Callable[[Row], Checked]) -> Generator[Block, None, None]:
    """The rows checked here."""
    for some in _cut(rows):
        yield _checked(some, check)


def blocks_beside(rows: Iterable[Row], plan: Plan) -> Generator[Block, None, None]:
    """The same, checked by one child for each core."""
    with ExitStack() as stack:
        children = [stack.enter_context(_Child(plan)) for _ in range(min(os.cpu_count() or 1, MOST_CHILDREN))]
        waiting: deque[_Child] = deque()
        for number, some in enumerate(_cut(rows)):
            if len(waiting) == _AHEAD * len(children):
                yield waiting.popleft().answer()
            child = children[number % len(children)]
            child.ask(some)
            waiting.append(child)
        while waiting:
            yield waiting.popleft().answer()


def helps(row_count: int) -> bool:
    """Whether children are worth starting for so many rows on this machine."""
    return row_count >= MANY_ROWS and (os.cpu_count() or 1) > 1


def _cut(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, _BLOCK)):
        yield some


def _checked(rows: list[Row], check: Callable[[Row], Checked]) -> Block:
    lines: list[str] = []
    issues: list[Issue] = []
    not_open = 0
    for row in rows:
        staged, found = check(row)
        if staged is not None:
            lines.append(_copied(staged))
        elif not found:
            not_open += 1
        issues += found
    return Block("".join(lines), len(rows), not_open, issues)


def _copied(row: StagedRow) -> str:
    """A row as COPY takes it. Nothing in it has a tab or an end of line: the checks leave only what can be printed."""
    return (
        f"{row.line}\t{copied(row.reference)}\t{copied(row.reference_norm)}\t{row.copied}\t{row.issued_on or _NULL}\t"
        f"{row.due_on}\t{row.currency}\t{row.balance}\t{row.interest}\t{row.cost}\t{row.fee}\t{row.disputed}\t"
        f"{row.seller_norm}\t{row.uuid}\t{copied(row.concept)}\t{copied(row.extra)}\t{row.born}\n"
    )


class _Child:
    """One child, and a thread that hands it one block after another."""

    def __init__(self, plan: Plan) -> None:
        self.asked: Queue[list[Row] | None] = Queue()
        self.answers: Queue[Block | Exception] = Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recobro.intake.checks.checking"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.thread = Thread(target=self._hand_over, args=(plan,), daemon=True)

    def __enter__(self) -> "_Child":
        self.thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.asked.put(None)
        self.process.kill()
        self.process.wait()
        self.thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                # What was still to be written to a child that is gone is nobody's.
                with suppress(BrokenPipeError):
                    pipe.close()

    def ask(self, rows: list[Row]) -> None:
        """Give it a block."""
        self.asked.put(rows)

    def answer(self) -> Block:
        """The next block that comes back; what ended the child is raised here."""
        found = self.answers.get()
        if isinstance(found, Exception):
            raise found
        return found

    def _hand_over(self, plan: Plan) -> None:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            _write(stdin, plan)
            while (rows := self.asked.get()) is not None:
                _write(stdin, rows)
                self.answers.put(Block(*_read(stdout)))
        except Exception as error:  # whatever it is, who waits must hear of it
            self.answers.put(RuntimeError(f"A process that checks rows ended: {error}"))


def _write(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("nothing more to read")
    # Only this module writes to these pipes.
    return pickle.loads(stream.read(_LENGTH.unpack(head)[0]))  # noqa: S301


def main() -> None:
    """Be a child: check what comes until nothing more does."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    check = checker(_read(stdin))
    settle()
    while True:
        try:
            rows = _read(stdin)
        except EOFError:
            return
        # A child's own classes are not the parent's.
        _write(stdout, tuple(_checked(rows, check)))


if __name__ == "__main__":
    main()
