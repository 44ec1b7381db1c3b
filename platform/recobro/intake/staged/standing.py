"""What stands here already of what payment complements and credit notes tell: payments of their invoices by any door,
and what the documents that they replace did, in this file or in an earlier one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.money import Money
from recobro.intake.files.invoices.document import Document
from recobro.intake.issues import Issue
from recobro.intake.staged.claims import issue_of
from recobro.intake.tables import Placement
from tenants.work import Work

HERE = frozenset({"settlement_here", "credit_here"})
# What debts got of payments that stand; those of replaced complements whatever debt they went to.
_PAID = """
SELECT a.debt_id, d.reference, y.number, y.key, y.received_on, y.currency, sum(a.amount) AS got
FROM payment_allocations a JOIN payments y ON y.agency_id = a.agency_id AND y.id = a.payment_id
JOIN debts d ON d.agency_id = a.agency_id AND d.id = a.debt_id
WHERE a.agency_id = :agency AND y.state = 'posted' AND (a.debt_id = ANY(CAST(:debts AS uuid[])) {or_replaced})
GROUP BY a.debt_id, d.reference, y.id, y.number, y.key, y.received_on, y.currency HAVING sum(a.amount) > 0
ORDER BY y.received_on, y.id
"""
_OR_REPLACED = """OR (y.client_id = :client AND y.direction = 'to_client' AND y.key LIKE 'settlement:%'
  AND split_part(y.key, ':', 4) = ANY(CAST(:replaced AS text[])))"""
# What was taken off debts of these cases otherwise: credits, and payments from before a debt was handed over.
_CREDITED = """
SELECT e.ref_id AS debt_id, e.details ->> 'reference' AS reference, e.details ->> 'key' AS key,
       (e.details -> 'amount' ->> 'minor')::bigint AS got, e.details -> 'amount' ->> 'currency' AS currency
FROM case_events e
WHERE e.agency_id = :agency AND e.case_id = ANY(CAST(:cases AS uuid[])) AND e.ref_table = 'credits'
  AND NOT EXISTS (SELECT FROM case_events u WHERE u.agency_id = e.agency_id AND u.case_id = e.case_id
                  AND u.ref_table = 'undone' AND u.ref_id = e.id)
"""
_REPLACED = """
SELECT i.details ->> 'replaced' AS uuid, min(i.value) AS by
FROM placements p JOIN placement_issues i ON i.agency_id = p.agency_id AND i.placement_id = p.id
WHERE p.agency_id = :agency AND p.client_id = :client AND p.state = 'committed' AND p.id <> :placement
  AND i.kind = 'warned' AND i.code = 'replaces' AND i.details ->> 'replaced' = ANY(CAST(:uuids AS text[]))
GROUP BY 1
"""


@dataclass
class _Standing:
    """A payment or a credit that a debt got: `told` once a document of this file told of it."""

    debt_id: UUID
    reference: str
    key: str
    amount: Money
    on: date | None = None
    number: str = ""
    told: bool = False

    @property
    def document(self) -> str:
        """The UUID of the document that told of it; empty where none did."""
        parts = self.key.split(":")
        return parts[3] if parts[0] in ("settlement", "credit") and parts[2:3] == ["uuid"] else ""


@dataclass(frozen=True)
class Here:
    """What stands of the debts that a file's claims are about."""

    every: Sequence[_Standing] = ()

    def doubt(self, row: Any, owed: int, *, early: bool) -> Issue | None:
        """Why a claim may be here already, or be in the place of one that is: told where that is plain, a conflict
        where a person has to know. `owed` is what its debt owes now (minor units); `early`: it is from before the debt
        was placed, and what was handed over may have it off."""
        found = self._replacing(row) if row.replaces else None
        return found or (self._alike(row, owed, early=early) if row.kind == "payment" else None)

    def _replacing(self, row: Any) -> Issue | None:
        old = [one for one in self.every if one.document in row.replaces]
        if not old:
            return None
        name = "credit" if row.kind == "credit" else "settlement"
        mine = (row.debt_id, Money(row.amount, row.currency))
        same = next((one for one in old if not one.told and (one.debt_id, one.amount) == mine), None)
        if same is not None:
            same.told = True
            return issue_of(row, f"{name}_here", **_told(row), number=same.number)
        there = old[0]
        return issue_of(row, f"{name}_replaces", "conflict", **_told(row), there=_plain(there.amount),
                        number=there.number, of=there.reference)  # fmt: skip

    def _alike(self, row: Any, owed: int, *, early: bool) -> Issue | None:
        if row.declared is not None and row.declared == owed - row.amount:
            return None
        # What the complement leaves is what is owed here, or more: what it tells of seems to be off already.
        off = row.declared is not None and row.declared >= owed
        mine = (row.debt_id, Money(row.amount, row.currency), row.on_day)
        # Two complements tell of two payments, however alike these are.
        alike = next((one for one in self.every if (one.debt_id, one.amount, one.on) == mine
                      and not one.told and not one.document), None)  # fmt: skip
        if alike is None:
            if early or not off:
                return None
            declared, ours = (_plain(Money(minor, row.currency)) for minor in (row.declared, owed))
            return issue_of(row, "settlement_left", "conflict", **_told(row), declared=declared, ours=ours)
        if not off:
            return issue_of(row, "settlement_alike", "conflict", **_told(row), number=alike.number)
        alike.told = True
        return issue_of(row, "settlement_here", **_told(row), number=alike.number)


def here(work: Work, placement: Placement, rows: Iterable[Any]) -> Here:
    """What stands of the debts of staged claims."""
    claims = [row for row in rows if row.case_id is not None]
    if not claims:
        return Here()
    replaced = sorted({uuid for row in claims for uuid in row.replaces})
    given: dict[str, Any] = {"agency": work.agency_id, "debts": list({row.debt_id for row in claims})}
    query = _PAID.format(or_replaced=_OR_REPLACED if replaced else "")
    if replaced:
        given |= {"client": placement.client_id, "replaced": replaced}
    found = [
        _Standing(one.debt_id, one.reference, one.key, Money(int(one.got), one.currency), one.received_on, one.number)
        for one in work.session.execute(text(query), given)
    ]
    if cases := list({row.case_id for row in claims if row.replaces}):
        found += [
            _Standing(one.debt_id, one.reference, one.key, Money(one.got, one.currency))
            for one in work.session.execute(text(_CREDITED), {"agency": work.agency_id, "cases": cases})
        ]
    return Here(found)


def without_replaced(
    work: Work, placement: Placement, documents: Iterable[tuple[int, Document]]
) -> tuple[list[tuple[int, Document]], list[Issue]]:
    """The documents (line, document) that none of an earlier file replaces; what is said of the others, and of those
    that replace: so the replaced makes nothing either when it comes later."""
    every = list(documents)
    given = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id,
        "uuids": [document.uuid for _, document in every if document.uuid],
    }  # fmt: skip
    by: dict[str, str] = {}
    if given["uuids"]:
        by = {one.uuid: one.by for one in work.session.execute(text(_REPLACED), given)}
    kept, issues = [], []
    for line, document in every:
        if document.uuid in by:
            details = {"reference": by[document.uuid]}
            issues.append(Issue("no_debt", "replaced", line, "", document.reference, details))
            continue
        kept.append((line, document))
        issues += [
            Issue("warned", "replaces", line, "", document.reference, {"replaced": uuid}) for uuid in document.replaces
        ]
    return kept, issues


def _told(row: Any) -> dict[str, Any]:
    amount = _plain(Money(row.amount, row.currency))
    return {"amount": amount, "reference": row.reference, "day": row.on_day.isoformat()}


def _plain(money: Money) -> dict[str, Any]:
    return {"minor": money.minor, "currency": money.currency}
