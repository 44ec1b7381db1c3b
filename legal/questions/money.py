"""What late payment costs on a day, and what a payment pays first."""

from datetime import date
from decimal import Decimal

from pydantic import Field

from legal.questions.question import Amount, Answer, Facts, Question, pack_shown, rule_shown, shown
from legal.rules import allocation, interest
from legal.rules.decision import plain
from legal.rules.facts import Claim, Component
from legal.rules.packs import pack_of


class InterestQuestion(Facts):
    """A sum that fell due, and the day to which default interest is counted."""

    country: str
    claim: Claim
    principal: Amount
    due_on: date = Field(description="The day it fell due; interest runs from the day after.")
    on: date = Field(description="The last day that is counted.")
    agreed_rate: Decimal | None = Field(None, description='A yearly rate as a fraction: "0.18".')


class DueFact(Facts):
    """What is still owed of one component of a debt."""

    debt: str
    component: Component
    amount: Decimal
    due_on: date
    rate: Decimal = Decimal(0)


class AllocationQuestion(Facts):
    """A payment, and what was owed on the day it was received."""

    country: str
    payment: Amount
    dues: tuple[DueFact, ...]
    on: date
    chosen: tuple[str, ...] = ()
    agreed: tuple[tuple[Component, ...], ...] | None = None


def _interest(asked: InterestQuestion) -> Answer:
    pack = pack_of(asked.country)
    found = interest.late_interest(
        asked.principal.money, pack=pack, claim=asked.claim, due_on=asked.due_on, on=asked.on,
        agreed_rate=asked.agreed_rate,
    )  # fmt: skip
    fixed = interest.fixed_compensation(pack=pack, claim=asked.claim, on=asked.on)
    return {
        "total": shown(found.total),
        "days": found.days,
        "segments": [
            {"first": plain(one.first), "last": plain(one.last), "days": one.days, "rate": str(one.rate),
             "amount_minor": str(one.amount), "confidence": plain(one.confidence), "note": one.note}
            for one in found.segments
        ],
        "compensation": {**shown(fixed.amount), **rule_shown(fixed.rule)} if fixed and found.days else None,
        "deciding": [found.rule.id],
        "rules": [rule_shown(found.rule)],
        "notes": list(found.notes),
        "pack": pack_shown(pack),
    }  # fmt: skip


def _allocation(asked: AllocationQuestion) -> Answer:
    pack, payment = pack_of(asked.country), asked.payment.money
    dues = [
        allocation.Due(one.debt, one.component, Amount(amount=one.amount, currency=payment.currency).money, one.due_on,
                       one.rate)
        for one in asked.dues
    ]  # fmt: skip
    found = allocation.allocate(payment, dues, pack=pack, on=asked.on, chosen=asked.chosen, agreed=asked.agreed)
    return {
        "applied": [{"debt": one.debt, "component": one.component.value, **shown(one.amount)} for one in found.applied],
        "unapplied": shown(found.unapplied),
        "because": found.because,
        "receipt_words": found.receipt_words,
        "deciding": [found.rule.id],
        "rules": [rule_shown(found.rule)],
        "pack": pack_shown(pack),
    }


INTEREST = Question("interest", InterestQuestion, _interest)
ALLOCATION = Question("allocation", AllocationQuestion, _allocation)
