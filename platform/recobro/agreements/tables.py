"""Promises, and agreements with their instalments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Promise(ClientOwned, Base):
    """The debtor's word: an amount (minor units) on a day in the debtor's zone."""

    __tablename__ = "promises"
    __walls__ = Walls(staff="riu", client="r", counsel="r", debtor="ri")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('pending', 'kept', 'partly_kept', 'broken', 'cancelled')", name="state"),
        index("ix_promises__case", "case_id"),
        index("ix_promises__pending", "due_on", where=text("state = 'pending'")),
    )

    case_id: Mapped[UUID]
    amount: Mapped[int]
    currency: Mapped[str]
    due_on: Mapped[date]
    grace_days: Mapped[int]
    state: Mapped[str] = mapped_column(default="pending")
    paid: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    made_by_kind: Mapped[str]
    made_by_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]


class Agreement(ClientOwned, Base):
    """A negotiated plan or settlement. `total` is what is to be paid; `discount` is forgiven when all of it arrives."""

    __tablename__ = "agreements"
    __walls__ = Walls(staff="riu", client="ru", counsel="r", debtor="riu")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        unique("number"),
        CheckConstraint("total > 0 AND discount >= 0", name="amounts"),
        CheckConstraint(
            "state IN ('awaiting_approval', 'offered', 'accepted', 'active', 'completed', 'broken', 'refused',"
            " 'declined', 'cancelled')",
            name="state",
        ),
        index("ix_agreements__case", "case_id"),
        index("ix_agreements__state", "state"),
    )

    number: Mapped[str]
    case_id: Mapped[UUID]
    state: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[int]
    total: Mapped[int]
    discount: Mapped[int] = mapped_column(default=0)
    discount_bp: Mapped[int] = mapped_column(default=0)
    grace_days: Mapped[int]
    contract_version: Mapped[int]
    approval_reasons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    approved_by: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(default="")
    offered_at: Mapped[datetime | None]
    offered_by: Mapped[str]
    offered_by_kind: Mapped[str]
    expires_on: Mapped[date]
    accepted_at: Mapped[datetime | None]
    accepted_on: Mapped[date | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_id: Mapped[UUID | None]
    file_sha256: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Instalment(ClientOwned, Base):
    """One payment of an agreement's schedule. `paid` is recomputed from the payments, never typed."""

    __tablename__ = "instalments"
    __walls__ = Walls(
        staff="riu",
        client="r",
        counsel="r",
        counsel_by="agreement_id IN (SELECT a.id FROM agreements a)",
        debtor="ri",
        debtor_by="agreement_id IN (SELECT a.id FROM agreements a)",
    )
    __table_args__ = client_table(
        ref("agreements", "agreement_id"),
        unique("agreement_id", "position"),
        CheckConstraint("amount > 0 AND paid >= 0 AND paid <= amount", name="amounts"),
    )

    agreement_id: Mapped[UUID]
    position: Mapped[int]
    due_on: Mapped[date]
    amount: Mapped[int]
    paid: Mapped[int] = mapped_column(default=0)
    paid_on: Mapped[date | None]
