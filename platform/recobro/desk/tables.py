"""Calls: one attempt each, with its outcome."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref


class Call(ClientOwned, Base):
    """One call attempt: cleared by a decision, made by a person, with what came of it (empty until it is known).

    One that came in (`incoming`) needs no decision; `caller` says whose it was, the telephone may be unknown.
    """

    __tablename__ = "calls"
    __walls__ = Walls(staff="riu", client="r", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("contact_points", "contact_point_id"),
        CheckConstraint("duration_s >= 0", name="duration"),
        CheckConstraint("incoming OR contact_point_id IS NOT NULL", name="point"),
        CheckConstraint("incoming = (caller <> '')", name="caller"),
        index("ix_calls__case", "case_id"),
        index("ix_calls__caller", "by_id", text("started_at DESC")),
    )

    case_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    by: Mapped[str]
    by_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    incoming: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    caller: Mapped[str] = mapped_column(default="", server_default="")
    duration_s: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
