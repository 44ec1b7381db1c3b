"""What the pages of people, accounts, roles and the agency show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from recobro.people import invitations, second_factor, sessions
from recobro.people.rules import invitable, second_factor_needed
from recobro.people.sessions import SignedIn
from recobro.people.words import PERMISSIONS
from tenants.roles import GRANTS, LABELS, SECOND_FACTOR_REQUIRED, Role
from tenants.service import agency_of
from tenants.tables import Agency, Client, Membership, Person, SignInSession
from tenants.work import Work


@dataclass(frozen=True)
class MemberRow:
    """One person of the list."""

    id: UUID
    name: str
    email: str
    role: Role
    role_label: str
    client_name: str
    active: bool
    created_at: datetime
    own: bool
    changeable: bool


@dataclass(frozen=True)
class InvitationRow:
    """An invitation that waits."""

    id: UUID
    name: str
    email: str
    role_label: str
    client_name: str
    invited_by: str
    expires_at: datetime


@dataclass(frozen=True)
class PeoplePage:
    """The people of an agency, or of one client for its own administration; `roles` are those the reader may give."""

    members: Sequence[MemberRow]
    invitations: Sequence[InvitationRow]
    roles: Sequence[tuple[str, str]]
    clients: Sequence[tuple[str, str]]


def people_page(work: Work, *, wanted: str = "") -> PeoplePage:
    """Everybody the reader may see, by name; `wanted` is a part of a name or an address."""
    clients = work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == work.agency_id).order_by(Client.name)
    ).all()
    names = {row.id: row.name for row in clients}
    mine = invitable(Role(work.principal.role))
    query = (
        select(Membership)
        .where(Membership.agency_id == work.agency_id)
        .order_by(Membership.status, Membership.name, Membership.id)
    )
    if wanted:
        pattern = f"%{wanted}%"
        query = query.where(Membership.name.ilike(pattern) | Membership.email.ilike(pattern))
    members = [
        MemberRow(
            id=row.id, name=row.name, email=row.email, role=Role(row.role), role_label=LABELS[Role(row.role)],
            client_name=names.get(row.client_id, "") if row.client_id else "", active=row.status == "active",
            created_at=row.created_at, own=row.person_id == work.principal.person_id,
            changeable=Role(row.role) in mine and row.person_id != work.principal.person_id,
        )
        for row in work.session.scalars(query)
    ]  # fmt: skip
    now = SystemClock().now()
    waiting = [
        InvitationRow(
            id=row.id, name=row.name, email=row.email, role_label=LABELS[Role(row.role)],
            client_name=names.get(row.client_id, "") if row.client_id else "", invited_by=row.invited_by,
            expires_at=row.expires_at,
        )
        for row in invitations.pending(work)
        if row.expires_at > now
    ]  # fmt: skip
    return PeoplePage(
        members=members,
        invitations=waiting,
        roles=[(role.value, LABELS[role]) for role in mine],
        clients=[(str(row.id), row.name) for row in clients],
    )


@dataclass(frozen=True)
class AccountPage:
    """A person's own account."""

    name: str
    email: str
    locale: str
    places: int


def account_page(door: Session, signed_in: SignedIn, *, places: int) -> AccountPage:
    """What a person may change of themselves."""
    person = door.get_one(Person, signed_in.person_id)
    return AccountPage(person.name, person.email, person.locale, places)


@dataclass(frozen=True)
class SessionRow:
    """One browser where a person is signed in."""

    key: str
    browser: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    here: bool


@dataclass(frozen=True)
class SecurityPage:
    """A person's sessions and factors."""

    sessions: Sequence[SessionRow]
    enrolled: bool
    required: bool
    codes_left: int


def security_page(door: Session, signed_in: SignedIn) -> SecurityPage:
    """Where a person is signed in, and with what."""
    rows = [_session_row(row, signed_in) for row in sessions.open_sessions(door, signed_in.person_id)]
    return SecurityPage(
        sessions=rows,
        enrolled=signed_in.enrolled,
        required=second_factor.any_role_needs(door, signed_in.person_id),
        codes_left=second_factor.recovery_codes_left(door, signed_in.person_id),
    )


def _session_row(row: SignInSession, signed_in: SignedIn) -> SessionRow:
    return SessionRow(
        key=row.id_sha256, browser=browser_name(row.user_agent), ip=row.ip, created_at=row.created_at,
        last_seen_at=row.last_seen_at, here=row.id_sha256 == signed_in.session_key,
    )  # fmt: skip


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_name(user_agent: str) -> str:
    """A browser and its system in two words, as far as its header says."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


@dataclass(frozen=True)
class RolesPage:
    """The matrix: which role may do what, by the part of the work.

    `second_factor` is whether a role signs in with one: `yes`, `no`, or `optional` where a sandbox leaves it open.
    """

    roles: Sequence[str]
    areas: Sequence[tuple[str, Sequence[tuple[str, Sequence[bool]]]]]
    second_factor: Sequence[str]


def roles_page(work: Work) -> RolesPage:
    """Every permission against every role, as the code decides it, and what this agency asks at the door."""
    agency, roles = agency_of(work), list(Role)
    areas = [
        (area, [(label, [permission in GRANTS[role] for role in roles]) for permission, label in permissions])
        for area, permissions in PERMISSIONS.items()
    ]
    return RolesPage([LABELS[role] for role in roles], areas, [_second_factor(agency, role) for role in roles])


def _second_factor(agency: Agency, role: Role) -> str:
    if role not in SECOND_FACTOR_REQUIRED:
        return "no"
    # The operator works in no agency: no agency's sandbox lets them in without it.
    inside = role is not Role.OPERATOR
    needed = second_factor_needed(role, sandbox=agency.sandbox and inside, settings=agency.settings)
    return "yes" if needed else "optional"


@dataclass(frozen=True)
class AgencyPage:
    """An agency's own data, and where its clock stands when it is a sandbox."""

    sandbox: bool
    slug: str
    country: str
    time_zone: str
    currency: str
    now: datetime
    clock_offset_s: int
    second_factor_optional: bool


def agency_page(work: Work) -> AgencyPage:
    """What the agency's settings show besides the form."""
    agency = agency_of(work)
    return AgencyPage(
        sandbox=agency.sandbox, slug=agency.slug, country=agency.country, time_zone=agency.time_zone,
        currency=agency.currency, now=work.now(), clock_offset_s=agency.clock_offset_s,
        second_factor_optional=agency.settings.get("second_factor") == "optional",
    )  # fmt: skip
