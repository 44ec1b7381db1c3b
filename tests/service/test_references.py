"""Keys that are checked in sets refuse what PostgreSQL's own would refuse."""

import uuid

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.support.world import World

_EVENT = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, visibility)
SELECT :agency, uuidv7(), :client, unnest(CAST(:cases AS uuid[])), now(), 'note', 'x', '', '{}', 'neutral', 'x',
       'staff', '', 'client'
"""


def test_one_row_of_many_that_leads_nowhere_refuses_the_whole_statement(world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with pytest.raises(IntegrityError, match="fk_case_events__agency_id_client_id_case_id"), world.work() as work:
        work.session.execute(
            text(_EVENT),
            {"agency": work.agency_id, "client": client_id, "cases": [case_id, case_id, uuid.uuid4()]},
        )


def test_a_key_cannot_be_moved_to_where_nothing_is(world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with pytest.raises(IntegrityError, match="fk_debts__agency_id_client_id_case_id"), world.work() as work:
        work.session.execute(
            text("UPDATE debts SET case_id = uuidv7() WHERE agency_id = :agency AND case_id = :case"),
            {"agency": work.agency_id, "case": case_id},
        )


def test_what_others_lead_to_cannot_be_deleted(world: World, database_urls: tuple[str, str]) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("DELETE FROM case_events WHERE case_id = %s", (case_id,))
        admin.execute("DELETE FROM case_balances WHERE case_id = %s", (case_id,))
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="debts"):
            admin.execute("DELETE FROM cases WHERE id = %s", (case_id,))


def test_who_deletes_a_row_waits_for_those_who_lead_to_it(world: World, database_urls: tuple[str, str]) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with world.work() as work, psycopg.connect(database_urls[1]) as admin:
        work.session.execute(text(_EVENT), {"agency": work.agency_id, "client": client_id, "cases": [case_id]})
        admin.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            admin.execute("DELETE FROM cases WHERE id = %s", (case_id,))
