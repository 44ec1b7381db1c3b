"""Staged rows become debtors, contact points, cases, debts and components: one statement each, through the walls."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case
from recobro.intake.tables import Placement
from tenants.service import next_numbers
from tenants.tables import Client
from tenants.work import Work

_WORTH_MEASURING = 500
# Balances are computed for so many cases at a time: one statement over all of them is planned badly.
_SLICE = 1_000
RECEIVED = msg("Cartera recibida: {count} adeudos por {amount}")
RECEIVED_ONE = msg("Cartera recibida: 1 adeudo por {amount}")

_NEW_DEBTORS = """
CREATE TEMPORARY TABLE intake_debtors ON COMMIT DROP AS
SELECT DISTINCT ON (debtor_key) debtor_key, uuidv7() AS id, kind, name, name_norm, customer_ref,
       customer_ref_norm, tax_id, tax_id_norm, country, region, city, time_zone, locale
FROM intake_rows WHERE state = 'new' AND debtor_id IS NULL
ORDER BY debtor_key, customer_ref_norm = '', tax_id_norm = '', line
"""
_DEBTORS = """
INSERT INTO debtors (agency_id, id, client_id, kind, name, name_norm, customer_ref, customer_ref_norm, tax_id,
                     tax_id_norm, country, region, city, time_zone, locale, placement_id, created_at)
SELECT :agency, id, :client, kind, name, name_norm, customer_ref, customer_ref_norm, tax_id, tax_id_norm,
       country, region, city, time_zone, locale, :placement, :now
FROM intake_debtors
"""
_OWNED = """
UPDATE intake_rows r SET debtor_id = d.id FROM intake_debtors d
WHERE r.state = 'new' AND r.debtor_id IS NULL AND r.debtor_key = d.debtor_key
"""
_CONTACT_POINTS = """
INSERT INTO contact_points (agency_id, id, client_id, debtor_id, channel, value, value_norm, person_name, person_role,
                            source, consent, quality, last_outcome, placement_id, created_at)
SELECT DISTINCT ON (r.debtor_id, p.channel, p.value_norm)
       :agency, uuidv7(), :client, r.debtor_id, p.channel, p.value, p.value_norm, r.contact_name, 'debtor',
       'client', 'unknown', 'unknown', '', :placement, :now
FROM intake_rows r
CROSS JOIN LATERAL (VALUES ('phone', r.phone, r.phone), ('phone', r.phone_2, r.phone_2),
                           ('email', r.email, r.email), ('email', r.email_2, r.email_2),
                           ('postal', r.address, upper(r.address))) AS p (channel, value, value_norm)
WHERE r.state = 'new' AND p.value <> '' AND NOT EXISTS (
  SELECT FROM contact_points k WHERE k.agency_id = :agency AND k.debtor_id = r.debtor_id
  AND k.channel = p.channel AND k.value_norm = p.value_norm)
ORDER BY r.debtor_id, p.channel, p.value_norm, r.line
"""
_NEW_CASES = """
CREATE TEMPORARY TABLE intake_cases ON COMMIT DROP AS
SELECT debtor_id, uuidv7() AS id, row_number() OVER (ORDER BY min(line)) - 1 AS place,
       (array_agg(currency ORDER BY line))[1] AS currency
FROM intake_rows WHERE state = 'new' AND case_id IS NULL GROUP BY debtor_id
"""
_CASES = """
INSERT INTO cases (agency_id, id, client_id, number, debtor_id, stage, stage_since, close_code, currency, balance,
                   debt_count, placement_id, step, next_step_why, queue_priority, queue_reason, queue_details,
                   created_at)
SELECT :agency, id, :client, :prefix || lpad((:first + place)::text, greatest(5, length((:first + place)::text)), '0'),
       debtor_id, 'received', :now, '', currency, 0, 0, :placement, 0, '', 0, '', '{}', :now
FROM intake_cases
"""
_IN_CASES = """
UPDATE intake_rows r SET case_id = c.id FROM intake_cases c WHERE r.state = 'new' AND r.debtor_id = c.debtor_id
"""
_DEBT_IDS = "UPDATE intake_rows SET debt_id = uuidv7() WHERE state = 'new'"
_DEBTS = """
INSERT INTO debts (agency_id, id, client_id, case_id, debtor_id, placement_id, reference, reference_norm, kind,
                   issued_on, due_on, currency, original, balance, state, disputed, concept, extra, created_at)
SELECT :agency, debt_id, :client, case_id, debtor_id, :placement, reference, reference_norm, 'invoice', issued_on,
       due_on, currency, balance, balance, 'open', disputed, concept, extra, :now
FROM intake_rows WHERE state = 'new' ORDER BY line
"""
_COMPONENTS = """
INSERT INTO debt_components (agency_id, id, client_id, debt_id, kind, charged, owed, forgiven)
SELECT :agency, uuidv7(), :client, r.debt_id, p.kind, p.amount, p.amount, 0
FROM intake_rows r
CROSS JOIN LATERAL (VALUES ('principal', r.balance - r.interest - r.cost - r.fee), ('default_interest', r.interest),
                           ('cost', r.cost), ('fee', r.fee)) AS p (kind, amount)
WHERE r.state = 'new' AND p.amount > 0
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', CASE WHEN count(*) = 1 THEN :one ELSE :title END, '',
       jsonb_build_object('count', count(*), 'amount', jsonb_build_object('minor', sum(balance), 'currency', currency)),
       'neutral', :actor, :actor_kind, 'placements', :placement, 'client'
FROM intake_rows WHERE state = 'new' GROUP BY case_id, currency
"""


def place(work: Work, placement: Placement, client: Client) -> None:
    """Make of every new staged row a debt in its debtor's case; balances, history and closed cases follow."""
    parameters: dict[str, Any] = {
        "agency": work.agency_id,
        "client": placement.client_id,
        "placement": placement.id,
        "now": work.now(),
    }
    run = work.session.execute
    run(text(_NEW_DEBTORS))
    _measured(work, "debtors", _DEBTORS, parameters)
    run(text(_OWNED))
    run(text(_CONTACT_POINTS), parameters)
    _open_cases(work, client, parameters)
    run(text(_DEBT_IDS))
    _measured(work, "debts", _DEBTS, parameters)
    run(text(_COMPONENTS), parameters)
    run(text(_EVENTS), {**parameters, "title": RECEIVED, "one": RECEIVED_ONE, "actor": placement.committed_by,
                        "actor_kind": placement.committed_by_kind})  # fmt: skip
    touched = list(run(text("SELECT DISTINCT case_id FROM intake_rows WHERE state = 'new'")).scalars())
    for start in range(0, len(touched), _SLICE):
        cases.refresh_balances(work, touched[start : start + _SLICE])
        if start == 0 and len(touched) > _SLICE:
            run(text("SELECT measure_placed('case_balances', :rows)"), {"rows": len(touched)})
    _reopen(work)


def _measured(work: Work, table: str, statement: str, parameters: dict[str, Any]) -> None:
    """Insert, and let the planner know when a young table has grown by it."""
    found: Any = work.session.execute(text(statement), parameters)
    if found.rowcount >= _WORTH_MEASURING:
        work.session.execute(text("SELECT measure_placed(:table, :rows)"), {"table": table, "rows": found.rowcount})


def _open_cases(work: Work, client: Client, parameters: dict[str, Any]) -> None:
    run = work.session.execute
    # A debtor just made, or met by another key, may have a case already.
    run(text(
        "UPDATE intake_rows r SET case_id = c.id FROM cases c WHERE c.agency_id = :agency AND c.client_id = :client"
        " AND c.debtor_id = r.debtor_id AND r.state = 'new' AND r.case_id IS NULL"), parameters)  # fmt: skip
    run(text(_NEW_CASES))
    count = run(text("SELECT count(*) FROM intake_cases")).scalar_one()
    if count:
        year = work.today(ZoneInfo(client.time_zone)).year
        first = next_numbers(work, f"cases-{year}", count)[0]
        _measured(work, "cases", _CASES, {**parameters, "prefix": f"C-{year}-", "first": first})
    run(text(_IN_CASES))


def _reopen(work: Work) -> None:
    """A closed case that gets new debts is worked again."""
    closed = work.session.scalars(
        select(Case).where(
            Case.agency_id == work.agency_id,
            Case.stage == Stage.CLOSED.value,
            text("cases.id IN (SELECT case_id FROM pg_temp.intake_rows WHERE state = 'new')"),
        )
    )
    for case in closed.all():
        cases.move(work, case, Move.REOPEN, why=msg("Llegaron adeudos nuevos"))
