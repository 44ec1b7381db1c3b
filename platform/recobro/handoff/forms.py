"""What people write when a case goes to a lawyer, and about a matter."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from legal.matters.lifecycle import CourtStage, Route
from recobro.handoff.rules import Paper
from recobro.web.translations import spell

_LONG = msg("El texto es demasiado largo.")


def _short(most: int, needed: str = "") -> StringField:
    required = [InputRequired(needed)] if needed else []
    return StringField(
        validators=[*required, Length(max=most, message=_LONG)], filters=[lambda text: (text or "").strip()]
    )


class ProposeForm(FlaskForm):  # type: ignore[misc]
    """To whom, and why."""

    lawyer = StringField(validators=[InputRequired(msg("Elige un abogado de la lista."))])
    why = TextAreaField(validators=[Length(max=2000, message=_LONG)])


class PaperForm(FlaskForm):  # type: ignore[misc]
    """A document of the debt's origin."""

    paper = SelectField(choices=[paper.value for paper in Paper])
    file = FileField()


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why."""

    reason = TextAreaField(validators=[InputRequired(msg("Escribe el motivo.")), Length(max=2000, message=_LONG)])


class CourtForm(FlaskForm):  # type: ignore[misc]
    """Court, file number, route."""

    court = _short(200)
    file_no = _short(80)
    route = SelectField(choices=["", *[route.value for route in Route]])


class StageForm(FlaskForm):  # type: ignore[misc]
    """A stage that was reached."""

    stage = SelectField(choices=[stage.value for stage in CourtStage])
    on = _short(20, msg("Escribe el día."))
    note = TextAreaField(validators=[Length(max=2000, message=_LONG)])


class DeadlineForm(FlaskForm):  # type: ignore[misc]
    """A day by which something must be done."""

    title = _short(200, msg("Escribe qué hay que hacer."))
    due_on = _short(20, msg("Escribe el día."))
    counted = _short(300)


class DoneForm(FlaskForm):  # type: ignore[misc]
    """How a deadline ended."""

    note = _short(1000, msg("Escribe cómo se cumplió."))


class CostForm(FlaskForm):  # type: ignore[misc]
    """Money spent."""

    concept = _short(200, msg("Escribe el concepto."))
    amount = _short(40, msg("Escribe el importe."))
    spent_on = _short(20, msg("Escribe el día."))
    recoverable = BooleanField()


def first_error(form: FlaskForm) -> str:
    """The first thing that is wrong with a form, spelled."""
    return next((spell(str(error)) for errors in form.errors.values() for error in errors), "")
