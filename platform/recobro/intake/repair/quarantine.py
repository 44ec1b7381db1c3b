"""What waits of committed placements: refused rows, by placement and cause, until they are mended or dropped; payments
and credits, by the file that brought them, until their invoice comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.intake.checks.causes import Cause
from recobro.intake.lifecycle import State
from recobro.intake.previewing import waiting_of
from recobro.intake.staged.mending import Mend, mends_of
from recobro.intake.tables import Placement, WaitingClaim
from tenants.tables import Client
from tenants.work import Work

PAGE = 50
MOST_UNMET = 10
_AHEAD = Placement.counts["waiting"]["counts"]
# Refused rows, or rows that were and would go in now.
_WAITS = or_(
    Placement.counts["rejected"].as_integer() > 0,
    _AHEAD["created"].as_integer() > 0,
    _AHEAD["changed"].as_integer() > 0,
)


@dataclass(frozen=True)
class Waiting:
    """The refused rows of one placement: its causes, most rows first, and how many rows are mended and could go in."""

    placement_id: UUID
    number: str
    client: str
    file_name: str
    since: datetime
    rows: int
    ready: int
    causes: Sequence[Mend]


def list_waiting(work: Work, *, after: str = "") -> Page[Waiting]:
    """Committed placements with refused rows, the oldest first, fifty at a time."""
    query = (
        select(Placement, Client.name)
        .join(Client, (Client.agency_id == Placement.agency_id) & (Client.id == Placement.client_id))
        .where(
            Placement.agency_id == work.agency_id,
            Placement.state == State.COMMITTED.value,
            _WAITS,
        )
        .order_by(Placement.id)
        .limit(PAGE + 1)
    )
    if after:
        query = query.where(Placement.id > UUID(str(Cursor.decode(after).values[0])))
    found = work.session.execute(query).all()
    rows = [
        Waiting(p.id, p.number, name, p.file_name, p.committed_at or p.created_at, p.counts["rejected"], waiting_of(p),
                mends_of(p.counts) or _without_values(p))
        for p, name in found[:PAGE]
    ]  # fmt: skip
    following = Cursor((str(rows[-1].placement_id),)).encode() if len(found) > PAGE else None
    return Page(rows, None, following)


@dataclass(frozen=True)
class WaitingClaims:
    """Payments and credits of one file that wait for their invoice: how many, what they come to by currency, since
    when. `unmet` are those whose invoice came and that were not met: the document, and code and details of why."""

    placement_id: UUID
    number: str
    client: str
    file_name: str
    since: datetime
    count: int
    sums: Sequence[Money]
    unmet: Sequence[tuple[str, str, Mapping[str, Any]]]


_CLAIMS = """
SELECT p.id, p.number, c.name, p.file_name, w.since, w.claims, w.sums, w.unmet
FROM (SELECT placement_id, min(since) AS since, sum(count)::bigint AS claims,
             jsonb_object_agg(currency, total) AS sums, jsonb_agg(unmet) AS unmet
      FROM (SELECT placement_id, currency, count(*) AS count, sum(amount)::bigint AS total, min(since) AS since,
                   coalesce((jsonb_agg(jsonb_build_array(document, told -> 'code', told -> 'details'))
                     FILTER (WHERE told <> '{}')) , '[]') AS unmet
            FROM waiting_claims WHERE agency_id = :agency AND state = 'waiting' GROUP BY 1, 2) one
      GROUP BY 1) w
JOIN placements p ON p.agency_id = :agency AND p.id = w.placement_id
JOIN clients c ON c.agency_id = :agency AND c.id = p.client_id
ORDER BY w.since, p.id LIMIT :most
"""


def list_claims(work: Work) -> Sequence[WaitingClaims]:
    """The first fifty files with payments or credits that wait, the oldest first."""
    found = work.session.execute(text(_CLAIMS), {"agency": work.agency_id, "most": PAGE})
    return [
        WaitingClaims(
            row.id, row.number, row.name, row.file_name, row.since, row.claims,
            [Money(total, currency) for currency, total in sorted(row.sums.items())],
            [(document, code, details) for some in row.unmet for document, code, details in some][:MOST_UNMET],
        )
        for row in found
    ]  # fmt: skip


def _without_values(placement: Placement) -> list[Mend]:
    """The causes of a placement of which only how many rows they refused is kept."""
    return [Mend(kind, Cause(code, ""), rows, ()) for kind, code, rows in placement.counts.get("causes", [])
            if kind == "rejected"]  # fmt: skip


def count_waiting(work: Work) -> int:
    """How many committed placements have refused rows, or payments and credits that wait for their invoice."""
    claims = select(WaitingClaim.placement_id).where(
        WaitingClaim.agency_id == work.agency_id, WaitingClaim.state == "waiting"
    )
    found = work.session.scalar(
        select(func.count())
        .select_from(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.state == State.COMMITTED.value,
            or_(_WAITS, Placement.id.in_(claims)),
        )
    )
    return found or 0
