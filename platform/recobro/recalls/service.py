"""Taking debts back: whole, in one transaction, with all that follows for their cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text

from kernel.money import Money
from kernel.problems import Conflict, Invalid
from kernel.text import msg
from legal.matters.tables import Matter
from recobro.agreements import service as agreements
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.links import end_links
from recobro.cases.tables import Case
from recobro.handoff import service as handoff
from recobro.recalls.facts import facts_of, open_debts
from recobro.recalls.rules import REASON_LABELS, TITLES, Cause, Facts, Reason, Refusal, standing
from tenants.work import Work

ASKED_PRIORITY = 780
_NAMED = 5
_WITHDRAWN = msg("El cliente retiró los adeudos")
ASKED = msg("El cliente pide retirar el caso: {why}")


class RecallRefused(Conflict):
    """Something stands against taking the debts back; the sentence says what."""

    code = "recalls.refused"


@dataclass(frozen=True)
class Recalled:
    """What was taken back: debts and their balances by currency, cases closed by it, and what stayed, with why."""

    debts: int = 0
    sums: Sequence[Money] = ()
    cases_closed: int = 0
    refused: Sequence[tuple[UUID, Refusal]] = field(default_factory=list)


def refused_of(work: Work, debts: Sequence[UUID], forced: Collection[Cause] = ()) -> list[tuple[UUID, Refusal]]:
    """What stands against taking some debts back, all of it."""
    overruled = frozenset(forced)
    return [(one.debt_id, each) for one in facts_of(work, debts).values() for each in standing(one, overruled)]


def recall(
    work: Work,
    *,
    debts: Sequence[UUID],
    reason: Reason,
    note: str = "",
    forced: Collection[Cause] = (),
    why: str = "",
    by: str = "",
) -> Recalled:
    """Take debts back from the agency: they are claimed no more, their cases owe less, and a case that owes nothing
    more closes as recalled. Those that something stands against stay, and are named in the answer.

    `forced` overrules causes, for `why`; then a running agreement is cancelled and a lawyer's matter ends. Who may do
    that is the caller's to know. Those taken back before are no matter. `by` is the client's person who asked.
    """
    if forced and not why.strip():
        raise Invalid(msg("Di por qué se retira de todos modos."))
    places = _locked(work, debts)
    known = facts_of(work, debts)
    overruled = frozenset(forced)
    refused = [(one.debt_id, standing(one, overruled)[0]) for one in known.values() if standing(one, overruled)]
    kept = {debt_id for debt_id, _ in refused}
    taken = [one for one in known.values() if one.debt_id not in kept and one.state == "open"]
    if not taken:
        return Recalled(refused=refused)
    work.session.execute(
        text("UPDATE debts SET state = 'recalled' WHERE agency_id = :agency AND id = ANY(CAST(:debts AS uuid[]))"),
        {"agency": work.agency_id, "debts": [one.debt_id for one in taken]},
    )
    by_case: dict[UUID, list[Facts]] = {}
    for one in taken:
        by_case.setdefault(one.case_id, []).append(one)
    cases.refresh_balances(work, list(by_case))
    closed = 0
    for case_id, some in by_case.items():
        closed += _follow(work, places[case_id], some, reason=reason, note=note, by=by)
    work.audit(
        "debts.recalled", count=len(taken), cases=len(by_case), closed=closed, reason=reason.value,
        forced=sorted(cause.value for cause in overruled), why=why.strip(),
    )  # fmt: skip
    return Recalled(len(taken), _sums(taken), closed, refused)


def _locked(work: Work, debts: Sequence[UUID]) -> dict[UUID, Case]:
    found = work.session.scalars(
        select(Case)
        .where(
            Case.agency_id == work.agency_id,
            text("cases.id IN (SELECT d.case_id FROM debts d WHERE d.agency_id = :agency"
                 " AND d.id = ANY(CAST(:debts AS uuid[])))").bindparams(agency=work.agency_id, debts=list(debts)),
        )
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return {case.id: case for case in found}


def _sums(taken: Sequence[Facts]) -> list[Money]:
    sums: dict[str, int] = {}
    for one in taken:
        sums[one.currency] = sums.get(one.currency, 0) + one.balance
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _follow(work: Work, case: Case, taken: Sequence[Facts], *, reason: Reason, note: str, by: str) -> bool:
    """What follows for one case; whether it closed."""
    emptied = case.debt_count == 0
    agreement = agreements.live_agreement(work, case.id)
    if agreement is not None and agreement.state != "accepted":
        agreements.cancel(work, agreement.id, reason=_WITHDRAWN)
    _drop_promises(work, case, emptied=emptied)
    references = ", ".join(one.reference for one in taken[:_NAMED]) + ("…" if len(taken) > _NAMED else "")
    sums = _sums(taken)
    cases.note_event(
        work, case, kind="placement", title=TITLES[reason], body=note, tone="warn", ref_table="recalls",
        references=references, count=len(taken), by=by, reason=reason.value,
        amount={"minor": sums[0].minor, "currency": sums[0].currency},
    )  # fmt: skip
    if not emptied or case.stage == Stage.CLOSED:
        return False
    _end_matter(work, case)
    cases.move(work, case, Move.CLOSE, why=reason.value, close_code=CloseCode.RECALLED)
    end_links(work, case.id)
    return True


_PROMISES = """
UPDATE promises SET state = 'cancelled', settled_at = :now
WHERE agency_id = :agency AND case_id = :case AND state = 'pending' AND (:emptied OR amount > coalesce(
  (SELECT b.balance FROM case_balances b WHERE b.agency_id = :agency AND b.case_id = :case
   AND b.currency = promises.currency), 0))
"""


def _drop_promises(work: Work, case: Case, *, emptied: bool) -> None:
    """Promises of more than the case still owes fall."""
    work.session.execute(
        text(_PROMISES), {"agency": work.agency_id, "case": case.id, "emptied": emptied, "now": work.now()}
    )


def _end_matter(work: Work, case: Case) -> None:
    matter = work.session.scalar(
        select(Matter).where(
            Matter.agency_id == work.agency_id, Matter.case_id == case.id, Matter.state.in_(["proposed", "accepted"])
        )
    )
    if matter is None:
        return
    if matter.state == "accepted":
        handoff.close(work, matter.id, reason=_WITHDRAWN)
    else:
        handoff.give_back(work, matter.id, reason=_WITHDRAWN)


def recall_case(
    work: Work,
    case_id: UUID,
    *,
    reason: Reason,
    note: str = "",
    forced: Collection[Cause] = (),
    why: str = "",
    by: str = "",
) -> Recalled:
    """Take back all that a case still owes, or nothing of it: RecallRefused says what stands against it."""
    case = cases.open_case(work, case_id, lock=True)
    debts = open_debts(work, [case.id])
    if not debts:
        raise RecallRefused(msg("El caso no debe nada: no hay nada que retirar."))
    refused = refused_of(work, debts, forced)
    if refused:
        first = refused[0][1]
        raise RecallRefused(first.sentence, **first.details)
    return recall(work, debts=debts, reason=reason, note=note, forced=forced, why=why, by=by)


def ask(work: Work, case_id: UUID, *, reason: Reason, note: str, by: str) -> bool:
    """A client's wish to take a case back: done when nothing stands against it, else brought before the agency's
    people. Whether it was done."""
    case = cases.open_case(work, case_id, lock=True)
    if case.stage == Stage.CLOSED:
        return False
    debts = open_debts(work, [case.id])
    refused = refused_of(work, debts)
    if debts and not refused:
        recall(work, debts=debts, reason=reason, note=note, by=by)
        return True
    cases.note_event(
        work, case, kind="flag", title=ASKED, body=note, tone="warn", by=by, why=REASON_LABELS[reason],
    )  # fmt: skip
    if case.stage != Stage.LEGAL:
        cases.put_in_queue(work, case, reason=msg("El cliente pide retirarlo"), priority=ASKED_PRIORITY, tone="warn")
    work.audit("recall.asked", case_id=case.id, reason=reason.value)
    return False
