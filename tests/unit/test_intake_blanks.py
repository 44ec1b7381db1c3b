"""Blank sheets: filled in as they say, every column is known by its heading."""

import io
import zipfile

import pytest

from recobro.intake.columns.blanks import blank
from recobro.intake.columns.mapping import How, guess
from recobro.intake.columns.profiles import profile
from recobro.intake.files import document_rows, reading
from recobro.intake.kinds.registry import KINDS
from recobro.web.exports import csv_text

LOCALES = {"MX": "es_MX", "CO": "es_CO", "ES": "es_ES"}


@pytest.mark.parametrize("country", LOCALES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != document_rows.KIND])
def test_every_column_of_a_blank_sheet_is_known(kind: str, country: str) -> None:
    heads, row = blank(kind, country)
    file = io.BytesIO(csv_text(LOCALES[country], heads, [row]).encode())
    layout = reading.detect(file, "plantilla.csv")
    assert list(layout.columns) == list(heads)
    profiles, count = profile(reading.rows(file, layout), len(layout.columns))
    assert count == 1

    choices = guess(layout.columns, profiles, kind=kind, lower=layout.lower)
    unknown = [name for name, one in zip(layout.columns, choices, strict=True) if one.how is not How.HEADING]
    assert not unknown
    assert not KINDS[kind].missing({one.field for one in choices})


def test_the_index_of_documents_names_each_file_and_its_debt() -> None:
    heads, row = blank("documents", "ES")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr("indice.csv", csv_text("es_ES", heads, [row]))
        bundle.writestr(row[0], b"%PDF-1.7 de prueba")
    layout = document_rows.detect(file, "documentos.zip")
    (found,) = document_rows.rows(file, layout)
    assert found.cells[:4] == ["Factura A-1001.pdf", "Factura", "A-1001", "28/02/2026"]
