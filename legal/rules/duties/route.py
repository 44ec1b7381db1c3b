"""Which proceeding fits a claim: by what it rests on, its amount and the place; what must be tried or written before,
where a debtor may be sued, and which documents are missing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from kernel.money import Money
from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import months_after, years_after
from legal.rules.facts import EARLIER, Claim, DebtorKind, Means, Title, Told, UnknownFact
from legal.rules.packs.duty_kinds import LetterOfClaim, Venue
from legal.rules.packs.fitting import in_bands, sum_of
from legal.rules.packs.kinds import CourtRoute, NegotiationDuty
from legal.rules.packs.loading import Bound, Pack, all_packs, rules_of
from legal.rules.packs.schema import Rule


class NoRoute(Problem):
    """The pack knows no proceeding for such a claim."""

    kind = Kind.CONFLICT
    code = "route.none"


@dataclass(frozen=True, slots=True)
class Negotiation(Told):
    """What was tried before court. `received_on`: the day the other side provably got it, None where nothing proves it;
    `proposed_on`: the day of a concrete proposal; `met_on`: of the first meeting, or the first answer in writing;
    `ended_on`: the day both said in writing that it was over."""

    means: Means
    attempted_on: date
    received_on: date | None = None
    lawyer: bool = False
    ended_on: date | None = None
    proposed_on: date | None = None
    met_on: date | None = None


@dataclass(frozen=True, slots=True)
class Letter(Told):
    """A letter before court: the day on it, that of the debtor's reply, and of the documents given on it."""

    dated: date
    reply_on: date | None = None
    documents_asked: bool = False
    documents_on: date | None = None

    def __post_init__(self) -> None:
        for name, day in (("reply_on", self.reply_on), ("documents_on", self.documents_on)):
            if day is not None and day < self.dated:
                raise UnknownFact(EARLIER, field=name, day=day, other="dated", since=self.dated)


@dataclass(frozen=True, slots=True)
class Places(Told):
    """Where the suit would be, and the places it may depend on, each by any one name used throughout."""

    suit: str
    residence: str | None = None
    signed: str | None = None
    property: str | None = None


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
    """A proceeding that fits, with what is still missing. `lawyer`: the law asks for one, or nobody read that it does
    not. `venue`: whether the debtor may be sued there; None: no rule speaks of it, or nobody said where."""

    proceeding: str
    rule: Rule
    negotiation: Standing
    missing: tuple[str, ...]
    lawyer: bool
    venue: bool | None = None
    venue_rule: Rule | None = None

    @property
    def open(self) -> bool:
        """Whether nothing but documents stands before it."""
        return self.negotiation.duty in (Duty.NONE, Duty.MET) and self.venue is not False


def routes_of(
    amount: Money, *, pack: Pack, claim: Claim, title: Title, on: date, cross_border: bool = False,
    documents: Sequence[str] = (), negotiation: Negotiation | None = None, letter: Letter | None = None,
    debtor: DebtorKind | None = None, places: Places | None = None,
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
        raise NoRoute(msg("El paquete {pack} no conoce una vía para un crédito así."), pack=pack.id,
                      field="title" if pack.head.country else "country")  # fmt: skip
    before = _letter_standing(pack, claim, debtor, on, letter) or _standing(pack, amount, on, negotiation)
    venue = _venue(pack, claim, on, places)
    found = []
    for bound in sorted(fitting, key=lambda one: _of(one).rank):
        route = _of(bound)
        lawyer = route.lawyer if route.lawyer_over is None else amount > sum_of(route.lawyer_over, on, pack)
        standing = before if route.negotiate else Standing(Duty.NONE)
        needless = ("negotiation_proof",) if standing.duty is Duty.NONE else ()
        missing = tuple(one for one in route.documents if one not in (*documents, *needless))
        found.append(Route(route.proceeding, bound.rule, standing, missing, lawyer, *venue))
    return tuple(found)


@cache
def documents_known() -> tuple[str, ...]:
    """Every document that a route of any place asks for, by name."""
    rules = [rule for pack in all_packs().values() for rule in pack.rules if rule.kind == "court_route"]
    return tuple(sorted({name for rule in rules for name in rule.parameters.get("documents", ())}))


def _of(bound: Bound) -> CourtRoute:
    assert isinstance(bound.parameters, CourtRoute)
    return bound.parameters


def _fits(bound: Bound, title: Title, amount: Money, on: date, pack: Pack, cross_border: bool) -> bool:
    route = _of(bound)
    if title not in route.titles or (route.cross_border and not cross_border):
        return False
    return in_bands(amount, route.bands, on, pack)


def _venue(pack: Pack, claim: Claim, on: date, places: Places | None) -> tuple[bool | None, Rule | None]:
    for bound in rules_of(pack, "venue", on):
        law, claims = bound.parameters, bound.rule.applies_to.claim
        assert isinstance(law, Venue)
        if claims and claim not in claims:
            continue
        if places is None:
            return None, bound.rule
        # Where a thing secures the debt the suit is where it lies.
        admitted = [places.property] if places.property else [getattr(places, one) for one in law.allow]
        return places.suit in admitted, bound.rule
    return None, None


def _letter_standing(
    pack: Pack, claim: Claim, debtor: DebtorKind | None, on: date, letter: Letter | None
) -> Standing | None:
    """Where the letter before court stands; the longest wait of the rules that may speak of this debtor."""
    found = []
    for bound in rules_of(pack, "letter_of_claim", on):
        law, scope = bound.parameters, bound.rule.applies_to
        assert isinstance(law, LetterOfClaim)
        if (not scope.claim or claim in scope.claim) and (not scope.debtor or debtor in (None, *scope.debtor)):
            found.append((law.wait_days, bound.rule))
    if not found:
        return None
    days, rule = max(found, key=lambda one: one[0])
    if letter is None:
        return Standing(Duty.MISSING, rule=rule)
    if letter.documents_asked and letter.documents_on is None:
        return Standing(Duty.WAITING, rule=rule)
    later = [day for day in (letter.dated, letter.reply_on, letter.documents_on) if day is not None]
    first = max(later) + timedelta(days=days + 1)
    return Standing(Duty.WAITING if on < first else Duty.MET, first, None, rule)


def _standing(pack: Pack, amount: Money, on: date, tried: Negotiation | None) -> Standing:
    for bound in rules_of(pack, "negotiation_duty", on):
        duty, rule = bound.parameters, bound.rule
        assert isinstance(duty, NegotiationDuty)
        if tried is None:
            return Standing(Duty.MISSING, rule=rule)
        if tried.received_on is None:
            return Standing(Duty.WEAK_PROOF, rule=rule)
        offer = tried.means is Means.BINDING_OFFER
        if offer and not tried.lawyer and amount > sum_of(duty.offer_lawyer_over, on, pack):
            return Standing(Duty.LAWYER_REQUIRED, rule=rule)
        over = months_after(tried.received_on, 1) if offer else _over(duty, tried, tried.received_on)
        first = (tried.ended_on or over) + timedelta(days=1)
        last = years_after(tried.ended_on or tried.received_on, duty.sue_within_years)
        state = Duty.WAITING if on < first else Duty.MET if on <= last else Duty.EXPIRED
        return Standing(state, first, last, rule)
    return Standing(Duty.NONE)


def _over(duty: NegotiationDuty, tried: Negotiation, received_on: date) -> date:
    """The day on which what was tried is over without an agreement: once both talk, silence no longer ends it."""
    ends = []
    if tried.proposed_on is not None and duty.proposal_days is not None:
        ends.append(tried.proposed_on + timedelta(days=duty.proposal_days))
    if tried.met_on is not None and duty.meeting_months is not None:
        ends.append(months_after(tried.met_on, duty.meeting_months))
    return min(ends, default=received_on + timedelta(days=duty.wait_days))
