"""The figures of a client's overview: sums over whole sets, a handful of queries whatever the portfolio's size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, cast, func, select

from kernel.money import Money
from recobro.agreements.lifecycle import AgreementState, PromiseState
from recobro.agreements.tables import Agreement, Instalment, Promise
from recobro.cases.tables import Case, CaseBalance, Debt
from recobro.ledger.queries import accounts
from recobro.ledger.rules import Account
from recobro.payments.lifecycle import PaymentState
from recobro.payments.tables import Payment, PaymentAllocation
from recobro.portal.places import Standing, Way, standing, way
from tenants.tables import Client
from tenants.work import Work

COMMITTED_DAYS = 30
MONTHS = 12
COHORTS = 8
COHORT_DAYS = (30, 60, 90, 120, 150)


@dataclass(frozen=True)
class Part:
    """A part of the portfolio: cases and what they owe (minor units)."""

    cases: int
    balance: int


@dataclass(frozen=True)
class Vintage:
    """What was handed over in one month and the share of it that came in by each of COHORT_DAYS; None: not over yet."""

    month: date
    placed: int
    shares: Sequence[Decimal | None]


@dataclass
class Figures:
    """The figures of one currency, in minor units. `months` begin with the oldest and have a sum for each way."""

    currency: str
    recovered: int = 0
    payments: int = 0
    before: int = 0
    recovered_ever: int = 0
    placed: int = 0
    parts: dict[Standing, Part] = field(default_factory=dict)
    months: dict[date, dict[Way, int]] = field(default_factory=dict)
    promised: Part = Part(0, 0)
    instalments: Part = Part(0, 0)
    next_remittance: int = 0
    vintages: list[Vintage] = field(default_factory=list)

    @property
    def outstanding(self) -> Part:
        """What open cases owe."""
        open_parts = [part for place, part in self.parts.items() if place is not Standing.CLOSED and part.balance]
        return Part(sum(p.cases for p in open_parts), sum(p.balance for p in open_parts))

    @property
    def rate(self) -> Decimal | None:
        """Recovered since the beginning, of all that was handed over; None before anything was."""
        return Decimal(self.recovered_ever) / self.placed if self.placed else None

    @property
    def change(self) -> Decimal | None:
        """How the period compares with the one before, as a share; None without one before."""
        return Decimal(self.recovered - self.before) / self.before if self.before else None

    def money(self, minor: int) -> Money:
        """An amount in this currency."""
        return Money(minor, self.currency)


@dataclass(frozen=True)
class Overview:
    """All currencies, the largest portfolio first, and since when the client's debts are here."""

    figures: Sequence[Figures]
    since: datetime | None
    disputes: int


def overview(work: Work, client: Client, *, days: int) -> Overview:
    """The figures of a client's portfolio; `days` is the period that is compared with the one before."""
    today = work.today(ZoneInfo(client.time_zone))
    found: dict[str, Figures] = {}
    since = _portfolio(work, client, found)
    _recovered(work, client, found, today, days)
    _committed(work, client, found, today)
    _next_remittance(work, found)
    _vintages(work, client, found, today)
    order = sorted(found.values(), key=lambda f: (-f.placed, f.currency))
    return Overview(order or [Figures(client.currency)], since, _disputes(work, client))


def _of(found: dict[str, Figures], currency: str) -> Figures:
    return found.setdefault(currency, Figures(currency))


def _portfolio(work: Work, client: Client, found: dict[str, Figures]) -> datetime | None:
    place = standing().label("place")
    rows = work.session.execute(
        select(
            CaseBalance.currency, place, func.count().filter(CaseBalance.balance > 0), func.sum(CaseBalance.balance),
            func.sum(CaseBalance.placed), func.min(Case.created_at),
        )
        .join(Case, and_(Case.agency_id == CaseBalance.agency_id, Case.id == CaseBalance.case_id))
        .where(CaseBalance.agency_id == work.agency_id, CaseBalance.client_id == client.id)
        .group_by(CaseBalance.currency, place)
    ).all()  # fmt: skip
    for currency, place_name, cases, balance, placed, _ in rows:
        figures = _of(found, currency)
        figures.parts[Standing(place_name)] = Part(cases, int(balance))
        figures.placed += int(placed)
    return min((row[-1] for row in rows), default=None)


def _disputes(work: Work, client: Client) -> int:
    """Cases in dispute, each once however many currencies it owes: as many as the list shows."""
    query = select(func.count()).where(
        Case.agency_id == work.agency_id, Case.client_id == client.id, standing() == Standing.DISPUTE.value
    )
    return work.session.scalar(query) or 0


def _recovered(work: Work, client: Client, found: dict[str, Figures], today: date, days: int) -> None:
    start = period_start(today, days)
    before = start - timedelta(days=days)
    month = cast(func.date_trunc("month", Payment.received_on), Date).label("month")
    how = way(client.time_zone).label("way")
    in_period = and_(Payment.received_on >= start, Payment.received_on <= today)
    rows = work.session.execute(
        select(
            Payment.currency, month, how, func.sum(Payment.applied),
            func.coalesce(func.sum(Payment.applied).filter(in_period), 0), func.count().filter(in_period),
            func.coalesce(
                func.sum(Payment.applied).filter(Payment.received_on >= before, Payment.received_on < start), 0
            ),
        )
        .where(
            Payment.agency_id == work.agency_id, Payment.client_id == client.id,
            Payment.state == PaymentState.POSTED.value,
        )
        .group_by(Payment.currency, month, how)
    )  # fmt: skip
    first = months_back(today, MONTHS)[0]
    for currency, when, way_name, ever, recent, count, earlier in rows:
        figures = _of(found, currency)
        figures.recovered_ever += int(ever)
        figures.recovered += int(recent)
        figures.payments += count
        figures.before += int(earlier)
        if when >= first:
            figures.months.setdefault(when, {})[Way(way_name)] = int(ever)


def period_start(today: date, days: int) -> date:
    """The first day of a period of so many days that ends today."""
    return today - timedelta(days=days - 1)


def months_back(today: date, count: int) -> list[date]:
    """The first days of the last months, this one included, the oldest first."""
    found = [today.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def _committed(work: Work, client: Client, found: dict[str, Figures], today: date) -> None:
    until = today + timedelta(days=COMMITTED_DAYS)
    promised = work.session.execute(
        select(Promise.currency, func.count(), func.sum(func.greatest(Promise.amount - Promise.paid, 0)))
        .where(
            Promise.agency_id == work.agency_id,
            Promise.client_id == client.id,
            Promise.state == PromiseState.PENDING.value,
            Promise.due_on <= until,
        )
        .group_by(Promise.currency)
    )
    for currency, count, amount in promised:
        _of(found, currency).promised = Part(count, int(amount))
    due = work.session.execute(
        select(Agreement.currency, func.count(), func.sum(Instalment.amount - Instalment.paid))
        .join(Agreement, and_(Agreement.agency_id == Instalment.agency_id, Agreement.id == Instalment.agreement_id))
        .where(
            Instalment.agency_id == work.agency_id,
            Instalment.client_id == client.id,
            Agreement.state == AgreementState.ACTIVE.value,
            Instalment.paid < Instalment.amount,
            Instalment.due_on <= until,
        )
        .group_by(Agreement.currency)
    )
    for currency, count, amount in due:
        _of(found, currency).instalments = Part(count, int(amount))


def _next_remittance(work: Work, found: dict[str, Figures]) -> None:
    for amount in next_remittances(work):
        _of(found, amount.currency).next_remittance = amount.minor


def next_remittances(work: Work) -> list[Money]:
    """What the trust holds for the principal's client less what the client owes the agency, per currency."""
    sums: dict[str, int] = {}
    for row in accounts(work):
        if row.account is Account.CLIENT_PAYABLE:
            sums[row.balance.currency] = sums.get(row.balance.currency, 0) + row.balance.minor
        elif row.account is Account.CLIENT_RECEIVABLE:
            sums[row.balance.currency] = sums.get(row.balance.currency, 0) - row.balance.minor
    return [Money(max(minor, 0), currency) for currency, minor in sorted(sums.items())]


def _vintages(work: Work, client: Client, found: dict[str, Figures], today: date) -> None:
    first = months_back(today, COHORTS)[0]
    placed_on = cast(func.timezone(client.time_zone, Debt.created_at), Date)
    month = cast(func.date_trunc("month", placed_on), Date).label("month")
    mine = (Debt.agency_id == work.agency_id, Debt.client_id == client.id, Debt.state != "recalled", placed_on >= first)
    placed = work.session.execute(
        select(Debt.currency, month, func.sum(Debt.original), func.max(placed_on))
        .where(*mine)
        .group_by(Debt.currency, month)
    ).all()
    age = Payment.received_on - placed_on
    came_in: Mapping[tuple[str, date], Sequence[int]] = {
        (currency, when): [int(amount or 0) for amount in amounts]
        for currency, when, *amounts in work.session.execute(
            select(
                Debt.currency,
                month,
                *[func.sum(PaymentAllocation.amount).filter(age <= limit) for limit in COHORT_DAYS],
            )
            .join(
                PaymentAllocation,
                and_(PaymentAllocation.agency_id == Debt.agency_id, PaymentAllocation.debt_id == Debt.id),
            )
            .join(Payment, and_(Payment.agency_id == Debt.agency_id, Payment.id == PaymentAllocation.payment_id))
            .where(*mine, Payment.state == PaymentState.POSTED.value)
            .group_by(Debt.currency, month)
        )
    }
    for currency, when, amount, last in sorted(placed, key=lambda row: row[1]):
        sums = came_in.get((currency, when), [0] * len(COHORT_DAYS))
        shares = [
            Decimal(part) / int(amount) if last + timedelta(days=limit) <= today else None
            for part, limit in zip(sums, COHORT_DAYS, strict=True)
        ]
        if any(share is not None for share in shares):
            _of(found, currency).vintages.append(Vintage(when, int(amount), shares))
