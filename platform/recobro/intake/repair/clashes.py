"""What is shown of rows in conflict: both sides, what may be decided of them, by cause and by row, and what stands
against it. In words, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.money import Money
from kernel.text import msg
from recobro.intake import queries
from recobro.intake.checks.causes import OTHER, WORDS
from recobro.intake.staged import deciding, taking
from recobro.intake.staged.placed import done_lines
from recobro.intake.tables import Placement, PlacementIssue
from recobro.web import events
from recobro.web.jinja import number
from recobro.web.translations import spell
from tenants.work import Work

MOST_SHOWN, MOST_READ = 50, 5_000
KEEP_OURS = msg("Conservar lo que ya está")
KEEP_FIRST = msg("Vale la primera fila")
TAKE_THEIRS = msg("Tomar lo del archivo")
UNDECIDED = msg("Sin decidir")


@dataclass(frozen=True)
class Both:
    """The two sides of a conflict: what was decided of it, what may be, and why the file's side may not."""

    line: int
    reference: str
    here: str
    there: str
    where: str
    decided: str = ""
    options: Sequence[tuple[str, str]] = ()
    why_not: str = ""


@dataclass(frozen=True)
class Clash:
    """The conflicts of one cause: how many are open and how many decided, what a person may say of all of them, what is
    never possible and does instead (`never`), and the first rows."""

    key: str
    code: str
    title: str
    open: int
    decided: int
    keep: str
    takeable: bool
    never: str
    rows: Sequence[Both]
    more: int


def clashes_of(work: Work, placement: Placement) -> list[Clash]:
    """The causes of conflicts that a person may decide, most rows first; of a committed file those that are left."""
    done = done_lines(work, placement)
    by_code: dict[str, list[PlacementIssue]] = {}
    for one in queries.issues(work, placement.id, kinds=["conflict", "decided"], limit=MOST_READ):
        code = one.details.get("was", one.code)
        if code in deciding.DECIDED and one.line not in done:
            by_code.setdefault(code, []).append(one)
    counted = {code: count for kind, code, count in placement.counts.get("causes", []) if kind == "conflict"}
    said = deciding.of(placement)
    found = [_clash(code, issues, counted.get(code, 0), said) for code, issues in by_code.items()]
    return sorted(found, key=lambda clash: -(clash.open + clash.decided))


def _clash(code: str, issues: Sequence[PlacementIssue], counted: int, said: deciding.Decisions) -> Clash:
    decided = sum(1 for one in issues if one.kind == "decided")
    opened = max(counted, len(issues) - decided)
    words, takeable = spell(WORDS.get(code, OTHER)), code in deciding.TAKEABLE
    keep = spell(KEEP_FIRST if code.startswith("in_file") else KEEP_OURS)
    options = [("", spell(UNDECIDED)), (deciding.KEEP, keep)]
    rows = [_both(one, code, options, takeable, said) for one in issues[:MOST_SHOWN]]
    more = max(0, opened + decided - MOST_SHOWN)
    return Clash(
        key=f"conflict-{code}", code=code, title=words[:1].upper() + words[1:], open=opened, decided=decided, keep=keep,
        takeable=takeable and (more > 0 or any(not row.why_not for row in rows)),
        never=spell(taking.NEVER[code]) if code in taking.NEVER else "",
        rows=rows, more=more,
    )  # fmt: skip


def _both(
    issue: PlacementIssue, code: str, options: Sequence[tuple[str, str]], takeable: bool, said: deciding.Decisions
) -> Both:
    details = issue.details
    where = (
        spell(msg("Fila {line} del archivo"), line=number(details["line"]))
        if details.get("line")
        else spell(msg("Ya cargada"))
    )
    here, there = (_side(details, side, issue.value) for side in ("here", "there"))
    template, more = taking.against(details) if takeable else ("", {})
    why_not = events.sentence(template, {**more, "why": spell(more["why"])}) if template else ""
    theirs = [(deciding.TAKE, spell(TAKE_THEIRS))] if takeable and not template else []
    return Both(
        issue.line, issue.value, here, there, where, said.on(code, issue.line) if issue.kind == "decided" else "",
        [*options, *theirs], why_not,
    )  # fmt: skip


def _side(details: Mapping[str, Any], side: str, number_here: str) -> str:
    if "other_tax_id" in details:
        who = ("name", "tax_id") if side == "here" else ("other", "other_tax_id")
        return " · ".join(details[name] for name in who)
    amount = Money(details[side]["minor"], details[side]["currency"])
    told = spell(msg("{amount}, vence el {day}"), amount=amount, day=date.fromisoformat(details[f"due_{side}"]))
    # Where amount and day are the same, what else differs.
    uuid = details.get(f"uuid_{side}", "") if details.get("uuid_there") else ""
    other = details.get("reference_there", "") if side == "there" else ""
    parts = (told, details.get(f"debtor_{side}", ""), uuid, other if other != number_here else "")
    return " · ".join(part for part in parts if part)
