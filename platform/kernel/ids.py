"""Identifiers: UUID version 7 (RFC 9562), so that rows sort by birth; one nominal type per thing."""

import secrets
import time
from typing import NewType
from uuid import UUID

AgencyId = NewType("AgencyId", UUID)
ClientId = NewType("ClientId", UUID)
PersonId = NewType("PersonId", UUID)
CaseId = NewType("CaseId", UUID)


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)
