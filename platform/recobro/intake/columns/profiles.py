"""What the values of each column look like, counted over the whole file in one pass and in bounded memory."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from recobro.intake.columns.currencies import CURRENCIES
from recobro.intake.columns.grammar import (
    LONGEST,
    Number,
    Reading,
    amount_verdict,
    date_verdict,
    decide_mark,
    decide_order,
)
from recobro.intake.columns.normalise import country_code, email_norm, tax_id_norm
from recobro.intake.columns.standing import says_a_state, who_owes
from recobro.intake.sheet import Row

SAMPLES = 3
Verdict = tuple[str, str, int]
_KINDS = ("amount", "day", "email", "tax_id", "currency", "country", "cut", "state", "who")
# A spreadsheet keeps fifteen digits of a number: one with more may have lost its last ones.
_CUT = re.compile(r"-?[0-9]{16,}")
_BLOCK = 4_000
_SHAPE = str.maketrans("12345678", "99999999")
# How every amount and day begins: signs, a currency or a month, and a digit.
_BEGINS = re.compile(
    r"[-+−(\s]{0,3}(?:MX\$|US\$|U\$S|COP\$|\$|€|£|[A-Z]{3}\$?)?[-\s]{0,2}[.,]?[0-9]|[A-Za-zé]{3,10}[-./\s]{0,3}[0-9]"
)
_LIKE_DAY = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}"
    r"|[0-9]{8}|[0-9]{5}(?:\.[0-9]+)?)(?:[T\s].*)?$|.*[A-Za-z]{3}"
)
_TAX_ID_CELL = re.compile(r"[A-ZÑ&a-zñ]{1,4}[-. ]?[0-9]{6,8}[-. ]?[0-9A-Za-z]{0,3}|[0-9]{8}[-. ]?[A-Za-z]")
_TAX_ID = re.compile(r"[A-ZÑ&]{3,4}[0-9]{6}[0-9A-Z]{3}|[A-Z][0-9]{7}[0-9A-Z]|[0-9]{8}[A-Z]")


@dataclass(frozen=True)
class ColumnProfile:
    """One column: how many cells have a value, how many look like what, samples, and the tallies of its readings."""

    filled: int
    samples: tuple[str, ...]
    looks: Mapping[str, int]
    amounts: Mapping[str, int]
    days: Mapping[str, int]

    @classmethod
    def empty(cls) -> "ColumnProfile":
        """That of a column of which nothing is known."""
        return cls(0, (), {}, {}, {})

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
    verdicts: list[Counter[Verdict]] = [Counter() for _ in range(width)]
    count = 0
    left = iter(rows)
    while block := [row.cells[:width] for row in islice(left, _BLOCK)]:
        count += len(block)
        for index, column in enumerate(zip(*block, strict=True)):
            for cell, times, verdict in _verdicts(column):
                filled[index] += times
                verdicts[index][verdict] += times
                if len(samples[index]) < SAMPLES and cell[:80] not in samples[index]:
                    samples[index].append(cell[:80])
    return [_profile(filled[i], samples[i], verdicts[i]) for i in range(width)], count


def _verdicts(column: Sequence[str]) -> Iterator[tuple[str, int, Verdict]]:
    """Each different value of a part of a column that is not blank, how often it is there, and what it looks like."""
    # A spreadsheet's numbers equal texts of the same signs, and are not the same.
    numbers = [cell for cell in column if cell.__class__ is Number] if Number in set(map(type, column)) else []
    texts = [cell for cell in column if cell.__class__ is not Number] if numbers else column
    for number, times in Counter(numbers).items():
        yield number, times, _typed(Number(number))
    for cell, times in Counter(texts).items():
        if text := cell.strip():
            yield text, times, _look(text)


def _profile(filled: int, samples: Sequence[str], verdicts: Counter[Verdict]) -> ColumnProfile:
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
def _typed(cell: Number) -> Verdict:
    return "typed", date_verdict(cell), 16 if _CUT.fullmatch(cell) else 0


def _look(text: str) -> Verdict:
    """The amount verdict, the day verdict, and a bit for each other kind a cell looks like."""
    if "@" in text:
        return "none", "none", 1 if email_norm(text) else 0
    if len(text) > LONGEST:
        return "none", "none", 0
    if not _BEGINS.match(text):
        word = len(text) <= 24 and text.replace(" ", "").isalpha()
        return "none", "none", _word(text) if word else 0
    flags = 2 if _TAX_ID_CELL.fullmatch(text) and _TAX_ID.fullmatch(tax_id_norm(text)) else 0
    amount, may_be_day = _by_shape(text.translate(_SHAPE))
    return amount, date_verdict(text) if may_be_day else "none", flags


@lru_cache(maxsize=8192)
def _word(text: str) -> int:
    known = (4 if text.upper() in CURRENCIES else 0) | (8 if country_code(text) else 0)
    return known | (32 if says_a_state(text) else 0) | (64 if who_owes(text) else 0)


@lru_cache(maxsize=65_536)
def _by_shape(shape: str) -> tuple[str, bool]:
    """What all values of one shape (their digits from 1 to 9 made 9) have in common: the verdict on their amount, and
    whether one of them may be a day."""
    return amount_verdict(shape), bool(_LIKE_DAY.match(shape))
