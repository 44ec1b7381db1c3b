"""One question put to the rules: facts, action, instant, and the wall clock of every place the debtor may be in."""

from dataclasses import dataclass
from datetime import UTC, datetime

from kernel.text import msg
from legal.rules.calendar import zone_named
from legal.rules.decision import Outcome, Result
from legal.rules.facts import Contact, ContactFacts, Purpose
from legal.rules.packs import Pack
from legal.rules.schema import Basis, Rule


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule is asked about. `clocks` shows `at` in each possible zone of the debtor."""

    facts: ContactFacts
    action: Contact
    at: datetime
    pack: Pack
    clocks: tuple[datetime, ...]

    @property
    def is_answer(self) -> bool:
        """Whether this gives what the debtor asked for by the same channel, and nothing was sent there since."""
        if self.action.purpose != Purpose.ANSWER:
            return False
        channel = self.action.channel
        asked = [request.at for request in self.facts.requests if request.channel == channel and request.at <= self.at]
        if not asked:
            return False
        return not any(past.channel == channel and max(asked) < past.at <= self.at for past in self.facts.previous)


def ask(facts: ContactFacts, action: Contact, at: datetime, pack: Pack) -> Asked:
    """The question at an instant; a debtor whose zone nobody knows may be in any zone of the country."""
    zones = facts.zones or pack.head.zones or ("UTC",)
    return Asked(facts, action, at, pack, tuple(at.astimezone(zone_named(zone)) for zone in zones))


def passed(rule: Rule, sentence: str, /, **inputs: object) -> Outcome:
    """The rule is kept."""
    return Outcome(rule, Result.PASSED, "passed", sentence, inputs)


def failed(rule: Rule, code: str, sentence: str, until: datetime | None = None, /, **inputs: object) -> Outcome:
    """The rule is broken: until an instant, or for good."""
    return Outcome(rule, Result.FAILED, code, sentence, inputs, until.astimezone(UTC) if until else None)


def warned(rule: Rule, code: str, sentence: str, /, **inputs: object) -> Outcome:
    """The rule asks for care and lets it pass."""
    return Outcome(rule, Result.WARNED, code, sentence, inputs)


def missing(rule: Rule, fact: str) -> Outcome:
    """A fact the rule needs is not known: a law stands in the way, a policy only says so."""
    sentence = msg("Falta un dato que esta regla necesita: {fact}.")
    if rule.basis is Basis.POLICY:
        return warned(rule, "fact_missing", sentence, fact=fact)
    return failed(rule, "fact_missing", sentence, fact=fact)
