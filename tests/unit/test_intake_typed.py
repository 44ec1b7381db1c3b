"""Rows of programs: numbers come back as the numbers they were, text as text, and what is no row is refused."""

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro.intake.columns.grammar import Number
from recobro.intake.files import reading, typed
from recobro.intake.sheet import FileRefused

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CELL = TEXT | st.integers(-(10**14), 10**14) | st.decimals(-(10**9), 10**9, places=4)


def test_numbers_are_numbers_digit_by_digit_and_text_is_text() -> None:
    cells = [
        Decimal("1.005"),
        Decimal("1E+3"),
        Decimal("0.1234567890123456789"),
        42,
        "007",
        None,
        10**17,
        Decimal("5.0"),
    ]
    file = io.BytesIO(b"".join(typed.written(list("abcdefgh"), [cells])))

    found = list(reading.rows(file, reading.detect(file, "api.json")))

    assert found[0].cells == ["1.005", "1000", "0.1234567890123456789", "42", "007", "", str(10**17), "5"]
    assert [isinstance(cell, Number) for cell in found[0].cells] == [True] * 4 + [False] * 3 + [True]


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_is_read(rows: list[list[object]]) -> None:
    file = io.BytesIO(b"".join(typed.written(["a", "b"], rows)))

    found = {row.line: row.cells for row in typed.rows(file)}

    for line, row in enumerate(rows, start=2):
        if any(str(cell).strip() for cell in row):
            for cell, was in zip(found[line], row, strict=True):
                assert cell == was if isinstance(was, str) else Decimal(cell) == was


@pytest.mark.parametrize(
    "line", [b"[1, 2", b"{}", b'{"columns": 3}', b'[{"a": 1}]', b"[[1]]", b"\xff", b"[" * 9000, b'["\\u0000"]', b"3",
             b"[" + b"1," * 300 + b"1]"],
)  # fmt: skip
def test_a_line_that_is_no_row_is_refused(line: bytes) -> None:
    with pytest.raises(FileRefused):
        list(typed.rows(io.BytesIO(b'{"columns": ["a"]}\n' + line + b"\n")))


def test_a_number_of_a_million_digits_takes_no_time() -> None:
    file = io.BytesIO(b'{"columns": ["a"]}\n[1e999999, 1e-999999]\n')

    assert list(typed.rows(file))[1].cells == ["1e999999", "1e-999999"]
