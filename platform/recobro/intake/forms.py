"""What people give of a placement: the file, the choices for its columns, the day."""

from collections.abc import Mapping
from datetime import date

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired

from kernel.text import msg
from recobro.web.readings import Look, read_day


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A file, the client it is of (staff choose), what it brings, what the client says it comes to, and whether a file
    that was loaded before is read anew."""

    client = SelectField(validators=[InputRequired(msg("Elige un cliente."))])
    file = FileField(validators=[FileRequired(msg("Elige un archivo."))])
    kind = SelectField()
    declared = StringField()
    again = BooleanField()


def chosen_fields(form: Mapping[str, str]) -> dict[int, str]:
    """`field-3=balance` as {3: "balance"}."""
    return _by_index(form, "field-")


def chosen_readings(form: Mapping[str, str]) -> dict[int, str]:
    """`reading-3=dmy` as {3: "dmy"}; an empty choice is none."""
    return {index: value for index, value in _by_index(form, "reading-").items() if value}


def _by_index(form: Mapping[str, str], prefix: str) -> dict[int, str]:
    return {int(name[len(prefix) :]): value for name, value in form.items()
            if name.startswith(prefix) and name[len(prefix) :].isdecimal() and len(name) < 20}  # fmt: skip


def chosen_day(form: Mapping[str, str], today: date, locale: str) -> date | None:
    """The as-of day as a person writes it; nothing when it was not asked."""
    text = form.get("as_of", "").strip()
    return read_day(text, today, locale, Look.BACK) if text else None
