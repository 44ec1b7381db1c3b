"""The way back from corrected data: every field and contact is again what it was, by what was written down while the
file was done. What somebody changed or used since stays."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.cases import service as cases
from recobro.debtors.facts import keep_facts
from recobro.debtors.persons import contacts_follow
from recobro.intake.tables import Placement
from tenants.work import Work

REASONS: Mapping[str, str] = {
    "corrected": msg("alguien lo cambió después"),
    "said_again": msg("otra carga dijo después lo mismo"),
    "used": msg("ya se llamó o se escribió con ese dato"),
    "identified": msg("otro deudor tiene ahora esa identificación"),
}
RESTORED = msg("Se deshizo la carga {number}: sus datos vuelven a lo que eran")
_SLICE = 1_000

# What a file changed beside what stands there now. `act`: field (of a debtor or a debt), new or retire (a contact).
_LOOK = """
CREATE TEMPORARY TABLE undo_fields AS
WITH again AS (
  SELECT o.ref_id, o.details ->> 'field' AS field, max(o.id::text)::uuid AS last FROM placement_effects o
  JOIN placements p ON p.agency_id = o.agency_id AND p.id = o.placement_id
  WHERE o.agency_id = :agency AND o.client_id = :client AND o.kind = 'corrected' AND o.details ->> 'act' = 'same'
    AND o.placement_id <> :placement AND p.state = 'committed' GROUP BY 1, 2
)
SELECT e.id, e.case_id, e.ref_id, f.*, CASE
  WHEN f.act = 'new' THEN CASE
    WHEN k.quality <> 'unknown' OR k.consent <> 'unknown' OR k.person_role <> 'debtor' THEN 'corrected'
    WHEN k.last_used_at IS NOT NULL
      OR EXISTS (SELECT FROM notices x WHERE x.agency_id = :agency AND x.contact_point_id = k.id
                 AND (x.state NOT IN ('queued', 'held', 'cancelled') OR x.tries > 0))
      OR EXISTS (SELECT FROM calls x WHERE x.agency_id = :agency AND x.contact_point_id = k.id) THEN 'used'
    WHEN s.last > e.id THEN 'said_again'
    ELSE '' END
  WHEN f.act = 'retire' THEN CASE WHEN k.quality = 'wrong' THEN '' ELSE 'corrected' END
  WHEN f.field IN ('due_on', 'concept') THEN CASE
    WHEN (CASE f.field WHEN 'due_on' THEN b.due_on::text ELSE b.concept END) IS DISTINCT FROM f.to THEN 'corrected'
    WHEN s.last > e.id THEN 'said_again' ELSE '' END
  WHEN CASE f.field WHEN 'name' THEN d.name WHEN 'tax_id' THEN d.tax_id WHEN 'country' THEN d.country
         WHEN 'region' THEN d.region WHEN 'city' THEN d.city WHEN 'locale' THEN d.locale
         WHEN 'time_zone' THEN d.time_zone ELSE coalesce(d.birth_year::text, '') END IS DISTINCT FROM f.to
    THEN 'corrected'
  WHEN s.last > e.id THEN 'said_again'
  WHEN f.field = 'tax_id' AND f.was <> '' AND EXISTS (
    SELECT FROM debtors o WHERE o.agency_id = :agency AND o.client_id = :client AND o.tax_id_norm = f.was
    AND o.id <> d.id AND o.merged_into IS DISTINCT FROM d.id) THEN 'identified'
  ELSE '' END AS reason
FROM placement_effects e
CROSS JOIN LATERAL jsonb_to_record(e.details) AS f(act text, field text, "from" text, "to" text, was text)
LEFT JOIN again s ON s.ref_id = e.ref_id AND s.field = f.field
LEFT JOIN debtors d ON d.agency_id = e.agency_id AND d.id = e.ref_id
LEFT JOIN debts b ON b.agency_id = e.agency_id AND b.id = e.ref_id
LEFT JOIN contact_points k ON k.agency_id = e.agency_id AND k.id = e.ref_id
WHERE e.agency_id = :agency AND e.placement_id = :placement AND e.kind = 'corrected' AND f.act <> 'same'
"""
# The hour there follows the place; it is nobody's field.
_COUNTED = "SELECT reason, count(*) FROM undo_fields WHERE field <> 'time_zone' GROUP BY 1"
_OF_DEBTOR = "reason = '' AND act = 'field' AND field NOT IN ('due_on', 'concept')"
_DEBTORS = f"""
UPDATE debtors d SET name = coalesce(p.name, d.name), name_norm = coalesce(p.name_norm, d.name_norm),
       tax_id = coalesce(p.tax_id, d.tax_id), tax_id_norm = coalesce(p.tax_id_norm, d.tax_id_norm),
       country = coalesce(p.country, d.country), region = coalesce(p.region, d.region), city = coalesce(p.city, d.city),
       locale = coalesce(p.locale, d.locale), time_zone = coalesce(p.time_zone, d.time_zone),
       birth_year = CASE WHEN p.birth_year IS NULL THEN d.birth_year ELSE nullif(p.birth_year, '')::int END
FROM (SELECT ref_id, max("from") FILTER (WHERE field = 'name') AS name, max(was) FILTER (WHERE field = 'name') AS name_norm,
             max("from") FILTER (WHERE field = 'tax_id') AS tax_id, max(was) FILTER (WHERE field = 'tax_id') AS tax_id_norm,
             max("from") FILTER (WHERE field = 'country') AS country, max("from") FILTER (WHERE field = 'region') AS region,
             max("from") FILTER (WHERE field = 'city') AS city, max("from") FILTER (WHERE field = 'locale') AS locale,
             max("from") FILTER (WHERE field = 'time_zone') AS time_zone,
             max("from") FILTER (WHERE field = 'birth_year') AS birth_year
      FROM undo_fields WHERE {_OF_DEBTOR} GROUP BY 1) p
WHERE d.agency_id = :agency AND d.id = p.ref_id
"""  # noqa: E501, S608
_FACTS = f'SELECT ref_id AS debtor_id, field, "from" AS value, NULL::bigint AS line FROM undo_fields WHERE {_OF_DEBTOR}'  # noqa: S608
_OTHER_PERSONS = f"SELECT DISTINCT ref_id FROM undo_fields WHERE {_OF_DEBTOR} AND field IN ('tax_id', 'country')"  # noqa: S608
_DEBTS = """
UPDATE debts b SET due_on = coalesce(p.due_on::date, b.due_on), concept = coalesce(p.concept, b.concept)
FROM (SELECT ref_id, max("from") FILTER (WHERE field = 'due_on') AS due_on,
             max("from") FILTER (WHERE field = 'concept') AS concept
      FROM undo_fields WHERE reason = '' AND act = 'field' AND field IN ('due_on', 'concept') GROUP BY 1) p
WHERE b.agency_id = :agency AND b.id = p.ref_id
"""
_POINTS = """
UPDATE contact_points k SET quality = CASE u.act WHEN 'new' THEN 'wrong' ELSE u.was END FROM undo_fields u
WHERE u.reason = '' AND u.act IN ('new', 'retire') AND k.agency_id = :agency AND k.id = u.ref_id
"""
_OTHER_DAYS = "SELECT DISTINCT case_id FROM undo_fields WHERE reason = '' AND field = 'due_on'"
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', :title,
       left(string_agg(CASE WHEN "to" = '' THEN '—' ELSE "to" END || ' → '
                       || CASE WHEN "from" = '' THEN '—' ELSE "from" END, '; ' ORDER BY id), 2000),
       jsonb_build_object('number', CAST(:number AS text)), 'warn', :actor, :actor_kind, 'placements', :placement,
       'client'
FROM undo_fields WHERE reason = '' AND field <> 'time_zone' AND case_id IS NOT NULL GROUP BY case_id
"""


def look(work: Work, placement: Placement) -> tuple[int, Mapping[str, int]]:
    """How many fields and contacts would be as before, and how many stay for each reason; nothing changes."""
    _compare(work, placement)
    return _counted(work)


def restore(work: Work, placement: Placement) -> tuple[int, Mapping[str, int]]:
    """Make them as they were; you get the same."""
    parameters = {
        **_compare(work, placement), "now": work.now(), "title": RESTORED, "number": placement.number,
        "actor": work.principal.name, "actor_kind": work.principal.kind.value,
    }  # fmt: skip
    run = work.session.execute
    run(text(_DEBTORS), parameters)
    contacts_follow(work, list(run(text(_OTHER_PERSONS)).scalars()))
    keep_facts(work, _FACTS, client_id=placement.client_id, source="client", ref=placement.id, by=work.principal.name)
    for statement in (_POINTS, _DEBTS):
        run(text(statement), parameters)
    days = list(run(text(_OTHER_DAYS)).scalars())
    for start in range(0, len(days), _SLICE):
        cases.refresh_balances(work, days[start : start + _SLICE])
    run(text(_EVENTS), parameters)
    work.session.expire_all()
    count, stays = _counted(work)
    work.audit("debtors.restored", placement_id=placement.id, number=placement.number, count=count)
    return count, stays


def _compare(work: Work, placement: Placement) -> dict[str, Any]:
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.undo_fields"))
    work.session.execute(text(_LOOK), parameters)
    return parameters


def _counted(work: Work) -> tuple[int, Mapping[str, int]]:
    found = Counter({reason: count for reason, count in work.session.execute(text(_COUNTED))})  # noqa: C416
    return found.pop("", 0), found
