"""Words of caution on what the parties agreed: rates that a court may cut or strike out, terms longer than the law
lets. They warn with their source and their confidence; they change no figure. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kernel.money import Money
from kernel.text import msg
from legal.rules.facts import Claim
from legal.rules.money.interest import NOTHING_MORE, Circumstances, Interest, due_by_law, due_day, late_interest
from legal.rules.packs.fitting import Debt, fits
from legal.rules.packs.loading import Bound, Pack, rules_of
from legal.rules.packs.money_kinds import PaymentTerm, RateControl
from legal.rules.packs.rates import RateMissing, row_on, spans
from legal.rules.packs.schema import Rule


@dataclass(frozen=True, slots=True)
class Caution:
    """What somebody should look at: a stable `code`, a Spanish sentence with `{named}` fields and what fills them."""

    rule: Rule
    code: str
    sentence: str
    inputs: Mapping[str, object]


def cautions(
    principal: Money, *, pack: Pack, claim: Claim, due_on: date, on: date, agreed_rate: Decimal | None,
    more: Circumstances = NOTHING_MORE,
) -> tuple[Caution, ...]:  # fmt: skip
    """What to look at in an agreed yearly default rate (a fraction) on a day; nothing where none was agreed."""
    if agreed_rate is None or more.judgment_on is not None:
        return ()
    debt = Debt(claim, more.title, more.debtor, None, more.product, principal)
    found: list[Caution] = []
    for bound in rules_of(pack, "rate_control", on):
        if fits(bound, debt, on, pack):
            found += _looked_at(bound, principal, pack, claim, due_on, on, agreed_rate, more)
    return tuple(found)


def default_from(
    delivered_on: date, demanded_on: date | None, *, pack: Pack, claim: Claim, more: Circumstances = NOTHING_MORE
) -> tuple[date, date | None, Bound]:
    """Of a debt without an agreed day: the day it is due, the day after which interest runs (None: not before a demand
    that nobody made), and the rule. Refused where the pack has none."""
    bound = due_by_law(delivered_on, pack=pack, claim=claim, more=more)
    due_on = due_day(delivered_on, bound)
    assert isinstance(bound.parameters, PaymentTerm)
    if not bound.parameters.demand:
        return due_on, due_on, bound
    return due_on, max(due_on, demanded_on) if demanded_on else None, bound


def undemanded(rule: Rule) -> Caution:
    """The word that default has not begun."""
    sentence = msg("Sin día pactado, la mora empieza con el requerimiento y no consta ninguno: no hay intereses.")
    return Caution(rule, "not_demanded", sentence, {})


def term_cautions(
    delivered_on: date, due_on: date, *, pack: Pack, claim: Claim, more: Circumstances = NOTHING_MORE
) -> Iterator[Caution]:
    """A word where the agreed day to pay lies further from the delivery than the law lets."""
    for bound in rules_of(pack, "payment_term", delivered_on):
        law = bound.parameters
        assert isinstance(law, PaymentTerm)
        if law.most_days is None or not fits(bound, Debt(claim, more.title, more.debtor), delivered_on, pack):
            continue
        latest = delivered_on + timedelta(days=law.most_days)
        if due_on > latest:
            sentence = msg("El plazo pactado ({due_on}) pasa del máximo legal, {days} días: {latest}.")
            yield Caution(
                bound.rule, "term_too_long", sentence, {"due_on": due_on, "days": law.most_days, "latest": latest}
            )


def _looked_at(
    bound: Bound, principal: Money, pack: Pack, claim: Claim, due_on: date, on: date, agreed: Decimal,
    more: Circumstances,
) -> Iterator[Caution]:  # fmt: skip
    control = bound.parameters
    assert isinstance(control, RateControl)
    if control.forfeits:
        yield from _over_table(bound, control, pack, due_on, on, agreed)
        return
    reference = _reference(control, principal, pack, claim, due_on, on, more)
    if reference is None:
        sentence = msg("Falta la tasa con que se compara la pactada ({agreed}): no se sabe si es excesiva.")
        yield Caution(bound.rule, f"{control.code}_unchecked", sentence, {"agreed": agreed})
        return
    limit = reference * control.times + control.plus
    if agreed > limit if control.when == "over" else agreed < limit:
        sentence = msg("La tasa pactada ({agreed}) está fuera de lo que se admite ({limit}).")
        yield Caution(bound.rule, control.code, sentence, {"agreed": agreed, "limit": limit})


def _over_table(
    bound: Bound, control: RateControl, pack: Pack, due_on: date, on: date, agreed: Decimal
) -> Iterator[Caution]:
    """A word on the first day of default on which the agreed rate is above the limit."""
    assert control.rate_table is not None
    for span in spans(pack.rate_tables[control.rate_table], due_on + timedelta(days=1), on):
        limit = span.row.rate * control.times + control.plus
        if agreed > limit:
            sentence = msg(
                "La tasa pactada ({agreed}) supera el tope ({limit}) desde el {day}: se pierden los intereses."
            )
            yield Caution(bound.rule, control.code, sentence, {"agreed": agreed, "limit": limit, "day": span.first})
            return


def _reference(
    control: RateControl, principal: Money, pack: Pack, claim: Claim, due_on: date, on: date, more: Circumstances
) -> Decimal | None:
    if control.against == "market":
        return more.market_rate
    if control.against == "ordinary":
        return more.ordinary_rate
    try:
        if control.against == "table":
            assert control.rate_table is not None
            return row_on(pack.rate_tables[control.rate_table], on).rate
        return _legal(late_interest(principal, pack=pack, claim=claim, due_on=due_on, on=on, more=more))
    except RateMissing:
        return None


def _legal(found: Interest) -> Decimal | None:
    return max((segment.rate for segment in found.segments), default=None)
