"""The placements somebody looks for: by client, kind, state, and what their number or file's name contains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.intake.lifecycle import State
from recobro.intake.queries import sums
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

PAGE = 50


@dataclass(frozen=True)
class PlacementFilter:
    """What is looked for; empty: any."""

    client_id: UUID | None = None
    kind: str = ""
    state: str = ""
    text: str = ""


@dataclass(frozen=True)
class PlacementRow:
    """One line of the list of placements. `stayed` are the debts that an undoing left."""

    id: UUID
    number: str
    kind: str
    client: str
    file_name: str
    state: str
    created_at: datetime
    created_by: str
    counts: Mapping[str, Any]
    totals: Sequence[Money]
    stayed: int


def list_placements(work: Work, wanted: PlacementFilter, *, after: str = "") -> Page[PlacementRow]:
    """Placements of the principal's, the newest first, fifty at a time."""
    query = (
        select(Placement, Client.name)
        .join(Client, (Client.agency_id == Placement.agency_id) & (Client.id == Placement.client_id))
        .where(Placement.agency_id == work.agency_id)
        .order_by(Placement.id.desc())
        .limit(PAGE + 1)
    )
    if wanted.client_id is not None:
        query = query.where(Placement.client_id == wanted.client_id)
    if wanted.kind:
        query = query.where(Placement.kind == wanted.kind)
    # What was discarded is found by who asks for it.
    query = query.where(Placement.state == wanted.state if wanted.state else Placement.state != State.DISCARDED.value)
    if wanted.text.strip():
        some = wanted.text.strip()
        query = query.where(
            or_(Placement.number.icontains(some, autoescape=True), Placement.file_name.icontains(some, autoescape=True))
        )
    if after:
        query = query.where(Placement.id < UUID(str(Cursor.decode(after).values[0])))
    found = work.session.execute(query).all()
    rows = [
        PlacementRow(p.id, p.number, p.kind, name, p.file_name, p.state, p.created_at, p.created_by, p.counts,
                     sums(p.totals), int(p.undone.get("stay_debts", 0)))
        for p, name in found[:PAGE]
    ]  # fmt: skip
    following = Cursor((str(rows[-1].id),)).encode() if len(found) > PAGE else None
    return Page(rows, None, following)
