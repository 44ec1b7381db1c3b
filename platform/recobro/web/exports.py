"""Lists as files: CSV that opens as what it is, in every spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from recobro.web import jinja


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    formula = text.lstrip(" \ufeff")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    return f"'{text}" if formula else text


def csv_text(locale: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV text with the mark of UTF-8, texts defused; numbers and days stay what they are.

    Semicolons where spreadsheets expect them (Colombia and Spain write the decimals with a comma), else commas.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if locale in ("es_CO", "es_ES") else ",")
    writer.writerow(head)
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Rows as a CSV file for download, in the reader's way."""
    return Response(
        csv_text(jinja.locale(), head, rows),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
