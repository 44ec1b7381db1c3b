"""What a run would do at an instant with everything that is due then, without doing it: facts read in sets, the
planner, the gate.

Nothing is kept or counted, and nothing is written; a portfolio is looked at block by block.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, Text, cast, func, select

from legal.gate import ContactRequest, preview_many
from legal.rules.decision import Decision, Verdict
from recobro.cases.lifecycle import Stage
from recobro.cases.tables import Case
from recobro.debtors.tables import USELESS
from recobro.notices.facts import CaseFacts, best_point, request_for
from recobro.notices.gathering import gather_rows
from recobro.strategies.ladder import StepKind
from recobro.strategies.planner import Act, Facts, Next, next_step
from recobro.strategies.runs import after_the_post, agreed_among, ladders, letters_among, promised_among
from recobro.strategies.tables import CaseStrategy
from tenants.sets import array_of, blocks, columns, plain
from tenants.work import Work

BLOCK = 4_000


class Share(NamedTuple):
    """One of so many parts of a portfolio, for as many processes to look at it together; counted from 0."""

    number: int
    of: int


@dataclass(frozen=True)
class Looked:
    """One case whose step is due: what its strategy says and, of a notice, what the gate says of its channel."""

    case_id: str
    answer: Next
    decision: Decision | None = None


@dataclass
class Outlook:
    """How many cases are due, what would be done with them by code, and by which rules notices would not go out.

    `calls` of them would wait for a person's call. `titles` are those of the rules.
    """

    due: int = 0
    calls: int = 0
    acts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    verdicts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    in_the_way: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    titles: dict[str, str] = field(default_factory=dict)


def outlook(work: Work, *, at: datetime | None = None, most: int | None = None, share: Share | None = None) -> Outlook:
    """All that is due now or at a later instant, in figures; of `most` cases, the longest due, where that is given."""
    found = Outlook()
    for one in islice(look(work, at=at, share=share), most):
        found.due += 1
        found.acts[one.answer.code] += 1
        found.calls += _is_call(one.answer)
        if one.decision is not None:
            found.verdicts[one.decision.verdict] += 1
            if one.decision.verdict is Verdict.ALLOW:
                continue
            for rule in {outcome.rule for outcome in one.decision.failed}:
                found.in_the_way[rule.id] += 1
                found.titles[rule.id] = rule.title
    return found


def _is_call(answer: Next) -> bool:
    return answer.act is Act.DO and answer.step is not None and answer.step.kind is StepKind.QUEUE


def look(work: Work, *, at: datetime | None = None, share: Share | None = None) -> Iterator[Looked]:
    """Every case that is due at an instant (left out: now), the longest due first, as a run would find it then.

    The shares of a portfolio have no case in common and together have all.
    """
    at = at or work.now()
    for rows in blocks(work, _due(work, at, share), BLOCK):
        yield from _looked(work, rows, at)


_CASE = plain(Case, "id", "client_id", "debtor_id", "stage", "balance", "queue_at", "next_step_at")
_ENTRY = columns(CaseStrategy, "strategy_id", "step", "step_since", "quiet_until")


def _due(work: Work, at: datetime, share: Share | None) -> Select[Any]:
    due = (
        select(*_CASE, *_ENTRY)
        .select_from(Case)
        .join(CaseStrategy, (CaseStrategy.agency_id == Case.agency_id) & (CaseStrategy.case_id == Case.id))
        .where(Case.agency_id == work.agency_id, Case.next_step_at <= at, CaseStrategy.ended == "")
        .order_by(Case.next_step_at, Case.id)
    )
    if share is None:
        return due
    return due.where(func.mod(func.abs(cast(func.hashtext(cast(Case.id, Text)), BigInteger)), share.of) == share.number)


def _looked(work: Work, rows: Sequence[Any], at: datetime) -> Iterator[Looked]:
    facts = gather_rows(work, rows)
    ids = array_of(facts)
    known = ladders(work, {row.strategy_id for row in rows})
    agreed, promises, letters = agreed_among(work, ids), promised_among(work, ids), letters_among(work, ids)
    answers: dict[str, Next] = {}
    requests: dict[str, ContactRequest] = {}
    for row in rows:
        one = facts[row.id]
        ladder = known[row.strategy_id]
        planned = Facts(
            now=at,
            stage=Stage(row.stage),
            balance=row.balance,
            step=row.step,
            step_since=row.step_since,
            flags=frozenset(flag.kind for flag in one.flags),
            agreement=row.id in agreed,
            in_queue=row.queue_at is not None,
            promise_until=promises.get(row.id),
            reachable=any(point.quality not in USELESS for point in one.points),
            quiet_until=row.quiet_until,
        )
        answers[row.id] = answer = next_step(after_the_post(planned, letters.get(row.id)), ladder)
        if answer.act is Act.DO and (request := _request(one, answer)):
            requests[row.id] = request
    decisions = dict(zip(requests, preview_many(work, list(requests.values()), at=at), strict=True))
    for row in rows:
        yield Looked(row.id, answers[row.id], decisions.get(row.id))


def _request(one: CaseFacts, answer: Next) -> ContactRequest | None:
    """The question to the gate about the first channel of the step by which there is somewhere to write."""
    if answer.step is None or answer.step.kind is not StepKind.NOTICE:
        return None
    for channel in answer.step.channels:
        point = best_point(one, channel)
        if point is not None:
            return request_for(one, channel, point=point)
    return None
