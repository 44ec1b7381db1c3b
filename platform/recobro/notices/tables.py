"""Notices, and the print batches letters leave in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import AgencyOwned, Base, ClientOwned, Walls, agency_table, client_table, index, ref, unique


class PrintBatch(AgencyOwned, Base):
    """Letters printed together: one PDF and a manifest of what it holds, until somebody posts them."""

    __tablename__ = "print_batches"
    __walls__ = Walls(staff="riu")
    __table_args__ = agency_table(
        unique("number"), CheckConstraint("state IN ('making', 'ready', 'posted', 'empty')", name="state")
    )

    number: Mapped[str]
    state: Mapped[str] = mapped_column(default="making")
    wanted: Mapped[int]
    letters: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[UUID | None]
    manifest_id: Mapped[UUID | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    posted_on: Mapped[date | None]
    posted_by: Mapped[str] = mapped_column(default="")


class Notice(ClientOwned, Base):
    """One written message by one channel. What was sent lies in `file_id` byte for byte, with its SHA-256.

    `due_at`: not before then. `decision_id` is the gate's latest answer; `attempt_id` the contact it counted. `reason`
    says in a `msg()` sentence why it waits or did not go. `proof` is the mail server's own reply. `extra` holds what
    the template was given besides the case, and a supervisor's override.
    """

    __tablename__ = "notices"
    __walls__ = Walls(staff="riu", counsel="r", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("contact_points", "contact_point_id"),
        ref("print_batches", "batch_id", by_client=False),
        CheckConstraint("channel IN ('email', 'letter')", name="channel"),
        CheckConstraint(
            "state IN ('queued', 'held', 'sending', 'sent', 'delivered', 'bounced', 'unknown', 'failed', 'printed',"
            " 'cancelled')",
            name="state",
        ),
        index("ix_notices__case", "case_id", text("queued_at DESC")),
        index("ix_notices__recent", text("queued_at DESC"), "id"),
        index("ix_notices__state", "state", text("queued_at DESC")),
        index("ix_notices__pending", "due_at", where=text("state IN ('queued', 'held', 'sending')")),
        index("ix_notices__batch", "batch_id", where=text("batch_id IS NOT NULL")),
    )

    case_id: Mapped[UUID]
    contact_point_id: Mapped[UUID]
    channel: Mapped[str]
    template: Mapped[str]
    locale: Mapped[str]
    purpose: Mapped[str]
    address: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    amount: Mapped[int]
    currency: Mapped[str]
    calculated_on: Mapped[date]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    strategy_id: Mapped[UUID | None]
    step: Mapped[int | None]
    decision_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]
    link_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    file_sha256: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    by_id: Mapped[UUID | None]
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sending_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
