"""A real PostgreSQL for the tests, reached as the production role: one database per test process.

Each test makes an agency of its own and the walls keep it apart, so nothing is cleaned up between tests.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from recobro.migrations.bootstrap import prepare

SECRET = "a secret for tests only, long enough to be one"
APP_PASSWORD = "app-password-for-tests"


@contextmanager
def test_database(admin_url: str) -> Iterator[tuple[str, str]]:
    """A fresh database: its URL as the runtime role, and as the superuser (for tests that tamper)."""
    name = f"recobro_test_{os.getpid()}"
    app_url = prepare(admin_url, APP_PASSWORD, SECRET, database=name)
    admin_own = psycopg.conninfo.make_conninfo(admin_url, dbname=name)
    try:
        yield app_url, admin_own
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
