"""What a client's people write: a pause of a case, an invitation."""

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.web.translations import spell
from tenants.roles import Role

CLIENT_ROLES = (Role.CLIENT_ADMIN, Role.CLIENT_UPLOADER, Role.CLIENT_VIEWER, Role.CLIENT_APPROVER)
_LONG = msg("El texto es demasiado largo.")


class PauseForm(FlaskForm):  # type: ignore[misc]
    """Why work on a case has to stop, and until when."""

    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=1000, message=_LONG)])
    expires_on = StringField()


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to invite as what."""

    email = StringField(validators=[InputRequired(msg("Escribe el correo.")), Length(max=254, message=_LONG)])
    name = StringField(validators=[InputRequired(msg("Escribe el nombre.")), Length(max=120, message=_LONG)])
    role = SelectField(choices=[role.value for role in CLIENT_ROLES])


def sentences(form: FlaskForm) -> dict[str, str]:
    """The errors of a refused form, spelled, by field."""
    return {name: " ".join(spell(str(error)) for error in errors) for name, errors in form.errors.items() if name}
