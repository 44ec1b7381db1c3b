"""The rows of a file that do not go in, as a file of the same layout with the reasons beside them; and that file back,
mended by hand: what changed in it is laid over the first file, before it is committed and after."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO
from uuid import UUID

import xlsxwriter
from sqlalchemy import select

from kernel.problems import Invalid
from kernel.text import msg
from recobro.files import open_file
from recobro.intake.checks.causes import EXTRA_HEADING, LINE_HEADINGS
from recobro.intake.columns.grammar import Mark, Number
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.columns.verdicts import mapped
from recobro.intake.files import reading
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.queries import Line, issues, told
from recobro.intake.repair.repairing import repair
from recobro.intake.service import choices_of, layout_of, open_placement, plan_of
from recobro.intake.staged import repairs
from recobro.intake.staged.fixes import MOST_CELLS, Fix
from recobro.intake.tables import Placement
from recobro.web.exports import defused
from tenants.service import client_by_id
from tenants.work import Work

MOST_ROWS, MOST_SIGNS = 20_000, 32 * 1024 * 1024
_KINDS = ("rejected", "conflict")
_LONGEST_TOLD = 120
# A file of refused rows comes back soon: no older placements are looked through.
_MOST_ASKED = 50
_MOST_EXTRA = 50
_BELOW_ZERO = re.compile(r"-\d[\d.,  ]*")
# A file this small is made in memory.
_SPOOL = 4 * 1024 * 1024


@dataclass(frozen=True)
class Merged:
    """What a mended file changed: rows, cells; and how many of its rows were not asked for."""

    rows: int
    cells: int
    unknown: int


def extra_cells(work: Work, placement: Placement) -> int:
    """How many cells the longest refused row has beyond the headings."""
    told = [one.details for one in issues(work, placement.id, kinds=_KINDS) if one.code == "too_many_cells"]
    return min(_MOST_EXTRA, max((one["count"] - one["width"] for one in told), default=0))


def heads(placement: Placement, line: str, error: str, extra: Sequence[str] = ()) -> list[str]:
    """The headings of the file, those of cells that are too many (`extra`), then those of the line and of the reason,
    none of them twice."""
    columns = layout_of(placement).columns
    for at in range(2, 100):
        if line not in columns and error not in columns:
            break
        line, error = f"{line.split(' ')[0]} {at}", f"{error.split(' ')[0]} {at}"
    return [*columns, *extra, line, error]


def refused_rows(
    work: Work, placement: Placement, spoken: Callable[[Line], str], extra: int = 0
) -> Iterator[list[str]]:
    """The rows that were refused or are in conflict, as they were, with so many cells more than there are headings
    (`extra`), each with its line and its reasons."""
    reasons: dict[int, list[str]] = {}
    for issue in issues(work, placement.id, kinds=_KINDS):
        reasons.setdefault(issue.line, []).append(spoken(told(issue)))
    if not reasons:
        return
    width, last = len(layout_of(placement).columns) + extra, max(reasons)
    with open_file(work, placement.file_id) as (_, file):
        for row in reading.rows(file, layout_of(placement)):
            if row.line in reasons:
                blank = [""] * (width - len(row.cells))
                yield [*row.cells[:width], *blank, str(row.line), " ".join(reasons[row.line])]
            if row.line >= last:
                break


def as_csv(head: Sequence[str], rows: Iterator[list[str]], separator: str) -> IO[bytes]:
    """The rows as CSV with the mark of UTF-8, formulas defused, open at its start."""
    out = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - the caller sends it
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=separator or ",")
    writer.writerow([defused(cell) for cell in head])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    text.detach()
    out.seek(0)
    return out


def as_workbook(head: Sequence[str], rows: Iterator[list[str]]) -> IO[bytes]:
    """The rows as a workbook whose cells are all text, so that nothing in them is read otherwise on the way back."""
    out = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - the caller sends it
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, head, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, _harmless(cell)[:32_000])
    book.close()
    out.seek(0)
    return out


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; an amount below zero is none."""
    return cell if _BELOW_ZERO.fullmatch(cell.strip()) else defused(cell)


def came_from(work: Work, placement: Placement) -> Placement | None:
    """The placement whose refused rows this file is, when it was brought as a new one: that of the same headings with
    rows to mend, the latest of its client. None for any other file."""
    columns = layout_of(placement).columns
    if placement.state not in OPEN or not any(_is(heading, LINE_HEADINGS) for heading in columns[-2:-1]):
        return None
    others = work.session.scalars(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id, Placement.client_id == placement.client_id,
            Placement.kind == placement.kind, Placement.id != placement.id,
            Placement.state.in_([State.PREVIEWED, State.COMMITTED]), Placement.created_at <= placement.created_at,
        )
        .order_by(Placement.created_at.desc())
        .limit(_MOST_ASKED)
    )  # fmt: skip
    for one in others:
        width = len(layout_of(one).columns)
        waits = one.counts.get("rejected", 0) + one.counts.get("conflicts", 0)
        if waits and width <= len(columns) - 2 and columns[:width] == layout_of(one).columns:
            return one
    return None


def merge(work: Work, placement_id: UUID, file: BinaryIO, name: str) -> Merged:
    """Lay what a mended file of refused rows says over the placement it came from, by line. Only rows that were asked
    for count: the others are as they were. So a line of a committed file has one fate, however often it is sent."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    returned = _returned(placement, file, name)
    asked = {issue.line for issue in issues(work, placement_id, kinds=_KINDS)}
    marks = _marks(work, placement)
    fixes: list[Fix] = []
    left = set(returned) & asked
    with open_file(work, placement.file_id) as (_, original):
        for row in reading.rows(original, layout_of(placement)):
            if row.line not in left:
                continue
            for column, cell in returned[row.line].items():
                now = _plain(cell, marks.get(column))
                if column < len(row.cells) and not _same(row.cells[column], now):
                    fixes.append(Fix(row.line, column, row.cells[column].strip()[:_LONGEST_TOLD], now))
            left.discard(row.line)
            if not left or len(fixes) > MOST_CELLS:
                break
    if not fixes:
        raise Invalid(msg("Las filas que subiste dicen lo mismo que antes: no cambió nada."))
    repair(work, placement_id, fixes, extra=extra_cells(work, placement))
    return Merged(len({fix.line for fix in fixes}), len(fixes), len(set(returned) - asked))


def _returned(placement: Placement, file: BinaryIO, name: str) -> dict[int, dict[int, str]]:
    """What a mended file says: {line of the first file: {its column there: cell}}."""
    layout = reading.detect(file, name)
    ours = {heading: index for index, heading in enumerate(layout_of(placement).columns)}
    by_line = [i for i, heading in enumerate(layout.columns) if _is(heading, LINE_HEADINGS) and heading not in ours]
    if not by_line or not set(layout.columns) & set(ours):
        raise Invalid(
            msg("El archivo no es el de las filas con error: le falta la columna «Fila» o las de tu archivo.")
        )
    columns = [(at, ours[heading]) for at, heading in enumerate(layout.columns) if heading in ours]
    for at, heading in enumerate(layout.columns):
        # The cells beyond the headings come back under headings of our own.
        beyond = re.fullmatch(EXTRA_HEADING, plain_heading(heading))
        if beyond and heading not in ours:
            columns.append((at, len(ours) + int(beyond[1]) - 1))
    found: dict[int, dict[int, str]] = {}
    signs = 0
    for row in reading.rows(file, layout):
        line = row.cells[by_line[0]].strip()
        if not line.isdecimal() or len(line) > 9:
            raise Invalid(msg("La línea {line} no dice de qué fila es: la columna «Fila» debe quedar como estaba."),
                          line=row.line)  # fmt: skip
        found[int(line)] = {column: row.cells[at] for at, column in columns}
        signs += sum(map(len, row.cells))
        if len(found) > MOST_ROWS or signs > MOST_SIGNS:
            raise Invalid(msg("Son más de {limit} filas: corrígelas en tu archivo y súbelo de nuevo."), limit=MOST_ROWS)
    return found


def _is(heading: str, known: Sequence[str]) -> bool:
    return plain_heading(heading).split(" ")[0] in known


def _marks(work: Work, placement: Placement) -> Mapping[int, Mark]:
    """The decimal mark of each column of amounts."""
    marks: Mapping[str, Any] = plan_of(placement, client_by_id(work, placement.client_id)).marks
    return {index: marks[field] for field, index in mapped(choices_of(placement)).items() if field in marks}


def _plain(cell: str, mark: Mark | None) -> str:
    """A cell as the first file would write it: numbers of a spreadsheet with its decimal mark, nothing defused."""
    if isinstance(cell, Number) and mark is Mark.COMMA:
        return cell.replace(".", ",")
    text = str(cell).strip()
    return text[1:] if text.startswith("'") and defused(text[1:]) == text else text


def _same(was: str, now: str) -> bool:
    return now in (was.strip(), defused(was).strip())
