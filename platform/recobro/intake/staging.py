"""The rows of one file in a temporary table of the transaction, and what they are to what is already there.

COPY cannot write to tables with row security, so rows go into a table of the transaction's own; duplicates, conflicts
and debtors are found in sets, and only INSERT..SELECT goes through the walls.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from recobro.intake.checks import Checked, Issue, StagedRow
from recobro.intake.reading import Row
from tenants.work import Work

# Kept with a placement; beyond it only the counts by cause are.
MOST_ISSUES = 20_000
_TICK = 5_000

_TABLE = """
CREATE TEMPORARY TABLE intake_rows (
  line bigint NOT NULL, reference text NOT NULL, reference_norm text NOT NULL, debtor_key text NOT NULL,
  customer_ref text NOT NULL, customer_ref_norm text NOT NULL, name text NOT NULL, name_norm text NOT NULL,
  tax_id text NOT NULL, tax_id_norm text NOT NULL, kind text NOT NULL, country text NOT NULL, region text NOT NULL,
  city text NOT NULL, time_zone text NOT NULL, locale text NOT NULL, issued_on date, due_on date NOT NULL,
  currency text NOT NULL, balance bigint NOT NULL, interest bigint NOT NULL, cost bigint NOT NULL, fee bigint NOT NULL,
  disputed boolean NOT NULL, concept text NOT NULL, phone text NOT NULL, phone_2 text NOT NULL, email text NOT NULL,
  email_2 text NOT NULL, contact_name text NOT NULL, address text NOT NULL, extra jsonb NOT NULL,
  state text NOT NULL DEFAULT 'new', other_line bigint, other_balance bigint, other_currency text, other_due_on date,
  debtor_id uuid, case_id uuid, debt_id uuid
) ON COMMIT DROP
"""

# A second row with the same number: the first counts; the same again is a duplicate, another amount a conflict.
_IN_FILE = """
UPDATE intake_rows r
SET state = CASE WHEN (f.currency, f.balance, f.due_on, f.debtor_key) = (r.currency, r.balance, r.due_on, r.debtor_key)
                 THEN 'duplicate' ELSE 'conflict' END,
    other_line = f.line, other_balance = f.balance, other_currency = f.currency, other_due_on = f.due_on
FROM (SELECT reference_norm, min(line) AS line FROM intake_rows GROUP BY reference_norm HAVING count(*) > 1) d
JOIN intake_rows f ON f.line = d.line
WHERE r.reference_norm = d.reference_norm AND r.line <> d.line
"""

# What is there already: what was handed over is compared, not what is left of it after payments.
_THERE = """
UPDATE intake_rows r
SET state = CASE WHEN (d.currency, d.original, d.due_on) = (r.currency, r.balance, r.due_on)
                 THEN 'unchanged' ELSE 'conflict' END,
    other_balance = d.original, other_currency = d.currency, other_due_on = d.due_on, debtor_id = d.debtor_id,
    case_id = d.case_id
FROM debts d
WHERE d.agency_id = :agency AND d.client_id = :client AND d.reference_norm = r.reference_norm AND r.state = 'new'
"""

# A row without a customer number belongs to the one customer who has its tax id elsewhere in the file.
_SAME_TAX_ID = """
UPDATE intake_rows r SET debtor_key = k.debtor_key
FROM (SELECT tax_id_norm, min(debtor_key) AS debtor_key FROM intake_rows
      WHERE tax_id_norm <> '' AND customer_ref_norm <> ''
      GROUP BY tax_id_norm HAVING min(debtor_key) = max(debtor_key)) k
WHERE r.tax_id_norm = k.tax_id_norm AND r.customer_ref_norm = ''
"""

_KNOWN_DEBTORS = (
    """
UPDATE intake_rows r SET debtor_id = d.id
FROM (SELECT customer_ref_norm, min(id::text)::uuid AS id FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm <> '' GROUP BY 1) d
WHERE r.state = 'new' AND r.debtor_key = 'c:' || d.customer_ref_norm
""",
    """
UPDATE intake_rows r SET debtor_id = d.id
FROM (SELECT tax_id_norm, min(id::text)::uuid AS id, min(customer_ref_norm) AS customer_ref_norm FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND tax_id_norm <> ''
      GROUP BY 1 HAVING count(*) = 1) d
WHERE r.state = 'new' AND r.debtor_id IS NULL AND r.tax_id_norm = d.tax_id_norm
  AND (r.customer_ref_norm = '' OR d.customer_ref_norm = '')
""",
    """
UPDATE intake_rows r SET debtor_id = d.id
FROM (SELECT name_norm, min(id::text)::uuid AS id FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm = '' AND tax_id_norm = ''
      GROUP BY 1 HAVING count(*) = 1) d
WHERE r.state = 'new' AND r.debtor_id IS NULL AND r.debtor_key = 'n:' || d.name_norm
""",
    # All rows of one key are of one debtor, however it was found.
    """
UPDATE intake_rows r SET debtor_id = k.debtor_id
FROM (SELECT debtor_key, min(debtor_id::text)::uuid AS debtor_id FROM intake_rows
      WHERE state = 'new' AND debtor_id IS NOT NULL GROUP BY 1) k
WHERE r.state = 'new' AND r.debtor_id IS NULL AND r.debtor_key = k.debtor_key
""",
    """
UPDATE intake_rows r SET case_id = c.id FROM cases c
WHERE c.agency_id = :agency AND c.client_id = :client AND c.debtor_id = r.debtor_id AND r.state = 'new'
""",
)

# Customer numbers that differ from another only in zeros in front, in the file or among the client's debtors.
_TWINS = """
WITH mine AS (SELECT customer_ref_norm AS ref, min(line) AS line FROM intake_rows
              WHERE state = 'new' AND customer_ref_norm <> '' GROUP BY 1),
known AS (SELECT ref FROM mine UNION
          SELECT customer_ref_norm FROM debtors
          WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm <> '')
SELECT DISTINCT ON (m.ref) m.line, r.customer_ref, k.ref
FROM mine m JOIN known k ON ltrim(k.ref, '0') = ltrim(m.ref, '0') AND k.ref <> m.ref AND length(k.ref) > length(m.ref)
JOIN intake_rows r ON r.line = m.line
ORDER BY m.ref, k.ref LIMIT :most
"""


@dataclass
class Findings:
    """What was found row by row: issues (no more than are kept), and how many of each kind and code there are."""

    rows: int = 0
    not_open: int = 0
    issues: list[Issue] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, issue: Issue) -> None:
        """Count an issue, and keep it while there is room."""
        self.counts[issue.kind] += 1
        self.causes[issue.kind, issue.code] += 1
        if len(self.issues) < MOST_ISSUES:
            self.issues.append(issue)


def stage(
    work: Work,
    *,
    client_id: UUID,
    rows: Iterable[Row],
    check: Callable[[Row], Checked],
    tick: Callable[[int], None] = lambda _done: None,
) -> Findings:
    """Check every row and put the good ones into the transaction's table; then say what each is to what is there.

    `tick` is told now and then how many rows were read.
    """
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.intake_rows"))
    work.session.execute(text(_TABLE))
    findings = Findings()
    connection: Any = work.session.connection().connection.driver_connection
    names = ", ".join(StagedRow._fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY pg_temp.intake_rows ({names}) FROM STDIN") as copy:
        for row in rows:
            findings.rows += 1
            staged, issues = check(row)
            if staged is not None:
                copy.write_row(staged)
            elif not issues:
                findings.not_open += 1
            for issue in issues:
                findings.note(issue)
            if findings.rows % _TICK == 0:
                tick(findings.rows)
    work.session.execute(text("ANALYZE pg_temp.intake_rows"))
    _classify(work, client_id)
    _note_sets(work, client_id, findings)
    return findings


def _classify(work: Work, client_id: UUID) -> None:
    parameters = {"agency": work.agency_id, "client": client_id}
    for statement in (_SAME_TAX_ID, _IN_FILE):
        work.session.execute(text(statement))
    for statement in (_THERE, *_KNOWN_DEBTORS):
        work.session.execute(text(statement), parameters)


def _note_sets(work: Work, client_id: UUID, findings: Findings) -> None:
    found = work.session.execute(
        text("SELECT line, reference, state, balance, currency, due_on, other_line, other_balance, other_currency,"
             " other_due_on FROM intake_rows WHERE state IN ('duplicate', 'conflict') ORDER BY line")
    )  # fmt: skip
    for row in found:
        details: dict[str, Any] = {
            "line": row.other_line,
            "here": {"minor": row.balance, "currency": row.currency},
            "there": {"minor": row.other_balance, "currency": row.other_currency},
            "due_here": row.due_on.isoformat(),
            "due_there": row.other_due_on.isoformat(),
        }
        where = "in_file" if row.other_line else "known"
        code = f"{where}_{_difference(details)}" if row.state == "conflict" else where
        findings.note(Issue(row.state, code, row.line, "", row.reference, details))
    twins = work.session.execute(text(_TWINS), {"agency": work.agency_id, "client": client_id, "most": MOST_ISSUES})
    for line, mine, other in twins:
        findings.note(Issue("warned", "twin", line, "", mine, {"other": other}))


def _difference(details: dict[str, Any]) -> str:
    if details["here"] != details["there"]:
        return "amount"
    return "due" if details["due_here"] != details["due_there"] else "debtor"
