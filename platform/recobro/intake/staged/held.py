"""New debts that go in but rest: perhaps time-barred, of a minor, or of a debtor nobody could reach.

Found in sets among the staged rows (`intake_held`, one row each); what may be time-barred, and what a minor owes, is
held by a flag, so that no strategy goes on and the gate refuses. Without contact data a case rests by itself.
"""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from kernel.text import msg
from legal.rules.calendar import region_named
from legal.rules.packs.loading import pack_of
from legal.rules.time.limitation import barred_before, differs_by_region
from recobro.debtors.rules import ADULT, claim_of
from recobro.intake.issues import Issue
from recobro.intake.staged.staging import MOST_ISSUES, Findings
from recobro.intake.tables import Placement
from tenants.service import client_by_id
from tenants.work import Work

# So many places of a file are looked up in the law by region; more are no regions.
_MOST_REGIONS = 500
# Nobody mends these: the first are shown, all are counted.
_MOST_TOLD = 1_000
BARRED = msg("Puede haber prescrito: que lo vea un abogado antes de cobrar.")
MINOR = msg("El deudor es menor de edad, o puede serlo.")
_TITLES = {
    "barred": msg("Caso en pausa: puede haber prescrito {references}"),
    "minor": msg("Caso en pausa: el deudor es menor de edad, o puede serlo"),
}
_REASONS = {"barred": BARRED, "minor": MINOR}
_EFFECTS = {
    "barred": (msg("{count} adeudo en pausa: puede haber prescrito"),
               msg("{count} adeudos en pausa: pueden haber prescrito")),
    "minor": (msg("{count} deudor en pausa: es menor de edad, o puede serlo"),
              msg("{count} deudores en pausa: son menores de edad, o pueden serlo")),
    "no_contact": (msg("{count} deudor sin teléfono, correo ni domicilio"),
                   msg("{count} deudores sin teléfono, correo ni domicilio")),
}  # fmt: skip

_TABLES = """
CREATE TEMPORARY TABLE intake_terms (country text NOT NULL, region text, kind text NOT NULL, before date NOT NULL);
CREATE TEMPORARY TABLE intake_held (
  line bigint NOT NULL, debtor_key text NOT NULL, cause text NOT NULL, told text NOT NULL
)
"""
_PLACES = "SELECT DISTINCT country, kind, CASE WHEN country = ANY(:regional) THEN region END FROM intake_rows"
_COUNTRIES = "SELECT DISTINCT country FROM intake_rows"
_OLDEST = "SELECT min(due_on) FROM intake_rows"
_BARRED = """
INSERT INTO intake_held
SELECT r.line, r.debtor_key, 'barred', r.due_on::text
FROM intake_new r JOIN intake_terms t ON t.country = r.country AND t.kind = r.kind AND r.due_on < t.before
     AND (t.region IS NULL OR t.region = r.region)
"""
# Of a day of birth one knows the age; of a year alone, that the birthday may still be to come.
_MINORS = """
INSERT INTO intake_held
SELECT min(r.line), r.debtor_key, 'minor', max(r.born)
FROM intake_new r
WHERE CASE length(r.born) WHEN 10 THEN r.born > CAST(:adult AS text) WHEN 4 THEN r.born >= left(:adult, 4) END
GROUP BY r.debtor_key
"""
_NO_CONTACT = """
INSERT INTO intake_held
SELECT k.line, k.debtor_key, 'no_contact', ''
FROM (SELECT DISTINCT debtor_key FROM intake_new
      WHERE phone = '' AND phone_2 = '' AND email = '' AND email_2 = '' AND address = '') b
JOIN intake_keys k USING (debtor_key)
WHERE NOT k.known_debtor AND NOT EXISTS (
  SELECT FROM intake_new r WHERE r.debtor_key = b.debtor_key
  AND (r.phone <> '' OR r.phone_2 <> '' OR r.email <> '' OR r.email_2 <> '' OR r.address <> ''))
"""
_COUNTS = "SELECT cause, count(*) FROM intake_held GROUP BY cause ORDER BY cause"
_FIRST = """
SELECT h.line, h.cause, h.told, r.reference FROM intake_held h JOIN intake_rows r USING (line)
ORDER BY h.line, h.cause LIMIT :most
"""
_FLAGS = """
INSERT INTO case_flags (agency_id, id, client_id, case_id, kind, reason, opened_at, opened_by, opened_by_kind, outcome,
                        closed_by)
SELECT :agency, uuidv7(), :client, b.case_id, 'hold', :reason, :now, :actor, :actor_kind, '', ''
FROM (SELECT DISTINCT b.case_id FROM intake_batch b JOIN intake_held h ON h.line = b.line AND h.cause = :cause) b
WHERE NOT EXISTS (SELECT FROM case_flags f WHERE f.agency_id = :agency AND f.case_id = b.case_id AND f.kind = 'hold'
                  AND f.reason = :reason AND f.closed_at IS NULL)
RETURNING id, case_id
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, n.case_id, :now, 'flag', :title, '',
       jsonb_build_object('references', (
         SELECT left(string_agg(b.reference, ', ' ORDER BY b.line), 200)
         FROM intake_batch b JOIN intake_held h ON h.line = b.line AND h.cause = :cause WHERE b.case_id = n.case_id)),
       'warn', :actor, :actor_kind, 'case_flags', n.flag_id, 'client'
FROM unnest(CAST(:flags AS uuid[]), CAST(:cases AS uuid[])) AS n (flag_id, case_id)
"""
_LEAVE_QUEUE = """
UPDATE cases SET queue_at = NULL, queue_reason = '', queue_details = '{}', queue_priority = 0, claimed_by = NULL,
                 claimed_until = NULL
WHERE agency_id = :agency AND id = ANY(CAST(:cases AS uuid[])) AND queue_at IS NOT NULL
"""


def find(work: Work, placement: Placement, findings: Findings) -> None:
    """Note among the staged new rows what will rest, and why."""
    run = work.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.intake_terms, pg_temp.intake_held"))
    run(text(_TABLES))
    today = work.today(ZoneInfo(client_by_id(work, placement.client_id).time_zone))
    if _keep_terms(work, today):
        run(text(_BARRED))
    run(text(_MINORS), {"adult": _years_ago(today, ADULT).isoformat()})
    run(text(_NO_CONTACT))
    counts = {cause: count for cause, count in run(text(_COUNTS))}  # noqa: C416
    for cause, count in counts.items():
        findings.counts["held"] += count
        findings.causes["held", cause] += count
    room = min(_MOST_TOLD, MOST_ISSUES - len(findings.issues))
    if counts and room > 0:
        run(text("ANALYZE pg_temp.intake_held"))
        findings.issues += [
            Issue("held", row.cause, row.line, "", row.reference, {"told": row.told})
            for row in run(text(_FIRST), {"most": room})
        ]


def effects(findings: Findings) -> list[list[Any]]:
    """What will rest, counted, in words."""
    told = []
    for cause, (one, several) in _EFFECTS.items():
        if count := findings.causes["held", cause]:
            told.append([one if count == 1 else several, count])
    return told


def hold(work: Work, placement: Placement, parameters: dict[str, Any]) -> None:
    """Flag the cases of the batch whose new debts may be time-barred, or are a minor's: a person looks first."""
    who = {**parameters, "actor": placement.committed_by, "actor_kind": placement.committed_by_kind}
    for cause, reason in _REASONS.items():
        flags = work.session.execute(text(_FLAGS), {**who, "cause": cause, "reason": reason}).all()
        if flags:
            cases: list[UUID] = [row.case_id for row in flags]
            found = {"flags": [row.id for row in flags], "cases": cases}
            work.session.execute(text(_EVENTS), {**who, **found, "title": _TITLES[cause], "cause": cause})
            work.session.execute(text(_LEAVE_QUEUE), {**parameters, "cases": cases})
            work.audit("flags.opened", placement_id=placement.id, kind="hold", count=len(cases))


def _keep_terms(work: Work, today: date) -> bool:
    """Before which day a debt of each place and kind of debtor in the file is time-barred; False when none can be."""
    run = work.session.execute
    oldest = run(text(_OLDEST)).scalar()
    if oldest is None or oldest >= _years_ago(today, 1):
        return False
    regional = [country for (country,) in run(text(_COUNTRIES)) if differs_by_region(pack_of(country), today)]
    terms = []
    for country, kind, region in run(text(_PLACES), {"regional": regional}).fetchmany(_MOST_REGIONS):
        claim = claim_of(kind)
        code = region_named(country, region) if region else None
        before = barred_before(pack=pack_of(country, code), claim=claim, on=today, region=code)
        if before is not None and oldest < before:
            terms.append({"country": country, "region": region, "kind": kind, "before": before})
    if terms:
        run(text("INSERT INTO intake_terms VALUES (:country, :region, :kind, :before)"), terms)
    return bool(terms)


def _years_ago(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)
