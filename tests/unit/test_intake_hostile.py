"""Files made to hurt: each refused with a sentence or read without harm, within 30 seconds and 512 MB."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recobro.intake.files import books, workbook
from recobro.intake.files.layout import Layout
from recobro.intake.sheet import FileRefused
from tests.support.hostile_files import FILES, book

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process that does nothing else tells of every file."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in FILES.items():
        (folder / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile_files", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_or_read_without_harm(name: str, told: dict[str, Any]) -> None:
    assert FILES[name][1] in told["files"][name]["said"]
    assert told["files"][name]["seconds"] < 30


def test_no_process_that_reads_them_grows_beyond_its_limit(told: dict[str, Any]) -> None:
    assert told["own_mb"] < 256
    assert told["childs_mb"] < 512


def test_a_reader_that_says_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(workbook, "__file__", str(sleeper))
    monkeypatch.setattr(books, "PATIENCE_S", 0.2)
    path = tmp_path / "a.xlsx"
    path.write_bytes(book())

    with path.open("rb") as source, pytest.raises(FileRefused, match="demasiado grande"):
        books.look(source, "", 10)


@pytest.mark.parametrize("words", ["print('[1')", "print('[2,[\"a\"]]')", "import os; os.write(1, b'x' * 9_000_000)"])
def test_a_reader_that_says_nonsense_or_stops_midway_is_not_believed(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "odd.py"
    odd.write_text(words)
    monkeypatch.setattr(workbook, "__file__", str(odd))
    path = tmp_path / "a.xlsx"
    path.write_bytes(book())

    with path.open("rb") as source, pytest.raises(FileRefused, match="demasiado grande"):
        list(books.book_rows(source, Layout("workbook", (), 1, sheet="Hoja", sheets=("Hoja",))))
