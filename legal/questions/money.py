"""What late payment costs on a day, and what a payment pays first."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from kernel.money import Money, total
from kernel.text import msg
from legal.questions.contradictions import check_debtor, respite_on
from legal.questions.question import Amount, Answer, Facts, Placed, Question, no_amount, pack_shown, rule_shown, shown
from legal.questions.wrong import EARLIER, NOT_KNOWN, wrong
from legal.rules.decision import plain
from legal.rules.facts import Claim, Component, DebtorKind, Product, Title
from legal.rules.money import allocation, interest
from legal.rules.money.rate_controls import Caution, cautions, default_from, term_cautions, undemanded
from legal.rules.packs.schema import Rule
from legal.rules.time.moratorium import Respite

Rate = Decimal | None
MOST_RATE = 5
"""A yearly rate above 500 % is a percentage that somebody wrote where a fraction is asked."""


class InterestQuestion(Placed):
    """A sum that fell due, what was agreed, and the day to which interest is counted."""

    claim: Claim
    principal: Amount
    due_on: date | None = Field(None, description="The day it fell due; interest runs from the day after.")
    delivered_on: date | None = Field(
        None, description="The day of the goods, services or invoice: where no day to pay was agreed, the law has one."
    )
    demanded_on: date | None = Field(
        None,
        description="The day of the demand, in court or before a notary or witnesses, with which default begins where "
        "no day to pay was agreed and the law asks for one.",
    )
    on: date = Field(description="The last day that is counted.")
    agreed_rate: Rate = Field(
        None, ge=0, le=MOST_RATE, description='The yearly default rate agreed, as a fraction: "0.18".'
    )
    ordinary_rate: Rate = Field(
        None, ge=0, le=MOST_RATE, description="The yearly rate agreed for the time before default."
    )
    market_rate: Rate = Field(
        None, ge=0, le=MOST_RATE, description="The highest yearly rate lenders ask for such credit."
    )
    reference_rate: Rate = Field(
        None,
        ge=-1,
        le=MOST_RATE,
        description="The official rate of the reference day, where the rate is fixed then and the pack lacks it.",
    )
    judgment_on: date | None = Field(None, description="The day a judgment was entered or renewed: its own interest.")
    title: Title = Title.ORDINARY
    debtor: DebtorKind | None = None
    product: Product | None = Field(None, description="What the debt comes from, where the law asks.")
    paused: tuple[tuple[date, date], ...] = Field((), description="First and last days of spans without interest.")
    respites: tuple[Respite, ...] = Field((), description="Moratoria of the debtor; those that stop interest do.")
    capitalised: Literal["no", "not_agreed", "agreed_before", "agreed_after"] = Field(
        "no", description="Whether the principal contains overdue interest, and when that was agreed."
    )

    @model_validator(mode="after")
    def _some_day(self) -> "InterestQuestion":
        if self.due_on is None and self.delivered_on is None and self.judgment_on is None:
            raise wrong("due_on", msg("Falta el dato «{field}»."))
        if self.due_on and self.delivered_on and self.due_on < self.delivered_on:
            raise wrong("due_on", msg("El dato «{field}» es anterior a la entrega."))
        begun = self.due_on or self.delivered_on
        if self.demanded_on and begun and self.demanded_on < begun:
            raise wrong("demanded_on", EARLIER, day=self.demanded_on.isoformat(), since=begun.isoformat(),
                        other="due_on" if self.due_on else "delivered_on")  # fmt: skip
        for number, (first, last) in enumerate(self.paused):
            if last < first:
                raise wrong(f"paused.{number}", msg("El dato «{field}» termina antes de empezar."))
        check_debtor(self.debtor, self.claim)
        return self

    def _respites(self) -> Iterator[tuple[date, date]]:
        for number, respite in enumerate(self.respites):
            found = respite_on(f"respites.{number}", respite, pack=self.pack, on=self.on)
            last = self.on if found.last is None else found.last
            if "interest" in found.stops and respite.start <= last:
                yield respite.start, last

    @property
    def more(self) -> interest.Circumstances:
        """What the rules take beside the debt."""
        return interest.Circumstances(
            title=self.title, debtor=self.debtor, product=self.product, ordinary_rate=self.ordinary_rate,
            market_rate=self.market_rate, reference_rate=self.reference_rate, judgment_on=self.judgment_on,
            paused=(*self.paused, *self._respites()), capitalised=self.capitalised,
        )  # fmt: skip


class DueFact(Facts):
    """What is still owed of one component of a debt."""

    debt: str
    component: Component
    amount: Decimal = Field(ge=0)
    due_on: date
    rate: Decimal = Field(Decimal(0), ge=0, le=MOST_RATE)
    disputed: bool = Field(False, description="The debtor disputes the debt.")


class AllocationQuestion(Placed):
    """A payment, and what was owed on the day it was received."""

    payment: Amount
    dues: tuple[DueFact, ...]
    on: date
    chosen: tuple[str, ...] = Field((), description="The debts the debtor named, in that order.")
    agreed: tuple[tuple[Component, ...], ...] | None = Field(None, description="The order the parties agreed.")


def _interest(asked: InterestQuestion) -> Answer:
    pack, principal, more = asked.pack, asked.principal.money, asked.more
    used: list[Rule] = []
    looked: list[Caution] = []
    due_on = begun = asked.due_on or asked.judgment_on
    if due_on is None and asked.delivered_on is not None:
        due_on, begun, bound = default_from(
            asked.delivered_on, asked.demanded_on, pack=pack, claim=asked.claim, more=more
        )
        used.append(bound.rule)
        looked += [undemanded(bound.rule)] if begun is None else []
    assert due_on is not None
    found = interest.late_interest(
        principal, pack=pack, claim=asked.claim, due_on=begun or asked.on, on=asked.on, agreed_rate=asked.agreed_rate,
        more=more,
    )  # fmt: skip
    fixed = interest.fixed_compensation(pack=pack, claim=asked.claim, on=asked.on, principal=principal, more=more)
    fixed = fixed if found.days and not asked.judgment_on else None
    looked += cautions(principal, pack=pack, claim=asked.claim, due_on=due_on, on=asked.on,
                       agreed_rate=asked.agreed_rate, more=more)  # fmt: skip
    if asked.delivered_on is not None:
        looked += term_cautions(asked.delivered_on, due_on, pack=pack, claim=asked.claim, more=more)
    used += [found.rule, *([fixed.rule] if fixed else []), *(one.rule for one in looked)]
    return {
        "due_on": plain(due_on),
        "interest_from": plain(found.segments[0].first) if found.segments else None,
        "days": found.days,
        "segments": [_line(one, found) for one in found.segments],
        "total": shown(found.total),
        "compensation": {**shown(fixed.amount), **rule_shown(fixed.rule)} if fixed else None,
        "owed": shown(total([principal, found.total, *([fixed.amount] if fixed else [])], principal.currency)),
        "warnings": [_caution(one) for one in looked],
        "read_in_the_law": found.in_the_law,
        "deciding": [found.rule.id],
        "rules": [rule_shown(rule) for rule in {rule.id: rule for rule in used}.values()],
        "notes": list(found.notes),
        "pack": pack_shown(pack),
    }


def _line(one: interest.Segment, found: interest.Interest) -> Answer:
    """One line of the account: from, to, days, rate, what it comes to before rounding, and where the rate is from."""
    year = found.year_days
    each = f"{one.rate} / {year}" if found.growth == "simple" else f"((1 + {one.rate})^(1 / {year}) - 1)"
    return {
        "first": plain(one.first),
        "last": plain(one.last),
        "days": one.days,
        "rate": str(one.rate),
        "amount_minor": str(one.amount),
        "formula": f"{found.principal.amount} × {each} × {one.days}",
        "source": one.source,
        "read_on": plain(one.read_on),
        "confidence": plain(one.confidence),
        "note": one.note,
    }


def _caution(one: Caution) -> Answer:
    return {
        "code": one.code,
        "sentence": lambda say: say(one.sentence).format(**one.inputs),
        "inputs": plain(one.inputs),
        "rule": one.rule.id,
        "basis": one.rule.basis.value,
        "confidence": one.rule.confidence.value,
    }


def _allocation(asked: AllocationQuestion) -> Answer:
    pack, payment = asked.pack, asked.payment.money
    for number, one in enumerate(asked.dues):
        if sentence := no_amount(one.amount, payment.currency):
            raise wrong(f"dues.{number}.amount", sentence, value=str(one.amount)[:80])
    dues = [
        allocation.Due(one.debt, one.component, Money.of(one.amount, payment.currency), one.due_on, one.rate,
                       one.disputed)
        for one in asked.dues
    ]  # fmt: skip
    owed = sorted({one.debt for one in dues})
    for number, debt in enumerate(asked.chosen):
        if not owed:
            raise wrong(f"chosen.{number}", msg("El dato «{field}» elige una deuda y no se dice ninguna («dues»)."))
        if debt not in owed:
            raise wrong(f"chosen.{number}", NOT_KNOWN, value=debt[:80], known=", ".join(owed))
    found = allocation.allocate(payment, dues, pack=pack, on=asked.on, chosen=asked.chosen, agreed=asked.agreed)
    return {
        "applied": [{"debt": one.debt, "component": one.component.value, **shown(one.amount)} for one in found.applied],
        "unapplied": shown(found.unapplied),
        "because": found.because,
        "grounded": [component.value for component in found.grounded],
        "receipt_words": found.receipt_words,
        "deciding": [found.rule.id],
        "rules": [rule_shown(found.rule)],
        "notes": [found.rule.note] if found.rule.note else [],
        "pack": pack_shown(pack),
    }


INTEREST = Question("interest", InterestQuestion, _interest)
ALLOCATION = Question("allocation", AllocationQuestion, _allocation)
