"""Who did what: one hash chain per agency, appended in the same transaction as the change."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, Session, mapped_column

from tenants.columns import Base, Walls, index


class AuditRow(Base):
    """One act, chained to the one before by SHA-256. `payload` is kept as the very text that was hashed."""

    __tablename__ = "audit"
    __walls__ = Walls(staff="r", system="r", owner=True)
    __table_args__ = (index("ix_audit__action", "action", "seq"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    payload: Mapped[str]
    prev: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(Base):
    """Where an agency's chain ends."""

    __tablename__ = "audit_heads"
    __walls__ = Walls(staff="r", system="r", owner=True)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]


@dataclass(frozen=True)
class Fault:
    """A row of the chain that does not hold, and why: gap, prev, hash or head."""

    seq: int
    why: str


def append(
    session: Session, agency_id: UUID, *, at: datetime, actor: str, action: str, payload: Mapping[str, object]
) -> None:
    """Add an act to an agency's chain. It holds the chain's lock until the commit, so it comes last."""
    session.execute(
        text("SELECT audit_append(:agency, :at, :actor, :action, CAST(:payload AS jsonb))"),
        {"agency": agency_id, "at": at, "actor": actor, "action": action,
         "payload": json.dumps(payload, default=str, ensure_ascii=False, sort_keys=True)},
    )  # fmt: skip


def verify(session: Session, agency_id: UUID) -> Sequence[Fault]:
    """Every fault in an agency's chain; none when it is whole."""
    rows = session.execute(text("SELECT seq, why FROM audit_verify(:agency)"), {"agency": agency_id})
    return [Fault(seq, why) for seq, why in rows]
