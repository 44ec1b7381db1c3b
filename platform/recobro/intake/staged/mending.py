"""What was found in a file by the act that mends it: the values that are wrong, how often, and the rows left out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recobro.intake.checks.causes import Cause
from recobro.intake.staged.placed import Done
from recobro.intake.staged.staging import REST, Findings

# So many different values of a cause are kept with a placement.
MOST_KEPT = {"rejected": 100, "warned": 20}
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Mend:
    """One cause in one column: how many rows, and its values, the most frequent first. `kind`: rejected, warned or
    left_out."""

    kind: str
    cause: Cause
    rows: int
    values: Sequence[tuple[str, int]]

    @property
    def others(self) -> int:
        """The rows with values that are not kept."""
        return self.rows - sum(count for _, count in self.values)


def leave_out(findings: Findings, causes: Collection[Cause]) -> None:
    """Count the refused rows of these causes as left out knowingly; nothing is told of them row by row."""
    for cause in causes:
        values = findings.values.pop(("rejected", *cause), None)
        if values is None:
            continue
        rows = values.total()
        findings.values[LEFT_OUT, *cause] = values
        for kind, change in (("rejected", -rows), (LEFT_OUT, rows)):
            findings.counts[kind] += change
        findings.causes["rejected", cause.code] -= rows
    if causes:
        findings.issues[:] = [one for one in findings.issues
                              if one.kind != "rejected" or Cause(one.code, one.column) not in causes]  # fmt: skip


def told_of(findings: Findings) -> dict[str, Any]:
    """What is kept with a placement of what was found: how many issues, the causes, and for each what mends it."""
    mends = [
        [kind, code, column, values.total(),
         [[value, count] for value, count in values.most_common(MOST_KEPT.get(kind, 0) + 1) if value != REST]
         [: MOST_KEPT.get(kind, 0)]]
        for (kind, code, column), values in findings.values.items()
    ]  # fmt: skip
    return {
        "kept_issues": len(findings.issues),
        "causes": [[kind, code, count] for (kind, code), count in findings.causes.most_common() if count],
        "mends": sorted(mends, key=lambda one: -one[3]),
    }


# Counts of rows that are told of a whole file; those of refused ones change with what is mended after the commit.
_ROWS = ("unchanged", "duplicates", "not_open", "warned", "held", "decided")
_REFUSED = ("rejected", "conflicts", "left_out")
_REFUSED_KINDS = frozenset({"rejected", "conflict", LEFT_OUT})


def settled_of(counts: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of the rows of a committed file that are not refused: it stays told."""
    return {
        **{name: counts.get(name, 0) for name in _ROWS},
        "causes": [one for one in counts.get("causes", []) if one[0] not in _REFUSED_KINDS],
        "mends": [one for one in counts.get("mends", []) if one[0] not in _REFUSED_KINDS],
    }


def with_settled(settled: Mapping[str, Any], found: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """What is told of a committed file: what was settled, and what its refused rows do now."""
    told = told_of(findings)
    causes: dict[tuple[str, str], int] = {}
    for kind, code, count in [*settled["causes"], *told["causes"]]:
        causes[kind, code] = causes.get((kind, code), 0) + count
    mends: dict[tuple[str, str, str], tuple[int, list[list[Any]]]] = {}
    for kind, code, column, rows, values in [*settled["mends"], *told["mends"]]:
        before, said = mends.get((kind, code, column), (0, []))
        mends[kind, code, column] = (before + rows, [*said, *values][: MOST_KEPT.get(kind, 0)])
    return {
        **{name: settled.get(name, 0) + found.get(name, 0) for name in _ROWS},
        **{name: found.get(name, 0) for name in _REFUSED},
        "kept_issues": told["kept_issues"],
        "causes": sorted(([*key, count] for key, count in causes.items()), key=lambda one: -one[2]),
        "mends": sorted(([*key, *one] for key, one in mends.items()), key=lambda one: -one[3]),
    }


def only(findings: Findings, done: Done) -> None:
    """Forget what is told of a file as a whole, at a line that is done: it was told before."""
    for one in [issue for issue in findings.issues if issue.line in done]:
        findings.issues.remove(one)
        findings.counts[one.kind] -= 1
        findings.causes[one.kind, one.code] -= 1
        values = findings.values.get((one.kind, one.code, one.column))
        if values is not None:
            values.subtract([one.value])


def mends_of(counts: Mapping[str, Any], kind: str = "rejected") -> list[Mend]:
    """The causes of one kind that were kept, most rows first."""
    return [
        Mend(kind, Cause(code, column), rows, tuple((value, count) for value, count in values))
        for found, code, column, rows, values in counts.get("mends", [])
        if found == kind
    ]
