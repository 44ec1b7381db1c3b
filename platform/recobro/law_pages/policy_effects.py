"""What a change of an agency's own policies would do to the contacts that wait now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from legal.gate import ContactRequest, preview_many
from legal.policies.service import trying
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel
from legal.rules.packs.schema import Rule
from recobro.cases.tables import Case
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather
from recobro.notices.tables import Notice
from tenants.work import Work

MOST = 200
"""How many waiting contacts of each sort are asked about."""


@dataclass(frozen=True)
class Affected:
    """One waiting contact that would fare otherwise: when it may be made (None: not at all)."""

    case_id: UUID
    number: str
    debtor: str
    channel: Channel
    zone: ZoneInfo
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Effects:
    """How many contacts wait, how many would be delayed and stopped, and some of them."""

    asked: int
    delayed: int
    stopped: int
    examples: list[Affected]


def effects_of(work: Work, rules: Sequence[Rule]) -> Effects:
    """The calls that wait in queues and the notices that leave within a day, decided now and under these policies."""
    waiting = _waiting(work)
    facts = gather(work, {case_id for case_id, _ in waiting})
    asked = [(facts[case_id], channel) for case_id, channel in waiting if case_id in facts]
    requests: list[ContactRequest] = [request_for(case, channel) for case, channel in asked]
    now = work.now()
    before = preview_many(work, requests, at=now)
    with trying(work, rules):
        after = preview_many(work, requests, at=now)
    changed = [
        Affected(case.case.id, case.case.number, case.debtor.name, channel, case.zone, _when(old), _when(new))
        for (case, channel), old, new in zip(asked, before, after, strict=True)
        if _when(old) != _when(new)
    ]
    stopped = sum(one.after is None for one in changed)
    return Effects(len(asked), len(changed) - stopped, stopped, changed[:8])


def _when(decision: Decision) -> datetime | None:
    return None if decision.verdict is Verdict.DENY else decision.until or decision.at


def _waiting(work: Work) -> list[tuple[UUID, Channel]]:
    now = work.now()
    calls = work.session.scalars(
        select(Case.id)
        .where(Case.agency_id == work.agency_id, Case.queue_at <= now)
        .order_by(Case.queue_at)
        .limit(MOST)
    )
    notices = work.session.execute(
        select(Notice.case_id, Notice.channel)
        .where(
            Notice.agency_id == work.agency_id,
            Notice.state.in_(("queued", "held")),
            Notice.due_at <= now + timedelta(days=1),
        )
        .order_by(Notice.due_at)
        .limit(MOST)
    )
    return [*((case_id, Channel.PHONE) for case_id in calls), *((case_id, Channel(name)) for case_id, name in notices)]
