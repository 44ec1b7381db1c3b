"""The child that reads a workbook (XLSX, XLSB, XLS, ODS), with little memory and time of its own.

A workbook of 5 kB can ask its reader for 500 GB, and the reader ends the process that asks: so it is not ours. The
child is given an open file, the number of a sheet or -1, and how many rows are wanted or -1 (0: only what sheets there
are), and writes lines of JSON: first its sheets (with the first rows of those it does not read), then `[line, cells]`
(a string is text, a number is a number of the spreadsheet, a day is an ISO date), then `{"end": rows}`. This file
imports nothing of ours: it is started for every workbook.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 30
MOST_COLUMNS = 256
MOST_ROW = 1 << 20
# Headings are among the first rows; what is merged below them does not matter.
_MERGED_ABOVE = 60
# Beyond it a binary fraction has no room for a whole number's last digit.
_EXACT = 1 << 53
_MOST_OTHERS, _MOST_MERGED = 30, 1000
_CELL = 200
_NUL = "\\u0000"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class _Refused(Exception):
    """What the parent is told instead of rows."""


def main(path: str, wanted: int, most: int) -> None:
    """Write the sheets of the workbook at `path` and the rows of one."""
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(path)
        names = _sheets(book)
        if not names:
            raise _Refused({"refused": "empty"})
        if not most:
            _say({"sheets": [_clean(name) for name in names]})
            _say({"end": 0})
            return
        chosen, sheet, others = (
            (wanted, book.get_sheet_by_name(names[wanted]), [])
            if 0 <= wanted < len(names)
            else _longest(book, names, told=_MOST_OTHERS if most > 1 else 0)
        )
        if sheet.total_width > MOST_COLUMNS:
            raise _Refused({"refused": "wide", "count": sheet.total_width})
        _say(
            {
                "sheets": [_clean(name) for name in names],
                "sheet": chosen,
                "merged": _merged(sheet),
                "height": _height(sheet),
                "others": others,
                "hidden": _hidden(book, names) if most > 1 else [],
            }
        )
        _say({"end": _write(_rows(sheet), most)})
    except _Refused as refused:
        _say(refused.args[0])
    except calamine.PasswordError:
        _say({"refused": "password"})
    except MemoryError:
        _say({"refused": "big"})
    except Exception:  # whatever a reader of ten formats makes of a broken file
        _say({"refused": "damaged"})


def _longest(book: Any, names: list[str], told: int) -> tuple[int, Any, list[Any]]:
    """The sheet with most rows, which is the data (covers and notes are short), its number, and what is told of so many
    others. Each is opened once, for that is reading it whole; no more than two are held at a time."""
    chosen, sheet, others = 0, None, []
    for at, name in enumerate(names):
        one = book.get_sheet_by_name(name)
        if at <= told:
            others.append(_other(one) if told and len(names) > 1 else [])
        if sheet is None or one.height > sheet.height:
            chosen, sheet = at, one
    del others[chosen : chosen + 1]
    return chosen, sheet, others[:told]


def _other(sheet: Any) -> list[Any]:
    """How high a sheet is, its first rows, and what is merged among them."""
    if sheet.total_width > MOST_COLUMNS:
        return [_height(sheet), [], []]
    return [
        _height(sheet),
        [(line, [_clean(str(cell))[:_CELL] for cell in cells]) for line, cells in islice(_rows(sheet), _MERGED_ABOVE)],
        _merged(sheet),
    ]


def _merged(sheet: Any) -> list[list[int]]:
    """What is merged among the first rows."""
    above = [[*start, *end] for start, end in sheet.merged_cell_ranges or () if start[0] < _MERGED_ABOVE]
    return above[:_MOST_MERGED]


def _height(sheet: Any) -> int:
    """The line of the last row."""
    return sheet.end[0] + 1 if sheet.end else 0


def _is_sheet(one: Any) -> bool:
    return str(one.typ).endswith("WorkSheet")


def _sheets(book: Any) -> list[str]:
    sheets = [one for one in book.sheets_metadata if _is_sheet(one)]
    shown = [one for one in sheets if str(one.visible).endswith(".Visible")]
    return [one.name for one in shown or sheets]


def _hidden(book: Any, names: list[str]) -> list[list[Any]]:
    """The sheets that hold rows and that nobody sees, and how high they are."""
    sheets = [one.name for one in book.sheets_metadata if _is_sheet(one) and one.name not in names]
    heights = ((_clean(name), _height(book.get_sheet_by_name(name))) for name in sheets[:_MOST_OTHERS])
    return [[name, height] for name, height in heights if height > 1]


def _rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    start = sheet.start
    if start is None:
        return
    pad = [""] * start[1]
    # The rows come from the first of the sheet, the columns from the first that holds something.
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = [value if value.__class__ is str else _plain(value) for value in values]
        if cells.count("") < len(cells):
            yield line, pad + cells


def _write(rows: Iterator[tuple[int, list[Any]]], most: int) -> int:
    count = 0
    for row in rows:
        text = _encode(row)
        if len(text) > MOST_ROW:
            raise _Refused({"refused": "long", "line": row[0]})
        if _NUL in text:
            text = _encode((row[0], [_clean(cell) if isinstance(cell, str) else cell for cell in row[1]]))
        sys.stdout.buffer.write(text.encode() + b"\n")
        count += 1
        if count == most:
            break
    return count


def _plain(value: object) -> str | int | float:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _clean(text: str) -> str:
    return text.replace("\0", "")


def _say(message: object) -> None:
    sys.stdout.buffer.write(_encode(message).encode() + b"\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    main(f"/dev/fd/{int(sys.argv[1])}", int(sys.argv[2]), int(sys.argv[3]))
