"""What is done to a case: its history, its stage, its place in the queue, its balances. Nobody else changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, text, update

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import NotFound
from kernel.text import msg
from recobro.cases.lifecycle import CloseCode, Move, MoveRefused, Stage, after, check_close
from recobro.cases.tables import Case, CaseBalance, CaseEvent, CaseMove, CaseNote
from tenants.tables import Membership
from tenants.work import Work

CLAIM_MINUTES = 20


def open_case(work: Work, case_id: UUID, *, lock: bool = False) -> Case:
    """One case of the principal's; missing and foreign are the same. `lock` keeps it until the end of the work."""
    query = select(Case).where(Case.agency_id == work.agency_id, Case.id == case_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese caso no existe o no es tuyo."))
    return found


def note_event(
    work: Work,
    case: Case,
    *,
    kind: str,
    title: str,
    body: str = "",
    tone: str = "neutral",
    visibility: str = "client",
    ref_table: str = "",
    ref_id: UUID | None = None,
    at: datetime | None = None,
    **details: object,
) -> UUID:
    """Add a line to a case's history. `title` is a `msg()` sentence whose `{fields}` are in `details` (plain values;
    an amount is {"minor": 100, "currency": "MXN"}, a day an ISO date)."""
    event = CaseEvent(
        agency_id=case.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        at=at or work.now(),
        kind=kind,
        title=title,
        body=body,
        details=details,
        tone=tone,
        actor=work.principal.name,
        actor_kind=work.principal.kind.value,
        ref_table=ref_table,
        ref_id=ref_id,
        visibility=visibility,
    )
    work.add(event)
    return event.id


def add_note(work: Work, case_id: UUID, *, text: str) -> None:
    """A private note of the agency's staff on a case."""
    case = open_case(work, case_id)
    work.add(
        CaseNote(
            agency_id=work.agency_id, id=new_id(), case_id=case.id, text=text, by=work.principal.name, at=work.now()
        )
    )
    note_event(work, case, kind="note", title=msg("Nota"), body=text, visibility="staff")


def move(work: Work, case: Case, step: Move, *, why: str = "", close_code: CloseCode | None = None) -> None:
    """Change a case's stage along the table of moves, and keep the row that says so. Closing leaves the queue."""
    to_stage = after(Stage(case.stage), step)
    if step is Move.REOPEN and case.close_code == CloseCode.MERGED:
        raise MoveRefused(msg("Este caso se unió a otro: para abrirlo, deshaz la unión."))
    code = ""
    if to_stage is Stage.CLOSED:
        code = CloseCode.MERGED if step is Move.MERGE else close_code or CloseCode.PAID
        check_close(CloseCode(code), balance=case.balance)
        leave_queue(work, case)
    if to_stage in (Stage.CLOSED, Stage.LEGAL):
        # Its strategy is over: nothing is written to the debtor by itself any more.
        case.next_step_at, case.next_step_why = None, ""
    _go(work, case, step, to_stage, str(code), why)


def take_back_merge(work: Work, case: Case, *, stage: Stage, close_code: str, why: str) -> None:
    """Put a case that was closed by a merge back to the stage it was merged from; any other case refuses."""
    if case.close_code != CloseCode.MERGED:
        raise MoveRefused(msg("Este caso no se cerró por unirse a otro."))
    _go(work, case, Move.UNMERGE, stage, close_code, why)


def _go(work: Work, case: Case, step: Move, to_stage: Stage, close_code: str, why: str) -> None:
    # Asked first, for it may read the database: stage and code are written together.
    now = work.now()
    work.add(
        CaseMove(
            agency_id=case.agency_id,
            client_id=case.client_id,
            id=new_id(),
            case_id=case.id,
            move=step.value,
            from_stage=case.stage,
            to_stage=to_stage.value,
            why=why,
            by=work.principal.name,
            at=now,
        )
    )
    case.stage, case.close_code = to_stage.value, close_code
    case.stage_since = now
    work.flush()


def put_in_queue(
    work: Work, case: Case, *, reason: str, priority: int = 0, at: datetime | None = None, **details: object
) -> None:
    """Make a case wait for a collector from an instant on. `reason` is a `msg()` sentence: why now."""
    case.queue_at = at or work.now()
    case.queue_priority = priority
    case.queue_reason = reason
    case.queue_details = details
    case.claimed_by = None
    case.claimed_until = None
    work.flush()


def leave_queue(work: Work, case: Case) -> None:
    """The case no longer waits for anybody."""
    case.queue_at = None
    case.queue_reason = ""
    case.queue_details = {}
    case.queue_priority = 0
    case.claimed_by = None
    case.claimed_until = None
    work.flush()


def claim_next(work: Work, *, after_case: UUID | None = None) -> Case | None:
    """The most urgent case nobody else holds, now held for this person for 20 minutes; None when the queue is done.

    Two collectors never get the same case: the row is taken with SKIP LOCKED and carries who holds it until when.
    """
    now = work.now()
    me = work.principal.person_id
    query = (
        select(Case)
        .where(
            Case.agency_id == work.agency_id,
            Case.queue_at.is_not(None),
            Case.queue_at <= now,
            or_(Case.claimed_by.is_(None), Case.claimed_until < now, Case.claimed_by == me),
            or_(Case.assigned_to.is_(None), Case.assigned_to == me),
        )
        .order_by(Case.queue_priority.desc(), Case.queue_at, Case.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if after_case is not None:
        query = query.where(Case.id != after_case)
    case = work.session.scalar(query)
    if case is not None:
        _hold(work, case)
    return case


def claim(work: Work, case: Case) -> bool:
    """Hold this very case for this person; False when somebody else holds it. The row must be locked by the caller."""
    free = not _held_by_other(work, case)
    if free:
        _hold(work, case)
    return free


@dataclass(frozen=True)
class Holder:
    """Somebody else who works a case now, and since when (UTC)."""

    name: str
    since: datetime


def holder_of(work: Work, case: Case) -> Holder | None:
    """Who else holds the case now; None when nobody does, or oneself."""
    if not _held_by_other(work, case):
        return None
    assert case.claimed_until is not None
    name = work.session.scalar(
        select(Membership.name)
        .where(Membership.agency_id == work.agency_id, Membership.person_id == case.claimed_by)
        .limit(1)
    )
    return Holder(name or "", case.claimed_until - timedelta(minutes=CLAIM_MINUTES))


def _held_by_other(work: Work, case: Case) -> bool:
    return (
        case.claimed_by is not None
        and case.claimed_by != work.principal.person_id
        and case.claimed_until is not None
        and case.claimed_until >= work.now()
    )


def _hold(work: Work, case: Case) -> None:
    now = work.now()
    session = work.session
    # A person holds one case at a time: opening the next lets go of the last.
    session.execute(
        update(Case)
        .where(Case.agency_id == work.agency_id, Case.claimed_by == work.principal.person_id, Case.id != case.id)
        .values(claimed_by=None, claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    case.claimed_by = work.principal.person_id
    case.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    work.flush()


def refresh_balances(work: Work, case_ids: Sequence[UUID]) -> None:
    """Recompute what these cases owe from their debts, in one statement per table: after any change of money."""
    if not case_ids:
        return
    work.flush()
    parameters = {"agency": work.agency_id, "cases": list(case_ids)}
    for statement in (_BALANCES, _GONE, _MAIN):
        work.session.execute(text(statement), parameters)
    for case in work.session.identity_map.values():
        if isinstance(case, Case | CaseBalance):
            work.session.expire(case)


_BALANCES = """
INSERT INTO case_balances (agency_id, case_id, currency, client_id, placed, balance, debt_count, oldest_due_on)
SELECT d.agency_id, d.case_id, d.currency, d.client_id,
       coalesce(sum(d.original) FILTER (WHERE d.state <> 'recalled'), 0),
       coalesce(sum(d.balance) FILTER (WHERE d.state = 'open'), 0),
       count(*) FILTER (WHERE d.state = 'open'),
       min(d.due_on) FILTER (WHERE d.state = 'open')
FROM debts d
WHERE d.agency_id = :agency AND d.case_id = ANY(CAST(:cases AS uuid[]))
GROUP BY d.agency_id, d.case_id, d.currency, d.client_id
ON CONFLICT (agency_id, case_id, currency) DO UPDATE
SET placed = excluded.placed, balance = excluded.balance,
    debt_count = excluded.debt_count, oldest_due_on = excluded.oldest_due_on
"""

# A currency of which no debt is left: what brought it was undone.
_GONE = """
UPDATE case_balances b SET placed = 0, balance = 0, debt_count = 0, oldest_due_on = NULL
WHERE b.agency_id = :agency AND b.case_id = ANY(CAST(:cases AS uuid[])) AND b.placed + b.balance + b.debt_count > 0
  AND NOT EXISTS (SELECT FROM debts d WHERE d.agency_id = b.agency_id AND d.case_id = b.case_id
                  AND d.currency = b.currency)
"""
# The main currency stays while it owes anything; else the first that does.
_MAIN = """
UPDATE cases c
SET currency = m.currency, balance = m.balance, debt_count = t.debt_count, oldest_due_on = t.oldest_due_on
FROM (
  SELECT DISTINCT ON (b.case_id) b.case_id, b.currency, b.balance
  FROM case_balances b JOIN cases k ON k.agency_id = b.agency_id AND k.id = b.case_id
  WHERE b.agency_id = :agency AND b.case_id = ANY(CAST(:cases AS uuid[])) AND k.id = ANY(CAST(:cases AS uuid[]))
  ORDER BY b.case_id, (b.balance > 0) DESC, (b.currency = k.currency) DESC, b.currency
) m
JOIN (
  SELECT b.case_id, sum(b.debt_count) AS debt_count, min(b.oldest_due_on) AS oldest_due_on
  FROM case_balances b WHERE b.agency_id = :agency AND b.case_id = ANY(CAST(:cases AS uuid[])) GROUP BY b.case_id
) t ON t.case_id = m.case_id
WHERE c.agency_id = :agency AND c.id = m.case_id AND c.id = ANY(CAST(:cases AS uuid[]))
"""


def settle_for(work: Work, case: Case, total: Money | None, *, since: datetime | None) -> None:
    """All that payments from an instant on may take from a case: what a running plan with a discount asks for. None
    lifts it."""
    case.settlement_total = total.minor if total else None
    case.settlement_currency = total.currency if total else None
    case.settlement_from = since if total else None
    work.flush()


def forgive(work: Work, case: Case, *, currency: str, why: str) -> None:
    """Let go of what a case still owes in a currency: its open debts are settled, and history says by what."""
    work.flush()
    parameters = {"agency": work.agency_id, "case": case.id, "currency": currency}
    forgiven = work.session.scalar(
        text("SELECT coalesce(sum(balance), 0) FROM debts WHERE agency_id = :agency AND case_id = :case"
             " AND currency = :currency AND state = 'open'"),
        parameters,
    )  # fmt: skip
    work.session.execute(
        text("UPDATE debt_components c SET forgiven = c.owed, owed = 0 FROM debts d"
             " WHERE d.agency_id = :agency AND d.case_id = :case"
             " AND d.currency = :currency AND d.state = 'open' AND c.agency_id = d.agency_id AND c.debt_id = d.id"),
        parameters,
    )  # fmt: skip
    work.session.execute(
        text("UPDATE debts SET balance = 0, state = 'settled' WHERE agency_id = :agency AND case_id = :case"
             " AND currency = :currency AND state = 'open'"),
        parameters,
    )  # fmt: skip
    refresh_balances(work, [case.id])
    note_event(
        work, case, kind="agreement", title=msg("Quita aplicada: {amount}"), tone="ok", visibility="debtor",
        amount={"minor": int(forgiven or 0), "currency": currency}, why=why,
    )  # fmt: skip


def owe_again(work: Work, case: Case, *, currency: str) -> None:
    """Take a forgiveness back: what was let go of is owed again."""
    work.flush()
    parameters = {"agency": work.agency_id, "case": case.id, "currency": currency}
    work.session.execute(
        text(
            "WITH back AS (SELECT c.debt_id, sum(c.forgiven) AS amount FROM debt_components c"
            " JOIN debts d ON d.agency_id = c.agency_id AND d.id = c.debt_id"
            " WHERE d.agency_id = :agency AND d.case_id = :case AND d.currency = :currency AND c.forgiven > 0"
            " GROUP BY c.debt_id)"
            " UPDATE debts d SET balance = d.balance + back.amount, state = 'open' FROM back"
            " WHERE d.agency_id = :agency AND d.id = back.debt_id"
        ),
        parameters,
    )
    work.session.execute(
        text(
            "UPDATE debt_components c SET owed = c.owed + c.forgiven, forgiven = 0 FROM debts d"
            " WHERE d.agency_id = :agency AND d.case_id = :case AND d.currency = :currency AND c.forgiven > 0"
            " AND c.agency_id = d.agency_id AND c.debt_id = d.id"
        ),
        parameters,
    )
    refresh_balances(work, [case.id])
