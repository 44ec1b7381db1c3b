"""Keys of programs: made (shown once), looked up before anybody is known, revoked. Only SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from recobro.api.tables import ApiKey
from tenants.context import Kind, Principal
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Agency
from tenants.work import Work, door_work

PREFIX = "rk_"
HINT = 9
# What a key may be let do, and who it is then: never more than that role.
SCOPES = (Permission.SEE_PLACEMENTS, Permission.UPLOAD_PLACEMENTS, Permission.CLEAR_CONTACTS)
AGENCY_ROLE, CLIENT_ROLE = Role.SUPERVISOR, Role.CLIENT_UPLOADER
_SEEN_EVERY = timedelta(seconds=60)


class KeyRefused(Invalid):
    """A key cannot be like that."""

    code = "api.key_refused"


@dataclass(frozen=True)
class KeyHolder:
    """Who a key lets in, and to what."""

    principal: Principal
    scopes: frozenset[str]
    locale: str
    zone: str
    currency: str


def create(work: Work, *, name: str, client_id: UUID | None, scopes: Collection[str]) -> tuple[UUID, str]:
    """A new key of the agency, or of one of its clients alone: its id, and the key itself, which nobody reads again."""
    plain = " ".join(name.split())[:80]
    if not plain:
        raise KeyRefused(msg("Escribe para qué es la clave."))
    if not scopes or not set(scopes) <= {scope.value for scope in SCOPES}:
        raise KeyRefused(msg("Elige qué puede hacer la clave."))
    if client_id is not None:
        client_by_id(work, client_id)
        if not all(allows(CLIENT_ROLE, Permission(scope)) for scope in scopes):
            raise KeyRefused(msg("Pedir contactos permitidos es de toda la agencia, no de un cliente."))
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(
        agency_id=work.agency_id, id=new_id(), client_id=client_id, name=plain, hint=token[:HINT],
        secret_sha256=digest(token), scopes=sorted(scopes), created_at=work.now(), created_by=work.principal.name,
    )  # fmt: skip
    work.add(row)
    work.flush()
    work.audit("api_key.created", name=plain, client_id=client_id)
    return row.id, token


def revoke(work: Work, key_id: UUID) -> None:
    """End a key at once; again changes nothing."""
    row = work.session.scalar(select(ApiKey).where(ApiKey.agency_id == work.agency_id, ApiKey.id == key_id))
    if row is None:
        raise NotFound(msg("Esa clave no existe o no es tuya."))
    if row.revoked_at is None:
        row.revoked_at = work.now()
        work.audit("api_key.revoked", name=row.name, client_id=row.client_id)


def load(token: str) -> KeyHolder | None:
    """Who a key belongs to; None when it is unknown or revoked, or its agency is suspended."""
    if not token.startswith(PREFIX) or len(token) > 100:
        return None
    with door_work() as door:
        row = door.execute(
            select(ApiKey, Agency)
            .join(Agency, Agency.agency_id == ApiKey.agency_id)
            .where(ApiKey.secret_sha256 == digest(token))
        ).first()
        if row is None or row[0].revoked_at is not None or row[1].status != "active":
            return None
        key, agency = row
        # The agency's own time, as on every page: a sandbox agency's clock can be moved.
        now = SystemClock().now() + timedelta(seconds=agency.clock_offset_s)
        if key.last_used_at is None or abs(now - key.last_used_at) > _SEEN_EVERY:
            key.last_used_at = now
        return KeyHolder(_principal(key), frozenset(key.scopes), agency.locale, agency.time_zone, agency.currency)


def _principal(key: ApiKey) -> Principal:
    """Behind the walls of the key's client, or of its agency; what it does bears its name."""
    of_client = key.client_id is not None
    return Principal(
        agency_id=key.agency_id,
        kind=Kind.CLIENT if of_client else Kind.STAFF,
        person_id=key.id,
        role=(CLIENT_ROLE if of_client else AGENCY_ROLE).value,
        name=f"API · {key.name}",
        scope_id=key.client_id,
    )


def may(holder: KeyHolder, permission: Permission) -> bool:
    """Whether a key may do something: its scopes say so, and its role."""
    return permission.value in holder.scopes and allows(Role(holder.principal.role), permission)


def digest(token: str) -> str:
    """What the database keeps of a key."""
    return hashlib.sha256(token.encode()).hexdigest()


def list_keys(work: Work) -> list[ApiKey]:
    """Every key of the agency, those that work first, the newest first."""
    found = work.session.scalars(select(ApiKey).where(ApiKey.agency_id == work.agency_id).order_by(ApiKey.id.desc()))
    return sorted(found, key=lambda key: key.revoked_at is not None)
