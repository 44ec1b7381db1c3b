"""Strategies by version, and where each case stands in its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import AgencyOwned, Base, ClientOwned, Walls, agency_table, client_table, index, ref, unique


class Strategy(AgencyOwned, Base):
    """One version of a strategy; `ladder` is `recobro.strategies.ladder.Ladder` as JSON. Cases keep their version."""

    __tablename__ = "strategies"
    __walls__ = Walls(staff="riu")
    __table_args__ = agency_table(
        unique("key", "version"), CheckConstraint("state IN ('active', 'retired')", name="state")
    )

    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    ladder: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class CaseStrategy(ClientOwned, Base):
    """A case in its strategy: the next step's index, since when, and why it rests or has ended (a planner's code).

    `decision_id` is the gate's answer on the last contact that was thought of. Before `quiet_until` no notice goes out
    by itself: what was just handed over can still be taken back whole.
    """

    __tablename__ = "case_strategies"
    __walls__ = Walls(staff="riu", owner=True)
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("strategies", "strategy_id", by_client=False),
        unique("client_id", "case_id"),
        index("ix_case_strategies__strategy", "strategy_id", "step"),
        index("ix_case_strategies__resting", "case_id", where=text("rests <> ''")),
    )

    case_id: Mapped[UUID]
    strategy_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(default=0)
    step_since: Mapped[datetime]
    entered_at: Mapped[datetime]
    rests: Mapped[str] = mapped_column(default="")
    ended: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    decision_id: Mapped[UUID | None]
    quiet_until: Mapped[datetime | None]
