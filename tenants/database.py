"""The engine, and the one hook that puts every transaction behind a wall.

Nothing outside `tenants` opens a session (a test says so). The role and the signed context are set at *every* begin,
with transaction-local settings only, so a pooled connection never carries one principal's wall to the next.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import PoolResetState

from tenants.context import DATABASE_ROLES, JOB_SECONDS, WEB_SECONDS, Kind, Principal, context_key, sign

# Statements a page runs are short; a job may take minutes. Locks are never waited for long.
_OPTIONS = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c timezone=UTC -c jit=off"


@dataclass(frozen=True)
class Database:
    """One PostgreSQL database, reached as the runtime role."""

    engine: Engine
    key: bytes
    sessions: "sessionmaker[Session]"


_current: Database | None = None


class NoWallError(RuntimeError):
    """A session was opened without a principal: a bug, never a refusal."""


def connect(url: str, secret: str, *, pool_size: int = 8) -> Database:
    """Make this process use a database; the last call wins."""
    global _current
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=8,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_reset_on_return=None,
        connect_args={"options": _OPTIONS, "connect_timeout": 5, "prepare_threshold": None},
    )
    sessions = sessionmaker(engine, expire_on_commit=False, autoflush=True)
    if _current is not None:
        _current.engine.dispose()
    _current = Database(engine, context_key(secret), sessions)
    event.listen(sessions, "after_begin", _raise_walls)
    event.listen(engine, "reset", _leave_nothing)
    return _current


def current() -> Database:
    """The database this process uses; RuntimeError when none was connected."""
    if _current is None:
        raise RuntimeError("No database is connected: call tenants.database.connect first.")
    return _current


def open_session(principal: Principal, connection: Connection | None = None) -> Session:
    """A session behind a principal's wall, on a connection that is held or on one of its own; only `tenants.work` calls
    it."""
    if connection is None:
        return current().sessions(info={"principal": principal})
    return current().sessions(info={"principal": principal}, bind=connection)


def _leave_nothing(connection: Any, _record: object, state: PoolResetState) -> None:
    # Temporary tables, settings and locks outlive a transaction: the next principal on this connection must not meet
    # those of the last one, or SQL injected there could stand before its tables.
    connection.rollback()
    if not state.terminate_only:
        connection.autocommit = True
        connection.execute("DISCARD ALL")
        connection.autocommit = False


def _raise_walls(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    principal: Any = session.info.get("principal")
    if not isinstance(principal, Principal):
        raise NoWallError("A session without a principal does not exist.")
    seconds = JOB_SECONDS if principal.kind in (Kind.JOB, Kind.SYSTEM) else WEB_SECONDS
    connection.execute(
        text("SELECT set_config('app.ctx', :ctx, true), set_config('role', :role, true)"),
        {"ctx": sign(principal, current().key, seconds=seconds), "role": DATABASE_ROLES[principal.kind]},
    )
