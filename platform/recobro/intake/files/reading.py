"""A client's file as one sheet of text rows with line numbers: streamed, in bounded memory, nothing guessed per cell.

CSV and TXT are read by `delimited`, workbooks by `books` in a process of their own, with days as ISO dates and numbers
as `grammar.Number`. Hostile files are refused with a sentence before they can hurt.
"""

import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from kernel.text import msg
from recobro.intake.columns import titles
from recobro.intake.files import bundles, document_rows, headings, invoice_rows, typed
from recobro.intake.files.archives import KEPT_IN_MEMORY, check_named, is_workbook, is_zip, members, names
from recobro.intake.files.books import book_rows, look
from recobro.intake.files.delimited import encoding_of, separator_of, text_rows
from recobro.intake.files.layout import Layout as Layout
from recobro.intake.files.shown import shown_by
from recobro.intake.sheet import LOOK_ROWS, NUMBERLESS, TITLES
from recobro.intake.sheet import MOST_BYTES as MOST_BYTES
from recobro.intake.sheet import FileRefused as FileRefused
from recobro.intake.sheet import Row as Row

_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SHOWN_ROWS, _SHOWN_CELLS, _SHOWN_SIGNS = 15, 8, 100
_NO_SHEETS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"<?xml", b"{\\rtf")


def detect(source: BinaryIO, name: str, *, sheet: str = "", header_line: int | None = None) -> Layout:
    """How a file is to be read, from all its bytes and its first rows. FileRefused says what is wrong with it.

    Of a workbook the sheet with most rows is read, and those with the same headings with it, unless one is named. The
    headings are found, unless a person says on
    which line they are (0: nowhere).
    """
    source.seek(0, io.SEEK_END)
    size = source.tell()
    source.seek(0)
    if size == 0:
        raise FileRefused(msg("El archivo está vacío."))
    if size > MOST_BYTES:
        raise FileRefused(msg("El archivo pesa más de {limit} MB. Divídelo en partes."), limit=MOST_BYTES >> 20)
    check_named(source, name)
    if invoice_rows.holds_invoices(source):
        return invoice_rows.detect(source, name)
    if is_zip(source) and not is_workbook(source) and len(names(source)) > 1:
        return bundles.detect(source, _detect_member, _all_rows)
    with _sheet_in(source) as inside:
        return _detect_sheet(inside, name, sheet, header_line)


def _detect_member(source: BinaryIO, name: str) -> Layout:
    return _detect_sheet(source, name, "", None, titles_too=False)


def _titled(layout: Layout, first: Sequence[Row]) -> Layout:
    """The layout with the columns of the titles above its rows, where there are any."""
    if not layout.header_line or not titles.there_are(
        layout.columns, [row for row in first if row.line > layout.header_line]
    ):
        return layout
    lower = (*layout.lower, *("", "", "")) if layout.lower else ()
    return replace(layout, columns=(*layout.columns, *TITLES), lower=lower, titled=True)


def numberless(layout: Layout) -> Layout:
    """The layout with a column more, for the number that its debts have not."""
    lower = (*layout.lower, "") if layout.lower else ()
    return replace(layout, columns=(*layout.columns, NUMBERLESS), lower=lower, numberless=True)


def _detect_sheet(
    source: BinaryIO, name: str, sheet: str, header_line: int | None, *, titles_too: bool = True
) -> Layout:
    source.seek(0)
    head = source.read(8)
    if head.startswith(_BOOKS):
        book, first = _detect_book(source, sheet, header_line)
        return _titled(book, first) if titles_too else book
    if typed.holds(source):
        first = list(islice(typed.rows(source), LOOK_ROWS))
        found = headings.at(first[:1], 1)
        return Layout(typed.KIND, found.names, 1, first=_in_short(first))
    if head.startswith(_NO_SHEETS):
        raise FileRefused(msg("«{name}» no es una hoja de datos. Súbela como XLSX, ODS o CSV."), name=name[:80])
    if invoice_rows.is_page(source):
        raise FileRefused(
            msg("«{name}» es una página web, aunque se llame como una hoja. Ábrela en Excel y guárdala como XLSX."),
            name=name[:80],
        )
    encoding = encoding_of(source)
    separator = separator_of(source, encoding)
    first = list(islice(text_rows(source, encoding, separator), LOOK_ROWS))
    found = _headings(first, header_line, ())
    layout = Layout("csv", found.names, found.line, encoding, separator, first=_in_short(first), lower=found.lower)
    return _titled(layout, first) if titles_too else layout


def _detect_book(source: BinaryIO, sheet: str, header_line: int | None) -> tuple[Layout, Sequence[Row]]:
    book = look(source, sheet, LOOK_ROWS)
    shown = shown_by(source)
    found = _headings(book.rows, header_line, book.merged or shown.merged.get(book.sheet, ()))
    heights = {book.sheet: book.height}
    unread = []
    for name, height, first, merged in book.others:
        # A person who says where the headings are speaks of one sheet.
        if (
            header_line is None
            and found.line
            and _alike(headings.find(first, merged or shown.merged.get(name, ())), found)
        ):
            heights[name] = height
        elif height > 1:
            unread.append((name, height))
    members, before = [], 0
    for name in (name for name in book.sheets if name in heights) if len(heights) > 1 else ():
        members.append((name, before))
        before += heights[name]
    layout = Layout("workbook", found.names, found.line, sheet=book.sheet, sheets=book.sheets,
                  first=_in_short(book.rows), lower=found.lower, members=tuple(members),
                  unread=tuple(unread), zeros=shown.zeros, signs=shown.signs, hidden=book.hidden,
                    hidden_rows=shown.hidden_rows)  # fmt: skip
    return layout, book.rows


def _alike(other: headings.Headings, found: headings.Headings) -> bool:
    return other.line == found.line and bundles.same(other.names) == bundles.same(found.names)


def _in_short(first: Sequence[Row]) -> tuple[tuple[int, str], ...]:
    shown = []
    for row in first[:_SHOWN_ROWS]:
        words = " · ".join(cell.strip() for cell in row.cells[:_SHOWN_CELLS] if cell.strip())
        shown.append((row.line, "".join(sign if sign.isprintable() else " " for sign in words[:_SHOWN_SIGNS])))
    return tuple(shown)


@contextmanager
def _sheet_in(source: BinaryIO, layout: Layout | None = None) -> Iterator[BinaryIO]:
    """The file itself, or the only one in a ZIP."""
    if not is_zip(source) or is_workbook(source) or (layout and layout.kind == bundles.KIND):
        yield source
        return
    files = members(source)
    _, only = next(files)
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as held:
        file = cast(BinaryIO, held)
        shutil.copyfileobj(only, file, 1 << 20)
        yield file


def _headings(first: Sequence[Row], chosen: int | None, merged: Sequence[headings.Merged]) -> headings.Headings:
    if not first:
        raise FileRefused(msg("El archivo no tiene filas."))
    if chosen is None:
        return headings.find(first, merged)
    return headings.at(first, chosen, merged) if chosen else headings.Headings(0, headings.invented(first))


def rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows below the headings, in order; blank ones are left out, short ones filled up."""
    if layout.kind == invoice_rows.KIND:
        yield from invoice_rows.rows(source, layout)
        return
    if layout.kind == document_rows.KIND:
        yield from document_rows.rows(source, layout)
        return
    width = len(layout.columns)
    with _sheet_in(source, layout) as inside:
        found = (row for row in _all_rows(inside, layout) if row.line > layout.header_line)
        own = width - layout.numberless
        for row in titles.under(found, own - len(TITLES)) if layout.titled else found:
            if layout.numberless and len(row.cells) > own:
                yield Row(row.line, [*row.cells[:own], "", *row.cells[own:]])
            elif len(row.cells) < width:
                yield Row(row.line, [*row.cells, *[""] * (width - len(row.cells))])
            else:
                yield row


def _all_rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    if layout.kind == bundles.KIND:
        return bundles.rows(source, layout, _detect_member, _all_rows)
    if layout.kind == "workbook":
        return book_rows(source, layout)
    if layout.kind == typed.KIND:
        return typed.rows(source)
    return text_rows(source, layout.encoding, layout.separator)
