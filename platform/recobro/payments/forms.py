"""What an accountant writes about money that arrived."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.payments.lifecycle import Direction, Method, Reversal


class PaymentForm(FlaskForm):  # type: ignore[misc]
    """An amount, who received it, how and when. `key` makes sending the same page twice harmless."""

    amount = StringField(validators=[InputRequired(msg("Escribe el importe."))])
    direction = RadioField(choices=[direction.value for direction in Direction], default=Direction.TO_AGENCY.value)
    method = SelectField(choices=[method.value for method in Method], default=Method.TRANSFER.value)
    received_on = StringField(validators=[InputRequired(msg("Escribe el día en que llegó."))])
    reference = StringField(validators=[Length(max=120)])
    key = StringField(validators=[InputRequired(), Length(max=80)])


class ExcessForm(FlaskForm):  # type: ignore[misc]
    """How what was too much went back to the debtor."""

    reference = StringField(validators=[InputRequired(msg("Escribe la referencia de la devolución.")), Length(max=120)])


class ReversalForm(FlaskForm):  # type: ignore[misc]
    """Why a payment is taken back; of a card payment also how (`Reversal`), which the page sees to."""

    way = RadioField(choices=[way.value for way in Reversal], validate_choice=False)
    reason = TextAreaField(validators=[InputRequired(msg("Escribe por qué se revierte.")), Length(max=500)])
