"""What a file brings for a debtor that was merged is placed with the one that stands for it, and written down in the
merge: when the two are parted again, it goes to the debtor whose number the file said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tenants.work import Work

_ANY = """
SELECT EXISTS (SELECT FROM intake_batch b JOIN debtors d ON d.agency_id = :agency AND d.merged_into = b.debtor_id
               WHERE b.known_debtor)
"""
# The rows whose own word (the customer's number, else the tax id, else the name) is that of one merged debtor, and was
# not the survivor's before; with every merge that stands between the two.
_MEANT = """
CREATE TEMPORARY TABLE intake_meant AS
WITH RECURSIVE meant AS (
  SELECT b.line, min(d.id::text)::uuid AS debtor_id
  FROM intake_batch b
  JOIN debtors d ON d.agency_id = :agency AND d.client_id = :client AND d.merged_into = b.debtor_id
  JOIN debtors s ON s.agency_id = d.agency_id AND s.id = b.debtor_id
  JOIN debtor_merges g ON g.agency_id = d.agency_id AND g.other_id = d.id AND g.undone_at IS NULL
  CROSS JOIN LATERAL (VALUES
    ('customer_ref_norm', b.customer_ref_norm, d.customer_ref_norm, s.customer_ref_norm),
    ('tax_id_norm', b.tax_id_norm, d.tax_id_norm, s.tax_id_norm),
    ('name_norm', b.name_norm, d.name_norm, s.name_norm)) AS w (word, said, theirs, ours)
  WHERE b.known_debtor AND w.said <> '' AND w.said = w.theirs AND (w.ours <> w.said OR g.moved -> 'fields' ? w.word)
    AND w.word = CASE WHEN b.customer_ref_norm <> '' THEN 'customer_ref_norm'
                      WHEN b.tax_id_norm <> '' THEN 'tax_id_norm' ELSE 'name_norm' END
  GROUP BY b.line HAVING count(DISTINCT d.id) = 1
), via AS (
  SELECT m.line, g.id AS merge_id, g.survivor_id
  FROM meant m JOIN debtor_merges g ON g.agency_id = :agency AND g.other_id = m.debtor_id AND g.undone_at IS NULL
  UNION ALL
  SELECT v.line, g.id, g.survivor_id
  FROM via v JOIN debtor_merges g ON g.agency_id = :agency AND g.other_id = v.survivor_id AND g.undone_at IS NULL
)
SELECT t.merge_id, r.* FROM via t JOIN intake_batch r USING (line)
"""
# Contacts and disputes that only these rows brought go with their debts.
_MOVED = """
UPDATE debtor_merges g SET moved = g.moved || jsonb_build_object(
  'debts', g.moved -> 'debts' || f.debts, 'brought', coalesce(g.moved -> 'brought', '[]') || f.debts,
  'points', g.moved -> 'points' || f.points, 'flags', g.moved -> 'flags' || f.flags)
FROM (
  SELECT m.merge_id, m.debts,
         (SELECT coalesce(jsonb_agg(k.id), '[]') FROM contact_points k
          WHERE k.agency_id = :agency AND k.debtor_id = m.debtor_id AND k.placement_id = :placement
            AND k.created_at = :now AND EXISTS (
              SELECT FROM intake_meant r WHERE r.merge_id = m.merge_id AND {told})
            AND NOT EXISTS (
              SELECT FROM intake_batch r WHERE r.debtor_id = m.debtor_id AND {told} AND NOT EXISTS (
                SELECT FROM intake_meant o WHERE o.merge_id = m.merge_id AND o.line = r.line))) AS points,
         (SELECT coalesce(jsonb_agg(k.id), '[]') FROM case_flags k
          WHERE k.agency_id = :agency AND k.case_id = m.case_id AND k.id = ANY(CAST(:flags AS uuid[]))
            AND NOT EXISTS (
              SELECT FROM intake_batch r WHERE r.case_id = m.case_id AND r.disputed AND NOT EXISTS (
                SELECT FROM intake_meant o WHERE o.merge_id = m.merge_id AND o.line = r.line))) AS flags
  FROM (SELECT merge_id, debtor_id, case_id, jsonb_agg(debt_id ORDER BY line) AS debts FROM intake_meant
        GROUP BY 1, 2, 3) m) f
WHERE g.agency_id = :agency AND g.id = f.merge_id
"""
_TOLD = """((k.channel = 'phone' AND k.value_norm IN (r.phone, r.phone_2))
  OR (k.channel = 'email' AND k.value_norm IN (r.email, r.email_2))
  OR (k.channel = 'postal' AND k.value_norm = upper(r.address)))"""


def keep(work: Work, parameters: dict[str, Any], opened: Sequence[UUID]) -> None:
    """Write down what of the placed batch came for merged debtors; `opened` are the disputes it opened."""
    if not work.session.execute(text(_ANY), parameters).scalar():
        return
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.intake_meant"))
    work.session.execute(text(_MEANT), parameters)
    work.session.execute(text(_MOVED.format(told=_TOLD)), {**parameters, "flags": list(opened)})
