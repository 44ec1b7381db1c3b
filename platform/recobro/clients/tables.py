"""The contract between an agency and a client, by version and date."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, unique


class Contract(ClientOwned, Base):
    """One version of a client's terms, in force from a day. Rates are basis points (1/100 %), amounts minor units.

    `commission_rules` is the ordered list of commission rules (`recobro.commissions.rules.Rule` as JSON).
    `share_debtors`: that a debtor also owes this client may be shown on the cases of clients who allow the same.
    """

    __tablename__ = "contracts"
    __walls__ = Walls(staff="ri", client="r", debtor="r", debtor_by="client_id IN (SELECT c.client_id FROM cases c)")
    __table_args__ = client_table(
        unique("client_id", "version"),
        CheckConstraint("remittance_kind = 'net'", name="remittance_kind"),
        CheckConstraint("pay_to IN ('agency', 'client')", name="pay_to"),
        CheckConstraint("max_discount_bp BETWEEN 0 AND 10000", name="max_discount"),
        CheckConstraint("max_instalments BETWEEN 1 AND 120", name="max_instalments"),
        CheckConstraint("tax_bp BETWEEN 0 AND 10000", name="tax"),
    )

    version: Mapped[int]
    valid_from: Mapped[date]
    commission_rules: Mapped[list[dict[str, Any]]]
    tax_name: Mapped[str] = mapped_column(default="IVA")
    tax_bp: Mapped[int]
    remittance_kind: Mapped[str] = mapped_column(default="net")
    remittance_day: Mapped[int] = mapped_column(default=5)
    max_discount_bp: Mapped[int]
    max_instalments: Mapped[int]
    min_instalment: Mapped[int]
    instalment_grace_days: Mapped[int] = mapped_column(default=3)
    promise_grace_days: Mapped[int] = mapped_column(default=1)
    pay_to: Mapped[str] = mapped_column(default="agency")
    share_debtors: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
