"""Roles, database, schema: from a server's superuser to the runtime role's URL. Running it again changes nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from kernel.problems import Conflict
from kernel.text import msg
from recobro.migrations.laws import keep_laws
from recobro.migrations.picture import differences, picture
from recobro.migrations.schema import as_script, bared, walls
from recobro.migrations.standing import STEPS, OtherSchema, Standing, look, newer
from recobro.migrations.steps import beside, count_as_taken, execute, take, take_uncounted
from tenants.context import KEY_ID, context_key, pads
from tenants.policies import APP, OWNER, ROLES

_LOCK = 7_262_001
_TURN = 7_262_002
# Nobody waits behind us for long: who holds a table keeps it, and we come back.
_LOCK_SECONDS = 2
_ATTEMPTS = 15
_PAUSE_SECONDS = 3
_HELD = (errors.LockNotAvailable, errors.DeadlockDetected)


def prepare(admin_url: str, app_password: str, secret: str, *, database: str = "recobro", folder: Path = STEPS) -> str:
    """Make roles and the database when they are missing, bring the schema up to date; the runtime role's URL."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # Roles belong to the whole server: two callers at once take turns.
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            _make_roles(admin, app_password)
            _make_database(admin, database)
        finally:
            admin.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    upgrade(admin_url, database, folder=folder)
    with psycopg.connect(admin_url, dbname=database) as connection:
        _store_key(connection, secret)
    return runtime_url(admin_url, app_password, database)


def runtime_url(admin_url: str, app_password: str, database: str) -> str:
    """The same server and database, reached as the runtime role."""
    parts = conninfo_to_dict(admin_url)
    host, port = str(parts.get("host") or "127.0.0.1"), parts.get("port") or 5432
    if host.startswith("/"):
        return f"postgresql://{APP}:{quote(app_password)}@/{database}?host={quote(host, safe='')}&port={port}"
    return f"postgresql://{APP}:{quote(app_password)}@{host}:{port}/{database}"


def upgrade(admin_url: str, database: str, *, folder: Path = STEPS) -> None:
    """Bring the schema up to date as its owner, in one transaction: the steps not yet taken, then all walls anew, and
    the texts of the law that ships.

    Two at once take turns. OtherSchema when the database is newer, or older than the counting of steps and different;
    Conflict when others hold on to the tables. Then everything is as before.
    """
    with psycopg.connect(admin_url, dbname=database, autocommit=True) as turn:
        turn.execute("SELECT pg_advisory_lock(%s)", [_TURN])  # let go with the connection
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with transaction(admin_url, database) as connection:
                    execute(connection, f"SET LOCAL ROLE {OWNER}; SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
                    _bring_up(connection, folder)
                return
            except (psycopg.OperationalError, DBAPIError) as error:
                if not isinstance(getattr(error, "orig", error), _HELD):
                    raise
                if attempt == _ATTEMPTS:
                    raise Conflict(
                        msg("Otros procesos no sueltan las tablas. Detén Recobro y repite `recobro db migrate`.")
                    ) from error
                time.sleep(min(attempt, _PAUSE_SECONDS))


@contextmanager
def transaction(admin_url: str, database: str) -> Iterator[Connection]:
    """A transaction as the server's administrator; it is kept when the block ends and undone when it fails."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(admin_url, dbname=database), poolclass=NullPool
    )
    with engine.begin() as connection:
        yield connection


def _bring_up(connection: Connection, folder: Path) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    found = look(driver, folder)
    if found.standing is Standing.NEWER:
        raise newer(found, folder)
    if found.standing is Standing.UNNUMBERED:
        _count_what_is_there(connection, folder)
    # Steps find bare tables: no policy hides a row from them and none stands in the way of a column.
    execute(connection, bared())
    take(connection, folder)
    execute(connection, "SET CONSTRAINTS ALL IMMEDIATE")
    execute(connection, as_script(walls()))
    keep_laws(connection)


def _count_what_is_there(connection: Connection, folder: Path) -> None:
    with beside(connection, "recobro_steps"):
        take_uncounted(connection, folder)
        wanted = picture(connection, "recobro_steps")
    other = differences(wanted, picture(connection, "public"))
    if other:
        raise OtherSchema(
            msg(
                "Esta base de datos se hizo antes de que el esquema llevara cuenta de sus pasos y no es igual a la de "
                "este programa ({table}: {name}). Ábrela con el programa que la hizo, o empieza en una vacía "
                "(RECOBRO_DATA o DATABASE_URL)."
            ),
            table=other[0].table,
            name=other[0].name,
        )
    count_as_taken(connection, folder)


def _make_roles(admin: psycopg.Connection, app_password: str) -> None:
    known = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'recobro%'")}
    for role in (OWNER, *ROLES):
        if role not in known:
            admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    verb = "ALTER" if APP in known else "CREATE"
    admin.execute(
        sql.SQL(verb + " ROLE {} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
            sql.Identifier(APP), sql.Literal(app_password)
        )
    )
    if APP not in known:
        # The runtime role owns nothing and inherits nothing: it can only become one kind of principal at a time.
        for role in ROLES:
            admin.execute(
                sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(sql.Identifier(role), sql.Identifier(APP))
            )


def _make_database(admin: psycopg.Connection, database: str) -> None:
    name = sql.Identifier(database)
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(APP)))
    # Intake copies a file into a temporary table of its own before it goes through the walls.
    admin.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO recobro_staff, recobro_client").format(name))
    with psycopg.connect(_elsewhere(admin, database), autocommit=True) as own:
        own.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        own.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(OWNER)))
        own.execute(
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(
                sql.SQL(", ").join(sql.Identifier(role) for role in (*ROLES, APP))
            )
        )
        own.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC").format(
                sql.Identifier(OWNER)
            )
        )


def _elsewhere(connection: psycopg.Connection, database: str) -> str:
    return make_conninfo(connection.info.dsn, password=connection.info.password, dbname=database)


def _store_key(connection: psycopg.Connection, secret: str) -> None:
    ipad, opad = pads(context_key(secret))
    connection.execute(
        "INSERT INTO sec.keys (id, ipad, opad) VALUES (%s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET ipad = excluded.ipad, opad = excluded.opad",
        [KEY_ID, ipad, opad],
    )
