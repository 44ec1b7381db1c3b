"""The only way to the database: one transaction behind one principal's wall.

`with tenant_work(principal) as work:` opens it, sets the walls at every begin, gives session, clock, outbox and audit,
and commits once at the edge. Work across agencies is another type with another role and a reason.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from kernel.clock import Clock, ShiftedClock, SystemClock, day_at
from tenants import audit
from tenants.context import Kind, Principal
from tenants.database import current, open_session
from tenants.outbox import OutboxRow, outbox_row, row_alive

_standing: ContextVar[Clock | None] = ContextVar("standing_clock", default=None)


@contextmanager
def standing_clock(clock: Clock) -> Iterator[None]:
    """Every piece of work opened inside tells this time: stories and the demo."""
    token = _standing.set(clock)
    try:
        yield
    finally:
        _standing.reset(token)


def clock_of(session: Session, agency_id: UUID) -> Clock:
    """The clock by which an agency's acts are dated; a sandbox agency's can be moved."""
    standing = _standing.get()
    if standing is not None:
        return standing
    with session.no_autoflush:  # whoever fills in a row that is already added asks for the time while it is half done
        offset = session.scalar(
            text("SELECT clock_offset_s FROM agencies WHERE agency_id = :agency"), {"agency": agency_id}
        )
    return ShiftedClock(SystemClock(), timedelta(seconds=offset)) if offset else SystemClock()


@dataclass
class Outbox:
    """Where a feature writes what has to happen after the commit."""

    work: "Work"

    def add(self, name: str, *, after: timedelta | None = None, **payload: object) -> UUID:
        """Name a job and its identifiers; `after` makes it wait in real time. You get the row's id."""
        now = SystemClock().now()
        row = outbox_row(self.work.agency_id, name, payload, now=now, at=now + after if after else None)
        self.work.session.add(row)
        return row.id

    def alive(self, *, advanced: bool = False) -> None:
        """A long job says that it is still at it, so that nobody else takes it up; `advanced` when a part of it is done
        for good, so that a death after it does not count against it. Nothing happens outside a job."""
        row_alive(self.work.session, self.work.agency_id, self.work.correlation, SystemClock().now(), advanced=advanced)


@dataclass
class Work:
    """One open transaction inside one agency."""

    session: Session
    principal: Principal
    clock: Clock | None = None
    correlation: str = ""
    _acts: list[tuple[datetime, str, dict[str, object]]] = field(default_factory=list)

    @property
    def agency_id(self) -> UUID:
        """The agency this work is for."""
        assert self.principal.agency_id is not None
        return self.principal.agency_id

    @property
    def outbox(self) -> Outbox:
        """Where jobs are named."""
        return Outbox(self)

    def now(self) -> datetime:
        """The agency's present instant, in UTC; a sandbox agency's clock can be moved."""
        if self.clock is None:
            self.clock = clock_of(self.session, self.agency_id)
        return self.clock.now()

    def today(self, zone: ZoneInfo) -> date:
        """The agency's present day in a zone."""
        return day_at(self.now(), zone)

    def add(self, *rows: object) -> None:
        """Put rows into the transaction."""
        self.session.add_all(rows)

    def flush(self) -> None:
        """Send what was added to the database now, so that constraints speak early."""
        self.session.flush()

    def take_long(self) -> None:
        """Let ten minutes pass between two statements: a big file is read. Otherwise the database ends a transaction
        that it has not heard of for a minute."""
        self.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10min'"))

    def audit(self, action: str, **payload: object) -> None:
        """Note an act; it is chained at the end of the transaction, to hold the chain's lock briefly."""
        self._acts.append((self.now(), action, payload))

    def _write_audit(self) -> None:
        actor = f"{self.principal.kind.value}:{self.principal.person_id or '-'}:{self.principal.role}"
        for at, action, payload in self._acts:
            if self.correlation:
                payload = {**payload, "request": self.correlation}
            audit.append(self.session, self.agency_id, at=at, actor=actor, action=action, payload=payload)
        self._acts.clear()

    def finish(self) -> None:
        """Chain the audit and commit; the edge calls it, never a feature."""
        if self._acts:
            self.session.flush()
            self._write_audit()
        self.session.commit()


@contextmanager
def tenant_work(
    principal: Principal, *, clock: Clock | None = None, correlation: str = "", connection: Connection | None = None
) -> Iterator[Work]:
    """One transaction behind the principal's wall: committed when the block ends well, rolled back when it raises."""
    if principal.agency_id is None:
        raise ValueError("A principal inside an agency is needed; use system_work or door_work for the others.")
    session = open_session(principal, connection)
    work = Work(session, principal, clock, correlation)
    try:
        yield work
        work.finish()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def held_connection(like: Work) -> Iterator[Callable[[], AbstractContextManager[Work]]]:
    """A way to open one transaction after another on one connection, for the same principal as `like`: temporary tables
    and session locks last from one to the next. Both are gone when the block ends."""
    with current().engine.connect() as connection:
        yield partial(
            tenant_work, like.principal, clock=like.clock, correlation=like.correlation, connection=connection
        )


@dataclass
class SystemWork:
    """One open transaction across agencies: counts, claims, creation. It has a reason, which is audited."""

    session: Session
    reason: str
    actor: str

    def now(self) -> datetime:
        """The machine's time."""
        return SystemClock().now()

    def audit(self, agency_id: UUID, action: str, **payload: Any) -> None:
        """Note on an agency's own chain, by the agency's clock, what the platform did there, and why."""
        self.session.flush()
        audit.append(
            self.session, agency_id, at=clock_of(self.session, agency_id).now(), actor=self.actor, action=action,
            payload={**payload, "reason": self.reason},
        )  # fmt: skip


@contextmanager
def system_work(*, reason: str, person_id: UUID | None = None) -> Iterator[SystemWork]:
    """Work across agencies under its own database role; the role sees only what the platform itself needs."""
    principal = Principal(agency_id=None, kind=Kind.SYSTEM, person_id=person_id, role="system")
    with _plain_session(principal) as session:
        yield SystemWork(session, reason, actor=f"system:{person_id or '-'}")


@contextmanager
def door_work() -> Iterator[Session]:
    """The sign-in door: people, sessions, invitations and attempts, before anybody is known."""
    with _plain_session(Principal(agency_id=None, kind=Kind.DOOR, role="door")) as session:
        yield session


@contextmanager
def _plain_session(principal: Principal) -> Iterator[Session]:
    session = open_session(principal)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


__all__ = [
    "OutboxRow",
    "Work",
    "clock_of",
    "door_work",
    "held_connection",
    "standing_clock",
    "system_work",
    "tenant_work",
]
