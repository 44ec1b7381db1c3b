"""Lists as files: one rule of separators, and no cell that a spreadsheet takes for a formula."""

import pytest

from recobro.web.exports import csv_text


@pytest.mark.parametrize(("locale", "mark"), [("es_MX", ","), ("en", ","), ("es_CO", ";"), ("es_ES", ";")])
def test_the_separator_is_the_one_that_the_readers_spreadsheet_expects(locale: str, mark: str) -> None:
    assert csv_text(locale, ["Caso", "Saldo"], [("C-1", 12)]) == f"\ufeffCaso{mark}Saldo\r\nC-1{mark}12\r\n"


def test_a_text_that_looks_like_a_formula_is_defused_and_a_number_is_not() -> None:
    assert "'=1+1,-5" in csv_text("es_MX", ["a", "b"], [("=1+1", -5)])
