"""Until when a claim may be brought to court, what began its term anew, and which claims are too old. Pure.

A debtor is never told that a debt is time-barred: the answer warns whoever collects, stops threats of a suit and calls
a lawyer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import business_day, last_business_day, months_after, years_after
from legal.rules.facts import Act, Claim, Title, Told
from legal.rules.kinds import Limitation
from legal.rules.packs import Pack, rules_of
from legal.rules.schema import Rule

NEAR = timedelta(days=90)
"""So long before its end a term is near: a lawyer should look at the claim."""


class NoLimitationRule(Problem):
    """The pack says nothing of the term of such a claim."""

    kind = Kind.CONFLICT
    code = "limitation.no_rule"


@dataclass(frozen=True, slots=True)
class TermAct(Told):
    """Something that may count in a term. `on`: the day it was done, of a demand the day it was received.

    `notified_on` is asked of a court claim; one that was `withdrawn` or dismissed never interrupted anything.
    """

    kind: Act
    on: date
    notified_on: date | None = None
    withdrawn: bool = False


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
    most careful for the creditor, a day on which courts are open; `prescribed_from` the first day it is too late."""

    begun: date
    last_day: date
    last_safe_day: date
    prescribed_from: date
    acts: tuple[Counted, ...]
    rule: Rule

    def state(self, on: date) -> str:
        """`barred`, `near` (within ninety days of its last safe day, or past it) or `running`."""
        if on >= self.prescribed_from:
            return "barred"
        return "near" if on > self.last_safe_day - NEAR else "running"


def term_of(
    *, pack: Pack, claim: Claim, title: Title, due_on: date, acts: Sequence[TermAct] = (), region: str | None = None
) -> Term:
    """The term of a claim that fell due on a day. Refused where the pack has no rule for such a claim."""
    rule, law = _rule_for(pack, claim, title, due_on)
    begun, counted, used = due_on, list[Counted](), set[Act]()
    for act in sorted(acts, key=lambda one: _effective(one, law) or one.on):
        day = _effective(act, law)
        last = _last_day(law, begun, pack, region)
        effect, because = _effect(act, day, last, law, used)
        counted.append(Counted(act, effect, because))
        if effect is not Effect.NONE and day is not None:
            used.add(act.kind)
            begun = day + timedelta(days=law.pause.get(act.kind, 0))
    last = _last_day(law, begun, pack, region)
    safe = last_business_day(pack.calendar, min(_end(law, begun, region), _careful(law, begun, region)))
    return Term(begun, last, safe, last + timedelta(days=1), tuple(counted), rule)


def barred_before(*, pack: Pack, claim: Claim, on: date, region: str | None = None) -> date | None:
    """Ordinary claims due before this day are time-barred `on` a day, as far as nothing interrupted their term; None
    where the pack says nothing of it.

    Days in which terms stood still by law are added to those that ran then. `region` is a subdivision of ISO 3166-2.
    """
    for bound in rules_of(pack, "limitation", on):
        law = bound.parameters
        assert isinstance(law, Limitation)
        if claim not in bound.rule.applies_to.claim or Title.ORDINARY not in law.titles:
            continue
        years = law.elsewhere.get(region or "", law.years)
        begun = _years_before(on, years)
        still = sum((last - first).days + 1 for first, last in law.suspended if begun <= last < on)
        return _years_before(on - timedelta(days=still), years)
    return None


def differs_by_region(pack: Pack, on: date) -> bool:
    """Whether some regions of the place have a term of their own."""
    rules = [bound.parameters for bound in rules_of(pack, "limitation", on)]
    return any(isinstance(one, Limitation) and one.elsewhere for one in rules)


def _rule_for(pack: Pack, claim: Claim, title: Title, due_on: date) -> tuple[Rule, Limitation]:
    """The law of the day it fell due, which says how its own change reaches older claims."""
    for bound in rules_of(pack, "limitation", due_on):
        law = bound.parameters
        assert isinstance(law, Limitation)
        if claim in bound.rule.applies_to.claim and title in law.titles:
            return bound.rule, law
    raise NoLimitationRule(
        msg("El paquete {pack} no dice en qué plazo prescribe un crédito así ({claim}, {title})."),
        pack=pack.id, claim=claim, title=title,
    )  # fmt: skip


def _effective(act: TermAct, law: Limitation) -> date | None:
    """From when an act counts; None: not as far as is known."""
    if act.kind is not Act.CLAIM or law.notice_years is None:
        return act.on
    if act.notified_on is None:
        return None
    return act.on if act.notified_on <= years_after(act.on, law.notice_years) else act.notified_on


def _effect(act: TermAct, day: date | None, last: date, law: Limitation, used: set[Act]) -> tuple[Effect, str]:
    if act.withdrawn:
        return Effect.NONE, msg("Se retiró o se desestimó: no interrumpe.")
    if day is None:
        return Effect.NONE, msg("Falta saber cuándo se notificó: mientras tanto no se cuenta.")
    if day > last:
        if act.kind in law.waive:
            return Effect.WAIVED, msg("El plazo ya había terminado: renuncia a la prescripción y empieza otro.")
        return Effect.NONE, msg("El plazo ya había terminado.")
    if act.kind in law.once and act.kind in used:
        return Effect.NONE, msg("Solo interrumpe una vez.")
    if act.kind in (*law.interrupt, *law.once):
        return Effect.ANEW, msg("Interrumpe: el plazo empieza de nuevo.")
    return Effect.NONE, msg("Aquí no interrumpe.")


def _last_day(law: Limitation, begun: date, pack: Pack, region: str | None) -> date:
    last = _end(law, begun, region)
    return business_day(pack.calendar, last) if law.rolls else last


def _end(law: Limitation, begun: date, region: str | None) -> date:
    """The last day by the calendar, with the days in which terms stood still."""
    years = law.elsewhere.get(region or "", law.years)
    last = months_after(years_after(begun, years), law.months)
    if law.latest is not None:
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


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)
