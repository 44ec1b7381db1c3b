"""A real PostgreSQL for the tests, reached as the production role: one database per test process.

Each test makes an agency of its own and the walls keep it apart, so nothing is cleaned up between tests.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from recobro.migrations.bootstrap import prepare
from recobro.migrations.models import import_tables
from tenants.columns import Base

SECRET = "a secret for tests only, long enough to be one"
APP_PASSWORD = "app-password-for-tests"


@contextmanager
def test_database(admin_url: str) -> Iterator[tuple[str, str]]:
    """A fresh database: its URL as the runtime role, and as the superuser (for tests that tamper)."""
    name = f"recobro_test_{os.getpid()}"
    app_url = prepare(admin_url, APP_PASSWORD, SECRET, database=name)
    admin_own = psycopg.conninfo.make_conninfo(admin_url, dbname=name)
    try:
        _refuse_unmade_columns(admin_own)
        yield app_url, admin_own
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _refuse_unmade_columns(admin_own: str) -> None:
    """One sentence instead of a thousand failures when a table was changed and no step makes the change."""
    import_tables()
    wanted = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    with psycopg.connect(admin_own) as admin:
        found = set(admin.execute(b"SELECT table_name, column_name FROM information_schema.columns"
                                  b" WHERE table_schema = 'public'"))  # fmt: skip
    if wanted != found:
        other = ", ".join(sorted(f"{table}.{column}" for table, column in wanted ^ found))
        raise RuntimeError(
            f"The steps of the schema and the declared tables differ in {other}: `make migration NAME=add_what`"
            " (until the first release: `python -m recobro.migrations.freeze`)."
        )
