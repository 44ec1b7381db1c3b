"""A new agency and who will administer it."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.operator.rules import COUNTRIES

_LONG = msg("El texto es demasiado largo.")


class AgencyForm(FlaskForm):  # type: ignore[misc]
    """The short name, the name, the country, and the first administrator."""

    slug = StringField(validators=[InputRequired(msg("Escribe el nombre corto.")), Length(max=40, message=_LONG)])
    name = StringField(validators=[InputRequired(msg("Escribe el nombre.")), Length(max=200, message=_LONG)])
    country = SelectField(choices=[*COUNTRIES], validators=[InputRequired(msg("Elige un país."))])
    sandbox = BooleanField()
    admin_name = StringField(validators=[InputRequired(msg("Escribe el nombre.")), Length(max=120, message=_LONG)])
    admin_email = StringField(validators=[InputRequired(msg("Escribe el correo.")), Length(max=254, message=_LONG)])
