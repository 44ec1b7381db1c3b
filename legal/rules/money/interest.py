"""Default interest to a day: simple, cut where rates change, rounded once at the end, half up.

What a rate agreed by the parties may be, what late payment adds once, and when interest may become principal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Literal

from kernel.money import Money, exponent, round_half_up
from kernel.problems import Invalid, Kind, Problem
from kernel.text import msg
from legal.rules.facts import Claim, DebtorKind, Product, Title, Told
from legal.rules.packs.fitting import Debt, fits
from legal.rules.packs.loading import Bound, Pack, rules_of
from legal.rules.packs.money_kinds import Capitalisation, FixedCompensation, LateInterest, PaymentTerm
from legal.rules.packs.rates import row_on, spans
from legal.rules.packs.schema import VERIFIED, Confidence, RateRow, Rule, read_in_the_law


class NoInterestRule(Problem):
    """The pack says nothing of interest on such a claim."""

    kind = Kind.CONFLICT
    code = "interest.no_rule"


class InterestOnInterest(Problem):
    """The principal contains overdue interest that the law does not let become principal."""

    kind = Kind.CONFLICT
    code = "interest.capitalised"


@dataclass(frozen=True, slots=True)
class Circumstances(Told):
    """What is known beside the debt, its due day and the default rate. Rates are yearly, as fractions.

    `ordinary_rate`: agreed for the time before default; `market_rate`: the highest that lenders ask for such credit;
    `reference_rate`: the official rate of the reference day, where the pack does not have it. `judgment_on`: the day a
    judgment was entered or renewed. `paused`: first and last days of spans without interest. `capitalised`: whether the
    principal contains overdue interest, and when that was agreed.
    """

    title: Title = Title.ORDINARY
    debtor: DebtorKind | None = None
    product: Product | None = None
    ordinary_rate: Decimal | None = None
    market_rate: Decimal | None = None
    reference_rate: Decimal | None = None
    judgment_on: date | None = None
    paused: tuple[tuple[date, date], ...] = ()
    capitalised: Literal["no", "not_agreed", "agreed_before", "agreed_after"] = "no"

    def __post_init__(self) -> None:
        for first, last in self.paused:
            if last < first:
                raise Invalid(msg("paused: {last} es anterior a {first}."), first=first, last=last)


NOTHING_MORE = Circumstances()


@dataclass(frozen=True, slots=True)
class Segment:
    """Interest of some days at one yearly rate; `amount` is in minor units, not rounded.

    `confidence` is that of the rate's row; None where no table was read. `source` is where the rate comes from, and
    `read_on` the day whose official rate it takes. `above`: the agreed rate is above the ceiling.
    """

    first: date
    last: date
    days: int
    rate: Decimal
    amount: Decimal
    confidence: Confidence | None
    note: str
    source: str = ""
    read_on: date | None = None
    above: bool = False


FORFEITED = msg("La tasa pactada supera el tope: se pierden todos los intereses.")


@dataclass(frozen=True, slots=True)
class Interest:
    """Default interest with its arithmetic; `notes` say what a reader must know, unverified rates first."""

    principal: Money
    total: Money
    segments: tuple[Segment, ...]
    rule: Rule
    notes: tuple[str, ...]
    year_days: int = 365
    growth: str = "simple"

    @property
    def in_the_law(self) -> bool:
        """Whether its rule and every rate it takes from a table were read in the law, or in one who quotes it."""
        rates = {segment.confidence for segment in self.segments} - {None}
        return read_in_the_law(self.rule) and rates <= VERIFIED

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
    principal: Money, *, pack: Pack, claim: Claim, due_on: date, on: date, agreed_rate: Decimal | None = None,
    more: Circumstances = NOTHING_MORE,
) -> Interest:  # fmt: skip
    """Interest of the days after `due_on` (or the judgment) up to and including `on`; zero days before that.

    An agreed yearly rate (a fraction) above a legal ceiling is counted at the ceiling or, where the law says so, costs
    all the interest. Refused: a claim the pack has no
    rule for, a day without a rate (`rate_missing`), interest on interest where the law forbids it. Where demand and not
    the due date starts default, `due_on` is the day of the demand.
    """
    bound = _rule_for(pack, claim, principal, on, more)
    rule, law = bound.rule, bound.parameters
    assert isinstance(law, LateInterest)
    _refuse_interest_on_interest(pack, claim, principal, on, more)
    begun = (more.judgment_on or due_on) + timedelta(days=1)
    # A judgment has a rate of its own: what the parties had agreed ended with it.
    agreed = None if more.judgment_on else agreed_rate if agreed_rate is not None else _ordinary(law, more)
    with localcontext() as context:
        context.prec = 40
        segments = tuple(
            segment
            for first, last in open_spans(begun, on, more.paused)
            for segment in _segments(principal, pack, bound, first, last, agreed, begun, more.reference_rate)
        )
        if law.forfeits and any(segment.above for segment in segments):
            segments = tuple(replace(one, rate=Decimal(0), amount=Decimal(0), note=FORFEITED) for one in segments)
        total = Money(round_half_up(sum((segment.amount for segment in segments), Decimal(0))), principal.currency)
    return Interest(principal, total, segments, rule, _notes(rule, segments), law.year_days, law.growth)


def fixed_compensation(
    *, pack: Pack, claim: Claim, on: date, principal: Money | None = None, more: Circumstances = NOTHING_MORE
) -> Compensation | None:
    """The fixed sum late payment of such a claim adds in that place, or None. Sums by size need the principal."""
    for bound in rules_of(pack, "fixed_compensation", on):
        law = bound.parameters
        assert isinstance(law, FixedCompensation)
        if not fits(bound, _debt(claim, principal, more), on, pack):
            continue
        amount = _fixed(law, principal)
        if amount is not None:
            return Compensation(amount, bound.rule)
    return None


def due_by_law(delivered_on: date, *, pack: Pack, claim: Claim, more: Circumstances = NOTHING_MORE) -> Bound:
    """The rule that says when one pays where nothing was agreed. Refused where the pack has none."""
    for bound in rules_of(pack, "payment_term", delivered_on):
        if fits(bound, _debt(claim, None, more), delivered_on, pack):
            return bound
    raise NoInterestRule(
        msg("El paquete {pack} no dice cuándo vence lo que no tiene plazo: falta «due_on»."),
        pack=pack.id,
        field=_unruled(pack, "due_on"),
    )


def due_day(delivered_on: date, bound: Bound) -> date:
    """The day on which what was delivered is due under such a rule."""
    assert isinstance(bound.parameters, PaymentTerm)
    return delivered_on + timedelta(days=bound.parameters.days)


def open_spans(first: date, last: date, paused: Sequence[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """The days from first to last, both included, without those of the pauses."""
    for begins, ends in sorted(paused):
        if ends < first or begins > last:
            continue
        if first < begins:
            yield first, begins - timedelta(days=1)
        first = ends + timedelta(days=1)
    if first <= last:
        yield first, last


def _debt(claim: Claim, principal: Money | None, more: Circumstances) -> Debt:
    return Debt(claim, more.title, more.debtor, None, more.product, principal)


def _rule_for(pack: Pack, claim: Claim, principal: Money, on: date, more: Circumstances) -> Bound:
    kind, day = ("judgment_interest", more.judgment_on) if more.judgment_on else ("late_interest", on)
    debt = _debt(claim, principal, more)
    found = [bound for bound in rules_of(pack, kind, day) if fits(bound, debt, day, pack)]
    if not found:
        raise NoInterestRule(
            msg("El paquete {pack} no dice qué interés genera un adeudo de este tipo ({claim})."),
            pack=pack.id, claim=claim, field=_unruled(pack, "claim"),
        )  # fmt: skip
    return min(found, key=lambda bound: _law(bound).rank)


def _law(bound: Bound) -> LateInterest:
    assert isinstance(bound.parameters, LateInterest)
    return bound.parameters


def _ordinary(law: LateInterest, more: Circumstances) -> Decimal | None:
    return more.ordinary_rate if law.ordinary_rate else None


def _refuse_interest_on_interest(pack: Pack, claim: Claim, principal: Money, on: date, more: Circumstances) -> None:
    if more.capitalised == "no":
        return
    for bound in rules_of(pack, "capitalisation", on):
        law = bound.parameters
        assert isinstance(law, Capitalisation)
        if fits(bound, _debt(claim, principal, more), on, pack):
            if more.capitalised in law.allow:
                return
            raise InterestOnInterest(
                msg("Los intereses vencidos no pasan a principal así ({how}): {citation}."),
                how=more.capitalised, citation=bound.rule.citation, rule=bound.rule.id, field="capitalised",
            )  # fmt: skip
    raise InterestOnInterest(
        msg("El paquete {pack} no deja que los intereses pasen a principal."), pack=pack.id, field="capitalised"
    )


def _unruled(pack: Pack, field: str) -> str:
    """The fact for which there is no rule: that one, or the place where no law is loaded."""
    return field if pack.head.country else "country"


def _segments(
    principal: Money, pack: Pack, bound: Bound, first: date, last: date, agreed: Decimal | None, begun: date,
    reference: Decimal | None,
) -> Iterator[Segment]:  # fmt: skip
    law, days = _law(bound), (last - first).days + 1
    if agreed is not None and not law.ceiling:
        yield Segment(first, last, days, agreed, _grown(principal, agreed, days, law), None, "", msg("La tasa pactada"))
        return
    if law.rate_table is None:
        rate = (law.rate or Decimal(0)) * law.multiplier + law.plus
        yield Segment(first, last, days, rate, _grown(principal, rate, days, law), None, "", bound.rule.citation)
        return
    table = pack.rate_tables[law.rate_table]
    if law.fixed:
        row = _told_row(reference, begun) if reference is not None else row_on(table, begun)
        rate = row.rate * law.multiplier + law.plus
        amount = _grown(principal, rate, days, law)
        yield Segment(first, last, days, rate, amount, row.confidence, row.note, table.citation, row.read_on)
        return
    for span in spans(table, first, last):
        ceiling = span.row.rate * law.multiplier + law.plus
        rate = ceiling if agreed is None else min(agreed, ceiling)
        amount, row = _grown(principal, rate, span.days, law), span.row
        yield Segment(span.first, span.last, span.days, rate, amount, row.confidence, row.note, table.citation,
                      row.read_on, agreed is not None and agreed > ceiling)  # fmt: skip


def _told_row(rate: Decimal, day: date) -> RateRow:
    note = msg("El tipo de referencia lo dio quien pregunta.")
    return RateRow.model_validate({"from": day, "rate": str(rate), "confidence": Confidence.POLICY, "note": note})


def _grown(principal: Money, rate: Decimal, days: int, law: LateInterest) -> Decimal:
    if law.growth == "simple":
        return principal.minor * rate * days / law.year_days
    return principal.minor * ((1 + rate) ** (Decimal(1) / law.year_days) - 1) * days


def _fixed(law: FixedCompensation, principal: Money | None) -> Money | None:
    if law.amount_minor is not None:
        return Money(law.amount_minor, law.currency)
    if principal is None or principal.currency != law.currency:
        return None
    if law.share is not None:
        return principal.times(law.share)
    amounts = [tier.amount for tier in law.tiers if principal.amount >= tier.least]
    return Money(int(amounts[-1].scaleb(exponent(law.currency))), law.currency) if amounts else None


def _notes(rule: Rule, segments: tuple[Segment, ...]) -> tuple[str, ...]:
    unverified = [s.note for s in segments if s.confidence is not None and s.confidence not in VERIFIED]
    unverified += [FORFEITED for s in segments if s.note == FORFEITED]
    return tuple(dict.fromkeys(note for note in [*unverified, rule.note] if note))
