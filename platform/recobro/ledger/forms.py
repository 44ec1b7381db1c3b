"""What an accountant writes about the bank."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from kernel.text import msg


class BankForm(FlaskForm):  # type: ignore[misc]
    """What the bank's statement said the trust account held at the end of a day."""

    currency = StringField(validators=[InputRequired(), Length(min=3, max=3)])
    day = StringField(validators=[InputRequired(msg("Escribe el día del estado de cuenta."))])
    amount = StringField(validators=[InputRequired(msg("Escribe el saldo que dice el banco."))])
