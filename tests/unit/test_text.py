"""Sentences: a name's own full stop is not doubled."""

import pytest
from markupsafe import Markup

from kernel.text import one_stop


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Te escribe Aceros, S.A. de C.V..", "Te escribe Aceros, S.A. de C.V."),
        ("C.V.. Confirma que eres tú.", "C.V. Confirma que eres tú."),
        ("Espera...", "Espera..."),
        ("Gracias.", "Gracias."),
        ("«../../etc/passwd.csv» señala fuera del ZIP.", "«../../etc/passwd.csv» señala fuera del ZIP."),
        ("«a..b.csv» y «..\\c».", "«a..b.csv» y «..\\c»."),
    ],
)
def test_a_sentence_ends_in_one_full_stop(written: str, read: str) -> None:
    assert one_stop(written) == read
    assert isinstance(one_stop(Markup(written)), Markup)
