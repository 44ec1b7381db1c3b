"""Payments and what they paid, card checkouts, and what Stripe told us."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Payment(ClientOwned, Base):
    """Money that arrived, with its direction (minor units). `applied` paid debts, `unapplied` is what was too much.

    `received_on` is the day it counts for, `recorded_at` when we learned of it. `rule_id`, `because` and
    `receipt_words` are the law's order of application in words. A reversal keeps the row and says when and why.
    """

    __tablename__ = "payments"
    __walls__ = Walls(staff="riu", client="r", counsel="r", debtor="r")
    __table_args__ = client_table(
        ref("cases", "case_id"),
        unique("key"),
        unique("number"),
        CheckConstraint("direction IN ('to_agency', 'to_client', 'to_counsel')", name="direction"),
        CheckConstraint("method IN ('transfer', 'card', 'cash', 'deposit', 'check', 'other')", name="method"),
        CheckConstraint("state IN ('posted', 'reversed')", name="state"),
        CheckConstraint("(state = 'reversed') = (reversed_on IS NOT NULL)", name="reversed"),
        CheckConstraint(
            "amount > 0 AND applied >= 0 AND unapplied >= 0 AND applied + unapplied = amount", name="amounts"
        ),
        index("ix_payments__case", "case_id"),
        index("ix_payments__day", text("received_on DESC"), text("id DESC")),
        index("ix_payments__client", "client_id", "received_on"),
        index("ix_payments__amount", "amount"),
    )

    number: Mapped[str]
    key: Mapped[str]
    case_id: Mapped[UUID]
    direction: Mapped[str]
    method: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[int]
    applied: Mapped[int]
    unapplied: Mapped[int]
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="posted")
    rule_id: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")
    receipt_words: Mapped[str] = mapped_column(default="")
    entry_id: Mapped[UUID | None]
    excess_entry_id: Mapped[UUID | None]
    reversal_entry_id: Mapped[UUID | None]
    reversed_on: Mapped[date | None]
    reversed_at: Mapped[datetime | None]
    reversed_by: Mapped[str] = mapped_column(default="")
    reversal_reason: Mapped[str] = mapped_column(default="")
    checkout_id: Mapped[UUID | None]
    receipt_file_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class PaymentAllocation(ClientOwned, Base):
    """What of a payment went to one component of one debt (minor units). Insert only."""

    __tablename__ = "payment_allocations"
    __walls__ = Walls(staff="ri", client="r", counsel="r", debtor="r")
    __table_args__ = client_table(
        ref("payments", "payment_id"),
        ref("debts", "debt_id"),
        ref("cases", "case_id"),
        CheckConstraint("amount > 0", name="amount"),
        index("ix_payment_allocations__payment", "payment_id"),
        index("ix_payment_allocations__debt", "debt_id"),
    )

    payment_id: Mapped[UUID]
    case_id: Mapped[UUID]
    debt_id: Mapped[UUID]
    component: Mapped[str]
    amount: Mapped[int]


class Checkout(ClientOwned, Base):
    """A card payment a debtor set out to make: written before Stripe is asked, with its id as the idempotency key.

    `asked_at` and `checked_at` are the machine's own time: Stripe knows no other. `payment_id` is the payment that
    stands for it now; a refund or a dispute takes that one back.
    """

    __tablename__ = "checkouts"
    __walls__ = Walls(staff="riu", debtor="riu", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('intended', 'open', 'processing', 'expired', 'failed', 'paid')", name="state"),
        index("ix_checkouts__case", "case_id"),
        index("ix_checkouts__waiting", "asked_at", where=text("state IN ('intended', 'open', 'processing')")),
        Index("ix_checkouts__intent", "payment_intent", postgresql_where=text("payment_intent <> ''")),
    )

    case_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[int]
    description: Mapped[str]
    state: Mapped[str] = mapped_column(default="intended")
    session_id: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    payment_intent: Mapped[str] = mapped_column(default="")
    card: Mapped[str] = mapped_column(default="")
    dispute: Mapped[str] = mapped_column(default="")
    payment_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class StripeEvent(Base):
    """A notice from Stripe, kept once by its id. Only what names things is kept: the facts are asked for anew."""

    __tablename__ = "stripe_events"
    __walls__ = Walls(staff="ru", system="ri")
    __table_args__ = (
        CheckConstraint("state IN ('received', 'applied', 'ignored', 'unmatched', 'needs_person')", name="state"),
        Index("ix_stripe_events__agency", "agency_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID | None]
    type: Mapped[str]
    object_id: Mapped[str]
    object_status: Mapped[str] = mapped_column(default="")
    payment_intent: Mapped[str] = mapped_column(default="")
    checkout_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="received")
    note: Mapped[str] = mapped_column(default="")
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
