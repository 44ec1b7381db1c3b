"""A debtor's short visit: who proved to be the person of a case, and until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, Walls


class DebtorSession(Base):
    """Thirty minutes on one case's public face; only the SHA-256 of the cookie is kept."""

    __tablename__ = "debtor_sessions"
    __walls__ = Walls(staff="", door="riu")
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id", "case_id"], ["cases.agency_id", "cases.client_id", "cases.id"]),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    id_sha256: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    case_id: Mapped[UUID]
    link_id: Mapped[UUID]
    fact: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
