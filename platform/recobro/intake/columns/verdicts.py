"""How each mapped column of a file is read, and which questions are left for a person.

The values of a column decide; where they leave two readings, the file's other columns of the same sort decide when they
all agree; else somebody has to choose, and nothing is assumed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from recobro.intake.columns.fields import FIELDS, OWN, Sort
from recobro.intake.columns.grammar import Mark, Order, Reading
from recobro.intake.columns.mapping import Choice
from recobro.intake.columns.profiles import ColumnProfile

# Where months are written first.
_MONTH_FIRST = frozenset({"US"})


@dataclass(frozen=True)
class ColumnReading:
    """One column's reading: the choice (a `Mark` or `Order`), the other that is possible, and who decided: `values`,
    `file` (its other columns), `memory` (this client's last file with these columns), `person`, or `open` while nobody
    has."""

    index: int
    field: str
    choice: str
    how: str
    others: tuple[str, ...] = ()
    fits: int = 0
    misfits: int = 0


@dataclass(frozen=True)
class Readings:
    """The readings of all amount and day columns that are mapped."""

    columns: Sequence[ColumnReading] = field(default=())

    @property
    def open(self) -> list[ColumnReading]:
        """The columns for which two readings remain."""
        return [one for one in self.columns if one.how == "open"]

    def marks(self) -> dict[str, Mark]:
        """The decimal mark of each amount field."""
        return {one.field: Mark(one.choice) for one in self.columns if FIELDS[one.field].sort is Sort.AMOUNT}

    def orders(self) -> dict[str, Order]:
        """The date order of each day field."""
        return {one.field: Order(one.choice) for one in self.columns if FIELDS[one.field].sort is Sort.DAY}


def read_columns(
    choices: Sequence[Choice],
    profiles: Sequence[ColumnProfile],
    wanted: Mapping[str, str],
    *,
    country: str,
    remembered: Mapping[str, str] | None = None,
) -> Readings:
    """The reading of every mapped amount and day column; `wanted` are a person's choices by column index, `remembered`
    how the client's last file with these columns was read."""
    marks = _settled(profile.mark for profile in profiles if profile.share("amount") >= 0.5)
    orders = _settled(profile.order for profile in profiles if profile.share("day") >= 0.5)
    found = []
    for index, (choice, profile) in enumerate(zip(choices, profiles, strict=True)):
        sort = FIELDS[choice.field].sort if choice.field in FIELDS else Sort.TEXT
        person = wanted.get(str(index), "")
        if sort is Sort.AMOUNT:
            usual = profile.mark.choice or Mark.DOT.value
            chosen = person if person in tuple(Mark) else ""
            found.append(_column(index, choice.field, profile.mark, marks, chosen, usual))
        elif sort is Sort.DAY:
            usual = Order.MONTH_FIRST.value if country in _MONTH_FIRST else Order.DAY_FIRST.value
            chosen = person if person in tuple(Order) else ""
            found.append(_column(index, choice.field, profile.order, orders, chosen, usual))
    known = remembered or {}
    return Readings(tuple(_recalled(one, profiles[one.index], known.get(str(one.index), "")) for one in found))


def _recalled(one: ColumnReading, profile: ColumnProfile, before: str) -> ColumnReading:
    """An open column whose values say nothing is read as it was the last time; a person sees that, and may say no."""
    reading = profile.mark if FIELDS[one.field].sort is Sort.AMOUNT else profile.order
    possible = (one.choice, *one.others)
    if one.how != "open" or reading.firm or before not in possible:
        return one
    return replace(one, choice=before, how="memory", others=tuple(other for other in possible if other != before))


def _settled(readings: Iterator[Reading]) -> set[str]:
    """The choices of columns that leave no doubt and whose values really said something."""
    return {one.choice for one in readings if one.choice and not one.others and one.firm}


def _column(index: int, name: str, reading: Reading, settled: set[str], person: str, usual: str) -> ColumnReading:
    if person:
        return ColumnReading(index, name, person, "person", (), reading.fits, reading.misfits)
    if not reading.others:
        return ColumnReading(index, name, reading.choice or usual, "values", (), reading.fits, reading.misfits)
    possible = {reading.choice, *reading.others}
    if len(settled & possible) == 1 and not reading.firm:
        return ColumnReading(index, name, (settled & possible).pop(), "file", (), reading.fits, reading.misfits)
    choice = usual if usual in possible and not reading.firm else reading.choice
    others = tuple(sorted(possible - {choice}))
    return ColumnReading(index, name, choice, "open", others, reading.fits, reading.misfits)


def mapped(choices: Sequence[Choice]) -> dict[str, int]:
    """The column of each field."""
    return {choice.field: index for index, choice in enumerate(choices) if choice.field in FIELDS}


def own(choices: Sequence[Choice], columns: Sequence[str]) -> dict[str, int]:
    """The columns kept as the client's own fields, by heading."""
    return {columns[index]: index for index, choice in enumerate(choices) if choice.field == OWN}
