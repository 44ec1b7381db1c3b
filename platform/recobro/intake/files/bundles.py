"""Several sheets of the same headings in a ZIP, read as one: all their rows, in the order of their names.

Lines go on from one sheet to the next; `members` of the layout says where each begins, so that a line can be told by
its file.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from kernel.text import msg
from recobro.intake.files.archives import SHOWN_NAME, members
from recobro.intake.files.layout import Layout
from recobro.intake.issues import Issue
from recobro.intake.sheet import FileRefused, Row

KIND = "bundle"
_NOTE = re.compile(r"(?:l[eé]e-?me|read-?me|instrucciones|instructions)\b.*\.(?:txt|md|pdf|docx?|rtf)", re.IGNORECASE)
Detect = Callable[[BinaryIO, str], Layout]
ReadRows = Callable[[BinaryIO, Layout], Iterator[Row]]


def detect(source: BinaryIO, detect_one: Detect, rows_of: ReadRows) -> Layout:
    """The layout of all sheets as one. FileRefused names two that have other headings."""
    first, found, before = None, [], 0
    for name, file in _sheets(source):
        layout = detect_one(file, name)
        first = first or (name, layout)
        if same(layout.columns) != same(first[1].columns):
            raise FileRefused(
                msg("«{one}» y «{other}» no tienen los mismos encabezados. Súbelas de una en una."),
                one=first[0][:SHOWN_NAME], other=name[:SHOWN_NAME],
            )  # fmt: skip
        last = layout.header_line
        for row in rows_of(file, layout):
            last = row.line
        found.append((name, before))
        before += last
    if first is None:
        raise FileRefused(msg("El ZIP no trae ninguna hoja de datos."))
    return Layout(KIND, first[1].columns, 0, members=tuple(found))


def rows(source: BinaryIO, layout: Layout, detect_one: Detect, rows_of: ReadRows) -> Iterator[Row]:
    """The rows below the headings of each sheet."""
    starts = dict(layout.members)
    for name, file in _sheets(source):
        each = detect_one(file, name)
        for row in rows_of(file, each):
            if row.line > each.header_line:
                yield Row(starts[name] + row.line, row.cells)


def _sheets(source: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """The files of a ZIP but for what only tells people about them."""
    return ((name, file) for name, file in members(source) if not _NOTE.fullmatch(PurePosixPath(name).name))


def named(issue: Issue, layout: Layout) -> Issue:
    """The issue, saying which file its line is in, and which line of that file it is."""
    starts = [start for _, start in layout.members]
    at = bisect_right(starts, issue.line - 1) - 1
    name, start = layout.members[max(at, 0)]
    return replace(issue, details={**issue.details, "file": f"{name} · {issue.line - start}"})


def same(columns: Sequence[str]) -> tuple[str, ...]:
    """Headings as they are compared."""
    return tuple(" ".join(column.casefold().split()) for column in columns)
