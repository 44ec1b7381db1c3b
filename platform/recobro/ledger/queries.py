"""What the ledger says: balances, the three-way proof, entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.ledger.rules import ACCOUNT_LABELS, ENTRY_LABELS, TRUST_BOOK, Account, EntryKind
from recobro.ledger.tables import BankCheck, LedgerAccount, LedgerBalance, LedgerEntry, LedgerPosting
from tenants.tables import Client
from tenants.work import Work


@dataclass(frozen=True)
class Proof:
    """The trust in one currency, seen from three sides (amounts as what is held or owed, all positive).

    `book` is the bank account in the ledger; `parts` what it is made of. `bank` is what the bank's statement said at
    the end of `bank_on`, and `book_then` what the ledger says of that day; both None while no statement was noted.
    """

    currency: str
    book: Money
    clients: Money
    unapplied: Money
    withheld: Money
    bank: Money | None = None
    bank_on: date | None = None
    book_then: Money | None = None

    @property
    def parts(self) -> Money:
        """Everybody's money in the trust account."""
        return self.clients + self.unapplied + self.withheld

    @property
    def difference(self) -> Money:
        """Book less parts: zero, or the ledger is broken."""
        return self.book - self.parts

    @property
    def bank_difference(self) -> Money | None:
        """The bank's statement less the book of that day: zero, or something was not noted."""
        return self.bank - self.book_then if self.bank is not None and self.book_then is not None else None

    @property
    def holds(self) -> bool:
        """All that is known agrees."""
        return not self.difference and not self.bank_difference


@dataclass(frozen=True)
class AccountRow:
    """One account and its balance, on its own side: what is held or owed is positive."""

    id: UUID
    account: Account
    label: str
    trust: bool
    client_id: UUID | None
    client_name: str
    balance: Money


@dataclass(frozen=True)
class LineRow:
    """One posting as shown: the account, and the amount, debit positive."""

    account: Account
    label: str
    client_name: str
    amount: Money


@dataclass(frozen=True)
class EntryRow:
    """One entry with its lines. `title` is a `msg` sentence for `details`."""

    id: UUID
    kind: str
    title: str
    details: Mapping[str, Any]
    on: date
    posted_at: datetime
    by: str
    client_name: str
    reverses: UUID | None
    ref_table: str
    ref_id: UUID | None
    lines: Sequence[LineRow]


@dataclass(frozen=True)
class EntryFilter:
    """Which entries: of an account, a client, a kind, a currency, between days (both included), of one thing."""

    account: str = ""
    client_id: UUID | None = None
    kind: str = ""
    currency: str = ""
    start: date | None = None
    end: date | None = None
    ref_id: UUID | None = None


# The accounts that grow on the credit side are shown the other way round.
_CREDIT_SIDE = frozenset(
    {Account.CLIENT_PAYABLE, Account.UNAPPLIED, Account.WITHHELD, Account.COMMISSION_EARNED, Account.TAX_PAYABLE}
)

_BALANCE_OF = (LedgerBalance.agency_id == LedgerAccount.agency_id) & (LedgerBalance.account_id == LedgerAccount.id)
_ACCOUNT_OF = (LedgerAccount.agency_id == LedgerPosting.agency_id) & (LedgerAccount.id == LedgerPosting.account_id)
_ENTRY_OF = (LedgerEntry.agency_id == LedgerPosting.agency_id) & (LedgerEntry.id == LedgerPosting.entry_id)


def accounts(work: Work) -> list[AccountRow]:
    """Every account and its balance, the trust book first."""
    rows = work.session.execute(
        select(LedgerAccount, LedgerBalance.amount, Client.name)
        .join(LedgerBalance, _BALANCE_OF)
        .outerjoin(Client, (Client.agency_id == LedgerAccount.agency_id) & (Client.id == LedgerAccount.client_id))
        .where(LedgerAccount.agency_id == work.agency_id)
    ).all()
    found = []
    for row, amount, client in rows:
        account = Account(row.kind)
        shown = Money(-amount if account in _CREDIT_SIDE else amount, row.currency)
        label = ACCOUNT_LABELS[account]
        found.append(AccountRow(row.id, account, label, row.book == "trust", row.client_id, client or "", shown))
    order = list(Account)
    return sorted(found, key=lambda row: (row.balance.currency, order.index(row.account), row.client_name))


def position(work: Work, client_id: UUID, currency: str) -> tuple[Money, Money]:
    """What the trust holds for a client, and what the client owes the agency (negative: the agency owes it)."""
    rows = work.session.execute(
        select(LedgerAccount.kind, LedgerBalance.amount)
        .join(LedgerBalance, _BALANCE_OF)
        .where(
            LedgerAccount.agency_id == work.agency_id,
            LedgerAccount.client_id == client_id,
            LedgerAccount.currency == currency,
        )
    )
    amounts = {kind: int(amount) for kind, amount in rows}
    payable, receivable = amounts.get(Account.CLIENT_PAYABLE, 0), amounts.get(Account.CLIENT_RECEIVABLE, 0)
    return Money(-payable, currency), Money(receivable, currency)


def proofs(work: Work) -> list[Proof]:
    """The three-way proof of each currency."""
    sums: dict[str, dict[str, int]] = {}
    for currency, kind, amount in work.session.execute(
        select(LedgerBalance.currency, LedgerBalance.kind, func.sum(LedgerBalance.amount))
        .where(LedgerBalance.agency_id == work.agency_id, LedgerBalance.kind.in_([a.value for a in TRUST_BOOK]))
        .group_by(LedgerBalance.currency, LedgerBalance.kind)
    ):
        sums.setdefault(currency, {})[kind] = int(amount)
    return [_proof(work, currency, amounts) for currency, amounts in sorted(sums.items())]


def _proof(work: Work, currency: str, amounts: Mapping[str, int]) -> Proof:
    check = work.session.scalar(
        select(BankCheck)
        .where(BankCheck.agency_id == work.agency_id, BankCheck.currency == currency)
        .order_by(BankCheck.on.desc(), BankCheck.at.desc(), BankCheck.id.desc())
        .limit(1)
    )
    return Proof(
        currency,
        book=Money(amounts.get(Account.BANK_TRUST, 0), currency),
        clients=Money(-amounts.get(Account.CLIENT_PAYABLE, 0), currency),
        unapplied=Money(-amounts.get(Account.UNAPPLIED, 0), currency),
        withheld=Money(-amounts.get(Account.WITHHELD, 0), currency),
        bank=Money(check.amount, currency) if check else None,
        bank_on=check.on if check else None,
        book_then=book_at(work, currency, check.on) if check else None,
    )


def book_at(work: Work, currency: str, day: date) -> Money:
    """What the ledger says the trust bank account held at the end of a day."""
    amount = work.session.scalar(
        select(func.coalesce(func.sum(LedgerPosting.amount), 0))
        .join(LedgerAccount, _ACCOUNT_OF)
        .join(LedgerEntry, _ENTRY_OF)
        .where(
            LedgerPosting.agency_id == work.agency_id,
            LedgerAccount.kind == Account.BANK_TRUST.value,
            LedgerAccount.currency == currency,
            LedgerEntry.on <= day,
        )
    )
    return Money(int(amount or 0), currency)


def entries(work: Work, wanted: EntryFilter, *, limit: int | None = 50, after: str = "") -> Page[EntryRow]:
    """Entries with their lines, the newest day first. `limit` None gives all of them, for a file."""
    query = _matching(work, wanted)
    total = work.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    first = 1
    if after:
        day, entry_id, number = Cursor.decode(after).values
        first = int(number or 1)
        query = query.where(
            text('(ledger_entries."on", ledger_entries.id) < (CAST(:day AS date), CAST(:entry AS uuid))').bindparams(
                day=day, entry=entry_id
            )
        )
    query = query.order_by(LedgerEntry.on.desc(), LedgerEntry.id.desc())
    found = list(work.session.execute(query.limit(limit + 1) if limit else query).all())
    more = limit is not None and len(found) > limit
    shown = found[:limit] if limit else found
    lines = _lines(work, [entry.id for entry, _ in shown])
    rows = [_entry_row(entry, client or "", lines.get(entry.id, [])) for entry, client in shown]
    cursor = Cursor((rows[-1].on.isoformat(), str(rows[-1].id), first + len(rows))).encode() if more else None
    return Page(rows, total, cursor, first)


def entry(work: Work, entry_id: UUID) -> EntryRow | None:
    """One entry with its lines."""
    found = work.session.execute(
        select(LedgerEntry, Client.name)
        .outerjoin(Client, (Client.agency_id == LedgerEntry.agency_id) & (Client.id == LedgerEntry.client_id))
        .where(LedgerEntry.agency_id == work.agency_id, LedgerEntry.id == entry_id)
    ).one_or_none()
    return _entry_row(found[0], found[1] or "", _lines(work, [entry_id]).get(entry_id, [])) if found else None


def _entry_row(found: LedgerEntry, client: str, lines: Sequence[LineRow]) -> EntryRow:
    return EntryRow(
        id=found.id,
        kind=found.kind,
        title=ENTRY_LABELS[EntryKind(found.kind)],
        details=found.details,
        on=found.on,
        posted_at=found.posted_at,
        by=found.by,
        client_name=client,
        reverses=found.reverses,
        ref_table=found.ref_table,
        ref_id=found.ref_id,
        lines=lines,
    )


def _matching(work: Work, wanted: EntryFilter) -> Select[LedgerEntry, str]:
    query = (
        select(LedgerEntry, Client.name)
        .outerjoin(Client, (Client.agency_id == LedgerEntry.agency_id) & (Client.id == LedgerEntry.client_id))
        .where(LedgerEntry.agency_id == work.agency_id)
    )
    if wanted.kind:
        query = query.where(LedgerEntry.kind == wanted.kind)
    if wanted.client_id:
        query = query.where(LedgerEntry.client_id == wanted.client_id)
    if wanted.ref_id:
        query = query.where(LedgerEntry.ref_id == wanted.ref_id)
    if wanted.start:
        query = query.where(LedgerEntry.on >= wanted.start)
    if wanted.end:
        query = query.where(LedgerEntry.on <= wanted.end)
    if wanted.account or wanted.currency:
        inside = (
            select(LedgerPosting.entry_id)
            .join(LedgerAccount, _ACCOUNT_OF)
            .where(LedgerPosting.agency_id == work.agency_id)
        )
        if wanted.account:
            inside = inside.where(LedgerAccount.kind == wanted.account)
        if wanted.currency:
            inside = inside.where(LedgerAccount.currency == wanted.currency)
        query = query.where(LedgerEntry.id.in_(inside))
    return query


def _lines(work: Work, entry_ids: Sequence[UUID]) -> dict[UUID, list[LineRow]]:
    rows = work.session.execute(
        select(LedgerPosting.entry_id, LedgerAccount.kind, Client.name, LedgerPosting.amount, LedgerPosting.currency)
        .join(LedgerAccount, _ACCOUNT_OF)
        .outerjoin(Client, (Client.agency_id == LedgerAccount.agency_id) & (Client.id == LedgerAccount.client_id))
        .where(LedgerPosting.agency_id == work.agency_id, LedgerPosting.entry_id.in_(entry_ids))
        .order_by(LedgerPosting.entry_id, LedgerPosting.line)
    )
    found: dict[UUID, list[LineRow]] = {}
    for entry_id, kind, client, amount, currency in rows:
        account = Account(kind)
        found.setdefault(entry_id, []).append(
            LineRow(account, ACCOUNT_LABELS[account], client or "", Money(amount, currency))
        )
    return found
