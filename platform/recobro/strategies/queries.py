"""Strategies with their ladders, and where the cases stand on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from kernel.problems import NotFound
from kernel.text import msg
from recobro.strategies.ladder import DEFAULT, DEFAULT_NAME, Ladder
from recobro.strategies.tables import CaseStrategy, Strategy
from tenants.work import Work


@dataclass(frozen=True)
class Standing:
    """One version of a strategy: its ladder, how many cases wait for each step, rest by reason, or have ended."""

    strategy: Strategy
    ladder: Ladder
    waiting: Sequence[int]
    resting: Mapping[str, int]
    ended: Mapping[str, int]

    @property
    def on_the_road(self) -> int:
        """How many cases follow it now."""
        return sum(self.waiting) + sum(self.resting.values())


def standings(work: Work) -> list[Standing]:
    """Every version that is active or still followed, the newest first."""
    strategies = work.session.scalars(
        select(Strategy)
        .where(Strategy.agency_id == work.agency_id)
        .order_by(Strategy.state, Strategy.key, Strategy.version.desc())
    ).all()
    found = [_standing(work, strategy) for strategy in strategies]
    return [one for one in found if one.strategy.state == "active" or one.on_the_road]


def standing(work: Work, strategy_id: UUID) -> Standing:
    """One version; missing and foreign are the same."""
    strategy = work.session.scalar(
        select(Strategy).where(Strategy.agency_id == work.agency_id, Strategy.id == strategy_id)
    )
    if strategy is None:
        raise NotFound(msg("Esa estrategia no existe o no es tuya."))
    return _standing(work, strategy)


def coming(work: Work) -> tuple[str, Ladder]:
    """The strategy that new cases will follow: its name and its ladder. For the agency's people."""
    found = work.session.scalar(
        select(Strategy)
        .where(Strategy.agency_id == work.agency_id, Strategy.key == "default", Strategy.state == "active")
        .order_by(Strategy.version.desc())
        .limit(1)
    )
    return (found.name, Ladder.model_validate(found.ladder)) if found else (DEFAULT_NAME, DEFAULT)


def _standing(work: Work, strategy: Strategy) -> Standing:
    ladder = Ladder.model_validate(strategy.ladder)
    rows = work.session.execute(
        select(CaseStrategy.step, CaseStrategy.rests, CaseStrategy.ended, func.count())
        .where(CaseStrategy.agency_id == work.agency_id, CaseStrategy.strategy_id == strategy.id)
        .group_by(CaseStrategy.step, CaseStrategy.rests, CaseStrategy.ended)
    )
    waiting = [0] * len(ladder.steps)
    resting: dict[str, int] = {}
    ended: dict[str, int] = {}
    for step, rests, end, count in rows:
        if end:
            ended[end] = ended.get(end, 0) + count
        elif rests:
            resting[rests] = resting.get(rests, 0) + count
        elif step < len(waiting):
            waiting[step] += count
    return Standing(strategy, ladder, waiting, resting, ended)
