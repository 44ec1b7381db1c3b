"""SQL of an attacker's own, run inside a tenant's transaction as the product's role: the walls do not move."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql

from tenants.context import Kind, Principal, sign
from tests.support.attackers import KEY, Attacker, attackers, disguised
from tests.support.seeds import Seeds, plant

COUNTED = ("cases", "debts", "case_notes", "outbox", "memberships")


@pytest.fixture(scope="module")
def seeds(database_urls: tuple[str, str]) -> Seeds:
    """Rows in every table of two agencies."""
    return plant(database_urls[1])


@pytest.fixture(scope="module")
def every(seeds: Seeds) -> dict[str, Attacker]:
    """The principals by name."""
    return {attacker.name: attacker for attacker in attackers(seeds)}


def met(connection: psycopg.Connection, attacker: Attacker, seeds: Seeds) -> set[tuple[str, str]]:
    """What of other cells is seen now, under whatever the attack has made of this connection."""
    seen = set()
    for table in COUNTED:
        try:
            with connection.transaction():
                query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(table))
                found = {row[0] for row in connection.execute(query)}
        except (errors.InsufficientPrivilege, errors.DataException):
            continue
        for cell in seeds.cells:
            if not attacker.may_meet(table, cell) and seeds.row(cell, table)["id"] in found:
                seen.add((table, cell.name))
    return seen


@contextmanager
def refused() -> Iterator[None]:
    """The attack may be refused; whether it was is judged by what is seen after."""
    try:
        yield
    except psycopg.Error:
        return


def contexts(seeds: Seeds, own: str) -> dict[str, str]:
    """Contexts an attacker could put together without the key, or find lying about."""
    other = seeds.cell("other_agency")
    fields = own.split("|")

    def with_field(position: int, value: str) -> str:
        return "|".join([*fields[:position], value, *fields[position + 1 :]])

    return {
        "another agency": with_field(1, str(other.agency_id)),
        "no agency": with_field(1, ""),
        "another kind": with_field(2, "staff"),
        "the system": with_field(2, "system"),
        "the door": with_field(2, "door"),
        "a job": with_field(2, "job"),
        "another person": with_field(3, str(other.person_id)),
        "another scope": with_field(4, str(other.client_id)),
        "a later end": with_field(5, str(int(fields[5]) + 86400)),
        "another key": with_field(0, "2"),
        "no such key": with_field(0, "999999999"),
        "a negative key": with_field(0, "-1"),
        "no signature": with_field(6, ""),
        "a zero signature": with_field(6, "0" * 64),
        "capitals": own.upper(),
        "one field more": own + "|x",
        "one field less": "|".join(fields[:6]),
        "a separator inside": with_field(3, f"{other.person_id}|{other.client_id}"),
        "empty": "",
        "blank": " ",
        "null text": "NULL",
        "an old one of the other agency": sign(
            Principal(other.agency_id, Kind.STAFF, other.person_id, "admin"), KEY, seconds=-1
        ),
        "signed with another key": sign(
            Principal(other.agency_id, Kind.STAFF, other.person_id, "admin"), b"k" * 64, seconds=600
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["staff", "client", "counsel", "debtor"])
@pytest.mark.parametrize("role", ["", "recobro_staff", "recobro_client", "recobro_door", "recobro_system"])
def test_a_forged_context_opens_nothing(
    name: str, role: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    with disguised(database_urls[0], attacker) as connection:
        found = connection.execute("SELECT current_setting('app.ctx')").fetchone()
        assert found
        for words, forged in contexts(seeds, found[0]).items():
            with refused(), connection.transaction():
                connection.execute("SELECT set_config('app.ctx', %s, true)", [forged])
                if role:
                    connection.execute("SELECT set_config('role', %s, true)", [role])
                assert met(connection, attacker, seeds) == set(), words


ROLES = ("recobro_staff", "recobro_client", "recobro_counsel", "recobro_debtor", "recobro_door", "recobro_system")


@pytest.mark.parametrize("name", ["staff", "client", "counsel", "debtor", "door"])
@pytest.mark.parametrize(
    "statement",
    [
        *(f"SET LOCAL ROLE {role}" for role in ROLES),
        "SET ROLE recobro_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION recobro_owner",
        "RESET ROLE",
        "RESET ALL",
        "SET LOCAL row_security = off",
        "SET LOCAL session_replication_role = replica",
        "SET LOCAL search_path = pg_temp, sec, public",
        "SET LOCAL app.ctx TO DEFAULT",
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY cases__staff_select ON cases",
        "CREATE POLICY mine ON cases TO PUBLIC USING (true)",
        "GRANT ALL ON cases TO recobro_client",
        "CREATE VIEW mine AS SELECT * FROM cases",
        "CREATE FUNCTION sec.agency(text) RETURNS uuid LANGUAGE sql AS 'SELECT null::uuid'",
        "CREATE OR REPLACE FUNCTION pg_temp.agency(text) RETURNS uuid LANGUAGE sql AS 'SELECT null::uuid'",
        "CREATE TEMP TABLE keys (id int, ipad bytea, opad bytea)",
        "UPDATE sec.keys SET ipad = opad",
        "INSERT INTO sec.keys VALUES (2, '\\x00', '\\x00')",
        "ALTER ROLE recobro_app BYPASSRLS",
        "GRANT recobro_owner TO recobro_app",
        "CREATE EXTENSION dblink",
        "ALTER SYSTEM SET row_security = off",
        "LOAD 'auto_explain'",
    ],
)
def test_no_statement_moves_the_wall(
    name: str, statement: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    with disguised(database_urls[0], attacker) as connection:
        with refused(), connection.transaction():
            connection.execute(statement.encode())
        assert met(connection, attacker, seeds) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM sec.keys",
        "SELECT sec.context()",
        "TRUNCATE cases CASCADE",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')",
        "COPY cases FROM '/etc/passwd'",
        "COPY cases TO PROGRAM 'cat'",
        "SELECT pg_reload_conf()",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_statistic",
        "COMMENT ON TABLE cases IS 'mine'",
        "CREATE TABLE public.mine (x int)",
        "CREATE SCHEMA mine",
        "DELETE FROM audit",
        "UPDATE audit SET payload = '{}'",
        "INSERT INTO audit_heads SELECT gen_random_uuid(), 1, ''",
        "UPDATE number_series SET last = 0",
        "SELECT * FROM people",
        "SELECT * FROM sessions",
        "SELECT * FROM recovery_codes",
    ],
)
@pytest.mark.parametrize("name", ["staff", "client", "debtor"])
def test_what_belongs_to_no_tenant_is_refused(
    name: str, statement: str, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    with disguised(database_urls[0], every[name]) as connection, pytest.raises(psycopg.Error) as error:
        connection.execute(statement.encode())
    assert isinstance(error.value, errors.InsufficientPrivilege | errors.FeatureNotSupported)


@pytest.mark.parametrize("name", ["staff", "client", "counsel", "debtor"])
def test_a_function_in_a_condition_never_meets_a_foreign_row(
    name: str, seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    attacker = every[name]
    own = seeds.cell("own")
    with disguised(database_urls[0], attacker) as connection:
        for table in ("cases", "debtors", "debts"):
            query = f"SELECT count(*) FROM {table} WHERE 1 / (CASE WHEN agency_id = %s THEN 1 ELSE 0 END) = 1"
            with refused_privilege():
                connection.execute(query.encode(), [own.agency_id])
        if name == "staff":
            connection.execute(
                "CREATE FUNCTION pg_temp.leak(a uuid) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS"
                f" $$ BEGIN IF a <> '{own.agency_id}' THEN RAISE EXCEPTION 'met'; END IF; RETURN true; END $$".encode()
            )
            connection.execute("SELECT count(*) FROM cases WHERE pg_temp.leak(agency_id)")


@contextmanager
def refused_privilege() -> Iterator[None]:
    """No right to the table is an answer too; an error from a foreign row is not."""
    try:
        yield
    except errors.InsufficientPrivilege:
        return


def test_other_principals_chains_and_numbers_cannot_be_written(
    seeds: Seeds, every: dict[str, Attacker], database_urls: tuple[str, str]
) -> None:
    other = seeds.cell("other_agency")
    for name in ("staff", "client", "counsel", "debtor"):
        with disguised(database_urls[0], every[name]) as connection:
            for agency, actor in (
                (other.agency_id, f"{name}:{uuid4()}:x"),
                (seeds.cell("own").agency_id, "staff:someone:x"),
            ):
                with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                    connection.execute("SELECT audit_append(%s, now(), %s, 'x', '{}')", [agency, actor])


def test_what_others_ask_shows_no_context(database_urls: tuple[str, str], every: dict[str, Attacker]) -> None:
    client = every["client"].principal
    assert client
    with disguised(database_urls[0], every["client"]), disguised(database_urls[0], every["staff"]) as spy:
        spy.execute("RESET ROLE")
        seen = spy.execute("SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity").fetchone()
        assert seen
        assert str(client.scope_id) not in seen[0]


def test_an_expired_context_is_an_error_not_an_empty_answer(
    database_urls: tuple[str, str], every: dict[str, Attacker]
) -> None:
    principal = every["staff"].principal
    assert principal
    context = sign(principal, KEY, seconds=-1)
    with psycopg.connect(database_urls[0]) as connection:
        connection.execute("SELECT set_config('app.ctx', %s, true)", [context])
        connection.execute("SET LOCAL ROLE recobro_staff")
        with pytest.raises(errors.InsufficientPrivilege, match="bad context"):
            connection.execute("SELECT count(*) FROM cases")
