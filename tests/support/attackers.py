"""Every kind of principal, and what of the planted cells each may meet; raw SQL under their roles."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors, sql

from tenants.context import DATABASE_ROLES, Kind, Principal, context_key, sign
from tests.support.database import SECRET
from tests.support.seeds import Cell, Row, Seeds, level, tables

KEY = context_key(SECRET)

# Rows of the agency itself, or of the client, that somebody inside it may read.
SHOWN_TO_ALL = {"agencies"}
# What the two principals without an agency are there for: who comes in, and what runs for whom.
DOOR = {
    "people", "sessions", "recovery_codes", "sign_in_attempts", "access_tokens", "memberships", "agencies", "outbox",
    "api_keys", "intake_sources", "debtor_links", "debtor_sessions",
}  # fmt: skip
SYSTEM = {
    "agencies", "people", "memberships", "outbox", "job_runs", "scheduled_runs", "audit", "audit_heads",
    "access_tokens", "stripe_events",
}  # fmt: skip


@dataclass(frozen=True)
class Attacker:
    """A principal with the cell it belongs to. Without a context it is only a database role."""

    name: str
    kind: Kind
    principal: Principal | None
    cell: Cell | None

    def may_meet(self, table: str, cell: Cell) -> bool:
        """Whether a row of that cell is on this side of the wall. Permissions are another matter."""
        if self.principal is None:
            return False
        if self.kind is Kind.DOOR:
            return table in DOOR
        if self.kind is Kind.SYSTEM:
            return table in SYSTEM
        assert self.cell is not None
        if self.cell.agency_id != cell.agency_id:
            return False
        if self.kind in (Kind.STAFF, Kind.JOB) or table in SHOWN_TO_ALL:
            return True
        if self.cell.client_id != cell.client_id:
            return False
        return self.kind is Kind.CLIENT or level(table) != "case" or cell == self.cell


def attackers(seeds: Seeds) -> Sequence[Attacker]:
    """One of every kind, each with a cell of its own, and every database role without a context."""
    own = seeds.cell("own")
    agency, person = own.agency_id, own.person_id

    def inside(kind: Kind, role: str, scope: Any = None) -> Principal:
        return Principal(agency, kind, person, role, "", scope)

    known = [
        Attacker("staff", Kind.STAFF, inside(Kind.STAFF, "admin"), own),
        Attacker("job", Kind.JOB, inside(Kind.JOB, "job"), own),
        Attacker("client", Kind.CLIENT, inside(Kind.CLIENT, "client_admin", own.client_id), own),
        Attacker("counsel", Kind.COUNSEL, inside(Kind.COUNSEL, "counsel"), own),
        Attacker("debtor", Kind.DEBTOR, inside(Kind.DEBTOR, "debtor", own.case_id), own),
        Attacker("door", Kind.DOOR, Principal(None, Kind.DOOR), None),
        Attacker("system", Kind.SYSTEM, Principal(None, Kind.SYSTEM), None),
    ]
    return [*known, *(Attacker(f"nobody as {kind}", kind, None, None) for kind in DATABASE_ROLES if kind != Kind.JOB)]


@contextmanager
def disguised(app_url: str, attacker: Attacker) -> Iterator[psycopg.Connection]:
    """A connection of the runtime role as this principal, as the product opens one; nothing of it is kept."""
    with psycopg.connect(app_url) as connection:
        role = DATABASE_ROLES[attacker.kind]
        context = sign(attacker.principal, KEY, seconds=600) if attacker.principal else ""
        connection.execute("SELECT set_config('app.ctx', %s, true), set_config('role', %s, true)", [context, role])
        yield connection
        connection.rollback()


class _Undo(Exception):
    """Takes an attack back."""


@dataclass
class Attack:
    """Statements as one principal, each taken back. A command the role has no grant for is tried once per table."""

    connection: psycopg.Connection
    tried: int = 0
    denied: set[tuple[str, str]] = field(default_factory=set)

    def outcome(self, table: str, command: str, statement: sql.Composed, values: Sequence[Any]) -> str:
        """What came of it: refused (by a wall), nothing (no row was met), through, or unclear (another error)."""
        if (table, command) in self.denied:
            return "refused"
        self.tried += 1
        touched = 0
        try:
            with self.connection.transaction():
                touched = self.connection.execute(statement, values).rowcount
                raise _Undo
        except _Undo:
            return "through" if touched else "nothing"
        except errors.InsufficientPrivilege as error:
            if "permission denied for table" in str(error):
                self.denied.add((table, command))
            return "refused"
        except errors.ForeignKeyViolation:
            return "refused" if command in ("INSERT", "MOVE") else "unclear"
        except psycopg.Error:
            return "unclear"

    def outcomes(self, table: str, command: str, written: Sequence[tuple[sql.Composed, list[Any]]]) -> set[str]:
        """What came of each of these; what a check or the row's own key stopped is unclear."""
        found = set()
        for statement, values in written:
            found.add(self.outcome(table, command, statement, values))
        return found

    def any_through(self, table: str, command: str, written: Sequence[tuple[sql.Composed, list[Any]]]) -> bool:
        """Whether one of these came through, or none was stopped by the walls."""
        found = self.outcomes(table, command, written)
        return "through" in found or "refused" not in found

    def came_through(self, table: str, command: str, statement: sql.Composed, values: Sequence[Any]) -> bool:
        """Whether an attack met a row, or was stopped by anything but the walls."""
        return self.outcome(table, command, statement, values) not in ("refused", "nothing")


def key_of(table: str, row: Row) -> tuple[Any, ...]:
    """A row's primary key."""
    return tuple(row[column.name] for column in _table(table).primary_key)


def _table(name: str) -> Any:
    return next(table for table in tables() if table.name == name)


def condition(table: str, row: Row) -> tuple[sql.Composable, list[Any]]:
    """`WHERE` that finds one row by its key."""
    names = [column.name for column in _table(table).primary_key]
    parts = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names]
    return sql.SQL(" AND ").join(parts), [row[name] for name in names]


def assignments(values: Mapping[str, Any]) -> tuple[sql.Composable, list[Any]]:
    """`SET` of some columns."""
    parts = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values]
    return sql.SQL(", ").join(parts), list(values.values())
