"""One invoice that two doors write in two ways: `A0042` of a list is `A-0042` of an electronic invoice, whose series
and folio are two words. Of the same amount and day it is probably one: a person says, and until then no second debt is
made of it.
"""

from collections.abc import Callable, Collection

from sqlalchemy import text

from recobro.intake.issues import Issue
from recobro.intake.staged.sameness import SAME_DUE
from recobro.intake.tables import Placement
from tenants.work import Work

# The number without signs, and with one of them wherever it has any and between its letters and figures; of an
# electronic invoice its last figures alone too, for many lists leave the series out.
_WAYS = """
SELECT r.line, r.reference_norm AS mine, w.way, w.alone FROM intake_rows r
CROSS JOIN LATERAL (SELECT translate(r.reference_norm, '-/._#', '') AS bare) b
CROSS JOIN LATERAL (
  SELECT b.bare AS way, false AS alone
  UNION SELECT translate(r.reference_norm, '-/._#', repeat(s, 5)), false FROM unnest(ARRAY['-', '/', '.', '_']) s
  UNION SELECT regexp_replace(b.bare, '^([^0-9]+)([0-9]+)$', '\\1' || s || '\\2'), false
        FROM unnest(ARRAY['-', '/', '.', '_']) s
  UNION SELECT substring(r.reference_norm FROM '[-/]([0-9]+)$'), true WHERE r.uuid <> ''
) w
WHERE w.way <> r.reference_norm AND length(w.way) > 2
  AND NOT EXISTS (SELECT FROM intake_marks m WHERE m.line = r.line)
"""
# The other way round: a number of figures alone is the end of an electronic invoice's that is here already, but for the
# zeros in front that a spreadsheet eats.
_PAIRS = f"""
SELECT w.line, w.alone, d.id FROM ({_WAYS}) w
JOIN debts d ON d.reference_norm = w.way AND d.agency_id = :agency AND d.client_id = :client
UNION SELECT r.line, true, d.id FROM intake_rows r
JOIN debts d ON substring(d.reference_norm FROM '[-/]0*([0-9]+)$') = ltrim(r.reference_norm, '0')
WHERE d.agency_id = :agency AND d.client_id = :client AND d.uuid <> '' AND r.uuid = ''
  AND NOT EXISTS (SELECT FROM intake_marks m WHERE m.line = r.line)
"""  # noqa: S608
_FOUND = f"""
SELECT DISTINCT ON (r.line) r.line, d.original, d.currency, d.due_on, d.reference, r.reference AS mine
FROM ({_PAIRS}) w
JOIN debts d ON d.agency_id = :agency AND d.id = w.id AND d.state <> 'recalled'
JOIN debtors o ON o.agency_id = d.agency_id AND o.id = d.debtor_id
JOIN intake_rows r ON r.line = w.line AND (d.currency, d.original) = (r.currency, r.balance)
 AND (d.seller_norm = r.seller_norm OR '' IN (d.seller_norm, r.seller_norm))
 AND NOT (d.uuid <> '' AND r.uuid <> '') AND ({SAME_DUE.format(one="d")} OR d.issued_on = r.issued_on)
LEFT JOIN LATERAL (
  SELECT (r.customer_ref_norm <> '' AND o.customer_ref_norm = r.customer_ref_norm)
      OR (r.tax_id_norm <> '' AND o.tax_id_norm = r.tax_id_norm) OR o.name_norm = r.name_norm AS same) h ON true
WHERE h.same OR (NOT w.alone AND NOT (r.tax_id_norm <> '' AND o.tax_id_norm <> ''))
ORDER BY r.line, d.reference
"""  # noqa: S608
_MARK = f"""
INSERT INTO intake_marks (line, state, other_balance, other_currency, other_due_on, other_uuid, other_reference)
SELECT f.line, 'conflict', f.original, f.currency, f.due_on, '', f.reference FROM ({_FOUND}) f
WHERE f.line <> ALL(CAST(:taken AS bigint[])) ON CONFLICT (line) DO NOTHING
"""  # noqa: S608
_TAKEN = f"""
SELECT f.line, f.mine, f.reference FROM ({_FOUND}) f WHERE f.line = ANY(CAST(:taken AS bigint[]))
"""  # noqa: S608


def mark(work: Work, placement: Placement, taken: Collection[int], note: Callable[[Issue], None]) -> None:
    """Put the new rows that are probably here under another spelling in conflict; those that a person took (`taken`)
    are told."""
    parameters = {"agency": work.agency_id, "client": placement.client_id, "taken": list(taken)}
    if taken:
        for line, mine, other in work.session.execute(text(_TAKEN), parameters):
            note(Issue("warned", "spelt_taken", line, "", mine, {"other": other}))
    work.session.execute(text(_MARK), parameters)
