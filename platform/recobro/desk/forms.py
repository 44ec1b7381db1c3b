"""What a collector writes."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from kernel.text import msg
from recobro.desk.outcomes import Outcome


class OutcomeForm(FlaskForm):  # type: ignore[misc]
    """What came of a call."""

    outcome = SelectField(
        choices=[outcome.value for outcome in Outcome], validators=[InputRequired(msg("Elige el resultado."))]
    )
    note = TextAreaField(validators=[Length(max=2000)])
    duration = IntegerField(validators=[Optional()])


class PromiseForm(FlaskForm):  # type: ignore[misc]
    """An amount on a day."""

    amount = StringField(validators=[InputRequired(msg("Escribe el importe."))])
    day = StringField(validators=[InputRequired(msg("Escribe el día."))])
    note = TextAreaField(validators=[Length(max=2000)])


class SnoozeForm(FlaskForm):  # type: ignore[misc]
    """Until when."""

    until = StringField(validators=[InputRequired(msg("Escribe hasta cuándo."))])
