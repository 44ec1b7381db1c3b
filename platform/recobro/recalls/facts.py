"""What stands on debts somebody wants back, and what it would cost: read in sets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from kernel.money import Money
from kernel.problems import Problem
from recobro.clients.queries import contract_in_force
from recobro.commissions.rules import Facts as PaymentFacts
from recobro.commissions.rules import Part, commission_on, read_rules, whole
from recobro.recalls.rules import Facts
from tenants.context import Kind
from tenants.service import client_by_id
from tenants.work import Work

# A word that a debt was paid counts for so many days.
_SAID_PAID_DAYS = 30
# As `cases.debtor_said` and a call's outcome write it into the history.
_SAID_PAID = ["El deudor dice que ya pagó", "Llamada: dice que ya pagó"]
_FACTS = """
WITH wanted AS (
  SELECT d.id, d.case_id, c.number, d.reference, d.currency, d.original, d.balance, d.state, d.disputed, c.stage
  FROM debts d JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
  WHERE d.agency_id = :agency AND d.id = ANY(CAST(:debts AS uuid[]))
), places AS (SELECT DISTINCT case_id FROM wanted),
agreed AS (
  SELECT DISTINCT ON (a.case_id) a.case_id, a.number, a.currency, a.state,
    coalesce(sum(i.amount - i.paid), 0) AS left, count(*) FILTER (WHERE i.paid < i.amount) AS parts
  FROM agreements a JOIN places p ON p.case_id = a.case_id
  LEFT JOIN instalments i ON i.agency_id = a.agency_id AND i.agreement_id = a.id
  WHERE a.agency_id = :agency AND a.state IN ('accepted', 'active')
  GROUP BY a.case_id, a.id, a.number, a.currency, a.state ORDER BY a.case_id, a.id
), cards AS (CARDS), said AS (
  SELECT e.case_id, max(e.at) AS at FROM case_events e JOIN places p ON p.case_id = e.case_id
  WHERE e.agency_id = :agency AND e.title = ANY(CAST(:said AS text[])) AND e.at > :since
    AND NOT EXISTS (SELECT FROM payments y WHERE y.agency_id = :agency AND y.case_id = e.case_id
                    AND y.state = 'posted' AND y.recorded_at >= e.at)
  GROUP BY e.case_id
), flagged AS (
  SELECT DISTINCT f.case_id FROM case_flags f JOIN places p ON p.case_id = f.case_id
  WHERE f.agency_id = :agency AND f.kind = 'dispute' AND f.closed_at IS NULL
), lawyers AS (
  SELECT DISTINCT ON (m.case_id) m.case_id, m.number FROM matters m JOIN places p ON p.case_id = m.case_id
  WHERE m.agency_id = :agency AND m.state IN ('proposed', 'accepted') ORDER BY m.case_id, m.proposed_at DESC
)
SELECT w.*, a.number AS agreement, a.currency AS agreement_currency, a.left, a.parts, a.state AS agreement_state,
  k.amount AS card, k.currency AS card_currency, s.at AS said_at, f.case_id IS NOT NULL AS flagged, m.number AS matter
FROM wanted w LEFT JOIN agreed a USING (case_id) LEFT JOIN cards k USING (case_id) LEFT JOIN said s USING (case_id)
LEFT JOIN flagged f USING (case_id) LEFT JOIN lawyers m USING (case_id)
"""


_CARDS = """
  SELECT DISTINCT ON (k.case_id) k.case_id, k.amount, k.currency
  FROM checkouts k JOIN places p ON p.case_id = k.case_id
  WHERE k.agency_id = :agency AND k.state IN ('intended', 'open', 'processing') ORDER BY k.case_id, k.asked_at DESC
"""
_NO_CARDS = "SELECT NULL::uuid AS case_id, 0::bigint AS amount, ''::text AS currency WHERE false"


def facts_of(work: Work, debts: Sequence[UUID]) -> dict[UUID, Facts]:
    """What stands on some debts of the principal's, by debt. A client sees no card payment under way."""
    since = work.now() - timedelta(days=_SAID_PAID_DAYS)
    rows = work.session.execute(
        text(_FACTS.replace("CARDS", _NO_CARDS if work.principal.kind is Kind.CLIENT else _CARDS)),
        {"agency": work.agency_id, "debts": list(debts), "said": _SAID_PAID, "since": since},
    )
    return {row.id: _facts(row) for row in rows}


def _facts(row: Any) -> Facts:
    return Facts(
        row.id, row.case_id, row.number, row.reference, row.currency, row.original, row.balance, row.state,
        agreement=row.agreement or "", agreement_currency=row.agreement_currency or "", left=int(row.left or 0),
        parts=row.parts or 0, signing=row.agreement_state == "accepted", card=row.card or 0,
        card_currency=row.card_currency or "", said_paid_on=row.said_at.date() if row.said_at else None,
        disputed=row.disputed or row.flagged, matter=row.matter or "",
    )  # fmt: skip


_OPEN_OF_CASES = """
SELECT id FROM debts WHERE agency_id = :agency AND case_id = ANY(CAST(:cases AS uuid[])) AND state = 'open'
ORDER BY case_id, due_on, id
"""


def open_debts(work: Work, cases: Iterable[UUID]) -> list[UUID]:
    """The debts of some cases that still owe."""
    return list(work.session.scalars(text(_OPEN_OF_CASES), {"agency": work.agency_id, "cases": list(cases)}))


@dataclass(frozen=True)
class Consequences:
    """What taking debts back costs and ends, by currency: commission earned on them (it stays earned), commission that
    their balance would still bring under the contract in force, promises and instalments that fall, card payments that
    will still arrive."""

    balance: Sequence[Money] = ()
    earned: Sequence[Money] = ()
    lost: Sequence[Money] = ()
    promises: tuple[int, Sequence[Money]] = (0, ())
    instalments: tuple[int, Sequence[Money]] = (0, ())
    in_flight: tuple[int, Sequence[Money]] = (0, ())

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be kept with a placement."""

        def plain(sums: Sequence[Money]) -> list[dict[str, Any]]:
            return [{"minor": one.minor, "currency": one.currency} for one in sums]

        counted = {name: getattr(self, name) for name in ("promises", "instalments", "in_flight")}
        return {
            **{name: plain(getattr(self, name)) for name in ("balance", "earned", "lost")},
            **{name: {"count": count, "sums": plain(sums)} for name, (count, sums) in counted.items()},
        }


_EARNED = """
SELECT l.currency, round(sum(l.commission::numeric * a.amount / nullif(y.applied, 0)))::bigint AS amount
FROM payment_allocations a
JOIN payments y ON y.agency_id = a.agency_id AND y.id = a.payment_id AND y.state = 'posted'
JOIN commission_lines l ON l.agency_id = y.agency_id AND l.payment_id = y.id AND l.entry_id = y.entry_id
WHERE a.agency_id = :agency AND a.debt_id = ANY(CAST(:debts AS uuid[])) GROUP BY 1 ORDER BY 1
"""
_PROMISED = """
SELECT currency, count(*) AS n, sum(amount - least(paid, amount)) AS amount FROM promises
WHERE agency_id = :agency AND state = 'pending' AND case_id = ANY(CAST(:cases AS uuid[])) AND amount > coalesce(
  (SELECT sum(d.balance) FROM debts d WHERE d.agency_id = :agency AND d.case_id = promises.case_id
   AND d.currency = promises.currency AND d.state = 'open' AND d.id <> ALL(CAST(:debts AS uuid[]))), 0)
GROUP BY 1 ORDER BY 1
"""
_DUE = """
SELECT a.currency, count(*) AS n, sum(i.amount - i.paid) AS amount
FROM agreements a JOIN instalments i ON i.agency_id = a.agency_id AND i.agreement_id = a.id AND i.paid < i.amount
WHERE a.agency_id = :agency AND a.state IN ('accepted', 'active') AND a.case_id = ANY(CAST(:cases AS uuid[]))
GROUP BY 1 ORDER BY 1
"""
_IN_FLIGHT = """
SELECT currency, count(*) AS n, sum(amount) AS amount FROM checkouts
WHERE agency_id = :agency AND state IN ('intended', 'open', 'processing') AND case_id = ANY(CAST(:cases AS uuid[]))
GROUP BY 1 ORDER BY 1
"""
_TERMS = """
SELECT d.client_id, d.case_id, c.stage, d.reference, d.currency, d.balance, d.due_on, d.kind, d.created_at
FROM debts d JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
WHERE d.agency_id = :agency AND d.id = ANY(CAST(:debts AS uuid[])) AND d.state = 'open' ORDER BY d.case_id, d.id
"""


def consequences(work: Work, facts: Sequence[Facts]) -> Consequences:
    """What taking these debts back would cost and end."""
    given = {
        "agency": work.agency_id,
        "debts": [one.debt_id for one in facts],
        "cases": list({one.case_id for one in facts}),
    }
    run = work.session.execute
    earned = [Money(row.amount, row.currency) for row in run(text(_EARNED), given) if row.amount]
    counted = [run(text(query), given).all() for query in (_PROMISED, _DUE, _IN_FLIGHT)]
    sums = [(sum(row.n for row in rows), [Money(int(row.amount), row.currency) for row in rows])
            for rows in counted]  # fmt: skip
    terms = run(text(_TERMS), given).all()
    balance: dict[str, int] = defaultdict(int)
    for row in terms:
        balance[row.currency] += row.balance
    return Consequences(
        [Money(minor, code) for code, minor in sorted(balance.items())], earned, _lost(work, terms), *sums
    )


def _lost(work: Work, rows: Sequence[Any]) -> list[Money]:
    """The commission of each case's balance if it were paid to the agency today."""
    lost: dict[str, int] = defaultdict(int)
    by_case: Mapping[tuple[UUID, UUID, str], list[Any]] = defaultdict(list)
    for row in rows:
        by_case[row.client_id, row.case_id, row.currency].append(row)
    for (client_id, _, currency), debts in by_case.items():
        zone = ZoneInfo(client_by_id(work, client_id).time_zone)
        today = work.today(zone)
        parts = [
            Part(one.reference, "principal", one.balance, one.due_on, one.created_at.astimezone(zone).date(), one.kind)
            for one in debts
        ]
        total = sum(part.amount for part in parts)
        facts = PaymentFacts(currency, total, today, "to_agency", debts[0].stage, parts)
        try:
            contract = contract_in_force(work, client_id, today)
            earned = commission_on(facts, read_rules(contract.commission_rules), tax_bp=contract.tax_bp)
        except Problem:
            continue
        lost[currency] += whole(earned, currency)[0].minor
    return [Money(minor, code) for code, minor in sorted(lost.items()) if minor]
