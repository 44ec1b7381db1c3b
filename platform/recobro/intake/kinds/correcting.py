"""What the client's new word changes of debtors, their contact data and debts: compared and done in sets."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.cases import service as cases
from recobro.debtors.persons import contacts_follow
from recobro.intake.checks.rows import Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.fields import FIELDS
from recobro.intake.issues import Issue
from recobro.intake.kinds import naming
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.work import Work

_SLICE = 1_000
# The fields of a debtor and of a debt as people read them.
LABELS = {
    "name": FIELDS["debtor_name"].label, "tax_id": FIELDS["tax_id"].label, "country": FIELDS["country"].label,
    "region": FIELDS["region"].label, "city": FIELDS["city"].label, "locale": msg("Idioma"),
    "birth_year": msg("Año de nacimiento"), "time_zone": msg("Huso horario"), "due_on": FIELDS["due_on"].label,
    "concept": FIELDS["concept"].label, "phone": FIELDS["phone"].label, "email": FIELDS["email"].label,
    "postal": FIELDS["address"].label,
}  # fmt: skip
UPDATED = msg("El cliente actualizó datos en la carga {number}")
TABLES = f"""
CREATE TEMPORARY TABLE intake_told (
  {naming.WHO}, name text NOT NULL, name_norm text NOT NULL, tax_id text NOT NULL,
  country text NOT NULL, region text NOT NULL, city text NOT NULL, locale text NOT NULL, birth_year text NOT NULL,
  contact_name text NOT NULL, due_on date,
  concept text NOT NULL
);
CREATE TEMPORARY TABLE intake_points (
  line bigint NOT NULL, channel text NOT NULL, value text NOT NULL, value_norm text NOT NULL, act text NOT NULL,
  state text NOT NULL DEFAULT ''
)
"""
# One row for each field a row tells. `state`: same, change, twice (another row told another value first), ours
# (somebody here said otherwise since), taken (a tax id that another debtor has).
_CHANGES = """
CREATE TEMPORARY TABLE intake_changes AS
SELECT t.line, t.debtor_id, t.debt_id, t.case_id, v.field, v.old, v.new, v.norm, v.was, '' AS by, false AS asked,
       CASE WHEN first_value(v.norm) OVER w <> v.norm THEN 'twice'
            WHEN v.norm = v.was OR row_number() OVER w > 1 THEN 'same' ELSE 'change' END AS state
FROM intake_told t JOIN debtors d ON d.agency_id = :agency AND d.id = t.debtor_id
LEFT JOIN debts b ON b.agency_id = :agency AND b.id = t.debt_id
CROSS JOIN LATERAL (VALUES
  ('name', d.name, t.name, d.name_norm, t.name_norm), ('tax_id', d.tax_id, t.tax_id, d.tax_id_norm, t.tax_id_norm),
  ('country', d.country, t.country, d.country, t.country),
  ('region', d.region, t.region, upper(d.region), upper(t.region)),
  ('city', d.city, t.city, upper(d.city), upper(t.city)), ('locale', d.locale, t.locale, d.locale, t.locale),
  ('birth_year', coalesce(d.birth_year::text, ''), t.birth_year, coalesce(d.birth_year::text, ''), t.birth_year),
  ('due_on', coalesce(b.due_on::text, ''), CASE WHEN b.id IS NULL THEN '' ELSE coalesce(t.due_on::text, '') END,
   coalesce(b.due_on::text, ''), coalesce(t.due_on::text, '')),
  ('concept', coalesce(b.concept, ''), CASE WHEN b.id IS NULL THEN '' ELSE t.concept END, coalesce(b.concept, ''),
   t.concept)
) AS v (field, old, new, was, norm)
WHERE t.who = '' AND v.new <> ''
WINDOW w AS (PARTITION BY t.debtor_id, CASE WHEN v.field IN ('due_on', 'concept') THEN t.debt_id END, v.field
             ORDER BY t.line)
"""
# Where a debtor is decides the time there, too.
_PLACES = """
SELECT DISTINCT coalesce(c.new, d.country) AS country, coalesce(r.new, d.region) AS region
FROM (SELECT DISTINCT debtor_id FROM intake_changes WHERE state = 'change' AND field IN ('country', 'region')) m
JOIN debtors d ON d.agency_id = :agency AND d.id = m.debtor_id
LEFT JOIN intake_changes c ON c.debtor_id = d.id AND c.field = 'country' AND c.state = 'change'
LEFT JOIN intake_changes r ON r.debtor_id = d.id AND r.field = 'region' AND r.state = 'change'
"""
_ZONES = """
INSERT INTO intake_changes
SELECT m.line, d.id, NULL, m.case_id, 'time_zone', d.time_zone, z.zone, z.zone, d.time_zone, '', false, 'change'
FROM (SELECT debtor_id, case_id, min(line) AS line FROM intake_changes
      WHERE state = 'change' AND field IN ('country', 'region') GROUP BY 1, 2) m
JOIN debtors d ON d.agency_id = :agency AND d.id = m.debtor_id
LEFT JOIN intake_changes c ON c.debtor_id = d.id AND c.field = 'country' AND c.state = 'change'
LEFT JOIN intake_changes r ON r.debtor_id = d.id AND r.field = 'region' AND r.state = 'change'
JOIN intake_zones z ON z.country = coalesce(c.new, d.country) AND z.region = coalesce(r.new, d.region)
WHERE z.zone <> d.time_zone
"""
_OURS = """
UPDATE intake_changes c SET by = f.by, asked = true,
       state = CASE WHEN c.field = ANY(CAST(:theirs AS text[])) THEN 'change' ELSE 'ours' END
FROM (SELECT DISTINCT ON (debtor_id, field) debtor_id, field, source, by FROM debtor_facts
      WHERE agency_id = :agency AND client_id = :client ORDER BY debtor_id, field, at DESC, id DESC) f
WHERE f.debtor_id = c.debtor_id AND f.field = c.field AND c.state = 'change'
  AND f.source IN ('debtor', 'collector', 'search')
"""
_TAKEN = """
UPDATE intake_changes c SET state = 'taken'
WHERE c.field = 'tax_id' AND c.state = 'change'
  AND (EXISTS (SELECT FROM debtors d WHERE d.agency_id = :agency AND d.client_id = :client AND d.tax_id_norm = c.norm
               AND d.id <> c.debtor_id AND d.merged_into IS DISTINCT FROM c.debtor_id)
       OR EXISTS (SELECT FROM intake_changes o WHERE o.field = 'tax_id' AND o.norm = c.norm
                  AND o.debtor_id <> c.debtor_id AND o.line < c.line))
"""
# A value that is here stays as it is; one that contact showed to be right is not retired in silence.
_POINTS = """
CREATE TEMPORARY TABLE intake_found AS
SELECT p.line, p.channel, p.value, p.value_norm, p.act, t.debtor_id, t.case_id, t.contact_name,
       k.id AS point_id, k.quality AS was, k.quality = 'verified' AND p.act = 'retire' AS asked,
       CASE WHEN p.act = 'add' AND k.id IS NULL AND row_number() OVER w = 1 THEN 'new'
            WHEN p.act = 'add' THEN 'there'
            WHEN k.id IS NULL OR k.quality IN ('wrong', 'bounced') OR row_number() OVER w > 1 THEN 'gone'
            WHEN k.quality = 'verified' AND NOT p.channel = ANY(CAST(:theirs AS text[])) THEN 'ours'
            ELSE 'retire' END AS state
FROM intake_points p JOIN intake_told t ON t.line = p.line AND t.who = ''
LEFT JOIN contact_points k ON k.agency_id = :agency AND k.debtor_id = t.debtor_id AND k.channel = p.channel
  AND k.value_norm = p.value_norm
WINDOW w AS (PARTITION BY t.debtor_id, p.channel, p.value_norm, p.act ORDER BY p.line)
"""
_ISSUES = """
SELECT line, field, old, new, state, by FROM intake_changes WHERE state IN ('twice', 'ours', 'taken')
UNION ALL
SELECT line, channel, value, '', state, '' FROM intake_found WHERE state = 'ours'
ORDER BY 1, 2
"""
_COUNTED = """
WITH touched AS (
  SELECT line, debtor_id FROM intake_changes WHERE state = 'change'
  UNION SELECT line, debtor_id FROM intake_found WHERE state IN ('new', 'retire')),
other AS (
  SELECT line FROM intake_changes WHERE state IN ('twice', 'ours', 'taken')
  UNION SELECT line FROM intake_found WHERE state = 'ours')
SELECT (SELECT count(*) FROM intake_found WHERE state = 'new') AS points,
       (SELECT count(*) FROM intake_found WHERE state = 'retire') AS retired,
       (SELECT count(*) FROM intake_changes WHERE state = 'change' AND field NOT IN ('time_zone', 'due_on', 'concept'))
         AS fields,
       (SELECT count(*) FROM intake_changes WHERE state = 'change' AND field IN ('due_on', 'concept')) AS debts,
       (SELECT count(*) FROM intake_changes WHERE state = 'ours')
         + (SELECT count(*) FROM intake_found WHERE state = 'ours') AS ours,
       (SELECT count(DISTINCT debtor_id) FROM touched) AS debtors,
       (SELECT count(*) FROM intake_told t WHERE t.who = '' AND NOT EXISTS (SELECT FROM touched u WHERE u.line = t.line)
          AND NOT EXISTS (SELECT FROM other o WHERE o.line = t.line)) AS rows_unchanged
"""
_ASKED = """
SELECT field, count(*) FROM (SELECT field FROM intake_changes WHERE asked AND state IN ('ours', 'change')
                             UNION ALL SELECT channel FROM intake_found WHERE asked AND state IN ('ours', 'retire')) a
GROUP BY 1 ORDER BY 1
"""
_FIRST = """
SELECT c.line, d.name, c.field, c.old, c.new FROM intake_changes c
JOIN debtors d ON d.agency_id = :agency AND d.id = c.debtor_id WHERE c.state = 'change' AND c.field <> 'time_zone'
UNION ALL
SELECT f.line, d.name, f.channel, CASE f.state WHEN 'retire' THEN f.value ELSE '' END,
       CASE f.state WHEN 'new' THEN f.value ELSE '' END
FROM intake_found f JOIN debtors d ON d.agency_id = :agency AND d.id = f.debtor_id WHERE f.state IN ('new', 'retire')
ORDER BY 1 LIMIT 4
"""
_DEBTORS = """
UPDATE debtors d SET name = coalesce(p.name, d.name), name_norm = coalesce(p.name_norm, d.name_norm),
       tax_id = coalesce(p.tax_id, d.tax_id), tax_id_norm = coalesce(p.tax_id_norm, d.tax_id_norm),
       country = coalesce(p.country, d.country), region = coalesce(p.region, d.region), city = coalesce(p.city, d.city),
       locale = coalesce(p.locale, d.locale), time_zone = coalesce(p.time_zone, d.time_zone),
       birth_year = coalesce(p.birth_year::int, d.birth_year)
FROM (SELECT debtor_id, max(new) FILTER (WHERE field = 'name') AS name, max(norm) FILTER (WHERE field = 'name') AS name_norm,
             max(new) FILTER (WHERE field = 'tax_id') AS tax_id, max(norm) FILTER (WHERE field = 'tax_id') AS tax_id_norm,
             max(new) FILTER (WHERE field = 'country') AS country, max(new) FILTER (WHERE field = 'region') AS region,
             max(new) FILTER (WHERE field = 'city') AS city, max(new) FILTER (WHERE field = 'locale') AS locale,
             max(new) FILTER (WHERE field = 'time_zone') AS time_zone,
             max(new) FILTER (WHERE field = 'birth_year') AS birth_year
      FROM intake_changes WHERE state = 'change' AND field NOT IN ('due_on', 'concept') GROUP BY 1) p
WHERE d.agency_id = :agency AND d.id = p.debtor_id
"""  # noqa: E501
_OTHER_PERSONS = """
SELECT DISTINCT debtor_id FROM intake_changes WHERE state = 'change' AND field IN ('tax_id', 'country')
"""
_FACTS = """
SELECT debtor_id, field, new AS value, line FROM intake_changes
WHERE state = 'change' AND field NOT IN ('due_on', 'concept')
"""
_ADD = """
INSERT INTO contact_points (agency_id, id, client_id, debtor_id, channel, value, value_norm, person_name, person_role,
                            source, consent, quality, last_outcome, placement_id, created_at)
SELECT :agency, uuidv7(), :client, debtor_id, channel, value, value_norm, contact_name, 'debtor', 'client', 'unknown',
       'unknown', '', :placement, :now
FROM intake_found WHERE state = 'new'
"""
_RETIRE = """
UPDATE contact_points k SET quality = 'wrong' FROM intake_found f
WHERE f.state = 'retire' AND k.agency_id = :agency AND k.id = f.point_id
"""
_DEBTS = """
UPDATE debts b SET due_on = coalesce(p.due_on::date, b.due_on), concept = coalesce(p.concept, b.concept)
FROM (SELECT debt_id, max(new) FILTER (WHERE field = 'due_on') AS due_on,
             max(new) FILTER (WHERE field = 'concept') AS concept
      FROM intake_changes WHERE state = 'change' AND field IN ('due_on', 'concept') GROUP BY 1) p
WHERE b.agency_id = :agency AND b.id = p.debt_id
"""
# What stood there before, so that the file can be undone; and what an earlier file brought and this one says again, so
# that undoing that one leaves it.
_EFFECTS = """
INSERT INTO placement_effects (agency_id, client_id, id, placement_id, kind, case_id, ref_id, details, at)
SELECT :agency, :client, uuidv7(), :placement, 'corrected', x.case_id, x.ref_id,
       jsonb_build_object('act', x.act, 'field', x.field, 'from', x.old, 'to', x.new, 'was', x.was), :now
FROM (SELECT line, case_id, CASE WHEN field IN ('due_on', 'concept') THEN debt_id ELSE debtor_id END AS ref_id,
             'field' AS act, field, old, new, was FROM intake_changes WHERE state = 'change'
      UNION ALL SELECT line, case_id, point_id, 'retire', channel, value, '', was FROM intake_found
                WHERE state = 'retire'
      UNION ALL SELECT f.line, f.case_id, k.id, 'new', f.channel, '', f.value, '' FROM intake_found f
                JOIN contact_points k ON k.agency_id = :agency AND k.debtor_id = f.debtor_id AND k.channel = f.channel
                 AND k.value_norm = f.value_norm AND k.placement_id = :placement
                WHERE f.state = 'new'
      UNION ALL SELECT s.line, s.case_id, s.ref_id, 'same', s.field, '', s.new, ''
                FROM (SELECT line, case_id, CASE WHEN field IN ('due_on', 'concept') THEN debt_id ELSE debtor_id END
                        AS ref_id, field, new FROM intake_changes WHERE state = 'same'
                      UNION ALL SELECT line, case_id, point_id, channel, value FROM intake_found
                      WHERE state = 'there' AND point_id IS NOT NULL) s
                JOIN (SELECT DISTINCT ref_id, details ->> 'field' AS field FROM placement_effects
                      WHERE agency_id = :agency AND client_id = :client AND kind = 'corrected'
                        AND details ->> 'act' IN ('field', 'new')) e USING (ref_id, field)) x
ORDER BY x.line, x.field
"""
_OTHER_DAYS = "SELECT DISTINCT case_id FROM intake_changes WHERE state = 'change' AND field = 'due_on'"
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', :title,
       left(string_agg(label || ': ' || CASE WHEN old = '' THEN '' ELSE old || ' → ' END
                       || CASE WHEN new = '' THEN '—' ELSE new END, '; ' ORDER BY line, field), 2000),
       jsonb_build_object('number', CAST(:number AS text), 'changes', jsonb_agg(
         jsonb_build_object('field', field, 'from', old, 'to', new) ORDER BY line, field)),
       'neutral', :actor, :actor_kind, 'placements', :placement, 'client'
FROM (SELECT case_id, line, field, old, new FROM intake_changes WHERE state = 'change' AND field <> 'time_zone'
      UNION ALL
      SELECT case_id, line, channel, CASE state WHEN 'retire' THEN value ELSE '' END,
             CASE state WHEN 'new' THEN value ELSE '' END
      FROM intake_found WHERE state IN ('new', 'retire')) c
JOIN unnest(CAST(:fields AS text[]), CAST(:labels AS text[])) AS l (name, label) ON l.name = c.field
WHERE case_id IS NOT NULL GROUP BY case_id
"""


def compare(work: Work, placement: Placement, plan: Plan, findings: Findings) -> None:
    """Say of every told field and contact what it is to what is here; what stays as it is, and why, is noted."""
    theirs = list(placement.options.get("theirs", []))
    parameters = {"agency": work.agency_id, "client": placement.client_id, "theirs": theirs}
    run = work.session.execute
    naming.fresh(work, ("intake_changes", "intake_found", "intake_zones"),
                 "CREATE TEMPORARY TABLE intake_zones (country text, region text, zone text)")  # fmt: skip
    run(text(_CHANGES), parameters)
    run(text(_OURS), parameters)
    run(text(_TAKEN), parameters)
    home = (plan.country, plan.time_zone, plan.locale)
    zones = [
        {"country": country, "region": region, "zone": normalise.place(country, region, home)[0]}
        for country, region in run(text(_PLACES), parameters)
    ]
    if zones:
        run(text("INSERT INTO intake_zones VALUES (:country, :region, :zone)"), zones)
        run(text(_ZONES), parameters)
        run(text(_OURS), parameters)
    run(text(_POINTS), parameters)
    for row in run(text(_ISSUES)):
        code = f"ours_{row.field}" if row.state == "ours" else f"told_{row.state}"
        details = {"ours": row.old, "theirs": row.new, "field": LABELS[row.field]}
        findings.note(Issue("conflict", code, row.line, LABELS[row.field], row.new or row.old, details))


def counted(work: Work) -> dict[str, int]:
    """How much would change, by what it is."""
    return dict(work.session.execute(text(_COUNTED)).mappings().one())


def asked(work: Work) -> dict[str, int]:
    """The fields about which a person decides for the whole file, and how many rows each is in."""
    return {field: count for field, count in work.session.execute(text(_ASKED))}  # noqa: C416


def first(work: Work) -> dict[str, Any]:
    """The first debtor that changes, as the page shows it."""
    rows = work.session.execute(text(_FIRST), {"agency": work.agency_id}).all()
    if not rows:
        return {}
    pairs = [(LABELS[row.field], f"{row.old or '—'} → {row.new or '—'}") for row in rows if row.line == rows[0].line]
    return {"line": rows[0].line, "title": rows[0].name, "pairs": pairs}


def apply(work: Work, placement: Placement, keep_facts: Callable[..., None]) -> int:
    """Change debtors, debts and contact data, with the source of every field and one event for each case."""
    parameters = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id, "now": work.now(),
        "actor": placement.committed_by, "actor_kind": placement.committed_by_kind, "title": UPDATED,
        "number": placement.number, "fields": list(LABELS), "labels": list(LABELS.values()),
    }  # fmt: skip
    run = work.session.execute
    done = counted(work)
    run(text(_DEBTORS), parameters)
    contacts_follow(work, list(run(text(_OTHER_PERSONS)).scalars()))
    keep_facts(
        work, _FACTS, client_id=placement.client_id, source="client", ref=placement.id, by=placement.committed_by
    )
    run(text(_ADD), parameters)
    run(text(_RETIRE), parameters)
    run(text(_DEBTS), parameters)
    run(text(_EFFECTS), parameters)
    days = list(run(text(_OTHER_DAYS)).scalars())
    for start in range(0, len(days), _SLICE):
        cases.refresh_balances(work, days[start : start + _SLICE])
    run(text(_EVENTS), parameters)
    work.session.expire_all()
    changed = done["fields"] + done["debts"] + done["retired"]
    work.audit("debtors.corrected", placement_id=placement.id, created=done["points"], changed=changed)
    return done["points"] + changed
