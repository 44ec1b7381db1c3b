"""What may still be done with a claim whose term is over: no suit and no threat where the law forbids them. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from legal.rules.facts import Claim
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.money_kinds import TimeBarred
from legal.rules.packs.schema import Rule


class Step(StrEnum):
    """What somebody means to do about a claim."""

    SUIT = "suit"
    THREAT = "threat"
    PROOF_OF_CLAIM = "proof_of_claim"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a step may be taken, and the rules that stand in its way, the law's first."""

    allowed: bool
    rules: tuple[Rule, ...]


def step_of(step: Step, state: str, *, pack: Pack, claim: Claim, on: date) -> Standing:
    """A step with a claim in that state of its term. Where the term is not known, what is forbidden when it is over is
    not taken either: a lawyer reads the law first. Of what is `not_due` nobody sues, nor threatens to."""
    if state == "not_due":
        return Standing(step not in (Step.SUIT, Step.THREAT), ())
    if state not in ("barred", "unknown"):
        return Standing(True, ())
    against = []
    for bound in rules_of(pack, "time_barred", on):
        law, claims = bound.parameters, bound.rule.applies_to.claim
        assert isinstance(law, TimeBarred)
        forbidden = law.deny if state == "barred" else (*law.deny, *law.unknown)
        if (not claims or claim in claims) and step in forbidden:
            against.append(bound.rule)
    return Standing(not against, tuple(sorted(against, key=lambda rule: rule.overridable)))
