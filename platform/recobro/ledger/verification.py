"""Whether the ledger is whole, looked at again from the postings up; `recobro ledger verify` prints the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Fault:
    """Something that does not hold: which entry (or account), and why, in a code that never changes."""

    why: str
    entry_id: UUID | None = None
    account_id: UUID | None = None
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """How much was looked at, what does not hold, and the proof of each currency (minor units, all positive)."""

    accounts: int
    entries: int
    postings: int
    faults: Sequence[Fault]
    proofs: Sequence[Mapping[str, Any]]


def verify(session: Session, agency_id: UUID) -> Verdict:
    """Look at everything again, from the postings up: digests, balances, limits, the three-way proof."""
    given = {"agency": agency_id}
    counts = session.execute(text(_COUNTS), given).one()
    faults = [
        Fault(why, entry_id, account_id, detail or "")
        for why, entry_id, account_id, detail in session.execute(text(_FAULTS), given)
    ]
    proven = [dict(row._mapping) for row in session.execute(text(_PROOF), given)]
    faults += [Fault("three_way_proof", detail=row["currency"]) for row in proven if row["book"] != row["parts"]]
    return Verdict(counts[0], counts[1], counts[2], faults, proven)


_COUNTS = """
SELECT (SELECT count(*) FROM ledger_accounts WHERE agency_id = :agency),
       (SELECT count(*) FROM ledger_entries WHERE agency_id = :agency),
       (SELECT count(*) FROM ledger_postings WHERE agency_id = :agency)
"""

# Each kind of fault in one arm; `digest` names the very entry in which anything at all was changed.
_FAULTS = """
WITH lines AS (
  SELECT p.entry_id, p.account_id, p.line, p.currency, p.amount, a.book, a.currency AS account_currency, a.client_id
  FROM ledger_postings p LEFT JOIN ledger_accounts a ON a.agency_id = p.agency_id AND a.id = p.account_id
  WHERE p.agency_id = :agency
), sums AS (
  SELECT entry_id, sum(n) AS n, bool_or(amount <> 0) AS off FROM (
    SELECT entry_id, count(*) AS n, sum(amount) AS amount FROM lines GROUP BY entry_id, currency, book) q
  GROUP BY entry_id
), bodies AS (
  SELECT entry_id, string_agg(line || ':' || account_id || ':' || currency || ':' || amount, ';' ORDER BY line) AS body
  FROM lines GROUP BY entry_id
)
SELECT 'unbalanced' AS why, e.id AS entry_id, NULL::uuid AS account_id, e.key AS detail
  FROM ledger_entries e LEFT JOIN sums s ON s.entry_id = e.id
  WHERE e.agency_id = :agency AND (coalesce(s.n, 0) < 2 OR s.off)
UNION ALL
SELECT 'digest', e.id, NULL, e.key
  FROM ledger_entries e LEFT JOIN bodies b ON b.entry_id = e.id
  WHERE e.agency_id = :agency AND e.digest <> encode(sha256(convert_to(
    e.id || '|' || e.kind || '|' || e."on" || '|' || coalesce(b.body, ''), 'UTF8')), 'hex')
UNION ALL
SELECT 'foreign_client', l.entry_id, l.account_id, '' FROM lines l
  JOIN ledger_entries e ON e.agency_id = :agency AND e.id = l.entry_id
  WHERE l.client_id IS NOT NULL AND l.client_id IS DISTINCT FROM e.client_id
UNION ALL
SELECT 'currency', l.entry_id, l.account_id, l.currency FROM lines l
  WHERE l.currency IS DISTINCT FROM l.account_currency
UNION ALL
SELECT 'balance', NULL, a.id, a.kind || ' ' || a.currency FROM ledger_accounts a
  LEFT JOIN ledger_balances b ON b.agency_id = a.agency_id AND b.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM lines GROUP BY account_id) s ON s.account_id = a.id
  WHERE a.agency_id = :agency AND b.amount IS DISTINCT FROM coalesce(s.amount, 0)
UNION ALL
SELECT 'negative_trust', NULL, a.id, a.kind || ' ' || a.currency FROM ledger_accounts a
  JOIN (SELECT account_id, sum(amount) AS amount FROM lines GROUP BY account_id) s ON s.account_id = a.id
  WHERE a.agency_id = :agency AND ((a.kind IN ('bank_trust', 'due_from_trust') AND s.amount < 0)
    OR (a.kind IN ('client_payable', 'unapplied', 'withheld') AND s.amount > 0))
ORDER BY 1, 2, 3
"""

# From the postings, not from the stored balances: the two are compared above.
_PROOF = """
SELECT a.currency,
       coalesce(sum(p.amount) FILTER (WHERE a.kind = 'bank_trust'), 0)::bigint AS book,
       (-coalesce(sum(p.amount) FILTER (WHERE a.kind <> 'bank_trust'), 0))::bigint AS parts,
       (-coalesce(sum(p.amount) FILTER (WHERE a.kind = 'client_payable'), 0))::bigint AS clients,
       (-coalesce(sum(p.amount) FILTER (WHERE a.kind = 'unapplied'), 0))::bigint AS unapplied,
       (-coalesce(sum(p.amount) FILTER (WHERE a.kind = 'withheld'), 0))::bigint AS withheld
FROM ledger_accounts a JOIN ledger_postings p ON p.agency_id = a.agency_id AND p.account_id = a.id
WHERE a.agency_id = :agency AND a.book = 'trust' GROUP BY a.currency ORDER BY a.currency
"""
