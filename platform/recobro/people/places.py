"""Where a person works: the memberships they may enter, and the session each entry begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.problems import NotFound
from kernel.text import msg
from recobro.people import sessions
from recobro.people.sessions import SignedIn
from tenants import audit
from tenants.roles import Role
from tenants.tables import Agency, Membership, Person
from tenants.work import clock_of


@dataclass(frozen=True)
class Browser:
    """What is kept of the browser that signs in."""

    user_agent: str = ""
    ip: str = ""


@dataclass(frozen=True)
class Place:
    """Where a person may work: a membership of an agency."""

    membership_id: UUID
    agency_id: UUID
    agency_name: str
    role: Role


def begin(door: Session, person_id: UUID, browser: Browser, *, replaces: str = "") -> str:
    """A first session after the right password; you get the cookie's value. Somebody with one place is put there."""
    places = places_of(door, person_id)
    operator = door.scalar(select(Person.operator).where(Person.id == person_id))
    return start_at(
        door, person_id, browser, place=places[0] if len(places) == 1 and not operator else None, replaces=replaces
    )


def places_of(door: Session, person_id: UUID) -> Sequence[Place]:
    """Where a person may work, by the agency's name."""
    rows = door.execute(
        select(Membership, Agency)
        .join(Agency, Agency.agency_id == Membership.agency_id)
        .where(Membership.person_id == person_id, Membership.status == "active", Agency.status == "active")
        .order_by(Agency.name, Membership.role, Membership.id)
    )
    return [Place(m.id, a.agency_id, a.name, Role(m.role)) for m, a in rows]


def enter(door: Session, signed_in: SignedIn, membership_id: UUID, browser: Browser) -> str:
    """Go to one of a person's places: a new session with a new cookie; the old one ends. Foreign places are missing."""
    place = next((p for p in places_of(door, signed_in.person_id) if p.membership_id == membership_id), None)
    if place is None:
        raise NotFound(msg("Ese espacio no existe o no es tuyo."))
    return start_at(
        door, signed_in.person_id, browser, place=place, second_factor=signed_in.second_factor,
        replaces=signed_in.session_key,
    )  # fmt: skip


def enter_platform(door: Session, signed_in: SignedIn, browser: Browser) -> str:
    """Go to the operator's pages; only an operator of the platform may, the others find nothing there."""
    if not signed_in.operator:
        raise NotFound(msg("Ese espacio no existe o no es tuyo."))
    return start_at(
        door, signed_in.person_id, browser, place=None, second_factor=signed_in.second_factor,
        replaces=signed_in.session_key,
    )  # fmt: skip


def start_at(
    door: Session,
    person_id: UUID,
    browser: Browser,
    *,
    place: Place | None,
    second_factor: bool = False,
    replaces: str = "",
) -> str:
    """A session at a place, noted on its agency's chain; without a place it is the platform's, or still to choose."""
    token = sessions.start(
        door,
        person_id=person_id,
        agency_id=place.agency_id if place else None,
        membership_id=place.membership_id if place else None,
        second_factor=second_factor,
        user_agent=browser.user_agent,
        ip=browser.ip,
        replaces=replaces,
    )
    if place is not None:
        audit.append(
            door, place.agency_id, at=clock_of(door, place.agency_id).now(),
            actor=f"door:{person_id}:{place.role.value}", action="people.session_started",
            payload={"second_factor": second_factor},
        )  # fmt: skip
    return token


def present_place(door: Session, signed_in: SignedIn) -> Place | None:
    """The place a session stands at now."""
    if signed_in.membership_id is None:
        return None
    places = places_of(door, signed_in.person_id)
    return next((place for place in places if place.membership_id == signed_in.membership_id), None)


def note(door: Session, person_id: UUID, action: str) -> None:
    """On the chain of every agency a person works for: what they did to their own account."""
    door.flush()
    for place in sorted(places_of(door, person_id), key=lambda place: place.agency_id):
        audit.append(
            door, place.agency_id, at=clock_of(door, place.agency_id).now(),
            actor=f"door:{person_id}:{place.role.value}", action=action, payload={},
        )  # fmt: skip
