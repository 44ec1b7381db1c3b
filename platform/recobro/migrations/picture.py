"""What PostgreSQL itself says of the tables of one schema, so that two of them can be compared to the last default."""

from typing import NamedTuple

from sqlalchemy import Connection, text


class Part(NamedTuple):
    """One part of a table by kind and name."""

    table: str
    kind: str
    name: str


Picture = dict[Part, str]


def picture(connection: Connection, schema: str) -> Picture:
    """Every column, constraint and index of a schema's tables with its definition; columns in no order."""
    before = connection.exec_driver_sql("SHOW search_path").scalar_one()
    # Definitions name a table of the schema without the schema, so that those of two schemas are alike.
    connection.exec_driver_sql(f'SET LOCAL search_path = "{schema}"')
    rows = connection.execute(text(_PARTS)).all()
    connection.exec_driver_sql(f"SET LOCAL search_path = {before}")
    return {Part(row.table_name, row.kind, row.name): row.definition for row in rows}


def differences(wanted: Picture, found: Picture) -> list[Part]:
    """The parts that only one of the two has, or that are not defined alike."""
    return sorted(part for part in wanted.keys() | found.keys() if wanted.get(part) != found.get(part))


_PARTS = """
SELECT c.relname::text AS table_name, 'column' AS kind, a.attname::text AS name,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
         nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''),
         (SELECT o.collname::text FROM pg_collation o WHERE o.oid = a.attcollation AND o.collname <> 'default'),
         (SELECT 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
            WHERE d.adrelid = c.oid AND d.adnum = a.attnum)) AS definition
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT c.relname, 'constraint', k.conname, pg_get_constraintdef(k.oid)
FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND c.relkind IN ('r', 'p')
  AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT c.relname, 'index', i.relname, pg_get_indexdef(i.oid, 0, true)
FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
"""
