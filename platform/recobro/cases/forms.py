"""What people write about a case."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.files import PROOF_BYTES
from recobro.web.translations import spell


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A private note."""

    text = TextAreaField(validators=[InputRequired(msg("Escribe la nota.")), Length(max=4000)])


class AssignForm(FlaskForm):  # type: ignore[misc]
    """Who works the case; empty gives it back to everybody."""

    person = SelectField(validators=[])


class HoldForm(FlaskForm):  # type: ignore[misc]
    """What stops or changes work, with its reason, the day it began, its last day and what proves it."""

    kind = RadioField(choices=["hold", "dispute", "hardship", "complaint", "breathing_space", "pleads_barred"])
    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=1000)])
    since = StringField()
    expires_on = StringField()
    file = FileField()


def proof_of(form: HoldForm) -> tuple[str, bytes] | None:
    """The name and bytes of the document given with a form, if any; one byte more than is taken tells a larger one."""
    given = form.file.data
    if not isinstance(given, FileStorage) or not given.filename:
        return None
    return given.filename, given.stream.read(PROOF_BYTES + 1)


class CloseForm(FlaskForm):  # type: ignore[misc]
    """Why a case is closed."""

    code = SelectField(validators=[InputRequired(msg("Elige un motivo de cierre."))])
    why = TextAreaField(validators=[Length(max=1000)])


def sentences(form: FlaskForm) -> dict[str, str]:
    """The errors of a refused form, spelled, by field."""
    return {name: " ".join(spell(str(error)) for error in errors) for name, errors in form.errors.items() if name}
