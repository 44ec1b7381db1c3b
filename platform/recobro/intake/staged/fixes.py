"""Repairs of a file in place: what cells say instead of what they said, laid over the rows as they are read. The file
itself stays as it came. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from recobro.intake.sheet import Row

MOST_CELLS = 50_000
MOST_VALUES = 500


class Fix(NamedTuple):
    """One repair. `line` 0: every row in which the column (from 0) says `old`, blanks around it apart."""

    line: int
    column: int
    old: str
    new: str


@dataclass(frozen=True)
class Overlay:
    """All repairs of a file: {column: {what a cell says: what it is to say}}, and {line: {column: what it is to say}},
    which goes before."""

    values: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    cells: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values or self.cells)


def overlay(acts: Iterable[Sequence[Fix]]) -> Overlay:
    """The repairs of several acts, in the order they were made: each mends what the one before has left."""
    values: dict[int, dict[str, str]] = {}
    cells: dict[int, dict[int, str]] = {}
    for act in acts:
        said: dict[int, dict[str, str]] = {}
        for fix in act:
            if not fix.line:
                said.setdefault(fix.column, {})[fix.old] = fix.new
        for column, wanted in said.items():
            known = values.setdefault(column, {})
            for old, new in known.items():
                known[old] = wanted.get(new, new)
            known.update(wanted)
            for own in cells.values():
                if column in own:
                    own[column] = wanted.get(own[column], own[column])
        for fix in act:
            if fix.line:
                cells.setdefault(fix.line, {})[fix.column] = fix.new
    return Overlay(values, cells)


def fixed(rows: Iterable[Row], repairs: Overlay) -> Iterable[Row]:
    """The rows as they are to be read; the very same iterable when there are no repairs."""
    return (_one(row, repairs) for row in rows) if repairs else rows


def touched(rows: Iterable[Row], before: Overlay, after: Overlay) -> Iterator[Row]:
    """The rows that more repairs would change, as they would be read then."""
    for row in rows:
        was, now = _one(row, before), _one(row, after)
        if was.cells != now.cells:
            yield now


def _one(row: Row, repairs: Overlay) -> Row:
    own = repairs.cells.get(row.line)
    changed = {} if own is None else {column: new for column, new in own.items() if column < len(row.cells)}
    for column, said in repairs.values.items():
        if column not in changed and column < len(row.cells):
            new = said.get(row.cells[column].strip())
            if new is not None:
                changed[column] = new
    # What else a row carries, it carries on.
    return row._replace(cells=[changed.get(at, cell) for at, cell in enumerate(row.cells)]) if changed else row


def digest(repairs: Overlay) -> str:
    """SHA-256 of what the repairs change; nothing when that is nothing."""
    values = {
        column: kept for column, said in repairs.values.items() if (kept := {k: v for k, v in said.items() if k != v})
    }
    if not values and not repairs.cells:
        return ""
    said = json.dumps([values, repairs.cells], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()
