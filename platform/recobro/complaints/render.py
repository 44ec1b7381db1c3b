"""Complaints in words: a row of the list, a line of the history, a file for spreadsheets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, url_for

from kernel.text import msg
from recobro.complaints.queries import ComplaintRow
from recobro.complaints.rules import FORUMS, OUTCOMES, STATES, TONES, TOPICS, days_left, tone_of_days
from recobro.complaints.tables import Complaint, ComplaintEvent
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.jinja import moment
from recobro.web.translations import spell

_ICONS = {
    "received": "inbox",
    "due": "calendar-due",
    "note": "note",
    "answered": "mail",
    "closed": "check",
    "reopened": "refresh",
}
_EVENT_TONES = {"received": "warn", "answered": "info", "closed": "ok", "reopened": "warn"}


@dataclass(frozen=True)
class Told:
    """A complaint in words: whom it went to, what about, where it stands and what is left to answer."""

    row: ComplaintRow
    url: str
    forum: str
    topics: str
    state: str
    tone: str
    left: str
    left_tone: str


def told(row: ComplaintRow, today: date) -> Told:
    """A row of the list."""
    complaint = row.complaint
    left = days_left(complaint.due_on, today) if complaint.state == "open" else None
    return Told(
        row=row,
        url=url_for("complaints.show", complaint_id=complaint.id),
        forum=forum(complaint),
        topics=topics(complaint),
        state=state(complaint),
        tone=TONES[complaint.state],
        left=left_words(complaint, today),
        left_tone=tone_of_days(left) if complaint.due_on or complaint.state != "open" else "warn",
    )


def forum(complaint: Complaint) -> str:
    """Through whom it came."""
    return spell(FORUMS.get(complaint.regulator, complaint.regulator))


def topics(complaint: Complaint) -> str:
    """What it is about."""
    return ", ".join(spell(TOPICS.get(name, name)) for name in complaint.topics)


def state(complaint: Complaint) -> str:
    """Where it stands, and how it ended."""
    word = spell(STATES[complaint.state])
    return f"{word} · {spell(OUTCOMES[complaint.outcome])}" if complaint.outcome in OUTCOMES else word


def left_words(complaint: Complaint, today: date) -> str:
    """What is left to answer, in words; empty once it was answered."""
    if complaint.state != "open":
        return ""
    left = days_left(complaint.due_on, today)
    if left is None:
        return spell(msg("Sin plazo: fíjalo"))
    if left < 0:
        return spell(msg("Venció hace 1 día") if left == -1 else msg("Venció hace {days} días"), days=-left)
    if left == 0:
        return spell(msg("Vence hoy"))
    return spell(msg("Queda 1 día") if left == 1 else msg("Quedan {days} días"), days=left)


def history(rows: Sequence[ComplaintEvent]) -> list[dict[str, str]]:
    """The history as the timeline draws it; a step with a document leads to it."""
    return [
        {
            "icon": _ICONS.get(row.kind, "point"),
            "title": _title(row),
            "body": row.body,
            "meta": f"{moment(row.at)} · {row.by}",
            "tone": _EVENT_TONES.get(row.kind, ""),
            "url": url_for("consents.download", case_id=row.case_id, file_id=row.file_id) if row.file_id else "",
        }
        for row in rows
    ]


def _title(row: ComplaintEvent) -> str:
    parts = [events.sentence(row.title, row.details)]
    if row.details.get("outcome") in OUTCOMES:
        parts.append(spell(OUTCOMES[str(row.details["outcome"])]))
    if row.details.get("late"):
        parts.append(spell(msg("fuera de plazo")))
    return " · ".join(parts)


def as_csv(rows: Iterable[ComplaintRow]) -> Response:
    """Complaints as a CSV file."""
    heads = (msg("Queja"), msg("Folio"), msg("Ante quién"), msg("Deudor"), msg("Cliente"), msg("Caso"),
             msg("De qué"), msg("Recibida"), msg("Responder hasta"), msg("Respondida"), msg("Estado"),
             msg("Qué dice"))  # fmt: skip
    return csv_answer(
        "quejas.csv",
        [spell(word) for word in heads],
        (
            (one.number, one.reference, spell(FORUMS.get(one.regulator, one.regulator)), row.debtor, row.client,
             row.case_number, topics(one), one.received_on, one.due_on or "", one.answered_on or "", state(one),
             one.words)
            for row in rows
            for one in (row.complaint,)
        ),
    )  # fmt: skip
