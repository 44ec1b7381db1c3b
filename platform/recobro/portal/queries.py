"""What a client's lists show: cases, payments, what is expected, what waits for an answer, what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, and_, cast, exists, func, select, tuple_

from kernel.money import Money
from kernel.pages import Cursor, Page
from legal.matters.tables import Matter
from recobro.agreements.lifecycle import AgreementState, PromiseState
from recobro.agreements.tables import Agreement, Instalment, Promise
from recobro.cases.search import matching
from recobro.cases.tables import Case, CaseBalance, CaseEvent, Debt
from recobro.debtors.tables import Debtor
from recobro.intake.tables import Placement
from recobro.payments.lifecycle import PaymentState
from recobro.payments.tables import Payment
from recobro.portal.figures import COMMITTED_DAYS
from recobro.portal.places import Standing, Way, standing, way
from tenants.tables import Client, File
from tenants.work import Work

PAGE = 50
RECENT = 6
ARRIVALS = 2


@dataclass(frozen=True)
class CaseFilter:
    """Which of the client's cases. Without a standing the open ones; `placed` is the first day of a month."""

    text: str = ""
    standing: str = ""
    currency: str = ""
    late_from: int | None = None
    placed: date | None = None
    placement: UUID | None = None
    sort: str = "-balance"
    after: str = ""


@dataclass(frozen=True)
class CaseRow:
    """One case as its client sees it; `days_late` from its oldest open debt, by the client's day."""

    id: UUID
    number: str
    debtor: str
    tax_id: str
    standing: Standing
    debts: int
    balance: Money
    days_late: int | None
    last_contact_at: datetime | None


def _cases(work: Work, client: Client, wanted: CaseFilter) -> tuple[Select[Any], Any]:
    """The filtered cases, and the column that holds their balance."""
    place = standing()
    balance: Any = CaseBalance.balance if wanted.currency else Case.balance
    currency: Any = CaseBalance.currency if wanted.currency else Case.currency
    query = (
        select(Case, Debtor.name, Debtor.tax_id, place.label("place"), balance.label("owed"), currency.label("unit"))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(Case.agency_id == work.agency_id, Case.client_id == client.id)
    )
    if wanted.currency:
        query = query.join(
            CaseBalance, and_(CaseBalance.agency_id == Case.agency_id, CaseBalance.case_id == Case.id)
        ).where(CaseBalance.currency == wanted.currency)
        if not wanted.placed:
            query = query.where(CaseBalance.balance > 0)
    if wanted.standing in set(Standing):
        query = query.where(place == wanted.standing)
    elif wanted.standing != "all":
        query = query.where(Case.stage != "closed")
    if wanted.late_from is not None:
        query = query.where(Case.oldest_due_on <= _today(work, client) - timedelta(days=wanted.late_from))
    if wanted.placed:
        placed_on = cast(func.timezone(client.time_zone, Debt.created_at), Date)
        query = query.where(
            exists().where(
                Debt.agency_id == Case.agency_id,
                Debt.case_id == Case.id,
                Debt.state != "recalled",
                cast(func.date_trunc("month", placed_on), Date) == wanted.placed,
                *([Debt.currency == wanted.currency] if wanted.currency else []),
            )
        )
    if wanted.placement:
        query = query.where(
            exists().where(
                Debt.agency_id == Case.agency_id, Debt.case_id == Case.id, Debt.placement_id == wanted.placement
            )
        )
    if wanted.text.strip():
        query = query.where(matching(work, wanted.text))
    return query, balance


def _today(work: Work, client: Client) -> date:
    return work.today(ZoneInfo(client.time_zone))


def list_cases(work: Work, client: Client, wanted: CaseFilter, *, size: int = PAGE) -> Page[CaseRow]:
    """A page of the client's cases, sorted by the server, continued by keyset."""
    query, balance = _cases(work, client, wanted)
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    name, falling = wanted.sort.lstrip("-"), wanted.sort.startswith("-")
    columns: Mapping[str, Any] = {
        "balance": balance,
        "debtor": Debtor.name_norm,
        "late": func.coalesce(Case.oldest_due_on, date(9999, 1, 1)),
    }
    column = columns.get(name, balance)
    if name == "late":
        falling = not falling
    first = 1
    if wanted.after:
        value, last_id, number = Cursor.decode(wanted.after).values
        typed: Any = date.fromisoformat(str(value)) if name == "late" else value
        first = int(number or 1)
        place = tuple_(typed, UUID(str(last_id)))
        key = tuple_(column, Case.id)
        query = query.where(key < place if falling else key > place)
    order = (column.desc(), Case.id.desc()) if falling else (column, Case.id)
    found = work.session.execute(query.add_columns(column).order_by(*order).limit(size + 1)).all()
    shown = found[:size]
    cursor = None
    if len(found) > size:
        last = shown[-1]
        value = last[-1].isoformat() if isinstance(last[-1], date) else last[-1]
        cursor = Cursor((value, str(last[0].id), first + size)).encode()
    today = _today(work, client)
    return Page([_case_row(row, today) for row in shown], total, cursor, first)


def _case_row(row: Any, today: date) -> CaseRow:
    case, debtor, tax_id, place, owed, unit = row[:6]
    return CaseRow(
        id=case.id,
        number=case.number,
        debtor=debtor,
        tax_id=tax_id,
        standing=Standing(place),
        debts=case.debt_count,
        balance=Money(owed, unit),
        days_late=(today - case.oldest_due_on).days if case.oldest_due_on else None,
        last_contact_at=case.last_contact_at,
    )


def placement_name(work: Work, placement_id: UUID | None) -> str:
    """The file of one of the principal's placements; empty when it is none of theirs."""
    if placement_id is None:
        return ""
    return str(
        work.session.scalar(
            select(Placement.file_name).where(Placement.agency_id == work.agency_id, Placement.id == placement_id)
        )
        or ""
    )


def case_sums(work: Work, client: Client, wanted: CaseFilter) -> list[Money]:
    """What the filtered cases owe, per currency."""
    ids = _cases(work, client, wanted)[0].with_only_columns(Case.id)
    query = (
        select(CaseBalance.currency, func.sum(CaseBalance.balance))
        .where(CaseBalance.agency_id == work.agency_id, CaseBalance.balance > 0, CaseBalance.case_id.in_(ids))
        .group_by(CaseBalance.currency)
        .order_by(CaseBalance.currency)
    )
    if wanted.currency:
        query = query.where(CaseBalance.currency == wanted.currency)
    return [Money(int(amount), currency) for currency, amount in work.session.execute(query)]


def standing_of(work: Work, case_id: UUID) -> Standing:
    """Where one case stands."""
    found = work.session.scalar(select(standing()).where(Case.agency_id == work.agency_id, Case.id == case_id))
    return Standing(str(found))


@dataclass(frozen=True)
class PaymentFilter:
    """Which of the client's payments, by the day they count for."""

    start: date | None = None
    end: date | None = None
    currency: str = ""
    way: str = ""
    case_id: UUID | None = None
    after: str = ""


@dataclass(frozen=True)
class PaymentRow:
    """One payment as the client sees it; `applied` is what paid debts."""

    id: UUID
    number: str
    received_on: date
    debtor: str
    case_id: UUID
    case_number: str
    way: Way
    direction: str
    method: str
    amount: Money
    applied: Money
    reversed: bool


def _payments(work: Work, client: Client, wanted: PaymentFilter) -> Select[Any]:
    how = way(client.time_zone)
    query = (
        select(Payment, Debtor.name, Case.number, how.label("way"))
        .join(Case, and_(Case.agency_id == Payment.agency_id, Case.id == Payment.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(Payment.agency_id == work.agency_id, Payment.client_id == client.id)
    )
    if wanted.start:
        query = query.where(Payment.received_on >= wanted.start)
    if wanted.end:
        query = query.where(Payment.received_on <= wanted.end)
    if wanted.currency:
        query = query.where(Payment.currency == wanted.currency)
    if wanted.way:
        query = query.where(how == wanted.way)
    if wanted.case_id:
        query = query.where(Payment.case_id == wanted.case_id)
    return query


def list_payments(work: Work, client: Client, wanted: PaymentFilter, *, size: int = PAGE) -> Page[PaymentRow]:
    """A page of the client's payments, the newest first."""
    query = _payments(work, client, wanted)
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    first = 1
    if wanted.after:
        value, last_id, number = Cursor.decode(wanted.after).values
        first = int(number or 1)
        query = query.where(
            tuple_(Payment.received_on, Payment.id) < tuple_(date.fromisoformat(str(value)), UUID(str(last_id)))
        )
    found = work.session.execute(query.order_by(Payment.received_on.desc(), Payment.id.desc()).limit(size + 1)).all()
    rows = [
        PaymentRow(
            p.id, p.number, p.received_on, debtor, p.case_id, number, Way(how), p.direction, p.method,
            Money(p.amount, p.currency), Money(p.applied, p.currency), p.state == PaymentState.REVERSED,
        )
        for p, debtor, number, how in found[:size]
    ]  # fmt: skip
    cursor = None
    if len(found) > size:
        last = found[size - 1][0]
        cursor = Cursor((last.received_on.isoformat(), str(last.id), first + size)).encode()
    return Page(rows, total, cursor, first)


def payment_sums(work: Work, client: Client, wanted: PaymentFilter) -> list[Money]:
    """What of the filtered payments stands and paid debts, per currency."""
    inner = (
        _payments(work, client, wanted)
        .where(Payment.state == PaymentState.POSTED.value)
        .with_only_columns(Payment.currency, Payment.applied)
        .subquery()
    )
    rows = work.session.execute(
        select(inner.c.currency, func.sum(inner.c.applied)).group_by(inner.c.currency).order_by(inner.c.currency)
    )
    return [Money(int(amount), currency) for currency, amount in rows]


@dataclass(frozen=True)
class Expected:
    """Money that should arrive: a promise or a payment of an agreement."""

    kind: str
    due_on: date
    debtor: str
    case_id: UUID
    case_number: str
    amount: Money
    late: bool


def expected(work: Work, client: Client) -> list[Expected]:
    """Promises and instalments due within the next 30 days, the nearest first; what is late comes first of all."""
    today = _today(work, client)
    until = today + timedelta(days=COMMITTED_DAYS)
    promises = work.session.execute(
        select(Promise, Debtor.name, Case.number)
        .join(Case, and_(Case.agency_id == Promise.agency_id, Case.id == Promise.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(
            Promise.agency_id == work.agency_id,
            Promise.client_id == client.id,
            Promise.state == PromiseState.PENDING.value,
            Promise.due_on <= until,
        )
    )
    found = [
        Expected("promise", p.due_on, debtor, p.case_id, number, Money(max(p.amount - p.paid, 0), p.currency),
                 p.due_on < today)
        for p, debtor, number in promises
    ]  # fmt: skip
    parts = work.session.execute(
        select(Instalment, Agreement, Debtor.name, Case.number)
        .join(Agreement, and_(Agreement.agency_id == Instalment.agency_id, Agreement.id == Instalment.agreement_id))
        .join(Case, and_(Case.agency_id == Agreement.agency_id, Case.id == Agreement.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(
            Instalment.agency_id == work.agency_id,
            Instalment.client_id == client.id,
            Agreement.state == AgreementState.ACTIVE.value,
            Instalment.paid < Instalment.amount,
            Instalment.due_on <= until,
        )
    )
    found += [
        Expected("instalment", part.due_on, debtor, agreement.case_id, number,
                 Money(part.amount - part.paid, agreement.currency), part.due_on < today)
        for part, agreement, debtor, number in parts
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.due_on, row.case_number))


@dataclass(frozen=True)
class Happening:
    """Something that happened on one of the client's cases."""

    event: CaseEvent
    debtor: str
    case_id: UUID


@dataclass(frozen=True)
class Arrival:
    """One placement that became debts: how many cases and debts, and what they came to, per currency."""

    placement_id: UUID
    at: datetime
    actor: str
    actor_kind: str
    cases: int
    debts: int
    sums: Sequence[Money]


def recent(work: Work, client: Client, *, size: int = RECENT) -> list[Happening]:
    """What happened lately on the client's cases, without arrivals and private notes, the newest first."""
    rows = work.session.execute(
        select(CaseEvent, Debtor.name)
        .join(Case, and_(Case.agency_id == CaseEvent.agency_id, Case.id == CaseEvent.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .where(
            CaseEvent.agency_id == work.agency_id,
            CaseEvent.client_id == client.id,
            CaseEvent.visibility != "staff",
            CaseEvent.kind.in_(["payment", "agreement", "promise", "flag", "handoff", "matter"]),
        )
        .order_by(CaseEvent.at.desc(), CaseEvent.id.desc())
        .limit(size)
    )
    return [Happening(event, debtor, event.case_id) for event, debtor in rows]


def arrivals(work: Work, client: Client, *, size: int = ARRIVALS) -> list[Arrival]:
    """The last placements that became debts, one line for each however many cases it made, the newest first."""
    placements = work.session.scalars(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.client_id == client.id,
            Placement.committed_at.is_not(None),
        )
        .order_by(Placement.committed_at.desc())
        .limit(size)
    ).all()
    debts = work.session.execute(
        select(
            Debt.placement_id, Debt.currency, func.count(), func.count(Debt.case_id.distinct()), func.sum(Debt.original)
        )
        .where(Debt.agency_id == work.agency_id, Debt.placement_id.in_([placement.id for placement in placements]))
        .group_by(Debt.placement_id, Debt.currency)
        .order_by(func.sum(Debt.original).desc())
    ).all()
    found = []
    for placement in placements:
        own = [row for row in debts if row[0] == placement.id]
        if own and placement.committed_at:
            found.append(
                Arrival(
                    placement.id, placement.committed_at, placement.committed_by, placement.committed_by_kind,
                    cases=sum(row[3] for row in own), debts=sum(row[2] for row in own),
                    sums=[Money(int(row[4]), row[1]) for row in own],
                )
            )  # fmt: skip
    return found


def waiting_approvals(work: Work, client: Client) -> tuple[int, datetime | None]:
    """How many agreements wait for the client's answer, and since when the oldest does."""
    count, oldest = work.session.execute(
        select(func.count(), func.min(Agreement.created_at)).where(
            Agreement.agency_id == work.agency_id,
            Agreement.client_id == client.id,
            Agreement.state == AgreementState.AWAITING_APPROVAL.value,
        )
    ).one()
    return count, oldest


def documents(work: Work, case_id: UUID) -> Sequence[File]:
    """The documents of a case that the principal may open, the newest first."""
    return work.session.scalars(
        select(File)
        .where(File.agency_id == work.agency_id, File.case_id == case_id, File.visibility != "staff")
        .order_by(File.created_at.desc(), File.id)
    ).all()


def matter_of(work: Work, case_id: UUID) -> Matter | None:
    """The lawyer's file of a case, if it is in one's hands."""
    return work.session.scalar(
        select(Matter)
        .where(Matter.agency_id == work.agency_id, Matter.case_id == case_id, Matter.state != "returned")
        .order_by(Matter.proposed_at.desc())
        .limit(1)
    )
