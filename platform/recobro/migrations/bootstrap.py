"""Roles, database, schema: from a server's superuser to the runtime role's URL. Running it again changes nothing."""

from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recobro.migrations.schema import statements
from tenants.context import KEY_ID, context_key, pads
from tenants.policies import APP, OWNER, ROLES

_LOCK = 7_262_001


def prepare(admin_url: str, app_password: str, secret: str, *, database: str = "recobro") -> str:
    """Make roles and the database when they are missing, bring the schema up to date; the runtime role's URL."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # Roles belong to the whole server: two callers at once take turns.
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            _make_roles(admin, app_password)
            _make_database(admin, database)
        finally:
            admin.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    with psycopg.connect(admin_url, dbname=database) as connection:
        upgrade(connection)
        _store_key(connection, secret)
    return runtime_url(admin_url, app_password, database)


def runtime_url(admin_url: str, app_password: str, database: str) -> str:
    """The same server and database, reached as the runtime role."""
    parts = conninfo_to_dict(admin_url)
    host, port = str(parts.get("host") or "127.0.0.1"), parts.get("port") or 5432
    if host.startswith("/"):
        return f"postgresql://{APP}:{quote(app_password)}@/{database}?host={quote(host, safe='')}&port={port}"
    return f"postgresql://{APP}:{quote(app_password)}@{host}:{port}/{database}"


def upgrade(connection: psycopg.Connection) -> None:
    """Bring the schema of a database up to date, as its owner."""
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER)))
    exists = connection.execute("SELECT to_regclass('public.agencies') IS NOT NULL").fetchone()
    if not (exists and exists[0]):
        for statement in statements():
            connection.execute(statement.encode())
    connection.execute("RESET ROLE")


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
