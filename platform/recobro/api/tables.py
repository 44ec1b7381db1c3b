"""The keys by which other programs come in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from tenants.columns import AgencyOwned, Base, Walls, agency_table


class ApiKey(AgencyOwned, Base):
    """One key of an agency, or of one of its clients; only the SHA-256 of the secret is kept, `hint` is how it begins.

    `scopes` are permissions (`placements.upload`). A key works until it is revoked.
    """

    __tablename__ = "api_keys"
    __walls__ = Walls(staff="riu", door="ru")
    __table_args__ = agency_table(
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        # Looked up before anybody is known; no unique key, for that would have to begin with the agency.
        Index("ix_api_keys__secret", "secret_sha256"),
    )

    client_id: Mapped[UUID | None]
    name: Mapped[str]
    hint: Mapped[str]
    secret_sha256: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
