"""What the agency earned, line by line, with all that made it so."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class CommissionLine(ClientOwned, Base):
    """A commission on a payment by one rule of one version of the contract; a reversal is a line of its own, negative.

    `steps` are the parts of `base` with their rates; `inputs` the facts that made the rule match. Insert only.
    """

    __tablename__ = "commission_lines"
    __walls__ = Walls(staff="ri", client="r")
    __table_args__ = client_table(
        ref("payments", "payment_id"),
        ref("ledger_entries", "entry_id"),
        ref("commission_lines", "reverses"),
        unique("reverses"),
        CheckConstraint("(commission >= 0) = (reverses IS NULL) OR commission = 0", name="sign"),
        index("ix_commission_lines__payment", "payment_id"),
        index("ix_commission_lines__entry", "entry_id"),
    )

    payment_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    position: Mapped[int]
    rule_id: Mapped[str]
    rule_label: Mapped[str]
    contract_version: Mapped[int]
    currency: Mapped[str]
    base: Mapped[int]
    steps: Mapped[list[dict[str, Any]]]
    how: Mapped[str] = mapped_column(default="")
    cap: Mapped[int | None]
    minimum: Mapped[int | None]
    commission: Mapped[int]
    tax_name: Mapped[str]
    tax_bp: Mapped[int]
    tax: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    reverses: Mapped[UUID | None]
    created_at: Mapped[datetime]
