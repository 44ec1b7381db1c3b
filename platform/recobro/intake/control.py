"""Control totals that a client sends with a file: {currency: {count, sum}}; sums in minor units once they are read."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.money import Money
from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.intake.columns.grammar import Mark, Unreadable, read_amount

Totals = dict[str, dict[str, int]]
MOST_BYTES = 64 * 1024
_MOST_CURRENCIES = 50
_COUNT = ("count", "cantidad", "filas", "rows", "numero", "número")
_SUM = ("sum", "suma", "total", "importe", "amount")
_CURRENCY = ("currency", "moneda", "divisa")
_SHAPE = msg(
    "El archivo de control no se entiende: lleva moneda, cantidad y suma, como MXN, 128, 61440.18 (la suma como en las "
    "facturas, no en centavos)."
)


class ControlRefused(Invalid):
    """The control file cannot be read."""

    code = "intake.control_refused"


def parse(name: str, data: bytes) -> Totals:
    """The totals of a control file, JSON (`{"MXN": {"count": 2, "sum": "61440.18"}}`) or CSV (currency, count, sum).

    ControlRefused when anything of it is in doubt: an amount that reads in two ways, a currency twice.
    """
    if len(data) > MOST_BYTES:
        raise ControlRefused(_SHAPE)
    try:
        text = data.decode("utf-8-sig")
        rows = _of_json(text) if name.lower().endswith(".json") else _of_csv(text)
        found: Totals = {}
        for currency, count, total in rows:
            code = currency.strip().upper()
            if code in found or len(found) >= _MOST_CURRENCIES or not 0 <= count < 10**9:
                raise ControlRefused(_SHAPE)
            found[code] = {"count": count, "sum": Money.of(total, code).minor}
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, RecursionError, csv.Error) as error:
        raise ControlRefused(_SHAPE) from error
    except ControlRefused:
        raise
    except Problem as problem:
        raise ControlRefused(problem.template, **problem.details) from problem
    if not found:
        raise ControlRefused(_SHAPE)
    return found


def _of_json(text: str) -> Iterator[tuple[str, int, Decimal]]:
    for currency, one in json.loads(text, parse_float=Decimal).items():
        count, total = one["count"], one["sum"]
        if isinstance(count, bool) or not isinstance(count, int) or isinstance(total, bool):
            raise ControlRefused(_SHAPE)
        yield currency, count, _finite(Decimal(total))


def _of_csv(text: str) -> Iterator[tuple[str, int, Decimal]]:
    separator = next((sign for sign in ("\t", ";") if sign in text.partition("\n")[0]), ",")
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=separator):
        cells = {str(head).strip().lower(): str(cell) for head, cell in row.items()}
        yield _cell(cells, _CURRENCY), int(_cell(cells, _COUNT)), _amount(_cell(cells, _SUM))


def _cell(cells: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next(cells[name] for name in names if name in cells).strip()


def _amount(cell: str) -> Decimal:
    found = set()
    for mark in Mark:
        try:
            found.add(read_amount(cell, mark)[0])
        except Unreadable:
            continue
    if len(found) != 1:
        raise ControlRefused(_SHAPE)
    return _finite(found.pop())


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) > 10**16:
        raise ControlRefused(_SHAPE)
    return value


def agree(declared: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether what a client declares is what the file makes: the same currencies, counts and sums."""

    def plain(totals: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
        return {code: (one["count"], one["sum"]) for code, one in totals.items() if one["count"] or one["sum"]}

    return plain(declared) == plain(found)
