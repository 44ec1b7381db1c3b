"""What a collector writes."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from kernel.text import msg
from legal.rules.facts import Channel
from recobro.desk.incoming import OUTCOMES, STOPS, Caller
from recobro.desk.outcomes import Outcome

ANSWERS = (Channel.PHONE, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
_WHO = msg("Elige quién llamó.")


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


class IncomingForm(FlaskForm):  # type: ignore[misc]
    """A call that came in."""

    caller = SelectField(choices=[caller.value for caller in Caller], validators=[InputRequired(_WHO)])
    outcome = SelectField(choices=[outcome.value for outcome in OUTCOMES], default=Outcome.RIGHT_PARTY.value)
    name = StringField(validators=[Length(max=120)])
    contact_point = StringField()
    at = StringField(validators=[Length(max=5)])
    note = TextAreaField(validators=[Length(max=2000)])
    amount = StringField()
    day = StringField()
    stop = SelectField(choices=["", *STOPS], default="")
    answer_by = SelectField(choices=["", *(channel.value for channel in ANSWERS)], default="")


class SnoozeForm(FlaskForm):  # type: ignore[misc]
    """Until when."""

    until = StringField(validators=[InputRequired(msg("Escribe hasta cuándo."))])
