"""Terms of limitation that lists give and nobody read in the law: they warn and block, they let nothing pass. Pure."""

from dataclasses import dataclass
from datetime import date

from legal.rules.calendar import years_after
from legal.rules.facts import Title
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.money_kinds import LimitationSeed
from legal.rules.packs.schema import Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that may hold: by which list's rule, and whether two lists agree on it. `note`: what else is known."""

    years: int
    last_day: date
    agreed: bool
    rule: Rule
    note: str


def candidates_of(pack: Pack, title: Title, due_on: date, region: str | None) -> tuple[Candidate, ...]:
    """Every term that the pack's lists give a claim of that title in a region, the shortest first.

    A contract of which nobody knows whether it was written has the terms of all that it may be.
    """
    found: list[Candidate] = []
    for bound in rules_of(pack, "limitation_seed", due_on):
        seed = bound.parameters
        assert isinstance(seed, LimitationSeed)
        figures = seed.years.get(region or "")
        if title not in seed.titles or not figures:
            continue
        agreed = len(figures) > 1 and len(set(figures)) == 1 and region not in seed.unread
        note = seed.notes.get(region or "", "")
        found += [
            Candidate(years, years_after(due_on, years), agreed, bound.rule, note) for years in sorted(set(figures))
        ]
    return tuple(sorted(found, key=lambda one: (one.years, one.rule.id)))
