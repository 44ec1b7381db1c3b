"""The row security of a table as SQL text, made from its declared walls; nothing else writes a policy or a grant."""

from collections.abc import Iterator

from sqlalchemy import Table

from tenants.columns import Base, Walls

OWNER = "recobro_owner"
APP = "recobro_app"
ROLES = ("recobro_staff", "recobro_client", "recobro_counsel", "recobro_debtor", "recobro_door", "recobro_system")
COMMANDS = {"r": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}
# Who lives inside an agency, behind walls of their own: they never change what a row belongs to.
INNER = ("client", "counsel", "debtor")


def _condition(by: str, value: str) -> str:
    return f"{by} = {value}" if by and " " not in by else by


def _conditions(walls: Walls) -> dict[str, tuple[str, str]]:
    """For each kind of principal: the commands it has and the condition its rows must meet."""

    def all_of(*parts: str) -> str:
        return " AND ".join(f"({part})" for part in parts if part)

    return {
        "staff": (walls.staff, all_of("agency_id = (SELECT sec.agency('staff'))", walls.staff_where)),
        "client": (
            walls.client,
            all_of(
                "agency_id = (SELECT sec.agency('client'))",
                _condition(walls.client_by, "(SELECT sec.scope('client'))"),
                walls.client_where,
            ),
        ),
        "counsel": (
            walls.counsel,
            all_of(
                "agency_id = (SELECT sec.agency('counsel'))",
                _condition(walls.counsel_by, "(SELECT sec.principal('counsel'))"),
                walls.counsel_where,
            ),
        ),
        "debtor": (
            walls.debtor,
            all_of(
                "agency_id = (SELECT sec.agency('debtor'))",
                _condition(walls.debtor_by, "(SELECT sec.scope('debtor'))"),
                walls.debtor_where,
            ),
        ),
        "door": (walls.door, "(SELECT sec.is('door'))"),
        "system": (walls.system, "(SELECT sec.is('system'))"),
    }


def walls_of(table: Table) -> Walls:
    """The walls a table was declared with; a table without is refused."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper.class_.__walls__  # type: ignore[no-any-return]
    raise LookupError(f"{table.name} has no walls")


def changeable(table: Table) -> list[str]:
    """The columns of a table that say nothing of whose the row is: no key, no reference, no scope."""
    fixed = {column.name for column in table.primary_key}
    fixed |= {column.name for key in table.foreign_key_constraints for column in key.columns}
    fixed |= {"client_id", "case_id", "debtor_id", "person_id", "created_at"}
    return [column.name for column in table.columns if column.name not in fixed]


def _grants(table: Table, kind: str, commands: str) -> Iterator[str]:
    changes = walls_of(table).staff_changes if kind == "staff" else changeable(table) if kind in INNER else ()
    whole = [COMMANDS[letter] for letter in commands if not (letter == "u" and changes)]
    if whole:
        yield f"GRANT {', '.join(whole)} ON {table.name} TO recobro_{kind}"
    if "u" in commands and changes:
        columns = ", ".join(f'"{name}"' for name in changes)
        yield f"GRANT UPDATE ({columns}) ON {table.name} TO recobro_{kind}"


def statements(table: Table) -> Iterator[str]:
    """Row security, policies and grants of one table, in order, so that running them again changes nothing."""
    walls = walls_of(table)
    name = table.name
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"REVOKE ALL ON {name} FROM PUBLIC, {', '.join(ROLES)}"
    if walls.owner:
        yield f"DROP POLICY IF EXISTS {name}__owner ON {name}"
        yield f"CREATE POLICY {name}__owner ON {name} FOR ALL TO {OWNER} USING (true) WITH CHECK (true)"
    for kind, (commands, condition) in _conditions(walls).items():
        more = walls.debtor_writes if kind == "debtor" else ""
        written = f"{condition} AND {more}" if more else condition
        role = f"recobro_{kind}"
        yield from _grants(table, kind, commands)
        for letter, command in COMMANDS.items():
            policy = f"{name}__{kind}_{command.lower()}"
            yield f"DROP POLICY IF EXISTS {policy} ON {name}"
            if letter not in commands:
                continue
            using = "" if letter == "i" else f" USING ({condition})"
            check = f" WITH CHECK ({written})" if letter in "iu" else ""
            yield f"CREATE POLICY {policy} ON {name} FOR {command} TO {role}{using}{check}"
