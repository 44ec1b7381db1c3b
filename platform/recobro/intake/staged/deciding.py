"""What a person decided of rows in conflict: to keep what is here, or to take what the file says; by cause for all its
rows at once, or by line, which goes before. It stands in the placement's options."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake.issues import Issue
from recobro.intake.tables import Placement

OPTION = "conflicts"
KEEP, TAKE = "keep", "take"
# A line for which the decision on its cause does not hold: it is in conflict again.
OPEN = "open"
# Conflicts whose other side is a debt that may be corrected, and all that may be decided.
TAKEABLE = ("known_amount", "known_due")
DECIDED = (
    *TAKEABLE, "known_debtor", "known_uuid", "known_padded", "known_identity", "substitutes", "in_file_amount",
    "in_file_due", "in_file_debtor", "in_file_uuid", "in_file_padded", "in_file_identity",
)  # fmt: skip
MOST_LINES = 20_000
# What is said of a row when its decision is kept; the code of the conflict it was stands in its details (`was`).
_KEPT = {
    "known_amount": "kept_amount", "known_due": "kept_due", "in_file_amount": "kept_first", "in_file_due": "kept_first",
    "in_file_debtor": "kept_first", "in_file_uuid": "kept_first", "in_file_padded": "kept_first",
}  # fmt: skip
TAKEN = {"known_amount": "took_amount", "known_due": "took_due"}


@dataclass(frozen=True)
class Decisions:
    """What was decided: by the code of a conflict, and by line."""

    causes: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[int, str] = field(default_factory=dict)

    def on(self, code: str, line: int) -> str:
        """What holds for one row: keep, take, or nothing."""
        found = self.lines.get(line) or self.causes.get(code, "")
        return "" if found == OPEN else found

    @property
    def takes(self) -> bool:
        """Whether something of the file's is wanted."""
        return TAKE in (*self.causes.values(), *self.lines.values())

    def applied(self, issue: Issue) -> Issue:
        """The issue as it is told once its decision is kept; a wish to take is another's to fulfil."""
        if issue.kind != "conflict" or issue.code not in DECIDED or self.on(issue.code, issue.line) != KEEP:
            return issue
        return told(issue, _KEPT.get(issue.code, "kept_ours"))


def told(issue: Issue, code: str) -> Issue:
    """A conflict as one that was decided."""
    if isinstance(issue.details, dict):
        # In place: what the two sides are called is found out later.
        issue.details["was"] = issue.code
        return replace(issue, kind="decided", code=code)
    return replace(issue, kind="decided", code=code, details={**issue.details, "was": issue.code})


def everything(said: str) -> dict[str, str]:
    """One word for the conflicts with debts that may be corrected, by cause."""
    return dict.fromkeys(TAKEABLE, said)


def of(placement: Placement) -> Decisions:
    """What was decided of a placement's conflicts."""
    kept = placement.options.get(OPTION, {})
    return Decisions(kept.get("causes", {}), {int(line): said for line, said in kept.get("lines", {}).items()})


def keep(placement: Placement, causes: Mapping[str, str], lines: Mapping[int, str]) -> None:
    """Keep decisions over those made before; an empty word takes one back. Who decides of a cause gives the lines that
    were decided before as empty."""
    before = of(placement)
    for code, said in causes.items():
        if code not in DECIDED or said not in ("", KEEP, *((TAKE,) if code in TAKEABLE else ())):
            raise Invalid(msg("Esa decisión no se puede tomar para estas filas."))
    if any(said not in ("", KEEP, TAKE, OPEN) for said in lines.values()):
        raise Invalid(msg("Esa decisión no se puede tomar para estas filas."))
    by_cause = {code: said for code, said in {**before.causes, **causes}.items() if said}
    by_line = {str(line): said for line, said in {**before.lines, **lines}.items() if said}
    if len(by_line) > MOST_LINES:
        raise Invalid(msg("Son demasiadas filas para decidirlas una por una: decide por causa."))
    others = {name: value for name, value in placement.options.items() if name != OPTION}
    kept = {"causes": by_cause, "lines": by_line}
    placement.options = {**others, OPTION: kept} if by_cause or by_line else others
