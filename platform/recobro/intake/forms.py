"""What people give of a placement: the file, the choices for its columns, the day."""

from collections.abc import Mapping
from datetime import date

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from kernel.text import msg
from recobro.web.readings import Look, read_day


def _file_or_cells(form: FlaskForm, field: FileField) -> None:
    if not field.data and not (form.pasted.data or "").strip():
        raise ValidationError(msg("Elige un archivo o pega sus celdas."))


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file or pasted cells, their client (staff choose), what they bring, what the client says they come to,
    and whether a file that was loaded before is read anew."""

    client = SelectField(validators=[InputRequired(msg("Elige un cliente."))])
    file = FileField(validators=[_file_or_cells])
    pasted = TextAreaField()
    kind = SelectField()
    declared = StringField()
    again = BooleanField()


def chosen_fields(form: Mapping[str, str]) -> dict[int, str]:
    """`field-3=balance` as {3: "balance"}."""
    return _by_index(form, "field-")


def chosen_readings(form: Mapping[str, str]) -> dict[int, str]:
    """`reading-3=dmy` as {3: "dmy"}; an empty choice is none."""
    return {index: value for index, value in _by_index(form, "reading-").items() if value}


def chosen_sheet(form: Mapping[str, str]) -> tuple[str, int | None]:
    """The sheet of the workbook, and the line of the headings (0: there are none)."""
    line = form.get("header_line", "")
    return form.get("sheet", ""), int(line) if line.isascii() and line.isdecimal() and len(line) < 8 else None


def _by_index(form: Mapping[str, str], prefix: str) -> dict[int, str]:
    return {int(name[len(prefix) :]): value for name, value in form.items()
            if name.startswith(prefix) and name[len(prefix) :].isdecimal() and len(name) < 20}  # fmt: skip


def chosen_day(form: Mapping[str, str], today: date, locale: str) -> date | None:
    """The as-of day as a person writes it; nothing when it was not asked."""
    text = form.get("as_of", "").strip()
    return read_day(text, today, locale, Look.BACK) if text else None


def mended_values(form: Mapping[str, str]) -> dict[str, str]:
    """`old-0=PESO` and `new-0=MXN` as {"PESO": "MXN"}; what was left empty is not mended."""
    new = _by_index(form, "new-")
    return {old: new[at] for at, old in _by_index(form, "old-").items() if new.get(at, "").strip()}


def mended_cells(form: Mapping[str, str]) -> tuple[dict[int, str], dict[int, str]]:
    """`cell-42=28/02/2026` as {42: "28/02/2026"} where that is not what `was-42` says; and what was said there."""
    was = _by_index(form, "was-")
    cells = _by_index(form, "cell-").items()
    return {line: new for line, new in cells if new.strip() != was.get(line, "").strip()}, was
