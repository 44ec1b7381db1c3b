"""The maps a client's files are read by: one for each set of headings, as its last committed placement used it, or as
a person changed it since."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from kernel.ids import new_id
from kernel.problems import NotFound
from kernel.text import msg
from recobro.intake.columns.fields import ASK, SKIP
from recobro.intake.columns.mapping import Choice, How, as_json, check_unique, corrected, from_json, plain_heading
from recobro.intake.lifecycle import State
from recobro.intake.tables import IntakeArrival, IntakeMap, IntakeSource, Placement
from tenants.tables import Client
from tenants.work import Work

# How far back is looked: maps older than so many placements are not shown.
_LOOKED_AT = 300
_SHOWN = 50
_FILES = 20
_MAPPED = ("csv", "workbook", "typed")
# From then on a map is what somebody stands for.
_CONFIRMED = (State.COMMITTED.value, State.COMMITTING.value)
_WHEN = func.coalesce(Placement.committed_at, Placement.created_at)


@dataclass(frozen=True)
class SavedMap:
    """One map: whose, of what kind, its headings with the field each one is, when it was used last and how often.

    `version` counts how often the same headings were mapped anew; `name` is what a person calls it.
    """

    name: str
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
            Placement.layout["kind"].astext.in_(_MAPPED),
        )
        .order_by(Placement.committed_at.desc(), Placement.id.desc())
        .limit(_LOOKED_AT)
    )  # fmt: skip
    if client_id is not None:
        query = query.where(Placement.client_id == client_id)
    groups: dict[Any, list[Any]] = {}
    for row in work.session.execute(query):
        groups.setdefault((row.client_id, row.kind, tuple(row.columns)), []).append(row)
    kept = {
        (one.client_id, one.kind, one.headings_sha256): one
        for one in work.session.scalars(select(IntakeMap).where(IntakeMap.agency_id == work.agency_id))
    }
    found = ((rows, kept.get((client, kind, _digest(columns)))) for (client, kind, columns), rows in groups.items())
    shown = [(rows, said) for rows, said in found if not (said and said.forgotten and said.changed_at >= _used(rows))]
    return [_map(rows, said) for rows, said in shown[:_SHOWN]]


def _used(rows: Sequence[Any]) -> datetime:
    used: datetime = rows[0].committed_at
    return used


def _map(rows: Sequence[Any], said: IntakeMap | None) -> SavedMap:
    last = rows[0]
    changed = said is not None and bool(said.fields) and said.changed_at >= last.committed_at
    fields = [one["field"] for one in (said.fields if said and changed else last.mapping)]
    pairs = list(zip(last.columns, fields, strict=False))
    before = [[one["field"] for one in row.mapping] for row in reversed(rows)]
    anew = sum(1 for earlier, later in pairwise([*before, fields]) if earlier != later)
    return SavedMap(
        name=said.name if said else "", client=last.name, kind=last.kind,
        pairs=[(name, field) for name, field in pairs if field != SKIP],
        left_out=[name for name, field in pairs if field == SKIP], placement_id=last.id, number=last.number,
        used_at=last.committed_at, uses=len(rows), version=1 + anew,
    )  # fmt: skip


def _digest(columns: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(columns), ensure_ascii=False).encode()).hexdigest()


def last_with(work: Work, client_id: UUID, kind: str, columns: Sequence[str]) -> Placement | None:
    """The client's last confirmed placement of a kind with these very headings."""
    return work.session.scalar(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.client_id == client_id,
            Placement.kind == kind,
            Placement.state.in_(_CONFIRMED),
            Placement.layout["columns"] == type_coerce(list(columns), JSONB),
        )
        .order_by(_WHEN.desc(), Placement.id.desc())
        .limit(1)
    )


def alike(work: Work, client_id: UUID, kind: str) -> dict[str, str]:
    """What this client's last files of a kind, whatever their other headings, were mapped to: fields by plain heading,
    the newest word first."""
    rows = work.session.scalars(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.client_id == client_id,
            Placement.kind == kind,
            Placement.state.in_(_CONFIRMED),
            Placement.layout["kind"].astext.in_(_MAPPED),
        )
        .order_by(_WHEN.desc(), Placement.id.desc())
        .limit(_FILES)
    )
    found: dict[str, str] = {}
    for row in rows:
        choices = choices_in(work, row) or ()
        blank = unsaid(row, choices)
        for name, choice in zip(row.layout["columns"], choices, strict=False):
            if choice.field != ASK and name not in blank:
                found.setdefault(plain_heading(name), choice.field)
    return found


def unsaid(last: Placement, choices: Sequence[Choice]) -> set[str]:
    """The headings of columns that were not imported because nothing stood in them: no word about the next file."""
    profiles = last.layout.get("profiles", [])
    return {
        name
        for name, choice, profile in zip(last.layout["columns"], choices, profiles, strict=False)
        if choice.field == SKIP and choice.how is not How.PERSON and not profile.get("filled")
    }


def said_of(work: Work, placement: Placement) -> IntakeMap | None:
    """What a person said of the map of a placement's headings."""
    return work.session.scalar(
        select(IntakeMap).where(
            IntakeMap.agency_id == work.agency_id,
            IntakeMap.client_id == placement.client_id,
            IntakeMap.kind == placement.kind,
            IntakeMap.headings_sha256 == _digest(placement.layout["columns"]),
        )
    )


def choices_in(work: Work, last: Placement) -> list[Choice] | None:
    """How the next file with the headings of this placement, the last of its kind with them, is mapped; None where a
    person had that forgotten."""
    said = said_of(work, last)
    if said is None or last.committed_at is None or said.changed_at < last.committed_at:
        return from_json(last.mapping)
    if said.forgotten:
        return None
    return from_json(said.fields or last.mapping)


def map_of(work: Work, placement: Placement) -> tuple[Placement, str, list[Choice]]:
    """The last placement that used the map by which this one was read, the map's name and its choices."""
    last = last_with(work, placement.client_id, placement.kind, placement.layout["columns"])
    choices = choices_in(work, last) if last is not None and not last.layout.get("documents") else None
    if last is None or choices is None:
        raise NotFound(msg("Ese mapa no existe o no es tuyo."))
    said = said_of(work, last)
    return last, said.name if said else "", choices


@dataclass(frozen=True)
class MapVersion:
    """One way in which files with the same headings were read: since which placement, by whom, how often, and what is
    otherwise than in the version before (heading, field then, field now)."""

    number: int
    placement_id: UUID
    placement: str
    since: datetime
    by: str
    uses: int
    changes: Sequence[tuple[str, str, str]]


def versions(work: Work, last: Placement) -> list[MapVersion]:
    """The versions of the map of a placement's headings that read files, the newest first, of its last files."""
    rows = work.session.execute(
        select(Placement.id, Placement.number, Placement.committed_at, Placement.committed_by, Placement.mapping)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.client_id == last.client_id,
            Placement.kind == last.kind,
            Placement.state == State.COMMITTED.value,
            Placement.layout["columns"] == type_coerce(list(last.layout["columns"]), JSONB),
        )
        .order_by(Placement.committed_at.desc(), Placement.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    found: list[MapVersion] = []
    before: list[str] = []
    for fields, group in groupby(reversed(rows), key=lambda row: [one["field"] for one in row.mapping]):
        first, *more = group
        changes = [
            (heading, was, now)
            for heading, was, now in zip(last.layout["columns"], before, fields, strict=False)
            if was != now
        ]
        found.append(MapVersion(len(found) + 1, first.id, first.number, first.committed_at, first.committed_by,
                                1 + len(more), changes))  # fmt: skip
        before = fields
    return found[::-1]


def go_back(work: Work, placement: Placement, to: UUID) -> None:
    """Read the next file with these headings as a placement of an earlier version did; its name stays. A placement with
    other headings, of another kind or client, is not found."""
    last, name, choices = map_of(work, placement)
    earlier = next((one for one in versions(work, last) if one.placement_id == to), None)
    if earlier is None:
        raise NotFound(msg("Esa versión del mapa no existe o no es tuya."))
    was = work.session.get_one(Placement, (work.agency_id, earlier.placement_id))
    fields = {index: one.field for index, one in enumerate(from_json(was.mapping))}
    _say(work, last, name=name, fields=as_json(corrected(choices, fields)), forgotten=False)
    work.audit("map.changed", client_id=last.client_id, kind=last.kind, number=was.number)


def change(work: Work, placement: Placement, *, name: str, fields: dict[int, str]) -> None:
    """Call a map so, and read other columns by other fields, from the next file with its headings on."""
    last, _, choices = map_of(work, placement)
    found = corrected(choices, fields)
    check_unique(found)
    _say(work, last, name=" ".join(name.split())[:80], fields=as_json(found), forgotten=False)
    work.audit("map.changed", client_id=last.client_id, kind=last.kind, number=last.number)


def forget(work: Work, placement: Placement) -> None:
    """Guess the columns of the next file with these headings anew. What was read by the map stays as it is."""
    last, name, _ = map_of(work, placement)
    _say(work, last, name=name, fields=[], forgotten=True)
    work.audit("map.forgotten", client_id=last.client_id, kind=last.kind, number=last.number)


def _say(work: Work, last: Placement, *, name: str, fields: list[dict[str, str]], forgotten: bool) -> None:
    said = said_of(work, last)
    if said is None:
        said = IntakeMap(
            agency_id=work.agency_id, client_id=last.client_id, id=new_id(), kind=last.kind,
            headings_sha256=_digest(last.layout["columns"]),
        )  # fmt: skip
        work.add(said)
    said.name, said.fields, said.forgotten = name, fields, forgotten
    said.changed_at, said.changed_by = work.now(), work.principal.name
    work.flush()


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


def last_by_api(work: Work, client_id: UUID | None = None) -> Placement | None:
    """The last placement that a program sent."""
    query = select(Placement).where(Placement.agency_id == work.agency_id, Placement.source == "api")
    if client_id is not None:
        query = query.where(Placement.client_id == client_id)
    return work.session.scalar(query.order_by(Placement.id.desc()).limit(1))
