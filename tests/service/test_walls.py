"""Every command on every table as every kind of principal: nothing of another is met, changed or pointed at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from tenants.context import Kind
from tenants.policies import changeable, walls_of
from tests.support.attackers import Attack, Attacker, assignments, attackers, condition, disguised, key_of
from tests.support.seeds import Cell, Row, Seeds, allowed, plant, tables


@pytest.fixture(scope="module")
def seeds(database_urls: tuple[str, str]) -> Seeds:
    """Rows in every table of two agencies."""
    return plant(database_urls[1])


@pytest.fixture(scope="module")
def every(seeds: Seeds) -> dict[str, Attacker]:
    """The principals by name."""
    return {attacker.name: attacker for attacker in attackers(seeds)}


NAMES = ("staff", "job", "client", "counsel", "debtor", "door", "system", "nobody as staff", "nobody as client",
         "nobody as counsel", "nobody as debtor", "nobody as door", "nobody as system")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_read_across_a_wall(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    met: list[str] = []
    own = 0
    with disguised(database_urls[0], attacker) as connection:
        for table, cell, row in _rows(seeds):
            where, values = condition(table, row)
            query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), where)
            seen = _count(connection, query, values)
            if attacker.may_meet(table, cell):
                own += seen
            elif seen:
                met.append(f"{table} of {cell.name}")

    assert met == []
    # The walls have a door: a test that saw nothing at all would prove nothing.
    assert (own > 0) == (attacker.principal is not None)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared_readable_is_read(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    if attacker.principal is None or attacker.kind in (Kind.DOOR, Kind.SYSTEM):
        return
    kind = "staff" if attacker.kind is Kind.JOB else attacker.kind.value
    assert attacker.cell
    unseen = []
    with disguised(database_urls[0], attacker) as connection:
        for table in tables():
            if "r" not in getattr(walls_of(table), kind):
                continue
            where, values = condition(table.name, seeds.row(attacker.cell, table.name))
            query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table.name), where)
            if not _count(connection, query, values):
                unseen.append(table.name)

    # A client's user has no membership of the staff's kind, and only their own kept answers; a job keeps no views.
    nobodys = {"saved_views"} if attacker.kind is Kind.JOB else set()
    assert set(unseen) <= {"memberships", "idempotency_keys", "access_tokens"} | nobodys


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_changed_or_removed_across_a_wall(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    broken: list[str] = []
    with disguised(database_urls[0], attacker) as connection:
        attack = Attack(connection)
        for table, cell, row in _rows(seeds):
            if attacker.may_meet(table, cell):
                continue
            where, values = condition(table, row)
            column = sql.Identifier(_plain_column(table))
            update = sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(sql.Identifier(table), column, column, where)
            delete = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table), where)
            for word, statement in (("UPDATE", update), ("DELETE", delete)):
                if attack.came_through(table, word, statement, values):
                    broken.append(f"{word} {table} of {cell.name}")

    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_for_another(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    broken: list[str] = []
    with disguised(database_urls[0], attacker) as connection:
        attack = Attack(connection)
        for table, cell, row in _rows(seeds):
            if attacker.may_meet(table, cell) or (table == "outbox" and cell.agency_id == _agency(attacker)):
                continue
            if attack.any_through(table, "INSERT", [_insert(table, fresh) for fresh in _fresh(table, row)]):
                broken.append(f"insert into {table} for {cell.name}")
            column = sql.Identifier(_plain_column(table))
            upsert = sql.SQL("{} ON CONFLICT ({}) DO UPDATE SET {} = excluded.{}").format(
                _insert(table, row)[0],
                sql.SQL(", ").join(sql.Identifier(c.name) for c in _table(table).primary_key),
                column,
                column,
            )
            if attack.came_through(table, "INSERT", upsert, _insert(table, row)[1]):
                broken.append(f"upsert onto {table} of {cell.name}")

    assert broken == []


@pytest.mark.parametrize("name", ["staff", "job", "client", "counsel", "debtor"])
def test_no_row_points_or_moves_across_a_wall(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    assert attacker.cell
    broken: list[str] = []
    with disguised(database_urls[0], attacker) as connection:
        attack = Attack(connection)
        for table in tables():
            own = seeds.row(attacker.cell, table.name)
            for cell in seeds.cells:
                for columns in _references(table):
                    target = {column: seeds.row(cell, table.name)[column] for column in columns}
                    if attacker.may_meet(table.name, cell) or all(own[c] == v for c, v in target.items()):
                        continue
                    written = [_insert(table.name, {**fresh, **target}) for fresh in _fresh(table.name, own)]
                    made = attack.outcomes(table.name, "INSERT", written)
                    where, key = condition(table.name, own)
                    changes, given = assignments(target)
                    move = sql.SQL("UPDATE {} SET {} WHERE {}").format(sql.Identifier(table.name), changes, where)
                    moved = attack.outcome(table.name, "MOVE", move, [*given, *key])
                    # A new row that its own key stopped says nothing: then the move must have been refused.
                    if "through" in {*made, moved} or "refused" not in {*made, moved}:
                        broken.append(f"{table.name}: a row points by {columns} into {cell.name}")

    assert broken == []


@pytest.mark.parametrize(
    ("name", "key", "table"),
    [
        ("client", "placement_id", "placements"),
        ("client", "agreement_id", "agreements"),
        ("counsel", "matter_id", "matters"),
        ("counsel", "cost_id", "matter_costs"),
        ("debtor", "agreement_id", "agreements"),
        ("debtor", "case_id", "cases"),
        ("debtor", "flag_id", "case_flags"),
    ],
)
def test_a_job_is_asked_for_only_about_ones_own(
    name: str, key: str, table: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    assert attacker.principal
    query = (
        "INSERT INTO outbox (agency_id, id, name, payload, state, attempts, advanced, created_at,"
        " available_at)"
        " VALUES (%s, gen_random_uuid(), 'test.job', %s, 'waiting', 0, 0, now(), now())"
    )
    with disguised(database_urls[0], attacker) as connection:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for cell in seeds.cells:
            payload = {key: str(seeds.row(cell, table)["id"]), "text": "x"}
            refused = nullcontext() if attacker.may_meet(table, cell) else pytest.raises(errors.InsufficientPrivilege)
            with refused, connection.transaction():
                connection.execute(query, [attacker.principal.agency_id, Jsonb(payload)])
        many = Jsonb({"case_ids": [str(cell.case_id) for cell in seeds.cells]})
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute(query, [attacker.principal.agency_id, many])


# Outside counsel reads every file of a case in hand: the dossier is one.
COUNSEL_READS = {"files"}


def test_a_private_line_is_private(seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]) -> None:
    own = seeds.cell("own")
    private = [table.name for table in tables() if "visibility" in table.columns]
    seen = set()
    with _marked(database_urls[1], seeds, private, "staff"):
        for name in ("staff", "client", "counsel", "debtor"):
            with disguised(database_urls[0], every[name]) as connection:
                for table in private:
                    where, values = condition(table, seeds.row(own, table))
                    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), where)
                    if _count(connection, query, values):
                        seen.add((name, table))
                refused = nullcontext() if name == "staff" else pytest.raises(psycopg.errors.InsufficientPrivilege)
                with refused:
                    connection.execute("SELECT count(*) FROM case_notes")

    assert seen == {("staff", table) for table in private} | {("counsel", table) for table in COUNSEL_READS}


@contextmanager
def _marked(admin_url: str, seeds: Seeds, names: Sequence[str], visibility: str) -> Iterator[None]:
    """While it lasts, the own cell's lines have that visibility."""

    def mark(word: str) -> None:
        with psycopg.connect(admin_url) as admin:
            admin.execute("SET LOCAL session_replication_role = replica")
            for table in names:
                where, values = condition(table, seeds.row(seeds.cell("own"), table))
                query = sql.SQL("UPDATE {} SET visibility = %s WHERE {}").format(sql.Identifier(table), where)
                admin.execute(query, [word, *values])

    mark(visibility)
    try:
        yield
    finally:
        mark("debtor")


def _rows(seeds: Seeds) -> Iterator[tuple[str, Cell, Row]]:
    """Every planted row once, with its cell."""
    done = set()
    for table in tables():
        for cell in seeds.cells:
            row = seeds.row(cell, table.name)
            key = (table.name, key_of(table.name, row))
            if key not in done:
                done.add(key)
                yield table.name, cell, row


def _table(name: str) -> sa.Table:
    return next(table for table in tables() if table.name == name)


def _agency(attacker: Attacker) -> Any:
    return attacker.principal.agency_id if attacker.principal else None


def _plain_column(table: str) -> str:
    """A column that even those inside an agency may change, where they may change any."""
    return (changeable(_table(table)) or [column.name for column in _table(table).columns])[-1]


def _references(table: sa.Table) -> Iterator[tuple[str, ...]]:
    """The columns of each reference: without the agency, and with it."""
    for key in table.foreign_key_constraints:
        columns = tuple(column.name for column in key.columns)
        inner = tuple(name for name in columns if name not in ("agency_id", "client_id", "currency"))
        for chosen in (inner, tuple(name for name in columns if name != "agency_id"), columns):
            if chosen:
                yield chosen


def _fresh(table: str, row: Row) -> Sequence[Row]:
    """The same row as a new one, with a key of its own; and as another kind of thing, when kinds are part of a key."""
    references = {column.name for key in _table(table).foreign_key_constraints for column in key.columns}
    unique = {
        column.name
        for constraint in _table(table).constraints
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        for column in constraint.columns
    }
    fresh, other = dict(row), {}
    for column in _table(table).columns:
        if column.name in references or column.name not in unique or column.name in ("agency_id", "client_id"):
            continue
        if isinstance(column.type, sa.Uuid):
            fresh[column.name] = uuid4()
        elif column.name == "currency":
            other[column.name] = "USD"
        elif listed := allowed(column):
            other[column.name] = listed[-1]
        elif isinstance(column.type, sa.Text):
            fresh[column.name] = uuid4().hex
        elif isinstance(column.type, sa.Integer):
            fresh[column.name] = 1000 + uuid4().int % 10_000
    return (
        [fresh, {**fresh, **other}, {**fresh, "currency": "USD"}] if "currency" in row else [fresh, {**fresh, **other}]
    )


def _insert(table: str, row: Row) -> tuple[sql.Composed, list[Any]]:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in row)
    places = sql.SQL(", ").join(sql.Placeholder() for _ in row)
    json = {column.name for column in _table(table).columns if isinstance(column.type, sa.JSON)}
    values = [Jsonb(value) if name in json and value is not None else value for name, value in row.items()]
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), columns, places), values


def _count(connection: psycopg.Connection, query: sql.Composed, values: list[Any]) -> int:
    """How many rows are seen; a table one has no right to is not seen."""
    try:
        with connection.transaction():
            found = connection.execute(query, values).fetchone()
            return int(found[0]) if found else 0
    except errors.InsufficientPrivilege:
        return 0
