"""What waits of committed placements: refused rows, by placement and cause, until they are mended or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from kernel.pages import Cursor, Page
from recobro.intake.checks.causes import Cause
from recobro.intake.lifecycle import State
from recobro.intake.previewing import waiting_of
from recobro.intake.staged.mending import Mend, mends_of
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

PAGE = 50
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


def _without_values(placement: Placement) -> list[Mend]:
    """The causes of a placement of which only how many rows they refused is kept."""
    return [Mend(kind, Cause(code, ""), rows, ()) for kind, code, rows in placement.counts.get("causes", [])
            if kind == "rejected"]  # fmt: skip


def count_waiting(work: Work) -> int:
    """How many committed placements have refused rows."""
    found = work.session.scalar(
        select(func.count())
        .select_from(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.state == State.COMMITTED.value,
            _WAITS,
        )
    )
    return found or 0
