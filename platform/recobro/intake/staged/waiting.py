"""What payment complements and credit notes say of invoices that are not here yet: it waits, and is met in the
transaction that places its invoice, once, whatever files bring the two."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from recobro.intake.tables import Placement
from tenants.work import Work

# Of claims that wait, those whose invoice is among the file's new rows (or is told its UUID by it), at its line there.
_BRING = """
WITH w AS MATERIALIZED (
  SELECT * FROM waiting_claims WHERE agency_id = :agency AND client_id = :client AND state = 'waiting'
), found AS (
  SELECT w.id, r.line FROM w JOIN intake_rows r ON r.uuid = w.uuid WHERE w.uuid <> ''
  UNION ALL
  SELECT w.id, r.line FROM w JOIN intake_rows r ON r.reference_norm = w.number AND r.seller_norm IN ('', w.seller_norm)
  WHERE w.number <> ''
), one AS (
  SELECT id, min(line) AS line FROM (
    SELECT id, line FROM found WHERE NOT EXISTS (SELECT FROM intake_marks m WHERE m.line = found.line)
    UNION ALL SELECT w.id, l.line FROM w JOIN intake_uuids l ON l.uuid = w.uuid) any_line
  GROUP BY id
)
INSERT INTO intake_claims (n, line, kind, key, uuid, number, seller_norm, buyer_norm, currency, amount, on_day, part,
                           declared, document, brought_by)
SELECT row_number() OVER (ORDER BY w.id), one.line, w.kind, w.key, w.uuid, w.number, w.seller_norm,
       w.buyer_norm, w.currency, w.amount, w.on_day, w.part, w.declared, w.document, w.placement_id
FROM one JOIN w USING (id)
WHERE NOT EXISTS (SELECT FROM intake_claims c
                  WHERE c.key = w.key OR (split_part(w.key, ':', 3) = 'uuid'
                                          AND split_part(w.key, ':', 4) = ANY(c.replaces)))
"""
_ANY = """
SELECT EXISTS (SELECT FROM waiting_claims WHERE agency_id = :agency AND client_id = :client AND state = 'waiting')
"""
_KEEP = """
INSERT INTO waiting_claims AS w (agency_id, id, client_id, placement_id, line, kind, key, uuid, number, seller_norm,
                                 buyer_norm, currency, amount, on_day, part, declared, document, state, credited,
                                 told, since)
SELECT DISTINCT ON (c.key) :agency, uuidv7(), :client, :placement, c.line, c.kind, c.key, c.uuid, c.number,
       c.seller_norm, c.buyer_norm, c.currency, c.amount, c.on_day, c.part, c.declared, c.document, 'waiting', 0,
       '{}'::jsonb, :now
FROM intake_claims c WHERE c.key = ANY(CAST(:keys AS text[])) ORDER BY c.key, c.n
ON CONFLICT (agency_id, client_id, key) DO UPDATE
SET placement_id = excluded.placement_id, line = excluded.line, state = 'waiting', met_by = NULL, met_debt = NULL,
    credited = 0, told = '{}', since = excluded.since
WHERE w.state <> 'waiting'
"""
_MET = """
UPDATE waiting_claims w SET state = 'met', met_by = :placement, met_debt = m.debt_id, credited = m.credited, told = '{}'
FROM jsonb_to_recordset(CAST(:met AS jsonb)) AS m (key text, debt_id uuid, credited bigint)
WHERE w.agency_id = :agency AND w.client_id = :client AND w.key = m.key
"""
_TOLD = """
UPDATE waiting_claims w SET told = t.told, state = CASE WHEN t.off THEN 'dropped' ELSE 'waiting' END,
       met_by = CASE WHEN t.off THEN CAST(:placement AS uuid) END, met_debt = CASE WHEN t.off THEN t.debt_id END
FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS t (key text, told jsonb, debt_id uuid, off boolean)
WHERE w.agency_id = :agency AND w.client_id = :client AND w.key = t.key AND w.state = 'waiting'
"""
_DROP = """
UPDATE waiting_claims SET state = 'dropped', met_by = NULL, met_debt = NULL, credited = 0
WHERE agency_id = :agency AND placement_id = :placement AND state = ANY(CAST(:states AS text[]))
"""
# A document's UUID is the fourth word of its claims' keys.
_REPLACED = """
UPDATE waiting_claims w SET state = 'dropped'
WHERE w.agency_id = :agency AND w.client_id = :client AND w.state = 'waiting' AND w.placement_id <> :placement
  AND split_part(w.key, ':', 3) = 'uuid'
  AND split_part(w.key, ':', 4) IN (SELECT unnest(c.replaces) FROM intake_claims c)
"""
_COUNT = """
SELECT count(*) FROM waiting_claims WHERE agency_id = :agency AND placement_id = :placement AND state = 'waiting'
"""
# Those that a placement met, by what became of the debt they were met with.
_AGAIN = """
UPDATE waiting_claims w SET state = 'waiting', met_by = NULL, met_debt = NULL, credited = 0, told = '{}'
WHERE w.agency_id = :agency AND w.met_by = :placement AND w.met_debt IS NOT NULL
  AND NOT EXISTS (SELECT FROM debts d WHERE d.agency_id = w.agency_id AND d.id = w.met_debt)
"""


def bring(work: Work, placement: Placement) -> None:
    """Put the claims that the staged file's new rows would meet beside its own."""
    parameters = {"agency": work.agency_id, "client": placement.client_id}
    if not work.session.scalar(text(_ANY), parameters):
        return
    found: Any = work.session.execute(text(_BRING), parameters)
    if found.rowcount:
        # Each is looked up among the rows; a big file has many.
        for column in ("uuid", "reference_norm"):
            work.session.execute(text(f"CREATE INDEX ON pg_temp.intake_rows ({column})"))


def brought(work: Work) -> bool:
    """Whether the staged file would meet any."""
    return bool(work.session.scalar(text("SELECT EXISTS (SELECT FROM intake_claims WHERE brought_by IS NOT NULL)")))


def keep(work: Work, placement: Placement, keys: Sequence[str]) -> None:
    """Let the staged claims of these keys wait for their invoices."""
    if keys:
        work.session.execute(text(_KEEP), {**_whose(work, placement), "keys": list(keys), "now": work.now()})


def note_met(work: Work, placement: Placement, met: Sequence[tuple[str, UUID, int]]) -> None:
    """Claims that were met (key, debt, minor units if they were taken off it as a credit) do not wait any more."""
    if met:
        said = [{"key": key, "debt_id": str(debt_id), "credited": credited} for key, debt_id, credited in met]
        work.session.execute(text(_MET), {**_whose(work, placement), "met": json.dumps(said)})


def note_unmet(
    work: Work,
    placement: Placement,
    unmet: Sequence[tuple[str, UUID, str, Mapping[str, Any]]],
    *,
    off: Collection[str],
) -> None:
    """Keep why claims were not met though their invoice is here (key, debt, code, details); one whose code is among
    `off` waits no more."""
    if unmet:
        said = [
            {"key": key, "debt_id": str(debt_id), "told": {"code": code, "details": dict(details)}, "off": code in off}
            for key, debt_id, code, details in unmet
        ]
        work.session.execute(text(_TOLD), {**_whose(work, placement), "told": json.dumps(said)})


def drop_replaced(work: Work, placement: Placement) -> None:
    """What a document tells that another of the staged file replaces waits no more."""
    work.session.execute(text(_REPLACED), _whose(work, placement))


def count(work: Work, placement: Placement) -> int:
    """How many of a file's claims wait."""
    return int(work.session.scalar(text(_COUNT), _whose(work, placement)) or 0)


def drop(work: Work, placement: Placement) -> None:
    """A file that is undone has no claims any more: neither those that wait nor those that were met and put back."""
    work.session.execute(text(_DROP), {**_whose(work, placement), "states": ["waiting", "met"]})


def wait_again(work: Work, placement: Placement) -> None:
    """What a placement met with debts that its undoing has removed waits for them again."""
    work.session.execute(text(_AGAIN), _whose(work, placement))


def _whose(work: Work, placement: Placement) -> dict[str, Any]:
    return {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
