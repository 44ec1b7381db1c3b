"""Invoices that replace others (CFDI, TipoRelacion 04): the two are one debt, whichever of them is here or comes first.

Of one file, the replaced is left out. One that replaces what is here already is in conflict until that is recalled.
Each says whom it replaces, so that the replaced makes no debt either when it comes later.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import text

from recobro.intake.issues import Issue
from recobro.intake.tables import Placement
from tenants.work import Work

_TABLE = """
CREATE TEMPORARY TABLE intake_substitutes (line bigint NOT NULL, uuid text NOT NULL)
"""
_FILL = "INSERT INTO intake_substitutes SELECT * FROM unnest(CAST(:lines AS bigint[]), CAST(:uuids AS text[]))"
_IN_FILE = """
INSERT INTO intake_marks (line, state, other_line)
SELECT r.line, 'replaced', min(s.line) FROM intake_rows r JOIN intake_substitutes s ON s.uuid = r.uuid
WHERE s.line <> r.line GROUP BY r.line
ON CONFLICT (line) DO UPDATE SET state = 'replaced', other_line = excluded.other_line
WHERE intake_marks.state IN ('conflict', 'duplicate')
"""
_BEFORE = """
INSERT INTO intake_marks (line, state, other_reference)
SELECT r.line, 'replaced', min(i.value)
FROM placements p JOIN placement_issues i ON i.agency_id = p.agency_id AND i.placement_id = p.id AND i.kind = 'warned'
JOIN intake_rows r ON r.uuid = i.details ->> 'replaced'
WHERE p.agency_id = :agency AND p.client_id = :client AND p.state = 'committed' AND i.code = 'replaces' AND r.uuid <> ''
  AND p.id <> :placement
GROUP BY r.line
ON CONFLICT (line) DO NOTHING
"""
_THERE = """
INSERT INTO intake_marks (line, state, other_balance, other_currency, other_due_on, other_uuid, other_reference)
SELECT DISTINCT ON (r.line) r.line, 'substitutes', d.original, d.currency, d.due_on, d.uuid, d.reference
FROM intake_substitutes s JOIN intake_rows r ON r.line = s.line AND r.uuid <> s.uuid
JOIN debts d ON d.uuid = s.uuid
WHERE d.agency_id = :agency AND d.client_id = :client AND d.state <> 'recalled'
ORDER BY r.line, d.created_at
ON CONFLICT (line) DO UPDATE
SET (state, other_balance, other_currency, other_due_on, other_uuid, other_reference)
  = ('substitutes', excluded.other_balance, excluded.other_currency, excluded.other_due_on, excluded.other_uuid,
     excluded.other_reference)
WHERE intake_marks.state = 'conflict'
"""
_TOLD = """
SELECT r.line, r.reference, r.balance, r.currency, r.due_on, m.state, m.other_line, o.reference AS other,
       m.other_balance, m.other_currency, m.other_due_on, m.other_uuid, m.other_reference
FROM intake_marks m JOIN intake_rows r ON r.line = m.line LEFT JOIN intake_rows o ON o.line = m.other_line
WHERE m.state IN ('replaced', 'substitutes') ORDER BY r.line
"""
_REPLACES = """
SELECT DISTINCT r.line, r.reference, s.uuid FROM intake_substitutes s JOIN intake_new r ON r.line = s.line
ORDER BY r.line, s.uuid
"""


def mark(work: Work, placement: Placement, found: Iterable[tuple[int, str]]) -> None:
    """Mark the rows that others replace, and those that replace what is here, before anything is made of the rest."""
    listed = list(found)
    run = work.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.intake_substitutes"))
    run(text(_TABLE))
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    run(text(_BEFORE), parameters)
    if listed:
        run(text(_FILL), {"lines": [line for line, _ in listed], "uuids": [uuid for _, uuid in listed]})
        run(text(_IN_FILE))
        run(text(_THERE), parameters)


def tell(work: Work, note: Callable[[Issue], None]) -> None:
    """Tell of each that is left out or in conflict, and of each new one whom it replaces."""
    for row in work.session.execute(text(_TOLD)):
        if row.state == "replaced":
            code = "replaced" if row.other or row.other_reference else "replaced_unread"
            details = {"reference": row.other or row.other_reference, "by": row.other_line}
            note(Issue("no_debt", code, row.line, "", row.reference, details))
            continue
        there = {"minor": row.other_balance, "currency": row.other_currency}
        details = {
            "reference": row.other_reference, "there": there, "due_there": row.other_due_on.isoformat(),
            "here": {"minor": row.balance, "currency": row.currency}, "due_here": row.due_on.isoformat(),
            "uuid_there": row.other_uuid, "reference_there": row.other_reference,
        }  # fmt: skip
        note(Issue("conflict", "substitutes", row.line, "", row.reference, details))
    for row in work.session.execute(text(_REPLACES)):
        note(Issue("warned", "replaces", row.line, "", row.reference, {"replaced": row.uuid}))
