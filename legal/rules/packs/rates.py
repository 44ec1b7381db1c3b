"""Rates that change: the row of a table on a day, and the spans of days over which a table stands still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.packs.schema import RateRow, RateTable


class RateMissing(Problem):
    """The table has no rate for a day; a neighbour's is never taken."""

    kind = Kind.CONFLICT
    code = "rate_missing"

    def __init__(self, table: str, day: date, field: str | None = None) -> None:
        self.table, self.day = table, day
        super().__init__(msg("No hay tasa de «{table}» para el {day}."), table=table, day=day, field=field)

    def at(self, field: str) -> "RateMissing":
        """The same, naming the fact that asked for that day."""
        return RateMissing(self.table, self.day, field)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from first to last, both included, under one row of a table."""

    first: date
    last: date
    row: RateRow

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


def row_on(table: RateTable, day: date) -> RateRow:
    """The row that holds on a day; a day without one is an error."""
    for row in table.rows:
        if row.in_force(day):
            return row
    raise RateMissing(table.title, day)


def spans(table: RateTable, first: date, last: date) -> Iterator[Span]:
    """The days from `first` to `last` cut where the rate changes; a day without a rate anywhere in them is an error."""
    while first <= last:
        row = row_on(table, first)
        end = last if row.valid_to is None else min(last, row.valid_to)
        yield Span(first, end, row)
        first = end + timedelta(days=1)
