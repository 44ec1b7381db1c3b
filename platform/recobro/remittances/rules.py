"""How a statement adds up. Pure; minor units of one currency."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kernel.money import Money
from recobro.ledger.rules import Account, EntryKind, Posting, credit, debit


@dataclass(frozen=True)
class Effect:
    """One ledger entry as the client sees it. `payable` and `receivable` are what it changed on the client's two
    accounts (credit to the client positive); commission and tax are what the agency earned (negative: given back).
    """

    entry_id: UUID
    kind: EntryKind
    on: date
    payable: int
    receivable: int
    commission: int
    tax: int

    @property
    def change(self) -> int:
        """What it changed of what the agency owes the client, net."""
        return self.payable + self.receivable


@dataclass(frozen=True)
class Sums:
    """A statement's figures: opening + activity = closing."""

    opening: int
    collected: int
    commission: int
    tax: int
    costs: int
    paid_over: int
    other: int
    entries: Sequence[UUID] = field(default=())

    @property
    def closing(self) -> int:
        """What the agency owes the client at the end; negative when the client owes."""
        return self.opening + self.collected - self.commission - self.tax - self.costs - self.paid_over + self.other

    @property
    def net(self) -> int:
        """What is paid over now; a negative closing is carried forward."""
        return max(self.closing, 0)


_MONEY_IN = (EntryKind.PAYMENT, EntryKind.PAYMENT_REVERSED)


def add_up(opening: int, effects: Sequence[Effect]) -> Sums:
    """The figures of a statement from the entries on it. Everything an entry changed lands in exactly one figure."""
    collected = commission = tax = costs = paid_over = other = 0
    for effect in effects:
        commission += effect.commission
        tax += effect.tax
        rest = effect.change + effect.commission + effect.tax
        if effect.kind in _MONEY_IN:
            collected += rest
        elif effect.kind is EntryKind.COST:
            costs -= rest
        elif effect.kind is EntryKind.REMITTANCE_PAID:
            paid_over -= rest
        else:
            other += rest
    return Sums(opening, collected, commission, tax, costs, paid_over, other, tuple(e.entry_id for e in effects))


def offset_of(payable: int, receivable: int) -> int:
    """What fees may take out of the client's money: no more than there is of either."""
    return max(min(payable, -receivable), 0)


def top_up_of(receivable: int) -> int:
    """What the agency owes the client outside the trust: a fee that fell away after it was taken."""
    return max(receivable, 0)


def top_up_postings(client_id: UUID, amount: Money) -> list[Posting]:
    """The agency gives a fee back: from its own account into the trust, for the client."""
    return [
        debit(Account.BANK_TRUST, amount),
        credit(Account.CLIENT_PAYABLE, amount, client_id),
        debit(Account.CLIENT_RECEIVABLE, amount, client_id),
        credit(Account.BANK_OPERATING, amount),
    ]


def offset_postings(client_id: UUID, amount: Money) -> list[Posting]:
    """Fees the client owes are taken out of the client's money; it stays in trust until it is withdrawn."""
    return [
        debit(Account.CLIENT_PAYABLE, amount, client_id),
        credit(Account.WITHHELD, amount),
        debit(Account.DUE_FROM_TRUST, amount),
        credit(Account.CLIENT_RECEIVABLE, amount, client_id),
    ]


def pay_over_postings(client_id: UUID, amount: Money) -> list[Posting]:
    """The client's money leaves the trust account for the client's own."""
    return [debit(Account.CLIENT_PAYABLE, amount, client_id), credit(Account.BANK_TRUST, amount)]


def withdrawal_postings(amount: Money) -> list[Posting]:
    """What was withheld leaves the trust account for the agency's own."""
    return [
        debit(Account.WITHHELD, amount),
        credit(Account.BANK_TRUST, amount),
        debit(Account.BANK_OPERATING, amount),
        credit(Account.DUE_FROM_TRUST, amount),
    ]
