"""What people give when they take a case back."""

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Length

from recobro.recalls.rules import CAUSE_LABELS, REASON_LABELS
from recobro.web.translations import spell


class RecallForm(FlaskForm):  # type: ignore[misc]
    """Why, in a word and in words; which causes are overruled, and why that."""

    reason = SelectField()
    note = TextAreaField(validators=[Length(max=1000)])
    force = SelectMultipleField()
    why = TextAreaField(validators=[Length(max=1000)])


def recall_form() -> RecallForm:
    """The form with its choices in the reader's language."""
    form = RecallForm()
    form.reason.choices = [(reason.value, spell(label)) for reason, label in REASON_LABELS.items()]
    form.force.choices = [(cause.value, spell(label)) for cause, label in CAUSE_LABELS.items()]
    return form
