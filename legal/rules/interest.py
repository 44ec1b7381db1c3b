"""Default interest to a day: simple, cut where rates change, a year of 365 days, rounded once at the end, half up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from kernel.money import Money, round_half_up
from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.facts import Claim
from legal.rules.kinds import FixedCompensation, LateInterest
from legal.rules.packs import Pack, rules_of
from legal.rules.rates import spans
from legal.rules.schema import VERIFIED, Confidence, Rule

YEAR = 365  # C. Comercio (MX) art. 84; elsewhere the convention of the packs


class NoInterestRule(Problem):
    """The pack says nothing of interest on such a claim."""

    kind = Kind.CONFLICT
    code = "interest.no_rule"


class RateAboveCeiling(Problem):
    """The agreed rate is above what the law allows; no figure is given because all the interest may be lost."""

    kind = Kind.CONFLICT
    code = "interest.above_ceiling"


@dataclass(frozen=True, slots=True)
class Segment:
    """Interest of some days at one yearly rate; `amount` is in minor units, not rounded.

    `confidence` is that of the rate's row; None where no table was read.
    """

    first: date
    last: date
    days: int
    rate: Decimal
    amount: Decimal
    confidence: Confidence | None
    note: str


@dataclass(frozen=True, slots=True)
class Interest:
    """Default interest with its arithmetic; `notes` say what a reader must know, unverified rates first."""

    principal: Money
    total: Money
    segments: tuple[Segment, ...]
    rule: Rule
    notes: tuple[str, ...]

    @property
    def days(self) -> int:
        """Days of default counted."""
        return sum(segment.days for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Compensation:
    """A fixed sum that the law adds to a late payment."""

    amount: Money
    rule: Rule


def late_interest(
    principal: Money, *, pack: Pack, claim: Claim, due_on: date, on: date, agreed_rate: Decimal | None = None
) -> Interest:
    """Interest of the days after `due_on` up to and including `on`; zero days before that.

    Refused: a claim the pack has no rule for, a day without a rate (`rate_missing`), an agreed yearly rate (a fraction)
    above a legal ceiling. Where demand and not the due date starts default, `due_on` is the day of the demand.
    """
    rule, parameters = _rule_for(pack, claim, on)
    with localcontext() as context:
        context.prec = 40
        segments = tuple(_segments(principal, pack, parameters, due_on + timedelta(days=1), on, agreed_rate))
        total = Money(round_half_up(sum((segment.amount for segment in segments), Decimal(0))), principal.currency)
    return Interest(principal, total, segments, rule, _notes(rule, segments))


def fixed_compensation(*, pack: Pack, claim: Claim, on: date) -> Compensation | None:
    """The fixed sum late payment of such a claim adds in that place, or None."""
    for bound in rules_of(pack, "fixed_compensation", on):
        if claim in bound.rule.applies_to.claim:
            assert isinstance(bound.parameters, FixedCompensation)
            return Compensation(Money(bound.parameters.amount_minor, bound.parameters.currency), bound.rule)
    return None


def _rule_for(pack: Pack, claim: Claim, on: date) -> tuple[Rule, LateInterest]:
    for bound in rules_of(pack, "late_interest", on):
        if claim in bound.rule.applies_to.claim:
            assert isinstance(bound.parameters, LateInterest)
            return bound.rule, bound.parameters
    raise NoInterestRule(
        msg("El paquete {pack} no dice qué interés genera un adeudo de este tipo ({claim})."), pack=pack.id, claim=claim
    )


def _segments(
    principal: Money, pack: Pack, rule: LateInterest, first: date, last: date, agreed: Decimal | None
) -> Iterator[Segment]:
    if last < first:
        return
    if rule.rate_table is None:
        rate = agreed if agreed is not None else (rule.rate or Decimal(0)) * rule.multiplier
        days = (last - first).days + 1
        yield Segment(first, last, days, rate, _grown(principal, rate, days, rule), None, "")
        return
    if agreed is not None and not rule.ceiling:
        days = (last - first).days + 1
        yield Segment(first, last, days, agreed, _grown(principal, agreed, days, rule), None, "")
        return
    for span in spans(pack.rate_tables[rule.rate_table], first, last):
        legal = span.row.rate * rule.multiplier
        if agreed is not None and agreed > legal:
            raise RateAboveCeiling(
                msg("La tasa pactada ({agreed}) supera el máximo legal ({ceiling}) desde el {day}."),
                agreed=agreed,
                ceiling=legal,
                day=span.first,
            )
        rate = legal if agreed is None else agreed
        amount = _grown(principal, rate, span.days, rule)
        yield Segment(span.first, span.last, span.days, rate, amount, span.row.confidence, span.row.note)


def _grown(principal: Money, rate: Decimal, days: int, rule: LateInterest) -> Decimal:
    if rule.growth == "simple":
        return principal.minor * rate * days / YEAR
    return principal.minor * ((1 + rate) ** (Decimal(1) / YEAR) - 1) * days


def _notes(rule: Rule, segments: tuple[Segment, ...]) -> tuple[str, ...]:
    unverified = [s.note for s in segments if s.confidence is not None and s.confidence not in VERIFIED]
    return tuple(dict.fromkeys(note for note in [*unverified, rule.note] if note))
