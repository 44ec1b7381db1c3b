"""What a collector sees beside the case: may it be contacted, what to do next, how the day goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarSelect, distinct, func, or_, select

from kernel.clock import instant_of
from kernel.money import Money
from legal.gate import preview_many
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel
from recobro.agreements.tables import Agreement, Promise
from recobro.cases.tables import Case, Debt
from recobro.debtors.tables import ContactPoint
from recobro.desk.tables import Call
from recobro.notices.facts import CaseFacts, request_for
from recobro.payments.tables import Payment
from tenants.tables import File
from tenants.work import Work

# By what this program contacts people; others do it by what is handed out to them.
CHANNELS = (Channel.PHONE, Channel.EMAIL, Channel.LETTER)


@dataclass(frozen=True)
class Guard:
    """What the gate would say now of each channel of a case; `verdict` is the phone's."""

    by_channel: dict[Channel, Decision]

    @property
    def verdict(self) -> Verdict:
        """May it be called: allow, wait, deny."""
        return self.by_channel[Channel.PHONE].verdict


@dataclass(frozen=True)
class Day:
    """One person's day: cases handled, how many there are to handle, promises taken and their sums per currency."""

    handled: int
    waiting: int
    promises: int
    promised: list[Money]


def guard(work: Work, facts: CaseFacts) -> Guard:
    """The gate's preview for a case: nothing is kept or counted."""
    requests = [request_for(facts, channel) for channel in CHANNELS]
    return Guard(dict(zip(CHANNELS, preview_many(work, requests), strict=True)))


def waiting(work: Work) -> ScalarSelect[int]:
    """How many cases wait in the queue of whoever asks: theirs and everybody's."""
    query = select(func.count()).where(
        Case.agency_id == work.agency_id,
        Case.queue_at <= work.now(),
        or_(Case.assigned_to.is_(None), Case.assigned_to == work.principal.person_id),
    )
    return query.scalar_subquery()


def part_counts(work: Work, *, case_id: UUID, debtor_id: UUID) -> dict[str, int]:
    """How many rows each part of a case has, in one statement."""
    hung_on: dict[str, Any] = {"debts": Debt, "payments": Payment, "agreements": Agreement, "documents": File}
    counts = {
        part: select(func.count()).where(table.agency_id == work.agency_id, table.case_id == case_id).scalar_subquery()
        for part, table in hung_on.items()
    }
    counts["contacts"] = (
        select(func.count())
        .where(ContactPoint.agency_id == work.agency_id, ContactPoint.debtor_id == debtor_id)
        .scalar_subquery()
    )
    row = work.session.execute(select(*(count.label(part) for part, count in counts.items()))).one()
    return {part: count for part, count in row._mapping.items() if count}


def day_of(work: Work, zone: ZoneInfo) -> Day:
    """How the day goes for this person, by the agency's zone."""
    start = instant_of(work.today(zone), zone)
    return Day(_handled(work, start), work.session.scalar(select(waiting(work))) or 0, *_promised(work, start))


def _handled(work: Work, start: datetime) -> int:
    me: UUID | None = work.principal.person_id
    return (
        work.session.scalar(
            select(func.count(distinct(Call.case_id))).where(
                Call.agency_id == work.agency_id, Call.by_id == me, Call.started_at >= start, Call.outcome != ""
            )
        )
        or 0
    )


def _promised(work: Work, start: datetime) -> tuple[int, list[Money]]:
    rows = work.session.execute(
        select(Promise.currency, func.count(), func.sum(Promise.amount))
        .where(
            Promise.agency_id == work.agency_id,
            Promise.made_by_id == work.principal.person_id,
            Promise.made_at >= start,
            Promise.state != "cancelled",
        )
        .group_by(Promise.currency)
    ).all()
    return sum(count for _, count, _ in rows), [Money(int(total), currency) for currency, _, total in rows]


def last_calls(work: Work, case_id: UUID, *, limit: int = 3) -> list[Call]:
    """The latest calls on a case."""
    return list(
        work.session.scalars(
            select(Call)
            .where(Call.agency_id == work.agency_id, Call.case_id == case_id, Call.outcome != "")
            .order_by(Call.started_at.desc())
            .limit(limit)
        )
    )
