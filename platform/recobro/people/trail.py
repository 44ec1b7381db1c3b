"""The audit chain as people read it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, text

from kernel.clock import instant_of
from kernel.pages import Cursor
from recobro.people.anchors import faults
from tenants.audit import AuditRow, Fault
from tenants.service import agency_of
from tenants.tables import Membership
from tenants.work import Work

LINES = 50


@dataclass(frozen=True)
class Wanted:
    """Which acts: an action, a person, days in the agency's zone (both included). Empty means all."""

    action: str = ""
    person_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Line:
    """One act. `actor` is the name people know, or what acted when it was no person."""

    seq: int
    at: datetime
    actor: str
    kind: str
    action: str
    payload: str
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The payload by name; one that was tampered with, as it is."""
        try:
            found = json.loads(self.payload)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"": self.payload}


@dataclass(frozen=True)
class TrailPage:
    """A page of the chain, the newest act first, and what may be filtered by."""

    lines: Sequence[Line]
    actions: Sequence[str]
    people: Sequence[tuple[str, str]]
    names: Mapping[str, str]
    wanted: Wanted
    length: int
    next_cursor: str | None


@dataclass(frozen=True)
class Examined:
    """What an examination of the whole chain found."""

    length: int
    faults: Sequence[Fault]


def trail_page(work: Work, wanted: Wanted, *, after: str = "") -> TrailPage:
    """One page of the agency's acts that are wanted."""
    query = _query(work, wanted)
    if after:
        query = query.where(AuditRow.seq < Cursor.decode(after).values[0])
    rows = work.session.scalars(query.limit(LINES + 1)).all()
    people = _people(work)
    shown = rows[:LINES]
    found = [_line(row, people) for row in shown]
    return TrailPage(
        lines=found,
        names={**people, **_names(work, found)},
        actions=work.session.scalars(text(_ACTIONS), {"agency": work.agency_id}).all(),
        people=sorted(people.items(), key=lambda pair: pair[1]),
        wanted=wanted,
        length=_length(work),
        next_cursor=Cursor((shown[-1].seq,)).encode() if len(rows) > LINES else None,
    )


def lines(work: Work, wanted: Wanted) -> Iterator[Line]:
    """Every act that is wanted, one after another, for an export."""
    people = _people(work)
    for row in work.session.scalars(_query(work, wanted).execution_options(yield_per=1000)):
        yield _line(row, people)


def examine(work: Work) -> Examined:
    """Recompute the whole chain and hold it against its anchors; what does not hold is named by its number."""
    return Examined(_length(work), faults(work))


def _query(work: Work, wanted: Wanted) -> Select[AuditRow]:
    query = select(AuditRow).where(AuditRow.agency_id == work.agency_id).order_by(AuditRow.seq.desc())
    if wanted.action:
        query = query.where(AuditRow.action == wanted.action)
    if wanted.person_id:
        query = query.where(func.split_part(AuditRow.actor, ":", 2) == str(wanted.person_id))
    if wanted.first or wanted.last:
        zone = ZoneInfo(agency_of(work).time_zone)
        if wanted.first:
            query = query.where(AuditRow.at >= instant_of(wanted.first, zone))
        if wanted.last:
            query = query.where(AuditRow.at < instant_of(wanted.last + timedelta(days=1), zone))
    return query


def _line(row: AuditRow, people: Mapping[str, str]) -> Line:
    kind, _, rest = row.actor.partition(":")
    person = rest.partition(":")[0]
    return Line(row.seq, row.at, people.get(person, ""), kind, row.action, row.payload, row.hash.hex()[:12])


def _people(work: Work) -> dict[str, str]:
    rows: Any = work.session.execute(
        select(Membership.person_id, Membership.name).where(Membership.agency_id == work.agency_id)
    )
    return {str(person_id): name for person_id, name in rows}


def _names(work: Work, found: Sequence[Line]) -> dict[str, str]:
    """What the things that these acts were about are called: numbers, names."""
    ids = {value for line in found for value in line.facts.values() if isinstance(value, str) and _ID.fullmatch(value)}
    if not ids:
        return {}
    rows = work.session.execute(text(_CALLED), {"agency": work.agency_id, "ids": [UUID(one) for one in ids]})
    return {str(one): called for one, called in rows}


def _length(work: Work) -> int:
    return work.session.scalar(select(func.max(AuditRow.seq)).where(AuditRow.agency_id == work.agency_id)) or 0


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CALLED = """
SELECT id, number FROM cases WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, number FROM payments WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, number FROM placements WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, number FROM remittances WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, number FROM agreements WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, number FROM matters WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, name FROM clients WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, name FROM memberships WHERE agency_id = :agency AND id = ANY(:ids)
UNION ALL SELECT id, coalesce(nullif(name, ''), email) FROM access_tokens WHERE agency_id = :agency AND id = ANY(:ids)
"""
# From one action to the next along the index, instead of over every row.
_ACTIONS = """
WITH RECURSIVE known(action) AS (
  SELECT min(a.action) FROM audit a WHERE a.agency_id = :agency
  UNION ALL
  SELECT (SELECT min(a.action) FROM audit a WHERE a.agency_id = :agency AND a.action > k.action)
  FROM known k WHERE k.action IS NOT NULL
)
SELECT action FROM known WHERE action IS NOT NULL
"""
