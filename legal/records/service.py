"""What people said about being contacted, and what became of contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from kernel.ids import new_id
from kernel.problems import NotFound
from legal.records.tables import ConsentEvent, ContactAttempt
from legal.rules.facts import Channel, Purpose
from tenants.work import Work


def stop_channel(
    work: Work,
    *,
    client_id: UUID,
    case_id: UUID,
    debtor_id: UUID,
    channel: Channel | None,
    how: str,
    words: str = "",
) -> UUID:
    """The debtor asks not to be contacted by a channel (None: by none at all), from now on; you get the event's id.

    A debtor's own page may say it: the gate reads it at the next question.
    """
    return _note(work, client_id, case_id, debtor_id, "stop", channel, how, words)


def resume_channel(
    work: Work,
    *,
    client_id: UUID,
    case_id: UUID,
    debtor_id: UUID,
    channel: Channel | None,
    how: str,
    words: str = "",
) -> UUID:
    """The debtor allows a channel again (None: all of them)."""
    return _note(work, client_id, case_id, debtor_id, "resume", channel, how, words)


def note_request(
    work: Work,
    *,
    client_id: UUID,
    case_id: UUID,
    debtor_id: UUID,
    channel: Channel,
    how: str,
    words: str = "",
) -> UUID:
    """The debtor asked for something by a channel: one answer there (`Purpose.ANSWER`) is outside the caps."""
    return _note(work, client_id, case_id, debtor_id, "asked", channel, how, words)


def note_contact(
    work: Work,
    *,
    client_id: UUID,
    case_id: UUID,
    debtor_id: UUID,
    person_key: str,
    channel: Channel,
    at: datetime,
    conversation: bool,
    contact_point_id: UUID | None = None,
    purpose: Purpose = Purpose.COLLECT,
    incoming: bool = False,
    workplace: bool = False,
    connected: bool = True,
    decision_id: UUID | None = None,
) -> UUID:
    """A contact made without leave of the gate: an outgoing one recorded afterwards, which counts too, or one that the
    person made (`incoming`), after whose conversation the law may ask for peace as well.

    `decision_id` is the kept refusal of a contact that was made all the same: a breach.
    """
    row = ContactAttempt(
        agency_id=work.agency_id,
        client_id=client_id,
        id=new_id(),
        case_id=case_id,
        debtor_id=debtor_id,
        contact_point_id=contact_point_id,
        decision_id=decision_id,
        person_key=person_key,
        channel=channel.value,
        purpose=purpose.value,
        at=at,
        conversation=conversation,
        connected=connected,
        workplace=workplace,
        incoming=incoming,
    )
    work.add(row)
    work.flush()
    return row.id


def note_conversation(work: Work, attempt_id: UUID) -> None:
    """The person answered this contact: it was a conversation."""
    _change(work, attempt_id, conversation=True)


def note_reached(work: Work, attempt_id: UUID, *, connected: bool, conversation: bool) -> None:
    """What came of this contact: whether its number was reached, and whether the person answered."""
    _change(work, attempt_id, connected=connected, conversation=conversation)


def void_attempt(work: Work, attempt_id: UUID) -> None:
    """This contact surely never left (the mail server refused it before taking it): it no longer counts."""
    _change(work, attempt_id, voided_at=work.now())


def _change(work: Work, attempt_id: UUID, **values: object) -> None:
    work.flush()
    statement = (
        update(ContactAttempt)
        .where(ContactAttempt.agency_id == work.agency_id, ContactAttempt.id == attempt_id)
        .values(**values)
        .returning(ContactAttempt.id)
    )
    if work.session.scalar(statement) is None:
        raise NotFound


def last_call_attempt(work: Work, case_id: UUID, *, since: datetime) -> UUID | None:
    """The case's latest call the gate let pass since an instant, to say later whether the person answered."""
    return work.session.scalar(
        select(ContactAttempt.id)
        .where(
            ContactAttempt.agency_id == work.agency_id,
            ContactAttempt.case_id == case_id,
            ContactAttempt.channel == Channel.PHONE.value,
            ContactAttempt.at >= since,
            ContactAttempt.voided_at.is_(None),
        )
        .order_by(ContactAttempt.at.desc())
        .limit(1)
    )


def _note(
    work: Work,
    client_id: UUID,
    case_id: UUID,
    debtor_id: UUID,
    kind: str,
    channel: Channel | None,
    how: str,
    words: str,
) -> UUID:
    row = ConsentEvent(
        agency_id=work.agency_id,
        client_id=client_id,
        id=new_id(),
        case_id=case_id,
        debtor_id=debtor_id,
        kind=kind,
        channel=channel.value if channel else "",
        at=work.now(),
        how=how,
        words=words,
        by=work.principal.name,
    )
    work.add(row)
    work.flush()
    return row.id
