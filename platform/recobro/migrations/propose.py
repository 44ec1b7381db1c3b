"""Writes the next numbered step: what the declared tables have and the steps do not make yet."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import SAWarning

from recobro.migrations.picture import Picture, differences, picture
from recobro.migrations.schema import as_script, tables
from recobro.migrations.standing import newest, numbered
from recobro.migrations.steps import beside, execute, take_uncounted
from tenants.columns import Base

# Made beside the real tables: what is compared does not depend on what else the database holds.
_STEPS, _TABLES = "recobro_steps", "recobro_tables"


def declared(connection: Connection) -> Picture:
    """The tables as they are declared."""
    with beside(connection, _TABLES):
        execute(connection, as_script(tables()))
        return picture(connection, _TABLES)


def made(connection: Connection, folder: Path) -> Picture:
    """The tables as the steps of a folder make them."""
    with beside(connection, _STEPS):
        take_uncounted(connection, folder)
        return picture(connection, _STEPS)


def propose(connection: Connection, name: str, folder: Path) -> Path | None:
    """The new file, or none when the steps make the declared tables already. ValueError for a name that is none.

    It may say less than is needed (a renamed column, rows to fill): `declared` and `made` then still differ.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r}: a name is small letters, digits and underscores, like add_reference")
    before = newest(folder)
    number = f"{int(before) + 1:04d}"
    body = _body(connection, declared(connection), folder)
    if not body:
        return None
    path = folder / f"{number}_{name}.py"
    path.write_text(_step(name.replace("_", " ").capitalize(), number, before, body), encoding="utf-8")
    numbered.cache_clear()
    return path


def _body(connection: Connection, wanted: Picture, folder: Path) -> str:
    with beside(connection, _STEPS):
        take_uncounted(connection, folder)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        with warnings.catch_warnings():
            # A type that SQLAlchemy cannot read back (xid8) is compared by the pictures.
            warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
            found = produce_migrations(context, Base.metadata).upgrade_ops
        assert found is not None
        does = [*_single(found.ops)]
        for one in does:
            Operations(context).invoke(one)
        does += _redefined(wanted, picture(connection, _STEPS))
        if not does:
            return ""
        text = render_python_code(ops.UpgradeOps(does), migration_context=context)
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("# ###")).strip()


def _single(found: "list[ops.MigrateOperation]") -> Iterator[ops.MigrateOperation]:
    for one in found:
        if isinstance(one, ops.OpContainer):
            yield from _single(one.ops)
        else:
            yield one


def _redefined(wanted: Picture, found: Picture) -> Iterator[ops.MigrateOperation]:
    """What alembic does not see: conditions of checks and indexes."""
    parts = [part for part in differences(wanted, found) if part.kind in ("constraint", "index")]
    for part in parts:
        if part in found and part.kind == "constraint":
            yield ops.ExecuteSQLOp(f"ALTER TABLE {part.table} DROP CONSTRAINT {part.name}")
        elif part in found:
            yield ops.ExecuteSQLOp(f"DROP INDEX {part.name}")
    for part in parts:
        if part in wanted and part.kind == "constraint":
            yield ops.ExecuteSQLOp(_plain(f"ALTER TABLE {part.table} ADD CONSTRAINT {part.name} {wanted[part]}"))
        elif part in wanted:
            yield ops.ExecuteSQLOp(_plain(wanted[part]))


def _plain(statement: str) -> str:
    """SQL in which `:word` is no parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w+(?!:))", r"\\:", statement)


def _step(title: str, number: str, before: str, body: str) -> str:
    imports = ["import sqlalchemy as sa"] if "sa." in body else []
    imports += ["from alembic import op"]
    imports += ["from sqlalchemy.dialects import postgresql"] if "postgresql." in body else []
    return (
        f'"""{title}."""\n\n'
        + "\n".join(imports)
        + f'\n\nrevision = "{number}"\ndown_revision = "{before}"\n\n\n'
        + f'def upgrade() -> None:\n    """{title}."""\n    {body}\n'
    )
