"""What a payment pays, and what it posts. Pure.

The order of application is the law's (`legal.rules.allocation`); where no pack of rules is loaded for the place, costs,
fees, interest, principal and tax, the oldest debt first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kernel.money import Money
from kernel.text import msg
from legal.rules.facts import Component
from legal.rules.money.allocation import Applied, Due, NoAllocationRule, allocate
from legal.rules.packs.loading import pack_of
from recobro.ledger.rules import Account, Posting, credit, debit, opposite
from recobro.payments.lifecycle import Direction

_USUAL = (
    Component.COST,
    Component.FEE,
    Component.CONTRACTUAL_INTEREST,
    Component.DEFAULT_INTEREST,
    Component.PRINCIPAL,
    Component.TAX,
)


@dataclass(frozen=True)
class Outcome:
    """Where a payment went, by which rule, and the words for the receipt."""

    applied: Sequence[Applied]
    unapplied: Money
    rule_id: str
    because: str
    receipt_words: str


def apply_by_law(payment: Money, dues: Sequence[Due], *, country: str, on: date, chosen: Sequence[str] = ()) -> Outcome:
    """Apply a payment by the rule of the debtor's country, or by the debtor's own choice of debts."""
    try:
        found = allocate(payment, dues, pack=pack_of(country), on=on, chosen=chosen)
    except NoAllocationRule:
        return _apply_as_usual(payment, dues, chosen)
    return Outcome(found.applied, found.unapplied, found.rule.id, found.because, found.receipt_words)


def _apply_as_usual(payment: Money, dues: Sequence[Due], chosen: Sequence[str]) -> Outcome:
    def rank(due: Due) -> tuple[int, date, str, int]:
        place = chosen.index(due.debt) if due.debt in chosen else len(chosen)
        return place, due.due_on, due.debt, _USUAL.index(due.component)

    left, applied = payment, list[Applied]()
    for due in sorted(dues, key=rank):
        part = min(due.amount, left)
        if part:
            applied.append(Applied(due.debt, due.component, part))
            left -= part
    because = msg("Se aplicó a gastos, intereses y principal, en ese orden, de la deuda más antigua a la más nueva.")
    return Outcome(applied, left, "house.allocation", because, "")


def postings_of(
    direction: Direction,
    client_id: UUID,
    *,
    applied: Money,
    unapplied: Money,
    kept: Money,
    commission: Money,
    tax: Money,
) -> list[Posting]:
    """What a payment and its commission post. `kept` is what counsel kept of it; the rest reached the trust account.

    Money the client received itself posts nothing but the commission, which the client then owes.
    """
    lines = []
    if direction is not Direction.TO_CLIENT:
        lines += [
            debit(Account.BANK_TRUST, applied + unapplied - kept),
            credit(Account.CLIENT_PAYABLE, applied - kept, client_id),
            credit(Account.UNAPPLIED, unapplied),
            debit(Account.COUNSEL_CLEARING, kept),
            credit(Account.CLIENT_RECEIVABLE, kept, client_id),
        ]
    lines += [
        debit(Account.CLIENT_RECEIVABLE, commission + tax, client_id),
        credit(Account.COMMISSION_EARNED, commission),
        credit(Account.TAX_PAYABLE, tax),
    ]
    return [line for line in lines if line.amount]


def postings_of_reversal(posted: Sequence[Posting], *, held: Money) -> list[Posting]:
    """The mirror of a payment's entry. `held` is what the trust holds for the client now.

    What was already handed over to the client is not taken from other clients' money: the agency's own account pays
    the bank back and the client owes it.
    """
    payable = next((line for line in posted if line.account is Account.CLIENT_PAYABLE), None)
    if payable is None or payable.client_id is None:
        return [opposite(line) for line in posted]
    missing = max(-payable.amount - held, Money.zero(held.currency))
    less = {Account.CLIENT_PAYABLE: -missing, Account.BANK_TRUST: missing}
    zero = Money.zero(held.currency)
    mirrored = [Posting(line.account, -line.amount + less.get(line.account, zero), line.client_id) for line in posted]
    return [
        *mirrored,
        debit(Account.CLIENT_RECEIVABLE, missing, payable.client_id),
        credit(Account.BANK_OPERATING, missing),
    ]
