"""Two agencies with a row in every table, made from the tables' own declarations: what nobody else may ever meet.

A cell is one case of one client of one agency. Every text that may be free holds a canary that names its cell.
A new table is filled by its types, checks and references; where that does not do, SPECIAL says what does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError

from recobro.migrations.models import import_tables
from tenants.columns import Base

Row = dict[str, Any]
NOW = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
DAY = date(2026, 1, 5)

# Rows that several cells share: the columns of a cell that say which.
SHARED: Mapping[str, tuple[str, ...]] = {
    "agencies": ("agency_id",),
    "clients": ("agency_id", "client_id"),
    "audit_heads": ("agency_id",),
    "ledger_accounts": ("agency_id", "client_id"),
    "ledger_balances": ("agency_id", "client_id"),
}

# What cannot be read off a table's types and checks.
SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "agencies": {"country": "MX", "time_zone": "America/Mexico_City", "locale": "es_MX", "currency": "MXN",
                 "sandbox": True, "clock_offset_s": 0, "settings": {"second_factor": "optional"}, "status": "active"},
    "clients": {"country": "MX", "time_zone": "America/Mexico_City", "locale": "es_MX", "currency": "MXN",
                "brand_color": "#0b7285", "status": "active"},
    "debtors": {"country": "MX", "time_zone": "America/Mexico_City", "locale": "es_MX"},
    "memberships": {"kind": "staff", "role": "collector", "client_id": None},
    "access_tokens": {"purpose": "invitation", "role": "collector", "client_id": None},
    "outbox": {"state": "dead", "payload": {}, "name": "people.send_invitation"},
    "ledger_accounts": {"kind": "client_payable", "book": "trust"},
    "ledger_balances": {"kind": "client_payable", "amount": -100},
    # Whatever the other is called, it comes after.
    "debtor_pairs": {"other_id": UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"), "score": 80},
    "debtor_merges": {"other_id": UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"), "undone_at": None},
    "matters": {"state": "accepted", "stage": "filed"},
    "matter_stages": {"stage": "filed"},
    "contracts": {"remittance_day": 5, "remittance_kind": "net"},
    "strategies": {"ladder": {"steps": [{"kind": "queue", "after_days": 7}]}},
    "intake_sources": {"kind": "folder", "token_sha256": None},
    "case_strategies": {"step": 0, "rests": "", "ended": ""},
    "api_keys": {"scopes": ["placements.see"]},
    "audit_heads": {"seq": 1000},
    "consent_events": {"kind": "asked", "channel": "email", "ends_id": None},
    "disputes": {"amount": None, "currency": None},
    "complaints": {"state": "open", "outcome": ""},
    "payments": {"amount": 100, "applied": 100, "unapplied": 0},
    "remittances": {"closed_at": NOW, "opening": 0, "collected": 100, "commission": 0, "tax": 0, "costs": 0,
                    "paid_over": 0, "other": 0, "closing": 100, "net": 100, "offset_amount": 0},
}  # fmt: skip
# By the column's name, in every table.
_NAMED: Mapping[str, Any] = {
    "currency": "MXN", "country": "MX", "time_zone": "America/Mexico_City", "locale": "es_MX",
    "visibility": "debtor", "expires_at": datetime(2036, 1, 5, tzinfo=UTC), "locked_until": None,
    "closed_at": None, "revoked_at": None, "disabled_at": None, "cancelled_at": None, "used_at": None,
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One case, and whom it belongs to."""

    name: str
    number: int
    agency_id: UUID
    client_id: UUID
    case_id: UUID = field(default_factory=uuid4)
    debtor_id: UUID = field(default_factory=uuid4)
    person_id: UUID = field(default_factory=uuid4)

    @property
    def canary(self) -> str:
        """What is written all over the cell's rows."""
        return f"CANARY{self.case_id.hex[:12]}"


@dataclass(frozen=True)
class Seeds:
    """Every cell's rows, by table."""

    cells: Sequence[Cell]
    rows: Mapping[str, Mapping[str, Row]]

    def cell(self, name: str) -> Cell:
        """A cell by its name."""
        return next(cell for cell in self.cells if cell.name == name)

    def row(self, cell: Cell, table: str) -> Row:
        """A cell's row of a table."""
        return self.rows[cell.name][table]


@cache
def tables() -> Sequence[sa.Table]:
    """Every table, those that are referred to first."""
    import_tables()
    return Base.metadata.sorted_tables


@cache
def level(name: str) -> str:
    """What a table's rows belong to at the narrowest: case, client, agency, or none."""
    table = Base.metadata.tables[name]
    columns = set(table.columns.keys())
    targets = {key.referred_table.name for key in table.foreign_key_constraints} - {name}
    if name == "cases" or {"case_id", "debtor_id"} & columns or name == "debtors" or "case" in map(level, targets):
        return "case"
    if "client_id" in columns or name == "clients" or "client" in map(level, targets - {"clients"}):
        return "client"
    return "agency" if "agency_id" in columns else "none"


def plant(admin_url: str) -> Seeds:
    """Plant four cells: two cases of a client, a case of another client of the agency, and another agency's."""
    first, second = uuid4(), uuid4()
    shared_client, other_client = uuid4(), uuid4()
    cells = (
        Cell("own", 1, first, shared_client),
        Cell("sibling", 2, first, shared_client),
        Cell("other_client", 3, first, other_client),
        Cell("other_agency", 4, second, uuid4()),
    )
    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(admin_url), poolclass=sa.NullPool
    )
    rows: dict[str, dict[str, Row]] = {cell.name: {} for cell in cells}
    with engine.begin() as connection:
        # No triggers, no reference checks: the rows only have to be there, in any order.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in tables():
            for cell in cells:
                twin = next(
                    (
                        other
                        for other in cells
                        if table.name in rows[other.name]
                        and table.name in SHARED
                        and all(getattr(other, name) == getattr(cell, name) for name in SHARED[table.name])
                    ),
                    None,
                )
                rows[cell.name][table.name] = (
                    rows[twin.name][table.name] if twin else _plant(connection, table, cell, rows[cell.name])
                )
    engine.dispose()
    return Seeds(cells, rows)


def _plant(connection: sa.Connection, table: sa.Table, cell: Cell, known: Mapping[str, Row]) -> Row:
    row = make_row(table, cell, known)
    for _ in range(8):
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(row))
        except IntegrityError as error:
            name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
            if not _mend(table, name, row):
                raise AssertionError(f"SPECIAL must say how a row of {table.name} looks: {error.orig}") from error
        else:
            return row
    raise AssertionError(f"SPECIAL must say how a row of {table.name} looks: {row}")


def make_row(table: sa.Table, cell: Cell, known: Mapping[str, Row]) -> Row:
    """A row of a table for a cell, pointing at the cell's own rows."""
    row: Row = {column.name: _value(column, cell, known) for column in table.columns if column.computed is None}
    for key in table.foreign_key_constraints:
        target = known.get(key.referred_table.name)
        if target is None:
            # A reference to its own table, or to one that comes later, may stay empty.
            for column in key.columns:
                if column.nullable and column.name not in ("client_id", "agency_id"):
                    row[column.name] = None
            continue
        for element in key.elements:
            row[element.parent.name] = target[element.column.name]
    row.update(SPECIAL.get(table.name, {}))
    if table.name == "clients":
        row["id"] = cell.client_id
    if table.name == "cases":
        row["id"] = cell.case_id
    if table.name == "debtors":
        row["id"] = cell.debtor_id
    if table.name == "people":
        row["id"] = cell.person_id
    if table.name == "law_texts":
        row["sha256"] = sha256(row["content"].encode()).hexdigest()
    return {name: value for name, value in row.items() if name != "xid"}


def _value(column: sa.Column[Any], cell: Cell, known: Mapping[str, Row]) -> Any:
    name = column.name
    if name in _NAMED and (_NAMED[name] is not None or column.nullable):
        return _NAMED[name]
    kind = column.type
    if isinstance(kind, sa.Uuid):
        own = {"agency_id": cell.agency_id, "client_id": cell.client_id, "case_id": cell.case_id,
               "debtor_id": cell.debtor_id, "person_id": cell.person_id, "counsel_id": cell.person_id}  # fmt: skip
        if name in own:
            return own[name]
        target = known.get(f"{name.removesuffix('_id')}s")
        return target["id"] if target and "id" in target else uuid4()
    listed = allowed(column)
    if listed:
        return listed[0]
    if isinstance(kind, sa.Text):
        unique = uuid4().hex if column.primary_key or column.unique else ""
        return f"{cell.canary} {unique}".strip()
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return 100 + cell.number
    if isinstance(kind, sa.Date):
        return DAY + timedelta(days=cell.number)
    if isinstance(kind, sa.DateTime):
        return NOW
    if isinstance(kind, JSONB):
        return [] if "list" in _annotation(column) else {}
    if isinstance(kind, ARRAY):
        return [cell.canary]
    if isinstance(kind, sa.LargeBinary):
        return uuid4().bytes
    return None


def _annotation(column: sa.Column[Any]) -> str:
    mapper = next(m for m in Base.registry.mappers if m.local_table is column.table)
    told = (
        klass.__annotations__.get(column.name) for klass in mapper.class_.__mro__ if "__annotations__" in vars(klass)
    )
    return str(next((one for one in told if one is not None), ""))


_IN = re.compile(r"(\w+) IN \(([^)]*)\)")


def allowed(column: sa.Column[Any]) -> list[str]:
    """The values that a check allows a column, the open ones first."""
    for constraint in column.table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            for name, values in _IN.findall(str(constraint.sqltext)):
                if name == column.name:
                    return re.findall(r"'([^']*)'", values)
    return []


def _mend(table: sa.Table, constraint: str, row: Row) -> bool:
    """Bring the columns of a broken check to their defaults; False when there is nothing left to try."""
    check = next((c for c in table.constraints if isinstance(c, sa.CheckConstraint) and c.name == constraint), None)
    if check is None:
        return False
    changed = False
    for name in re.findall(r"\w+", str(check.sqltext)):
        if name not in table.columns or name in ("agency_id", "client_id", "id") or allowed(table.columns[name]):
            continue
        column = table.columns[name]
        default = column.default.arg if column.default is not None and column.default.is_scalar else None
        calm = default if default is not None else None if column.nullable else row[name]
        if row[name] != calm:
            row[name] = calm
            changed = True
    return changed
