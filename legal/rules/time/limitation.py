"""Until when a claim may be brought to court, what began its term anew, and which claims are too old. Pure.

A debtor is never told that a debt is time-barred: the answer warns whoever collects, stops threats of a suit and calls
a lawyer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from kernel.money import Money
from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import business_day, last_business_day, months_after, years_after
from legal.rules.facts import EARLIER, Act, Claim, DebtorKind, Product, Target, Title, Told, UnknownFact
from legal.rules.packs.fitting import in_bands
from legal.rules.packs.kinds import Limitation
from legal.rules.packs.loading import Bound, Pack, rules_of
from legal.rules.packs.schema import VERIFIED, Rule
from legal.rules.time.seeds import Candidate, candidates_of

NEAR = timedelta(days=90)
"""So long before its end a term is near: a lawyer should look at the claim."""

# In years: no term of any place is longer, not even one that began anew.
_LONGEST = 60


class NoLimitationRule(Problem):
    """The pack says nothing of the term of such a claim."""

    kind = Kind.CONFLICT
    code = "limitation.no_rule"


@dataclass(frozen=True, slots=True)
class TermAct(Told):
    """Something that may count in a term. `on`: the day it was done, of a demand the day it was received.

    `notified_on` is asked of a court claim; one that was `withdrawn` or dismissed never interrupted anything.
    `towards`: whom it concerned; None is the debtor. `ended_on`: the day a negotiation was over.
    """

    kind: Act
    on: date
    notified_on: date | None = None
    withdrawn: bool = False
    towards: Target | None = None
    ended_on: date | None = None

    def __post_init__(self) -> None:
        if self.ended_on is not None and self.ended_on < self.on:
            raise UnknownFact(EARLIER, field="ended_on", day=self.ended_on, other="on", since=self.on)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim whose term is asked: `obligor` is who would be sued. `presented`: the paper's place of presentation, and
    then `due_on` is the day of its issue. None: nobody knows."""

    claim: Claim
    title: Title
    due_on: date
    region: str | None = None
    obligor: Target = Target.DEBTOR
    presented: str | None = None
    product: Product | None = None
    amount: Money | None = None
    debtor: DebtorKind | None = None


class Effect(StrEnum):
    """What an act did to the term."""

    ANEW = "anew"
    WAIVED = "waived"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Counted:
    """An act and what it did; `because` is a Spanish sentence."""

    act: TermAct
    effect: Effect
    because: str


@dataclass(frozen=True, slots=True)
class Term:
    """A claim's term: `last_day` by the calendar, moved where the law moves it; `last_safe_day` on the reading that is
    most careful for the creditor, a day on which courts are open; `prescribed_from` the first day it is too late.

    `candidates` are terms that lists give and nobody read in the law: the shortest of all blocks. `ordinary_until`: the
    last day of the ordinary claim that an enforceable one becomes. `unread` are the parameters that decide and that
    nobody read in the law: all days are those of the reading that ends first, `longest` is the first day on which it is
    too late by the reading that ends last.
    """

    begun: date
    last_day: date
    last_safe_day: date
    prescribed_from: date
    acts: tuple[Counted, ...]
    rule: Rule
    candidates: tuple[Candidate, ...] = ()
    ordinary_until: date | None = None
    read: bool = True
    unread: tuple[str, ...] = ()
    longest: date | None = None

    @property
    def in_the_law(self) -> bool:
        """Whether all that these days rest on was read in the law, or in one who quotes it."""
        return self.read and not self.unread and self.rule.confidence in VERIFIED

    @property
    def blocks_from(self) -> date:
        """From when no suit is brought nor threatened: the shortest of all terms that may hold is over."""
        return min([self.prescribed_from, *(one.last_day + timedelta(days=1) for one in self.candidates)])

    @property
    def _over_by_all(self) -> date:
        """From when the claim is too late whatever of what nobody read holds."""
        lists = [] if self.read else [one.last_day + timedelta(days=1) for one in self.candidates]
        return max([self.longest or self.blocks_from, *lists])

    def state(self, on: date) -> str:
        """`barred`, `near` (within ninety days of its last safe day, or past it) or `running`; `unknown` while nobody
        read the law and the lists contradict one another, or while only what nobody read keeps the term alive."""
        if on >= self.blocks_from:
            return "barred" if on >= self._over_by_all else "unknown"
        if not self.read and not all(one.agreed for one in self.candidates):
            return "unknown"
        safe = min([self.last_safe_day, *(one.last_day for one in self.candidates)])
        return "near" if on > safe - NEAR else "running"

    def suit_state(self, on: date) -> str:
        """The state as far as a suit goes: lists alone let nothing pass, so that what they tell is `unknown`."""
        state = self.state(on)
        return state if self.read or state == "barred" else "unknown"


def term_of(told: Claimed, *, pack: Pack, acts: Sequence[TermAct] = ()) -> Term:
    """The term of a claim that fell due on a day. Refused where the pack has no rule for such a claim."""
    candidates = candidates_of(pack, told.title, told.due_on, told.region)
    found = _rule_for(pack, told)
    if found is None:
        return _by_lists(told, candidates, acts, pack)
    assert isinstance(found.parameters, Limitation)
    doubted = _doubted(found.rule, found.parameters, told)
    terms = [_counted(told, found.rule, law, acts, candidates, pack) for law in _readings(found.parameters, doubted)]
    first = min(terms, key=lambda term: term.prescribed_from)
    longest = max(term.prescribed_from for term in terms)
    if "reaches_back" in doubted:
        # Before that law the lists' terms held, or nobody knows which.
        longest = max([longest, *(one.last_day + timedelta(days=1) for one in candidates)]) if candidates else date.max
    if longest == first.prescribed_from:
        # Nothing moves the days, but the law of the region is another one.
        return replace(first, unread=tuple(name for name in doubted if name in ("elsewhere", "own_law")))
    return replace(first, unread=doubted, longest=longest)


def _doubted(rule: Rule, law: Limitation, told: Claimed) -> tuple[str, ...]:
    """What the rule takes from no source that was read, as far as it bears on this claim."""
    bears = {"elsewhere": told.region in law.elsewhere, "own_law": told.region in law.own_law,
             "reaches_back": rule.valid_from > told.due_on}  # fmt: skip
    return tuple(name for name in rule.unread if bears.get(name, True))


def _readings(law: Limitation, doubted: Sequence[str]) -> Iterator[Limitation]:
    """The rule with and without each parameter that nobody read."""
    for count in range(len(doubted) + 1):
        for names in combinations(doubted, count):
            yield law.model_copy(update={name: Limitation.model_fields[name].default for name in names})


def _counted(
    told: Claimed, rule: Rule, law: Limitation, acts: Sequence[TermAct], candidates: tuple[Candidate, ...], pack: Pack
) -> Term:
    begun, counted, used = _first_day(law, told), list[Counted](), set[Act]()
    renewed = False
    for act in sorted(acts, key=lambda one: _effective(one, law) or one.on):
        day = _effective(act, law)
        last = _last_day(law, begun, pack, told.region, renewed)
        effect, because = _effect(act, day, begun, last, law, used, told.obligor)
        counted.append(Counted(act, effect, because))
        if effect is not Effect.NONE and day is not None:
            used.add(act.kind)
            renewed = act.kind is Act.RENEWAL
            begun = act.ended_on or day + timedelta(days=law.pause.get(act.kind, 0))
    return _term(law, rule, begun, tuple(counted), candidates, pack, told.region, renewed)


def _term(
    law: Limitation, rule: Rule, begun: date, counted: tuple[Counted, ...], candidates: tuple[Candidate, ...],
    pack: Pack, region: str | None, renewed: bool,
) -> Term:  # fmt: skip
    last = _last_day(law, begun, pack, region, renewed)
    earliest = min(_end(law, begun, region, renewed), _careful(law, begun, region))
    safe = last_business_day(pack.calendar, earliest)
    ordinary = years_after(last, law.then_years) if law.then_years else None
    return Term(begun, last, safe, last + timedelta(days=1), counted, rule, candidates, ordinary)


def _by_lists(told: Claimed, candidates: tuple[Candidate, ...], acts: Sequence[TermAct], pack: Pack) -> Term:
    """The shortest term that lists give; what begins a term anew there nobody read, so nothing does."""
    if not candidates:
        if told.region is None and rules_of(pack, "limitation_seed", told.due_on):
            raise NoLimitationRule(msg("En {pack} el plazo depende de la región: falta el dato «{field}»."),
                                   pack=pack.id, field="region")  # fmt: skip
        raise NoLimitationRule(
            msg("El paquete {pack} no dice en qué plazo prescribe un crédito así ({claim}, {title})."),
            pack=pack.id, claim=told.claim, title=told.title, field="title" if pack.head.country else "country",
        )  # fmt: skip
    first = min(candidates, key=lambda one: one.last_day)
    because = msg("Aquí no se leyó en la ley qué interrumpe: no se cuenta.")
    counted = tuple(Counted(act, Effect.NONE, because) for act in acts)
    safe = last_business_day(pack.calendar, first.last_day)
    after = first.last_day + timedelta(days=1)
    return Term(told.due_on, first.last_day, safe, after, counted, first.rule, candidates, read=False)


@lru_cache(maxsize=4096)
def barred_before(*, pack: Pack, claim: Claim, on: date, region: str | None = None) -> date | None:
    """Ordinary claims due before this day are time-barred `on` a day by the shortest term that may hold, or alive only
    by what nobody read in the law, as far as nothing interrupted it; None where neither the pack nor its lists say
    anything of it.

    `region` is a subdivision of ISO 3166-2, `pack` the rules that hold there.
    """
    try:
        if _is_barred(on, pack, claim, on, region):
            return on
    except NoLimitationRule:
        return None
    old, new = years_after(on, -_LONGEST), on
    while (new - old).days > 1:
        between = old + (new - old) // 2
        try:
            barred = _is_barred(between, pack, claim, on, region)
        except NoLimitationRule:
            # Older than any rule that was read: older than what is barred.
            barred = True
        old, new = (between, new) if barred else (old, between)
    return new


def _is_barred(due_on: date, pack: Pack, claim: Claim, on: date, region: str | None) -> bool:
    return term_of(Claimed(claim, Title.ORDINARY, due_on, region), pack=pack).blocks_from <= on


def differs_by_region(pack: Pack, on: date) -> bool:
    """Whether some regions of the place have a term of their own, in its law or in the lists of terms."""
    rules = [bound.parameters for bound in rules_of(pack, "limitation", on)]
    return any(isinstance(one, Limitation) and one.elsewhere for one in rules) or bool(
        rules_of(pack, "limitation_seed", on)
    )


def _rule_for(pack: Pack, told: Claimed) -> Bound | None:
    """A later law that itself reaches back; otherwise that of the day it fell due, which says how its own change
    reaches older claims."""
    for rule in pack.rules:
        if rule.kind == "limitation" and rule.parameters.get("reaches_back") and rule.valid_from > told.due_on:
            for bound in rules_of(pack, "limitation", rule.valid_from):
                if bound.rule == rule and _speaks_of(bound, told, pack):
                    return bound
    for bound in rules_of(pack, "limitation", told.due_on):
        if _speaks_of(bound, told, pack):
            return bound
    return None


def _speaks_of(bound: Bound, told: Claimed, pack: Pack) -> bool:
    law, scope = bound.parameters, bound.rule.applies_to
    assert isinstance(law, Limitation)
    if (scope.claim and told.claim not in scope.claim) or told.title not in law.titles:
        return False
    if scope.debtor and told.debtor not in (None, *scope.debtor):
        return False
    if law.products and told.product not in law.products:
        return False
    return not law.bands or (told.amount is not None and in_bands(told.amount, law.bands, told.due_on, pack))


def _first_day(law: Limitation, told: Claimed) -> date:
    """The day from which the term runs: the due day, or the end of the days to present a paper."""
    if told.presented is None:
        return told.due_on
    if days := law.presentation_days.get(told.presented):
        return told.due_on + timedelta(days=days)
    if months := law.presentation_months.get(told.presented):
        return months_after(told.due_on, months)
    raise UnknownFact(msg("El dato «{field}» no puede ser «{place}»: aquí no hay un plazo de presentación para eso."),
                      place=told.presented, field="presented")  # fmt: skip


def _effective(act: TermAct, law: Limitation) -> date | None:
    """From when an act counts; None: not as far as is known."""
    if act.kind is not Act.CLAIM or law.notice_years is None:
        return act.on
    if act.notified_on is None:
        return None
    return act.on if act.notified_on <= years_after(act.on, law.notice_years) else act.notified_on


def _effect(
    act: TermAct, day: date | None, begun: date, last: date, law: Limitation, used: set[Act], obligor: Target
) -> tuple[Effect, str]:
    if act.withdrawn:
        return Effect.NONE, msg("Se retiró o se desestimó: no interrumpe.")
    if not _reaches(act, obligor, law):
        return Effect.NONE, msg("No alcanza a quien se demandaría.")
    if day is None:
        return Effect.NONE, msg("Falta saber cuándo se notificó: mientras tanto no se cuenta.")
    if day < begun:
        return Effect.NONE, msg("Es de antes de que empezara el plazo.")
    if day > last:
        if act.kind in law.waive:
            return Effect.WAIVED, msg("El plazo ya había terminado: renuncia a la prescripción y empieza otro.")
        return Effect.NONE, msg("El plazo ya había terminado.")
    if act.kind in law.once and act.kind in used:
        return Effect.NONE, msg("Solo interrumpe una vez.")
    if act.kind in (*law.interrupt, *law.once):
        return Effect.ANEW, msg("Interrumpe: el plazo empieza de nuevo.")
    return Effect.NONE, msg("Aquí no interrumpe.")


def _reaches(act: TermAct, obligor: Target, law: Limitation) -> bool:
    """Whether an act towards one counts for the other. Solidary debtors reach one another; a guarantor's acts reach
    nobody else."""
    towards = act.towards or Target.DEBTOR
    if towards is obligor:
        return True
    if obligor is Target.DEBTOR:
        return towards is Target.CO_DEBTOR and act.kind in law.reach.get(Target.CO_DEBTOR, ())
    return towards is not Target.GUARANTOR and act.kind in law.reach.get(obligor, ())


def _last_day(law: Limitation, begun: date, pack: Pack, region: str | None, renewed: bool) -> date:
    last = _end(law, begun, region, renewed)
    return business_day(pack.calendar, last) if law.rolls else last


def _end(law: Limitation, begun: date, region: str | None, renewed: bool = False) -> date:
    """The last day by the calendar, with the days in which terms stood still."""
    new = law.anew_from is not None and begun >= law.anew_from
    elsewhere = law.elsewhere.get(region or "")
    years = elsewhere or (law.anew_years if new and law.anew_years else law.years)
    if renewed and law.renewed_years is not None:
        years = law.renewed_years
    last = months_after(years_after(begun, years), law.months)
    if law.latest is not None and not new and not elsewhere:
        last = min(last, law.latest)
    return _stood_still(law, begun, last)


def _careful(law: Limitation, begun: date, region: str | None) -> date:
    if law.year_days is None or not law.years:
        return date.max
    years = law.elsewhere.get(region or "", law.years)
    return _stood_still(law, begun, begun + timedelta(days=years * law.year_days))


def _stood_still(law: Limitation, begun: date, last: date) -> date:
    for first, end in law.suspended:
        if begun < end and first <= last:
            last += timedelta(days=(end - max(first, begun + timedelta(days=1))).days + 1)
    return last
