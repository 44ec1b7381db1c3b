"""A portfolio whose strategy steps are all due, of any size: one real case, written many times over by the server."""

import json
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from legal.records import service as records
from legal.rules.facts import Channel
from recobro.cases.tables import Case
from recobro.notices.gathering import gather_one
from recobro.strategies import service as strategies
from tests.support.world import World

REGIONS = ("CMX", "JAL", "Baja California", "Sonora", "Quintana Roo", "Chihuahua", "Nuevo León", "")
# Of so many cases, one is a second case of the person before.
ONE_IN = 50
# How long ago the contacts of the year were.
HISTORY_DAYS = (9, 17, 25, 45, 80, 140, 200, 300)


def plant(world: World, admin: psycopg.Connection, rows: int) -> None:
    """So many cases, each with a debtor, three contact points, a debt, a year of contacts and a notice due now; one
    person in fifty has two of them."""
    case_id = world.case(world.client(), kind="person", name="Luis Demo")
    with world.work() as work:
        strategies.start(work, [case_id])
    with world.work() as work:
        facts = gather_one(work, case_id)
        for days in HISTORY_DAYS:
            records.note_contact(
                work, client_id=facts.case.client_id, case_id=case_id, debtor_id=facts.debtor.id,
                person_key=facts.person_key, channel=Channel.EMAIL, at=work.now() - timedelta(days=days),
                conversation=False,
            )  # fmt: skip
        case = work.session.get_one(Case, (world.agency_id, case_id))
        case.next_step_at = work.now() - timedelta(hours=1)
    debtor, case_key = _id("019a"), _id("019b")
    regions = f"('{json.dumps(REGIONS)}'::jsonb ->> (n % {len(REGIONS)}))"
    person = f"'FICX' || (n - (n % {ONE_IN} = 0)::int)"
    own = "md5(t.id::text || n)::uuid"
    tables: dict[str, dict[str, str]] = {
        "debtors": {"id": debtor, "customer_ref": "n", "customer_ref_norm": "n", "region": regions,
                    "tax_id_norm": person},
        "contact_points": {"id": own, "debtor_id": debtor, "value": "n || t.value", "value_norm": "n || t.value_norm"},
        "cases": {"id": case_key, "debtor_id": debtor, "number": "'N-' || n"},
        "debts": {"id": own, "debtor_id": debtor, "case_id": case_key, "reference": "'R' || n",
                  "reference_norm": "'R' || n"},
        "case_strategies": {"id": own, "case_id": case_key, "step_since": "t.step_since - interval '30 days'"},
        "contact_attempts": {"id": own, "case_id": case_key, "debtor_id": debtor,
                             "person_key": f"'MX:' || {person}"},
    }  # fmt: skip
    # The rows are whole; triggers and references would check each of them again.
    admin.execute("SET session_replication_role = replica")
    for table, changes in tables.items():
        _write(admin, world, table, changes, rows)
    admin.execute("SET session_replication_role = origin")
    for table in tables:
        admin.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def _id(start: str) -> str:
    """An id for each number, rising as those that the product makes do with time (UUID, version 7)."""
    return f"('{start}0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"


def _write(admin: psycopg.Connection, world: World, table: str, changes: dict[str, str], rows: int) -> None:
    given: list[Any] = [part for name, value in changes.items() for part in (sql.Literal(name), sql.SQL(value))]
    statement = sql.SQL(
        "INSERT INTO {table} SELECT r.* FROM {table} t, generate_series(1, {rows}) n,"
        " LATERAL jsonb_populate_record(NULL::{table}, to_jsonb(t) || jsonb_build_object({changes})) r"
        " WHERE t.agency_id = {agency}"
    ).format(
        table=sql.Identifier(table), rows=sql.Literal(rows), changes=sql.SQL(", ").join(given),
        agency=sql.Literal(str(world.agency_id)),
    )  # fmt: skip
    admin.execute(statement)
