"""Foreign keys that are checked once for each statement instead of once for each row.

PostgreSQL checks a foreign key row by row and locks the row it leads to: about 11 microseconds each, half the time of a
big placement. Where portfolios are written, the key is declared `NOT ENFORCED` and these triggers do the same in sets:
an INSERT is checked as a whole, a changed key as it changes, and rows that others lead to cannot be deleted. As with
PostgreSQL's own, a row that is led to stays until the transaction ends; one made in the same transaction is nobody
else's to delete.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.ext.compiler import compiles


class SetReference(ForeignKeyConstraint):
    """A foreign key that is checked in sets."""


@compiles(SetReference, "postgresql")
def _as_ddl(element: SetReference, compiler: Any, **more: Any) -> str:
    return f"{compiler.visit_foreign_key_constraint(element, **more)} NOT ENFORCED"


def references(table: Table) -> list[SetReference]:
    """The keys of a table that are checked in sets, in the order of their names."""
    found = [one for one in table.foreign_key_constraints if isinstance(one, SetReference)]
    return sorted(found, key=lambda one: str(one.name))


def statements(table: Table, others: Sequence[Table]) -> Iterator[str]:
    """The functions and triggers that keep a table's own keys, and those that lead to it from `others`."""
    if own := references(table):
        yield from _keeping(table, own)
    leading = [(other, one) for other in others for one in references(other) if one.referred_table is table]
    if leading:
        yield from _leaving(table, leading)


def _pairs(key: SetReference) -> list[tuple[str, str]]:
    return [(one.parent.name, one.column.name) for one in key.elements]


def _there(key: SetReference, row: str) -> str:
    return " AND ".join(f"p.{other} = {row}.{own}" for own, other in _pairs(key))


def _said(key: SetReference, row: str) -> str:
    """An empty key leads nowhere."""
    return " AND ".join(f"{row}.{own} IS NOT NULL" for own, _ in _pairs(key))


def _refuse(table: Table, key: SetReference) -> str:
    return (
        f'RAISE EXCEPTION \'insert or update on table "{table.name}" violates foreign key constraint "{key.name}"\''
        f" USING ERRCODE = '23503', TABLE = '{table.name}', CONSTRAINT = '{key.name}';"
    )


# A plan made for one row must serve a hundred thousand and the other way round: the index is right for both.
_SETTINGS = (
    "SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off"
    " SET enable_mergejoin = off"
)


def _function(name: str, body: str, declared: str = "") -> Iterator[str]:
    yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {_SETTINGS} AS $$\n{declared}BEGIN\n{body}  RETURN NULL;\nEND $$"  # noqa: E501
    yield f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"


def _trigger(name: str, table: Table, when: str, function: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name} ON {table.name}"
    yield f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()"


def _keeping(table: Table, keys: Sequence[SetReference]) -> Iterator[str]:
    made, moved = "", ""
    columns: list[str] = []
    for key in keys:
        own, parent = [name for name, _ in _pairs(key)], key.referred_table.name
        columns += [name for name in own if name not in columns]
        rows = f"(SELECT DISTINCT {', '.join(own)} FROM fresh) n"  # noqa: S608
        anothers = "p.xmin <> pg_current_xact_id()::xid"
        # No names of our tables or columns come from outside.
        made += f"""
  SELECT count(*) FILTER (WHERE p.xmin IS NULL), count(*) FILTER (WHERE {anothers}) INTO missing, others
  FROM {rows} LEFT JOIN {parent} p ON {_there(key, "n")} WHERE {_said(key, "n")};
  IF missing = 0 AND others > 0 THEN
    PERFORM FROM {rows} JOIN {parent} p ON {_there(key, "n")} WHERE {anothers} FOR KEY SHARE OF p;
    GET DIAGNOSTICS held = ROW_COUNT;
    missing := others - held;
  END IF;
  IF missing > 0 THEN {_refuse(table, key)} END IF;
"""  # noqa: S608
        moved += (
            f"  IF {_said(key, 'NEW')} THEN\n"
            f"    PERFORM FROM {parent} p WHERE {_there(key, 'NEW')} FOR KEY SHARE;\n"
            f"    IF NOT FOUND THEN {_refuse(table, key)} END IF;\n  END IF;\n"
        )
    yield from _function(f"refs_made_{table.name}", made, "DECLARE missing bigint; others bigint; held bigint;\n")
    yield from _trigger(
        "refs_made", table,
        f"AFTER INSERT ON {table.name} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT", f"refs_made_{table.name}",
    )  # fmt: skip
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
    yield from _function(f"refs_moved_{table.name}", moved)
    yield from _trigger(
        "refs_moved", table, f"AFTER UPDATE OF {', '.join(columns)} ON {table.name} FOR EACH ROW WHEN ({changed})",
        f"refs_moved_{table.name}",
    )  # fmt: skip


def _leaving(table: Table, leading: Sequence[tuple[Table, SetReference]]) -> Iterator[str]:
    body = ""
    for other, key in leading:
        there = " AND ".join(f"c.{own} = g.{far}" for own, far in _pairs(key))
        body += (
            f"  IF EXISTS (SELECT FROM gone g JOIN {other.name} c ON {there}) THEN\n"
            f'    RAISE EXCEPTION \'update or delete on table "{table.name}" violates foreign key constraint'
            f" \"{key.name}\" on table \"{other.name}\"' USING ERRCODE = '23503', TABLE = '{table.name}',"
            f" CONSTRAINT = '{key.name}';\n  END IF;\n"
        )
    yield from _function(f"refs_left_{table.name}", body)
    yield from _trigger(
        "refs_left", table,
        f"AFTER DELETE ON {table.name} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT", f"refs_left_{table.name}",
    )  # fmt: skip
