"""Every process of the product on a database whose schema is not its own says so in a sentence and does nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from recobro.engines import process
from recobro.migrations.bootstrap import prepare
from tests.support.database import APP_PASSWORD, SECRET

OURS = ("RECOBRO_", "DATABASE_", "REDIS_", "SMTP_", "STRIPE_", "PUBLIC_URL")
STARTS = (["serve"], ["up"], ["worker", "--queue", "money"], ["relay"], ["cron"], ["ledger", "verify"])


@pytest.fixture(scope="module")
def installation(admin_url: str) -> Iterator[dict[str, str]]:
    """The environment of an installation with a database of its own."""
    name = f"recobro_schema_{os.getpid()}"
    app_url = prepare(admin_url, APP_PASSWORD, SECRET, database=name)
    folder = Path(tempfile.mkdtemp(prefix="recobro-schema-"))
    folder.chmod(0o711)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    yield {
        **clean,
        "LANG": "C",
        "DATABASE_URL": app_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "RECOBRO_SECRET": SECRET,
        "RECOBRO_DATA": str(folder / "data"),
    }
    shutil.rmtree(folder)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def recobro(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recobro.cli.main", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def say_the_step(admin_url: str, installation: Mapping[str, str], step: str) -> None:
    """Make the database say that it is at that step; an empty text: that nobody counted."""
    with psycopg.connect(admin_url, dbname=installation["DATABASE_URL"].rpartition("/")[2]) as admin:
        admin.execute("DELETE FROM sec.alembic_version")
        if step:
            admin.execute("INSERT INTO sec.alembic_version VALUES (%s)", [step])


@pytest.mark.parametrize("command", STARTS, ids=" ".join)
def test_a_database_that_is_behind_is_not_worked_on(
    admin_url: str, installation: dict[str, str], command: list[str], free_port: str
) -> None:
    say_the_step(admin_url, installation, "")
    done = recobro(installation | {"RECOBRO_PORT": free_port}, *command)
    assert done.returncode == 1
    assert "El esquema de la base de datos no está al día" in done.stderr
    assert "recobro db migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_names_the_missing_steps_and_a_newer_database(admin_url: str, installation: dict[str, str]) -> None:
    say_the_step(admin_url, installation, "")
    assert "✗ schema         El esquema de la base de datos no está al día" in recobro(installation, "doctor").stdout
    say_the_step(admin_url, installation, "9001")
    assert "está en el paso 9001" in recobro(installation, "doctor").stdout


def test_a_newer_database_is_neither_worked_on_nor_migrated(
    admin_url: str, installation: dict[str, str], free_port: str
) -> None:
    say_the_step(admin_url, installation, "9001")
    for done in (
        recobro(installation | {"RECOBRO_PORT": free_port}, "serve"),
        recobro(installation | {"DATABASE_ADMIN_URL": admin_url}, "db", "migrate"),
    ):
        assert done.returncode == 1
        assert "es de una versión más nueva de Recobro" in done.stderr
        assert "Traceback" not in done.stderr


def test_migrating_makes_it_the_programs_own_again(admin_url: str, installation: dict[str, str]) -> None:
    say_the_step(admin_url, installation, "")
    done = recobro(installation | {"DATABASE_ADMIN_URL": admin_url}, "db", "migrate")
    assert done.returncode == 0, done.stderr
    assert "✓ schema" in recobro(installation, "doctor").stdout


@pytest.fixture
def free_port() -> str:
    """A port that nobody listens on, as the environment says it."""
    return str(process.free_port())


def test_readiness_says_that_the_database_is_behind(app: Flask, database_urls: tuple[str, str]) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(database_urls[1]) as admin:
        now = admin.execute("DELETE FROM sec.alembic_version RETURNING version_num").fetchone()
    try:
        answer = client.get("/readyz")
    finally:
        with psycopg.connect(database_urls[1]) as admin:
            admin.execute("INSERT INTO sec.alembic_version VALUES (%s)", now)
    assert answer.status_code == 503
    assert "recobro db migrate" in answer.text
    assert client.get("/readyz").status_code == 200
