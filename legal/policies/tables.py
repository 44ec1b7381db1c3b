"""Versions of an agency's own policies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from tenants.columns import AgencyOwned, Base, Walls, agency_table, index, unique


class AgencyPolicies(AgencyOwned, Base):
    """All of an agency's own policies as they were set at one moment; the newest version holds. Insert only.

    `digest`: SHA-256 of the canonical JSON of `rules`, by which a decision says under which of them it was made.
    """

    __tablename__ = "agency_policies"
    __walls__ = Walls(staff="ri")
    __table_args__ = agency_table(unique("version"), index("ix_agency_policies__digest", "digest"))

    version: Mapped[int]
    rules: Mapped[list[dict[str, Any]]]
    digest: Mapped[str]
    why: Mapped[str]
    change: Mapped[str]
    at: Mapped[datetime]
    set_by: Mapped[str]
    set_by_id: Mapped[UUID | None]
