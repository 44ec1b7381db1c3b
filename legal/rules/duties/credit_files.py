"""When a debt may be told to a credit file, and until when data are kept or by when they are gone. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kernel.money import Money
from kernel.problems import Kind, Problem
from kernel.text import msg
from legal.rules.calendar import months_after
from legal.rules.duties.validation import SentNotice
from legal.rules.facts import Claim, DebtorKind, Told, UnknownFact
from legal.rules.packs.duty_kinds import BureauReporting, Kept, Retention
from legal.rules.packs.fitting import sum_of
from legal.rules.packs.loading import Bound, Pack, rules_of
from legal.rules.packs.schema import AppliesTo, Basis, Rule


class NoRetentionRule(Problem):
    """The pack does not say how long that is kept."""

    kind = Kind.CONFLICT
    code = "retention.no_rule"


@dataclass(frozen=True, slots=True)
class Reported:
    """A debt that would be told to a credit file. None: nobody knows, which stands in the way where a law asks."""

    claim: Claim
    debtor: DebtorKind | None = None
    principal: Money | None = None
    default_on: date | None = None
    notices: tuple[SentNotice, ...] = ()
    spoken_on: date | None = None
    warned: bool | None = None
    disputed: bool | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """What stands in the way, by code; `until` (a day): from then on it does not."""

    code: str
    rule: Rule
    fact: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """Whether a debt may be told that day: nothing objects; or what does, and from when nothing will."""

    objections: tuple[Objection, ...]
    warnings: tuple[Objection, ...]
    rules: tuple[Rule, ...]
    latest: date | None

    @property
    def verdict(self) -> str:
        """`allow`, `wait` (only days are missing) or `deny`."""
        if not self.objections:
            return "allow"
        return "wait" if all(one.until for one in self.objections) else "deny"

    @property
    def earliest(self) -> date | None:
        """From when nothing objects; None where days alone do not help, or nothing does."""
        return (
            max((one.until for one in self.objections if one.until), default=None) if self.verdict == "wait" else None
        )


def reporting(told: Reported, *, pack: Pack, on: date) -> Reporting:
    """May the debt be told to a credit file on that day? Every rule of the place is asked."""
    objections, warnings, rules, latest = list[Objection](), list[Objection](), list[Rule](), list[date]()
    for bound in rules_of(pack, "bureau_reporting", on):
        law, rule = bound.parameters, bound.rule
        assert isinstance(law, BureauReporting)
        if not _speaks_of(rule.applies_to, told.claim, told.debtor):
            continue
        rules.append(rule)
        if law.most_months is not None and told.default_on is not None:
            latest.append(months_after(told.default_on, law.most_months))
        for one in _objections(bound, law, told, pack, on):
            unknown_to_policy = one.code == "fact_missing" and rule.basis is Basis.POLICY
            (warnings if unknown_to_policy else objections).append(one)
    if not rules:
        raise NoRetentionRule(msg("El paquete {pack} no dice cuándo se informa a un archivo de crédito."), pack=pack.id)
    return Reporting(tuple(objections), tuple(warnings), tuple(rules), min(latest, default=None))


def _objections(bound: Bound, law: BureauReporting, told: Reported, pack: Pack, on: date) -> Iterator[Objection]:
    rule = bound.rule
    if law.least is not None:
        if told.principal is None:
            yield Objection("fact_missing", rule, "principal")
        elif told.principal < sum_of(law.least, on, pack):
            yield Objection("below_least", rule)
    if law.warned and told.warned is not True:
        yield Objection("not_warned" if told.warned is False else "fact_missing", rule, "warned")
    if law.undisputed and told.disputed is not False:
        yield Objection("disputed" if told.disputed else "fact_missing", rule, "disputed")
    if law.most_months is not None:
        if told.default_on is None:
            yield Objection("fact_missing", rule, "default_on")
        elif on > months_after(told.default_on, law.most_months):
            yield Objection("too_late", rule)
    if law.notice_days is not None and not (law.spoken and told.spoken_on is not None and told.spoken_on <= on):
        yield from _of_notices(bound, law, law.notice_days, told, pack, on)


def _of_notices(
    bound: Bound, law: BureauReporting, days: int, told: Reported, pack: Pack, on: date
) -> Iterator[Objection]:  # fmt: skip
    sent = sorted({
        one.sent_on for one in told.notices if _is_of(one, told) and one.sent_on <= on and not _came_back(one, law)
    })  # fmt: skip
    if not sent:
        yield Objection("undeliverable" if told.notices and law.undelivered else "notice_missing", bound.rule)
        return
    needed = law.small_notices if _is_small(law, told, pack, on) else 1
    if len(sent) < needed:
        if told.principal is None:
            yield Objection("fact_missing", bound.rule, "principal")
        else:
            yield Objection("second_notice_missing", bound.rule)
        return
    # Where several are asked for, the days run from the last of all; else from the first that was sent.
    earliest = sent[-1 if needed > 1 else 0] + timedelta(days=days + 1)
    if on < earliest:
        yield Objection("notice_period", bound.rule, until=earliest)


def _is_small(law: BureauReporting, told: Reported, pack: Pack, on: date) -> bool:
    return law.small is not None and (told.principal is None or told.principal <= sum_of(law.small, on, pack))


def _is_of(one: SentNotice, told: Reported) -> bool:
    """What was sent before default began did not tell of it."""
    return told.default_on is None or one.sent_on >= told.default_on


def _came_back(one: SentNotice, law: BureauReporting) -> bool:
    return law.undelivered and one.returned_on is not None


def _speaks_of(scope: AppliesTo, claim: Claim, debtor: DebtorKind | None) -> bool:
    return (not scope.claim or claim in scope.claim) and (not scope.debtor or debtor in (None, *scope.debtor))


@dataclass(frozen=True, slots=True)
class Days(Told):
    """The days from which keeping and deleting are counted; None: it did not happen, or nobody knows."""

    last_activity_on: date | None = None
    recorded_on: date | None = None
    first_reported_on: date | None = None
    due_on: date | None = None
    default_on: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when something must be kept, and by when it must be gone; the earliest day to be gone where several say."""

    keep_until: date | None
    delete_by: date | None
    rules: tuple[Rule, ...]

    def overdue(self, on: date) -> bool:
        """Whether it should be gone already."""
        return self.delete_by is not None and on > self.delete_by


def keeping(what: Kept, days: Days, *, pack: Pack, claim: Claim, on: date) -> Keeping:
    """How long something is kept. Refused: what the pack says nothing of, or without the day it counts from."""
    keep, delete, rules, wanted = list[date](), list[date](), list[Rule](), list[str]()
    for bound in rules_of(pack, "retention", on):
        law, rule = bound.parameters, bound.rule
        assert isinstance(law, Retention)
        if law.what is not what or not _speaks_of(rule.applies_to, claim, None):
            continue
        if law.paid is not None and law.paid is (days.paid_on is None):
            continue
        since: date | None = getattr(days, law.since)
        if since is None:
            wanted.append(law.since)
            continue
        rules.append(rule)
        (keep if law.duty == "keep" else delete).append(_until(law, since, days))
    if rules:
        return Keeping(max(keep, default=None), min(delete, default=None), tuple(rules))
    if wanted:
        raise UnknownFact(msg("Falta el dato «{field}»."), field=wanted[0])
    raise NoRetentionRule(msg("El paquete {pack} no dice cuánto se guarda eso ({what})."), pack=pack.id, what=what)


def _until(law: Retention, since: date, days: Days) -> date:
    last = months_after(since, law.months) + timedelta(days=law.days)
    if law.double_default and days.default_on is not None:
        last = min(last, since + 2 * (since - days.default_on))
    return last


def rules_used(objections: Sequence[Objection]) -> tuple[Rule, ...]:
    """The rules that object, each once."""
    return tuple({one.rule.id: one.rule for one in objections}.values())
