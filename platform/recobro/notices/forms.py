"""Forms of the notices' pages."""

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length, ValidationError

from kernel.text import msg
from recobro.web.translations import spell


class WriteForm(FlaskForm):  # type: ignore[misc]
    """A notice somebody writes by hand: which text, to where, and what it adds."""

    key = SelectField(msg("Texto"), validate_choice=False)
    point = SelectField(msg("Para"), validate_choice=False)
    title = StringField(msg("Asunto"), [Length(max=120)])
    message = TextAreaField(msg("Mensaje"), [Length(max=4000)])
    override_rule = SelectMultipleField(validate_choice=False)
    override_reason = StringField(msg("Motivo para apartar la política"), [Length(max=300)])

    def validate_override_reason(self, field: StringField) -> None:
        """Nobody sets a policy aside without saying why, nor without saying which."""
        if bool((field.data or "").strip()) != bool(self.override_rule.data):
            raise ValidationError(spell(msg("Marca cada política que apartas y escribe el motivo.")))

    def validate_message(self, field: TextAreaField) -> None:
        """A message of one's own says something."""
        if self.key.data == "note" and not (field.data or "").strip():
            raise ValidationError(spell(msg("Escribe el mensaje.")))


class SettleForm(FlaskForm):  # type: ignore[misc]
    """What a person found out about a notice whose answer was lost."""

    arrived = StringField(validators=[AnyOf(("yes", "no"))])
    why = StringField(validators=[Length(min=3, max=300)])


class PostedForm(FlaskForm):  # type: ignore[misc]
    """The day a batch was handed to the post."""

    on = StringField(validators=[Length(min=1, max=40)])
