"""An agency's own policies on top of a place's rules. They only add rules, and every rule asked can only stand in the
way: what the law denies or delays is never allowed by them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.decision import canonical
from legal.rules.packs.kinds import parameters_of
from legal.rules.packs.loading import Pack
from legal.rules.packs.schema import Basis, Rule

OWN = "agency."
"""How the id of an agency's own rule begins; no pack has such ids."""

AGENCY = "agency"
"""What an agency's own rules are called among the parts of a pack."""

RESTRICTIONS = frozenset({
    "contact_hours", "holidays", "contact_cap", "channel_cap", "authorised_channel", "contact_source",
    "contact_quality", "restricted_channel", "caller_id", "opt_out", "flag", "target", "proof_of_debt", "closed",
    "closed_days", "contact_gap", "registration", "payment_receiver", "town_days",
})  # fmt: skip
"""The kinds whose rules can only stand in the way of a contact."""


class PolicyRefused(Invalid):
    """A rule that is not an agency's own restriction, or is not well formed."""

    code = "law.policy_refused"


def own_rules(given: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """An agency's rules from JSON, in the order of their ids. What is not a restriction of its own is refused."""
    try:
        rules = tuple(sorted((Rule.model_validate(one) for one in given), key=lambda rule: rule.id))
    except ValidationError as error:
        raise PolicyRefused(msg("Esa política no tiene la forma debida: {why}."), why=str(error)) from None
    for rule in rules:
        check_own(rule)
    if len({rule.id for rule in rules}) < len(rules):
        raise PolicyRefused(msg("Hay dos políticas con el mismo nombre."))
    return rules


def check_own(rule: Rule) -> None:
    """Refuse what an agency may not add: law, another's rule, a kind that does not restrict, choices of a pack."""
    if rule.basis is not Basis.POLICY or not rule.id.startswith(OWN):
        raise PolicyRefused(msg("«{rule}» no es una política propia de la agencia."), rule=rule.id)
    if rule.kind not in RESTRICTIONS:
        raise PolicyRefused(msg("Una política propia solo restringe; «{kind}» no lo hace."), kind=rule.kind)
    if rule.when or rule.extended is not None or rule.status != "on":
        raise PolicyRefused(msg("Una política propia vale siempre: «{rule}» no depende de opciones."), rule=rule.id)
    if rule.kind == "closed" and not any(values for _, values in rule.applies_to):
        raise PolicyRefused(msg("Una política que cierra dice qué cierra."))
    try:
        parameters_of(rule.kind, rule.parameters, {})
    except (ValueError, KeyError) as error:
        raise PolicyRefused(msg("Esa política no tiene la forma debida: {why}."), why=str(error)) from None


def as_json(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Own rules as they are kept; reading them back gives the same rules."""
    return [rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) for rule in rules]


def digest_of(rules: Iterable[Rule]) -> str:
    """SHA-256 in hexadecimal of the canonical JSON of own rules."""
    return hashlib.sha256(canonical(as_json(rules))).hexdigest()


def pack_with(pack: Pack, rules: Sequence[Rule]) -> Pack:
    """The pack with an agency's own rules on top; none leaves it as it is.

    Before the first day of the pack's own rules nothing is allowed, whatever day an agency's rules begin.
    """
    if not rules:
        return pack
    for rule in rules:
        check_own(rule)
    digest = digest_of(rules)
    edges = {day for day in _edges(rules) if day > pack.turns[0]}
    return replace(
        pack,
        rules=(*pack.rules, *rules),
        turns=tuple(sorted(edges.union(pack.turns))),
        digest=hashlib.sha256(f"{pack.digest}+{digest}".encode()).hexdigest(),
        parts=(*pack.parts, (AGENCY, digest)),
    )


def _edges(rules: Iterable[Rule]) -> Iterable[date]:
    for rule in rules:
        yield rule.valid_from
        if rule.valid_to is not None:
            yield rule.valid_to + timedelta(days=1)
