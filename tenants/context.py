"""Who is acting, and the signed context that carries it into the database.

The context is one transaction-local setting, `app.ctx`: `key|agency|kind|principal|scope|expiry|mac`. The database
checks the HMAC-SHA256 (RFC 2104) with a key the runtime role cannot read, so SQL injection cannot move the wall.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

KEY_ID = 1
WEB_SECONDS = 120
JOB_SECONDS = 1800


class Kind(StrEnum):
    """The kinds of principal; each has its own database role, grants and policies."""

    STAFF = "staff"
    CLIENT = "client"
    COUNSEL = "counsel"
    DEBTOR = "debtor"
    JOB = "job"
    DOOR = "door"
    SYSTEM = "system"


DATABASE_ROLES = {
    Kind.STAFF: "recobro_staff",
    Kind.JOB: "recobro_staff",
    Kind.CLIENT: "recobro_client",
    Kind.COUNSEL: "recobro_counsel",
    Kind.DEBTOR: "recobro_debtor",
    Kind.DOOR: "recobro_door",
    Kind.SYSTEM: "recobro_system",
}


@dataclass(frozen=True)
class Principal:
    """Exactly one (agency, kind, person). `scope_id` is the client of a client user or the case of a debtor."""

    agency_id: UUID | None
    kind: Kind
    person_id: UUID | None = None
    role: str = ""
    name: str = ""
    scope_id: UUID | None = None

    @property
    def key(self) -> str:
        """What a principal's own rows are known by (a debtor is known by the case)."""
        return str(self.person_id or self.scope_id or self.kind.value)

    @property
    def client_id(self) -> UUID | None:
        """The one client a client user belongs to."""
        return self.scope_id if self.kind is Kind.CLIENT else None

    @property
    def case_id(self) -> UUID | None:
        """The one case a debtor sees."""
        return self.scope_id if self.kind is Kind.DEBTOR else None


def job_principal(agency_id: UUID) -> Principal:
    """The product itself, working inside one agency."""
    return Principal(agency_id=agency_id, kind=Kind.JOB, role="job", name="Recobro")


def context_key(secret: str) -> bytes:
    """The 64-byte HMAC key derived from the installation's secret."""
    return hashlib.sha512(b"recobro/context/1|" + secret.encode()).digest()


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer HMAC pads, as the database stores them."""
    return bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)


def sign(principal: Principal, key: bytes, *, seconds: int) -> str:
    """The context of a principal, valid for that many seconds."""
    fields = [
        str(KEY_ID),
        str(principal.agency_id or ""),
        principal.kind.value,
        str(principal.person_id or ""),
        str(principal.scope_id or ""),
        str(int(time.time()) + seconds),
    ]
    body = "|".join(fields)
    return f"{body}|{hmac.new(key, body.encode(), hashlib.sha256).hexdigest()}"
