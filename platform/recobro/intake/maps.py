"""The maps a client's files are read by: one for each set of headings, as its last committed placement used it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select

from recobro.intake.fields import SKIP
from recobro.intake.lifecycle import State
from recobro.intake.tables import IntakeArrival, IntakeSource, Placement
from tenants.tables import Client
from tenants.work import Work

# How far back is looked: maps older than so many placements are not shown.
_LOOKED_AT = 300
_SHOWN = 50
_FILES = 20


@dataclass(frozen=True)
class SavedMap:
    """One map: whose, of what kind, its headings with the field each one is, when it was used last and how often.

    `version` counts how often the same headings were mapped anew.
    """

    client: str
    kind: str
    pairs: Sequence[tuple[str, str]]
    left_out: Sequence[str]
    placement_id: UUID
    number: str
    used_at: datetime
    uses: int
    version: int


def saved_maps(work: Work, client_id: UUID | None = None) -> list[SavedMap]:
    """The maps in use, the last used first. Electronic invoices need none: their standard says what is what."""
    query = (
        select(
            Placement.id, Placement.number, Placement.client_id, Placement.kind, Placement.mapping,
            Placement.committed_at, Placement.layout["columns"].label("columns"), Client.name,
        )
        .join(Client, (Client.agency_id == Placement.agency_id) & (Client.id == Placement.client_id))
        .where(
            Placement.agency_id == work.agency_id,
            Placement.state == State.COMMITTED.value,
            Placement.layout["kind"].astext.in_(("csv", "workbook", "typed")),
        )
        .order_by(Placement.committed_at.desc(), Placement.id.desc())
        .limit(_LOOKED_AT)
    )  # fmt: skip
    if client_id is not None:
        query = query.where(Placement.client_id == client_id)
    groups: dict[Any, list[Any]] = {}
    for row in work.session.execute(query):
        groups.setdefault((row.client_id, row.kind, tuple(row.columns)), []).append(row)
    return [_map(rows) for rows in list(groups.values())[:_SHOWN]]


def _map(rows: Sequence[Any]) -> SavedMap:
    last = rows[0]
    fields = [one["field"] for one in last.mapping]
    pairs = list(zip(last.columns, fields, strict=False))
    before = [[one["field"] for one in row.mapping] for row in reversed(rows)]
    anew = sum(1 for earlier, later in pairwise(before) if earlier != later)
    return SavedMap(
        client=last.name, kind=last.kind, pairs=[(name, field) for name, field in pairs if field != SKIP],
        left_out=[name for name, field in pairs if field == SKIP], placement_id=last.id, number=last.number,
        used_at=last.committed_at, uses=len(rows), version=1 + anew,
    )  # fmt: skip


def sources(work: Work, client_id: UUID | None = None) -> list[tuple[IntakeSource, str]]:
    """The sources with their clients' names, those that take files first, by client and name."""
    query = (
        select(IntakeSource, Client.name)
        .join(Client, (Client.agency_id == IntakeSource.agency_id) & (Client.id == IntakeSource.client_id))
        .where(IntakeSource.agency_id == work.agency_id)
        .order_by(IntakeSource.active.desc(), Client.name, IntakeSource.name)
    )
    if client_id is not None:
        query = query.where(IntakeSource.client_id == client_id)
    return [(source, name) for source, name in work.session.execute(query)]


def last_files(work: Work, source_id: UUID) -> list[tuple[IntakeArrival, str]]:
    """The last files of a source with their placements' numbers, the newest first."""
    found = work.session.execute(
        select(IntakeArrival, Placement.number)
        .outerjoin(
            Placement,
            (Placement.agency_id == IntakeArrival.agency_id) & (Placement.id == IntakeArrival.placement_id),
        )
        .where(IntakeArrival.agency_id == work.agency_id, IntakeArrival.source_id == source_id)
        .order_by(IntakeArrival.at.desc(), IntakeArrival.id.desc())
        .limit(_FILES)
    )
    return [(arrival, number or "") for arrival, number in found]
