"""The texts of the law as decisions were made with them, and which rules stood in the way of each decision."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, Walls, index, ref


class LawText(Base):
    """One file of rules as it was, by the SHA-256 of its bytes. It belongs to no agency: the law is everybody's.

    The owner writes it when the schema is brought up to date; staff read it by `law_text`. Nobody changes it.
    """

    __tablename__ = "law_texts"
    __walls__ = Walls(staff="", owner=True)
    __table_args__ = (CheckConstraint("sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')", name="content"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    content: Mapped[str]
    kept_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DecisionRule(Base):
    """A rule that stood in the way of a contact (`failed`) or that a supervisor set aside (`overridden`).

    Written by the database with each decision, so that decisions are found by rule and counted by rule.
    """

    __tablename__ = "decision_rules"
    __walls__ = Walls(staff="r", owner=True)
    __table_args__ = (
        ref("decisions", "decision_id", in_sets=True),
        CheckConstraint("result IN ('failed', 'overridden')", name="result"),
        index("ix_decision_rules__rule", "rule", text("at DESC"), text("decision_id DESC")),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str]
    verdict: Mapped[str]
    at: Mapped[datetime]
