"""What people write about being contacted, about disputes and about validation notices."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.clock import instant_of
from kernel.problems import Invalid
from kernel.text import msg
from legal.records.consents import Said
from legal.records.disputes import DISPUTE_KINDS, MEDIA
from recobro.consents.contesting import Misdescribed
from recobro.consents.service import Document
from recobro.consents.words import CHANNELS, DAYS, HEARD, HOWS, OFFERED, SCOPES
from recobro.files import PROOF_BYTES
from recobro.web.jinja import locale
from recobro.web.readings import Look, read_day
from recobro.web.translations import spell

_LONG = msg("El texto es demasiado largo.")


def _short(most: int = 200) -> StringField:
    return StringField(validators=[Length(max=most, message=_LONG)], filters=[lambda text: (text or "").strip()])


def _choice() -> SelectField:
    return SelectField(default="", validate_choice=True)


class LineForm(FlaskForm):  # type: ignore[misc]
    """One line of the ledger: how, when and by whom it was said, the evidence, and what each act takes besides."""

    how = _choice()
    on = _short(20)
    at = _short(5)
    person = _short()
    told = TextAreaField(validators=[Length(max=2000, message=_LONG)])
    recording = _short(300)
    file = FileField()
    channel = _choice()
    scope = _choice()
    point = _choice()
    until = _short(20)
    days = SelectMultipleField()
    begins = _short(5)
    ends = _short(5)
    workplace = BooleanField()
    name = _short()
    firm = _short()
    address = _short(300)
    phone = _short(40)
    email = _short()
    employer = _short()


def line_form(points: list[tuple[str, str]]) -> LineForm:
    """The form with its choices in the reader's language; `points` are the debtor's contact points."""
    form = LineForm()
    form.how.choices = [(name, spell(HOWS[name])) for name in HEARD]
    form.channel.choices = [("", spell(msg("Todos los canales")))] + [
        (channel.value, spell(CHANNELS[channel.value])) for channel in OFFERED
    ]
    form.scope.choices = [(name, spell(label)) for name, label in SCOPES.items()]
    form.point.choices = [("", spell(msg("Ninguno en particular"))), *points]
    form.days.choices = [(name, spell(label)) for name, label in DAYS.items()]
    return form


def said_of(form: LineForm, zone: ZoneInfo, now: datetime) -> Said:
    """How it was said. Without an hour, today is now and another day is its first minute, by the debtor's clock."""
    day = read_day(form.on.data, now.astimezone(zone).date(), locale(), Look.BACK) if form.on.data else None
    clock = read_time(form.at.data)
    at: datetime | None = None
    if day is not None or clock is not None:
        today = now.astimezone(zone).date()
        if clock is None and day == today:
            at = now
        else:
            at = instant_of(day or today, zone, *((clock.hour, clock.minute) if clock else (0, 0)))
    return Said(
        how=form.how.data, at=at, person=form.person.data, words=form.told.data or "", recording=form.recording.data
    )


def read_time(text: str | None) -> time | None:
    """`9:30` or `9` as a time of the clock; what is neither is refused."""
    if not text:
        return None
    hour, _, minute = text.partition(":")
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise Invalid(msg("No entendimos la hora «{text}». Escribe por ejemplo 9:30."), text=text) from None


def document_of(form: FlaskForm) -> Document | None:
    """The file that was given with a form, if any."""
    given = form.file.data
    if not isinstance(given, FileStorage) or not given.filename:
        return None
    return Document(given.filename, given.stream.read(PROOF_BYTES + 1))


class DisputeForm(FlaskForm):  # type: ignore[misc]
    """What is contested, how it came, and what was sent and answered."""

    kind = _choice()
    medium = _choice()
    received_on = _short(20)
    amount = _short(30)
    debts = SelectMultipleField()
    told = TextAreaField(validators=[Length(max=2000, message=_LONG)])
    verification_sent_on = _short(20)
    answered_on = _short(20)
    answer = TextAreaField(validators=[Length(max=4000, message=_LONG)])
    file = FileField()


def dispute_form(references: list[str]) -> DisputeForm:
    """The form with its choices."""
    form = DisputeForm()
    form.kind.choices = [(name, spell(label)) for name, label in DISPUTE_KINDS.items()]
    form.medium.choices = [(name, spell(label)) for name, label in MEDIA.items()]
    form.debts.choices = [(reference, reference) for reference in references]
    return form


class ValidationForm(FlaskForm):  # type: ignore[misc]
    """Which notice told the debtor how to contest, by what channel, on which day."""

    channel = _choice()
    provided_on = StringField(validators=[InputRequired(msg("Escribe el día."))])
    notice = _choice()


def validation_form(notices: list[tuple[str, str]]) -> ValidationForm:
    """The form with its choices."""
    form = ValidationForm()
    form.channel.choices = [(c.value, spell(CHANNELS[c.value])) for c in OFFERED if c.value not in ("phone", "visit")]
    form.notice.choices = [("", spell(msg("Ninguno de estos"))), *notices]
    return form


@contextmanager
def told_at(field: str) -> Iterator[None]:
    """What is refused while one field is read says which one."""
    try:
        yield
    except Invalid as problem:
        raise Misdescribed(problem.template, **{**problem.details, "field": field}) from problem


def past_day(text: str, zone: ZoneInfo, now: datetime) -> date | None:
    """A day that has been, or None when nothing is written."""
    return read_day(text, now.astimezone(zone).date(), locale(), Look.BACK) if text else None


def coming_day(text: str, zone: ZoneInfo, now: datetime) -> date | None:
    """A day to come, or None when nothing is written."""
    return read_day(text, now.astimezone(zone).date(), locale()) if text else None
