"""Strategies and their versions; putting cases on a ladder, thinking again, finding another way to write."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update

from kernel.ids import new_id
from kernel.problems import NotFound
from legal import gate
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.cases.lifecycle import Stage
from recobro.cases.tables import Case
from recobro.notices import service as notices
from recobro.notices.contents import gather_contents
from recobro.notices.drafts import NoContactPoint, draft, request_for_draft, words_of
from recobro.notices.gathering import gather
from recobro.notices.render import WordsRefused
from recobro.notices.tables import Notice
from recobro.people.agency import grace
from recobro.strategies.ladder import DEFAULT, DEFAULT_NAME, Ladder, StepKind
from recobro.strategies.planner import coming
from recobro.strategies.runs import ladders
from recobro.strategies.tables import CaseStrategy, Strategy
from tenants.work import Work


def default_strategy(work: Work) -> Strategy:
    """The agency's own ladder: the newest active version, or the one that ships, now kept as its first."""
    found = work.session.scalar(
        select(Strategy)
        .where(Strategy.agency_id == work.agency_id, Strategy.key == "default", Strategy.state == "active")
        .order_by(Strategy.version.desc())
        .limit(1)
    )
    return found or keep_version(work, key="default", name=DEFAULT_NAME, ladder=DEFAULT)


def first_wait(ladder: Ladder, pause: timedelta) -> timedelta:
    """How long after a case was handed over its first step is due at the earliest."""
    first = ladder.steps[0]
    waits = timedelta(days=first.after_days)
    return max(waits, pause) if first.kind is StepKind.NOTICE else waits


def keep_version(work: Work, *, key: str, name: str, ladder: Ladder) -> Strategy:
    """A new version of a strategy, from now on the one new cases follow; cases on the road keep theirs."""
    work.session.execute(
        update(Strategy)
        .where(Strategy.agency_id == work.agency_id, Strategy.key == key, Strategy.state == "active")
        .values(state="retired")
    )
    last = work.session.scalar(
        select(func.max(Strategy.version)).where(Strategy.agency_id == work.agency_id, Strategy.key == key)
    )
    row = Strategy(
        agency_id=work.agency_id,
        id=new_id(),
        key=key,
        version=(last or 0) + 1,
        name=name,
        ladder=ladder.model_dump(mode="json"),
        created_at=work.now(),
        created_by=work.principal.name,
    )
    work.add(row)
    work.flush()
    work.audit("strategy.version_kept", key=key, version=row.version)
    return row


def start(work: Work, case_ids: Iterable[UUID]) -> int:
    """Put cases that follow no strategy yet on the agency's ladder, set by set; how many."""
    return _start(work, "c.id = ANY(CAST(:ids AS uuid[]))", ids=list(case_ids))


def start_placement(work: Work, placement_id: UUID) -> int:
    """The same for the cases of a placement's debts, which are left in peace at first (`grace`). So are those that were
    on a ladder before: the next notice would speak of the new debts too."""
    wanted = "c.id IN (SELECT d.case_id FROM debts d WHERE d.agency_id = :agency AND d.placement_id = :placement)"
    pause = grace(work)
    entered = _start(work, wanted, pause=pause, placement=placement_id)
    if pause:
        work.session.execute(
            text(_QUIET),
            {"agency": work.agency_id, "placement": placement_id, "until": work.now() + pause, "pause": pause},
        )
    return entered


# Of rows that go in later only their own cases are left in peace once more.
_QUIET = """
UPDATE case_strategies s SET quiet_until = :until
FROM (SELECT d.case_id, max(d.created_at) AS at FROM debts d
      WHERE d.agency_id = :agency AND d.placement_id = :placement GROUP BY 1) f
WHERE s.agency_id = :agency AND s.case_id = f.case_id AND s.ended = ''
  AND (s.quiet_until IS NULL OR s.quiet_until < f.at + CAST(:pause AS interval))
"""


def _start(work: Work, wanted: str, *, pause: timedelta = timedelta(0), **parameters: object) -> int:
    strategy = default_strategy(work)
    ladder = Ladder.model_validate(strategy.ladder)
    values = {
        "agency": work.agency_id,
        "strategy": strategy.id,
        "now": work.now(),
        "at": work.now() + first_wait(ladder, pause),
        "why": coming(ladder.steps[0]),
        **parameters,
    }
    work.flush()
    # `wanted` is one of the two conditions above, never a text from outside.
    entered = work.session.execute(text(_ENTER.replace("{wanted}", wanted)), values).scalars().all()
    for case in list(work.session.identity_map.values()):
        if isinstance(case, Case):
            work.session.expire(case)
    if entered:
        work.outbox.add("strategies.run")
    return len(entered)


_ENTER = """
WITH entered AS (
  INSERT INTO case_strategies
    (agency_id, client_id, id, case_id, strategy_id, step, step_since, entered_at, rests, ended)
  SELECT c.agency_id, c.client_id, uuidv7(), c.id, :strategy, 0, :now, :now, '', ''
  FROM cases c
  WHERE c.agency_id = :agency AND c.stage IN ('received', 'notices') AND {wanted}
  ON CONFLICT (agency_id, client_id, case_id) DO NOTHING
  RETURNING case_id
)
UPDATE cases c SET strategy_id = :strategy, step = 0, next_step_at = :at, next_step_why = :why
FROM entered e WHERE c.agency_id = :agency AND c.id = e.case_id
RETURNING c.id
"""


def reconsider(work: Work, case_id: UUID) -> None:
    """Something changed on a case (a payment, a flag, a promise): its next step is planned anew at the next run."""
    work.session.execute(
        update(Case)
        .where(
            Case.agency_id == work.agency_id,
            Case.id == case_id,
            Case.id.in_(
                select(CaseStrategy.case_id).where(CaseStrategy.agency_id == work.agency_id, CaseStrategy.ended == "")
            ),
        )
        .values(next_step_at=work.now())
    )


def notice_failed(work: Work, notice_id: UUID) -> None:
    """A notice of a step did not arrive: the step's other channel is tried, once."""
    notice = work.session.scalar(select(Notice).where(Notice.agency_id == work.agency_id, Notice.id == notice_id))
    if notice is None or notice.strategy_id is None or notice.step is None:
        raise NotFound
    ladder = ladders(work, [notice.strategy_id])[notice.strategy_id]
    others = [channel for channel in ladder.steps[notice.step].channels if channel.value != notice.channel]
    written = select(Notice.id).where(
        Notice.agency_id == work.agency_id,
        Notice.case_id == notice.case_id,
        Notice.strategy_id == notice.strategy_id,
        Notice.step == notice.step,
        Notice.channel.in_([channel.value for channel in others]),
    )
    if others and work.session.scalar(written.limit(1)) is None:
        _write_instead(work, notice, others[0])


def _write_instead(work: Work, notice: Notice, channel: Channel) -> None:
    facts = gather(work, [notice.case_id])
    one = facts[notice.case_id]
    if one.case.stage in (Stage.CLOSED, Stage.LEGAL) or one.case.balance <= 0:
        return
    contents = gather_contents(work, [one])[notice.case_id]
    try:
        wanted = draft(one, contents, key=notice.template, channel=channel)
        words = words_of(work, wanted)
    except (NoContactPoint, WordsRefused):
        return
    [answer] = gate.ask(work, [request_for_draft(wanted)])
    if answer.decision.verdict is Verdict.DENY:
        return
    notices.put(
        work,
        wanted,
        words,
        decision_id=answer.decision_id,
        held_until=answer.decision.until,
        strategy_id=notice.strategy_id,
        step=notice.step,
    )
