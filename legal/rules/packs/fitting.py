"""Which debts a rule on money speaks of, and the sums by which laws tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.money import Money, exponent
from legal.rules.facts import Claim, CreditorType, DebtorKind, Product, Title
from legal.rules.packs.loading import Bound, Pack
from legal.rules.packs.parameters import Band, OfSomeDebts, Sum
from legal.rules.packs.rates import row_on


@dataclass(frozen=True, slots=True)
class Debt:
    """What is known of a debt. None: nobody knows, and a rule for such debts is taken to speak of it."""

    claim: Claim
    title: Title = Title.ORDINARY
    debtor: DebtorKind | None = None
    creditor_type: CreditorType | None = None
    product: Product | None = None
    amount: Money | None = None


def fits(bound: Bound, debt: Debt, on: date, pack: Pack) -> bool:
    """Whether the rule speaks of that debt on a day. A sum whose figure of the day is missing is an error."""
    scope, narrowed = bound.rule.applies_to, bound.parameters
    if scope.claim and debt.claim not in scope.claim:
        return False
    if scope.debtor and debt.debtor not in (None, *scope.debtor):
        return False
    if scope.creditor_type and debt.creditor_type not in (None, *scope.creditor_type):
        return False
    assert isinstance(narrowed, OfSomeDebts)
    if narrowed.titles and debt.title not in narrowed.titles:
        return False
    if narrowed.products and debt.product not in narrowed.products:
        return False
    return debt.amount is None or in_bands(debt.amount, narrowed.bands, on, pack)


def in_bands(amount: Money, bands: Sequence[Band], on: date, pack: Pack) -> bool:
    """Whether an amount lies in one of the bands; without bands any does."""
    return not bands or any(
        (band.least is None or amount >= sum_of(band.least, on, pack))
        and (band.over is None or amount > sum_of(band.over, on, pack))
        and (band.most is None or amount <= sum_of(band.most, on, pack))
        and (band.below is None or amount < sum_of(band.below, on, pack))
        for band in bands
    )


def sum_of(told: Sum, on: date, pack: Pack) -> Money:
    """A threshold of that day, rounded up to a minor unit. Another currency than the claim's is refused by Money."""
    value = told.amount if told.amount is not None else row_on(pack.rate_tables[told.table], on).rate * told.times
    minor = (value * Decimal(10) ** exponent(told.currency)).to_integral_value(rounding="ROUND_CEILING")
    return Money(int(minor), told.currency)
