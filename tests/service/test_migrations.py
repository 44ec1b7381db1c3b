"""The schema is brought up to date step by step, rows and walls included, or is left as it was."""

import ast
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import insert

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Conflict
from recobro.migrations import bootstrap
from recobro.migrations.bootstrap import prepare, transaction, upgrade
from recobro.migrations.picture import differences, picture
from recobro.migrations.propose import declared, made, propose
from recobro.migrations.standing import STEPS, OtherSchema, Standing, look, numbered, refuse_other
from tenants.columns import Base
from tenants.tables import Agency, Client
from tests.support.catalogue import holes
from tests.support.database import APP_PASSWORD, SECRET

_numbers = count()

ADD_NICKNAME = '''"""Clients have a nickname."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Old clients get their name in capitals."""
    op.add_column("clients", sa.Column("nickname", sa.Text()))
    op.execute("UPDATE clients SET nickname = upper(name)")
    op.alter_column("clients", "nickname", nullable=False)
    {then}
'''


@pytest.fixture
def name(admin_url: str) -> Iterator[str]:
    """The name of a database that is not there yet, and is gone after the test."""
    own = f"recobro_steps_{os.getpid()}_{next(_numbers)}"
    yield own
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(own)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The first step alone, in a folder that a test may add to."""
    own = tmp_path / "versions"
    own.mkdir()
    for path in STEPS.glob("0001_*"):
        shutil.copy(path, own)
    return own


def add_nickname(folder: Path, then: str = "") -> None:
    (folder / "0002_add_nickname.py").write_text(ADD_NICKNAME.replace("{then}", then))
    numbered.cache_clear()


def make(admin_url: str, name: str, folder: Path = STEPS) -> str:
    """The runtime role's address of the database, brought up to date."""
    return prepare(admin_url, APP_PASSWORD, SECRET, database=name, folder=folder)


def tables(admin_url: str, name: str) -> dict[Any, str]:
    with transaction(admin_url, name) as connection:
        return dict(picture(connection, "public"))


def walls(admin_url: str, name: str) -> list[tuple[object, ...]]:
    """Every policy, trigger, function and grant there is."""
    with psycopg.connect(admin_url, dbname=name) as admin:
        return admin.execute(_WALLS).fetchall()


_WALLS = b"""
SELECT c.relname, 'table', c.relname,
  concat(c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole, c.relacl::text)
FROM pg_class c WHERE c.relnamespace IN ('public'::regnamespace, 'sec'::regnamespace) AND c.relkind = 'r'
UNION ALL SELECT c.relname, 'column', a.attname, a.attacl::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND c.oid >= 16384
UNION ALL SELECT c.relname, 'policy', p.polname, concat(p.polcmd, p.polroles::regrole[],
  pg_get_expr(p.polqual, p.polrelid), '|', pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
UNION ALL SELECT c.relname, 'trigger', t.tgname, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT '', 'function', f.oid::regprocedure::text, concat(pg_get_functiondef(f.oid), f.proacl::text)
FROM pg_proc f WHERE f.pronamespace IN ('public'::regnamespace, 'sec'::regnamespace)
ORDER BY 1, 2, 3
"""


def add_clients(admin_url: str, name: str) -> None:
    """Two clients of one agency, as the years before an upgrade would have left them."""
    with transaction(admin_url, name) as connection:
        now = SystemClock().now()
        agency = new_id()
        same = {"legal_name": "", "country": "MX", "time_zone": "America/Mexico_City", "locale": "es_MX",
                "currency": "MXN", "created_at": now}  # fmt: skip
        connection.execute(insert(Agency).values(agency_id=agency, slug="demo", name="Despacho Demo", **same))
        for slug in ("tornillo", "aceros"):
            connection.execute(insert(Client).values(agency_id=agency, slug=slug, name=f"{slug} ficticio", **same))


def step(admin_url: str, name: str, folder: Path = STEPS) -> tuple[Standing, str]:
    with psycopg.connect(admin_url, dbname=name) as admin:
        found = look(admin, folder)
        return found.standing, found.step


def test_every_step_has_the_next_number_and_says_what_it_does() -> None:
    steps = numbered(STEPS)
    assert [*steps] == [f"{n:04d}" for n in range(1, len(steps) + 1)]
    assert set(STEPS.glob("*.py")) == {*steps.values()}
    script = ScriptDirectory(str(STEPS), version_locations=[str(STEPS)])
    assert script.get_heads() == [[*steps][-1]]
    before = None
    for number, path in steps.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path.name
        revision = script.get_revision(number)
        assert revision is not None
        assert revision.down_revision == before
        before = number


def test_the_steps_make_exactly_the_declared_tables(database_urls: tuple[str, str], admin_url: str) -> None:
    name = str(conninfo_to_dict(database_urls[1])["dbname"])
    with transaction(admin_url, name) as connection:
        wanted = declared(connection)
        other = differences(wanted, picture(connection, "public"))
        assert not other, f"{other}: write the difference with `make migration NAME=add_what`"
        assert len(wanted) > 1000
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        with pytest.warns(match="Did not recognize type 'xid8'"):
            assert compare_metadata(context, Base.metadata) == []


def test_a_database_with_rows_takes_a_step_and_keeps_its_rows_and_its_walls(
    admin_url: str, name: str, folder: Path
) -> None:
    app_url = make(admin_url, name, folder)
    add_clients(admin_url, name)
    before = walls(admin_url, name)
    add_nickname(folder)
    assert step(admin_url, name, folder) == (Standing.BEHIND, "0001")

    make(admin_url, name, folder)

    assert step(admin_url, name, folder) == (Standing.CURRENT, "0002")
    assert walls(admin_url, name) == before
    with psycopg.connect(admin_url, dbname=name) as admin:
        found = admin.execute("SELECT slug, nickname FROM clients ORDER BY slug").fetchall()
        assert found == [("aceros", "ACEROS FICTICIO"), ("tornillo", "TORNILLO FICTICIO")]
        assert holes(admin) == []
    with psycopg.connect(app_url) as runtime:
        runtime.execute("SET ROLE recobro_staff")
        assert runtime.execute("SELECT count(*) FROM clients").fetchone() == (0,)


def test_doing_it_again_changes_nothing(admin_url: str, name: str) -> None:
    make(admin_url, name)
    add_clients(admin_url, name)
    with psycopg.connect(admin_url, dbname=name) as admin:
        rows = admin.execute("SELECT xmin::text, id FROM clients ORDER BY id").fetchall()
    before = tables(admin_url, name), walls(admin_url, name), step(admin_url, name)

    make(admin_url, name)

    assert (tables(admin_url, name), walls(admin_url, name), step(admin_url, name)) == before
    with psycopg.connect(admin_url, dbname=name) as admin:
        assert admin.execute("SELECT xmin::text, id FROM clients ORDER BY id").fetchall() == rows


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE POLICY of_old ON clients FOR SELECT TO recobro_staff USING (true)",
        "GRANT DELETE ON clients TO recobro_client",
        "GRANT UPDATE (agency_id) ON clients TO recobro_debtor",
        "GRANT SELECT ON clients TO recobro_app",
        "CREATE TRIGGER of_old BEFORE DELETE ON clients FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE FUNCTION of_old() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "GRANT EXECUTE ON FUNCTION audit_verify(uuid) TO recobro_debtor",
        "CREATE OR REPLACE FUNCTION sec.is(kind text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "DROP POLICY clients__client_select ON clients",
        "ALTER TABLE clients NO FORCE ROW LEVEL SECURITY; ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "DROP TRIGGER unchanging ON audit",
        "GRANT UPDATE ON sec.alembic_version TO recobro_app",
    ],
)
def test_walls_are_as_declared_again_whatever_was_done_to_them(
    admin_url: str, standing_database: str, planted: str
) -> None:
    before = walls(admin_url, standing_database)
    with psycopg.connect(admin_url, dbname=standing_database) as admin:
        admin.execute("SET ROLE recobro_owner")
        admin.execute(planted.encode())
    assert walls(admin_url, standing_database) != before

    upgrade(admin_url, standing_database)

    assert walls(admin_url, standing_database) == before


@pytest.fixture(scope="module")
def standing_database(admin_url: str) -> Iterator[str]:
    """One database for the tests that leave it as they found it."""
    own = f"recobro_steps_{os.getpid()}_standing"
    make(admin_url, own)
    yield own
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(own)))


def test_two_at_once_take_turns(admin_url: str, name: str, folder: Path) -> None:
    make(admin_url, name, folder)
    add_clients(admin_url, name)
    add_nickname(folder, then='op.execute("SELECT pg_sleep(0.5)")')

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(upgrade, admin_url, name, folder=folder) for _ in range(2)]:
            done.result()

    assert step(admin_url, name, folder) == (Standing.CURRENT, "0002")
    with psycopg.connect(admin_url, dbname=name) as admin:
        assert admin.execute("SELECT count(*) FROM sec.alembic_version").fetchone() == (1,)
        assert holes(admin) == []


def test_a_step_that_fails_leaves_everything_as_before(admin_url: str, name: str, folder: Path) -> None:
    make(admin_url, name, folder)
    add_clients(admin_url, name)
    before = tables(admin_url, name), walls(admin_url, name)
    add_nickname(folder, then='op.execute("SELECT 1 / 0")')

    with pytest.raises(Exception, match="division by zero"):
        make(admin_url, name, folder)

    assert (tables(admin_url, name), walls(admin_url, name)) == before
    assert step(admin_url, name, folder) == (Standing.BEHIND, "0001")


def test_a_newer_database_is_refused_and_left_alone(admin_url: str, standing_database: str) -> None:
    before = walls(admin_url, standing_database)
    with psycopg.connect(admin_url, dbname=standing_database) as admin:
        admin.execute("UPDATE sec.alembic_version SET version_num = '9001'")
    try:
        with pytest.raises(OtherSchema, match="más nueva de Recobro: está en el paso 9001"):
            make(admin_url, standing_database)
        assert walls(admin_url, standing_database) == before
    finally:
        with psycopg.connect(admin_url, dbname=standing_database) as admin:
            admin.execute("UPDATE sec.alembic_version SET version_num = %s", [[*numbered(STEPS)][-1]])


def test_a_database_from_before_the_steps_were_counted_is_taken_over_only_when_its_tables_are_the_same(
    admin_url: str, name: str
) -> None:
    make(admin_url, name)
    add_clients(admin_url, name)
    before = tables(admin_url, name), walls(admin_url, name)
    with psycopg.connect(admin_url, dbname=name) as admin:
        admin.execute("DROP TABLE sec.alembic_version")
    assert step(admin_url, name) == (Standing.UNNUMBERED, "")

    make(admin_url, name)

    assert (tables(admin_url, name), walls(admin_url, name)) == before
    assert step(admin_url, name)[0] is Standing.CURRENT

    with psycopg.connect(admin_url, dbname=name) as admin:
        admin.execute("DROP TABLE sec.alembic_version; ALTER TABLE clients ALTER COLUMN name DROP NOT NULL")
    with pytest.raises(OtherSchema, match=r"antes de que el esquema llevara cuenta.*\(clients: name\)"):
        make(admin_url, name)
    assert step(admin_url, name) == (Standing.UNNUMBERED, "")


def test_who_holds_a_table_is_not_waited_for_but_asked_again(admin_url: str, standing_database: str) -> None:
    with psycopg.connect(admin_url, dbname=standing_database) as other:
        other.execute("LOCK TABLE cases IN ACCESS SHARE MODE")
        threading.Timer(2.5, other.rollback).start()
        upgrade(admin_url, standing_database)
    assert step(admin_url, standing_database)[0] is Standing.CURRENT


def test_who_never_lets_go_of_a_table_is_told_of(
    admin_url: str, standing_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_ATTEMPTS", 1)
    with psycopg.connect(admin_url, dbname=standing_database) as other:
        other.execute("LOCK TABLE cases IN ACCESS SHARE MODE")
        with pytest.raises(Conflict, match="no sueltan las tablas"):
            upgrade(admin_url, standing_database)


def test_the_runtime_role_reads_the_step_and_cannot_change_it(admin_url: str, standing_database: str) -> None:
    runtime = make_conninfo(admin_url, dbname=standing_database, user="recobro_app", password=APP_PASSWORD)
    with psycopg.connect(runtime) as own:
        refuse_other(look(own))
        for change in ("UPDATE sec.alembic_version SET version_num = '0'", "DELETE FROM sec.alembic_version"):
            with pytest.raises(errors.InsufficientPrivilege), own.transaction():
                own.execute(change.encode())


def test_the_next_step_is_written_from_what_the_tables_have_and_the_steps_do_not(
    admin_url: str, standing_database: str, folder: Path
) -> None:
    script = next(folder.glob("0001_*.sql"))
    lines = script.read_text(encoding="utf-8").splitlines(keepends=True)
    gone = ("    settlement_", "    CONSTRAINT ck_cases__settlement", "CREATE INDEX ix_access_tokens")
    fewer = "".join(line for line in lines if not line.startswith(gone))
    assert len(fewer) < len("".join(lines)) - 200
    script.write_text(fewer.replace("('invitation', 'reset')", "('invitation')"), encoding="utf-8")

    with transaction(admin_url, standing_database) as connection:
        path = propose(connection, "add_settlements", folder)
        assert path == folder / "0002_add_settlements.py"
        assert differences(declared(connection), made(connection, folder)) == []
        assert propose(connection, "add_nothing", folder) is None
    written = path.read_text(encoding="utf-8")
    assert written.startswith('"""Add settlements."""\n')
    assert 'revision = "0002"\ndown_revision = "0001"\n' in written


def test_a_step_is_not_written_under_a_name_that_is_none(admin_url: str, standing_database: str, folder: Path) -> None:
    with transaction(admin_url, standing_database) as connection, pytest.raises(ValueError, match="a name is"):
        propose(connection, "../Add", folder)
