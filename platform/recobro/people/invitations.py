"""How people come in: an invitation to a role, by a link that works once. Times here are real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotAllowed, NotFound
from kernel.text import msg
from recobro.people import passwords, places
from recobro.people.links import Purpose, dead_link, token_of
from recobro.people.places import Browser
from recobro.people.rules import invitable, second_factor_needed
from recobro.people.service import authenticate, make_person, plain_email
from recobro.people.tokens import living, secret, spend
from tenants import audit
from tenants import service as tenants
from tenants.context import Kind
from tenants.outbox import outbox_row
from tenants.roles import KIND_OF, Role
from tenants.tables import AccessToken, Agency, Membership, Person
from tenants.work import SystemWork, Work, clock_of, door_work

INVITATION_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class Invitation:
    """What an invitation says to the person who opens it. `known`: they have an account and give its password."""

    id: UUID
    email: str
    name: str
    role: Role
    agency_id: UUID | None
    agency_name: str
    invited_by: str
    known: bool
    second_factor: bool


def invite(work: Work, *, email: str, name: str, role: Role, client_id: UUID | None = None) -> UUID:
    """Ask somebody into a role of the agency, by mail; you get the invitation's id. It lives seven days, works once.

    The agency's administration invites staff, outside counsel and clients' users; a client's administration its own.
    An invitation of the same person that still waits is taken back, whatever its role.
    """
    email = plain_email(email)
    if work.principal.kind is Kind.CLIENT:
        client_id = work.principal.client_id
    if work.principal.kind is not Kind.JOB and role not in invitable(Role(work.principal.role)):
        raise NotAllowed(msg("Tu rol no puede invitar a alguien con ese rol."))
    if (KIND_OF[role] is Kind.CLIENT) != (client_id is not None):
        raise Invalid(msg("Elige el cliente al que pertenece la persona."))
    if client_id is not None:
        tenants.client_by_id(work, client_id)
    _refuse_member(work, email, role, client_id)
    now = SystemClock().now()
    for earlier in waiting_for(work, email=email, client_id=client_id):
        earlier.cancelled_at = now
    row = _invitation(
        email=email, name=name, role=role, agency_id=work.agency_id, client_id=client_id, by=work.principal.name
    )
    work.add(row)
    work.flush()
    work.outbox.add("people.send_invitation", invitation_id=row.id)
    work.audit("people.invited", invitation_id=row.id, role=role.value, client_id=client_id)
    return row.id


def waiting_for(work: Work, *, email: str, client_id: UUID | None) -> Sequence[AccessToken]:
    """The invitations of an address, to the agency or to one client, that nobody has used."""
    wanted = plain_email(email)
    return [row for row in pending(work) if row.email == wanted and row.client_id == client_id]


def invite_from_platform(
    work: SystemWork, *, email: str, name: str, role: Role, agency_id: UUID | None, by: str
) -> UUID:
    """Ask the first administrator into a new agency, or (without one) an operator, whose link is never mailed."""
    if (agency_id is None) != (role is Role.OPERATOR):
        raise Invalid(msg("Un operador no pertenece a ninguna agencia."))
    row = _invitation(email=plain_email(email), name=name, role=role, agency_id=agency_id, client_id=None, by=by)
    work.session.add(row)
    work.session.flush()
    if agency_id is not None:
        payload: dict[str, object] = {"invitation_id": row.id}
        work.session.add(outbox_row(agency_id, "people.send_invitation", payload, now=work.now(), at=None))
        work.audit(agency_id, "people.invited", invitation_id=row.id, role=role.value)
    return row.id


def cancel(work: Work, invitation_id: UUID) -> None:
    """Take an invitation back before it is used; its link dies at once."""
    row = pending_invitation(work, invitation_id)
    row.cancelled_at = SystemClock().now()
    work.flush()
    work.audit("people.invitation_cancelled", invitation_id=row.id)


def send_again(work: Work, invitation_id: UUID) -> None:
    """Mail an invitation once more and let it live seven more days."""
    row = pending_invitation(work, invitation_id)
    row.expires_at = SystemClock().now() + INVITATION_LIFE
    work.flush()
    work.outbox.add("people.send_invitation", invitation_id=row.id)


def pending_invitation(work: Work, invitation_id: UUID) -> AccessToken:
    """An invitation of the principal's that nobody has used or taken back."""
    row = work.session.scalar(
        select(AccessToken).where(
            AccessToken.agency_id == work.agency_id,
            AccessToken.id == invitation_id,
            AccessToken.purpose == Purpose.INVITATION.value,
            AccessToken.used_at.is_(None),
            AccessToken.cancelled_at.is_(None),
        )
    )
    if row is None:
        raise NotFound(msg("Esa invitación no existe o ya se usó."))
    return row


def invitation_token(invitation_id: UUID) -> str:
    """The secret part of an invitation's link: for the mail, and for who runs the machine."""
    return token_of(secret(), Purpose.INVITATION, invitation_id)


def open_invitation(door: Session, token: str) -> Invitation:
    """What a link invites to, or DeadLink."""
    row = living(door, Purpose.INVITATION, token)
    agency = door.get(Agency, row.agency_id) if row.agency_id else None
    if row.agency_id is not None and (agency is None or agency.status != "active"):
        raise dead_link()
    role = Role(row.role)
    known = door.scalar(select(Person.id).where(Person.email == row.email))
    return Invitation(
        id=row.id, email=row.email, name=row.name, role=role, agency_id=row.agency_id,
        agency_name=agency.name if agency else "Recobro", invited_by=row.invited_by, known=known is not None,
        second_factor=second_factor_needed(
            role, sandbox=agency is not None and agency.sandbox, settings=agency.settings if agency else {}
        ),
    )  # fmt: skip


def accept(token: str, *, name: str, password: str, browser: Browser, locale: str = "") -> str:
    """Come in: with a new account, or with the password of the one that the address has. You get the cookie's value."""
    with door_work() as door:
        invitation = open_invitation(door, token)
    person_id, kept = None, ""
    if invitation.known:
        person_id = authenticate(invitation.email, password, ip=browser.ip)
    else:
        passwords.check_new(password, second_factor=invitation.second_factor, email=invitation.email)
        kept = passwords.hashed(password)
    with door_work() as door:
        row = spend(door, invitation.id)
        if person_id is None:
            person_id = make_person(
                door, email=row.email, name=name or row.name, password_hash=kept, locale=locale,
            )  # fmt: skip
        _join(door, row, person_id)
        return places.begin(door, person_id, browser)


def pending(work: Work) -> Sequence[AccessToken]:
    """The invitations that wait to be accepted, the newest first."""
    return work.session.scalars(
        select(AccessToken)
        .where(
            AccessToken.agency_id == work.agency_id,
            AccessToken.purpose == Purpose.INVITATION.value,
            AccessToken.used_at.is_(None),
            AccessToken.cancelled_at.is_(None),
        )
        .order_by(AccessToken.id.desc())
    ).all()


def _invitation(
    *, email: str, name: str, role: Role, agency_id: UUID | None, client_id: UUID | None, by: str
) -> AccessToken:
    now = SystemClock().now()
    return AccessToken(
        id=new_id(), purpose=Purpose.INVITATION.value, email=email, agency_id=agency_id, client_id=client_id,
        role=role.value, name=name.strip()[:120], invited_by=by, created_at=now, expires_at=now + INVITATION_LIFE,
    )  # fmt: skip


def _refuse_member(work: Work, email: str, role: Role, client_id: UUID | None) -> None:
    same = select(Membership.id).where(
        Membership.agency_id == work.agency_id, Membership.email == email, Membership.role == role.value,
        Membership.client_id.is_not_distinct_from(client_id),
    )  # fmt: skip
    if work.session.scalar(same):
        raise Conflict(msg("Esa persona ya tiene ese rol."))


def _join(door: Session, row: AccessToken, person_id: UUID) -> None:
    if row.agency_id is None:
        door.execute(update(Person).where(Person.id == person_id).values(operator=True))
        return
    person = door.get_one(Person, person_id)
    same = select(Membership).where(
        Membership.agency_id == row.agency_id, Membership.person_id == person_id, Membership.role == row.role,
        Membership.client_id.is_not_distinct_from(row.client_id),
    )  # fmt: skip
    membership = door.scalar(same)
    if membership is None:
        door.add(
            Membership(
                agency_id=row.agency_id, id=new_id(), person_id=person_id, kind=KIND_OF[Role(row.role)].value,
                role=row.role, client_id=row.client_id, name=person.name, email=person.email,
                created_at=SystemClock().now(),
            )
        )  # fmt: skip
    else:
        membership.status = "active"
    door.flush()
    audit.append(
        door, row.agency_id, at=clock_of(door, row.agency_id).now(), actor=f"door:{person_id}:{row.role}",
        action="people.invitation_accepted", payload={"invitation_id": row.id},
    )  # fmt: skip
