"""Signed-in browsers, kept by the server: a new id at every step up, revocable at once, with idle and absolute expiry.

The cookie holds 256 random bits; the database holds their SHA-256. NIST SP 800-63B-4 5: AAL2 sessions end after
12 hours, or 45 minutes without use.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from recobro.people.rules import Step, next_step, second_factor_needed
from tenants.context import Kind, Principal
from tenants.roles import Role
from tenants.tables import Agency, Membership, Person, SignInSession
from tenants.work import door_work

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(minutes=45)
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class SignedIn:
    """Who is at the browser, as which member of which agency; without a principal they are not in yet: see `step`."""

    session_key: str
    person_id: UUID
    person_name: str
    email: str
    locale: str
    second_factor: bool
    step: Step
    enrolled: bool
    operator: bool
    principal: Principal | None
    role: Role | None
    membership_id: UUID | None
    agency_name: str = ""
    agency_slug: str = ""
    agency_zone: str = ""
    agency_currency: str = ""
    agency_locale: str = ""
    sandbox: bool = False


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    door: Session,
    *,
    person_id: UUID,
    agency_id: UUID | None,
    membership_id: UUID | None,
    second_factor: bool,
    user_agent: str = "",
    ip: str = "",
    replaces: str = "",
) -> str:
    """A new session; you get the cookie's value. The one it replaces (a key) ends at once."""
    now = SystemClock().now()
    token = secrets.token_urlsafe(32)
    door.add(
        SignInSession(
            id_sha256=digest(token),
            person_id=person_id,
            agency_id=agency_id,
            membership_id=membership_id,
            second_factor=second_factor,
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE,
            user_agent=user_agent[:300],
            ip=ip,
        )
    )
    if replaces:
        revoke(door, replaces)
    door.flush()
    return token


def revoke(door: Session, key: str) -> None:
    """End one session."""
    door.execute(update(SignInSession).where(SignInSession.id_sha256 == key).values(revoked_at=SystemClock().now()))


def revoke_all(door: Session, person_id: UUID, *, but: str = "") -> None:
    """End all of a person's sessions: after a new password, a lost device, a change of role."""
    door.execute(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.id_sha256 != but,
            SignInSession.revoked_at.is_(None),
        )
        .values(revoked_at=SystemClock().now())
    )


def open_sessions(door: Session, person_id: UUID) -> Sequence[SignInSession]:
    """A person's living sessions, the last used first."""
    now = SystemClock().now()
    return door.scalars(
        select(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.last_seen_at > now - IDLE,
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id_sha256)
    ).all()


def load(token: str) -> SignedIn | None:
    """Who a cookie belongs to; None when it is unknown, revoked, too old or unused for too long."""
    now = SystemClock().now()
    key = digest(token)
    with door_work() as door:
        row = door.execute(
            select(SignInSession, Person, Membership, Agency)
            .join(Person, Person.id == SignInSession.person_id)
            .outerjoin(
                Membership,
                (Membership.agency_id == SignInSession.agency_id) & (Membership.id == SignInSession.membership_id),
            )
            .outerjoin(Agency, Agency.agency_id == SignInSession.agency_id)
            .where(SignInSession.id_sha256 == key)
        ).one_or_none()
        if row is None:
            return None
        session, person, membership, agency = row
        if not _alive(session, person, membership, agency, now):
            return None
        if now - session.last_seen_at > _SEEN_EVERY:
            session.last_seen_at = now
        return _signed_in(session, person, membership, agency)


def _alive(
    session: SignInSession, person: Person, membership: Membership | None, agency: Agency | None, now: datetime
) -> bool:
    return (
        session.revoked_at is None
        and session.expires_at > now
        and now - session.last_seen_at <= IDLE
        and person.disabled_at is None
        and (membership is None or membership.status == "active")
        and (agency is None or agency.status == "active")
    )


def _signed_in(
    session: SignInSession, person: Person, membership: Membership | None, agency: Agency | None
) -> SignedIn:
    role = Role(membership.role) if membership else Role.OPERATOR if person.operator else None
    needed = role is not None and second_factor_needed(
        role, sandbox=agency is not None and agency.sandbox, settings=agency.settings if agency else {}
    )
    step = next_step(
        enrolled=bool(person.totp_secret), passed=session.second_factor, needed=needed, chosen=role is not None
    )
    return SignedIn(
        session_key=session.id_sha256,
        person_id=person.id,
        person_name=person.name,
        email=person.email,
        locale=person.locale,
        second_factor=session.second_factor,
        step=step,
        enrolled=bool(person.totp_secret),
        operator=person.operator,
        principal=_principal(person, membership) if step is Step.READY else None,
        role=role,
        membership_id=session.membership_id,
        agency_name=agency.name if agency else "",
        agency_slug=agency.slug if agency else "",
        agency_zone=agency.time_zone if agency else "",
        agency_currency=agency.currency if agency else "",
        agency_locale=agency.locale if agency else "",
        sandbox=agency.sandbox if agency else False,
    )


def _principal(person: Person, membership: Membership | None) -> Principal:
    if membership is None:
        return Principal(None, Kind.SYSTEM, person.id, Role.OPERATOR.value, person.name)
    return Principal(
        agency_id=membership.agency_id,
        kind=Kind(membership.kind),
        person_id=person.id,
        role=membership.role,
        name=membership.name,
        scope_id=membership.client_id,
    )
