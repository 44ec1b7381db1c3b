"""What is known of a matter: its stages, deadlines and costs; deadlines that come next."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from kernel.money import Money
from legal.matters.tables import Matter, MatterCost, MatterDeadline, MatterStage
from tenants.work import Work

NEXT = 12


def stages(work: Work, matter_id: UUID) -> Sequence[MatterStage]:
    """The stages a matter reached, in order."""
    return work.session.scalars(
        select(MatterStage)
        .where(MatterStage.agency_id == work.agency_id, MatterStage.matter_id == matter_id)
        .order_by(MatterStage.on, MatterStage.at)
    ).all()


def deadlines(work: Work, matter_id: UUID) -> Sequence[MatterDeadline]:
    """A matter's deadlines: the open ones first, the nearest on top."""
    return work.session.scalars(
        select(MatterDeadline)
        .where(MatterDeadline.agency_id == work.agency_id, MatterDeadline.matter_id == matter_id)
        .order_by(MatterDeadline.done_at.is_not(None), MatterDeadline.due_on, MatterDeadline.id)
    ).all()


def costs(work: Work, matter_id: UUID) -> Sequence[MatterCost]:
    """What was spent on a matter, in order of day."""
    return work.session.scalars(
        select(MatterCost)
        .where(MatterCost.agency_id == work.agency_id, MatterCost.matter_id == matter_id)
        .order_by(MatterCost.spent_on, MatterCost.id)
    ).all()


def cost_sums(work: Work, matter_id: UUID) -> list[Money]:
    """The sum of a matter's costs, per currency."""
    rows = work.session.execute(
        select(MatterCost.currency, func.sum(MatterCost.amount))
        .where(MatterCost.agency_id == work.agency_id, MatterCost.matter_id == matter_id)
        .group_by(MatterCost.currency)
        .order_by(MatterCost.currency)
    )
    return [Money(int(amount), currency) for currency, amount in rows]


def coming_deadlines(work: Work, *, size: int = NEXT) -> list[tuple[MatterDeadline, Matter]]:
    """The open deadlines of the principal's matters, the nearest first."""
    rows = work.session.execute(
        select(MatterDeadline, Matter)
        .join(Matter, (Matter.agency_id == MatterDeadline.agency_id) & (Matter.id == MatterDeadline.matter_id))
        .where(
            MatterDeadline.agency_id == work.agency_id,
            MatterDeadline.done_at.is_(None),
            Matter.state == "accepted",
        )
        .order_by(MatterDeadline.due_on, MatterDeadline.id)
        .limit(size)
    )
    return [(deadline, matter) for deadline, matter in rows]
