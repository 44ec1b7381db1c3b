"""The rows of one file in tables of the connection, and what they are to what is already there.

COPY cannot write to tables with row security, so rows go into a table of the connection's own, once and for all:
`intake_rows`. What is not new is in `intake_marks`, one row each; whose the new ones are in `intake_keys`, one row for
each debtor the file names, with the batch (`part`) in which its rows are placed. Only INSERT..SELECT from these goes
through the walls. They last from one transaction to the next, and go when the connection is given back.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from recobro.intake.checks import checking
from recobro.intake.checks.invoices import Replaced
from recobro.intake.checks.parties import Party
from recobro.intake.checks.rows import Checked, Plan, StagedRow
from recobro.intake.columns.normalise import reference_norm, without_zeros
from recobro.intake.files import invoice_rows
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.staged import deciding, identities, otherwise, substitutions, taking
from recobro.intake.staged.accepting import accepted
from recobro.intake.staged.deciding import Decisions
from recobro.intake.staged.sameness import ANOTHER, SAME_AMOUNT, SAME_DUE, WITHOUT_ZEROS
from recobro.intake.tables import Placement
from tenants.work import Work

# Kept with a placement; beyond it only the counts by cause are.
MOST_ISSUES = 20_000
# So many different values of one cause are counted apart; those that come after are one sum.
MOST_VALUES = 5_000
REST = "\0"
# Lines of a file whose debtors are placed in one transaction.
PART_LINES = 50_000
_TICK = 5_000

_TABLES = """
CREATE TEMPORARY TABLE intake_rows (
  line bigint NOT NULL, reference text NOT NULL, reference_norm text NOT NULL, debtor_key text NOT NULL,
  customer_ref text NOT NULL, customer_ref_norm text NOT NULL, name text NOT NULL, name_norm text NOT NULL,
  tax_id text NOT NULL, tax_id_norm text NOT NULL, kind text NOT NULL, country text NOT NULL, region text NOT NULL,
  city text NOT NULL, time_zone text NOT NULL, locale text NOT NULL, phone text NOT NULL, phone_2 text NOT NULL,
  email text NOT NULL, email_2 text NOT NULL, contact_name text NOT NULL, address text NOT NULL, issued_on date,
  due_on date NOT NULL, currency text NOT NULL, balance bigint NOT NULL, interest bigint NOT NULL,
  cost bigint NOT NULL, fee bigint NOT NULL, disputed boolean NOT NULL, seller_norm text NOT NULL, uuid text NOT NULL,
  concept text NOT NULL, extra jsonb NOT NULL, born text NOT NULL, debt_id uuid NOT NULL DEFAULT uuidv7()
);
CREATE TEMPORARY TABLE intake_marks (
  line bigint PRIMARY KEY, state text NOT NULL, other_line bigint, other_balance bigint, other_currency text,
  other_due_on date, other_uuid text, other_reference text
);
CREATE TEMPORARY TABLE intake_keys (
  debtor_key text PRIMARY KEY, line bigint NOT NULL, last_line bigint NOT NULL, part bigint NOT NULL,
  debtor_id uuid NOT NULL DEFAULT uuidv7(),
  known_debtor boolean NOT NULL DEFAULT false, case_id uuid NOT NULL DEFAULT uuidv7(),
  known_case boolean NOT NULL DEFAULT false
);
CREATE TEMPORARY VIEW intake_new AS
SELECT r.* FROM intake_rows r WHERE NOT EXISTS (SELECT FROM intake_marks m WHERE m.line = r.line)
"""
_NAMES = ", ".join(("line", "reference", "reference_norm", *Party._fields, *StagedRow._fields[5:]))
_COPY = f"COPY pg_temp.intake_rows ({_NAMES}) FROM STDIN"

# One invoice has one UUID, whatever its number.
_SAME_UUID = f"""
INSERT INTO intake_marks
SELECT r.line, CASE WHEN (f.currency, f.balance) = (r.currency, r.balance) AND {SAME_DUE.format(one="f")}
                 THEN 'duplicate' ELSE 'conflict' END, f.line, f.balance, f.currency, f.due_on
FROM (SELECT uuid, min(line) AS line FROM intake_rows WHERE uuid <> '' GROUP BY uuid HAVING count(*) > 1) d
JOIN intake_rows f ON f.line = d.line
JOIN intake_rows r ON r.uuid = d.uuid AND r.line <> d.line
ON CONFLICT (line) DO NOTHING
"""  # noqa: S608
# What this very placement has made before it was interrupted, whatever its line says now.
_PLACED = """
INSERT INTO intake_marks (line, state)
SELECT DISTINCT r.line, 'placed' FROM debts d JOIN intake_rows r ON r.line = d.placement_line
WHERE d.agency_id = :agency AND d.placement_id = :placement
"""
_UUID_THERE = f"""
INSERT INTO intake_marks
SELECT r.line, CASE WHEN d.placement_id = :placement AND d.placement_line = r.line THEN 'placed'
                    WHEN d.state = 'recalled' THEN 'recalled'
                    WHEN {SAME_AMOUNT} AND {SAME_DUE.format(one="d")}
                      THEN 'unchanged'
                    ELSE 'conflict' END, NULL, d.original, d.currency, d.due_on
FROM intake_rows r JOIN debts d ON d.uuid = r.uuid AND d.uuid <> ''
WHERE r.uuid <> '' AND d.agency_id = :agency AND d.client_id = :client
ON CONFLICT (line) DO NOTHING
"""  # noqa: S608
# Where one side does not say who issued it, the same number is the same invoice when the amount agrees too.
_ANY_SELLER = """
INSERT INTO intake_marks
SELECT r.line, 'duplicate', min(f.line), r.balance, r.currency, r.due_on
FROM intake_rows r JOIN intake_rows f ON f.reference_norm = r.reference_norm AND f.line < r.line
WHERE f.seller_norm <> r.seller_norm AND '' IN (f.seller_norm, r.seller_norm)
  AND (f.currency, f.balance) = (r.currency, r.balance) AND NOT (f.uuid <> '' AND r.uuid <> '')
GROUP BY r.line, r.balance, r.currency, r.due_on
ON CONFLICT (line) DO NOTHING
"""
_TOLD = """
SELECT bool_or(uuid <> '') AS uuids, bool_or(seller_norm <> '') AS sellers FROM intake_rows
"""

# A second row with the same number: the first counts; the same again is a duplicate, another amount a conflict. Of an
# electronic invoice the seller's number is enough: who owes may be told in other words.
_IN_FILE = f"""
INSERT INTO intake_marks
SELECT r.line, CASE WHEN (f.currency, f.balance) = (r.currency, r.balance) AND {SAME_DUE.format(one="f")}
                      AND (:documents OR f.debtor_key = r.debtor_key) AND NOT (f.uuid <> '' AND r.uuid <> '')
                 THEN 'duplicate' ELSE 'conflict' END, f.line, f.balance, f.currency, f.due_on,
       CASE WHEN r.uuid <> '' THEN f.uuid ELSE '' END
FROM (SELECT reference_norm, seller_norm, min(line) AS line FROM intake_rows
      GROUP BY reference_norm, seller_norm HAVING count(*) > 1) d
JOIN intake_rows f ON f.line = d.line
JOIN intake_rows r ON r.reference_norm = d.reference_norm AND r.seller_norm = d.seller_norm AND r.line <> d.line
ON CONFLICT (line) DO NOTHING
"""  # noqa: S608

# What is there already. What this very placement has made before it was interrupted is `placed`.
_THERE = f"""
INSERT INTO intake_marks
SELECT DISTINCT ON (r.line)
       r.line, CASE WHEN d.placement_id = :placement AND d.placement_line = r.line THEN 'placed'
                    WHEN d.state = 'recalled' THEN 'recalled'
                    WHEN {SAME_AMOUNT} AND {SAME_DUE.format(one="d")}
                      AND NOT (d.uuid <> '' AND r.uuid <> '' AND d.uuid <> r.uuid) AND NOT {ANOTHER} THEN 'unchanged'
                    ELSE 'conflict' END, NULL, d.original, d.currency, d.due_on,
       CASE WHEN r.uuid <> '' AND d.uuid <> r.uuid THEN d.uuid ELSE '' END, d.reference
FROM debts d JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
JOIN intake_rows r ON r.reference_norm = d.reference_norm AND (r.seller_norm = d.seller_norm
  OR ('' IN (r.seller_norm, d.seller_norm) AND (d.currency, d.original) = (r.currency, r.balance)
      AND NOT (d.uuid <> '' AND r.uuid <> '')))
WHERE d.agency_id = :agency AND d.client_id = :client
ORDER BY r.line, r.seller_norm = d.seller_norm DESC
ON CONFLICT (line) DO NOTHING
"""  # noqa: S608

# Spreadsheets eat zeros in front. A number that is another's but for them, of the same debtor and with the same amount
# or day, is probably that invoice: a person says, and until then no second debt is made of it. Where both differ it is
# only told.
_ALIKE = f"""
({WITHOUT_ZEROS.format(one="{one}.reference_norm")} = {WITHOUT_ZEROS.format(one="r.reference_norm")}
 AND {{one}}.reference_norm <> r.reference_norm
 AND {{one}}.seller_norm = r.seller_norm AND NOT ({{one}}.uuid <> '' AND r.uuid <> '')
 AND ((({{one}}.currency, {{amount}}) = (r.currency, r.balance) OR {{one}}.due_on = r.due_on) {{otherwise}})
 AND ((r.customer_ref_norm <> '' AND {WITHOUT_ZEROS.format(one="{debtor}.customer_ref_norm")}
           = {WITHOUT_ZEROS.format(one="r.customer_ref_norm")})
      OR (r.tax_id_norm <> '' AND {{debtor}}.tax_id_norm = r.tax_id_norm) OR {{debtor}}.name_norm = r.name_norm))
"""
_OF_FILE = {"one": "f", "amount": "f.balance", "debtor": "f"}
_OF_DEBTS = {"one": "d", "amount": "d.original", "debtor": "o"}


class _Zeros(NamedTuple):
    """Where a number like a row's may be: whether there is any such, what marks them, which are only told."""

    any: str
    mark: str
    apart: str


_ZEROS = (
    _Zeros(
        f"""
SELECT EXISTS (SELECT FROM intake_rows GROUP BY {WITHOUT_ZEROS.format(one="reference_norm")}
               HAVING min(reference_norm) <> max(reference_norm))
""",  # noqa: S608
        f"""
INSERT INTO intake_marks
SELECT DISTINCT ON (r.line) r.line, 'conflict', f.line, f.balance, f.currency, f.due_on, '', f.reference
FROM intake_rows f JOIN intake_rows r ON f.line < r.line AND {_ALIKE.format(**_OF_FILE, otherwise="")}
ORDER BY r.line, f.line
ON CONFLICT (line) DO NOTHING
""",  # noqa: S608
        f"""
SELECT DISTINCT ON (r.line) r.line, r.reference AS mine, f.reference AS other
FROM intake_rows f JOIN intake_new r ON f.line < r.line AND {_ALIKE.format(**_OF_FILE, otherwise="IS FALSE")}
ORDER BY r.line, f.reference LIMIT :most
""",  # noqa: S608
    ),
    _Zeros(
        """
SELECT EXISTS (SELECT FROM debts WHERE agency_id = :agency AND client_id = :client)
   AND (EXISTS (SELECT FROM intake_rows WHERE reference_norm ~ '(^|[^0-9])0')
        OR EXISTS (SELECT FROM debts WHERE agency_id = :agency AND client_id = :client
                   AND reference_norm ~ '(^|[^0-9])0'))
""",
        f"""
INSERT INTO intake_marks
SELECT DISTINCT ON (r.line) r.line, 'conflict', NULL, d.original, d.currency, d.due_on, '', d.reference
FROM debts d JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
JOIN intake_rows r ON {_ALIKE.format(**_OF_DEBTS, otherwise="")}
WHERE d.agency_id = :agency AND d.client_id = :client
ORDER BY r.line, d.reference
ON CONFLICT (line) DO NOTHING
""",  # noqa: S608
        f"""
SELECT DISTINCT ON (r.line) r.line, r.reference AS mine, d.reference AS other
FROM debts d JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
JOIN intake_new r ON {_ALIKE.format(**_OF_DEBTS, otherwise="IS FALSE")}
WHERE d.agency_id = :agency AND d.client_id = :client
ORDER BY r.line, d.reference LIMIT :most
""",  # noqa: S608
    ),
)

# A row without a customer number belongs to the one customer who has its tax id elsewhere in the file.
_SAME_TAX_ID = """
UPDATE intake_rows r SET debtor_key = k.debtor_key
FROM (SELECT tax_id_norm, min(debtor_key) AS debtor_key FROM intake_rows
      WHERE tax_id_norm <> '' AND customer_ref_norm <> ''
      GROUP BY tax_id_norm HAVING min(debtor_key) = max(debtor_key)) k
WHERE r.tax_id_norm = k.tax_id_norm AND r.customer_ref_norm = ''
"""
_WITHOUT_NUMBER = "SELECT EXISTS (SELECT FROM intake_rows WHERE customer_ref_norm = '' AND tax_id_norm <> '')"

# The debtors the new rows name; the row that says most of one speaks for it. All rows of a debtor are in one part.
_KEYS = """
INSERT INTO intake_keys (debtor_key, last_line, part, line)
SELECT debtor_key, max(line), min(line) / :lines,
       coalesce(min(line) FILTER (WHERE customer_ref_norm <> '' AND tax_id_norm <> ''),
                min(line) FILTER (WHERE customer_ref_norm <> ''), min(line) FILTER (WHERE tax_id_norm <> ''), min(line))
FROM intake_new GROUP BY debtor_key
"""
# How the debtors of this client are known already: by number, by tax id, by exact name; then their cases. One that was
# merged is known by the debtor that stands for it. Those that this very placement made before it was interrupted are
# left out: it goes on as it began. A following batch of a committed placement knows them as any other does.
_KNOWN = (
    """
UPDATE intake_keys k SET debtor_id = d.id, known_debtor = true
FROM (SELECT customer_ref_norm, min(coalesce(merged_into, id)::text)::uuid AS id FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm <> ''
        AND placement_id IS DISTINCT FROM :unfinished GROUP BY 1) d
WHERE k.debtor_key = 'c:' || d.customer_ref_norm
""",
    """
UPDATE intake_keys k SET debtor_id = f.id::uuid, known_debtor = true
FROM (SELECT r.debtor_key, min(d.id) AS id
      FROM intake_new r
      JOIN (SELECT tax_id_norm, min(coalesce(merged_into, id)::text) AS id, max(customer_ref_norm) AS customer_ref_norm
            FROM debtors
            WHERE agency_id = :agency AND client_id = :client AND tax_id_norm <> ''
              AND placement_id IS DISTINCT FROM :unfinished
            GROUP BY 1 HAVING count(DISTINCT coalesce(merged_into, id)) = 1) d ON d.tax_id_norm = r.tax_id_norm
      WHERE r.customer_ref_norm = '' OR d.customer_ref_norm = '' GROUP BY 1) f
WHERE k.debtor_key = f.debtor_key AND NOT k.known_debtor
""",
    # Of several with one tax id, the one with the very name.
    """
UPDATE intake_keys k SET debtor_id = f.id, known_debtor = true
FROM (SELECT r.debtor_key, min(coalesce(d.merged_into, d.id)::text)::uuid AS id
      FROM intake_keys q JOIN intake_rows r USING (debtor_key)
      JOIN debtors d ON d.tax_id_norm = r.tax_id_norm AND d.name_norm = r.name_norm
      WHERE NOT q.known_debtor AND r.tax_id_norm <> '' AND (r.customer_ref_norm = '' OR d.customer_ref_norm = '')
        AND d.agency_id = :agency AND d.client_id = :client AND d.placement_id IS DISTINCT FROM :unfinished
      GROUP BY 1 HAVING count(DISTINCT coalesce(d.merged_into, d.id)) = 1) f
WHERE k.debtor_key = f.debtor_key
""",
    """
UPDATE intake_keys k SET debtor_id = d.id, known_debtor = true
FROM (SELECT name_norm, min(coalesce(merged_into, id)::text)::uuid AS id FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm = '' AND tax_id_norm = ''
        AND placement_id IS DISTINCT FROM :unfinished
      GROUP BY 1 HAVING count(DISTINCT coalesce(merged_into, id)) = 1) d
WHERE NOT k.known_debtor AND k.debtor_key = 'n:' || d.name_norm
""",
)
_KNOWN_CASES = (
    """
UPDATE intake_keys k SET case_id = c.id, known_case = true FROM cases c
WHERE c.agency_id = :agency AND c.client_id = :client AND c.debtor_id = k.debtor_id AND k.known_debtor
""",
    # Two keys of one known debtor are placed together; without a case they share the one it gets.
    """
UPDATE intake_keys k SET case_id = m.case_id, part = m.part
FROM (SELECT debtor_id, min(case_id::text)::uuid AS case_id, min(part) AS part FROM intake_keys
      WHERE known_debtor GROUP BY 1 HAVING count(*) > 1) m
WHERE k.debtor_id = m.debtor_id
""",
)
_SOMETHING_THERE = """
SELECT EXISTS (SELECT FROM debtors WHERE agency_id = :agency AND client_id = :client)
"""

# Customer numbers that differ from another only in zeros in front, in the file or among the client's debtors; of two in
# the file the shorter one is told.
_TWINS = f"""
WITH mine AS (SELECT customer_ref_norm AS ref, min(line) AS line FROM intake_new
              WHERE customer_ref_norm <> '' GROUP BY 1),
known AS (SELECT ref, true AS here FROM mine UNION ALL
          SELECT customer_ref_norm, false FROM debtors
          WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm <> '' AND merged_into IS NULL)
SELECT DISTINCT ON (m.ref) m.line, r.customer_ref, k.ref
FROM mine m JOIN known k ON {WITHOUT_ZEROS.format(one="k.ref")} = {WITHOUT_ZEROS.format(one="m.ref")} AND k.ref <> m.ref
 AND (length(k.ref) > length(m.ref) OR NOT k.here)
JOIN intake_rows r ON r.line = m.line
ORDER BY m.ref, k.ref LIMIT :most
"""  # noqa: S608
# New debtors by their customer number who have the tax id of one that is here under another: often a branch.
_OF_A_TAX_ID = """
SELECT DISTINCT ON (k.debtor_key) k.line, r.customer_ref, d.customer_ref AS other
FROM intake_keys k JOIN intake_rows r ON r.line = k.line
JOIN debtors d ON d.tax_id_norm = r.tax_id_norm AND d.agency_id = :agency AND d.client_id = :client
WHERE NOT k.known_debtor AND r.tax_id_norm <> '' AND r.customer_ref_norm <> '' AND d.customer_ref_norm <> ''
  AND d.merged_into IS NULL AND d.placement_id IS DISTINCT FROM :placement
ORDER BY k.debtor_key, d.customer_ref LIMIT :most
"""
_SETS = """
SELECT r.line, r.reference, m.state, r.balance, r.currency, r.due_on, m.other_line, m.other_balance, m.other_currency,
       m.other_due_on, m.other_uuid, m.other_reference, r.reference_norm, r.uuid
FROM intake_marks m JOIN intake_rows r ON r.line = m.line
WHERE m.state IN ('duplicate', 'conflict', 'recalled') ORDER BY r.line
"""
# Whose the two are, where that is all they differ in: name and customer number or tax id.
_WHOSE = """
SELECT DISTINCT ON (r.line) r.line, concat_ws(' · ', nullif(r.name, ''), coalesce(nullif(r.customer_ref, ''),
         nullif(r.tax_id, ''))) AS here,
       CASE WHEN f.line IS NULL
            THEN concat_ws(' · ', nullif(o.name, ''), coalesce(nullif(o.customer_ref, ''), nullif(o.tax_id, '')))
            ELSE concat_ws(' · ', nullif(f.name, ''), coalesce(nullif(f.customer_ref, ''), nullif(f.tax_id, '')))
       END AS there
FROM intake_marks m JOIN intake_rows r ON r.line = m.line LEFT JOIN intake_rows f ON f.line = m.other_line
LEFT JOIN debts d ON m.other_line IS NULL AND d.agency_id = :agency AND d.client_id = :client
  AND d.reference_norm = r.reference_norm
LEFT JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
WHERE m.line = ANY(CAST(:lines AS bigint[])) ORDER BY r.line, d.seller_norm = r.seller_norm DESC
"""


@dataclass
class Findings:
    """What was found row by row: issues (no more than are kept), and how many of each kind and code there are.
    `refused` is what the refused rows come to, by currency, where that could be read; `left` the lines that are refused
    or in conflict; `asked` the rows of which a person may say more, as their kind tells them; `decisions` what was
    decided of conflicts: those are in conflict no more."""

    rows: int = 0
    not_open: int = 0
    issues: list[Issue] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: dict[tuple[str, str, str], Counter[str]] = field(default_factory=dict)
    refused: dict[str, dict[str, int]] = field(default_factory=dict)
    left: "array[int]" = field(default_factory=lambda: array("q"))
    asked: list[list[Any]] = field(default_factory=list)
    decisions: Decisions = field(default_factory=Decisions)

    def note(self, issue: Issue) -> None:
        """Count an issue, and keep it while there is room."""
        issue = self.decisions.applied(issue)
        self.counts[issue.kind] += 1
        self.causes[issue.kind, issue.code] += 1
        if issue.kind in ("rejected", "conflict"):
            self.left.append(issue.line)
        if issue.kind in ("rejected", "warned"):
            values = self.values.setdefault((issue.kind, issue.code, issue.column), Counter())
            values[issue.value if issue.value in values or len(values) < MOST_VALUES else REST] += 1
        if issue.kind == "rejected" and (amount := issue.details.get("row_amount")):
            sums = self.refused.setdefault(amount["currency"], {"count": 0, "sum": 0})
            sums["count"] += 1
            sums["sum"] += amount["minor"]
        if len(self.issues) < MOST_ISSUES:
            self.issues.append(issue)


def stage(
    work: Work,
    placement: Placement,
    *,
    rows: Iterable[Row],
    check: Callable[[Row], Checked],
    tick: Callable[[int], None] = lambda _done: None,
    plan: Plan | None = None,
    substitutes: Callable[[], Iterable[Replaced]] | None = None,
) -> Findings:
    """Check every row and put the good ones into the connection's table; then say what each is to what is there.

    `tick` is told now and then how many rows were read. Where `check` is that of a `plan`, many rows are checked beside
    this process. `substitutes` says, once they are read, which lines replace which invoices.
    """
    for name in ("VIEW IF EXISTS pg_temp.intake_new", *(f"TABLE IF EXISTS pg_temp.intake_{n}" for n in _KINDS)):
        work.session.execute(text(f"DROP {name}"))
    work.session.execute(text(_TABLES))
    findings = Findings(decisions=deciding.of(placement))
    connection: Any = work.session.connection().connection.driver_connection
    beside = checking.helps(placement.row_count)
    done = checking.blocks_beside(rows, plan) if plan and beside else checking.blocks(rows, check)
    with closing(done), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for block in done:
            copy.write(block.copied)
            findings.rows += block.rows
            findings.not_open += block.not_open
            for issue in block.issues:
                findings.note(issue)
            if findings.rows % _TICK == 0:
                tick(findings.rows)
    work.session.execute(text("CREATE INDEX ON pg_temp.intake_rows USING brin (line) WITH (pages_per_range = 32)"))
    work.session.execute(text(f"ANALYZE pg_temp.intake_rows ({_ASKED_BY})"))
    _classify(work, placement, findings, substitutes() if substitutes else None)
    _note_sets(work, placement, findings)
    if substitutes:
        substitutions.tell(work, findings.note)
    return findings


_NOBODY = UUID(int=0)
_KINDS = ("rows", "marks", "keys")
_ASKED_BY = "line, reference_norm, seller_norm, debtor_key, customer_ref_norm, tax_id_norm"


def _classify(work: Work, placement: Placement, findings: Findings, substitutes: Iterable[Replaced] | None) -> None:
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id,
                  "unfinished": placement.id if placement.committed_at is None else _NOBODY}  # fmt: skip
    run = work.session.execute
    if run(text(_WITHOUT_NUMBER)).scalar():
        run(text(_SAME_TAX_ID))
    identities.apart(work, findings.note)
    told = run(text(_TOLD)).one()
    there = run(text(_SOMETHING_THERE), parameters).scalar()
    if there:
        run(text(_PLACED), parameters)
    if told.uuids:
        run(text(_SAME_UUID))
    documents = placement.layout["kind"] == invoice_rows.KIND
    run(text(_IN_FILE), {"documents": documents})
    # An electronic invoice without a seller's number is the client's own: it is not in doubt.
    if told.sellers and not documents:
        run(text(_ANY_SELLER))
    if there and told.uuids:
        run(text(_UUID_THERE), {**parameters, "documents": documents})
    if there:
        run(text(_THERE), {**parameters, "documents": documents})
    zeros = [one for one in _ZEROS if run(text(one.any), parameters).scalar()]
    for one in zeros:
        run(text(one.mark), parameters)
    if there:
        otherwise.mark(work, placement, accepted(placement), findings.note)
    if substitutes is not None:
        substitutions.mark(work, placement, substitutes)
    identities.mark(work)
    run(text("ANALYZE pg_temp.intake_marks"))
    run(text(_KEYS), {"lines": PART_LINES})
    run(text("ANALYZE pg_temp.intake_keys"))
    if there:
        for statement in _KNOWN:
            run(text(statement), parameters)
        identities.against_known(work, parameters, findings.note)
        for statement in _KNOWN_CASES:
            run(text(statement), parameters)
    identities.tell(work, findings.note)
    apart: dict[int, Issue] = {}
    for one in zeros:
        for row in run(text(one.apart), {**parameters, "most": MOST_ISSUES}):
            apart.setdefault(row.line, Issue("warned", "zeros_apart", row.line, "", row.mine, {"other": row.other}))
    for line in sorted(apart):
        findings.note(apart[line])


def _note_sets(work: Work, placement: Placement, findings: Findings) -> None:
    whose: dict[int, dict[str, Any]] = {}
    takeable: list[taking.Row] = []
    for row in work.session.execute(text(_SETS)):
        details: dict[str, Any] = {
            "line": row.other_line,
            "here": {"minor": row.balance, "currency": row.currency},
            "there": {"minor": row.other_balance, "currency": row.other_currency},
            "due_here": row.due_on.isoformat(),
            "due_there": row.other_due_on.isoformat(),
            "uuid_here": row.uuid,
            "uuid_there": row.other_uuid or "",
            "reference_there": row.other_reference or row.reference,
        }
        if row.state == "recalled":
            findings.note(Issue("conflict", "known_recalled", row.line, "", row.reference, details))
            continue
        where = "in_file" if row.other_line else "known"
        padded = bool(row.other_reference) and reference_norm(row.other_reference) != row.reference_norm
        spelt = padded and without_zeros(reference_norm(row.other_reference)) != without_zeros(row.reference_norm)
        told = "spelt" if spelt else "padded" if padded else _difference(details)
        code = f"{where}_{told}" if row.state == "conflict" else where
        if code.endswith("_debtor") and len(whose) < MOST_ISSUES:
            whose[row.line] = details
        if row.state == "conflict" and code in deciding.TAKEABLE:
            takeable.append(taking.Row(row.line, code, row.reference, details))
        else:
            findings.note(Issue(row.state, code, row.line, "", row.reference, details))
    taking.decide(work, placement, takeable, findings.note)
    if whose:
        asked = {"agency": work.agency_id, "client": placement.client_id, "lines": list(whose)}
        for row in work.session.execute(text(_WHOSE), asked):
            whose[row.line] |= {"debtor_here": row.here, "debtor_there": row.there}
    among = {"agency": work.agency_id, "client": placement.client_id, "most": MOST_ISSUES}
    twins = work.session.execute(text(_TWINS), among)
    for line, mine, other in twins:
        findings.note(Issue("warned", "twin", line, "", mine, {"other": other}))
    for line, mine, other in work.session.execute(text(_OF_A_TAX_ID), {**among, "placement": placement.id}):
        findings.note(Issue("warned", "twin_tax_id", line, "", mine, {"other": other}))


def _difference(details: dict[str, Any]) -> str:
    if details["here"] != details["there"]:
        return "amount"
    if details["uuid_there"]:
        return "uuid"
    return "due" if details["due_here"] != details["due_there"] else "debtor"
