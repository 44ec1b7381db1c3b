"""Staged rows become debtors, contact points, cases, debts and components: one statement each, through the walls."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from kernel.text import msg
from legal.records.consents import Whose
from legal.records.disputes import Raised, Terms, note_disputes
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case
from recobro.intake.staged import held, merged, staging
from recobro.intake.tables import Placement
from tenants.service import next_numbers
from tenants.tables import Client
from tenants.work import Work

_WORTH_MEASURING = 500
# Balances are computed for so many cases at a time: one statement over all of them is planned badly.
_SLICE = 1_000
RECEIVED = msg("Cartera recibida: {count} adeudos por {amount}")
RECEIVED_ONE = msg("Cartera recibida: 1 adeudo por {amount}")

_PARTS = "SELECT DISTINCT part FROM intake_keys ORDER BY part"
_BATCH = """
CREATE TEMPORARY TABLE intake_batch AS
SELECT r.*, k.debtor_id, k.known_debtor, k.case_id, k.known_case, r.line = k.line AS speaks
FROM intake_new r JOIN intake_keys k USING (debtor_key)
WHERE k.part = :part AND r.line >= :first AND r.line <= (SELECT max(last_line) FROM intake_keys WHERE part = :part)
"""
_DEBTORS = """
INSERT INTO debtors (agency_id, id, client_id, kind, name, name_norm, customer_ref, customer_ref_norm, tax_id,
                     tax_id_norm, country, region, city, time_zone, locale, birth_year,
                     placement_id, created_at)
SELECT :agency, debtor_id, :client, kind, name, name_norm, customer_ref, customer_ref_norm, tax_id, tax_id_norm,
       country, region, city, time_zone, locale, nullif(left(born, 4), '')::int, :placement, :now
FROM intake_batch WHERE speaks AND NOT known_debtor
"""
_CONTACT_POINTS = """
INSERT INTO contact_points (agency_id, id, client_id, debtor_id, channel, value, value_norm, person_name, person_role,
                            source, consent, quality, last_outcome, placement_id, created_at)
SELECT DISTINCT ON (r.debtor_id, p.channel, p.value_norm)
       :agency, uuidv7(), :client, r.debtor_id, p.channel, p.value, p.value_norm, r.contact_name, 'debtor',
       'client', 'unknown', 'unknown', '', :placement, :now
FROM (SELECT debtor_id, known_debtor, phone, phone_2, email, email_2, address, contact_name, min(line) AS line
      FROM intake_batch GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) r
CROSS JOIN LATERAL (VALUES ('phone', r.phone, r.phone), ('phone', r.phone_2, r.phone_2),
                           ('email', r.email, r.email), ('email', r.email_2, r.email_2),
                           ('postal', r.address, upper(r.address))) AS p (channel, value, value_norm)
WHERE p.value <> '' AND NOT (r.known_debtor AND EXISTS (
  SELECT FROM contact_points k WHERE k.agency_id = :agency AND k.debtor_id = r.debtor_id
  AND k.channel = p.channel AND k.value_norm = p.value_norm))
ORDER BY r.debtor_id, p.channel, p.value_norm, r.line
"""
_SUMS = """
CREATE TEMPORARY TABLE intake_sums AS
SELECT case_id, debtor_id, known_case, currency, count(*) AS count, sum(balance)::bigint AS balance,
       min(due_on) AS oldest_due_on, min(line) AS line
FROM intake_batch GROUP BY 1, 2, 3, 4
"""
# A new case's main currency is that of its first row.
_CASES = """
INSERT INTO cases (agency_id, id, client_id, number, debtor_id, stage, stage_since, close_code, currency, balance,
                   debt_count, oldest_due_on, placement_id, step, next_step_why, queue_priority, queue_reason,
                   queue_details, created_at)
SELECT :agency, case_id, :client, :prefix || lpad((:first + place)::text, greatest(5, length((:first + place)::text)), '0'),
       debtor_id, 'received', :now, '', currency, balance, count, oldest_due_on, :placement, 0, '', 0, '', '{}', :now
FROM (SELECT case_id, debtor_id, row_number() OVER (ORDER BY min(line)) - 1 AS place,
             (array_agg(currency ORDER BY line))[1] AS currency, (array_agg(balance ORDER BY line))[1] AS balance,
             sum(count) AS count, min(oldest_due_on) AS oldest_due_on
      FROM intake_sums WHERE NOT known_case GROUP BY case_id, debtor_id) c
"""  # noqa: E501
_BALANCES = """
INSERT INTO case_balances (agency_id, case_id, currency, client_id, placed, balance, debt_count, oldest_due_on)
SELECT :agency, case_id, currency, :client, balance, balance, count, oldest_due_on
FROM intake_sums WHERE NOT known_case
"""
_DEBTS = """
INSERT INTO debts (agency_id, id, client_id, case_id, debtor_id, placement_id, placement_line, reference,
                   reference_norm, seller_norm, uuid, kind, issued_on, due_on, currency, original, balance, state,
                   disputed, concept, extra, created_at)
SELECT :agency, debt_id, :client, case_id, debtor_id, :placement, line, reference, reference_norm, seller_norm, uuid,
       'invoice', issued_on, due_on, currency, balance, balance, 'open', disputed, concept, extra, :now
FROM intake_batch
"""
_COMPONENTS = """
INSERT INTO debt_components (agency_id, id, client_id, debt_id, kind, charged, owed, forgiven)
SELECT :agency, uuidv7(), :client, debt_id, kind, amount, amount, 0
FROM (SELECT debt_id, 'principal' AS kind, balance - interest - cost - fee AS amount FROM intake_batch
      UNION ALL SELECT debt_id, 'default_interest', interest FROM intake_batch
      UNION ALL SELECT debt_id, 'cost', cost FROM intake_batch
      UNION ALL SELECT debt_id, 'fee', fee FROM intake_batch) c
WHERE amount > 0
"""
# What a closed case was, and which debts it owed, is told where it is opened again: undoing closes it by that.
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', CASE WHEN count = 1 THEN :one ELSE :title END, '',
       jsonb_build_object('count', count, 'amount', jsonb_build_object('minor', balance, 'currency', currency))
         || coalesce(CASE WHEN known_case THEN (
              SELECT jsonb_build_object('reopened', jsonb_build_object('code', c.close_code, 'debts', (
                SELECT coalesce(jsonb_agg(d.id), '[]') FROM debts d WHERE d.agency_id = c.agency_id
                AND d.case_id = c.id AND d.state = 'open' AND d.placement_id IS DISTINCT FROM :placement)))
              FROM cases c WHERE c.agency_id = :agency AND c.id = intake_sums.case_id AND c.stage = 'closed'
            ) END, '{}'),
       'neutral', :actor, :actor_kind, 'placements', :placement, 'client'
FROM intake_sums
"""
# What the client itself says is disputed is not collected until somebody has looked into it.
_DISPUTES = """
INSERT INTO case_flags (agency_id, id, client_id, case_id, kind, reason, opened_at, opened_by, opened_by_kind, outcome,
                        closed_by)
SELECT :agency, uuidv7(), :client, r.case_id, 'dispute', left(string_agg(r.reference, ', ' ORDER BY r.line), 200), :now,
       :actor, :actor_kind, '', ''
FROM intake_batch r
WHERE r.disputed AND NOT EXISTS (
  SELECT FROM case_flags f
  WHERE f.agency_id = :agency AND f.case_id = r.case_id AND f.kind = 'dispute' AND f.closed_at IS NULL)
GROUP BY r.case_id
RETURNING id, case_id, reason
"""
_CONTESTED = """
SELECT r.case_id, r.debtor_id, array_agg(r.reference ORDER BY r.line) AS refs FROM intake_batch r
WHERE r.disputed AND r.case_id = ANY(CAST(:cases AS uuid[])) GROUP BY r.case_id, r.debtor_id
"""
_DISPUTE_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, n.case_id, :now, 'flag', :title, '', jsonb_build_object('references', n.reason),
       'warn', :actor, :actor_kind, 'case_flags', n.flag_id, 'client'
FROM unnest(CAST(:flags AS uuid[]), CAST(:cases AS uuid[]), CAST(:reasons AS text[])) AS n (flag_id, case_id, reason)
"""
_DISPUTE_QUEUE = """
UPDATE cases SET queue_at = :now, queue_priority = greatest(queue_priority, :priority), queue_reason = :reason,
                 queue_details = '{"tone": "warn"}', claimed_by = NULL, claimed_until = NULL
WHERE agency_id = :agency AND id = ANY(CAST(:cases AS uuid[])) AND stage NOT IN ('closed', 'legal')
"""
PLACED_DISPUTED = msg("El cliente las entregó en aclaración: {references}")


def parts(work: Work) -> list[int]:
    """The batches in which the staged rows are placed, in their order."""
    return list(work.session.scalars(text(_PARTS)))


def place(work: Work, placement: Placement, client: Client, part: int) -> int:
    """Make of every new staged row of a part a debt in its debtor's case; balances, history and closed cases follow.

    You get how many debts there are now.
    """
    parameters: dict[str, Any] = {
        "agency": work.agency_id,
        "client": placement.client_id,
        "placement": placement.id,
        "now": work.now(),
    }
    run = work.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.intake_batch, pg_temp.intake_sums"))
    run(text(_BATCH), {"part": part, "first": part * staging.PART_LINES})
    run(text("ANALYZE pg_temp.intake_batch (line, debtor_id, case_id, debt_id)"))
    _measured(work, "debtors", _DEBTORS, parameters)
    _measured(work, "contact_points", _CONTACT_POINTS, parameters)
    run(text(_SUMS))
    _open_cases(work, client, parameters)
    placed = _measured(work, "debts", _DEBTS, parameters)
    run(text(_COMPONENTS), parameters)
    run(text(_EVENTS), {**parameters, "title": RECEIVED, "one": RECEIVED_ONE, "actor": placement.committed_by,
                        "actor_kind": placement.committed_by_kind})  # fmt: skip
    known = list(run(text("SELECT DISTINCT case_id FROM intake_sums WHERE known_case")).scalars())
    for start in range(0, len(known), _SLICE):
        cases.refresh_balances(work, known[start : start + _SLICE])
    _reopen(work)
    opened = _open_disputes(work, placement, parameters, work.today(ZoneInfo(client.time_zone)))
    merged.keep(work, parameters, opened)
    held.hold(work, placement, parameters)
    return placed


def _open_disputes(work: Work, placement: Placement, parameters: dict[str, Any], today: date) -> list[UUID]:
    """What the client says is disputed stops its case; you get the flags that say so."""
    who = {"actor": placement.committed_by, "actor_kind": placement.committed_by_kind}
    opened = work.session.execute(text(_DISPUTES), {**parameters, **who}).all()
    if opened:
        found = {
            "flags": [row.id for row in opened],
            "cases": [row.case_id for row in opened],
            "reasons": [row.reason for row in opened],
        }
        work.session.execute(text(_DISPUTE_EVENTS), {**parameters, **who, **found, "title": PLACED_DISPUTED})
        flag_of = dict(zip(found["cases"], found["flags"], strict=True))
        contested = work.session.execute(text(_CONTESTED), {"cases": found["cases"]}).all()
        raised = [
            Raised(Whose(placement.client_id, row.case_id, row.debtor_id), flag_of[row.case_id], Terms(debts=row.refs))
            for row in contested
        ]
        note_disputes(work, raised, today=today, by=placement.committed_by)
        queued = {"cases": found["cases"], "reason": flags.DISPUTED, "priority": flags.DISPUTED_PRIORITY}
        work.session.execute(text(_DISPUTE_QUEUE), {**parameters, **queued})
        work.audit("flags.opened", placement_id=placement.id, kind="dispute", count=len(opened))
    return [row.id for row in opened]


def _measured(work: Work, table: str, statement: str, parameters: dict[str, Any]) -> int:
    """Insert, and let the planner know when a young table has grown by it. You get the number of rows."""
    found: Any = work.session.execute(text(statement), parameters)
    if found.rowcount >= _WORTH_MEASURING:
        work.session.execute(text("SELECT measure_placed(:table, :rows)"), {"table": table, "rows": found.rowcount})
    return int(found.rowcount)


def _open_cases(work: Work, client: Client, parameters: dict[str, Any]) -> None:
    run = work.session.execute
    count = run(text("SELECT count(DISTINCT case_id) FROM intake_sums WHERE NOT known_case")).scalar_one()
    if count:
        year = work.today(ZoneInfo(client.time_zone)).year
        first = next_numbers(work, f"cases-{year}", count)[0]
        _measured(work, "cases", _CASES, {**parameters, "prefix": f"C-{year}-", "first": first})
        _measured(work, "case_balances", _BALANCES, parameters)


def _reopen(work: Work) -> None:
    """A closed case that gets new debts is worked again."""
    closed = work.session.scalars(
        select(Case).where(
            Case.agency_id == work.agency_id,
            Case.stage == Stage.CLOSED.value,
            text("cases.id IN (SELECT case_id FROM pg_temp.intake_sums WHERE known_case)"),
        )
    )
    for case in closed.all():
        cases.move(work, case, Move.REOPEN, why=msg("Llegaron adeudos nuevos"))
