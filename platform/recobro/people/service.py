"""A person's own account: who they are, their password, their sessions.

What is done here happens at the door, before anybody is known to an agency. A function that guesses at a secret opens
its own short transactions, so that none is held while a hash is computed.
"""

import re
import unicodedata
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.people import attempts, passwords, places, sessions
from recobro.people.sessions import SignedIn
from tenants.tables import Membership, Person, SignInSession
from tenants.work import door_work

# One @, no blanks, a dot in the domain: what is wrong beyond that, the invitation's bounce tells.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class WrongCredentials(Invalid):
    """The email address and the password do not go together; which of them is wrong is not said."""

    code = "people.wrong_credentials"


def plain_email(email: str) -> str:
    """The one spelling of an address; Invalid when it is none."""
    plain = unicodedata.normalize("NFKC", email).strip().lower()
    if len(plain) > 254 or not _EMAIL.fullmatch(plain):
        raise Invalid(msg("Escribe una dirección de correo completa, por ejemplo nombre@empresa.com."))
    return plain


def authenticate(email: str, password: str, *, ip: str) -> UUID:
    """The person these belong to. Unknown and wrong are answered alike: same words, same work, same count."""
    email = unicodedata.normalize("NFKC", email).strip().lower()[:254]
    with attempts.counted(email, ip):
        with door_work() as door:
            found = door.execute(
                select(Person.id, Person.password_hash).where(Person.email == email, Person.disabled_at.is_(None))
            ).one_or_none()
        if not passwords.matches(found.password_hash if found else "", password) or found is None:
            raise WrongCredentials(msg("El correo o la contraseña no son correctos."))
        if passwords.outdated(found.password_hash):
            renewed = passwords.hashed(password)
            with door_work() as door:
                door.execute(update(Person).where(Person.id == found.id).values(password_hash=renewed))
    person_id: UUID = found.id
    return person_id


def change_password(signed_in: SignedIn, *, old: str, new: str, ip: str) -> None:
    """A new password, given the old one. Every other session of the person ends."""
    authenticate(signed_in.email, old, ip=ip)
    passwords.check_new(new, second_factor=signed_in.enrolled, email=signed_in.email)
    kept = passwords.hashed(new)
    with door_work() as door:
        door.execute(update(Person).where(Person.id == signed_in.person_id).values(password_hash=kept))
        sessions.revoke_all(door, signed_in.person_id, but=signed_in.session_key)
        places.note(door, signed_in.person_id, "people.password_changed")


def change_profile(door: Session, person_id: UUID, *, name: str, locale: str) -> None:
    """A person's own name and language, everywhere they work."""
    if not name.strip():
        raise Invalid(msg("Escribe tu nombre."))
    door.execute(update(Person).where(Person.id == person_id).values(name=name.strip()[:120], locale=locale))
    door.execute(update(Membership).where(Membership.person_id == person_id).values(name=name.strip()[:120]))


def end_session(door: Session, person_id: UUID, key: str) -> None:
    """End one of a person's own sessions; another's is missing."""
    session = door.get(SignInSession, key)
    if session is None or session.person_id != person_id:
        raise NotFound
    sessions.revoke(door, key)


def make_person(
    door: Session, *, email: str, name: str, password_hash: str, locale: str = "", operator: bool = False
) -> UUID:
    """Somebody new who can sign in; you get their id. Conflict when the address is known."""
    email = plain_email(email)
    if door.scalar(select(Person.id).where(Person.email == email)):
        raise Conflict(msg("Ya hay una cuenta con ese correo."))
    person = Person(
        id=new_id(), email=email, name=name.strip()[:120] or email, password_hash=password_hash, locale=locale,
        operator=operator, created_at=SystemClock().now(),
    )  # fmt: skip
    door.add(person)
    door.flush()
    return person.id
