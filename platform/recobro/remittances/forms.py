"""What an accountant writes about statements."""

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from kernel.text import msg


class PaidForm(FlaskForm):  # type: ignore[misc]
    """That the transfer was made: the day and the bank's reference."""

    on = StringField(validators=[InputRequired(msg("Escribe el día de la transferencia."))])
    reference = StringField(validators=[InputRequired(msg("Escribe la referencia del banco.")), Length(max=120)])
