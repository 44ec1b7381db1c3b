"""Cases that a list opened again are closed as they were when it is undone, unless they owe anything that they did not
owe when they were opened."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move
from recobro.intake.tables import Placement
from tenants.work import Work

# The last time that a list opened a case, and what it was closed as (`reopened`, in the event of its arrival); a list
# that is undone already counts, for it may have left the case to a later one.
_OPENED = """
SELECT c.id, e.reopened ->> 'code' AS code FROM cases c
CROSS JOIN LATERAL (
  SELECT e.details -> 'reopened' AS reopened, e.ref_id, e.at FROM case_events e
  WHERE e.agency_id = c.agency_id AND e.case_id = c.id AND e.kind = 'placement' AND e.ref_table = 'placements'
    AND e.details ? 'reopened'
  ORDER BY e.at DESC, e.id DESC LIMIT 1) e
JOIN placements p ON p.agency_id = c.agency_id AND p.id = e.ref_id
WHERE c.agency_id = :agency AND c.id = ANY(CAST(:cases AS uuid[])) AND c.stage NOT IN ('closed', 'legal')
  AND (p.id = :placement OR p.state = 'undone')
  AND NOT EXISTS (SELECT FROM case_moves m WHERE m.agency_id = c.agency_id AND m.case_id = c.id AND m.at > e.at
                  AND m.to_stage = 'closed')
  AND NOT EXISTS (SELECT FROM debts d WHERE d.agency_id = c.agency_id AND d.case_id = c.id AND d.state = 'open'
                  AND NOT e.reopened -> 'debts' ? d.id::text)
ORDER BY c.id
"""


def close_again(work: Work, placement: Placement, case_ids: Sequence[UUID]) -> None:
    """Close those of these cases, which a list has left, that a list alone holds open."""
    parameters = {"agency": work.agency_id, "placement": placement.id, "cases": list(case_ids)}
    for row in work.session.execute(text(_OPENED), parameters).all():
        case = cases.open_case(work, row.id, lock=True)
        cases.move(work, case, Move.CLOSE, why=placement.number, close_code=CloseCode(row.code))
