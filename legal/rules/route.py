"""Which proceeding fits a claim: by what it rests on, its amount and the place; what must be tried before, and which
documents are missing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kernel.money import Money, exponent
from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import months_after, years_after
from legal.rules.facts import Claim, Means, Title, Told
from legal.rules.kinds import CourtRoute, NegotiationDuty, Sum
from legal.rules.packs import Bound, Pack, rules_of
from legal.rules.rates import row_on
from legal.rules.schema import Rule


class NoRoute(Problem):
    """The pack knows no proceeding for such a claim."""

    kind = Kind.CONFLICT
    code = "route.none"


@dataclass(frozen=True, slots=True)
class Negotiation(Told):
    """What was tried before court. `received_on`: the day the other side provably got it, None where nothing proves it;
    `ended_on`: the day both said in writing that it was over."""

    means: Means
    attempted_on: date
    received_on: date | None = None
    lawyer: bool = False
    ended_on: date | None = None


class Duty(StrEnum):
    """Where the duty to negotiate before court stands."""

    NONE = "none"
    MISSING = "missing"
    WEAK_PROOF = "weak_proof"
    LAWYER_REQUIRED = "lawyer_required"
    WAITING = "waiting"
    MET = "met"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """The duty's state; a suit may be filed from `first` to `last`, both included."""

    duty: Duty
    first: date | None = None
    last: date | None = None
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A proceeding that fits, with what is still missing. `lawyer`: the law asks for one."""

    proceeding: str
    rule: Rule
    negotiation: Standing
    missing: tuple[str, ...]
    lawyer: bool


def routes_of(
    amount: Money, *, pack: Pack, claim: Claim, title: Title, on: date, cross_border: bool = False,
    documents: Sequence[str] = (), negotiation: Negotiation | None = None,
) -> tuple[Route, ...]:  # fmt: skip
    """The proceedings that fit a claim of so much principal on a day, the one to prefer first.

    Refused: a claim for which the pack knows none, a day without a threshold (`rate_missing`), another currency than
    that of the thresholds.
    """
    fitting = [
        bound for bound in rules_of(pack, "court_route", on)
        if (not bound.rule.applies_to.claim or claim in bound.rule.applies_to.claim)
        and _fits(bound, title, amount, on, pack, cross_border)
    ]  # fmt: skip
    if not fitting:
        raise NoRoute(msg("El paquete {pack} no conoce una vía para un crédito así."), pack=pack.id)
    return tuple(
        _route(bound, amount, pack, on, documents, negotiation)
        for bound in sorted(fitting, key=lambda one: _of(one).rank)
    )


def _of(bound: Bound) -> CourtRoute:
    assert isinstance(bound.parameters, CourtRoute)
    return bound.parameters


def _fits(bound: Bound, title: Title, amount: Money, on: date, pack: Pack, cross_border: bool) -> bool:
    route = _of(bound)
    if title not in route.titles or (route.cross_border and not cross_border):
        return False
    return not route.bands or any(
        (band.least is None or amount >= _money(band.least, on, pack))
        and (band.over is None or amount > _money(band.over, on, pack))
        and (band.most is None or amount <= _money(band.most, on, pack))
        and (band.below is None or amount < _money(band.below, on, pack))
        for band in route.bands
    )


def _money(told: Sum, on: date, pack: Pack) -> Money:
    """A threshold of that day, rounded up to a minor unit. Another currency than the claim's is refused by Money."""
    value = told.amount if told.amount is not None else row_on(pack.rate_tables[told.table], on).rate * told.times
    minor = (value * Decimal(10) ** exponent(told.currency)).to_integral_value(rounding="ROUND_CEILING")
    return Money(int(minor), told.currency)


def _route(
    bound: Bound, amount: Money, pack: Pack, on: date, documents: Sequence[str], tried: Negotiation | None
) -> Route:  # fmt: skip
    route = _of(bound)
    lawyer = route.lawyer_over is not None and amount > _money(route.lawyer_over, on, pack)
    standing = _standing(pack, amount, on, tried) if route.negotiate else Standing(Duty.NONE)
    missing = tuple(one for one in route.documents if one not in documents)
    return Route(route.proceeding, bound.rule, standing, missing, lawyer)


def _standing(pack: Pack, amount: Money, on: date, tried: Negotiation | None) -> Standing:
    for bound in rules_of(pack, "negotiation_duty", on):
        duty, rule = bound.parameters, bound.rule
        assert isinstance(duty, NegotiationDuty)
        if tried is None:
            return Standing(Duty.MISSING, rule=rule)
        if tried.received_on is None:
            return Standing(Duty.WEAK_PROOF, rule=rule)
        offer = tried.means is Means.BINDING_OFFER
        if offer and not tried.lawyer and amount > _money(duty.offer_lawyer_over, on, pack):
            return Standing(Duty.LAWYER_REQUIRED, rule=rule)
        over = months_after(tried.received_on, 1) if offer else tried.received_on + timedelta(days=duty.wait_days)
        first = (tried.ended_on or over) + timedelta(days=1)
        last = years_after(tried.ended_on or tried.received_on, duty.sue_within_years)
        state = Duty.WAITING if on < first else Duty.MET if on <= last else Duty.EXPIRED
        return Standing(state, first, last, rule)
    return Standing(Duty.NONE)
