"""What confirming a placement would do, found out in sets and kept with it: counts, sums, issues by row."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text

from kernel.problems import Problem
from recobro.files import open_file
from recobro.intake import lifecycle, reading
from recobro.intake.checks import checker
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.service import confirm, layout_of, open_placement, plan_of, twin_of
from recobro.intake.staging import Findings, stage
from recobro.intake.tables import Placement, PlacementIssue
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
    keep_findings(work, placement, findings)
    placement.state = lifecycle.after(placement.state, State.PREVIEWED)
    work.flush()
    return placement


def ask_preview(work: Work, placement_id: UUID) -> bool:
    """Preview now, or by a job when the file is big; True when it is done."""
    placement = open_placement(work, placement_id)
    if placement.row_count <= PREVIEW_AT_ONCE:
        preview(work, placement_id)
        return True
    plan_of(placement, client_by_id(work, placement.client_id))
    work.outbox.add("intake.preview", placement_id=placement_id)
    return False


def outcome(placement: Placement) -> tuple[int, dict[str, Any]]:
    """What a preview promises: how many debts would be made, and their sums by currency."""
    return placement.counts.get("created", 0), placement.totals


def confirm_as_shown(work: Work, placement_id: UUID) -> bool:
    """Confirm when that still does what the preview said; else False, and what it would do now is kept to be shown.

    A big file is not read again here: the job that commits it refuses what is no longer so.
    """
    placement = open_placement(work, placement_id)
    client = client_by_id(work, placement.client_id)
    small = placement.state in OPEN and placement.row_count <= PREVIEW_AT_ONCE
    if small and twin_of(work, placement, client) is None:
        shown = outcome(placement)
        preview(work, placement_id)
        if outcome(placement) != shown:
            return False
    confirm(work, placement_id)
    return True


def stage_placement(work: Work, placement: Placement, client: Client, **more: Any) -> Findings:
    """Its rows, checked, in the transaction's table; refused when the stored file is no longer the one received."""
    plan = plan_of(placement, client)
    with open_file(work, placement.file_id) as (_, file):
        rows = reading.rows(file, layout_of(placement))
        return stage(work, client_id=placement.client_id, rows=rows, check=checker(plan), **more)


def keep_findings(work: Work, placement: Placement, findings: Findings) -> None:
    """Write what was found on the placement, in place of what was found before."""
    run = work.session.execute
    states = {
        row.state: row.rows for row in run(text("SELECT state, count(*) AS rows FROM intake_marks GROUP BY state"))
    }
    ahead = run(text(_AHEAD)).one()
    placement.counts = {
        "rows": findings.rows, "created": ahead.created, "unchanged": states.get("unchanged", 0),
        "changed": 0, "duplicates": states.get("duplicate", 0), "conflicts": states.get("conflict", 0),
        "rejected": findings.counts["rejected"], "warned": findings.counts["warned"], "not_open": findings.not_open,
        "debtors": ahead.debtors, "debtors_new": ahead.debtors_new, "cases_new": ahead.cases_new,
        "to_known_cases": ahead.to_known_cases, "kept_issues": len(findings.issues),
        "causes": [[kind, code, count] for (kind, code), count in findings.causes.most_common()],
    }  # fmt: skip
    placement.totals = _sums(work, "true")
    placement.overdue = _sums(work, "due_on < :day", day=placement.as_of)
    first = run(text(_FIRST)).mappings().first()
    placement.first = {name: _plain(value) for name, value in first.items()} if first else {}
    run(delete(PlacementIssue).where(
        PlacementIssue.agency_id == work.agency_id, PlacementIssue.placement_id == placement.id))  # fmt: skip
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
_AHEAD = """
SELECT (SELECT count(*) FROM intake_new) AS created, count(DISTINCT debtor_id) AS debtors,
       count(*) FILTER (WHERE NOT known_debtor) AS debtors_new,
       count(DISTINCT case_id) FILTER (WHERE NOT known_case) AS cases_new,
       (SELECT count(*) FROM intake_new r JOIN intake_keys k USING (debtor_key) WHERE k.known_case) AS to_known_cases
FROM intake_keys
"""
_FIRST = """
SELECT r.line, name, tax_id, customer_ref, reference, due_on, currency, balance, phone, email,
       NOT k.known_case AS new_case
FROM intake_new r JOIN intake_keys k USING (debtor_key) ORDER BY r.line LIMIT 1
"""


def _sums(work: Work, where: str, **parameters: Any) -> dict[str, dict[str, int]]:
    # `where` is one of our own two conditions.
    query = f"SELECT currency, count(*), sum(balance) FROM intake_new WHERE {where} GROUP BY 1 ORDER BY 1"  # noqa: S608
    found = work.session.execute(text(query), parameters)
    return {currency: {"count": count, "sum": int(total)} for currency, count, total in found}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def preview_if_open(work: Work, placement_id: UUID) -> None:
    """The job's preview: nothing when the placement went on or was changed back meanwhile; a refusal is kept on it."""
    placement = open_placement(work, placement_id)
    if placement.state not in (State.UPLOADED, State.PREVIEWED):
        return
    try:
        preview(work, placement_id)
    except Problem as problem:
        placement.failure = {"template": problem.template, "details": {k: str(v) for k, v in problem.details.items()}}
