"""A client's file as one sheet of text rows with line numbers: streamed, in bounded memory, nothing guessed per cell.

CSV and TXT are read by the standard library once their encoding and separator are known; workbooks by calamine, with
days as ISO dates and numbers as `grammar.Number`. Hostile files are refused with a sentence before they can hurt.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from kernel.text import msg
from recobro.intake import invoice_rows
from recobro.intake.archives import check_workbook
from recobro.intake.grammar import Number, amount_verdict, date_verdict
from recobro.intake.layout import FileRefused as FileRefused
from recobro.intake.layout import Layout as Layout
from recobro.intake.layout import Row as Row

MOST_BYTES = 256 * 1024 * 1024
MOST_COLUMNS = 256
MOST_CELL = 32_767
LOOK_ROWS = 30
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_BLOCK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")


def detect(source: BinaryIO, name: str) -> Layout:
    """How a file is to be read, from all its bytes and its first rows. FileRefused says what is wrong with it."""
    source.seek(0, io.SEEK_END)
    size = source.tell()
    source.seek(0)
    if size == 0:
        raise FileRefused(msg("El archivo está vacío."))
    if size > MOST_BYTES:
        raise FileRefused(msg("El archivo pesa más de {limit} MB. Divídelo en partes."), limit=MOST_BYTES >> 20)
    head = source.read(8)
    if invoice_rows.holds_invoices(source):
        return invoice_rows.detect(source, name)
    if head.startswith((b"PK\x03\x04", _OLD_WORKBOOK)):
        return _detect_workbook(source, name)
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"<?xml", b"{\\rtf")):
        raise FileRefused(msg("«{name}» no es una hoja de datos. Súbela como XLSX, ODS o CSV."), name=name[:80])
    return _detect_text(source)


def _detect_text(source: BinaryIO) -> Layout:
    encoding = _encoding(source)
    separator = _separator(source, encoding)
    first = list(islice(_text_rows(source, encoding, separator), LOOK_ROWS))
    header_line, columns = _header(first)
    return Layout("csv", columns, header_line, encoding, separator)


def _encoding(source: BinaryIO) -> str:
    """A byte order mark decides; else UTF-8 when every byte is, else Windows-1252 (charset guessers err on Spanish)."""
    source.seek(0)
    head = source.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            _check_text(source, name)
            return name
    try:
        _check_text(source, "utf-8")
    except UnicodeDecodeError:
        for name in ("cp1252", "latin-1"):
            try:
                _check_text(source, name)
                return name
            except UnicodeDecodeError:
                continue
    return "utf-8"


def _check_text(source: BinaryIO, encoding: str) -> None:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    while block := source.read(_BLOCK):
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            if encoding in ("utf-16", "utf-8-sig"):
                raise FileRefused(msg("El archivo está dañado: hay bytes que no son texto en {encoding}."),
                                  encoding=encoding.upper()) from error  # fmt: skip
            raise
        if "\0" in text:
            raise FileRefused(
                msg("El archivo tiene bytes nulos: no es texto. Guárdalo como CSV UTF-8 o como XLSX y súbelo de nuevo.")
            )
    if encoding in ("utf-8", "utf-16"):
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if encoding == "utf-8":
                raise
            raise FileRefused(msg("El archivo está dañado: termina a mitad de un carácter.")) from None


@contextmanager
def _opened(source: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    source.seek(0)
    stream = io.TextIOWrapper(source, encoding=encoding, newline="")
    try:
        yield stream
    finally:
        # The caller's file stays open.
        stream.detach()


def _separator(source: BinaryIO, encoding: str) -> str:
    """The separator under which most rows have the same number of cells; the wider sheet when two agree as often."""
    best, best_score = ",", (0.0, 0)
    for candidate in SEPARATORS:
        widths = Counter(len(row.cells) for row in islice(_text_rows(source, encoding, candidate), 200))
        several = {width: count for width, count in widths.items() if width > 1}
        if not several:
            continue
        width, count = max(several.items(), key=lambda pair: (pair[1], pair[0]))
        score = (round(count / sum(widths.values()), 2), width)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _text_rows(source: BinaryIO, encoding: str, separator: str) -> Iterator[Row]:
    with _opened(source, encoding) as stream:
        reader = csv.reader(stream, delimiter=separator)
        line = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FileRefused(
                    msg("La línea {line} no se puede leer: quizá unas comillas quedaron sin cerrar."), line=line + 1
                ) from error
            start, line = line + 1, reader.line_num
            if len(cells) > MOST_COLUMNS:
                raise FileRefused(
                    msg("La línea {line} tiene {count} columnas; el máximo es {limit}."),
                    line=start, count=len(cells), limit=MOST_COLUMNS,
                )  # fmt: skip
            if "".join(cells).strip():
                yield Row(start, cells)


def _detect_workbook(source: BinaryIO, name: str) -> Layout:
    check_workbook(source)
    book = _workbook(source)
    names = tuple(book.sheet_names)
    # The sheet with most rows is the data; covers and notes are short.
    sheet = max(names, key=lambda each: (book.get_sheet_by_name(each).height, -names.index(each)), default="")
    if not sheet:
        raise FileRefused(msg("El libro «{name}» no tiene hojas con datos."), name=name[:80])
    first = list(islice(_sheet_rows(book, sheet), LOOK_ROWS))
    header_line, columns = _header(first)
    return Layout("workbook", columns, header_line, sheet=sheet, sheets=names)


def _workbook(source: BinaryIO) -> CalamineWorkbook:
    source.seek(0)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(source.read()))
    except PasswordError as error:
        raise FileRefused(msg("El libro tiene contraseña. Quítasela y súbelo de nuevo.")) from error
    except CalamineError as error:
        raise FileRefused(msg("El libro está dañado o no es XLSX, XLS ni ODS.")) from error


def _sheet_rows(book: CalamineWorkbook, name: str) -> Iterator[Row]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_width > MOST_COLUMNS:
        raise FileRefused(
            msg("La hoja tiene {count} columnas; el máximo es {limit}."), count=sheet.total_width, limit=MOST_COLUMNS
        )
    first = (sheet.start or (0, 0))[0]
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), start=first + 1):
        cells = [_cell(value) for value in values]
        if any(cells):
            yield Row(number, cells)


def _cell(value: object) -> str:
    """A workbook's cell as text: whole numbers without `.0`, days as ISO, times left off at midnight."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, float):
        # Fifteen digits are what a spreadsheet shows; the rest is noise of the binary fraction.
        return Number(f"{Decimal(format(value, '.15g')):f}")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, time | timedelta) else ""


def _header(rows: Sequence[Row]) -> tuple[int, tuple[str, ...]]:
    """The heading row: the first full row of words above the data. Titles above it are short; a row with an amount or
    a day in it is data."""
    if not rows:
        raise FileRefused(msg("El archivo no tiene filas."))
    width = Counter(len(_filled(row)) for row in rows).most_common(1)[0][0]
    for row in rows:
        filled = _filled(row)
        if len(filled) < max(2, width * 6 // 10):
            continue
        if any(_is_data(cell) for cell in filled):
            break
        return row.line, _names(row.cells)
    return 0, tuple(f"Columna {number}" for number in range(1, max(len(row.cells) for row in rows) + 1))


def _filled(row: Row) -> list[str]:
    return [cell for cell in row.cells if cell.strip()]


def _is_data(cell: str) -> bool:
    return isinstance(cell, Number) or date_verdict(cell) != "none" or amount_verdict(cell) != "none"


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """The headings, each different from the others, without the empty ones at the end."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for number, cell in enumerate(cells, start=1):
        name = _BLANK.sub(" ", cell).strip()[:80] or f"Columna {number}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    while len(names) > 1 and not cells[len(names) - 1].strip():
        names.pop()
    return tuple(names)


def rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows below the headings, in order; blank ones are left out, short ones filled up."""
    found: Iterator[Row]
    if layout.kind == invoice_rows.KIND:
        yield from invoice_rows.rows(source, layout)
        return
    if layout.kind == "workbook":
        found = _sheet_rows(_workbook(source), layout.sheet)
    else:
        found = _text_rows(source, layout.encoding, layout.separator)
    width = len(layout.columns)
    for row in found:
        if row.line <= layout.header_line:
            continue
        if len(row.cells) < width:
            yield Row(row.line, [*row.cells, *[""] * (width - len(row.cells))])
        else:
            yield row
