"""The trust ledger: accounts, entries, postings, balances. `tables.sql` holds what the database itself enforces."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from tenants.columns import AgencyOwned, Base, Walls, agency_table, index, unique

_KINDS = (
    "kind IN ('bank_trust', 'client_payable', 'unapplied', 'withheld', 'bank_operating', 'client_receivable',"
    " 'costs_advanced', 'counsel_clearing', 'commission_earned', 'tax_payable', 'due_from_trust')"
)
_OWN_ACCOUNTS = "account_id IN (SELECT a.id FROM ledger_accounts a)"


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: by it the database knows that an entry is still being written."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:
        """The type's name in SQL."""
        return "xid8"


class LedgerAccount(AgencyOwned, Base):
    """One account of an agency's chart in one currency; payable and receivable belong to a client each. Insert only."""

    __tablename__ = "ledger_accounts"
    __walls__ = Walls(staff="ri", client="r", owner=True)
    __table_args__ = agency_table(
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        UniqueConstraint("agency_id", "id", "currency"),
        UniqueConstraint("agency_id", "kind", "currency", "client_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint("(kind IN ('client_payable', 'client_receivable')) = (client_id IS NOT NULL)", name="client"),
        CheckConstraint(
            "book = CASE WHEN kind IN ('bank_trust', 'client_payable', 'unapplied', 'withheld')"
            " THEN 'trust' ELSE 'own' END",
            name="book",
        ),
    )

    kind: Mapped[str]
    book: Mapped[str]
    currency: Mapped[str]
    client_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class LedgerEntry(AgencyOwned, Base):
    """One balanced set of postings. `on` is the day it counts for, `posted_at` when it was written. Insert only.

    `client_id` is the one client it concerns, if any; `digest` is the SHA-256 of what was posted.
    """

    __tablename__ = "ledger_entries"
    __walls__ = Walls(staff="ri", client="r", owner=True)
    __table_args__ = agency_table(
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"]),
        ForeignKeyConstraint(["agency_id", "reverses"], ["ledger_entries.agency_id", "ledger_entries.id"]),
        UniqueConstraint("agency_id", "client_id", "id"),
        unique("key"),
        unique("reverses"),
        index("ix_ledger_entries__day", text('"on" DESC'), text("id DESC")),
        index("ix_ledger_entries__client", "client_id", "on"),
    )

    key: Mapped[str]
    kind: Mapped[str]
    client_id: Mapped[UUID | None]
    on: Mapped[date]
    reverses: Mapped[UUID | None]
    ref_table: Mapped[str] = mapped_column(default="")
    ref_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str]
    by: Mapped[str]
    posted_at: Mapped[datetime]
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class LedgerPosting(Base):
    """One line of an entry: debit positive, credit negative, minor units. Insert only."""

    __tablename__ = "ledger_postings"
    __walls__ = Walls(staff="ri", client="r", client_by=_OWN_ACCOUNTS, owner=True)
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "entry_id"], ["ledger_entries.agency_id", "ledger_entries.id"]),
        ForeignKeyConstraint(
            ["agency_id", "account_id", "currency"],
            ["ledger_accounts.agency_id", "ledger_accounts.id", "ledger_accounts.currency"],
        ),
        CheckConstraint("amount <> 0", name="amount"),
        index("ix_ledger_postings__account", "account_id", "entry_id"),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[int]


class LedgerBalance(Base):
    """The sum of an account's postings, kept by the database alone; the limits hold whatever a program does."""

    __tablename__ = "ledger_balances"
    __walls__ = Walls(staff="r", client="r", client_by=_OWN_ACCOUNTS, owner=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["agency_id", "account_id", "currency"],
            ["ledger_accounts.agency_id", "ledger_accounts.id", "ledger_accounts.currency"],
        ),
        CheckConstraint(
            "(kind NOT IN ('bank_trust', 'due_from_trust') OR amount >= 0)"
            " AND (kind NOT IN ('client_payable', 'unapplied', 'withheld') OR amount <= 0)",
            name="trust_never_negative",
        ),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)


class BankCheck(AgencyOwned, Base):
    """What the bank's statement says the trust account held at the end of a day. Insert only."""

    __tablename__ = "ledger_bank_checks"
    __walls__ = Walls(staff="ri")
    __table_args__ = agency_table(index("ix_ledger_bank_checks__day", "currency", "on"))

    currency: Mapped[str]
    on: Mapped[date]
    amount: Mapped[int]
    by: Mapped[str]
    at: Mapped[datetime]
