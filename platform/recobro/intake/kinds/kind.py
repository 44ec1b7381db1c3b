"""What every kind of file brings: what it cannot do without, how it is staged, what it would do, how it is done."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.text import msg
from recobro.intake.checks.rows import SUBTOTAL, Plan
from recobro.intake.files.reading import Row
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

MADE = (msg("1 cambio"), msg("{count} cambios"))
ACT = (msg("Aplicar 1 cambio"), msg("Aplicar {count} cambios"))
Tick = Callable[[int], None]
# {currency: {"count": rows, "sum": minor units}}
Sums = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Outcome:
    """What confirming would do. `counts` has at least rows, created, changed, unchanged, duplicates, conflicts,
    rejected, warned, debtors, cases_new; kinds add their own, and `effects`: what a person reads of it, as [sentence
    with `{count}`, count] (`effects_of`). `totals` are the sums of what would be done, `file` those of all rows that
    can be read, done or not. `first` is shown as the first thing it does: `line`, `title` and `pairs`, each a label and
    a plain value (an amount as {minor, currency}, a day in ISO form)."""

    counts: Mapping[str, Any]
    totals: Sums = field(default_factory=dict)
    overdue: Sums = field(default_factory=dict)
    file: Sums = field(default_factory=dict)
    first: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FileKind:
    """One kind of file.

    `stage` checks every row, puts the good ones into temporary tables of the connection and says what each is to what
    is there; `measure` reads the outcome from those; `parts` names the batches they are done in (one transaction each),
    and `apply` does one. `missing` says what the chosen fields lack, as sentences.

    In words: `needs` is what a file of it must say; `made` and `act` are what it does and the button that lets it, for
    one and for several (`{count}`); `caveat` is said beside that button. `by_job`: what would be done is found out by a
    job for people who may not see all it depends on. `documents`: it reads electronic documents too, whose fields are
    what they are.
    """

    name: str
    label: str
    hint: str
    missing: Callable[[Collection[str]], list[str]]
    stage: Callable[[Work, Placement, Plan, Iterable[Row], Tick], Findings]
    measure: Callable[[Work, Placement, Findings], Outcome]
    apply: Callable[[Work, Placement, Client, int], int]
    parts: Callable[[Work, Placement], list[int]] = lambda _work, _placement: [0]
    needs: tuple[str, ...] = ()
    made: tuple[str, str] = MADE
    act: tuple[str, str] = ACT
    none_made: str = msg("Ninguna fila haría un cambio.")
    caveat: str = ""
    by_job: bool = False
    documents: bool = False


def effects_of(*found: tuple[str, str, int]) -> list[list[Any]]:
    """What a kind tells of its outcome from (sentence for one, sentence for several, count), without what is none.
    Sentences begin with `{count}`."""
    return [[one if count == 1 else several, count] for one, several, count in found if count]


def said_of(kind: FileKind, counts: Mapping[str, Any]) -> tuple[tuple[str, str], tuple[str, str], int]:
    """The words for what a file does and for letting it, and how many: new debts where there are any, else changes."""
    created = int(counts.get("created", 0))
    if kind.name == "placement":
        return (kind.made, kind.act, created) if created or not done_by(counts) else (MADE, ACT, done_by(counts))
    return kind.made, kind.act, done_by(counts)


def done_by(counts: Mapping[str, Any]) -> int:
    """How many things a previewed or committed file makes or changes, or lets wait for their invoice."""
    return sum(int(counts.get(name, 0)) for name in ("created", "changed", "claims_waiting"))


def rows_of(findings: Findings) -> dict[str, int]:
    """The counts every kind has from its findings."""
    counts = findings.counts
    return {
        "rows": findings.rows, "created": 0, "changed": 0, "unchanged": counts["unchanged"],
        "duplicates": counts["duplicate"], "conflicts": counts["conflict"], "rejected": counts["rejected"],
        "left_out": counts["left_out"], "warned": counts["warned"], "held": counts["held"],
        "decided": counts["decided"], "not_open": findings.not_open, "subtotals": findings.causes["no_debt", SUBTOTAL],
        "debtors": 0, "debtors_new": 0, "cases_new": 0, "to_known_cases": 0,
    }  # fmt: skip
