"""What every kind of file brings: what it cannot do without, how it is staged, what it would do, how it is done."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recobro.intake.checks import Plan
from recobro.intake.reading import Row
from recobro.intake.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

Tick = Callable[[int], None]
# {currency: {"count": rows, "sum": minor units}}
Sums = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Outcome:
    """What confirming would do. `counts` has at least rows, created, changed, unchanged, duplicates, conflicts,
    rejected, warned, debtors, cases_new; kinds add their own, and `effects`: what a person reads of it, as [sentence
    with `{count}`, count]. `first` is shown as the first thing it makes."""

    counts: Mapping[str, Any]
    totals: Sums = field(default_factory=dict)
    overdue: Sums = field(default_factory=dict)
    first: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FileKind:
    """One kind of file.

    `stage` checks every row, puts the good ones into temporary tables of the connection and says what each is to what
    is there; `measure` reads the outcome from those; `parts` names the batches they are done in (one transaction each),
    and `apply` does one. `missing` says what the chosen fields lack, as sentences.
    """

    name: str
    label: str
    hint: str
    missing: Callable[[Collection[str]], list[str]]
    stage: Callable[[Work, Placement, Plan, Iterable[Row], Tick], Findings]
    measure: Callable[[Work, Placement, Findings], Outcome]
    apply: Callable[[Work, Placement, Client, int], int]
    parts: Callable[[Work], list[int]] = lambda _work: [0]


def rows_of(findings: Findings) -> dict[str, int]:
    """The counts every kind has from its findings."""
    counts = findings.counts
    return {
        "rows": findings.rows, "created": 0, "changed": 0, "unchanged": counts["unchanged"],
        "duplicates": counts["duplicate"], "conflicts": counts["conflict"], "rejected": counts["rejected"],
        "warned": counts["warned"], "not_open": findings.not_open, "debtors": 0, "debtors_new": 0, "cases_new": 0,
        "to_known_cases": 0,
    }  # fmt: skip
