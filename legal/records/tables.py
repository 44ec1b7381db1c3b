"""Decisions of the gate, contacts that were made, and what people said about being contacted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref


class DecisionRecord(ClientOwned, Base):
    """The gate's answer on one proposed contact, whole, with its hash. Insert only.

    `moment`: planned (when the contact was thought of) or sending (when it was made, and counted).
    """

    __tablename__ = "decisions"
    __walls__ = Walls(staff="ri", client="r", counsel="r", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        CheckConstraint("verdict IN ('allow', 'wait', 'deny')", name="verdict"),
        CheckConstraint("moment IN ('planned', 'sending')", name="moment"),
        index("ix_decisions__case", "case_id", text("at DESC")),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    moment: Mapped[str]
    channel: Mapped[str]
    purpose: Mapped[str]
    at: Mapped[datetime]
    verdict: Mapped[str]
    until: Mapped[datetime | None]
    pack_id: Mapped[str]
    pack_version: Mapped[str]
    hash: Mapped[str]
    record: Mapped[dict[str, Any]]
    asked_by: Mapped[str]


class ContactAttempt(ClientOwned, Base):
    """One outgoing contact that counts against the limits; `conversation` when the person answered.

    `person_key` says whom it reached for: the same person under two clients of an agency is one. `voided_at` takes
    back an attempt that surely never left.
    """

    __tablename__ = "contact_attempts"
    __walls__ = Walls(staff="riu", counsel="r", debtor="r")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ForeignKeyConstraint(
            ["agency_id", "client_id", "decision_id"], ["decisions.agency_id", "decisions.client_id", "decisions.id"]
        ),
        index("ix_contact_attempts__person", "person_key", text("at DESC")),
        index("ix_contact_attempts__case", "case_id", text("at DESC")),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    contact_point_id: Mapped[UUID | None]
    decision_id: Mapped[UUID | None]
    person_key: Mapped[str]
    channel: Mapped[str]
    purpose: Mapped[str]
    at: Mapped[datetime]
    conversation: Mapped[bool] = mapped_column(default=False)
    voided_at: Mapped[datetime | None]


class ContactCounter(Base):
    """One row per person, locked while the gate counts: two workers cannot both use the last attempt."""

    __tablename__ = "contact_counters"
    __walls__ = Walls(staff="riu")
    __table_args__ = (ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]


class ConsentEvent(ClientOwned, Base):
    """What a debtor said about being contacted: stop a channel, resume it, or ask for something by it. Insert only.

    `channel` empty: all channels. `how` is where it was said: page, call, letter, email, client.
    """

    __tablename__ = "consent_events"
    __walls__ = Walls(
        staff="ri", counsel="r", debtor="i", debtor_where="debtor_id IN (SELECT c.debtor_id FROM cases c)"
    )
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        CheckConstraint("kind IN ('stop', 'resume', 'asked')", name="kind"),
        index("ix_consent_events__debtor", "debtor_id", "at"),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    kind: Mapped[str]
    channel: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    how: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
