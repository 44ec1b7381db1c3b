"""What a list says again of what earlier files brought: the debts that it lists unchanged, and the contact points that
it tells. Another file rests on them too: who undoes the first passes them on to the last (`pass_on`)."""

from sqlalchemy import text

from recobro.intake.tables import Placement
from tenants.work import Work

# The batch after all others.
PART = (1 << 40) + 1
KIND = "listed"
_AT_ONCE = 1_000
_ANY = """
SELECT EXISTS (SELECT FROM debts WHERE agency_id = :agency AND client_id = :client
               AND placement_id IS DISTINCT FROM :placement)
"""
# The rows with the debts they are of: those that were here, and the file's own.
_ROWS = """
CREATE TEMPORARY TABLE intake_listed AS
SELECT r.line, d.id AS debt_id, d.debtor_id, d.placement_id = :placement AS own, r.phone, r.phone_2, r.email, r.email_2,
       upper(r.address) AS address
FROM intake_rows r JOIN debts d ON d.placement_line = r.line
WHERE d.agency_id = :agency AND d.placement_id = :placement
UNION ALL
SELECT * FROM (
  SELECT DISTINCT ON (r.line) r.line, d.id, d.debtor_id, false, r.phone, r.phone_2, r.email, r.email_2, upper(r.address)
  FROM intake_marks m JOIN intake_rows r ON r.line = m.line
  JOIN debts d ON d.reference_norm = r.reference_norm
   AND (d.seller_norm = r.seller_norm OR '' IN (d.seller_norm, r.seller_norm))
  WHERE m.state = 'unchanged' AND d.agency_id = :agency AND d.client_id = :client
  ORDER BY r.line, d.seller_norm = r.seller_norm DESC) one
"""
# Many in one row, for a client's ledger sends all its open items each month.
_KEEP = """
INSERT INTO placement_effects (agency_id, client_id, id, placement_id, kind, case_id, ref_id, details, at)
SELECT :agency, :client, uuidv7(), :placement, 'listed', NULL, :placement,
       jsonb_build_object('what', what, 'ids', jsonb_agg(id), 'lines', jsonb_agg(line)), :now
FROM (SELECT what, id, line, (row_number() OVER (PARTITION BY what ORDER BY line) - 1) / :most AS part FROM (
        SELECT 'debts' AS what, debt_id AS id, min(line) AS line FROM intake_listed WHERE NOT own GROUP BY 2
        UNION ALL
        SELECT 'points', k.id, min(l.line) FROM intake_listed l
        JOIN contact_points k ON k.agency_id = :agency AND k.debtor_id = l.debtor_id AND k.placement_id <> :placement
         AND ((k.channel = 'phone' AND k.value_norm IN (l.phone, l.phone_2))
              OR (k.channel = 'email' AND k.value_norm IN (l.email, l.email_2))
              OR (k.channel = 'postal' AND k.value_norm = l.address)) GROUP BY 2) every) numbered
GROUP BY what, part
"""
_OTHERS = """
CREATE TEMPORARY TABLE undo_listed AS
SELECT DISTINCT ON (one.id) CAST(one.id AS uuid) AS id, e.details ->> 'what' AS what, e.placement_id,
       CAST(one.line AS bigint) AS line
FROM placement_effects e JOIN placements p ON p.agency_id = e.agency_id AND p.id = e.placement_id
CROSS JOIN LATERAL ROWS FROM (
  jsonb_array_elements_text(e.details -> 'ids'), jsonb_array_elements_text(e.details -> 'lines')) AS one (id, line)
WHERE e.agency_id = :agency AND e.client_id = :client AND e.kind = 'listed' AND e.placement_id <> :placement
  AND p.state = 'committed' AND p.undone ->> 'state' IS DISTINCT FROM 'running'
ORDER BY one.id, e.id DESC
"""
_GIVE_DEBTS = """
UPDATE debts d SET placement_id = l.placement_id, placement_line = l.line FROM undo_listed l
WHERE l.what = 'debts' AND d.agency_id = :agency AND d.id = l.id AND d.placement_id = :placement
"""
_GIVE_POINTS = """
UPDATE contact_points k SET placement_id = l.placement_id FROM undo_listed l
WHERE l.what = 'points' AND k.agency_id = :agency AND k.id = l.id AND k.placement_id = :placement
"""


def worth(work: Work, placement: Placement) -> bool:
    """Whether earlier files brought anything that this one could say again."""
    return bool(work.session.scalar(text(_ANY), _whose(work, placement)))


def keep(work: Work, placement: Placement) -> None:
    """Write down what the staged file says again, once its own debts are placed."""
    run = work.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.intake_listed"))
    run(text(_ROWS), _whose(work, placement))
    run(text("ANALYZE pg_temp.intake_listed"))
    run(text(_KEEP), {**_whose(work, placement), "most": _AT_ONCE, "now": work.now()})


def find(work: Work, placement: Placement) -> None:
    """Put what later files said again of anybody's into the connection's table `undo_listed`: id, what, the last file
    that did, its line there."""
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.undo_listed"))
    work.session.execute(text(_OTHERS), _whose(work, placement))
    work.session.execute(text("ANALYZE pg_temp.undo_listed"))


def pass_on(work: Work, placement: Placement) -> int:
    """What other files say of what a placement made is theirs from now on; you get how many debts that is."""
    find(work, placement)
    found = work.session.execute(text(_GIVE_DEBTS), _whose(work, placement))
    work.session.execute(text(_GIVE_POINTS), _whose(work, placement))
    work.session.expire_all()
    return int(found.rowcount)  # type: ignore[attr-defined]


def _whose(work: Work, placement: Placement) -> dict[str, object]:
    return {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
