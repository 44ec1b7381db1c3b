"""Matters: the lawyer's file of a case, with its stages, deadlines and costs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique

_CHILD = "matter_id IN (SELECT m.id FROM matters m)"


class Matter(ClientOwned, Base):
    """A case in a lawyer's hands. `counsel_id` is the person of an outside counsel, who sees what is theirs alone."""

    __tablename__ = "matters"
    __walls__ = Walls(staff="riu", client="r", counsel="ru", counsel_by="counsel_id", debtor="")
    __table_args__ = client_table(
        ForeignKeyConstraint(["agency_id", "client_id", "case_id"], ["cases.agency_id", "cases.client_id", "cases.id"]),
        unique("number"),
        CheckConstraint("state IN ('proposed', 'accepted', 'returned', 'closed')", name="state"),
        index("ix_matters__case", "case_id"),
        index("ix_matters__counsel", "counsel_id"),
    )

    number: Mapped[str]
    case_id: Mapped[UUID]
    counsel_id: Mapped[UUID | None]
    counsel_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="proposed")
    stage: Mapped[str] = mapped_column(default="")
    court: Mapped[str] = mapped_column(default="")
    file_no: Mapped[str] = mapped_column(default="")
    route: Mapped[str] = mapped_column(default="")
    claim: Mapped[int]
    currency: Mapped[str]
    missing: Mapped[list[dict[str, Any]]]
    dossier_file_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str]
    answered_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(default="")


class MatterStage(ClientOwned, Base):
    """A stage the matter reached, on a day. Insert only."""

    __tablename__ = "matter_stages"
    __walls__ = Walls(staff="ri", client="r", counsel="ri", counsel_by=_CHILD)
    __table_args__ = client_table(ref("matters", "matter_id"), index("ix_matter_stages__matter", "matter_id"))

    matter_id: Mapped[UUID]
    stage: Mapped[str]
    on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    at: Mapped[datetime]


class MatterDeadline(ClientOwned, Base):
    """A day by which something must be done, how it was counted, and how it was closed."""

    __tablename__ = "matter_deadlines"
    __walls__ = Walls(staff="riu", client="r", counsel="riu", counsel_by=_CHILD)
    __table_args__ = client_table(ref("matters", "matter_id"), index("ix_matter_deadlines__due", "due_on"))

    matter_id: Mapped[UUID]
    title: Mapped[str]
    due_on: Mapped[date]
    counted: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    done_note: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    at: Mapped[datetime]


class MatterCost(ClientOwned, Base):
    """Money spent on a matter (minor units), and whether the client has approved it."""

    __tablename__ = "matter_costs"
    __walls__ = Walls(staff="riu", client="r", counsel="ri", counsel_by=_CHILD)
    __table_args__ = client_table(
        ref("matters", "matter_id"),
        CheckConstraint("amount > 0", name="amount"),
        index("ix_matter_costs__matter", "matter_id"),
    )

    matter_id: Mapped[UUID]
    concept: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    spent_on: Mapped[date]
    recoverable: Mapped[bool] = mapped_column(default=True)
    entry_id: Mapped[UUID | None]
    by: Mapped[str]
    at: Mapped[datetime]
