"""A client's file as a sheet: its rows, how it is read, and the refusal of what is none."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from kernel.problems import Invalid


class FileRefused(Invalid):
    """The file cannot be read as a sheet; the sentence says why and what to do."""

    code = "intake.file_refused"


class Row(NamedTuple):
    """One row: its line in the file (1 is the first) and its cells as text."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """How a file is read. `header_line` 0: it has no headings, and `columns` are invented.

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

    def as_json(self) -> dict[str, Any]:
        """As it is kept with a placement."""
        return {**asdict(self), "columns": list(self.columns), "sheets": list(self.sheets)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Layout":
        """Back from what was kept."""
        fields = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        return cls(**{**fields, "columns": tuple(fields["columns"]), "sheets": tuple(fields["sheets"])})
