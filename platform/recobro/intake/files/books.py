"""Workbooks as rows, read by a child process whose memory and time are limited; see `workbook.py`."""

import io
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from kernel.text import msg
from recobro.intake.columns.grammar import Number
from recobro.intake.files import workbook
from recobro.intake.files.archives import check_workbook
from recobro.intake.files.headings import Merged
from recobro.intake.files.layout import Layout
from recobro.intake.sheet import MOST_COLUMNS, FileRefused, Row

# How long the child may say nothing. What the parent does between two rows does not count.
PATIENCE_S = 30.0
_BLOCK = 1 << 16
_MOST_LINE = 8 * workbook.MOST_ROW
# Beyond it a binary fraction has no room for a whole number's last digit.
_EXACT = 1 << 53
# A number written in so many signs has no more than fifteen digits.
_SHORT = 16
_BIG = msg("El libro es demasiado grande para abrirlo aquí. Guárdalo como CSV y súbelo de nuevo.")
_SENTENCES = {
    "password": msg("El libro tiene contraseña. Quítasela y súbelo de nuevo."),
    "damaged": msg("El libro está dañado o no es XLSX, XLS ni ODS."),
    "empty": msg("El libro no tiene hojas con datos."),
    "wide": msg("La hoja tiene {count} columnas; el máximo es {limit}."),
    "long": msg("La fila {line} tiene demasiado texto. Revisa sus celdas y sube el archivo de nuevo."),
    "big": _BIG,
}


@dataclass(frozen=True)
class Look:
    """What a workbook is: its sheets, the one that is read, the first rows of it, and what is merged above as
    (first row, first column, last row, last column), all from 0; the number of its lines, and of each other sheet its
    name, number of lines, first rows and what is merged among them (nothing of them where a person named the sheet).
    `hidden`: the sheets with rows that nobody sees, and their number of lines."""

    sheets: tuple[str, ...]
    sheet: str
    rows: Sequence[Row]
    merged: Sequence[Merged]
    height: int
    others: Sequence[tuple[str, int, Sequence[Row], Sequence[Merged]]]
    hidden: tuple[tuple[str, int], ...] = ()


def look(source: BinaryIO, sheet: str, most: int) -> Look:
    """The named sheet, or the one with most rows, and its first rows that are not empty. Bombs, passwords and damage
    are refused with a sentence."""
    check_workbook(source)
    wanted = -1
    if sheet:
        known = _names(source)
        if sheet not in known:
            raise FileRefused(msg("El libro no tiene una hoja «{sheet}»."), sheet=sheet[:80])
        wanted = known.index(sheet)
    with closing(_messages(source, wanted, most)) as messages:
        head = next(messages)
        rows = list(_rows(messages))
    names = tuple(head["sheets"])
    chosen = names[int(head["sheet"])]
    beside = (name for name in names if name != chosen)
    others = [
        (name, int(height), [Row(int(line), cells) for line, cells in found], [_corners(one) for one in merged])
        for name, (height, found, merged) in zip(beside, head["others"], strict=False)
    ]
    hidden = tuple((name, int(height)) for name, height in head["hidden"])
    return Look(names, chosen, rows, [_corners(one) for one in head["merged"]], int(head["height"]), others, hidden)


def _names(source: BinaryIO) -> tuple[str, ...]:
    """The sheets of a workbook; none is opened."""
    with closing(_messages(source, -1, 0)) as messages:
        return tuple(next(messages)["sheets"])


def book_rows(source: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows of a workbook's sheet that are not empty, one after the other; or of its sheets that are read as one,
    without the headings of all but the first. The file was looked at before."""
    if not layout.members:
        yield from _sheet_rows(source, layout.sheets, layout.sheet)
        return
    for number, (name, start) in enumerate(layout.members):
        for row in _sheet_rows(source, layout.sheets, name):
            if not number or row.line > layout.header_line:
                yield Row(start + row.line, row.cells)


def _sheet_rows(source: BinaryIO, sheets: Sequence[str], sheet: str) -> Iterator[Row]:
    with closing(_messages(source, sheets.index(sheet), -1)) as messages:
        next(messages)
        yield from _rows(messages)


def _rows(messages: Iterator[Any]) -> Iterator[Row]:
    for message in messages:
        if isinstance(message, Mapping):
            return
        yield Row(int(message[0]), message[1])


def _corners(corners: Sequence[str]) -> tuple[int, int, int, int]:
    top, left, bottom, right = map(int, corners)
    return top, left, bottom, right


def _messages(source: BinaryIO, wanted: int, most: int) -> Generator[Any]:
    """What the child says, decoded; FileRefused for what it refuses, and when it dies before the end."""
    decode = json.JSONDecoder(parse_float=_number, parse_int=Number, parse_constant=lambda _name: "").decode
    ended = False
    with _on_disk(source) as handle, _child(handle, wanted, most) as child:
        for line in _lines(child):
            try:
                message = decode(line.decode())
            except ValueError as error:
                raise FileRefused(_BIG) from error
            if isinstance(message, dict):
                if "refused" in message:
                    raise _refusal(message)
                ended = "end" in message
            yield message
    if not ended:
        raise FileRefused(_BIG)


def _refusal(message: Mapping[str, Any]) -> FileRefused:
    details = {"limit": MOST_COLUMNS, **message}
    return FileRefused(_SENTENCES[details.pop("refused")], **details)


def _number(text: str) -> Number:
    """A number of the spreadsheet: whole ones without `.0`, others by the fifteen digits it shows (the rest is noise of
    the binary fraction)."""
    if len(text) <= _SHORT and "e" not in text and not text.endswith(".0"):
        return Number(text)
    value = float(text)
    if value.is_integer() and abs(value) <= _EXACT:
        return Number(int(value))
    return Number(f"{Decimal(format(value, '.15g')):f}")


@contextmanager
def _on_disk(source: BinaryIO) -> Iterator[int]:
    """A handle that a child can open: the file's own, or that of a copy."""
    try:
        handle = source.fileno()
    except (AttributeError, io.UnsupportedOperation):
        with TemporaryFile() as copy:
            source.seek(0)
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            yield copy.fileno()
        return
    source.flush()
    yield handle


@contextmanager
def _child(handle: int, wanted: int, most: int) -> Iterator["subprocess.Popen[bytes]"]:
    script = Path(workbook.__file__)
    # Isolated: nothing of the environment or of the folder it is started in gets in.
    child = subprocess.Popen(
        [sys.executable, "-I", str(script), str(handle), str(wanted), str(most)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(handle,),
        env={"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        assert child.stdout is not None
        child.stdout.close()
        child.wait()


def _lines(child: "subprocess.Popen[bytes]", clock: Callable[[], float] = time.monotonic) -> Iterator[bytes]:
    """The lines of the child, in bounded memory; refused when it is silent for too long."""
    assert child.stdout is not None
    handle = child.stdout.fileno()
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    rest = b""
    while True:
        began = clock()
        if not poll.poll(PATIENCE_S * 1000) and clock() - began >= PATIENCE_S / 2:
            raise FileRefused(_BIG)
        block = os.read(handle, _BLOCK)
        if not block:
            return
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > _MOST_LINE:
            raise FileRefused(_BIG)
