"""Invoices that replace others (CFDI, TipoRelacion 04; Facturae, CorrectionMethod 01): the two are one debt, whichever
of them is here or comes first.

Of one file, the replaced is left out. One that replaces what is here already is in conflict until that is recalled; a
person may let both be done at once (`OPTION`): the new one goes in, and the old is recalled in the same transaction,
unless a recall refuses it. Each says whom it replaces, so that the replaced makes no debt either when it comes later.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import text

from kernel.money import Money
from kernel.problems import Invalid
from recobro.intake.checks.invoices import Replaced
from recobro.intake.issues import Issue
from recobro.intake.staged import effects
from recobro.intake.staged.effects import Effect
from recobro.intake.tables import Placement
from recobro.recalls import service as recalls
from recobro.recalls.rules import Reason
from tenants.context import Kind
from tenants.work import Work

# What replaced invoices become: recalled, where nothing stands against it. In a placement's options.
OPTION = "recall_replaced"

_TABLE = """
CREATE TEMPORARY TABLE intake_substitutes (
  line bigint NOT NULL, uuid text NOT NULL, reference_norm text NOT NULL, seller_norm text NOT NULL)
"""
# Rows whose replaced debts are recalled as they go in; `refusal` is why one is not, and then the row is in conflict.
_REPLACES_TABLE = """
CREATE TEMPORARY TABLE intake_replaces (line bigint NOT NULL, debt_id uuid NOT NULL, refusal jsonb)
"""
_FILL = """
INSERT INTO intake_substitutes
SELECT * FROM unnest(
  CAST(:lines AS bigint[]), CAST(:uuids AS text[]), CAST(:numbers AS text[]), CAST(:sellers AS text[]))
"""


def _name(table: str) -> str:
    """What an invoice is called where others name it: its UUID, else who issued it and its number."""
    return (
        f"CASE WHEN {table}.uuid <> '' THEN {table}.uuid ELSE {table}.seller_norm || '|' || {table}.reference_norm END"
    )


# What is here of what the file replaces. Each arm has its own index.
_HERE = """(
  SELECT s.line, d.id, d.original, d.currency, d.due_on, d.uuid, d.reference, d.created_at
  FROM intake_substitutes s JOIN debts d ON d.uuid = s.uuid JOIN intake_rows r ON r.line = s.line AND r.uuid <> s.uuid
  WHERE s.uuid <> '' AND d.agency_id = :agency AND d.client_id = :client AND d.state <> 'recalled'
  UNION ALL
  SELECT s.line, d.id, d.original, d.currency, d.due_on, d.uuid, d.reference, d.created_at
  FROM intake_substitutes s JOIN debts d ON d.reference_norm = s.reference_norm AND d.seller_norm = s.seller_norm
  JOIN intake_rows r ON r.line = s.line AND r.reference_norm <> s.reference_norm
  WHERE s.uuid = '' AND d.agency_id = :agency AND d.client_id = :client AND d.state <> 'recalled'
) h"""
_IN_FILE = f"""
INSERT INTO intake_marks (line, state, other_line)
SELECT r.line, 'replaced', min(s.line) FROM intake_rows r JOIN intake_substitutes s ON {_name("s")} = {_name("r")}
WHERE s.line <> r.line GROUP BY r.line
ON CONFLICT (line) DO UPDATE SET state = 'replaced', other_line = excluded.other_line
WHERE intake_marks.state IN ('conflict', 'duplicate')
"""  # noqa: S608
_BEFORE = f"""
INSERT INTO intake_marks (line, state, other_reference)
SELECT r.line, 'replaced', min(i.value)
FROM placements p JOIN placement_issues i ON i.agency_id = p.agency_id AND i.placement_id = p.id AND i.kind = 'warned'
JOIN intake_rows r ON {_name("r")} = coalesce(i.details ->> 'named', i.details ->> 'replaced')
WHERE p.agency_id = :agency AND p.client_id = :client AND p.state = 'committed' AND i.code = 'replaces'
  AND p.id <> :placement
GROUP BY r.line
ON CONFLICT (line) DO UPDATE SET state = 'replaced', other_reference = excluded.other_reference
WHERE intake_marks.state = 'recalled'
"""  # noqa: S608
_TAKE = f"""
INSERT INTO intake_replaces
SELECT DISTINCT h.line, h.id FROM {_HERE}
WHERE NOT EXISTS (SELECT FROM intake_marks m WHERE m.line = h.line)
RETURNING debt_id
"""  # noqa: S608
_REFUSED = """
UPDATE intake_replaces x SET refusal = r.refusal
FROM jsonb_to_recordset(CAST(:refused AS jsonb)) AS r (debt_id uuid, refusal jsonb)
WHERE x.line IN (SELECT y.line FROM intake_replaces y WHERE y.debt_id = r.debt_id)
"""
_THERE = f"""
INSERT INTO intake_marks (line, state, other_balance, other_currency, other_due_on, other_uuid, other_reference)
SELECT DISTINCT ON (h.line) h.line, 'substitutes', h.original, h.currency, h.due_on, h.uuid, h.reference
FROM {_HERE}
WHERE NOT EXISTS (SELECT FROM intake_replaces x WHERE x.line = h.line AND x.refusal IS NULL)
ORDER BY h.line, h.created_at
ON CONFLICT (line) DO UPDATE
SET (state, other_balance, other_currency, other_due_on, other_uuid, other_reference)
  = ('substitutes', excluded.other_balance, excluded.other_currency, excluded.other_due_on, excluded.other_uuid,
     excluded.other_reference)
WHERE intake_marks.state = 'conflict'
"""  # noqa: S608
_TOLD = """
SELECT r.line, r.reference, r.balance, r.currency, r.due_on, m.state, m.other_line, o.reference AS other,
       m.other_balance, m.other_currency, m.other_due_on, m.other_uuid, m.other_reference
FROM intake_marks m JOIN intake_rows r ON r.line = m.line LEFT JOIN intake_rows o ON o.line = m.other_line
WHERE m.state IN ('replaced', 'substitutes') ORDER BY r.line
"""
_REPLACES = f"""
SELECT DISTINCT r.line, r.reference, {_name("s")} AS named, coalesce(nullif(s.uuid, ''), s.reference_norm) AS replaced
FROM intake_substitutes s JOIN intake_new r ON r.line = s.line ORDER BY r.line, replaced
"""  # noqa: S608


_STAYS = "SELECT DISTINCT ON (line) line, refusal FROM intake_replaces WHERE refusal IS NOT NULL ORDER BY line"
_GOES = """
SELECT r.line, r.reference, x.debt_id, d.reference AS old, d.balance, d.currency, d.case_id, c.stage
FROM intake_replaces x JOIN intake_new r ON r.line = x.line JOIN intake_keys k USING (debtor_key)
JOIN debts d ON d.agency_id = :agency AND d.id = x.debt_id AND d.state <> 'recalled'
JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
WHERE x.refusal IS NULL AND (CAST(:part AS bigint) IS NULL OR k.part = :part) ORDER BY r.line, x.debt_id
"""


class ReplacedStays(Invalid):
    """An invoice that was to be recalled cannot be any more."""

    code = "intake.replaced_stays"


def clear(work: Work) -> None:
    """The file replaces nothing."""
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.intake_substitutes, pg_temp.intake_replaces"))
    work.session.execute(text(_TABLE))
    work.session.execute(text(_REPLACES_TABLE))


def mark(work: Work, placement: Placement, found: Iterable[Replaced]) -> None:
    """Mark the rows that others replace, and those that replace what is here, before anything is made of the rest."""
    listed = list(found)
    run = work.session.execute
    clear(work)
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    run(text(_BEFORE), parameters)
    if listed:
        lines, uuids, numbers, sellers = map(list, zip(*listed, strict=True))
        run(text(_FILL), {"lines": lines, "uuids": uuids, "numbers": numbers, "sellers": sellers})
        run(text(_IN_FILE))
        if placement.options.get(OPTION):
            _take(work, parameters)
        run(text(_THERE), parameters)


def _take(work: Work, parameters: Mapping[str, Any]) -> None:
    debts = set(work.session.scalars(text(_TAKE), dict(parameters)))
    if work.principal.kind is Kind.CLIENT:
        # It may not see what stands against a recall; the job that does it does.
        return
    refused = {
        str(debt_id): {"code": f"recall_{one.cause.value}", "reason": one.sentence, **one.details}
        for debt_id, one in reversed(recalls.refused_of(work, list(debts)))
    }
    if refused:
        told = [{"debt_id": debt_id, "refusal": why} for debt_id, why in refused.items()]
        work.session.execute(text(_REFUSED), {"refused": json.dumps(told)})


def count(work: Work) -> int:
    """How many debts are recalled because the staged file replaces them."""
    return len(_going(work))


def _going(work: Work, part: int | None = None) -> list[Any]:
    return list(work.session.execute(text(_GOES), {"agency": work.agency_id, "part": part}))


def recall(work: Work, placement: Placement, part: int) -> None:
    """Recall what the new debts of a part replace, after these are there: so no case is closed for a moment. Refused
    when something stands against it that did not before."""
    rows = _going(work, part)
    if not rows:
        return
    for row in rows:
        found = recalls.recall(
            work, debts=[row.debt_id], reason=Reason.OTHER, note=f"{row.old} → {row.reference}",
            by=placement.committed_by,
        )  # fmt: skip
        if found.refused:
            why = found.refused[0][1]
            raise _stays(why.sentence, why.details)
    effects.keep(
        work, placement,
        [Effect("recalled", row.debt_id, row.case_id, {"stage": row.stage, "line": row.line}) for row in rows],
    )  # fmt: skip
    work.audit("debts.replaced", placement_id=placement.id, number=placement.number, count=len(rows))


def ask_again(work: Work, placement: Placement) -> None:
    """Refused, with the debt and the reason, where a recall refuses a replaced debt and whoever confirmed was not told:
    a client may not see what stands against it, and some of it comes after the preview."""
    if placement.kind != "placement" or not placement.options.get(OPTION):
        return
    known = {code for kind, code, _ in placement.counts.get("causes", []) if kind == "warned"}
    for row in work.session.execute(text(_STAYS)):
        if row.refusal["code"] not in known:
            raise _stays(
                row.refusal["reason"],
                {name: value for name, value in row.refusal.items() if name not in ("code", "reason")},
            )


def _stays(sentence: str, details: Mapping[str, Any]) -> ReplacedStays:
    """The refusal with its amounts as such, for a failure keeps its details as words."""
    told = {name: Money(value["minor"], value["currency"]) if isinstance(value, dict) else value
            for name, value in details.items()}  # fmt: skip
    return ReplacedStays(sentence, **told)


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
    for row in _going(work):
        details = {"reference": row.old, "there": {"minor": row.balance, "currency": row.currency}}
        note(Issue("warned", "replaces_here", row.line, "", row.reference, details))
    for row in work.session.execute(text(_STAYS)):
        why = {name: value for name, value in row.refusal.items() if name != "code"}
        note(Issue("warned", row.refusal["code"], row.line, "", str(why.get("reference", "")), why))
    for row in work.session.execute(text(_REPLACES)):
        note(Issue("warned", "replaces", row.line, "", row.reference,
                   {"replaced": row.replaced, "named": row.named}))  # fmt: skip
