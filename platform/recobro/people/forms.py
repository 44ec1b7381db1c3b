"""What people write about themselves, each other and their agency. Only the shape is checked here."""

from collections.abc import Iterable, Mapping
from datetime import date

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from kernel.text import msg
from recobro.people.agency import MOST_GRACE_HOURS
from recobro.web.translations import LOCALES, spell
from tenants.roles import Role

_PASSWORD = msg("Escribe la contraseña.")
_CODE = msg("Escribe el código.")
_EMAIL = msg("Escribe el correo.")
_NAME = msg("Escribe el nombre.")
_LEGAL_NAME = msg("Escribe la razón social.")
_HOURS = msg("Escribe un número de horas de 0 a 240.")
_LONG = msg("El texto es demasiado largo.")


class SignInForm(FlaskForm):  # type: ignore[misc]
    """An address and its password."""

    email = StringField(validators=[InputRequired(_EMAIL), Length(max=254, message=_LONG)])
    password = PasswordField(validators=[InputRequired(_PASSWORD)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of an authenticator, or a recovery code."""

    code = StringField(
        validators=[InputRequired(_CODE), Length(max=40, message=_LONG)], filters=[lambda text: (text or "").strip()]
    )


class EnrolForm(CodeForm):
    """A first code; with the password when it is done from one's own account."""

    password = PasswordField()


class FactorsForm(CodeForm):
    """Both factors, to turn one off."""

    password = PasswordField(validators=[InputRequired(_PASSWORD)])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The old password and a new one."""

    old = PasswordField(validators=[InputRequired(_PASSWORD)])
    new = PasswordField(validators=[InputRequired(msg("Escribe la contraseña nueva."))])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, by a link."""

    password = PasswordField(validators=[InputRequired(_PASSWORD)])


class AcceptForm(NewPasswordForm):
    """A name and a password, to come in."""

    name = StringField(validators=[Length(max=120, message=_LONG)])


class ForgotForm(FlaskForm):  # type: ignore[misc]
    """An address."""

    email = StringField(validators=[InputRequired(_EMAIL), Length(max=254, message=_LONG)])


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """A person's own name and language."""

    name = StringField(validators=[InputRequired(_NAME), Length(max=120, message=_LONG)])
    locale = StringField(validators=[AnyOf(("", *LOCALES), msg("Elige un idioma de la lista."))])


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to invite as what. A client's person needs the client."""

    email = StringField(validators=[InputRequired(_EMAIL), Length(max=254, message=_LONG)])
    name = StringField(validators=[InputRequired(_NAME), Length(max=120, message=_LONG)])
    role = SelectField(choices=[role.value for role in Role], validators=[InputRequired(msg("Elige un rol."))])
    client_id = StringField()


class RoleForm(FlaskForm):  # type: ignore[misc]
    """Another role."""

    role = SelectField(choices=[role.value for role in Role], validators=[InputRequired(msg("Elige un rol."))])


class AgencyForm(FlaskForm):  # type: ignore[misc]
    """What an agency says about itself on letters, mails and pages."""

    name = StringField(validators=[InputRequired(_NAME), Length(max=200, message=_LONG)])
    legal_name = StringField(validators=[InputRequired(_LEGAL_NAME), Length(max=200, message=_LONG)])
    tax_id = StringField(validators=[Length(max=40, message=_LONG)])
    address = StringField(validators=[Length(max=400, message=_LONG)])
    phone = StringField(validators=[Length(max=40, message=_LONG)])
    email = StringField(validators=[Length(max=254, message=_LONG)])
    registry_no = StringField(validators=[Length(max=80, message=_LONG)])
    bank_account = StringField(validators=[Length(max=80, message=_LONG)])
    second_factor_optional = BooleanField()
    grace_hours = IntegerField(validators=[Optional(), NumberRange(0, MOST_GRACE_HOURS, _HOURS)])


class RegistersForm(FlaskForm):  # type: ignore[misc]
    """In which registers the agency stands: `held-<name>` is yes, no or nothing, `until-<name>` the last day.

    A name is one of those of `registers_asked`.
    """

    def told(self, names: Iterable[str]) -> tuple[Mapping[str, tuple[bool, date | None]], Mapping[str, str]]:
        """What was said by register, and what is wrong with it, spelled."""
        said: dict[str, tuple[bool, date | None]] = {}
        wrong: dict[str, str] = {}
        for name in names:
            held, until = request.form.get(f"held-{name}", ""), request.form.get(f"until-{name}", "").strip()
            try:
                day = date.fromisoformat(until) if until else None
            except ValueError:
                wrong[name] = spell(msg("Escribe un día, por ejemplo 2027-01-31."))
                continue
            if held in ("yes", "no"):
                said[name] = (held == "yes", day)
        return said, wrong


def sentences(form: FlaskForm) -> dict[str, str]:
    """The errors of a refused form, spelled, by field."""
    return {name: " ".join(spell(str(error)) for error in errors) for name, errors in form.errors.items() if name}
