"""What every reader of sheets gives and keeps to: rows of text with their line, and how big a sheet may be."""

from collections.abc import Sequence
from typing import NamedTuple

from kernel.problems import Invalid
from kernel.text import msg

MOST_BYTES = 256 * 1024 * 1024
MOST_COLUMNS = 256
MOST_ROW = 1 << 20
LOOK_ROWS = 40
TITLES = (msg("Título: número"), msg("Título: nombre"), msg("Título: identificación"))
"""The columns that say whose debts stand under a row with nothing but a title."""
NUMBERLESS = msg("Sin número: cliente y vencimiento")
"""The column that stands for a number in a portfolio where no column is one."""


class FileRefused(Invalid):
    """The file cannot be read as a sheet; the sentence says why and what to do."""

    code = "intake.file_refused"


class Row(NamedTuple):
    """One row: its line in the file (1 is the first) and its cells as text."""

    line: int
    cells: Sequence[str]
