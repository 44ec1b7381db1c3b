"""Rows as programs send them, kept so that a number stays a number: a line with the headings, then one JSON array for
each row. What is written in quotes is text, and is read as the text of any sheet is."""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from kernel.text import msg
from recobro.intake.columns.grammar import Number
from recobro.intake.sheet import MOST_COLUMNS, MOST_ROW, FileRefused, Row

KIND = "typed"
_MARK = b'{"columns": '
# No amount has so many digits: what does is kept as it was sent.
_MOST_DIGITS = 40
_WRONG = msg("La línea {line} no se puede leer: no es una fila de JSON.")


def holds(source: BinaryIO) -> bool:
    """Whether a file is one of these."""
    source.seek(0)
    return source.read(len(_MARK)) == _MARK


def written(headings: Sequence[str], cells: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The lines of such a file. UnicodeEncodeError when something in it is no text."""
    yield _MARK + json.dumps(list(headings), ensure_ascii=False).encode() + b"}\n"
    for row in cells:
        yield f"[{', '.join(map(_cell, row))}]\n".encode()


def _cell(value: Any) -> str:
    if value is None:
        return '""'
    if isinstance(value, Decimal) and abs(value.adjusted()) < _MOST_DIGITS:
        return f"{value:f}"
    # Longer ones are numbers of accounts, not amounts.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def rows(source: BinaryIO) -> Iterator[Row]:
    """The headings, then the rows that are not blank, each with its line. FileRefused names a line that is none."""
    source.seek(0)
    decode = json.JSONDecoder(parse_float=_number, parse_int=Number, parse_constant=lambda _name: "").decode
    line = 0
    while data := source.readline(2 * MOST_ROW):
        line += 1
        try:
            found = decode(data.decode())
        except (ValueError, RecursionError) as error:
            raise FileRefused(_WRONG, line=line) from error
        cells = found.get("columns") if line == 1 and isinstance(found, dict) else found
        if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
            raise FileRefused(_WRONG, line=line)
        if len(cells) > MOST_COLUMNS:
            raise FileRefused(msg("La línea {line} tiene {count} columnas; el máximo es {limit}."),
                              line=line, count=len(cells), limit=MOST_COLUMNS)  # fmt: skip
        text = "".join(cells)
        if "\0" in text:
            raise FileRefused(msg("La línea {line} tiene signos que no son texto."), line=line)
        if line == 1 or text.strip():
            yield Row(line, cells)


def _number(text: str) -> Number:
    """As it was sent, digit by digit; whole ones without `.0`."""
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) >= _MOST_DIGITS:
        return Number(text[:_MOST_DIGITS])
    return Number(int(value)) if value == value.to_integral_value() else Number(f"{value:f}")
