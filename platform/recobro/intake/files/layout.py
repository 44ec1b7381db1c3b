"""How a client's file is read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recobro.intake.sheet import FileRefused as FileRefused
from recobro.intake.sheet import Row as Row


@dataclass(frozen=True)
class Layout:
    """How a file is read. `header_line` 0: it has no headings, and `columns` are invented.

    `first` are the first rows in short, by line, for a person who says which of them is the headings.
    `lower`: of headings on two lines what the second line says, by column.
    `members`: the sheets of a ZIP or a workbook that are read as one, and how many lines there are before each.
    `unread`: the other sheets of a workbook that hold rows, and how many lines they have.
    `zeros`: a format of the workbook that shows zeros in front of numbers, which are not in the numbers themselves.
    `signs`: the currencies that its number formats show, which are not in the numbers themselves either.
    `hidden`: the sheets that hold rows and are hidden, and how many lines they have; `hidden_rows`: how many rows are.
    `titled`: who owes is said in titles above the rows, and stands in the last columns.
    `numberless`: no column is a number of the debts; the last column may be made one, of customer and due day.
    `documents`: how many electronic documents of each class it holds; then its columns are always the same.
    """

    kind: str
    columns: tuple[str, ...]
    header_line: int
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    documents: Mapping[str, int] = field(default_factory=dict)
    first: tuple[tuple[int, str], ...] = ()
    members: tuple[tuple[str, int], ...] = ()
    lower: tuple[str, ...] = ()
    unread: tuple[tuple[str, int], ...] = ()
    zeros: str = ""
    signs: tuple[str, ...] = ()
    hidden: tuple[tuple[str, int], ...] = ()
    hidden_rows: int = 0
    titled: bool = False
    numberless: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a placement."""
        kept = asdict(self)
        for late in ("titled", "numberless"):
            # The same file has the same fingerprint as before there were these.
            if not kept[late]:
                del kept[late]
        return {**kept, "columns": list(self.columns), "sheets": list(self.sheets),
                "lower": list(self.lower), "signs": list(self.signs),
                "first": [list(row) for row in self.first],
                "members": [list(member) for member in self.members],
                "hidden": [list(one) for one in self.hidden],
                "unread": [list(one) for one in self.unread]}  # fmt: skip

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Layout":
        """Back from what was kept."""
        fields = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        first = tuple((line, words) for line, words in kept.get("first", ()))
        fields["members"] = tuple((name, start) for name, start in kept.get("members", ()))
        fields["unread"] = tuple((name, lines) for name, lines in kept.get("unread", ()))
        fields["hidden"] = tuple((name, lines) for name, lines in kept.get("hidden", ()))
        fields["lower"] = tuple(kept.get("lower", ()))
        fields["signs"] = tuple(kept.get("signs", ()))
        return cls(**{**fields, "columns": tuple(fields["columns"]), "sheets": tuple(fields["sheets"]), "first": first})
