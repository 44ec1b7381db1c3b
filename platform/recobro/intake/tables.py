"""Placements: each delivery of debts by a client, how its file was read, what came of it, and what was wrong."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Placement(ClientOwned, Base):
    """One delivery: file, layout (with the profile of each column), mapping, counts, totals, progress.

    `fingerprint` is empty until it is confirmed: then the same file read the same way for the same day is the same
    placement. `counts` are rows, `totals` and `overdue` {currency: {count, sum}} in minor units.
    """

    __tablename__ = "placements"
    __walls__ = Walls(staff="riu", client="riu")
    __table_args__ = client_table(
        unique("number"),
        unique("client_id", "sha256", "fingerprint"),
        ForeignKeyConstraint(["agency_id", "client_id", "file_id"], ["files.agency_id", "files.client_id", "files.id"]),
        CheckConstraint("state IN ('uploaded', 'previewed', 'committing', 'committed', 'failed')", name="state"),
        CheckConstraint("kind IN ('placement')", name="kind"),
        index("ix_placements__client", "client_id", text("created_at DESC")),
    )

    number: Mapped[str]
    kind: Mapped[str] = mapped_column(default="placement")
    state: Mapped[str] = mapped_column(default="uploaded")
    file_id: Mapped[UUID]
    file_name: Mapped[str]
    sha256: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    readings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    totals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    overdue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first: Mapped[dict[str, Any]] = mapped_column(default=dict)
    row_count: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failure: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    committed_at: Mapped[datetime | None]
    committed_by: Mapped[str] = mapped_column(default="")
    committed_by_kind: Mapped[str] = mapped_column(default="")
    acknowledgement_file_id: Mapped[UUID | None]


class PlacementIssue(ClientOwned, Base):
    """One row that was refused, or is a duplicate, a conflict, or worth a look. `code` is in `intake.issues`."""

    __tablename__ = "placement_issues"
    __walls__ = Walls(staff="rid", client="rid")
    __table_args__ = client_table(
        ref("placements", "placement_id"),
        CheckConstraint("kind IN ('rejected', 'warned', 'duplicate', 'conflict')", name="kind"),
        index("ix_placement_issues__placement", "placement_id", "kind", "line"),
    )

    placement_id: Mapped[UUID]
    kind: Mapped[str]
    code: Mapped[str]
    line: Mapped[int]
    column: Mapped[str] = mapped_column(default="")
    value: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
