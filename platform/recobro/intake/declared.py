"""What a client says a file comes to, by currency, against what it holds and what is made of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import Money
from kernel.problems import Problem
from kernel.text import msg
from recobro.intake.columns.currencies import CURRENCIES, beside, currency_of
from recobro.intake.columns.grammar import Amount, Mark, Unreadable, read_amount
from recobro.intake.control import ControlRefused, Totals, agree
from recobro.intake.tables import Placement
from tenants.work import Work

LONGEST = 300
_MOST_CURRENCIES = 20
_COUNT = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:[,.][0-9]{3}){1,2}")
# What may stand beside count, sum and currency without changing them.
_PLAIN = frozenset(
    (
        *("fila", "filas", "factura", "facturas", "adeudo", "adeudos", "deuda", "deudas", "obligación", "obligaciones"),
        *("registro", "registros", "cuenta", "cuentas", "crédito", "créditos", "documento", "documentos", "pago"),
        *("pagos", "movimiento", "movimientos", "rows", "row", "invoice", "invoices", "debt", "debts", "account"),
        *("accounts", "record", "records", "payments", "por", "de", "y", "con", "en", "un", "total", "suma", "importe"),
        *("for", "of", "and", "in", "with", "sum", "amount", "·", "-", "–", "—", "|", "/"),
    )
)
_SHAPE = msg(
    "Escribe las filas y la suma con sus decimales, por ejemplo «1500 filas, 44,471,009.08 MXN»; separa las monedas "
    "con punto y coma."
)


def read_line(line: str, currency: str) -> Totals:
    """The totals a person writes in one line (`1500 filas, 44,471,009.08 MXN; 20 300.00 USD`, `MXN:1500:44471009.08`);
    `currency` where none is named. Empty says nothing. ControlRefused when a part of it is in doubt."""
    found: Totals = {}
    for part in line[: LONGEST + 1].split(";"):
        words = [word.strip(",.") for word in re.split(r"[\s:=]+", part) if word.strip(",.$")]
        if not words:
            continue
        figures = [word for word in words if any(sign.isdigit() for sign in word)]
        if len(figures) != 2 or not _COUNT.fullmatch(figures[0]) or len(found) >= _MOST_CURRENCIES:
            raise ControlRefused(_SHAPE)
        said = " ".join(word for word in words if word not in figures and word.lower() not in _PLAIN)
        amount, sign = _sum(figures[1])
        code = currency_of(said, currency)
        written = beside(sign, code or currency)
        if code is None or written is None or (code and written and code != written):
            raise ControlRefused(_SHAPE)
        code = code or written or currency
        if code in found or code not in CURRENCIES:
            raise ControlRefused(_SHAPE)
        found[code] = {"count": int(re.sub("[,.]", "", figures[0])), "sum": _money(amount, code).minor}
    if len(line) > LONGEST:
        raise ControlRefused(_SHAPE)
    return found


def _sum(word: str) -> Amount:
    read = set()
    for mark in Mark:
        try:
            read.add(read_amount(word, mark))
        except Unreadable:
            continue
    if len(read) != 1:
        raise ControlRefused(_SHAPE)
    return read.pop()


def _money(amount: Decimal, currency: str) -> Money:
    try:
        return Money.of(amount, currency)
    except Problem as problem:
        raise ControlRefused(problem.template, **problem.details) from problem


def as_line(declared: Mapping[str, Mapping[str, int]]) -> str:
    """Kept totals as a person may write them."""
    return "; ".join(
        f"{one['count']} · {Money(one['sum'], code).amount:,f} {code}" for code, one in sorted(declared.items())
    )


def declare(work: Work, placement: Placement, line: str, currency: str) -> None:
    """Keep with a placement what the client says it comes to."""
    placement.declared = read_line(line, currency)
    work.flush()


Counted = tuple[int, Money]


@dataclass(frozen=True)
class Compared:
    """One currency: what was declared (if it was), what the rows of the file come to, and what is made of it."""

    currency: str
    declared: Counted | None
    file: Counted
    made: Counted

    @property
    def agrees(self) -> bool:
        """Whether the file is what was declared; where nothing was, it is not contradicted."""
        return self.declared is None or self.declared == self.file

    @property
    def rows_off(self) -> int:
        """How many rows the file has more than declared (less, below zero)."""
        return self.file[0] - self.declared[0] if self.declared else 0

    @property
    def sum_off(self) -> Money:
        """By how much the file is above what was declared (under it, below zero)."""
        return self.file[1] - self.declared[1] if self.declared else Money.zero(self.currency)

    def as_json(self) -> dict[str, Any]:
        """As plain values; sums in minor units."""

        def plain(one: Counted | None) -> dict[str, int]:
            return {"count": one[0], "sum": one[1].minor} if one else {"count": 0, "sum": 0}

        return {
            "currency": self.currency, "declared": plain(self.declared), "file": plain(self.file),
            "made": plain(self.made), "agrees": self.agrees,
        }  # fmt: skip


def agrees(placement: Placement) -> bool | None:
    """Whether a previewed file's rows come to what the client declares; None when nothing was declared or looked at."""
    if not placement.declared or not placement.counts:
        return None
    return agree(placement.declared, placement.counts.get("file", placement.totals))


def compare(placement: Placement) -> list[Compared]:
    """The three figures for each currency that one of them names; a currency nobody declared, beside one that somebody
    did, was declared as nothing."""
    file, made = placement.counts.get("file") or {}, placement.totals
    codes = sorted({*placement.declared, *file, *made})

    def counted(kept: Mapping[str, Any], code: str) -> Counted:
        one = kept.get(code, {"count": 0, "sum": 0})
        return one["count"], Money(one["sum"], code)

    return [
        Compared(
            code, counted(placement.declared, code) if placement.declared else None, counted(file, code),
            counted(made, code),
        )
        for code in codes
    ]  # fmt: skip
