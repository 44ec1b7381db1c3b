"""The people of an agency: their roles, and whether they may come in. A change takes effect at their next click."""

from uuid import UUID

from sqlalchemy import func, select, update

from kernel.clock import SystemClock
from kernel.problems import Conflict, NotAllowed, NotFound
from kernel.text import msg
from recobro.people.rules import invitable
from tenants.context import Kind
from tenants.roles import KIND_OF, Role
from tenants.tables import Membership, SignInSession
from tenants.work import Work, door_work


class LastAdmin(Conflict):
    """An agency always has somebody who administers it."""

    code = "people.last_admin"


def member(work: Work, membership_id: UUID) -> Membership:
    """One person of the agency, or of the client for its own administration; missing and foreign are the same."""
    found = work.session.scalar(
        select(Membership)
        .where(Membership.agency_id == work.agency_id, Membership.id == membership_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound(msg("Esa persona no existe o no es de los tuyos."))
    return found


def change_role(work: Work, membership_id: UUID, role: Role) -> None:
    """Give a person another role of the same kind; their sessions end."""
    found = member(work, membership_id)
    _check_hands(work, found, role)
    if KIND_OF[role].value != found.kind:
        raise Conflict(msg("Ese rol es de otra clase de persona: invítala de nuevo con él."))
    if Role(found.role) is Role.ADMIN and role is not Role.ADMIN:
        _keep_an_admin(work, found)
    before, found.role = found.role, role.value
    work.flush()
    end_sessions_of(found)
    work.audit("people.role_changed", membership_id=found.id, before=before, after=role.value)


def disable(work: Work, membership_id: UUID) -> None:
    """Keep a person out; their sessions here end at once. What they did stays."""
    found = member(work, membership_id)
    _check_hands(work, found, Role(found.role))
    if Role(found.role) is Role.ADMIN:
        _keep_an_admin(work, found)
    found.status = "disabled"
    work.flush()
    end_sessions_of(found)
    work.audit("people.disabled", membership_id=found.id)


def enable(work: Work, membership_id: UUID) -> None:
    """Let a person in again, with the role they had."""
    found = member(work, membership_id)
    _check_hands(work, found, Role(found.role))
    found.status = "active"
    work.flush()
    work.audit("people.enabled", membership_id=found.id)


def end_sessions_of(found: Membership) -> None:
    """End a membership's sessions. Its role and status are read at every request, so nothing hangs on this in time."""
    with door_work() as door:
        door.execute(
            update(SignInSession)
            .where(
                SignInSession.agency_id == found.agency_id,
                SignInSession.membership_id == found.id,
                SignInSession.revoked_at.is_(None),
            )
            .values(revoked_at=SystemClock().now())
        )


def _check_hands(work: Work, found: Membership, role: Role) -> None:
    if found.person_id == work.principal.person_id:
        raise NotAllowed(msg("Tu propio acceso lo cambia otra persona."))
    if work.principal.kind is not Kind.JOB and role not in invitable(Role(work.principal.role)):
        raise NotAllowed(msg("Tu rol no puede dar ni quitar ese rol."))


def _keep_an_admin(work: Work, found: Membership) -> None:
    others = work.session.scalar(
        select(func.count()).where(
            Membership.agency_id == work.agency_id,
            Membership.role == Role.ADMIN.value,
            Membership.status == "active",
            Membership.id != found.id,
        )
    )
    if not others:
        raise LastAdmin(msg("La agencia necesita al menos una persona que la administre."))
