"""Which lines of a placement's file are done, and are never done again whatever is mended afterwards."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from recobro.intake.lifecycle import State
from recobro.intake.tables import Placement
from tenants.work import Work

Ranges = Sequence[Sequence[int]]
_PLACED = """
SELECT lower(r) AS first, upper(r) - 1 AS last FROM (
  SELECT unnest(range_agg(int8range(placement_line, placement_line, '[]'))) AS r FROM debts
  WHERE agency_id = :agency AND placement_id = :placement AND placement_line IS NOT NULL) one
ORDER BY 1
"""


class Lines:
    """Lines of a file, kept as [first, last] of those that follow one another."""

    def __init__(self, ranges: Ranges) -> None:
        self.ranges = ranges
        self._firsts = [one[0] for one in ranges]

    def __contains__(self, line: int) -> bool:
        at = bisect_right(self._firsts, line) - 1
        return at >= 0 and line <= self.ranges[at][1]

    def __bool__(self) -> bool:
        return bool(self.ranges)


def ranges_of(lines: Iterable[int]) -> list[list[int]]:
    """Lines in any order, each however often, as [first, last] of those that follow one another."""
    found: list[list[int]] = []
    for line in sorted(set(lines)):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return found


@dataclass(frozen=True)
class Done:
    """The lines that are done: of a committed placement all that its last batch did not leave (`left`), and each of
    which there is a debt."""

    left: Lines | None
    placed: Lines

    def __contains__(self, line: int) -> bool:
        return (self.left is not None and line not in self.left) or line in self.placed

    def __bool__(self) -> bool:
        return self.left is not None or bool(self.placed)


def done_lines(work: Work, placement: Placement) -> Done:
    """Which lines are not to be read again. While a batch is being placed its own count as not done: it goes on as it
    began, and knows its debts by their lines."""
    left = None if placement.committed_at is None else Lines(placement.left_lines)
    return Done(left, Lines([] if placement.state == State.COMMITTING else _placed(work, placement)))


def _placed(work: Work, placement: Placement) -> list[list[int]]:
    found = work.session.execute(text(_PLACED), {"agency": work.agency_id, "placement": placement.id})
    return [[row.first, row.last] for row in found]
