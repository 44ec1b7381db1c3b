"""The debts a recall's rows mean, what stands against each, and what is taken back: in tables of the connection."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from recobro.intake.issues import Issue
from recobro.intake.kinds import naming
from recobro.intake.staged import effects
from recobro.intake.staged.effects import Effect
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from recobro.recalls import service
from recobro.recalls.facts import Consequences, consequences, facts_of
from recobro.recalls.rules import Cause, Facts, Reason, refusals, standing
from tenants.work import Work

TABLES = """
CREATE TEMPORARY TABLE intake_recalls (
  line bigint NOT NULL, reference_norm text NOT NULL, uuid text NOT NULL, customer_ref_norm text NOT NULL,
  tax_id_norm text NOT NULL, case_number text NOT NULL, shown text NOT NULL, reason text NOT NULL, note text NOT NULL
);
CREATE TEMPORARY TABLE intake_taken (line bigint NOT NULL, debt_id uuid NOT NULL);
CREATE TEMPORARY TABLE intake_kept (
  line bigint NOT NULL, debt_id uuid NOT NULL, cause text NOT NULL, taken boolean NOT NULL
);
"""
NAMES = ("intake_recalls", "intake_taken", "intake_kept")
COLUMNS = (
    "line", "reference_norm", "uuid", "customer_ref_norm", "tax_id_norm", "case_number", "shown", "reason", "note",
)  # fmt: skip
# A row names one debt by UUID or number, or else all of a case: by its number, or by whose it is.
_FOUND = """
WITH named AS (
  SELECT r.line, d.id FROM intake_recalls r JOIN debts d ON d.uuid = r.uuid AND d.uuid <> ''
  WHERE r.uuid <> '' AND d.agency_id = :agency AND d.client_id = :client
  UNION
  SELECT r.line, d.id FROM intake_recalls r JOIN debts d ON d.reference_norm = r.reference_norm
  WHERE r.reference_norm <> '' AND d.agency_id = :agency AND d.client_id = :client
    AND (r.uuid = '' OR d.uuid IN ('', r.uuid))
), whole AS (
  SELECT r.line, c.id AS case_id FROM intake_recalls r JOIN cases c ON c.number = r.case_number
  WHERE r.case_number <> '' AND r.reference_norm || r.uuid = '' AND c.agency_id = :agency AND c.client_id = :client
  UNION
  SELECT r.line, c.id FROM intake_recalls r
  JOIN debtors b ON b.customer_ref_norm = r.customer_ref_norm
  JOIN cases c ON c.agency_id = b.agency_id AND c.debtor_id = b.id
  WHERE r.customer_ref_norm <> '' AND r.case_number || r.reference_norm || r.uuid = ''
    AND b.agency_id = :agency AND b.client_id = :client
  UNION
  SELECT r.line, c.id FROM intake_recalls r
  JOIN debtors b ON b.tax_id_norm = r.tax_id_norm
  JOIN cases c ON c.agency_id = b.agency_id AND c.debtor_id = b.id
  WHERE r.tax_id_norm <> '' AND r.customer_ref_norm || r.case_number || r.reference_norm || r.uuid = ''
    AND b.agency_id = :agency AND b.client_id = :client
), debts_of AS (
  SELECT line, id, false AS whole FROM named
  UNION ALL
  SELECT w.line, d.id, true FROM whole w JOIN debts d ON d.agency_id = :agency AND d.case_id = w.case_id
)
SELECT r.line, r.shown, f.id AS debt_id, coalesce(f.whole, r.reference_norm || r.uuid = '') AS whole, b.name,
  (r.customer_ref_norm <> '' AND b.customer_ref_norm <> '' AND r.customer_ref_norm <> b.customer_ref_norm)
    OR (r.tax_id_norm <> '' AND b.tax_id_norm <> '' AND r.tax_id_norm <> b.tax_id_norm)
    OR (r.tax_id_norm <> '' AND b.tax_id_norm = '' AND EXISTS (
      SELECT FROM debtors o WHERE o.agency_id = :agency AND o.client_id = :client AND o.tax_id_norm = r.tax_id_norm
        AND coalesce(o.merged_into, o.id) <> coalesce(b.merged_into, b.id))) AS other_debtor
FROM intake_recalls r LEFT JOIN debts_of f USING (line)
LEFT JOIN debts d ON d.agency_id = :agency AND d.id = f.id
LEFT JOIN debtors b ON b.agency_id = d.agency_id AND b.id = d.debtor_id
ORDER BY r.line, d.due_on, d.id
"""


@dataclass(frozen=True)
class _Kept:
    """A debt against which a cause stands (empty: one that nobody overrules), in a row; `taken` all the same."""

    line: int
    debt_id: UUID
    cause: str
    taken: bool = False


def forced_of(placement: Placement) -> frozenset[Cause]:
    """The causes that a person overruled for this file."""
    return frozenset(Cause(cause) for cause in placement.options.get("force", []))


_MENDED_BY_NUMBER = ("recall_unknown", "recall_unknown_zeros", "recall_other_debtor")


def classify(
    work: Work, placement: Placement, findings: Findings, *, column: str = "", names: Collection[str] = ()
) -> None:
    """Say of every staged row what it means: debts to be taken back, or why not. `column` is where the invoice that a
    row names is mended; `names` are the fields by which rows name what they mean."""
    parameters = {"agency": work.agency_id, "client": placement.client_id}
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in work.session.execute(text(_FOUND), parameters):
        rows[row.line].append(row)
    facts = facts_of(work, list({one.debt_id for some in rows.values() for one in some if one.debt_id}))
    forced = forced_of(placement)
    taken: dict[UUID, int] = {}
    kept: list[_Kept] = []
    told = []
    for line, some in rows.items():
        issue = _row(line, some, facts, forced, taken, kept)
        if issue is not None and issue.code == "":
            findings.counts["unchanged"] += 1
        elif issue is not None:
            told.append(issue)
    for issue in naming.offered(work, placement, told, names=names):
        findings.note(replace(issue, column=column) if issue.code in _MENDED_BY_NUMBER else issue)
    _keep(work, taken, kept)


def _row(
    line: int,
    rows: Sequence[Any],
    facts: Mapping[UUID, Facts],
    forced: frozenset[Cause],
    taken: dict[UUID, int],
    kept: list[_Kept],
) -> Issue | None:
    """What is said of one row; its debts go to `taken`, those that something stands against to `kept`. No code: it was
    done before."""
    shown = rows[0].shown
    known = [facts[one.debt_id] for one in rows if one.debt_id in facts]
    if not known:
        return Issue("rejected", "recall_unknown", line, "", shown)
    if not rows[0].whole and len(known) > 1:
        return Issue("rejected", "recall_several", line, "", shown)
    if rows[0].other_debtor and rows[0].whole:
        return Issue("conflict", "two_debtors", line, "", shown)
    if rows[0].other_debtor:
        return Issue("rejected", "recall_other_debtor", line, "", shown, {"name": rows[0].name})
    owing = [one for one in known if one.state == "open"]
    if rows[0].whole and not owing:
        if any(one.state == "recalled" for one in known):
            return Issue("unchanged", "", line, "", shown)
        return Issue("rejected", "recall_nothing_owed", line, "", shown, {"case": known[0].case})
    wanted = owing if rows[0].whole else known
    if all(one.state == "recalled" for one in wanted):
        return Issue("unchanged", "", line, "", shown)
    earlier = next((taken[one.debt_id] for one in wanted if one.debt_id in taken), None)
    if earlier is not None:
        wanted = [one for one in wanted if one.debt_id not in taken]
        if not wanted:
            return Issue("duplicate", "recall_in_file", line, "", shown, {"line": earlier})
    refused = [(one, each) for one in wanted for each in standing(one, forced)]
    if refused:
        kept += [_Kept(line, one.debt_id, "" if each.final else each.cause.value) for one, each in refused]
        first = refused[0][1]
        currency = wanted[0].currency
        amount = {"minor": sum(one.balance for one in wanted if one.currency == currency), "currency": currency}
        details = {"reason": first.sentence, **first.details, "row_amount": amount}
        return Issue("rejected", f"recall_{first.cause.value}", line, "", shown, details)
    taken.update({one.debt_id: line for one in wanted})
    kept += [_Kept(line, one.debt_id, each.cause.value, taken=True) for one in wanted for each in refusals(one)]
    return None


_FILL_TAKEN = """
INSERT INTO intake_taken SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (line bigint, debt_id uuid)
"""
_FILL_KEPT = """
INSERT INTO intake_kept
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (line bigint, debt_id uuid, cause text, taken boolean)
"""


def _keep(work: Work, taken: Mapping[UUID, int], kept: Sequence[_Kept]) -> None:
    done = [{"line": line, "debt_id": str(debt_id)} for debt_id, line in taken.items()]
    stays = [{**asdict(one), "debt_id": str(one.debt_id)} for one in kept]
    for statement, rows in ((_FILL_TAKEN, done), (_FILL_KEPT, stays)):
        if rows:
            work.session.execute(text(statement), {"rows": json.dumps(rows)})


_SUMS = """
SELECT d.currency, count(*) AS n, sum(d.balance)::bigint AS amount FROM intake_taken t
JOIN debts d ON d.agency_id = :agency AND d.id = t.debt_id GROUP BY 1 ORDER BY 1
"""
_AHEAD = """
SELECT count(DISTINCT d.case_id) AS cases, count(DISTINCT d.case_id) FILTER (WHERE NOT EXISTS (
  SELECT FROM debts o WHERE o.agency_id = :agency AND o.case_id = d.case_id AND o.state = 'open'
    AND o.id NOT IN (SELECT debt_id FROM intake_taken))) AS closing
FROM intake_taken t JOIN debts d ON d.agency_id = :agency AND d.id = t.debt_id
"""
_FIRST = """
SELECT t.line, b.name, d.reference, d.balance, d.currency, c.number FROM intake_taken t
JOIN debts d ON d.agency_id = :agency AND d.id = t.debt_id
JOIN debtors b ON b.agency_id = d.agency_id AND b.id = d.debtor_id
JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id ORDER BY t.line LIMIT 1
"""


def sums(work: Work) -> dict[str, dict[str, int]]:
    """What is taken back, by currency."""
    rows = work.session.execute(text(_SUMS), {"agency": work.agency_id})
    return {row.currency: {"count": row.n, "sum": row.amount} for row in rows}


def ahead(work: Work) -> tuple[int, int]:
    """How many cases lose debts, and how many of them lose all they owe."""
    row = work.session.execute(text(_AHEAD), {"agency": work.agency_id}).one()
    return row.cases, row.closing


def first(work: Work) -> Any:
    """The first debt that is taken back, or nothing."""
    return work.session.execute(text(_FIRST), {"agency": work.agency_id}).first()


def taken_now(work: Work) -> Consequences:
    """What taking back the debts that are taken costs and ends."""
    return _told(work, list(work.session.scalars(text("SELECT debt_id FROM intake_taken"))))


def overruled(work: Work, placement: Placement) -> Iterator[tuple[Cause, int, Consequences]]:
    """Of each cause that may be overruled: how many rows stay for it, and what taking those back would cost and end.
    Of one that was: what taking the debts that stood for it costs and ends, and no rows."""
    found: dict[str, tuple[set[int], list[UUID]]] = defaultdict(lambda: (set(), []))
    forced = forced_of(placement)
    for line, debt_id, cause, taken in work.session.execute(
        text("SELECT DISTINCT line, debt_id, cause, taken FROM intake_kept ORDER BY line, debt_id")
    ):
        lines, debts = found[cause]
        if not taken:
            lines.add(line)
        if taken or cause not in forced:
            debts.append(debt_id)
    for cause in Cause:
        if cause.value in found or cause in forced:
            lines, debts = found[cause.value]
            yield cause, len(lines), _told(work, debts)


def _told(work: Work, debts: Collection[UUID]) -> Consequences:
    return consequences(work, list(facts_of(work, list(debts)).values())) if debts else Consequences()


_GROUPS = """
SELECT r.reason, r.note, array_agg(t.debt_id ORDER BY t.line) AS debts
FROM intake_taken t JOIN intake_recalls r USING (line) GROUP BY 1, 2 ORDER BY min(t.line)
"""


_BEFORE = """
SELECT d.id, d.case_id, c.stage FROM debts d JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
WHERE d.agency_id = :agency AND d.id = ANY(CAST(:debts AS uuid[])) AND d.state = 'open' ORDER BY d.id
"""


def take_back(work: Work, placement: Placement) -> int:
    """Take the debts back; you get how many."""
    done = 0
    for row in work.session.execute(text(_GROUPS)).all():
        before = work.session.execute(text(_BEFORE), {"agency": work.agency_id, "debts": row.debts}).all()
        found = service.recall(
            work, debts=row.debts, reason=Reason(row.reason), note=row.note, forced=forced_of(placement),
            why=placement.options.get("force_why", ""), by=placement.committed_by,
        )  # fmt: skip
        done += found.debts
        stayed = {debt_id for debt_id, _ in found.refused}
        effects.keep(
            work,
            placement,
            [Effect("recalled", one.id, one.case_id, {"stage": one.stage}) for one in before if one.id not in stayed],
        )
    return done
