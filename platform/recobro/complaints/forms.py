"""What people write about a complaint."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from legal.rules.packs.answer_kinds import Forum
from recobro.complaints.rules import FORUMS, OUTCOMES, TOPICS, forums_of
from recobro.complaints.service import Attached
from recobro.files import PROOF_BYTES
from recobro.web.translations import spell

_LONG = msg("El texto es demasiado largo.")


def _short(most: int, needed: str = "") -> StringField:
    required = [InputRequired(needed)] if needed else []
    return StringField(
        validators=[*required, Length(max=most, message=_LONG)], filters=[lambda text: (text or "").strip()]
    )


def _long(needed: str = "", most: int = 4000) -> TextAreaField:
    return TextAreaField(
        validators=[*([InputRequired(needed)] if needed else []), Length(max=most, message=_LONG)],
        filters=[lambda text: (text or "").strip()],
    )


class ComplaintForm(FlaskForm):  # type: ignore[misc]
    """What came, through whom, when, about what; the day to answer where the law gives none."""

    forum = SelectField(validators=[InputRequired(msg("Elige ante quién se quejó."))])
    reference = _short(80)
    received_on = _short(20, msg("Escribe el día."))
    topics = SelectMultipleField(validators=[InputRequired(msg("Elige de qué se queja."))])
    told = _long(msg("Escribe qué dice."))
    due_on = _short(20)
    file = FileField()


def complaint_form(country: str) -> ComplaintForm:
    """The form with the authorities of the debtor's place."""
    form = ComplaintForm()
    form.forum.choices = [(forum.value, spell(FORUMS[forum.value])) for forum in forums_of(country)]
    form.topics.choices = [(name, spell(label)) for name, label in TOPICS.items()]
    return form


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What was answered, when, and how it ended if that is known."""

    answered_on = _short(20, msg("Escribe el día."))
    text = _long()
    outcome = SelectField(default="")
    file = FileField()


class NoteForm(FlaskForm):  # type: ignore[misc]
    """What was found out."""

    text = _long()
    file = FileField()


class DueForm(FlaskForm):  # type: ignore[misc]
    """Another day to answer, and why."""

    due_on = _short(20, msg("Escribe el día."))
    why = _long(msg("Escribe el motivo."), 1000)


class CloseForm(FlaskForm):  # type: ignore[misc]
    """How it ended."""

    outcome = SelectField(validators=[InputRequired(msg("Elige cómo terminó."))])
    why = _long(most=1000)


class ReopenForm(FlaskForm):  # type: ignore[misc]
    """Why it is not over."""

    why = _long(msg("Escribe el motivo."), 1000)


def outcomes() -> list[tuple[str, str]]:
    """The outcomes, in the reader's language."""
    return [(name, spell(label)) for name, label in OUTCOMES.items()]


def answer_form() -> AnswerForm:
    """The form with its outcomes; empty waits for the authority."""
    form = AnswerForm()
    form.outcome.choices = [("", spell(msg("Todavía no se sabe"))), *outcomes()]
    return form


def close_form() -> CloseForm:
    """The form with its outcomes."""
    form = CloseForm()
    form.outcome.choices = outcomes()
    return form


def attached(form: FlaskForm) -> Attached | None:
    """The file that was given with a form, if any."""
    given = form.file.data
    if not isinstance(given, FileStorage) or not given.filename:
        return None
    return Attached(given.filename, given.stream.read(PROOF_BYTES + 1))


def forum_of(form: ComplaintForm) -> Forum:
    """Through whom it came."""
    return Forum(form.forum.data)
