"""What people write about plans."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from kernel.text import msg
from recobro.agreements.schedule import MAX_INSTALMENTS, Every

_MOST_DISCOUNT = 99


class PercentField(DecimalField):  # type: ignore[misc]
    """A share in per cent from 0 to 99, with a decimal point or comma; nothing else is read."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; empty is none."""
        text = valuelist[0].strip().rstrip("%").strip().replace(",", ".") if valuelist else ""
        if not text:
            self.data = Decimal(0)
            return
        try:
            share = Decimal(text)
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or not 0 <= share <= _MOST_DISCOUNT:
            raise ValueError(msg("La quita va de 0 a 99 %."))
        self.data = share


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
    discount = PercentField(places=2, default=0)


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why not."""

    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=1000)])
