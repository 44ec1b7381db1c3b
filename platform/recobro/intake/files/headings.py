"""Which row of a sheet is its headings, and what the columns are called: also by headings on two lines."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from recobro.intake.columns.fields import FIELDS
from recobro.intake.columns.grammar import Number, amount_verdict, date_verdict
from recobro.intake.sheet import Row

LONGEST = 80
_KNOWN = frozenset(heading for field in FIELDS.values() for heading in field.headings)
_BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")
# (first row, first column, last row, last column) of merged cells, from 0.
Merged = tuple[int, int, int, int]


class Headings(NamedTuple):
    """The line of the headings (the second of two), the names of the columns, and of headings on two lines what the
    second says, by column."""

    line: int
    names: tuple[str, ...]
    lower: tuple[str, ...] = ()


def find(rows: Sequence[Row], merged: Sequence[Merged] = ()) -> Headings:
    """The line of the headings and the names of the columns: the first full row of words above the data. Titles above
    are short; a row with an amount or a day in it is data. Of a sheet with one column the first cell is its heading
    when it is a known one. Line 0 is a sheet without headings, with invented names."""
    width = Counter(len(_filled(row)) for row in rows).most_common(1)[0][0] if rows else 0
    if width == 1 and len(_filled(rows[0])) == 1 and _is_known(_filled(rows[0])[0]):
        return Headings(rows[0].line, _names(rows[0].cells))
    for index, row in enumerate(rows):
        if len(_filled(row)) < max(2, width * 6 // 10):
            continue
        if any(map(_is_data, _filled(row))):
            break
        return _headings(rows, index, merged)
    return Headings(0, invented(rows))


def at(rows: Sequence[Row], line: int, merged: Sequence[Merged] = ()) -> Headings:
    """The headings on the line that a person points to, as `find` gives them."""
    index = next((number for number, row in enumerate(rows) if row.line == line), None)
    return _headings(rows, index, merged) if index is not None else Headings(0, invented(rows))


def invented(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names for the columns of a sheet without headings."""
    return tuple(f"Columna {number}" for number in range(1, max((len(row.cells) for row in rows), default=0) + 1))


def _headings(rows: Sequence[Row], index: int, merged: Sequence[Merged]) -> Headings:
    row = rows[index]
    if index + 1 < len(rows) and _continues(row, rows[index + 1], merged):
        return _of_two(row, rows[index + 1], merged)
    if index and _groups(rows[index - 1], row, merged):
        return _of_two(rows[index - 1], row, merged)
    return Headings(row.line, _names(row.cells))


def _of_two(top: Row, below: Row, merged: Sequence[Merged]) -> Headings:
    names = _names(_joined(top, below, merged))
    return Headings(below.line, names, tuple(cell[:LONGEST] for cell in _texts(below, len(names))))


def _continues(top: Row, below: Row, merged: Sequence[Merged]) -> bool:
    """Whether the row below is the second line of the headings: words only, that fill the gaps of the first, and no
    column without a name in either."""
    if below.line != top.line + 1 or any(map(_is_data, _filled(below))):
        return False
    if any(first == top.line - 1 and last > left for first, left, _, last in merged):
        return True
    width = max(_width(top), _width(below))
    above, under = _texts(top, width), _texts(below, width)
    gaps = [not a and bool(u) for a, u in zip(above, under, strict=True)]
    # One name in front of the gap at least is above a second one.
    spans = any(gaps[at] and above[at - 1] and under[at - 1] for at in range(1, width))
    return spans and all(a or u for a, u in zip(above, under, strict=True))


def _groups(top: Row, below: Row, merged: Sequence[Merged]) -> bool:
    """Whether the row above groups the headings: some cells of it are merged over some columns, not over all."""
    if below.line != top.line + 1 or any(map(_is_data, _filled(top))):
        return False
    return any(first == top.line - 1 == last and 1 <= right - left < _width(below) - 1
               for first, left, last, right in merged)  # fmt: skip


def _joined(top: Row, below: Row, merged: Sequence[Merged]) -> list[str]:
    """The two lines of a heading as one: what is above a column, or above the columns left of it, goes first."""
    width = max(_width(top), _width(below))
    above, under = _texts(top, width), _texts(below, width)
    spans = [(left, right) for first, left, _, right in merged if first == top.line - 1]
    names: list[str] = []
    group = ""
    for column, (over, name) in enumerate(zip(above, under, strict=True)):
        if merged:
            inside = next((left for left, right in spans if left <= column <= right), column)
            group = above[inside] if inside < width else ""
        else:
            group = over or group
        names.append(f"{group} {name}".strip() if name and group != name else name or over)
    return names


def _width(row: Row) -> int:
    return max((number for number, cell in enumerate(row.cells, start=1) if cell.strip()), default=0)


def _texts(row: Row, width: int) -> list[str]:
    cells = [cell.strip() for cell in row.cells[:width]]
    return cells + [""] * (width - len(cells))


def _filled(row: Row) -> list[str]:
    return [cell for cell in row.cells if cell.strip()]


def _is_known(cell: str) -> bool:
    plain = unicodedata.normalize("NFKD", cell.lower().replace("_", " ").strip(" .:"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)) in _KNOWN


def _is_data(cell: str) -> bool:
    return isinstance(cell, Number) or date_verdict(cell) != "none" or amount_verdict(cell) != "none"


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """The headings, each different from the others, without the empty ones at the end."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for number, cell in enumerate(cells, start=1):
        plain = "".join(sign if sign.isprintable() else " " for sign in cell.replace("\ufeff", " "))
        name = _BLANK.sub(" ", plain).strip()[:LONGEST] or f"Columna {number}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    while len(names) > 1 and not cells[len(names) - 1].strip():
        names.pop()
    return tuple(names)
