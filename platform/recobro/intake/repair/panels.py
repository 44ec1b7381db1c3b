"""What is shown to mend a file by: a panel for each cause, with its values, its first rows and what they plainly meant;
the repairs made; both sides of conflicts. All in words, in the reader's language."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kernel.text import msg
from recobro.files import open_file
from recobro.intake import render
from recobro.intake.checks.causes import EACH_ITS_OWN, EXTRA, OTHER, WITHOUT_A_CELL, WORDS, Cause, suggestion
from recobro.intake.checks.rows import Plan
from recobro.intake.files import reading
from recobro.intake.previewing import waiting_of
from recobro.intake.queries import told
from recobro.intake.repair.clashes import Both, Clash, clashes_of
from recobro.intake.repair.repairing import MOST_TRIED, Tried
from recobro.intake.service import choices_of, layout_of, plan_of
from recobro.intake.staged import repairs
from recobro.intake.staged.fixes import Overlay, fixed
from recobro.intake.staged.mending import LEFT_OUT, Mend, mends_of
from recobro.intake.tables import Placement, PlacementIssue
from recobro.web.jinja import number
from recobro.web.translations import spell
from tenants.service import client_by_id
from tenants.work import Work

MOST_VALUES, MOST_CELLS = 25, 50
_LONGEST_SHOWN = 120
# What is shown of a row beside the cell to be mended.
_CONTEXT = ("file_name", "reference", "debtor_name", "customer_ref", "tax_id")


@dataclass(frozen=True)
class ValueLine:
    """A value that is wrong, in how many rows, and what it plainly meant."""

    value: str
    rows: int
    meant: str


@dataclass(frozen=True)
class CellLine:
    """One cell that is wrong: where, whose, what it says (and what the file said, where that was mended before)."""

    line: int
    context: str
    value: str
    said: str
    meant: str


@dataclass(frozen=True)
class Panel:
    """One cause in one column. `key` names it on the page; `column_index` None: no cell mends it. `rest` is what is
    said of its other rows, where each is a file of its own."""

    key: str
    cause: Cause
    title: str
    words: str
    rows: int
    sentence: str
    column_index: int | None
    values: Sequence[ValueLine]
    others: int
    cells: Sequence[CellLine]
    asks_term: bool
    asks_above: bool
    rest: Sequence[str] = ()


@dataclass(frozen=True)
class Made:
    """What was mended in one column: what cells said and say now. `loose`: some of it can be taken back."""

    column: str
    column_index: int
    values: Sequence[tuple[str, str]]
    cells: Sequence[tuple[int, str, str]]
    more: int
    loose: bool


@dataclass(frozen=True)
class Repair:
    """All that is shown of a file's repair. `ready`: the rows of a committed one that would go in now. `at` names the
    panel the reader is taken back to, if any. `may_take_back`: there is a repair that nothing placed rests on."""

    at: str
    headline: str
    panels: Sequence[Panel]
    warned: Sequence[Panel]
    left: Sequence[Panel]
    made: Sequence[Made]
    clashes: Sequence[Clash]
    ready: int
    any_rows: bool
    may_take_back: bool

    @property
    def conflicts(self) -> list[Both]:
        """The rows of all of them that are shown, and not decided."""
        return [both for clash in self.clashes for both in clash.rows if not both.decided]


def repair_of(work: Work, placement: Placement, at: str = "") -> Repair:
    """The page's part that mends a previewed or committed file; `at` is the panel in which something was done."""
    plan = plan_of(placement, client_by_id(work, placement.client_id))
    kinds = {kind: mends_of(placement.counts, kind) for kind in ("rejected", "warned", LEFT_OUT)}
    laid = repairs.overlay_of(work, placement)
    issues = {mend: _issues(work, placement, mend) for mend in kinds["rejected"]}
    rows = _contexts(work, placement, laid, {one.line for found in issues.values() for one in found})
    panels = [_panel(placement, plan, mend, found, rows) for mend, found in issues.items()]
    clashes = clashes_of(work, placement)
    counts, keys = placement.counts, [panel.key for panel in panels]
    keys += [clash.key for clash in clashes]
    # What was mended before the last batch is not taken back: debts rest on it.
    since = repairs.acts_of(work, placement.id, since=placement.committed_at) if laid else []
    loose = {fix.column for act in since for fix in act}
    return Repair(
        at=at if at in keys or not at else next(iter(keys), ""),
        headline=_headline(counts.get("rejected", 0)),
        panels=panels,
        warned=[_panel(placement, plan, mend, _issues(work, placement, mend, 1), {}) for mend in kinds["warned"]],
        left=[_panel(placement, plan, mend, [], {}) for mend in kinds[LEFT_OUT]],
        made=_made(placement, laid, repairs.acts_of(work, placement.id) if laid else [], loose),
        clashes=clashes,
        ready=waiting_of(placement),
        any_rows=bool(counts.get("rejected") or counts.get("conflicts")),
        may_take_back=bool(loose),
    )


def tried_words(tried: Tried) -> str:
    """What a repair would change, in one sentence."""
    if not tried.told:
        return spell(msg("El archivo es grande: verás lo que cambia cuando se vuelva a leer."))
    if not tried.rows:
        return spell(msg("Ninguna fila cambiaría."))
    rows = (
        spell(msg("Cambiaría 1 fila"))
        if tried.rows == 1
        else spell(msg("Cambiarían {count} filas"), count=number(tried.rows))
    )
    if not tried.refused:
        return spell(msg("{rows}: todas se leerían bien."), rows=rows)
    reasons = ", ".join(f"{spell(WORDS.get(code, OTHER))}: {number(count)}" for code, count in tried.reasons)
    return spell(msg("{rows}: {passing} bien y {refused} todavía mal ({reasons})."), rows=rows,
                 passing=number(tried.passing), refused=number(tried.refused), reasons=reasons)  # fmt: skip


def key_of(cause: Cause, columns: Sequence[str]) -> str:
    """How a cause is called on a page: letters, digits and signs that an address takes."""
    index = columns.index(cause.column) if cause.column in columns else ""
    return f"{cause.code}-{index}"


def cause_of(key: str, columns: Sequence[str]) -> Cause:
    """The cause that a page calls by a key."""
    code, _, index = key.rpartition("-")
    known = index.isdecimal() and len(index) < 5 and int(index) < len(columns)
    return Cause(code, columns[int(index)] if known else "")


def _headline(rejected: int) -> str:
    """What is still to be done; why, each cause says below it."""
    if not rejected:
        return ""
    several = msg("{count} filas por corregir")
    return spell(msg("1 fila por corregir")) if rejected == 1 else spell(several, count=number(rejected))


def _panel(
    placement: Placement, plan: Plan, mend: Mend, issues: Sequence[PlacementIssue], rows: Mapping[int, tuple[str, ...]]
) -> Panel:
    columns, cause = layout_of(placement).columns, mend.cause
    words = spell(WORDS.get(cause.code, OTHER))
    found = columns.index(cause.column) if cause.column in columns and cause.code not in WITHOUT_A_CELL else None
    field = choices_of(placement)[found].field if found is not None else ""
    by_value = found is not None and cause.code not in EACH_ITS_OWN
    values = [
        ValueLine(value, count, suggestion(cause.code, field, value, plan))
        for value, count in mend.values
        if by_value and len(value) < _LONGEST_SHOWN
    ][:MOST_VALUES]  # fmt: skip
    if all(one.rows == 1 and not (one.meant and mend.kind == "warned") for one in values):
        # Each differs from the others: they are mended where they stand, with their neighbours in sight.
        values = []
    return Panel(
        key=key_of(cause, columns),
        cause=cause,
        title=f"{cause.column} · {words}" if cause.column else words[:1].upper() + words[1:],
        words=words,
        rows=mend.rows,
        sentence=_sentence(issues[0]) if issues else "",
        column_index=found,
        values=values,
        others=mend.rows - sum(one.rows for one in values) if values else 0,
        cells=[_cell(one, rows, suggestion(cause.code, field, one.value, plan)) for one in issues]
        if found is not None and mend.kind == "rejected"
        else [],
        asks_term=cause.code == "no_due" and "issued_on" in plan.fields,
        asks_above=cause.code == "no_debtor" and mend.kind == "rejected",
        rest=[_sentence(one) for one in issues[1:] if one.details.get("file")],
    )  # fmt: skip


def _sentence(issue: PlacementIssue) -> str:
    """*Fila 42, columna Vence: esperábamos una fecha, encontramos «30/02/26». Corrige la celda u omite la fila.*"""
    line = told(issue)
    reason = render.sentence(line)
    if file := line.details.get("file"):
        start = spell(msg("Fila {line}, «{file}»:"), line=number(line.line), file=file)
    elif line.column:
        start = spell(msg("Fila {line}, columna {column}:"), line=number(line.line), column=line.column)
    else:
        start = spell(msg("Fila {line}:"), line=number(line.line))
    mend = spell(line.mend) if line.mend else ""
    return " ".join(part for part in (start, reason[:1].lower() + reason[1:], mend) if part)


def _cell(issue: PlacementIssue, rows: Mapping[int, tuple[str, ...]], meant: str) -> CellLine:
    context, *cells = rows.get(issue.line, ("",))
    said = dict(one.split("\0", 1) for one in cells).get(issue.column, "")
    return CellLine(issue.line, context, issue.value, said, meant)


def _issues(work: Work, placement: Placement, mend: Mend, most: int = MOST_CELLS) -> list[PlacementIssue]:
    return list(
        work.session.scalars(
            select(PlacementIssue)
            .where(
                PlacementIssue.agency_id == work.agency_id, PlacementIssue.placement_id == placement.id,
                PlacementIssue.kind == mend.kind, PlacementIssue.code == mend.cause.code,
                PlacementIssue.column == mend.cause.column,
            )
            .order_by(PlacementIssue.line)
            .limit(most)
        )
    )  # fmt: skip


def _contexts(work: Work, placement: Placement, laid: Overlay, lines: Collection[int]) -> dict[int, tuple[str, ...]]:
    """For some lines: whose row it is, then each column that was mended and what the file says there (NUL between)."""
    if not lines or placement.row_count > MOST_TRIED:
        return {}
    columns, last = layout_of(placement).columns, max(lines)
    fields = {choice.field: index for index, choice in enumerate(choices_of(placement))}
    shown = [fields[name] for name in _CONTEXT if name in fields][:2]
    found: dict[int, tuple[str, ...]] = {}
    with open_file(work, placement.file_id) as (_, file):
        for row in reading.rows(file, layout_of(placement)):
            if row.line in lines:
                (now,) = fixed([row], laid)
                changed = [f"{columns[at]}\0{cell.strip()}" for at, cell in enumerate(row.cells[: len(columns)])
                           if cell != now.cells[at]]  # fmt: skip
                context = " · ".join(cell for at in shown if (cell := now.cells[at].strip()[:60]))
                found[row.line] = (context, *changed)
            if row.line >= last:
                break
    return found


def _made(placement: Placement, laid: Overlay, acts: Sequence[Sequence[Any]], loose: Collection[int]) -> list[Made]:
    columns = layout_of(placement).columns
    first: dict[tuple[int, int], str] = {}
    for act in acts:
        for fix in act:
            if fix.line:
                first.setdefault((fix.line, fix.column), fix.old)
    cells: dict[int, list[tuple[int, str, str]]] = {}
    for line, own in sorted(laid.cells.items()):
        for column, new in own.items():
            cells.setdefault(column, []).append((line, first.get((line, column), ""), new))
    found = []
    for column in sorted({*cells, *(at for at, said in laid.values.items() if said)}):
        here, values = cells.get(column, []), list(laid.values.get(column, {}).items())
        found.append(
            Made(_heading(columns, column), column, values[:MOST_VALUES], here[:MOST_VALUES],
                 max(0, len(here) - MOST_VALUES) + max(0, len(values) - MOST_VALUES), column in loose)
        )  # fmt: skip
    return found


def _heading(columns: Sequence[str], column: int) -> str:
    return columns[column] if column < len(columns) else spell(EXTRA, n=column - len(columns) + 1)
