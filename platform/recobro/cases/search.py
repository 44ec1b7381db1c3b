"""Which cases some words mean: one mechanism for the palette, the lists and their exports."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import String, and_, literal, or_, select, union

from recobro.cases.tables import Case, Debt
from recobro.debtors import words
from recobro.debtors.queries import meant
from recobro.debtors.tables import Debtor
from tenants.work import Work

_END = "\U0010ffff"

# Features that stand on cases add how theirs lead to one: (work, minor units) -> a question for cases.
BY_AMOUNT: list[Callable[[Work, int], Any]] = []


def matching(work: Work, text: str) -> Any:
    """The condition that a case is meant by some words.

    By its number, by its debtor (words that begin the words of a name or of a contact's name, a part of a phone, an
    email address, the tax id or the client's own number), by the beginning of an invoice, and by an amount: its
    balance, what a debt of it was for, a payment on it. Every way is a range or a point of an index; they are looked
    up one by one.
    """
    compact = "".join(text.upper().split())
    ways = [
        select(Case.id).where(Case.agency_id == work.agency_id, Case.number == compact),
        _of_debtor(work, or_(Debtor.tax_id_norm == _bare(compact), Debtor.customer_ref_norm == compact)),
        _by_reference(work, compact),
        *[_of_parties(work, question) for question in meant(work, text)],
    ]
    minor = words.amount(text)
    if minor is not None:
        ways += [
            select(Case.id).where(Case.agency_id == work.agency_id, Case.balance == minor),
            _of_debt(work, Debt.original == minor),
            *[way(work, minor) for way in BY_AMOUNT],
        ]
    return Case.id.in_(union(*ways))


def _bare(tax_id: str) -> str:
    return re.sub(r"[.-]", "", tax_id) or "-"


def _of_debtor(work: Work, condition: Any) -> Any:
    same = and_(Case.agency_id == Debtor.agency_id, Case.client_id == Debtor.client_id, Case.debtor_id == Debtor.id)
    return select(Case.id).join(Debtor, same).where(Debtor.agency_id == work.agency_id, condition)


def _of_parties(work: Work, question: Any) -> Any:
    found = question.subquery()
    same = and_(Case.client_id == found.c.client_id, Case.debtor_id == found.c.debtor_id)
    return select(Case.id).join(found, same).where(Case.agency_id == work.agency_id)


def _of_debt(work: Work, *conditions: Any) -> Any:
    return select(Debt.case_id).where(Debt.agency_id == work.agency_id, *conditions)


def _by_reference(work: Work, compact: str) -> Any:
    """A reference with a digit is found by its beginning, one without by all of it: two letters begin too many."""
    if not any(c.isdigit() for c in compact):
        return _of_debt(work, Debt.reference_norm == compact)
    # By bytes (`text_pattern_ops`), whatever the database's own order.
    after, before = Debt.reference_norm.op("~>=~"), Debt.reference_norm.op("~<~")
    return _of_debt(work, after(literal(compact, String)), before(literal(compact + _END, String)))
