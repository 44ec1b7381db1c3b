"""Opening a sheet of a workbook is reading it whole: each is opened once, however many there are."""

import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from recobro.intake.files import reading, workbook
from recobro.intake.sheet import FileRefused

HEIGHTS = {"Portada": 2, "Datos": 9, "Notas": 4, "Corta": 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A workbook of four sheets, the second the longest."""
    target = tmp_path / "libro.xlsx"
    with xlsxwriter.Workbook(target) as book:
        for name, height in HEIGHTS.items():
            sheet = book.add_worksheet(name)
            for line in range(height):
                sheet.write_row(line, 0, [f"{name} {line}", line])
    return target


class _Counting:
    """A workbook that counts which of its sheets are opened."""

    def __init__(self, book: Any, opened: "Counter[str]") -> None:
        self._book, self._opened, self.sheets_metadata = book, opened, book.sheets_metadata

    def get_sheet_by_name(self, name: str) -> Any:
        self._opened[name] += 1
        return self._book.get_sheet_by_name(name)


@pytest.mark.parametrize(
    ("wanted", "most", "opened"),
    [(-1, 200, dict.fromkeys(HEIGHTS, 1)), (-1, 1, dict.fromkeys(HEIGHTS, 1)), (2, 200, {"Notas": 1}), (-1, 0, {})],
)
def test_each_sheet_is_opened_once_and_no_other_than_asked_for(
    path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], wanted: int, most: int,
    opened: dict[str, int],
) -> None:  # fmt: skip
    counts: Counter[str] = Counter()
    load = python_calamine.load_workbook
    monkeypatch.setattr(python_calamine, "load_workbook", lambda given: _Counting(load(given), counts))

    workbook.main(str(path), wanted, most)

    assert dict(counts) == opened
    told = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert told[0]["sheets"] == list(HEIGHTS)
    assert "end" in told[-1]


def test_the_longest_sheet_is_the_data_and_the_others_are_told_in_their_order(path: Path) -> None:
    source = BytesIO(path.read_bytes())

    layout = reading.detect(source, "libro.xlsx")
    assert (layout.sheet, layout.sheets) == ("Datos", tuple(HEIGHTS))
    assert layout.unread == (("Portada", 2), ("Notas", 4))
    assert reading.detect(source, "libro.xlsx", sheet="Notas").sheet == "Notas"
    with pytest.raises(FileRefused, match="no tiene una hoja"):
        reading.detect(source, "libro.xlsx", sheet="Ninguna")
