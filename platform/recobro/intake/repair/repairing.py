"""Mending a file in place: a value in all the rows that hold it, single cells, days that follow from others; leaving
rows out; taking it back. Before it is committed the file is previewed anew; after that its refused rows wait, and what
was mended among them is placed when a person says so."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel.problems import Invalid
from kernel.text import msg
from recobro.files import open_file
from recobro.intake import lifecycle, previewing, queries
from recobro.intake.checks.causes import Cause
from recobro.intake.checks.parties import CELLS
from recobro.intake.checks.rows import WHOSE
from recobro.intake.columns.grammar import Unreadable, read_date
from recobro.intake.columns.standing import sums_up
from recobro.intake.files import reading
from recobro.intake.files.reading import Row
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.service import AlreadyPlaced, fingerprint_of, layout_of, open_placement, plan_of, twin_of
from recobro.intake.staged import accepting, deciding, repairs, substitutions
from recobro.intake.staged.fixes import MOST_CELLS, Fix, fixed, overlay, touched
from recobro.intake.staged.placed import done_lines
from recobro.intake.tables import Placement
from tenants.service import client_by_id
from tenants.work import Work

# What a repair would change is found out while a person waits; of a longer file it is seen when it is previewed.
MOST_TRIED = 200_000
LONGEST_TERM = 3_650


@dataclass(frozen=True)
class Tried:
    """What a repair would change: rows, how many of them would be read, and the causes for which the rest would not,
    most first. Nothing is known (`told` is False) of a file that is too long to be tried."""

    rows: int
    passing: int
    refused: int
    reasons: Sequence[tuple[str, int]]
    told: bool = True


def value_fixes(column_index: int, said: Mapping[str, str]) -> list[Fix]:
    """Repairs of all rows whose cell in a column says one of these values."""
    return [Fix(0, column_index, old.strip(), new.strip()) for old, new in said.items() if old.strip() != new.strip()]


def cell_fixes(said: Mapping[tuple[int, int], str]) -> list[Fix]:
    """Repairs of single cells, by (line, column)."""
    return [Fix(line, column, "", new.strip()) for (line, column), new in said.items()]


def term_fixes(work: Work, placement_id: UUID, days: int) -> list[Fix]:
    """A due day so many days after the day of issue, in the rows that have the one and lack the other."""
    placement = open_placement(work, placement_id)
    plan = plan_of(placement, client_by_id(work, placement.client_id))
    if not 0 <= days <= LONGEST_TERM or not {"issued_on", "due_on"} <= set(plan.fields):
        raise Invalid(msg("Di un plazo en días, y qué columna es la fecha de emisión."))
    issued, due, order = plan.fields["issued_on"], plan.fields["due_on"], plan.orders["issued_on"]
    found, done = [], done_lines(work, placement)
    with _rows_of(work, placement) as rows:
        for row in fixed(rows, repairs.overlay_of(work, placement)):
            if row.line in done or row.cells[due].strip() or not row.cells[issued].strip():
                continue
            try:
                day = read_date(row.cells[issued], order) + timedelta(days=days)
            except (Unreadable, OverflowError):
                continue
            found.append(Fix(row.line, due, "", day.isoformat()))
            if len(found) > MOST_CELLS:
                break
    return found


def above_fixes(work: Work, placement_id: UUID) -> list[Fix]:
    """Whose debt it is, in the rows with a document's number that do not say it: as in the nearest row above that does,
    with the debtor's contact data in the first of them. Nothing for what stands below a line of totals: that closes a
    debtor's rows."""
    placement = open_placement(work, placement_id)
    plan = plan_of(placement, client_by_id(work, placement.client_id))
    whose = {plan.fields[name] for name in WHOSE if name in plan.fields}
    party = {plan.fields[name] for name in CELLS if name in plan.fields}
    reference = plan.fields.get("reference", len(plan.columns))
    found: list[Fix] = []
    above: dict[int, str] = {}
    done = done_lines(work, placement)
    with _rows_of(work, placement) as rows:
        for row in fixed(rows, repairs.overlay_of(work, placement)):
            said = {at: cell for at, cell in enumerate(map(str.strip, row.cells)) if cell}
            if any(map(sums_up, row.cells)):
                above = {}
            elif whose & said.keys():
                above = {at: said[at] for at in sorted(party & said.keys())}
            elif row.line not in done and reference in said:
                found += [Fix(row.line, at, "", told) for at, told in above.items() if at not in said]
                above = {at: told for at, told in above.items() if at in whose}
                if len(found) > MOST_CELLS:
                    break
    return found


@contextmanager
def _rows_of(work: Work, placement: Placement) -> Iterator[Iterator[Row]]:
    with open_file(work, placement.file_id) as (_, file):
        yield reading.rows(file, layout_of(placement))


def try_repair(work: Work, placement_id: UUID, fixes: Sequence[Fix]) -> Tried:
    """What a repair would change; nothing is kept. The rows it would change are checked by themselves."""
    placement = open_placement(work, placement_id)
    _check(placement, fixes)
    if placement.row_count > MOST_TRIED:
        return Tried(0, 0, 0, (), told=False)
    acts = repairs.acts_of(work, placement_id)
    before, after = overlay(acts), overlay([*acts, fixes])
    plan = plan_of(placement, client_by_id(work, placement.client_id))
    done = done_lines(work, placement)
    with _rows_of(work, placement) as rows:
        changed = touched((row for row in rows if row.line not in done), before, after)
        findings = KINDS[placement.kind].stage(work, placement, plan, changed, lambda _done: None)
    refused = findings.counts["rejected"]
    reasons = [(code, count) for (kind, code), count in findings.causes.most_common() if kind == "rejected"]
    return Tried(findings.rows, findings.rows - refused, refused, reasons)


def repair(work: Work, placement_id: UUID, fixes: Sequence[Fix], *, extra: int = 0) -> bool:
    """Keep one act of repairs, and find out what the file does now. False: a job will, for the file is big. `extra`:
    single cells may be mended so far beyond the headings."""
    placement = open_placement(work, placement_id)
    _check(placement, fixes, extra)
    repairs.keep(work, placement, _told(work, placement, fixes))
    return _anew(work, placement)


def _told(work: Work, placement: Placement, fixes: Sequence[Fix]) -> list[Fix]:
    """The repairs of single cells with what these say now, as far as it is known to be wrong."""
    columns = layout_of(placement).columns
    lines = {fix.line for fix in fixes if fix.line and not fix.old}
    said = {(one.line, one.column): one.value for one in queries.issues(work, placement.id)} if lines else {}
    return [
        fix._replace(old=said.get((fix.line, columns[fix.column]), ""))
        if fix.line in lines and not fix.old and fix.column < len(columns)
        else fix
        for fix in fixes
    ]


def fix_values(work: Work, placement_id: UUID, column_index: int, said: Mapping[str, str]) -> bool:
    """Mend every row whose cell in a column says one of these values."""
    return repair(work, placement_id, value_fixes(column_index, said))


def fix_cells(work: Work, placement_id: UUID, said: Mapping[tuple[int, int], str]) -> bool:
    """Mend single cells, by (line, column)."""
    return repair(work, placement_id, cell_fixes(said))


def unfix(work: Work, placement_id: UUID, column_index: int | None = None) -> bool:
    """Take back the last act of repairs, or all of a column's; not those that what was placed rests on."""
    placement = open_placement(work, placement_id)
    if not repairs.take_back(work, placement, column_index):
        raise Invalid(msg("No hay ninguna corrección que deshacer."))
    return _anew(work, placement)


def leave_out(work: Work, placement_id: UUID, cause: Cause) -> bool:
    """Leave the rows of a cause out knowingly: they count as left out, not as refused."""
    placement = open_placement(work, placement_id)
    if cause.column not in ("", *layout_of(placement).columns):
        raise Invalid(msg("Esa columna no está en el archivo."))
    repairs.hold(work, placement)
    repairs.set_left_out(placement, repairs.left_out(placement) | {cause})
    work.audit("placement.rows_left_out", placement_id=placement_id, cause=cause.code)
    return _anew(work, placement)


def take_in(work: Work, placement_id: UUID, cause: Cause) -> bool:
    """Leave the rows of a cause out no more."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    repairs.set_left_out(placement, repairs.left_out(placement) - {cause})
    return _anew(work, placement)


def accept(work: Work, placement_id: UUID, *, shown: Collection[int], lines: Collection[int]) -> bool:
    """Of the doubtful rows that were `shown`, by line, take these and no others; what was decided of the rest stays.
    Only rows that wait for such a word are taken. False: a job finds out what the file does now, for it is big."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    asked = {one.line for one in queries.doubtful(work, placement_id)}
    before = accepting.accepted(placement)
    after = (before - set(shown)) | (asked & set(lines))
    accepting.keep(placement, after)
    told = ", ".join(str(line) for line in sorted(after)[:100])
    work.audit("placement.rows_accepted", placement_id=placement_id, rows=told, count=len(after))
    return _anew(work, placement)


def decide(
    work: Work, placement_id: UUID, *, causes: Mapping[str, str] | None = None, lines: Mapping[int, str] | None = None
) -> bool:
    """Say of conflicts what holds, `keep` (what is here) or `take` (what the file says), by the code of their cause for
    all its rows or by line; an empty word takes it back. Only rows that are in conflict, or were decided and are not
    done, count. False: a job finds out what the file does now."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    done, known = done_lines(work, placement), deciding.of(placement)
    found = queries.issues(work, placement_id, kinds=["conflict", "decided"])
    clashes = {one.line: one.details.get("was", one.code) for one in found if one.line not in done}
    anew = {line for line, code in clashes.items() if code in (causes or {})}
    said = dict.fromkeys(anew & known.lines.keys(), "")
    for line, wanted in (lines or {}).items():
        code = clashes.get(line, "")
        if code not in deciding.DECIDED:
            continue
        if wanted == deciding.TAKE and code not in deciding.TAKEABLE:
            raise Invalid(msg("Esa decisión no se puede tomar para estas filas."))
        said[line] = wanted or (deciding.OPEN if known.causes.get(code) else "")
    deciding.keep(placement, causes or {}, said)
    work.audit(
        "placement.conflicts_decided", placement_id=placement_id, number=placement.number, causes=dict(causes or {}),
        rows=", ".join(f"{line}: {word or '-'}" for line, word in sorted((lines or {}).items())[:100]),
    )  # fmt: skip
    return _anew(work, placement)


def replace(work: Work, placement_id: UUID, *, wanted: bool) -> bool:
    """Let the invoices that a file's own replace be recalled as these go in, or not. Of a committed file those that can
    go in do, by a job. Who may recall is the caller's to know. False: a job finds out, or nothing more goes in."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    others = {name: value for name, value in placement.options.items() if name != substitutions.OPTION}
    placement.options = {**others, substitutions.OPTION: True} if wanted else others
    action = "placement.replacing" if wanted else "placement.replacing_taken_back"
    work.audit(action, placement_id=placement_id, number=placement.number)
    ready = _anew(work, placement)
    if placement.committed_at is None:
        return ready
    if not previewing.waiting_of(placement):
        return False
    reprocess(work, placement_id)
    return True


def _check(placement: Placement, fixes: Sequence[Fix], extra: int = 0) -> None:
    repairs.check_repairable(placement)
    if not fixes:
        raise Invalid(msg("No cambiaste ningún valor."))
    width = len(layout_of(placement).columns)
    if any(not 0 <= fix.column < width + (extra if fix.line else 0) or fix.line < 0 for fix in fixes):
        raise Invalid(msg("Esa columna no está en el archivo."))


def _anew(work: Work, placement: Placement) -> bool:
    """What the file does now; of a committed one, what its waiting rows would do."""
    work.flush()
    if placement.state in OPEN:
        placement.state = lifecycle.after(placement.state, State.UPLOADED)
        placement.failure = {}
        placement.counts, placement.totals, placement.overdue, placement.first = {}, {}, {}, {}
        return previewing.ask_preview(work, placement.id)
    return previewing.ask_look_again(work, placement.id)


def reprocess(work: Work, placement_id: UUID) -> None:
    """Let what was mended of a committed placement's refused rows be placed, by a job, as one more batch of it."""
    placement = open_placement(work, placement_id)
    repairs.hold(work, placement)
    client = client_by_id(work, placement.client_id)
    if not previewing.waiting_of(placement):
        raise Invalid(msg("Ninguna de las filas en cuarentena entraría todavía."))
    twin = twin_of(work, placement, client)
    if twin is not None:
        raise AlreadyPlaced(msg("Esta carga ya existe: es la {number}. No cambió nada."), number=twin.number)
    placement.state = lifecycle.reprocessed(placement.state)
    placement.fingerprint = fingerprint_of(placement, client)
    placement.done = 0
    placement.failure = {}
    work.flush()
    work.audit("placement.reprocessed", placement_id=placement_id, number=placement.number)
    work.outbox.add("intake.commit", placement_id=placement_id)
