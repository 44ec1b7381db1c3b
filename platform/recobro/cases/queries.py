"""Lists of cases, one case's head, debts and history; search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Uuid, and_, any_, cast, exists, func, or_, select

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.cases.lifecycle import Stage
from recobro.cases.search import matching
from recobro.cases.tables import Case, CaseBalance, CaseEvent, CaseFlag, Debt, DebtComponent
from recobro.debtors.tables import USELESS, ContactPoint, Debtor
from tenants.tables import Client, File, Membership
from tenants.work import Work

PAGE = 50
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases shows. Empty fields do not filter. `text` is what `search.matching` reads.

    `ids` names the cases themselves, closed ones too.
    """

    text: str = ""
    client: UUID | None = None
    stage: str = ""
    late_from: int | None = None
    assigned: str = ""
    waiting: bool = False
    broken: bool = False
    unreachable: bool = False
    flag: str = ""
    close_code: str = ""
    ids: Sequence[UUID] | None = None
    sort: str = "-balance"
    after: str = ""


@dataclass(frozen=True)
class CaseRow:
    """One case as a list shows it. `days_late` counts from its oldest open debt, by the agency's day."""

    id: UUID
    number: str
    debtor: str
    tax_id: str
    client: str
    stage: str
    close_code: str
    balance: Money
    days_late: int | None
    queue_reason: str
    queue_details: Mapping[str, Any]
    next_step_at: datetime | None
    assigned: str
    last_contact_at: datetime | None
    flags: Sequence[str] = ()


@dataclass(frozen=True)
class CaseHead:
    """One case's head: who owes whom what, since when, where they are."""

    id: UUID
    number: str
    client_id: UUID
    client: str
    debtor_id: UUID
    debtor: str
    debtor_kind: str
    tax_id: str
    country: str
    city: str
    zone: ZoneInfo
    locale: str
    stage: str
    close_code: str
    balance: Money
    others: Sequence[Money]
    debt_count: int
    days_late: int | None
    oldest_due_on: date | None
    queue_reason: str
    queue_details: Mapping[str, Any]
    next_step_at: datetime | None
    next_step_why: str
    claimed_by: UUID | None
    claimed_until: datetime | None
    assigned_to: UUID | None
    flags: Sequence[CaseFlag] = ()


@dataclass(frozen=True)
class DebtRow:
    """One debt of a case with what its components still owe (component kind to Money)."""

    id: UUID
    reference: str
    concept: str
    issued_on: date | None
    due_on: date
    original: Money
    balance: Money
    state: str
    disputed: bool
    days_late: int
    components: Mapping[str, Money] = field(default_factory=dict)


def _today(work: Work) -> date:
    return work.now().date()


def _rows(work: Work) -> Any:
    assigned = (
        select(Membership.name)
        .where(Membership.agency_id == Case.agency_id, Membership.person_id == Case.assigned_to)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Case, Debtor.name, Debtor.tax_id, Client.name, assigned)
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .join(Client, and_(Client.agency_id == Case.agency_id, Client.id == Case.client_id))
        .where(Case.agency_id == work.agency_id)
    )


def _flagged(work: Work, kind: str = "") -> Any:
    conditions = [
        CaseFlag.agency_id == work.agency_id,
        CaseFlag.case_id == Case.id,
        CaseFlag.closed_at.is_(None),
        *([CaseFlag.kind == kind] if kind else []),
    ]
    return exists().where(*conditions)


def _conditions(work: Work, wanted: CaseFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.client:
        found.append(Case.client_id == wanted.client)
    if wanted.stage:
        found.append(Case.stage == wanted.stage)
    elif not wanted.close_code and wanted.ids is None:
        found.append(Case.stage != Stage.CLOSED.value)
    if wanted.close_code:
        found.append(Case.close_code == wanted.close_code)
    if wanted.late_from is not None:
        latest = date.fromordinal(_today(work).toordinal() - wanted.late_from)
        found.append(Case.oldest_due_on <= latest)
    if wanted.assigned == "none":
        found.append(Case.assigned_to.is_(None))
    elif wanted.assigned:
        found.append(Case.assigned_to == UUID(wanted.assigned))
    if wanted.waiting:
        found.append(and_(Case.queue_at.is_not(None), Case.queue_at <= work.now()))
    if wanted.broken:
        found.append(and_(Case.queue_at.is_not(None), Case.queue_priority >= 800))
    if wanted.unreachable:
        found.append(~_reachable(work))
    if wanted.flag:
        found.append(_flagged(work, wanted.flag))
    if wanted.ids is not None:
        found.append(Case.id == any_(cast(list(wanted.ids), ARRAY(Uuid))))
    if wanted.text.strip():
        found.append(matching(work, wanted.text))
    return found


def _reachable(work: Work) -> Any:
    """The condition that there is an address or a number of its debtor to try."""
    return exists().where(
        ContactPoint.agency_id == work.agency_id,
        ContactPoint.debtor_id == Case.debtor_id,
        ContactPoint.quality.not_in(USELESS),
    )


_SORTS: Mapping[str, Any] = {
    "balance": Case.balance,
    "late": Case.oldest_due_on,
    "debtor": Debtor.name_norm,
    "number": Case.number,
}


def list_cases(work: Work, wanted: CaseFilter, *, size: int = PAGE) -> Page[CaseRow]:
    """A page of the principal's cases, sorted by the server, continued by keyset; open ones unless a stage is asked."""
    conditions = _conditions(work, wanted)
    descending = wanted.sort.startswith("-")
    column = _SORTS.get(wanted.sort.lstrip("-"), Case.balance)
    if wanted.sort.lstrip("-") == "late":
        # The oldest due day is the longest delay.
        column, descending = func.coalesce(column, date(9999, 1, 1)), not descending
    query = _rows(work).where(*conditions)
    if wanted.after:
        value, last_id, *_ = Cursor.decode(wanted.after).values
        if wanted.sort.lstrip("-") == "late":
            value = date.fromisoformat(str(value))  # type: ignore[assignment]
        key = UUID(str(last_id))
        beyond = column < value if descending else column > value
        query = query.where(or_(beyond, and_(column == value, Case.id > key)))
    order = column.desc() if descending else column.asc()
    found = work.session.execute(query.add_columns(column).order_by(order, Case.id).limit(size + 1)).all()
    rows, more = found[:size], len(found) > size
    next_cursor = None
    if more:
        last = rows[-1]
        value = last[-1].isoformat() if isinstance(last[-1], date) else last[-1]
        next_cursor = Cursor((value, str(last[0].id))).encode()
    return Page(_as_rows(work, rows), _count(work, conditions), next_cursor)


def _count(work: Work, conditions: Sequence[Any]) -> int | None:
    inner = (
        select(Case.id)
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(Case.agency_id == work.agency_id, *conditions)
        .limit(COUNT_LIMIT + 1)
    )
    counted = work.session.scalar(select(func.count()).select_from(inner.subquery())) or 0
    return counted if counted <= COUNT_LIMIT else None


def count_cases(work: Work, wanted: CaseFilter) -> int | None:
    """How many cases a filter finds; None above ten thousand."""
    return _count(work, _conditions(work, wanted))


def ids_of(work: Work, wanted: CaseFilter, *, limit: int) -> list[UUID]:
    """The cases a filter finds, `limit` at most, in no order."""
    return list(
        work.session.scalars(
            select(Case.id)
            .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
            .where(Case.agency_id == work.agency_id, *_conditions(work, wanted))
            .limit(limit)
        )
    )


def sums(work: Work, wanted: CaseFilter) -> list[Money]:
    """What the filtered cases owe, per currency; currencies never add."""
    rows = work.session.execute(
        select(CaseBalance.currency, func.sum(CaseBalance.balance))
        .join(Case, and_(Case.agency_id == CaseBalance.agency_id, Case.id == CaseBalance.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(CaseBalance.agency_id == work.agency_id, CaseBalance.balance > 0, *_conditions(work, wanted))
        .group_by(CaseBalance.currency)
        .order_by(func.sum(CaseBalance.balance).desc())
    )
    return [Money(int(total), currency) for currency, total in rows]


def _as_rows(work: Work, found: Sequence[Any]) -> list[CaseRow]:
    today = _today(work)
    flags: dict[UUID, list[str]] = {}
    ids = [row[0].id for row in found]
    if ids:
        for case_id, kind in work.session.execute(
            select(CaseFlag.case_id, CaseFlag.kind).where(
                CaseFlag.agency_id == work.agency_id, CaseFlag.case_id.in_(ids), CaseFlag.closed_at.is_(None)
            )
        ):
            flags.setdefault(case_id, []).append(kind)
    return [
        CaseRow(
            id=case.id,
            number=case.number,
            debtor=debtor,
            tax_id=tax_id,
            client=client,
            stage=case.stage,
            close_code=case.close_code,
            balance=Money(case.balance, case.currency),
            days_late=(today - case.oldest_due_on).days if case.oldest_due_on else None,
            queue_reason=case.queue_reason,
            queue_details=case.queue_details,
            next_step_at=case.next_step_at,
            assigned=assigned or "",
            last_contact_at=case.last_contact_at,
            flags=tuple(flags.get(case.id, ())),
        )
        for case, debtor, tax_id, client, assigned, *_ in found
    ]


def queue(work: Work, *, only_broken: bool = False, only_new: bool = False, size: int = 40) -> list[CaseRow]:
    """The cases that wait for this collector now, most urgent first; those held by others are not shown."""
    now, me = work.now(), work.principal.person_id
    query = _rows(work).where(
        Case.queue_at.is_not(None),
        Case.queue_at <= now,
        or_(Case.claimed_by.is_(None), Case.claimed_until < now, Case.claimed_by == me),
        or_(Case.assigned_to.is_(None), Case.assigned_to == me),
    )
    if only_broken:
        query = query.where(Case.queue_priority >= 800)
    if only_new:
        query = query.where(Case.last_contact_at.is_(None))
    found = work.session.execute(query.order_by(Case.queue_priority.desc(), Case.queue_at, Case.id).limit(size)).all()
    return _as_rows(work, found)


def head(work: Work, case: Case) -> CaseHead:
    """The head of one case."""
    debtor, client = work.session.execute(
        select(Debtor, Client)
        .join(Client, and_(Client.agency_id == Debtor.agency_id, Client.id == Debtor.client_id))
        .where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()
    balances = work.session.scalars(
        select(CaseBalance)
        .where(CaseBalance.agency_id == work.agency_id, CaseBalance.case_id == case.id)
        .order_by(CaseBalance.currency)
    ).all()
    zone = ZoneInfo(debtor.time_zone)
    flags = work.session.scalars(
        select(CaseFlag)
        .where(CaseFlag.agency_id == work.agency_id, CaseFlag.case_id == case.id, CaseFlag.closed_at.is_(None))
        .order_by(CaseFlag.opened_at)
    ).all()
    return CaseHead(
        id=case.id,
        number=case.number,
        client_id=client.id,
        client=client.name,
        debtor_id=debtor.id,
        debtor=debtor.name,
        debtor_kind=debtor.kind,
        tax_id=debtor.tax_id,
        country=debtor.country,
        city=debtor.city,
        zone=zone,
        locale=debtor.locale,
        stage=case.stage,
        close_code=case.close_code,
        balance=Money(case.balance, case.currency),
        others=[Money(b.balance, b.currency) for b in balances if b.currency != case.currency and b.balance],
        debt_count=case.debt_count,
        days_late=(work.today(zone) - case.oldest_due_on).days if case.oldest_due_on else None,
        oldest_due_on=case.oldest_due_on,
        queue_reason=case.queue_reason,
        queue_details=case.queue_details,
        next_step_at=case.next_step_at,
        next_step_why=case.next_step_why,
        claimed_by=case.claimed_by,
        claimed_until=case.claimed_until,
        assigned_to=case.assigned_to,
        flags=flags,
    )


def debts(work: Work, case_id: UUID, *, only_open: bool = False) -> list[DebtRow]:
    """The debts of a case, oldest due first, each with what its components still owe."""
    query = select(Debt).where(Debt.agency_id == work.agency_id, Debt.case_id == case_id)
    if only_open:
        query = query.where(Debt.state == "open")
    found = work.session.scalars(query.order_by(Debt.due_on, Debt.reference_norm)).all()
    parts: dict[UUID, dict[str, int]] = {}
    if found:
        rows = work.session.execute(
            select(DebtComponent.debt_id, DebtComponent.kind, DebtComponent.owed).where(
                DebtComponent.agency_id == work.agency_id, DebtComponent.debt_id.in_([debt.id for debt in found])
            )
        )
        for debt_id, kind, owed in rows:
            parts.setdefault(debt_id, {})[kind] = owed
    today = _today(work)
    return [
        DebtRow(
            id=debt.id,
            reference=debt.reference,
            concept=debt.concept,
            issued_on=debt.issued_on,
            due_on=debt.due_on,
            original=Money(debt.original, debt.currency),
            balance=Money(debt.balance, debt.currency),
            state=debt.state,
            disputed=debt.disputed,
            days_late=(today - debt.due_on).days,
            components={kind: Money(owed, debt.currency) for kind, owed in parts.get(debt.id, {}).items()},
        )
        for debt in found
    ]


def contact_points(work: Work, debtor_id: UUID) -> Sequence[ContactPoint]:
    """How a debtor can be reached, best first; staff only see them."""
    return work.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.agency_id == work.agency_id, ContactPoint.debtor_id == debtor_id)
        .order_by(ContactPoint.channel.desc(), ContactPoint.created_at, ContactPoint.id)
    ).all()


def history(work: Work, case_id: UUID, *, limit: int = 100) -> Sequence[CaseEvent]:
    """What happened on a case, newest first, as far as the principal may see it."""
    return work.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.agency_id == work.agency_id, CaseEvent.case_id == case_id)
        .order_by(CaseEvent.at.desc(), CaseEvent.id.desc())
        .limit(limit)
    ).all()


def document_kinds(work: Work, case_id: UUID) -> set[str]:
    """What documents the principal may see of a case, by what they are."""
    return set(
        work.session.scalars(
            select(File.kind)
            .distinct()
            .where(File.agency_id == work.agency_id, File.case_id == case_id, File.kind != "")
        )
    )
