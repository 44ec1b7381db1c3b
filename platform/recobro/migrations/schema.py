"""The whole schema as SQL: tables from the registry, functions and triggers of the features, walls of the tables."""

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from recobro.migrations.models import feature_sql, import_tables, tenants_sql
from tenants import policies
from tenants.columns import Base

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def statements() -> Iterator[str]:
    """Every statement that makes an empty database into ours, in order; run as the owner."""
    import_tables()
    yield tenants_sql("context")
    tables = Base.metadata.sorted_tables
    for table in tables:
        yield str(CreateTable(table).compile(dialect=_DIALECT)).strip()
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            yield str(CreateIndex(index).compile(dialect=_DIALECT)).strip()
    yield tenants_sql("audit")
    for path in feature_sql():
        yield path.read_text(encoding="utf-8")
    for table in tables:
        yield from policies.statements(table)


def as_script() -> str:
    """The same as one readable file."""
    return "\n\n".join(statement.rstrip(";") + ";" for statement in statements()) + "\n"
