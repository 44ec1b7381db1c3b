"""The kinds of rule on what late payment costs and on how long a claim lives beside its term."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from legal.rules.facts import Title
from legal.rules.packs.parameters import OfSomeDebts, Parameters, as_text


class LateInterest(OfSomeDebts):
    """Default interest: a fixed yearly rate or a table, times `multiplier` and `plus` points, over a year of days.

    `growth` "simple": rate / 365 a day; "effective": the daily equivalent of an effective yearly rate, not capitalised.
    `ceiling`: no agreed rate counts above the computed one; `forfeits`: one above it on any day costs all the
    interest.
    `fixed`: the table is read once, on the first day of default, and that rate stays. `ordinary_rate`: the rate agreed
    before default goes on when no other was agreed for it.
    """

    rate: Decimal | None = None
    rate_table: str | None = None
    multiplier: Decimal = Decimal(1)
    plus: Decimal = Decimal(0)
    growth: Literal["simple", "effective"] = "simple"
    year_days: Literal[360, 365] = 365
    ceiling: bool = False
    forfeits: bool = False
    fixed: bool = False
    ordinary_rate: bool = False

    _exact = field_validator("rate", "multiplier", "plus", mode="before")(as_text)

    @model_validator(mode="after")
    def _one_source(self) -> "LateInterest":
        if (self.rate is None) == (self.rate_table is None):
            raise ValueError("either a rate or a rate_table")
        return self


class JudgmentInterest(LateInterest):
    """Interest of a judgment, from the day after it was entered or renewed, by the rule in force on that day."""


class Tier(Parameters):
    """A fixed sum from some principal on, in major units."""

    least: Decimal
    amount: Decimal

    _exact = field_validator("least", "amount", mode="before")(as_text)


class FixedCompensation(OfSomeDebts):
    """What late payment adds once: a sum in minor units, one by `tiers` of the principal, or a `share` of it."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount_minor: Annotated[int, Field(gt=0)] | None = None
    tiers: tuple[Tier, ...] = ()
    share: Decimal | None = None

    _exact = field_validator("share", mode="before")(as_text)

    @model_validator(mode="after")
    def _one_source(self) -> "FixedCompensation":
        if [self.amount_minor is not None, bool(self.tiers), self.share is not None].count(True) != 1:
            raise ValueError("one of amount_minor, tiers and share")
        if list(self.tiers) != sorted(self.tiers, key=lambda tier: tier.least):
            raise ValueError("tiers go from the least up")
        return self


class RateControl(OfSomeDebts):
    """A word of caution on an agreed default rate that is `over` or `under` a reference, times and plus.

    `against`: the market's or the ordinary rate (facts), the legal one of the place, or a `rate_table` on the day.
    `forfeits`: it is looked at on every day of default, and one above it costs all the interest.
    """

    against: Literal["market", "ordinary", "legal", "table"]
    rate_table: str | None = None
    when: Literal["over", "under"] = "over"
    times: Decimal = Decimal(1)
    plus: Decimal = Decimal(0)
    code: str
    forfeits: bool = False

    _exact = field_validator("times", "plus", mode="before")(as_text)

    @model_validator(mode="after")
    def _a_table_to_read(self) -> "RateControl":
        if (self.against == "table") != (self.rate_table is not None):
            raise ValueError("a rate_table goes with against = table")
        return self


class Capitalisation(OfSomeDebts):
    """When overdue interest may become principal: by what was agreed before it fell due, after it, or never."""

    allow: tuple[Literal["agreed_before", "agreed_after"], ...] = ()


class PaymentTerm(OfSomeDebts):
    """In how many days one pays where nothing was agreed, and the longest term that may be agreed. `demand`: default
    then begins with a demand, not with the day."""

    days: Annotated[int, Field(ge=0)]
    most_days: int | None = None
    demand: bool = False


class LimitationSeed(Parameters):
    """Terms in years by region that nobody read in the law: they warn and block, they never let a suit pass.

    Two figures are what two lists say. `unread` regions contradict one another or stand on one list: of those no state
    is told before the statute is read. `notes` are what is known of a region beside its figures.
    """

    titles: Annotated[tuple[Title, ...], Field(min_length=1)]
    years: Mapping[str, tuple[Annotated[int, Field(ge=1, le=40)], ...]]
    unread: tuple[str, ...] = ()
    notes: Mapping[str, str] = {}


class TimeBarred(Parameters):
    """What must not be done with a claim whose term is over, and what may still be. `unknown`: what is not done either
    while nobody read in the law whether it is over."""

    deny: tuple[Literal["suit", "threat"], ...]
    unknown: tuple[Literal["suit", "threat"], ...] = ()
    allow: tuple[Literal["proof_of_claim", "request"], ...] = ()
