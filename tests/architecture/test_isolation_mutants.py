"""The checks are checked: one wall is taken down at a time, and each time something must notice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from recobro.web.security import undeclared_views
from tenants.policies import INNER
from tests.support.catalogue import declared, holes

# What a person who wants a page to work at last might write into a policy.
LOOSE = {
    "no condition": "true",
    "only the agency": "agency_id = (SELECT sec.agency('{kind}'))",
    "a way round": "({old}) OR agency_id IS NOT NULL",
    "open without a context": "({old}) OR (SELECT sec.agency('{kind}')) IS NULL",
}


@dataclass(frozen=True)
class Mutant:
    """One wall taken down."""

    name: str
    statement: sql.SQL | sql.Composed


class _Undo(Exception):
    """Puts the wall up again."""


@pytest.fixture(scope="module")
def admin(database_urls: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """The superuser's connection; every mutant lives and dies in a savepoint of it."""
    with psycopg.connect(database_urls[1]) as connection:
        connection.execute("SET lock_timeout = '20s'")
        yield connection
        connection.rollback()


def survivors(admin: psycopg.Connection, mutants: Sequence[Mutant], *parts: str) -> list[str]:
    """The mutants that nothing noticed, looking only where it should show."""
    alive = []
    for mutant in mutants:
        try:
            with admin.transaction():
                admin.execute(mutant.statement)
                if not holes(admin, *parts):
                    alive.append(mutant.name)
                raise _Undo
        except _Undo:
            continue
    return alive


def ident(name: object) -> sql.Identifier:
    """A name in SQL."""
    return sql.Identifier(str(name))


def policies(admin: psycopg.Connection) -> Sequence[tuple[str, str, str, str]]:
    """Every policy of the principals: table, name, kind, condition."""
    rows = admin.execute(
        "SELECT c.relname, p.polname, pg_get_userbyid(p.polroles[1]),"
        " coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))"
        " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
        " WHERE pg_get_userbyid(p.polroles[1]) <> 'recobro_owner' ORDER BY 1, 2"
    ).fetchall()
    return [(table, name, str(role).removeprefix("recobro_"), condition) for table, name, role, condition in rows]


def tables(admin: psycopg.Connection) -> Sequence[str]:
    """Every table of the product."""
    return sorted(declared())


def dropped_policies(admin: psycopg.Connection) -> Iterator[Mutant]:
    for table, name, _, _ in policies(admin):
        yield Mutant(f"{name} is gone", sql.SQL("DROP POLICY {} ON {}").format(ident(name), ident(table)))


def loosened_policies(admin: psycopg.Connection) -> Iterator[Mutant]:
    every = [policy for policy in policies(admin) if policy[2] in (*INNER, "staff") and policy[1].endswith("_select")]
    for number, (table, name, kind, old) in enumerate(every):
        words, condition = list(LOOSE.items())[number % len(LOOSE)]
        if words == "only the agency" and (kind == "staff" or table == "agencies"):
            words, condition = "no condition", "true"
        change = sql.SQL("ALTER POLICY {} ON {} USING ({})").format(
            ident(name), ident(table), sql.SQL(condition.format(kind=kind, old=old))
        )  # fmt: skip
        yield Mutant(f"{name}: {words}", change)


def second_policies(admin: psycopg.Connection) -> Iterator[Mutant]:
    for table in tables(admin)[::4]:
        yield Mutant(
            f"{table}: a second policy beside the first",
            sql.SQL("CREATE POLICY more ON {} FOR SELECT TO recobro_client USING (true)").format(ident(table)),
        )
        yield Mutant(
            f"{table}: a policy for everybody", sql.SQL("CREATE POLICY more ON {} USING (true)").format(ident(table))
        )


def unforced_tables(admin: psycopg.Connection) -> Iterator[Mutant]:
    for table in tables(admin):
        yield Mutant(f"{table}: not forced", sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(ident(table)))
        yield Mutant(f"{table}: off", sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(ident(table)))


def narrowed_keys(admin: psycopg.Connection) -> Iterator[Mutant]:
    """Every foreign key, without the agency; and without the client where it carries one."""
    rows = admin.execute(
        "SELECT t.relname, k.conname, f.relname,"
        " (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(c, n)"
        "   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.c),"
        " (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(c, n)"
        "   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.c)"
        " FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid"
        " WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace ORDER BY 1, 2"
    ).fetchall()
    for table, name, target, own, other in rows:
        for left in ("agency_id", "client_id"):
            if left not in own or len(own) < 2 or (left == "client_id" and target == "clients"):
                continue
            kept = [(a, b) for a, b in zip(own, other, strict=True) if a != left]
            change = sql.SQL(
                "ALTER TABLE {table} DROP CONSTRAINT {name}; ALTER TABLE {target} ADD CONSTRAINT one UNIQUE ({there});"
                " ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({here}) REFERENCES {target} ({there})"
                " NOT VALID"
            ).format(
                table=ident(table), name=ident(name), target=ident(target),
                here=sql.SQL(", ").join(ident(a) for a, _ in kept), there=sql.SQL(", ").join(ident(b) for _, b in kept),
            )  # fmt: skip
            yield Mutant(f"{table}.{name} without {left}", change)


def unchecked_keys(admin: psycopg.Connection) -> Iterator[Mutant]:
    """Every trigger that checks keys in sets, taken away or put to sleep."""
    rows = admin.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname LIKE 'refs_%' ORDER BY 1, 2"
    ).fetchall()
    for table, name in rows:
        where = {"name": ident(name), "table": ident(table)}
        yield Mutant(f"{table}: {name} dropped", sql.SQL("DROP TRIGGER {name} ON {table}").format(**where))
        yield Mutant(f"{table}: {name} off", sql.SQL("ALTER TABLE {table} DISABLE TRIGGER {name}").format(**where))


def wide_grants(admin: psycopg.Connection) -> Iterator[Mutant]:
    for table in tables(admin)[::3]:
        for grant in ("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"):
            yield Mutant(f"{table}: {grant}", sql.SQL(f"GRANT {grant} ON {{}} TO recobro_staff").format(ident(table)))
        yield Mutant(f"{table}: to everybody", sql.SQL("GRANT SELECT ON {} TO PUBLIC").format(ident(table)))
        yield Mutant(f"{table}: to the login", sql.SQL("GRANT SELECT ON {} TO recobro_app").format(ident(table)))
        yield Mutant(f"{table}: owned by staff", sql.SQL("ALTER TABLE {} OWNER TO recobro_staff").format(ident(table)))


STATEMENTS = (
    "ALTER ROLE recobro_app BYPASSRLS",
    "ALTER ROLE recobro_app SUPERUSER",
    "ALTER ROLE recobro_staff CREATEROLE",
    "ALTER ROLE recobro_client LOGIN",
    "GRANT recobro_owner TO recobro_app",
    "GRANT recobro_staff TO recobro_client",
    "GRANT recobro_staff TO recobro_app WITH INHERIT TRUE",
    "GRANT pg_read_all_data TO recobro_staff",
    "GRANT CREATE ON SCHEMA public TO recobro_staff",
    "GRANT SELECT ON sec.keys TO recobro_staff",
    "CREATE VIEW every_case AS SELECT * FROM cases",
    "CREATE MATERIALIZED VIEW every_case AS SELECT * FROM cases",
    "CREATE TABLE plain (agency_id uuid NOT NULL, id uuid, PRIMARY KEY (agency_id, id))",
    "CREATE TABLE more_cases () INHERITS (cases)",
    "ALTER TABLE cases DROP CONSTRAINT pk_cases CASCADE, ALTER agency_id DROP NOT NULL",
    "CREATE UNIQUE INDEX one_number ON cases (number) WHERE number < ' '",
    "CREATE SEQUENCE counted; GRANT USAGE ON counted TO recobro_client",
    "CREATE FUNCTION every_case() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM cases'",
    "ALTER FUNCTION sec.context() RESET search_path",
    "ALTER FUNCTION audit_append(uuid, timestamptz, text, text, jsonb) SET search_path = public",
    "ALTER FUNCTION take_number(text) OWNER TO current_user",
    "GRANT EXECUTE ON FUNCTION sec.context() TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO recobro_client",
    "CREATE RULE also AS ON INSERT TO cases DO ALSO NOTHING",
    "GRANT UPDATE (client_id) ON case_balances TO recobro_client",
    "GRANT UPDATE ON matters TO recobro_counsel",
    "GRANT DELETE ON debts TO recobro_client",
    "ALTER TABLE cases DROP CONSTRAINT fk_cases__agency_id_client_id_debtor_id, ADD FOREIGN KEY"
    " (agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id) ON DELETE CASCADE",
)


def others(_admin: psycopg.Connection) -> Iterator[Mutant]:
    for statement in STATEMENTS:
        yield Mutant(statement, sql.SQL(statement))


@pytest.mark.parametrize(
    ("make", "parts", "least"),
    [
        (dropped_policies, ("policies",), 100),
        (loosened_policies, ("policies",), 40),
        (second_policies, ("policies",), 10),
        (unforced_tables, ("tables",), 60),
        (narrowed_keys, ("references",), 60),
        (unchecked_keys, ("in sets",), 30),
        (wide_grants, ("grants", "tables"), 60),
        (others, (), 20),
    ],
)
def test_every_mutant_is_noticed(
    admin: psycopg.Connection,
    make: Callable[[psycopg.Connection], Iterator[Mutant]],
    parts: Sequence[str],
    least: int,
) -> None:
    mutants = list(make(admin))

    assert survivors(admin, mutants, *parts) == []
    assert len(mutants) >= least


def test_the_walls_stand_again(admin: psycopg.Connection) -> None:
    assert holes(admin) == []


def test_a_view_that_lost_its_permission_is_noticed(app: Flask) -> None:
    unnoticed = []
    for endpoint, view in app.view_functions.items():
        for mark in ("needs", "public"):
            if not hasattr(view, mark):
                continue
            kept = getattr(view, mark)
            delattr(view, mark)
            if endpoint not in undeclared_views(app):
                unnoticed.append(endpoint)
            setattr(view, mark, kept)

    assert unnoticed == []
    assert undeclared_views(app) == []
