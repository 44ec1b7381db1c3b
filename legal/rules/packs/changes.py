"""What changed in the law of a place: from one validity of a rule to the next, from one text of a file to another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from legal.rules.packs.schema import Rule


class Turn(StrEnum):
    """What happens to a rule: on a day, or between two texts."""

    BEGINS = "begins"
    CHANGES = "changes"
    ENDS = "ends"


@dataclass(frozen=True)
class FieldChange:
    """One field of a rule before and after, as plain text; a field of the parameters is named by its path."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class RuleChange:
    """What happens to a rule on a day; `before` or `after` is None where there is none."""

    day: date
    turn: Turn
    before: Rule | None
    after: Rule | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def rule(self) -> Rule:
        """The rule as it stands then, or as it last stood."""
        found = self.after or self.before
        assert found is not None
        return found


def changes_in(rules: Iterable[Rule]) -> list[RuleChange]:
    """Each day on which a rule begins, changes or ends, the latest first."""
    found: list[RuleChange] = []
    for _, several in groupby(sorted(rules, key=_place), key=lambda rule: rule.id):
        versions = list(several)
        found.append(RuleChange(versions[0].valid_from, Turn.BEGINS, None, versions[0]))
        found += [
            RuleChange(new.valid_from, Turn.CHANGES, old, new, _fields(old, new)) for old, new in pairwise(versions)
        ]
        if versions[-1].valid_to is not None:
            day = versions[-1].valid_to + timedelta(days=1)
            found.append(RuleChange(day, Turn.ENDS, versions[-1], None))
    return sorted(found, key=lambda change: (-change.day.toordinal(), change.rule.id))


def differences(before: Iterable[Rule], after: Iterable[Rule]) -> list[RuleChange]:
    """What one text of a file says of its rules and another does not, by rule and validity, in order."""
    old, new = _by_place(before), _by_place(after)
    found = []
    for place in sorted(old.keys() | new.keys()):
        one, other = old.get(place), new.get(place)
        fields = _fields(one, other, validity=True) if one and other else ()
        if one is None or other is None or fields:
            turn = Turn.BEGINS if one is None else Turn.ENDS if other is None else Turn.CHANGES
            found.append(RuleChange(place[1], turn, one, other, fields))
    return found


def _place(rule: Rule) -> tuple[str, date]:
    return rule.id, rule.valid_from


def _by_place(rules: Iterable[Rule]) -> Mapping[tuple[str, date], Rule]:
    return {_place(rule): rule for rule in rules}


def _fields(before: Rule, after: Rule, *, validity: bool = False) -> tuple[FieldChange, ...]:
    old, new = _flat(before, validity=validity), _flat(after, validity=validity)
    names = dict.fromkeys([*old, *new])
    return tuple(
        FieldChange(name, old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name)
    )


def _flat(rule: Rule, *, validity: bool) -> dict[str, str]:
    left_out = {"id"} if validity else {"id", "from", "to", "checked_on"}
    content = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    return dict(_leaves("", {name: value for name, value in content.items() if name not in left_out}))


def _leaves(path: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield path, ", ".join(str(item) for item in value)
    else:
        yield path, str(value)
