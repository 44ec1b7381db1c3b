"""A new password for who forgot theirs, by a link that works once. Whether an address is known is never said."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import NotFound
from kernel.text import msg
from recobro.people import attempts, passwords, places, sessions
from recobro.people.links import Purpose, token_of
from recobro.people.rules import minimum_length
from recobro.people.service import plain_email
from recobro.people.tokens import living, secret, spend
from tenants.outbox import outbox_row
from tenants.tables import AccessToken, Person
from tenants.work import door_work

RESET_LIFE = timedelta(minutes=30)
RESET_KEPT = timedelta(days=1)


def ask_reset(email: str, *, ip: str) -> None:
    """Mail a link for a new password, when the address is known; the asker is not told whether it was."""
    plain = email.strip().lower()[:254]
    attempts.enter(f"reset of {plain}", ip)
    with door_work() as door:
        person = door.scalar(select(Person).where(Person.email == plain, Person.disabled_at.is_(None)))
        now = SystemClock().now()
        door.execute(
            delete(AccessToken).where(
                AccessToken.purpose == Purpose.RESET.value, AccessToken.expires_at < now - RESET_KEPT
            )
        )
        found = places.places_of(door, person.id) if person else ()
        # An unknown address leaves a row as well, so that both answers cost the same.
        row = AccessToken(
            id=new_id(), purpose=Purpose.RESET.value, email=plain if found else "",
            person_id=person.id if person and found else None, created_at=now, expires_at=now + RESET_LIFE,
        )  # fmt: skip
        door.add(row)
        door.flush()
        if found:
            door.add(outbox_row(found[0].agency_id, "people.send_reset", {"reset_id": row.id}, now=now, at=None))


def reset_token(reset_id: UUID) -> str:
    """The secret part of a reset's link: for the mail, and for who runs the machine."""
    return token_of(secret(), Purpose.RESET, reset_id)


def open_reset(door: Session, token: str) -> tuple[str, int]:
    """The address whose password a link may set and the fewest characters it may have, or DeadLink."""
    person = door.get_one(Person, living(door, Purpose.RESET, token).person_id)
    return person.email, minimum_length(second_factor=bool(person.totp_secret))


def reset(token: str, *, password: str) -> None:
    """Set a new password by a link. All sessions end; the second factor stays as it is."""
    with door_work() as door:
        row = living(door, Purpose.RESET, token)
        person = door.get_one(Person, row.person_id)
        email, enrolled = person.email, bool(person.totp_secret)
    passwords.check_new(password, second_factor=enrolled, email=email)
    kept = passwords.hashed(password)
    with door_work() as door:
        spent = spend(door, row.id)
        person = door.get_one(Person, spent.person_id, with_for_update=True)
        person.password_hash = kept
        sessions.revoke_all(door, person.id)
        attempts.forget(door, email)
        places.note(door, person.id, "people.password_reset")


def make_reset(door: Session, email: str) -> UUID:
    """A reset for a person by hand, for who runs the machine; you get its id."""
    person = door.scalar(select(Person).where(Person.email == plain_email(email), Person.disabled_at.is_(None)))
    if person is None:
        raise NotFound(msg("No hay una cuenta con ese correo."))
    now = SystemClock().now()
    row = AccessToken(
        id=new_id(), purpose=Purpose.RESET.value, email=person.email, person_id=person.id, created_at=now,
        expires_at=now + RESET_LIFE,
    )  # fmt: skip
    door.add(row)
    door.flush()
    return row.id
