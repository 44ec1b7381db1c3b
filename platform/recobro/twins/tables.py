"""Pairs of debtors that may be one, and what was done to make one of two."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class DebtorPair(ClientOwned, Base):
    """Two debtors of one client, how much says that they are one (0 to 100), and what says so.

    `evidence` is a list of {what, here, there, weight}: `here` is of `one_id`, `there` of `other_id`; a negative weight
    speaks against. `kept`: apart until more speaks for it; `never`: apart for good.
    """

    __tablename__ = "debtor_pairs"
    __walls__ = Walls(staff="riu", owner=True)
    __table_args__ = client_table(
        ref("debtors", "one_id"),
        ref("debtors", "other_id"),
        unique("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="order"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("state IN ('proposed', 'merged', 'kept', 'never')", name="state"),
        index("ix_debtor_pairs__proposed", text("score DESC"), "id", where=text("state = 'proposed'")),
        index("ix_debtor_pairs__other", "other_id"),
        whose="debtors",
    )

    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    score: Mapped[int]
    evidence: Mapped[list[dict[str, Any]]]
    state: Mapped[str] = mapped_column(default="proposed")
    found_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None]


class DebtorMerge(ClientOwned, Base):
    """Two debtors made one by a person: who stands for both, where everything came from, and whether it was undone.

    `moved` is all that is needed to put everything back: rows by their ids, fields by their values before. What a later
    file brings for the other is added to it; `brought` are the debts of that.
    """

    __tablename__ = "debtor_merges"
    __walls__ = Walls(staff="riu")
    __table_args__ = client_table(
        ref("debtors", "survivor_id"),
        ref("debtors", "other_id"),
        ref("cases", "survivor_case_id"),
        ref("cases", "other_case_id"),
        CheckConstraint("survivor_id <> other_id", name="two"),
        index("ix_debtor_merges__survivor", "survivor_case_id"),
        index("ix_debtor_merges__other", "other_case_id"),
        index("ix_debtor_merges__recent", text("at DESC")),
        whose="debtors",
    )

    survivor_id: Mapped[UUID]
    other_id: Mapped[UUID]
    survivor_case_id: Mapped[UUID]
    other_case_id: Mapped[UUID]
    reason: Mapped[str]
    moved: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(default="")
    undo_reason: Mapped[str] = mapped_column(default="")
