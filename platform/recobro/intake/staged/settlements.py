"""What payment complements and credit notes do to debts: found out for a preview, done in the commit after the debts.

A claim is one line of them: so much of one invoice was paid, or is let off. A file's claims are in `intake_claims`, a
table of the connection, as its rows are. A payment goes by the payments feature's own service, to the client itself,
dated the day it was paid; what was paid before the debt was handed over is no recovery of ours, and only lowers it. A
claim is done once whatever files it comes in. One whose invoice is not here yet waits for it (`waiting`).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.money import Money
from recobro.intake.checks.invoices import is_client
from recobro.intake.columns.normalise import tax_id_norm
from recobro.intake.files.invoices.document import Document
from recobro.intake.issues import Issue
from recobro.intake.staged import effects, waiting
from recobro.intake.staged.accepting import ASKED, accepted
from recobro.intake.staged.claims import OFF, already_off, claims_of, issue_of, over, placed_on, refusal_of, remarks
from recobro.intake.staged.credits import CREDITED, PAID_BEFORE, credit
from recobro.intake.staged.effects import Effect
from recobro.intake.staged.sameness import BARE
from recobro.intake.staged.standing import HERE, Here, here, without_replaced
from recobro.intake.tables import Placement
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import Arrived, record_payments
from tenants.service import client_by_id
from tenants.work import Work

# What a claim says was done before, by itself or by somebody.
DONE = HERE | {OFF}
# The batch after those of the debts.
PART = 1 << 40
_TABLE = """
CREATE TEMPORARY TABLE intake_claims (
  n bigint NOT NULL, line bigint NOT NULL, kind text NOT NULL, key text NOT NULL, uuid text NOT NULL,
  number text NOT NULL, seller_norm text NOT NULL, buyer_norm text NOT NULL, currency text NOT NULL,
  amount bigint NOT NULL, on_day date NOT NULL,
  part bigint NOT NULL, declared bigint, document text NOT NULL,
  several text NOT NULL DEFAULT '', replaces text[] NOT NULL DEFAULT '{}', brought_by uuid
)
"""
# Debts that a sheet brought and an electronic invoice now tells the UUID of: by it payments will find them.
_LEARNT = """
CREATE TEMPORARY TABLE intake_uuids (debt_id uuid NOT NULL, uuid text NOT NULL, line bigint NOT NULL)
"""
_LEARN = """
INSERT INTO intake_uuids
SELECT DISTINCT ON (d.id) d.id, r.uuid, r.line
FROM intake_marks m JOIN intake_rows r ON r.line = m.line
JOIN debts d ON d.reference_norm = r.reference_norm
  AND (d.seller_norm = r.seller_norm OR '' IN (d.seller_norm, r.seller_norm))
  AND (d.currency, d.original) = (r.currency, r.balance)
WHERE m.state = 'unchanged' AND r.uuid <> '' AND d.uuid = '' AND d.agency_id = :agency AND d.client_id = :client
ORDER BY d.id, r.line
"""
_KEEP = """
UPDATE debts d SET uuid = l.uuid FROM intake_uuids l WHERE d.agency_id = :agency AND d.id = l.debt_id AND d.uuid = ''
"""
_FILL = """
INSERT INTO intake_claims
SELECT c.*, NULL FROM jsonb_to_recordset(CAST(:claims AS jsonb))
  AS c (n bigint, line bigint, kind text, key text, uuid text, number text, seller_norm text, buyer_norm text,
        currency text, amount bigint, on_day date, part bigint, declared bigint, document text,
        several text, replaces text[])
"""
# Of an invoice by its number: whether it is of the claim's seller (one that is the client, or may be, is not written
# with it) and not to another buyer; of a seller who is not the client only the same buyer's.
_NAMED = """
c.number <> '' AND {one}.reference_norm = c.number
AND ({one}.seller_norm = c.seller_norm OR ({one}.seller_norm = '' AND (c.seller_norm = ANY(CAST(:own AS text[]))
     OR (c.buyer_norm <> '' AND c.buyer_norm = {buyer}))))
AND (c.buyer_norm = '' OR {whose}.tax_id_norm = '' OR c.buyer_norm = {buyer})
"""
_OF_DEBT, _OF_ROW = (
    _NAMED.format(one=one, whose=whose, buyer=BARE.format(tax_id=f"{whose}.tax_id_norm", country=f"{whose}.country"))
    for one, whose in (("d", "b"), ("r", "r"))
)
# Whose debt a claim is about: by the invoice's UUID, and a credit also by number, seller and buyer; among the debts
# that are there, else among the file's own new rows. What waited comes first, for it is met first.
_FOUND = f"""
SELECT c.*, d.id AS debt_id, d.case_id, d.reference, d.currency AS owed_in, d.original, d.balance, d.time_zone,
       d.done, d.placed_at,
       EXISTS (SELECT FROM waiting_claims w WHERE w.agency_id = :agency AND w.client_id = :client AND w.key = c.key
               AND w.state = 'waiting') AS waits
FROM intake_claims c LEFT JOIN LATERAL (
  SELECT d.id, d.case_id, d.reference, d.currency, d.original,
         CASE d.state WHEN 'open' THEN d.balance ELSE 0 END AS balance, b.time_zone, d.created_at AS placed_at,
         0 AS place, d.seller_norm = c.seller_norm AS same,
         EXISTS (SELECT FROM payments p WHERE p.agency_id = :agency AND p.key = c.key)
           OR EXISTS (SELECT FROM case_events e WHERE e.agency_id = :agency AND e.case_id = d.case_id
                      AND e.ref_table = 'credits' AND e.details ->> 'key' = c.key
                      AND NOT EXISTS (SELECT FROM case_events u WHERE u.agency_id = e.agency_id
                                      AND u.case_id = e.case_id AND u.ref_table = 'undone' AND u.ref_id = e.id)) AS done
  FROM debts d JOIN debtors b ON b.agency_id = d.agency_id AND b.id = d.debtor_id
  WHERE d.agency_id = :agency AND d.client_id = :client AND (
    (c.uuid <> '' AND (d.uuid = c.uuid OR d.id IN (SELECT l.debt_id FROM intake_uuids l WHERE l.uuid = c.uuid)))
    OR ({_OF_DEBT}))
  UNION ALL
  SELECT r.debt_id, NULL, r.reference, r.currency, r.balance, r.balance, r.time_zone, NULL, 1,
         r.seller_norm = c.seller_norm, false
  FROM intake_new r
  WHERE :ahead AND ((c.uuid <> '' AND r.uuid = c.uuid)
    OR ({_OF_ROW}))
  ORDER BY place, same DESC LIMIT 1
) d ON true
ORDER BY c.brought_by IS NULL, c.on_day, c.part, c.n
"""  # noqa: S608


@dataclass(frozen=True)
class Claim:
    """A claim that can be met: how much of it goes to which debt, in its currency. `early`: a payment from before
    the debt was placed. `brought_by`: the file that it waited of."""

    line: int
    kind: str
    key: str
    debt_id: UUID
    case_id: UUID | None
    amount: Money
    on: date
    document: str
    early: bool = False
    brought_by: UUID | None = None


@dataclass
class Found:
    """The claims of a file that would be met, and what is said of it and of the others; `done` were met before. `waits`
    are the keys of those that wait for their invoice from now on; `unmet` those that waited and are not met now, as
    key, debt, code and details of the issue."""

    claims: list[Claim] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    done: int = 0
    waits: list[str] = field(default_factory=list)
    unmet: list[tuple[str, UUID, str, Mapping[str, Any]]] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many of the file's own of a kind, `payment` or `credit`, would be met."""
        return sum(1 for claim in self.claims if claim.kind == kind and claim.brought_by is None)

    @property
    def waited(self) -> int:
        """How many would be met that waited."""
        return sum(1 for claim in self.claims if claim.brought_by is not None)


def stage_settlements(
    work: Work, placement: Placement, documents: Iterable[tuple[int, Document]], *, ahead: bool = True
) -> Found:
    """Put the claims of payment complements and credit notes (line, document) into the connection's table; you get what
    would come of them. `ahead`: the file's own new rows (`intake_new`) count as debts too."""
    clear(work)
    kept, said = without_replaced(work, placement, documents)
    claims = [claim for line, document in kept for claim in claims_of(placement.client_id, line, document)]
    numbered = [{"n": n, **claim} for n, claim in enumerate(claims)]
    if numbered:
        work.session.execute(text(_FILL), {"claims": json.dumps(numbered)})
    if ahead:
        work.session.execute(text(_LEARN), {"agency": work.agency_id, "client": placement.client_id})
        waiting.bring(work, placement)
    found = find(work, placement, ahead=ahead)
    return replace(found, issues=[*said, *found.issues])


def stage_waiting(work: Work, placement: Placement) -> Found:
    """The same of a file of rows, which has no claims of its own: what would come of those that wait for its
    invoices."""
    clear(work)
    waiting.bring(work, placement)
    return find(work, placement, ahead=True) if waiting.brought(work) else Found()


def clear(work: Work) -> None:
    """The file has no claims."""
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.intake_claims, pg_temp.intake_uuids"))
    work.session.execute(text(_TABLE))
    work.session.execute(text(_LEARNT))


def staged(work: Work) -> bool:
    """Whether the staged file has claims, or tells a UUID."""
    query = "SELECT EXISTS (SELECT FROM intake_claims) OR EXISTS (SELECT FROM intake_uuids)"
    return bool(work.session.scalar(text(query)))


def learnt(work: Work) -> int:
    """How many debts that are there get their UUID from the staged file."""
    return int(work.session.scalar(text("SELECT count(*) FROM intake_uuids")) or 0)


def settle(work: Work, placement: Placement, *, only_waited: bool = False) -> int:
    """Meet the staged claims that can be met, those of payments and of credits, once; you get how many were now.

    The others wait for their invoices. `only_waited`: no more than what waited for invoices that are here now.
    """
    if only_waited and not waiting.brought(work):
        return 0
    if not only_waited:
        work.session.execute(text(_KEEP), {"agency": work.agency_id})
    found = find(work, placement, ahead=False)
    claims = [claim for claim in found.claims if claim.brought_by is not None or not only_waited]
    arrived = []
    for claim in claims:
        assert claim.case_id is not None
        if claim.kind != "payment" or claim.early:
            title = PAID_BEFORE if claim.early else CREDITED
            credit(
                work, debt_id=claim.debt_id, amount=claim.amount, key=claim.key, document=claim.document, title=title
            )
        else:
            arrived.append(
                Arrived(
                    claim.case_id, claim.amount, Direction.TO_CLIENT, Method.OTHER, claim.on, claim.key,
                    reference=claim.document, debts=(claim.debt_id,),
                )
            )  # fmt: skip
    record_payments(work, arrived)
    paid = {one.key for one in arrived}
    effects.keep(
        work, placement,
        [Effect("paid" if one.key in paid else "credited", one.debt_id, one.case_id, {"key": one.key},
                one.brought_by) for one in claims],
    )  # fmt: skip
    waiting.note_met(
        work, placement, [(one.key, one.debt_id, 0 if one.key in paid else one.amount.minor) for one in claims]
    )
    waiting.note_unmet(work, placement, found.unmet, off=DONE)
    if not only_waited:
        waiting.drop_replaced(work, placement)
        waiting.keep(work, placement, found.waits)
    return len(claims)


def find(work: Work, placement: Placement, *, ahead: bool) -> Found:
    """What would come of the staged claims, in the order of their days: each meets what the one before it left."""
    parameters = {"agency": work.agency_id, "client": placement.client_id, "ahead": ahead,
                  "own": _own(work, placement)}  # fmt: skip
    query = _FOUND if ahead else _FOUND[: _FOUND.index("  UNION ALL")] + _FOUND[_FOUND.index("  ORDER BY place") :]
    left: dict[UUID, int] = {}
    taken, seen = accepted(placement), set[tuple[Any, ...]]()
    found = Found()
    rows = work.session.execute(text(query), parameters).all()
    standing = here(work, placement, rows)
    for row in rows:
        same = (row.key, row.currency, row.amount, row.on_day)
        if row.done or same in seen:
            found.done += 1
            continue
        seen.add(same)
        if row.debt_id is None and row.brought_by is not None:
            continue
        claim, said = _met(work, placement, row, left, taken, standing)
        if row.brought_by is not None:
            _say_of_waited(found, row, claim, said)
        else:
            found.issues += said
        if claim is not None:
            found.claims.append(claim)
        elif row.debt_id is None and (row.uuid or row.number):
            found.done += row.waits
            found.waits += [] if row.waits else [row.key]
        else:
            found.done += any(one.code in DONE for one in said)
    return found


def _own(work: Work, placement: Placement) -> list[str]:
    """Of the claims' sellers those who are the client; every one where the client's tax id is not known."""
    client = client_by_id(work, placement.client_id)
    tax_id = tax_id_norm(client.tax_id)
    sellers = work.session.scalars(text("SELECT DISTINCT seller_norm FROM intake_claims"))
    return [seller for seller in sellers if not tax_id or not seller or is_client(tax_id, client.country, seller)]


def _say_of_waited(found: Found, row: Any, claim: Claim | None, said: Sequence[Issue]) -> None:
    """What is told of a claim that waited is told at its invoice's row, which goes in."""
    if claim is not None:
        found.issues += said
        return
    found.unmet.append((row.key, row.debt_id, said[0].code, said[0].details))
    found.issues.append(issue_of(row, "claim_unmet", "warned"))


def _met(
    work: Work, placement: Placement, row: Any, left: dict[UUID, int], taken: Collection[int], standing: Here
) -> tuple[Claim | None, Sequence[Issue]]:
    """A claim as it is met, or none; and what is said of it."""
    refusal = refusal_of(work, placement, row, left)
    if refusal is not None:
        return None, [refusal]
    owed = left.get(row.debt_id, row.balance)
    early = row.kind == "payment" and row.on_day < placed_on(work, row)
    doubt = standing.doubt(row, owed, early=early) or (already_off(row, owed) if early else None)
    if doubt is not None and not (doubt.code in ASKED and row.brought_by is None and row.line in taken):
        return None, [doubt]
    if row.amount > owed and not placement.options.get("excess"):
        return None, [over(row, owed)]
    applied = min(row.amount, owed)
    left[row.debt_id] = owed - applied
    claim = Claim(
        row.line, row.kind, row.key, row.debt_id, row.case_id, Money(applied, row.currency), row.on_day, row.document,
        early, row.brought_by,
    )  # fmt: skip
    said = list(remarks(row, owed, left[row.debt_id]))
    if doubt is not None:
        said.append(issue_of(row, "settlement_taken", "warned", **doubt.details))
    return claim, said
