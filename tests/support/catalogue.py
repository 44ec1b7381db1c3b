"""What PostgreSQL itself says of our walls: every table, policy, grant, key, function and role, and each hole in them.

The lists of exceptions are written here with their reasons; whatever is not on them is a hole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import psycopg

from recobro.migrations.models import import_tables
from tenants.columns import Base, Walls
from tenants.policies import APP, COMMANDS, INNER, OWNER, ROLES, changeable, walls_of
from tenants.references import references

KINDS = tuple(role.removeprefix("recobro_") for role in ROLES)
RUNTIME = (APP, *ROLES)

# Tables that belong to no agency, and why.
GLOBAL: Mapping[str, str] = {
    "agencies": "the tenants themselves; a row is seen by its own agency, by the door and by the system",
    "people": "one person may work for several agencies; seen by the sign-in door alone",
    "sessions": "a browser is signed in before an agency is chosen; the door's alone",
    "recovery_codes": "belong to a person; the door's alone",
    "sign_in_attempts": "counted before anybody is known; hashes only; the door's alone",
    "stripe_events": "a webhook arrives before its agency is known; it keeps names of things and no person",
    "law_texts": "the law is the same for every agency; kept by the owner, read through one function",
    "access_tokens": "a reset belongs to a person; an invitation carries its agency and is seen by it",
}

# Where a client, counsel or debtor meets rows of the whole agency rather than of their own scope, and why.
WHOLE_AGENCY: Mapping[tuple[str, str], str] = {
    **{("agencies", f"{kind}:SELECT"): "the one row of the own agency: its name, address, account" for kind in INNER},
    **{("outbox", f"{kind}:INSERT"): "asks for a job; can neither read, change nor remove one" for kind in INNER},
}

# Functions that run with their owner's rights, and why.
DEFINERS: Mapping[str, str] = {
    "sec.context": "reads the key no runtime role can read, and checks the context with it",
    "sec.agency": "the agency of a checked context",
    "sec.scope": "the client or the case of a checked context",
    "sec.principal": "the person of a checked context",
    "sec.is": "the kind of a checked context",
    "public.audit_append": "writes the chain nobody else can write; checks the context and the actor's name",
    "public.ledger_open_balance": "a trigger: gives a new account its balance of nothing",
    "public.ledger_apply": "a trigger: moves balances nobody else can move, after it checked the lines",
    "public.ledger_check": "a trigger: sees all lines of an entry, whoever wrote it, to add them up",
    "public.ledger_hold": "locks balances nobody else can update; the agency is the context's",
    "public.checkout_agency": "the agency of a Stripe payment, for a webhook that names none; system only",
    "public.keep_debtor_words": "a trigger: the words of the debtors that its caller just wrote; nothing else",
    "public.keep_contact_words": "a trigger: the words of the contact points that its caller just wrote; nothing else",
    "public.law_text": "the text of one file of rules by its digest: the law, no row of anybody; staff only",
    "public.law_texts_named": "which texts of files of rules are kept: the law, no row of anybody; staff only",
    "public.keep_decision_rules": "a trigger: the rules of the decisions that its caller just wrote; nothing else",
    "public.remove_placed": "what a placement made and nobody touched, while its undoing is asked for; staff only",
    "public.detach_documents": "documents of a placement leave their cases, while its undoing is asked for; staff only",
    "public.measure_placed": "only ANALYZE, of five named tables and only while young; reads and writes no row",
    "public.take_numbers": "the same for a block of numbers; staff and jobs only",
    "public.take_number": "counts series nobody else can read or set back; the agency is the context's",
}

# Grants to the runtime role itself, which is no kind of principal, and why.
ASKED_BY_NOBODY: Mapping[tuple[str, str], str] = {
    (
        "alembic_version",
        "SELECT",
    ): "a program asks at its start whether the schema is its own; one row that names a step",
}

# Foreign keys from a table of an agency to one of no agency: none but to the agency itself.
_SHARED_TARGETS = {"agencies"}


@dataclass(frozen=True)
class Figures:
    """How much was looked at."""

    tables: int
    policies: int
    keys: int
    definers: int


@cache
def declared() -> dict[str, Walls]:
    """Every table of the product with the walls it declares."""
    import_tables()
    return {table.name: walls_of(table) for table in Base.metadata.sorted_tables}


def figures(connection: psycopg.Connection) -> Figures:
    """How many tables, policies, foreign keys and definer functions there are."""

    def count(query: str) -> int:
        row = connection.execute(query.encode()).fetchone()
        assert row
        return int(row[0])

    return Figures(
        tables=count(
            "SELECT count(*) FROM pg_class WHERE relkind IN ('r','p') AND relnamespace = 'public'::regnamespace"
        ),
        policies=count("SELECT count(*) FROM pg_policy"),
        keys=count("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
        definers=len(connection.execute(_DEFINERS.encode()).fetchall()),
    )


_COUNT = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"


def holes(connection: psycopg.Connection, *parts: str) -> list[str]:
    """Every hole in the walls, in words; none when they are whole. `parts` looks only there."""
    return sorted(hole for name, look in _PARTS.items() if not parts or name in parts for hole in look(connection))


def _rows(connection: psycopg.Connection, query: str, **values: object) -> list[tuple[object, ...]]:
    return connection.execute(query.encode(), values).fetchall()


def _tables(connection: psycopg.Connection) -> Iterator[str]:
    known = declared()
    for name, owner, secured, forced, partition, nullable in _rows(connection, _TABLES, owner=OWNER):
        if name not in known:
            yield f"{name}: no such table is declared"
        if owner != OWNER:
            yield f"{name}: belongs to {owner}"
        if not secured:
            yield f"{name}: row security is off"
        if not forced:
            yield f"{name}: row security is not forced"
        if partition:
            yield f"{name}: a partition is reached past its parent's policies"
        if nullable is None and name not in GLOBAL:
            yield f"{name}: has no agency_id"
        if nullable and name not in GLOBAL:
            yield f"{name}: agency_id may be empty"


_TABLES = """
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
       (SELECT NOT a.attnotnull FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attname = 'agency_id' AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""


def _keys(connection: psycopg.Connection) -> Iterator[str]:
    for table, index, first in _rows(connection, _UNIQUE):
        if first != "agency_id" and table not in GLOBAL:
            yield f"{table}: the unique key {index} does not begin with the agency: it tells of other agencies' rows"


_UNIQUE = """
SELECT t.relname::text, i.relname::text,
       (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = x.indkey[0])
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace
"""


def _foreign_keys(connection: psycopg.Connection) -> Iterator[str]:
    for table, name, target, pairs, clients, acts in _rows(connection, _FOREIGN):
        assert isinstance(pairs, list)
        carried = {tuple(pair) for pair in pairs}
        if acts:
            yield f"{table}: {name} cascades: a delete runs past the policies"
        if table in GLOBAL:
            if target not in GLOBAL:
                yield f"{table}: {name} leads from no agency into one"
            continue
        if ("agency_id", "agency_id") not in carried:
            yield f"{table}: {name} does not carry the agency: it can point into another"
        if target in GLOBAL and target not in _SHARED_TARGETS:
            yield f"{table}: {name} leads out of the agency: it cannot be distributed"
        if clients and ("client_id", "client_id") not in carried:
            yield f"{table}: {name} does not carry the client: it can point at another client's row"


_FOREIGN = """
WITH columns AS (
  SELECT a.attrelid, bool_or(a.attname = 'client_id' AND a.attnotnull) AS always,
         bool_or(a.attname = 'client_id') AS sometimes
  FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid)
SELECT t.relname::text, k.conname::text, f.relname::text,
       (SELECT array_agg(ARRAY[a.attname::text, b.attname::text] ORDER BY u.n)
          FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, other, n)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
          JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other),
       c.sometimes AND d.sometimes AND (c.always OR d.always), k.confdeltype <> 'a' OR k.confupdtype <> 'a'
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
JOIN columns c ON c.attrelid = t.oid JOIN columns d ON d.attrelid = f.oid
WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace
"""


def _policies(connection: psycopg.Connection) -> Iterator[str]:
    found: dict[tuple[str, str, str], int] = {}
    for table, name, permissive, command, roles, using, check in _rows(connection, _POLICIES):
        assert isinstance(roles, list)
        where = f"{table}: the policy {name}"
        if roles == [OWNER]:
            if table not in declared() or not declared()[str(table)].owner:
                yield f"{where} opens the table to its owner without being declared"
            continue
        if not permissive:
            yield f"{where} is restrictive: our walls are said once, in one permissive policy"
        if len(roles) != 1 or roles[0] not in ROLES:
            yield f"{where} is for {roles}, not for one kind of principal"
            continue
        kind = str(roles[0]).removeprefix("recobro_")
        key = (str(table), kind, str(command))
        found[key] = found.get(key, 0) + 1
        yield from (f"{where} {fault}" for fault in _faults(str(table), kind, str(command), using, check))
    for key, times in found.items():
        if times > 1:
            yield f"{key[0]}: {times} policies for {key[1]} on {key[2]} are joined by OR"
    wanted = {
        (table, kind, COMMANDS[letter])
        for table, walls in declared().items()
        for kind in KINDS
        for letter in getattr(walls, kind)
    }
    for table, kind, command in wanted - found.keys():
        yield f"{table}: the policy of {kind} for {command} is missing"
    for table, kind, command in found.keys() - wanted:
        yield f"{table}: {kind} has a policy for {command} that nobody declared"


_POLICIES = """
SELECT c.relname::text, p.polname::text, p.polpermissive,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
         ELSE 'ALL' END,
       (SELECT array_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END) FROM unnest(p.polroles) r),
       pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
"""


def _faults(table: str, kind: str, command: str, using: object, check: object) -> Iterator[str]:
    """What is wrong with one policy's conditions."""
    asked = {"SELECT": (True, False), "INSERT": (False, True), "UPDATE": (True, True), "DELETE": (True, False)}
    if command not in asked:
        yield "is for every command at once"
        return
    for needed, condition in zip(asked[command], (using, check), strict=True):
        if needed != (condition is not None):
            yield f"has {'no ' if needed else 'a needless '}condition"
        if condition is None:
            continue
        text = " ".join(str(condition).split())
        if kind in ("door", "system"):
            if text != f'( SELECT sec."is"(\'{kind}\'::text) AS "is")':
                yield f"lets in more than the {kind}: {text}"
            continue
        anchor = f"(agency_id = ( SELECT sec.agency('{kind}'::text) AS agency))"
        if not (text == anchor or text.startswith(f"({anchor} AND ")):
            yield f"does not begin with the agency of a {kind}: {text}"
        if " OR " in text or "IS NULL" in text or "(true)" in text or "true = true" in text or "IS NOT" in text:
            yield f"is loose: {text}"
        scoped = (
            any(f"sec.{word}('{kind}'" in text for word in ("scope", "principal")) or "SELECT" in text[len(anchor) :]
        )
        if kind in INNER and not scoped and (table, f"{kind}:{command}") not in WHOLE_AGENCY:
            yield f"lets a {kind} at the whole agency: {text}"


def _grants(connection: psycopg.Connection) -> Iterator[str]:
    given: set[tuple[str, str, str]] = set()
    for table, grantee, privilege in _rows(connection, _GRANTS):
        if grantee == OWNER:
            continue
        if grantee == APP and (table, privilege) in ASKED_BY_NOBODY:
            continue
        if grantee not in ROLES:
            yield f"{table}: {privilege} is granted to {grantee}"
            continue
        kind = str(grantee).removeprefix("recobro_")
        if privilege == "UPDATE" and kind in INNER:
            yield f"{table}: a {kind} may change whose a row is"
        if privilege == "UPDATE" and kind == "staff" and declared()[str(table)].staff_changes:
            yield f"{table}: staff may rewrite what limits rest on"
        given.add((str(table), kind, str(privilege)))
    columns: dict[tuple[str, str], set[str]] = {}
    for table, column, grantee, privilege in _rows(connection, _COLUMN_GRANTS):
        kind = str(grantee).removeprefix("recobro_")
        if privilege != "UPDATE" or kind not in (*INNER, "staff"):
            yield f"{table}: {privilege} of the column {column} is granted to {grantee}"
        columns.setdefault((str(table), kind), set()).add(str(column))
    for (table, kind), names in columns.items():
        given.add((table, kind, "UPDATE"))
        may = declared()[table].staff_changes if kind == "staff" else changeable(Base.metadata.tables[table])
        for name in names - set(may):
            yield f"{table}: a {kind} may change {name}: whose the row is"
    wanted = {
        (table, kind, COMMANDS[letter])
        for table, walls in declared().items()
        for kind in KINDS
        for letter in getattr(walls, kind)
    }
    for table, kind, privilege in given - wanted:
        yield f"{table}: {kind} may {privilege}, which nobody declared"
    for table, kind, privilege in wanted - given:
        yield f"{table}: {kind} lacks the declared {privilege}"


_GRANTS = """
SELECT c.relname::text, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END, g.privilege_type
FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relnamespace IN ('public'::regnamespace, 'sec'::regnamespace)
"""
_COLUMN_GRANTS = """
SELECT c.relname::text, a.attname::text,
       CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END, g.privilege_type
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g
WHERE c.relnamespace IN ('public'::regnamespace, 'sec'::regnamespace)
"""


def _others(connection: psycopg.Connection) -> Iterator[str]:
    for name, kind, options in _rows(connection, _RELATIONS):
        if kind == "v" and "security_invoker=true" not in (options or []):  # type: ignore[operator]
            yield f"{name}: a view that reads with its owner's rights"
        if kind == "m":
            yield f"{name}: a materialised view has no policies"
        if kind in ("f", "S"):
            yield f"{name}: a {'foreign table' if kind == 'f' else 'sequence'} stands outside the walls"
    for name, table in _rows(connection, _RULES):
        yield f"{table}: the rule {name} rewrites what is asked"
    for schema, grantee in _rows(connection, _SCHEMAS):
        yield f"schema {schema}: {grantee} may create in it"
    for grants in _rows(connection, "SELECT defaclacl::text FROM pg_default_acl WHERE defaclobjtype IN ('r', 'S')"):
        yield f"new tables are born with grants: {grants[0]}"


_RELATIONS = """
SELECT relname::text, relkind::text, reloptions FROM pg_class
WHERE relkind IN ('v', 'm', 'f', 'S') AND relnamespace IN ('public'::regnamespace, 'sec'::regnamespace)
"""
_RULES = """
SELECT r.rulename::text, c.relname::text FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relkind <> 'v' AND c.relnamespace = 'public'::regnamespace
"""
_SCHEMAS = """
SELECT n.nspname::text, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END
FROM pg_namespace n, aclexplode(n.nspacl) g
WHERE n.nspname IN ('public', 'sec') AND g.privilege_type = 'CREATE'
  AND g.grantee NOT IN (n.nspowner, 'recobro_owner'::regrole)
"""


def _wanted_triggers() -> set[tuple[str, str, str]]:
    """(table, trigger, function) of every key that is checked in sets; each function reads what the key names."""
    wanted = set()
    for name in declared():
        for key in references(Base.metadata.tables[name]):
            wanted |= {(name, trigger, f"{trigger}_{name}") for trigger in ("refs_made", "refs_moved")}
            target = key.referred_table.name
            wanted.add((target, "refs_left", f"refs_left_{target}"))
    return wanted


def _references(connection: psycopg.Connection) -> Iterator[str]:
    found = {(str(table), str(trigger), str(function)) for table, trigger, function in _rows(connection, _TRIGGERS)}
    for table, trigger, _ in sorted(_wanted_triggers() - found):
        yield f"{table}: nothing checks its keys: the trigger {trigger} is missing"


_TRIGGERS = """
SELECT c.relname::text, t.tgname::text, p.proname::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND c.relnamespace = 'public'::regnamespace
"""


def _functions(connection: psycopg.Connection) -> Iterator[str]:
    kept = {f"public.{function}" for _, _, function in _wanted_triggers()}
    for name, path, owner in _rows(connection, _DEFINERS):
        if name not in DEFINERS and name not in kept:
            yield f"{name}: runs with its owner's rights and is not on the list"
        if not path or not str(path).startswith("search_path=pg_catalog, ") or not str(path).endswith("pg_temp"):
            yield f"{name}: runs with its owner's rights and looks where the caller says ({path})"
        if owner != OWNER:
            yield f"{name}: runs with the rights of {owner}"
    for (name,) in _rows(connection, _PUBLIC_FUNCTIONS):
        yield f"{name}: everybody may call it"


_DEFINERS = """
SELECT n.nspname || '.' || p.proname, (SELECT c FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%%'),
       pg_get_userbyid(p.proowner)::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_PUBLIC_FUNCTIONS = """
SELECT n.nspname || '.' || p.proname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
     aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
WHERE n.nspname IN ('public', 'sec') AND g.grantee = 0
"""


def _roles(connection: psycopg.Connection) -> Iterator[str]:
    for name, *powers in _rows(connection, _POWERS, roles=[*RUNTIME, OWNER]):
        if any(powers):
            yield f"{name}: has powers over the server or past the policies"
    for member, role, inherits, admin in _rows(connection, _MEMBERS, roles=[*RUNTIME, OWNER]):
        if member != APP or role not in ROLES:
            yield f"{member}: is a member of {role}"
        if inherits or admin:
            yield f"{member}: has the rights of {role} without becoming it"
    for table, grantee in _rows(connection, _DATABASE):
        yield f"database {table}: {grantee} may create in it"


_POWERS = """
SELECT rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       rolcanlogin AND rolname <> 'recobro_app'
FROM pg_roles WHERE rolname = ANY(%(roles)s)
"""
_MEMBERS = """
SELECT pg_get_userbyid(m.member)::text, pg_get_userbyid(m.roleid)::text, m.inherit_option, m.admin_option
FROM pg_auth_members m WHERE pg_get_userbyid(m.member) = ANY(%(roles)s)
"""
_DATABASE = """
SELECT d.datname::text, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END
FROM pg_database d, aclexplode(d.datacl) g
WHERE d.datname = current_database() AND g.privilege_type = 'CREATE'
  AND g.grantee NOT IN (d.datdba, 'recobro_owner'::regrole)
"""


_PARTS: Mapping[str, Callable[[psycopg.Connection], Iterator[str]]] = {
    "tables": _tables,
    "keys": _keys,
    "references": _foreign_keys,
    "policies": _policies,
    "grants": _grants,
    "others": _others,
    "functions": _functions,
    "in sets": _references,
    "roles": _roles,
}
