"""What people write about plans."""

from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kernel.text import msg
from recobro.agreements.schedule import MAX_INSTALMENTS, Every


class PlanForm(FlaskForm):  # type: ignore[misc]
    """A plan's terms: how many payments, how often, from when, with what discount (per cent)."""

    count = IntegerField(
        validators=[
            InputRequired(msg("Escribe cuántos pagos.")),
            NumberRange(1, MAX_INSTALMENTS, msg("Entre 1 y 120 pagos.")),
        ]
    )
    every = SelectField(choices=[every.value for every in Every], default=Every.MONTH.value)
    first_on = StringField(validators=[InputRequired(msg("Escribe la fecha del primer pago."))])
    discount = DecimalField(
        places=2, default=0, validators=[Optional(), NumberRange(0, 99, msg("La quita va de 0 a 99 %."))]
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why not."""

    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=1000)])
