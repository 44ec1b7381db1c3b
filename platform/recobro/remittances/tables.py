"""Remittances: a period's statement to a client, and which ledger entries are on it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class Remittance(ClientOwned, Base):
    """One statement in one currency (minor units). `opening` + the activity = `closing`, what the agency then owes the
    client; negative when the client owes. `net` is to be paid over, `paid_amount` what was; `offset_amount` is what
    fees took out of the client's money.
    """

    __tablename__ = "remittances"
    __walls__ = Walls(staff="riu", client="r")
    __table_args__ = client_table(
        unique("number"),
        unique("client_id", "currency", "period_to"),
        CheckConstraint("state IN ('closed', 'paid')", name="state"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("net >= 0 AND offset_amount >= 0", name="amounts"),
        CheckConstraint("closing = opening + collected - commission - tax - costs - paid_over + other", name="adds_up"),
        index("ix_remittances__client", "client_id", "period_to"),
    )

    number: Mapped[str]
    currency: Mapped[str]
    kind: Mapped[str]
    period_from: Mapped[date]
    period_to: Mapped[date]
    opening: Mapped[int]
    collected: Mapped[int]
    collected_direct: Mapped[int]
    commission: Mapped[int]
    tax: Mapped[int]
    costs: Mapped[int]
    paid_over: Mapped[int]
    other: Mapped[int]
    closing: Mapped[int]
    net: Mapped[int]
    offset_amount: Mapped[int]
    payment_count: Mapped[int]
    state: Mapped[str] = mapped_column(default="closed")
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    pdf_file_id: Mapped[UUID | None]
    xlsx_file_id: Mapped[UUID | None]
    csv_file_id: Mapped[UUID | None]
    pdf_sha256: Mapped[str] = mapped_column(default="")
    paid_on: Mapped[date | None]
    paid_amount: Mapped[int | None]
    paid_by: Mapped[str] = mapped_column(default="")
    paid_reference: Mapped[str] = mapped_column(default="")


class RemittanceEntry(Base):
    """That a ledger entry is on a statement, and where: on exactly one per currency."""

    __tablename__ = "remittance_entries"
    __walls__ = Walls(staff="ri", client="r")
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        ref("remittances", "remittance_id"),
        ForeignKeyConstraint(
            ["agency_id", "client_id", "entry_id"],
            ["ledger_entries.agency_id", "ledger_entries.client_id", "ledger_entries.id"],
        ),
        index("ix_remittance_entries__remittance", "remittance_id"),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    remittance_id: Mapped[UUID]
    position: Mapped[int]
