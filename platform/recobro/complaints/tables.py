"""Complaints, and what happened to each."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Complaint(ClientOwned, Base):
    """One complaint on a case: through whom it came, about what, until when it is to be answered, what came of it.

    `regulator` and `topics` are codes of `complaints.rules`; `reference` is the folio the authority gave. `due_rule` is
    the id of the pack's rule that gives `due_on`, empty when a person said it. `flag_id` is the flag that stops contact
    while the complaint is not closed.
    """

    __tablename__ = "complaints"
    __walls__ = Walls(staff="riu", client="r", counsel="r")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ref("case_flags", "flag_id"),
        ref("files", "answer_file_id"),
        unique("number"),
        CheckConstraint("state IN ('open', 'answered', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (outcome <> '')", name="outcome"),
        CheckConstraint("state <> 'answered' OR answered_on IS NOT NULL", name="answered"),
        index("ix_complaints__case", "case_id"),
        index("ix_complaints__open", "due_on", where=text("state <> 'closed'")),
    )

    number: Mapped[str]
    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    flag_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="open")
    regulator: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    received_on: Mapped[date]
    topics: Mapped[list[str]]
    words: Mapped[str]
    due_on: Mapped[date | None]
    due_rule: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(default="")
    answer_file_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ComplaintEvent(ClientOwned, Base):
    """One step in a complaint's history, with its document if there is one. Insert only.

    `title` is a marked sentence with `{fields}` of `details`, as a case's events have it.
    """

    __tablename__ = "complaint_events"
    __walls__ = Walls(staff="ri")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("complaints", "complaint_id"),
        ref("files", "file_id"),
        index("ix_complaint_events__complaint", "complaint_id", "at"),
    )

    case_id: Mapped[UUID]
    complaint_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_id: Mapped[UUID | None]
    by: Mapped[str]
