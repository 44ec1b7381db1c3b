"""Noting in the ledger of consent what was said, and reading it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records.tables import ConsentEvent
from legal.rules.facts import Agreed, Channel
from tenants.work import Work

HOWS = ("call", "email", "letter", "page", "link", "visit", "client", "merge")


@dataclass(frozen=True)
class Whose:
    """Whose ledger: the case on which it is said, and the debtor of it."""

    client_id: UUID
    case_id: UUID
    debtor_id: UUID


@dataclass(frozen=True)
class Said:
    """How something was said: where, when (None: now), by whom if not the debtor, and the evidence of it."""

    how: str
    at: datetime | None = None
    person: str = ""
    words: str = ""
    file_id: UUID | None = None
    recording: str = ""


@dataclass(frozen=True)
class What:
    """What was said: one kind of line with what it takes, as `ConsentEvent` explains."""

    kind: str
    channel: Channel | None = None
    scope: Agreed | None = None
    contact_point_id: UUID | None = None
    until: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    ends_id: UUID | None = None


def note(work: Work, whose: Whose, what: What, said: Said) -> UUID:
    """Add a line to the ledger; the gate reads it at the next question. What is yet to be said is refused."""
    now = work.now()
    at = said.at or now
    if at > now:
        raise Invalid(msg("Lo que se anota ya se dijo: elige un momento que haya pasado."))
    if said.how not in HOWS:
        raise Invalid(msg("Di por dónde lo dijo."))
    row = ConsentEvent(
        agency_id=work.agency_id,
        client_id=whose.client_id,
        id=new_id(),
        case_id=whose.case_id,
        debtor_id=whose.debtor_id,
        kind=what.kind,
        channel=what.channel.value if what.channel else "",
        scope=what.scope.value if what.scope else "",
        contact_point_id=what.contact_point_id,
        at=at,
        until=what.until,
        how=said.how,
        person=said.person.strip(),
        words=said.words.strip(),
        evidence_file_id=said.file_id,
        recording=said.recording.strip(),
        details=dict(what.details),
        ends_id=what.ends_id,
        by=work.principal.name,
        noted_at=now,
    )
    work.add(row)
    work.flush()
    return row.id


def end(work: Work, line_id: UUID, said: Said) -> ConsentEvent:
    """Say that a line no longer holds; you get that line. One that has ended, or that only a newer word may undo (a
    closed channel is opened, not forgotten), is refused."""
    line = line_of(work, line_id)
    already = work.session.scalar(
        select(ConsentEvent.id).where(ConsentEvent.agency_id == work.agency_id, ConsentEvent.ends_id == line_id)
    )
    if already is not None or line.kind not in ENDABLE:
        raise Invalid(msg("Ese apunte ya terminó, o solo lo cambia uno nuevo."))
    note(
        work,
        Whose(line.client_id, line.case_id, line.debtor_id),
        What("ended", Channel(line.channel) if line.channel else None, ends_id=line_id),
        said,
    )
    return line


ENDABLE = frozenset({"grant", "inconvenient", "lawyer", "employer"})


def line_of(work: Work, line_id: UUID) -> ConsentEvent:
    """One line; missing and foreign are the same."""
    line = work.session.scalar(
        select(ConsentEvent).where(ConsentEvent.agency_id == work.agency_id, ConsentEvent.id == line_id)
    )
    if line is None:
        raise NotFound(msg("Ese apunte no existe o no es tuyo."))
    return line


def ledger(work: Work, debtor_id: UUID) -> Sequence[ConsentEvent]:
    """Every line of a debtor, in the order in which things were said."""
    return work.session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.agency_id == work.agency_id, ConsentEvent.debtor_id == debtor_id)
        .order_by(ConsentEvent.at, ConsentEvent.id)
    ).all()


def holding(lines: Sequence[ConsentEvent], day: date) -> list[ConsentEvent]:
    """The lines whose last day has not passed."""
    return [line for line in lines if line.until is None or line.until >= day]
