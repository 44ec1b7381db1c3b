"""Takes the numbered steps on an open connection; nothing here begins or ends a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from recobro.migrations.standing import newest


def execute(connection: Connection, script: str) -> None:
    """Run a script of many statements as it is written, in one message."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script.encode())


def run_script(path: Path) -> None:
    """Inside a step: run a file of SQL."""
    execute(op.get_bind(), path.read_text(encoding="utf-8"))


def take(connection: Connection, folder: Path) -> None:
    """Take every step the database has not taken yet, and count each."""
    execute(connection, "CREATE SCHEMA IF NOT EXISTS sec")
    context, script = _counted(connection, folder)
    for revision in _after(script, context.get_current_revision()):
        _take_one(context, revision)
        context.stamp(script, revision.revision)


def count_as_taken(connection: Connection, folder: Path) -> None:
    """Note that the tables are those of the newest step."""
    context, script = _counted(connection, folder)
    context.stamp(script, newest(folder))


@contextmanager
def beside(connection: Connection, schema: str) -> Iterator[None]:
    """An empty schema in which unqualified names live for as long as the block lasts; then it is gone again."""
    execute(connection, f'CREATE SCHEMA "{schema}"; SET LOCAL search_path = "{schema}"')
    yield
    execute(connection, f'SET LOCAL client_min_messages = warning; DROP SCHEMA "{schema}" CASCADE; RESET search_path')


def take_uncounted(connection: Connection, folder: Path) -> None:
    """Take all steps from the first, in a schema beside the real one."""
    context, script = _counted(connection, folder)
    for revision in _after(script, None):
        _take_one(context, revision)


def _counted(connection: Connection, folder: Path) -> tuple[MigrationContext, ScriptDirectory]:
    # Among the tables that are no agency's; the runtime role may read it and nothing else (tenants/sql/context.sql).
    context = MigrationContext.configure(connection, opts={"version_table_schema": "sec"})
    return context, ScriptDirectory(str(folder), version_locations=[str(folder)])


def _after(script: ScriptDirectory, current: str | None) -> Iterator[Script]:
    return reversed([*script.iterate_revisions("head", current or "base")])


def _take_one(context: MigrationContext, step: Script) -> None:
    with Operations.context(context):
        step.module.upgrade()
