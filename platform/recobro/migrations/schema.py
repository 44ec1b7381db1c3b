"""The schema as SQL: the tables as they are declared, and everything that stands on them and is made anew each time."""

from collections.abc import Iterator

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from recobro.migrations.models import feature_sql, import_tables, tenants_sql
from tenants import policies, references
from tenants.columns import Base

# The text is run as it is: with the driver's own style a per cent sign would be doubled.
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def tables() -> Iterator[str]:
    """The statements that make every declared table and its indexes in an empty schema."""
    import_tables()
    for table in Base.metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=_DIALECT)).strip()
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            yield str(CreateIndex(index).compile(dialect=_DIALECT)).strip()


def bared() -> str:
    """The statement that leaves nothing but tables, for the transaction that puts `walls` up again."""
    return tenants_sql("taken_down")


def walls() -> Iterator[str]:
    """Functions, triggers, policies and grants on bare tables."""
    import_tables()
    yield tenants_sql("context")
    yield tenants_sql("audit")
    for path in feature_sql():
        yield path.read_text(encoding="utf-8")
    for table in Base.metadata.sorted_tables:
        yield from policies.statements(table)
        yield from references.statements(table, Base.metadata.sorted_tables)


def as_script(statements: Iterator[str]) -> str:
    """Statements as one readable file, which the server takes in one message."""
    lines = (line.rstrip() for line in ";\n\n".join(one.strip().rstrip(";") for one in statements).splitlines())
    return "\n".join(lines).replace("\t", "    ") + ";\n"
