"""One run: cases whose next step is due go along their ladders, in batches, set by set, never without the gate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from kernel.clock import instant_of
from kernel.text import msg
from legal import gate
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.agreements.lifecycle import LIVE, PromiseState
from recobro.agreements.tables import Agreement, Promise
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case
from recobro.debtors.tables import USELESS, Debtor
from recobro.notices import service as notices
from recobro.notices.contents import Contents, gather_contents
from recobro.notices.drafts import Draft, NoContactPoint, draft, request_for_draft, words_of
from recobro.notices.facts import CaseFacts
from recobro.notices.gathering import gather
from recobro.notices.lifecycle import NEVER_SENT
from recobro.notices.render import WordsRefused
from recobro.notices.tables import Notice
from recobro.strategies.ladder import Ladder, Step, StepKind
from recobro.strategies.planner import Act, Facts, Next, coming, next_step
from recobro.strategies.tables import CaseStrategy, Strategy
from tenants.sets import among
from tenants.work import Work

BATCH = 300
PASSES = 6
ASK_AGAIN = timedelta(days=7)
"""When a contact is refused for good as things stand, the question is put again after this."""


@dataclass
class _Due:
    """One case whose next step is due, with all that is known of it."""

    case: Case
    entry: CaseStrategy
    ladder: Ladder
    facts: CaseFacts
    contents: Contents
    step: Step


def run(work: Work, *, limit: int = BATCH) -> int:
    """Take the cases that are due along their ladders; how many were looked at. Less than `limit`: all is done."""
    _wake(work)
    looked_at = 0
    for _ in range(PASSES):
        claimed = _claim(work, limit - looked_at)
        looked_at += len(claimed)
        if claimed:
            _take_along(work, claimed)
        if not claimed or looked_at >= limit:
            break
    return looked_at


def _wake(work: Work) -> None:
    """Cases at rest whose reason is gone are due again; one statement."""
    work.flush()
    work.session.execute(
        text(_WAKE),
        {"agency": work.agency_id, "now": work.now(), "live": [s.value for s in LIVE], "useless": list(USELESS)},
    )


_WAKE = """
UPDATE cases c SET next_step_at = :now
FROM case_strategies s JOIN strategies t ON t.agency_id = s.agency_id AND t.id = s.strategy_id
WHERE s.agency_id = :agency AND s.rests <> '' AND s.ended = '' AND c.agency_id = s.agency_id AND c.id = s.case_id
  AND c.stage IN ('received', 'notices') AND c.balance > (t.ladder ->> 'tolerance')::bigint AND c.next_step_at IS NULL
  AND c.queue_at IS NULL
  AND (s.rests <> 'no_contact' OR EXISTS (
    SELECT FROM contact_points p
    WHERE p.agency_id = c.agency_id AND p.debtor_id = c.debtor_id AND NOT p.quality = ANY(CAST(:useless AS text[]))))
  AND NOT EXISTS (SELECT FROM case_flags f
                  WHERE f.agency_id = c.agency_id AND f.case_id = c.id AND f.closed_at IS NULL)
  AND NOT EXISTS (SELECT FROM agreements a
                  WHERE a.agency_id = c.agency_id AND a.case_id = c.id AND a.state = ANY(CAST(:live AS text[])))
"""


def _claim(work: Work, limit: int) -> Sequence[tuple[Case, CaseStrategy]]:
    rows = work.session.execute(
        select(Case, CaseStrategy)
        .join(CaseStrategy, (CaseStrategy.agency_id == Case.agency_id) & (CaseStrategy.case_id == Case.id))
        .where(
            Case.agency_id == work.agency_id,
            Case.next_step_at.is_not(None),
            Case.next_step_at <= work.now(),
            CaseStrategy.ended == "",
        )
        .order_by(Case.next_step_at, Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(case, entry) for case, entry in rows]


def _take_along(work: Work, claimed: Sequence[tuple[Case, CaseStrategy]]) -> None:
    ids = [case.id for case, _ in claimed]
    facts = gather(work, ids)
    contents = gather_contents(work, list(facts.values()))
    known = ladders(work, {entry.strategy_id for _, entry in claimed})
    agreements, promises, letters = agreed_among(work, ids), promised_among(work, ids), letters_among(work, ids)
    due: list[_Due] = []
    for case, entry in claimed:
        ladder = known[entry.strategy_id]
        known_facts = _planner_facts(work, facts[case.id], entry, str(case.id) in agreements, promises)
        answer = next_step(after_the_post(known_facts, letters.get(str(case.id))), ladder)
        if answer.act is Act.DO and answer.step is not None:
            due.append(_Due(case, entry, ladder, facts[case.id], contents[case.id], answer.step))
        else:
            _apply(work, case, entry, answer)
    for one in [one for one in due if one.step.kind is StepKind.QUEUE]:
        _to_the_queue(work, one, _why_queue(one))
    _write(work, [one for one in due if one.step.kind is StepKind.NOTICE])
    work.flush()


def _planner_facts(
    work: Work, facts: CaseFacts, entry: CaseStrategy, agreement: bool, promises: Mapping[str, datetime]
) -> Facts:
    case = facts.case
    return Facts(
        now=work.now(),
        stage=Stage(case.stage),
        balance=case.balance,
        step=entry.step,
        step_since=entry.step_since,
        flags=frozenset(flag.kind for flag in facts.flags),
        agreement=agreement,
        in_queue=case.queue_at is not None,
        promise_until=promises.get(str(case.id)),
        reachable=any(point.quality not in USELESS for point in facts.points),
        quiet_until=entry.quiet_until,
    )


def letters_among(work: Work, case_ids: Iterable[UUID] | str) -> Mapping[str, tuple[bool, datetime | None]]:
    """Of cases with letters of their strategies, by id as text: whether one has not left yet, when the last one did."""
    rows = work.session.execute(
        select(Notice.case_id, func.bool_or(Notice.sent_at.is_(None)), func.max(Notice.sent_at))
        .where(
            Notice.agency_id == work.agency_id,
            among(Notice.case_id, case_ids),
            Notice.channel == Channel.LETTER.value,
            Notice.strategy_id.is_not(None),
            Notice.state.not_in([state.value for state in NEVER_SENT]),
        )
        .group_by(Notice.case_id)
    )
    return {str(case_id): (waits, last) for case_id, waits, last in rows}


def after_the_post(facts: Facts, letters: tuple[bool, datetime | None] | None) -> Facts:
    """The days of the next step count from when the letter before it left, not from when it was written."""
    if letters is None:
        return facts
    waits, last = letters
    return replace(facts, letter_waits=waits, step_since=max(facts.step_since, last or facts.step_since))


def ladders(work: Work, strategy_ids: Iterable[UUID]) -> Mapping[UUID, Ladder]:
    """The ladders of these versions."""
    rows = work.session.execute(
        select(Strategy.id, Strategy.ladder).where(
            Strategy.agency_id == work.agency_id, Strategy.id.in_(list(strategy_ids))
        )
    )
    return {strategy_id: Ladder.model_validate(ladder) for strategy_id, ladder in rows}


def agreed_among(work: Work, case_ids: Iterable[UUID] | str) -> set[str]:
    """The cases with an agreement that runs, by id as text."""
    rows = work.session.scalars(
        select(Agreement.case_id).where(
            Agreement.agency_id == work.agency_id,
            among(Agreement.case_id, case_ids),
            Agreement.state.in_([state.value for state in LIVE]),
        )
    )
    return set(map(str, rows))


def promised_among(work: Work, case_ids: Iterable[UUID] | str) -> Mapping[str, datetime]:
    """Until when each case's pending promises hold, by id as text; grace included, by the debtor's days."""
    rows = work.session.execute(
        select(Promise.case_id, Promise.due_on, Promise.grace_days, Debtor.time_zone)
        .join(Case, (Case.agency_id == Promise.agency_id) & (Case.id == Promise.case_id))
        .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
        .where(
            Promise.agency_id == work.agency_id,
            among(Promise.case_id, case_ids),
            Promise.state == PromiseState.PENDING.value,
        )
    )
    found: dict[str, datetime] = {}
    for promised, due_on, grace_days, time_zone in rows:
        case_id, over = str(promised), instant_of(due_on + timedelta(days=grace_days + 1), ZoneInfo(time_zone))
        found[case_id] = max(over, found.get(case_id, over))
    return found


def _apply(work: Work, case: Case, entry: CaseStrategy, answer: Next) -> None:
    """Keep what the planner said where it is not to act now."""
    case.next_step_at, case.next_step_why = answer.at, answer.why
    entry.rests = answer.code if answer.act is Act.REST else ""
    if answer.act is Act.END:
        entry.ended, entry.ended_at = answer.code, work.now()


def _advance(work: Work, one: _Due, *, waited: bool = True) -> None:
    """The step is done (or, not `waited`, passed over): the next one counts its days from now, or is due at once."""
    entry, case = one.entry, one.case
    entry.step += 1
    entry.rests = ""
    case.step = entry.step
    now = work.now()
    coming_step = one.ladder.steps[entry.step] if entry.step < len(one.ladder.steps) else None
    rest = timedelta(days=coming_step.after_days) if coming_step else timedelta(0)
    entry.step_since = now if waited else now - rest
    if coming_step is None:
        _apply(work, case, entry, Next(Act.END, "done", msg("La estrategia terminó sus pasos.")))
    else:
        case.next_step_at, case.next_step_why = entry.step_since + rest, coming(coming_step)


def _why_queue(one: _Due) -> str:
    if not any(point.channel == "phone" and point.quality not in USELESS for point in one.facts.points):
        return msg("Sin teléfono: busca un número o escríbele")
    if one.case.last_contact_at is not None:
        return msg("Terminaron los avisos: toca llamar")
    return msg("Nuevo, sin contactar")


def _to_the_queue(work: Work, one: _Due, reason: str) -> None:
    if one.case.stage in (Stage.RECEIVED, Stage.NOTICES):
        cases.move(work, one.case, Move.CALL, why="strategy")
    cases.put_in_queue(work, one.case, reason=reason, priority=one.step.priority)
    _advance(work, one)


def _write(work: Work, due: Sequence[_Due]) -> None:
    """Write the notices that are due; each channel of their steps in turn, the whole set at a time."""
    left = list(due)
    tried: dict[UUID, list[gate.Answer]] = {one.case.id: [] for one in due}
    for turn in range(2):
        left = _write_by(work, left, turn, tried)
    for one in left:
        _could_not_write(work, one, tried[one.case.id])


def _write_by(work: Work, due: Sequence[_Due], turn: int, tried: dict[UUID, list[gate.Answer]]) -> list[_Due]:
    """Those for which this channel did not serve."""
    drafts: list[tuple[_Due, Draft]] = []
    left: list[_Due] = []
    for one in due:
        wanted = _draft(one, one.step.channels[turn]) if turn < len(one.step.channels) else None
        if wanted is None:
            left.append(one)
        else:
            drafts.append((one, wanted))
    answers = gate.ask(work, [request_for_draft(wanted) for _, wanted in drafts])
    for (one, wanted), answer in zip(drafts, answers, strict=True):
        one.entry.decision_id = answer.decision_id
        tried[one.case.id].append(answer)
        decision = answer.decision
        if decision.verdict is Verdict.WAIT:
            case = one.case
            case.next_step_at = decision.until
            case.next_step_why = msg("Fuera del horario o de los límites de contacto.")
        elif decision.verdict is Verdict.DENY or not _put(work, one, wanted, answer):
            left.append(one)
    return left


def _draft(one: _Due, channel: Channel) -> Draft | None:
    try:
        return draft(one.facts, one.contents, key=one.step.template, channel=channel)
    except NoContactPoint:
        return None


def _put(work: Work, one: _Due, wanted: Draft, answer: gate.Answer) -> bool:
    try:
        words = words_of(work, wanted)
    except WordsRefused:
        return False
    notices.put(
        work, wanted, words, decision_id=answer.decision_id, strategy_id=one.entry.strategy_id, step=one.entry.step
    )
    _advance(work, one)
    return True


def _could_not_write(work: Work, one: _Due, answers: Sequence[gate.Answer]) -> None:
    """No channel served: with nowhere to write to the step is passed over; a refusal is asked again in a week."""
    if not answers:
        _advance(work, one, waited=False)
        return
    one.case.next_step_at = work.now() + ASK_AGAIN
    refused = any(answer.decision.verdict is Verdict.DENY for answer in answers)
    if refused:
        one.case.next_step_why = msg("Las reglas de contacto no permiten escribirle ahora.")
    else:
        one.case.next_step_why = msg("El texto no cumple las reglas de avisos para este caso.")
