"""What people write about a case."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.web.translations import spell


class NoteForm(FlaskForm):  # type: ignore[misc]
    """A private note."""

    text = TextAreaField(validators=[InputRequired(msg("Escribe la nota.")), Length(max=4000)])


class AssignForm(FlaskForm):  # type: ignore[misc]
    """Who works the case; empty gives it back to everybody."""

    person = SelectField(validators=[])


class HoldForm(FlaskForm):  # type: ignore[misc]
    """A hold, dispute, hardship or complaint, with its reason and its last day."""

    kind = RadioField(choices=["hold", "dispute", "hardship", "complaint"])
    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=1000)])
    expires_on = StringField()


class CloseForm(FlaskForm):  # type: ignore[misc]
    """Why a case is closed."""

    code = SelectField(validators=[InputRequired(msg("Elige un motivo de cierre."))])
    why = TextAreaField(validators=[Length(max=1000)])


def sentences(form: FlaskForm) -> dict[str, str]:
    """The errors of a refused form, spelled, by field."""
    return {name: " ".join(spell(str(error)) for error in errors) for name, errors in form.errors.items() if name}
