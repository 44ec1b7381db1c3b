"""May this contact be made? `decide` asks every rule of the debtor's place and gives allow, wait until, or deny.

Pure: the same facts, action, instant and pack give the same bytes. Whoever sends asks again at the moment of sending.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from kernel.money import Money, exponent
from kernel.text import msg
from legal.rules.contact import cadence, channels, closed, conduct, consents, frequency, hours, persons, wishes
from legal.rules.contact.asked import Asked, ask, day_begins, later, missing
from legal.rules.contact.calm import answers_alike, answers_by_minute, likeness, moment
from legal.rules.decision import Decision, Outcome, Result, Verdict
from legal.rules.facts import Contact, ContactFacts, DebtorKind
from legal.rules.packs.loading import Bound, Choices, Pack, choices_of, epoch, pack_of, rules_in_force
from legal.rules.packs.parameters import Sum
from legal.rules.packs.schema import Basis, Rule

EVALUATORS: Mapping[str, Callable[[Rule, Any, Asked], Outcome]] = {
    "contact_hours": hours.contact_hours,
    "holidays": hours.holidays,
    "contact_cap": cadence.contact_cap,
    "contact_gap": cadence.contact_gap,
    "channel_cap": cadence.channel_cap,
    "authorised_channel": channels.authorised_channel,
    "contact_source": channels.contact_source,
    "contact_quality": channels.contact_quality,
    "restricted_channel": channels.restricted_channel,
    "caller_id": channels.caller_id,
    "opt_out": channels.opt_out,
    "flag": persons.flag,
    "target": persons.target,
    "proof_of_debt": persons.proof_of_debt,
    "registration": conduct.registration,
    "payment_receiver": conduct.payment_receiver,
    "required_words": conduct.disclosures,
    "closed": closed.closed,
    "closed_days": closed.closed_days,
    "town_days": closed.town_days,
    "no_pack": persons.no_pack,
    "call_frequency": frequency.call_frequency,
    "calling_sign": frequency.calling_sign,
    "inconvenient": wishes.inconvenient,
    "workplace": wishes.workplace,
    "through_lawyer": wishes.through_lawyer,
    "written_stop": wishes.written_stop,
    "contested_debt": wishes.contested_debt,
    "locate_once": wishes.locate_once,
    "needs_consent": consents.needs_consent,
    "safe_address": consents.safe_address,
    "reassigned_number": consents.reassigned_number,
    "employer_address": consents.employer_address,
    "visible_to_others": consents.visible_to_others,
    "limited_message": consents.limited_message,
    "known_region": consents.known_region,
}
"""One pure function for each kind of rule about contacts."""

HORIZON = timedelta(days=400)
"""How far ahead the next allowed instant is sought; beyond it the answer is deny."""

_FACT_OF = {
    "collector": "collector",
    "creditor_type": "creditor_type",
    "debtor": "debtor",
    "claim": "claim",
    "channels": "channel",
    "targets": "target",
    "purposes": "purpose",
}

_BASIS_ORDER = {Basis.LAW: 0, Basis.REGULATOR: 1, Basis.POLICY: 2}
_FAR = datetime.max.replace(tzinfo=UTC)


Likeness = tuple[Any, ...] | None
_Kept = TypeVar("_Kept")
_MOST_SHEETS = 4096


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The answers that are known before the case itself is looked at, and the rules that are still to be asked.

    `arranged` is the decision's order while all of the `open` ones pass, each of which has its place there; `order` are
    the places of all answers, law first. `standing` are the known ones that stand in the way. `orders` keeps the order
    for results of the open ones of which none stands there.
    """

    arranged: tuple[Outcome, ...]
    open: tuple[tuple[int, Bound], ...]
    order: tuple[int, ...]
    standing: tuple[Outcome, ...]
    orders: dict[tuple[Result, ...], Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Selection:
    """The rules that speak of a kind of case, law first, and the fixed answers of the rest. `alike` and `sheets` keep
    what was answered to cases that are alike, and alike in the same minute."""

    asked: tuple[Bound, ...]
    fixed: tuple[Outcome, ...]
    alike: dict[Any, tuple[Outcome | None, ...]] = field(default_factory=dict)
    sheets: dict[Any, _Sheet] = field(default_factory=dict)


def decide(facts: ContactFacts, action: Contact, at: datetime, *, pack: Pack | None = None) -> Decision:
    """Whether `action` may be made at the instant `at` (aware), with every rule that was asked, strictest first.

    Waits carry the exact next allowed instant, in UTC. A fact that a law needs and nobody knows denies; a place
    without a pack denies. Unknown zones, regions and settings are refused.
    """
    pack = pack or pack_of(facts.country, facts.region, facts.locality)
    choices = choices_of(pack, facts.settings)
    asked = ask(facts, action, _in_utc(at), pack)
    like = likeness(asked)
    outcomes, standing = _answers(_selected(asked, choices), asked, like)
    verdict, until = Verdict.ALLOW, None
    if standing:
        until = _first_opening(asked, choices, like, standing)
        verdict = Verdict.WAIT if until else Verdict.DENY
    return Decision(
        verdict=verdict,
        at=asked.at,
        until=until,
        outcomes=outcomes,
        pack_id=pack.id,
        pack_version=pack.version,
        pack_digest=pack.digest,
        pack_parts=pack.parts,
        facts=facts,
        action=action,
    )


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise TypeError("decide needs an aware instant.")
    return at.astimezone(UTC)


def _first_opening(asked: Asked, choices: Choices, like: Likeness, standing: Sequence[Outcome]) -> datetime | None:
    """The first instant at which no rule stands in the way.

    Each failed rule names an instant before which it surely stays broken while it holds, or holds to a day; stepping
    to the latest of them, and never over a day on which other rules begin, never steps over an opening.
    """
    end = asked.at + HORIZON
    while standing:
        openings = [opens for outcome in standing if (opens := outcome.until or _over(outcome.rule, asked)) is not None]
        if len(openings) < len(standing):
            return None
        opens = min(max(openings), _turn(asked))
        if opens > end:
            return None
        asked = later(asked, opens)
        _, standing = _answers(_selected(asked, choices), asked, like)
    return asked.at


def _over(rule: Rule, asked: Asked) -> datetime | None:
    """When a rule that names no end of its own no longer holds."""
    return None if rule.valid_to is None else day_begins(rule.valid_to, asked.clocks[0], 1)


def _turn(asked: Asked) -> datetime:
    """When other rules begin or end after the instant asked about."""
    turns, clock = asked.pack.turns, asked.clocks[0]
    known = epoch(asked.pack, clock.date())
    return day_begins(turns[known], clock) if known < len(turns) else _FAR


def _answers(selection: _Selection, asked: Asked, like: Likeness) -> tuple[tuple[Outcome, ...], Sequence[Outcome]]:
    """Every answer, strictest first, and those that stand in the way."""
    sheet = _sheet(selection, asked, like)
    outcomes, results = list(sheet.arranged), []
    for place, bound in sheet.open:
        outcomes[place] = outcome = _answer(bound, asked)
        results.append(outcome.result)
    if Result.FAILED in results:
        arranged = tuple([outcomes[place] for place in _strictest_first(outcomes, sheet.order)])
        return arranged, [outcome for outcome in arranged if outcome.result is Result.FAILED]
    key = tuple(results)
    order = sheet.orders.get(key)
    if order is None:
        sheet.orders[key] = order = _strictest_first(outcomes, sheet.order)
    return tuple([outcomes[place] for place in order]), sheet.standing


def _answer(bound: Bound, asked: Asked) -> Outcome:
    rule = bound.rule
    outcome = (rule.coverage and _uncovered(rule, asked.facts)) or EVALUATORS[rule.kind](rule, bound.parameters, asked)
    return _overridden(outcome, asked.action) if asked.action.override else outcome


def _sheet(selection: _Selection, asked: Asked, like: Likeness) -> _Sheet:
    """What cases like this one were answered before, in this minute; what is new is kept."""
    if like is None:
        return _arranged(selection, [None] * len(selection.asked))
    key = (like, moment(asked))
    known = selection.sheets.get(key)
    if known is None:
        answers = [
            _answer(bound, asked) if answer is None and answers_by_minute(bound, like[0]) else answer
            for bound, answer in zip(selection.asked, _alike(selection, asked, like), strict=True)
        ]
        known = _kept(selection.sheets, key, _arranged(selection, answers))
    return known


def _alike(selection: _Selection, asked: Asked, like: tuple[Any, ...]) -> tuple[Outcome | None, ...]:
    known = selection.alike.get(like)
    if known is None:
        answers = [_answer(bound, asked) if answers_alike(bound, like[0]) else None for bound in selection.asked]
        known = _kept(selection.alike, like, tuple(answers))
    return known


def _kept(memory: dict[Any, _Kept], key: Any, value: _Kept) -> _Kept:
    if len(memory) >= _MOST_SHEETS:
        memory.clear()
    memory[key] = value
    return value


def _arranged(selection: _Selection, answers: Sequence[Outcome | None]) -> _Sheet:
    """The answers in a decision's order. Those still open have a stand-in that passes, to hold their place."""
    held = [
        answer or Outcome(bound.rule, Result.PASSED, "", "", {})
        for bound, answer in zip(selection.asked, answers, strict=True)
    ]
    every = [*held, *selection.fixed]
    strictest = _strictest_first(every, range(len(every)))
    arranged = tuple([every[number] for number in strictest])
    places = sorted(range(len(every)), key=strictest.__getitem__)
    return _Sheet(
        arranged=arranged,
        open=tuple(
            (places[number], bound)
            for number, (bound, answer) in enumerate(zip(selection.asked, answers, strict=True))
            if answer is None
        ),
        order=tuple(places),
        standing=tuple(outcome for outcome in arranged if outcome.result is Result.FAILED),
    )


def _selected(asked: Asked, choices: Choices) -> _Selection:
    facts, action, pack = asked.facts, asked.action, asked.pack
    key = (
        facts.collector,
        facts.creditor_type,
        facts.debtor,
        facts.claim,
        action.channel,
        action.target,
        action.purpose,
    )
    return _selection(pack, epoch(pack, asked.clocks[0].date()), choices, key)


@lru_cache(maxsize=8192)
def _selection(pack: Pack, epoch: int, choices: Choices, key: tuple[str | None, ...]) -> _Selection:
    """Which rules of an epoch speak of a case with these facts; they are few, and asked about again and again."""
    known = dict(zip(_FACT_OF, key, strict=True))
    asked: list[Bound] = []
    fixed: list[Outcome] = []
    in_force = (bound for bound in rules_in_force(pack, epoch, choices) if bound.rule.kind in EVALUATORS)
    for bound in sorted(in_force, key=lambda bound: _BASIS_ORDER[bound.rule.basis]):
        wanted = {name: values for name, values in bound.rule.applies_to if values}
        outside = [name for name, values in wanted.items() if known[name] is not None and known[name] not in values]
        unknown = [name for name in wanted if known[name] is None]
        if outside:
            fixed.append(_not_applicable(bound.rule, _FACT_OF[outside[0]], known[outside[0]]))
        elif unknown:
            fixed.append(missing(bound.rule, _FACT_OF[unknown[0]]))
        else:
            asked.append(bound)
    return _Selection(tuple(asked), tuple(fixed))


def _not_applicable(rule: Rule, fact: str, value: str | None) -> Outcome:
    sentence = msg("No habla de este caso ({fact}: {value}).")
    return Outcome(rule, Result.NOT_APPLICABLE, "not_applicable", sentence, {"fact": fact, "value": value})


def _uncovered(rule: Rule, facts: ContactFacts) -> Outcome | None:
    """That the rule does not cover such a debt, or None where it does or where nobody knows."""
    covered, total = rule.coverage, facts.total_with_creditor
    assert covered is not None
    if covered.natural_person and facts.debtor == DebtorKind.FIRM and not facts.guaranteed_by_person:
        return _not_applicable(rule, "debtor", facts.debtor)
    if covered.dated_from and facts.debts_dated and facts.debts_dated < covered.dated_from:
        return _not_applicable(rule, "debts_dated", facts.debts_dated.isoformat())
    if covered.most and total and not _at_most(total, covered.most):
        return _not_applicable(rule, "total_with_creditor", str(total.minor))
    return None


def _at_most(total: Money, most: Sum) -> bool:
    if total.currency != most.currency or most.amount is None:
        return True
    return Decimal(total.minor).scaleb(-exponent(total.currency)) <= most.amount


def _overridden(outcome: Outcome, action: Contact) -> Outcome:
    """A broken policy that a supervisor set aside by name; law and regulator stand."""
    override = action.override
    if override is None or outcome.result is not Result.FAILED or not outcome.rule.overridable:
        return outcome
    if outcome.rule.id not in override.rules:
        return outcome
    inputs = {**outcome.inputs, "by": override.by, "reason": override.reason, "broken": outcome.code}
    sentence = msg("{by} apartó esta política: {reason}.")
    return replace(outcome, result=Result.WARNED, code="overridden", sentence=sentence, inputs=inputs, until=None)


def _strictest_first(outcomes: Sequence[Outcome], places: Iterable[int]) -> list[int]:
    """Places of answers: of broken rules first, those that time does not mend before the rest; inside each result as
    they are given, law before policy."""
    by_result: dict[Result, list[int]] = {result: [] for result in Result}
    for place in places:
        by_result[outcomes[place].result].append(place)
    broken = sorted(by_result[Result.FAILED], key=lambda place: outcomes[place].until or _FAR, reverse=True)
    return [*broken, *by_result[Result.WARNED], *by_result[Result.PASSED], *by_result[Result.NOT_APPLICABLE]]
