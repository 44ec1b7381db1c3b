"""What confirming a placement would do, found out in sets and kept with it: counts, sums, issues by row."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, delete, text

from kernel.problems import Problem
from recobro.files import open_file
from recobro.intake import lifecycle
from recobro.intake.checks.rows import Plan
from recobro.intake.columns.fields import FIELDS, Sort
from recobro.intake.files import bundles, reading
from recobro.intake.files.layout import Layout
from recobro.intake.issues import Issue
from recobro.intake.kinds.kind import Outcome, Sums, Tick
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.service import confirm, layout_of, open_placement, plan_of, profiles_of
from recobro.intake.staged import deciding
from recobro.intake.staged.fixes import fixed
from recobro.intake.staged.mending import leave_out, only, settled_of, told_of, with_settled
from recobro.intake.staged.placed import done_lines
from recobro.intake.staged.repairs import left_out, overlay_of
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement, PlacementIssue
from tenants.context import Kind as Who
from tenants.service import client_by_id
from tenants.tables import Client
from tenants.work import Work

# A file with more rows is previewed by a job; people do not wait for it at a page.
PREVIEW_AT_ONCE = 20_000


def preview(work: Work, placement_id: UUID) -> Placement:
    """Find out what confirming would do, and keep it. Nothing else changes."""
    placement = open_placement(work, placement_id)
    client = client_by_id(work, placement.client_id)
    findings = stage_placement(work, placement, client)
    keep_findings(work, placement, KINDS[placement.kind].measure(work, placement, findings), findings)
    placement.state = lifecycle.after(placement.state, State.PREVIEWED)
    work.flush()
    return placement


def ask_preview(work: Work, placement_id: UUID) -> bool:
    """Preview now, or by a job when the file is big; True when it is done."""
    placement = open_placement(work, placement_id)
    if _at_once(work, placement):
        preview(work, placement_id)
        return True
    plan_of(placement, client_by_id(work, placement.client_id))
    work.outbox.add("intake.preview", placement_id=placement_id)
    return False


def _at_once(work: Work, placement: Placement) -> bool:
    """Whether what a file would do is found out while people wait: it is small, and they may see all it depends on."""
    unseen = KINDS[placement.kind].by_job or deciding.of(placement).takes
    sees_all = work.principal.kind is not Who.CLIENT or not unseen
    return sees_all and placement.row_count <= PREVIEW_AT_ONCE


def outcome(counts: Mapping[str, Any], totals: Sums) -> tuple[int, int, Sums]:
    """What a preview promises: how much would be made and changed, and the sums by currency."""
    return counts.get("created", 0), counts.get("changed", 0), totals


def confirm_as_shown(work: Work, placement_id: UUID, *, why: str = "") -> bool:
    """Confirm when that still does what the preview said; else False, and what it would do now is kept to be shown.
    `why`: the reason for which a file goes in that is not what was declared.

    A big file is not read again here: the job that commits it refuses what is no longer so.
    """
    placement = open_placement(work, placement_id)
    small = placement.state in OPEN and _at_once(work, placement)
    if small:
        shown = outcome(placement.counts, placement.totals)
        preview(work, placement_id)
        if outcome(placement.counts, placement.totals) != shown:
            return False
    confirm(work, placement_id, why=why)
    return True


def stage_placement(work: Work, placement: Placement, client: Client, tick: Tick = lambda _done: None) -> Findings:
    """Its rows that are not done, checked, in the transaction's table; refused when the stored file is no longer the
    one received."""
    plan = plan_of(placement, client)
    layout = layout_of(placement)
    work.take_long()
    with open_file(work, placement.file_id) as (_, file):
        read = reading.rows(file, layout)
        if done := done_lines(work, placement):
            read = (row for row in read if row.line not in done)
        findings = KINDS[placement.kind].stage(work, placement, plan, fixed(read, overlay_of(work, placement)), tick)
    if placement.committed_at is not None:
        only(findings, done)
    else:
        _tell_of_book(placement, layout, plan, findings)
        _tell_of_signs(placement, layout, plan, findings)
    leave_out(findings, left_out(placement))
    if layout.members:
        findings.issues = [bundles.named(issue, layout) for issue in findings.issues]
    return findings


# What identifies a debtor or a debt.
_IDS = ("reference", "customer_ref", "tax_id")


def _tell_of_book(placement: Placement, layout: Layout, plan: Plan, findings: Findings) -> None:
    """What a workbook holds that is not read or not seen: other and hidden sheets, hidden rows, and zeros that only a
    format shows."""
    for code, sheets in (("sheet_unread", layout.unread), ("sheet_hidden", layout.hidden)):
        for name, lines in sheets:
            findings.note(Issue("warned", code, layout.header_line, "", name, {"lines": lines}))
    if layout.hidden_rows:
        findings.note(Issue("warned", "rows_hidden", layout.header_line, "", "", {"count": layout.hidden_rows}))
    profiles = profiles_of(placement)
    for field in _IDS if layout.zeros else ():
        at = plan.fields.get(field)
        if at is not None and profiles[at].amounts.get("typed"):
            details = {"zeros": layout.zeros}
            findings.note(Issue("warned", "zero_format", layout.header_line, "", layout.columns[at], details))


def _tell_of_signs(placement: Placement, layout: Layout, plan: Plan, findings: Findings) -> None:
    """Currencies that only a format of the workbook shows, where the file does not say them otherwise."""
    others = [code for code in layout.signs if code != plan.currency]
    if not others or "currency" in plan.fields:
        return
    profiles = profiles_of(placement)
    for field, at in plan.fields.items():
        if FIELDS[field].sort is Sort.AMOUNT and profiles[at].amounts.get("typed"):
            details = {"codes": ", ".join(others), "currency": plan.currency}
            findings.note(Issue("warned", "currency_format", layout.header_line, "", layout.columns[at], details))
            return


def together(one: Sums, other: Sums) -> dict[str, dict[str, int]]:
    """Two sums by currency as one."""
    none = {"count": 0, "sum": 0}
    return {
        code: {name: one.get(code, none)[name] + other.get(code, none)[name] for name in none}
        for code in sorted({*one, *other})
    }


def keep_findings(work: Work, placement: Placement, found: Outcome, findings: Findings) -> None:
    """Write what would be done, and what was found row by row, on the placement, in place of what was there before."""
    placement.counts = {
        **found.counts,
        "file": together(found.file, findings.refused),
        "refused": findings.refused,
        **told_of(findings),
    }
    placement.totals, placement.overdue, placement.first = dict(found.totals), dict(found.overdue), dict(found.first)
    keep_issues(work, placement, findings)


def keep_issues(work: Work, placement: Placement, findings: Findings) -> None:
    """Write what was found row by row, in place of what was there before; what was told of a done line stays."""
    run = work.session.execute
    theirs: list[ColumnElement[bool] | TextClause] = [
        PlacementIssue.agency_id == work.agency_id,
        PlacementIssue.placement_id == placement.id,
    ]
    if placement.committed_at is not None:
        left = [f"[{first},{last}]" for first, last in placement.left_lines]
        theirs.append(text("line <@ CAST(:lines AS int8multirange)").bindparams(lines=f"{{{','.join(left)}}}"))
    run(delete(PlacementIssue).where(*theirs))
    kept = [
        {"kind": one.kind, "code": one.code, "line": one.line, "column": one.column, "value": one.value,
         "details": dict(one.details)}
        for one in findings.issues
    ]  # fmt: skip
    if kept:
        run(text(_ISSUES), {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id,
                            "issues": json.dumps(kept)})  # fmt: skip


_ISSUES = """
INSERT INTO placement_issues (agency_id, client_id, id, placement_id, kind, code, line, "column", value, details)
SELECT :agency, :client, uuidv7(), :placement, i.kind, i.code, i.line, i."column", i.value, i.details
FROM jsonb_to_recordset(CAST(:issues AS jsonb))
  AS i (kind text, code text, line bigint, "column" text, value text, details jsonb)
"""


def ask_look_again(work: Work, placement_id: UUID) -> bool:
    """See what the refused rows of a committed placement would do after their repairs: now, or by a job when the file
    is big; True when it is done."""
    placement = open_placement(work, placement_id)
    if _at_once(work, placement):
        look_again(work, placement)
        return True
    work.outbox.add("intake.preview", placement_id=placement_id)
    return False


def look_again(work: Work, placement: Placement) -> None:
    """Find what is still wrong with a committed placement's file, and what of it would be placed now (`waiting`). What
    it made stays told as it was."""
    findings = stage_placement(work, placement, client_by_id(work, placement.client_id))
    found = KINDS[placement.kind].measure(work, placement, findings)
    settled = placement.counts.get("settled") or settled_of(placement.counts)
    counts = {name: found.counts.get(name, 0) for name in ADDED}
    waiting = {"counts": counts, "totals": dict(found.totals), "overdue": dict(found.overdue)}
    told = with_settled(settled, found.counts, findings)
    placement.counts = {**placement.counts, **told, "waiting": waiting, "settled": settled}
    keep_issues(work, placement, findings)
    work.flush()


# What a following batch adds to what a placement did before.
ADDED = ("created", "changed", "corrected", "debtors_new", "cases_new", "to_known_cases")


def waiting_of(placement: Placement) -> int:
    """How many rows of a committed placement would be placed now, that were refused before."""
    waiting = placement.counts.get("waiting", {}).get("counts", {})
    return int(waiting.get("created", 0)) + int(waiting.get("changed", 0))


def join(work: Work, placement: Placement, found: Outcome, findings: Findings) -> None:
    """Count a following batch with what a committed placement did before; once, for `waiting` is gone then. The receipt
    is to be made anew."""
    before = {name: value for name, value in placement.counts.items() if name not in ("waiting", "settled")}
    added = {name: before.get(name, 0) + found.counts.get(name, 0) for name in ADDED}
    told = with_settled(placement.counts.get("settled") or settled_of(before), found.counts, findings)
    added["debtors"] = before.get("debtors", 0) + found.counts.get("debtors_new", 0)
    batches = before.get("batches", 1) + 1
    placement.counts = {**before, **told, **added, "batches": batches}
    placement.totals = together(placement.totals, found.totals)
    placement.overdue = together(placement.overdue, found.overdue)
    placement.acknowledgement_file_id = placement.acknowledgement_data_id = None
    keep_issues(work, placement, findings)
    work.flush()


def preview_if_open(work: Work, placement_id: UUID) -> None:
    """The job's preview: nothing when the placement went on or was changed back meanwhile; a refusal is kept on it."""
    placement = open_placement(work, placement_id)
    if placement.state == State.COMMITTED:
        # Its next batch may be asked for meanwhile: one of the two goes first.
        work.session.refresh(placement, with_for_update=True)
    if placement.state == State.COMMITTED:
        look_again(work, placement)
    if placement.state not in (State.UPLOADED, State.PREVIEWED):
        return
    try:
        preview(work, placement_id)
    except Problem as problem:
        placement.failure = {"template": problem.template, "details": {k: str(v) for k, v in problem.details.items()}}
