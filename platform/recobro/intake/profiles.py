"""What the values of each column look like, counted over the whole file in one pass and in bounded memory."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from recobro.intake.grammar import Number, Reading, amount_verdict, date_verdict, decide_mark, decide_order
from recobro.intake.normalise import country_code, email_norm, tax_id_norm
from recobro.intake.reading import Row

SAMPLES = 3
_KINDS = ("amount", "day", "email", "tax_id", "currency", "country")
CURRENCIES = frozenset(
    (
        *("MXN", "USD", "EUR", "COP", "CAD", "GBP", "ARS", "CLP", "PEN", "BRL", "UYU", "GTQ", "CRC", "DOP", "BOB"),
        *("PYG", "HNL", "NIO", "VES", "PAB", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN"),
    )
)
_TAX_ID = re.compile(r"[A-ZÑ&]{3,4}[0-9]{6}[0-9A-Z]{3}|[A-Z][0-9]{7}[0-9A-Z]|[0-9]{8}[A-Z]")


@dataclass(frozen=True)
class ColumnProfile:
    """One column: how many cells have a value, how many look like what, samples, and the tallies of its readings."""

    filled: int
    samples: tuple[str, ...]
    looks: Mapping[str, int]
    amounts: Mapping[str, int]
    days: Mapping[str, int]

    def share(self, kind: str) -> float:
        """Which part of the filled cells looks like that."""
        return self.looks.get(kind, 0) / self.filled if self.filled else 0.0

    @property
    def mark(self) -> Reading:
        """How its amounts would be read."""
        return decide_mark(Counter(self.amounts))

    @property
    def order(self) -> Reading:
        """How its days would be read."""
        return decide_order(Counter(self.days))

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a placement."""
        return {"filled": self.filled, "samples": list(self.samples), "looks": dict(self.looks),
                "amounts": dict(self.amounts), "days": dict(self.days)}  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ColumnProfile":
        """Back from what was kept."""
        return cls(kept["filled"], tuple(kept["samples"]), kept["looks"], kept["amounts"], kept["days"])


def profile(rows: Iterable[Row], width: int) -> tuple[list[ColumnProfile], int]:
    """The profile of each column and the number of rows."""
    filled = [0] * width
    samples: list[list[str]] = [[] for _ in range(width)]
    verdicts: list[Counter[tuple[str, str, int]]] = [Counter() for _ in range(width)]
    count = 0
    for row in rows:
        count += 1
        for index, cell in enumerate(row.cells[:width]):
            if not cell or cell.isspace():
                continue
            filled[index] += 1
            if len(samples[index]) < SAMPLES and cell not in samples[index]:
                samples[index].append(cell.strip()[:80])
            verdicts[index][_typed(cell) if isinstance(cell, Number) else _look(cell)] += 1
    return [_profile(filled[i], samples[i], verdicts[i]) for i in range(width)], count


def _profile(filled: int, samples: Sequence[str], verdicts: Counter[tuple[str, str, int]]) -> ColumnProfile:
    amounts: Counter[str] = Counter()
    days: Counter[str] = Counter()
    looks: Counter[str] = Counter()
    for (amount, day, flags), count in verdicts.items():
        amounts[amount] += count
        days[day] += count
        looks["amount"] += count if amount != "none" else 0
        looks["day"] += count if day != "none" else 0
        for bit, kind in enumerate(_KINDS[2:]):
            looks[kind] += count if flags >> bit & 1 else 0
    return ColumnProfile(filled, tuple(samples), looks, amounts, days)


@lru_cache(maxsize=8192)
def _typed(cell: Number) -> tuple[str, str, int]:
    return "typed", date_verdict(cell), 0


@lru_cache(maxsize=65_536)
def _look(cell: str) -> tuple[str, str, int]:
    """The amount verdict, the day verdict, and a bit for each other kind a cell looks like."""
    text = cell.strip()
    flags = 0
    if "@" in text:
        flags |= 1 if email_norm(text) else 0
    elif 8 <= len(text) <= 16 and _TAX_ID.fullmatch(tax_id_norm(text)):
        flags |= 2
    elif len(text) <= 14 and text.isalpha():
        flags |= 4 if text.upper() in CURRENCIES else 0
        flags |= 8 if country_code(text) else 0
    return amount_verdict(text), date_verdict(text), flags
