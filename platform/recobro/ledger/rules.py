"""The chart of accounts, and what a set of postings must be. Pure.

Sign: a debit is positive, a credit negative. There are two books, and each balances on its own, per currency: the trust
book holds other people's money (and ours until it is withdrawn), the own book holds the agency's claims and earnings.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from kernel.money import Money
from kernel.text import msg


class Account(StrEnum):
    """The accounts of an agency, each in every currency it uses."""

    BANK_TRUST = "bank_trust"
    CLIENT_PAYABLE = "client_payable"
    UNAPPLIED = "unapplied"
    WITHHELD = "withheld"
    BANK_OPERATING = "bank_operating"
    CLIENT_RECEIVABLE = "client_receivable"
    COSTS_ADVANCED = "costs_advanced"
    COUNSEL_CLEARING = "counsel_clearing"
    COMMISSION_EARNED = "commission_earned"
    TAX_PAYABLE = "tax_payable"
    DUE_FROM_TRUST = "due_from_trust"


ACCOUNT_LABELS: Mapping[Account, str] = {
    Account.BANK_TRUST: msg("Banco, cuenta de terceros"),
    Account.CLIENT_PAYABLE: msg("Por entregar al cliente"),
    Account.UNAPPLIED: msg("Sin aplicar"),
    Account.WITHHELD: msg("Retenido, por pasar a la cuenta propia"),
    Account.BANK_OPERATING: msg("Banco, cuenta propia"),
    Account.CLIENT_RECEIVABLE: msg("Por cobrar al cliente"),
    Account.COSTS_ADVANCED: msg("Gastos adelantados"),
    Account.COUNSEL_CLEARING: msg("Cuenta con abogados"),
    Account.COMMISSION_EARNED: msg("Honorarios ganados"),
    Account.TAX_PAYABLE: msg("Impuestos por pagar"),
    Account.DUE_FROM_TRUST: msg("Nuestro, aún en la cuenta de terceros"),
}

TRUST_BOOK = frozenset({Account.BANK_TRUST, Account.CLIENT_PAYABLE, Account.UNAPPLIED, Account.WITHHELD})
OF_A_CLIENT = frozenset({Account.CLIENT_PAYABLE, Account.CLIENT_RECEIVABLE})


class EntryKind(StrEnum):
    """Why an entry was written."""

    PAYMENT = "payment"
    PAYMENT_REVERSED = "payment_reversed"
    EXCESS_RETURNED = "excess_returned"
    COST = "cost"
    OFFSET = "offset"
    REMITTANCE_PAID = "remittance_paid"
    WITHDRAWAL = "withdrawal"
    FEES_RECEIVED = "fees_received"
    CORRECTION = "correction"


ENTRY_LABELS: Mapping[EntryKind, str] = {
    EntryKind.PAYMENT: msg("Pago {number}"),
    EntryKind.PAYMENT_REVERSED: msg("Reverso del pago {number}"),
    EntryKind.EXCESS_RETURNED: msg("Excedente devuelto del pago {number}"),
    EntryKind.COST: msg("Gasto: {concept}"),
    EntryKind.OFFSET: msg("Compensación de honorarios, remesa {number}"),
    EntryKind.REMITTANCE_PAID: msg("Transferencia al cliente, remesa {number}"),
    EntryKind.WITHDRAWAL: msg("Honorarios pasados a la cuenta propia, remesa {number}"),
    EntryKind.FEES_RECEIVED: msg("Honorarios pagados por el cliente"),
    EntryKind.CORRECTION: msg("Corrección: {why}"),
}


class UnbalancedError(ValueError):
    """Postings that do not balance: a bug of the caller, never a refusal."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: an account (of a client, where the account is one) and an amount, debit positive."""

    account: Account
    amount: Money
    client_id: UUID | None = None


def book_of(account: Account) -> str:
    """`trust` or `own`."""
    return "trust" if account in TRUST_BOOK else "own"


def debit(account: Account, amount: Money, client_id: UUID | None = None) -> Posting:
    """A line on the debit side."""
    return Posting(account, amount, client_id)


def credit(account: Account, amount: Money, client_id: UUID | None = None) -> Posting:
    """A line on the credit side."""
    return Posting(account, -amount, client_id)


def opposite(posting: Posting) -> Posting:
    """The same line on the other side."""
    return Posting(posting.account, -posting.amount, posting.client_id)


def tidy(postings: Sequence[Posting]) -> list[Posting]:
    """The lines that say something, checked: zero per currency in each book; UnbalancedError otherwise."""
    lines = [posting for posting in postings if posting.amount]
    sums: dict[tuple[str, str], int] = {}
    for line in lines:
        if (line.account in OF_A_CLIENT) != (line.client_id is not None):
            raise UnbalancedError(f"{line.account} and its client do not fit.")
        place = book_of(line.account), line.amount.currency
        sums[place] = sums.get(place, 0) + line.amount.minor
    wrong = {place: amount for place, amount in sums.items() if amount}
    if wrong or len(lines) < 2:
        raise UnbalancedError(f"The postings do not balance: {wrong or 'fewer than two lines'}.")
    return lines


def digest(entry_id: UUID, kind: str, on: date, lines: Sequence[tuple[UUID, str, int]]) -> str:
    """The SHA-256 of an entry: its id, kind, day, and each line's account, currency and amount, in order."""
    numbered = enumerate(lines, 1)
    body = ";".join(f"{number}:{account}:{currency}:{amount}" for number, (account, currency, amount) in numbered)
    return hashlib.sha256(f"{entry_id}|{kind}|{on.isoformat()}|{body}".encode()).hexdigest()
