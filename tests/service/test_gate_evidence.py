"""A kept decision stays as it was, whoever tries; and it says by which law it was made."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel.clock import ManualClock
from legal import gate
from legal.records.tables import DecisionRecord
from legal.rules.decision import canonical
from legal.rules.facts import Channel
from legal.rules.packs.loading import PACKS, pack_named
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.policies import OWNER, ROLES
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
CHANGES = {
    "its verdict": "UPDATE decisions SET verdict = 'deny' WHERE id = {id}",
    "its record": "UPDATE decisions SET record = '{{}}' WHERE id = {id}",
    "its moment": "UPDATE decisions SET moment = 'planned' WHERE id = {id}",
    "all of it": "DELETE FROM decisions WHERE id = {id}",
    "everything": "TRUNCATE decisions CASCADE",
}


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def kept(world: World) -> UUID:
    case_id = world.case(world.client())
    with world.work() as work:
        return gate.permission_to_contact(work, request_for(gather_one(work, case_id), Channel.EMAIL)).decision_id


def row(world: World, decision_id: UUID) -> DecisionRecord:
    with world.work() as work:
        return work.session.get_one(DecisionRecord, (world.agency_id, decision_id))


def as_role(admin: psycopg.Connection, role: str, change: str, decision_id: UUID) -> None:
    """Try one of the CHANGES as a database role."""
    with admin.transaction():
        admin.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        admin.execute(sql.SQL(CHANGES[change]).format(id=sql.Literal(str(decision_id))))


@pytest.mark.parametrize("change", CHANGES)
def test_no_role_changes_a_kept_decision(world: World, kept: UUID, database_urls: tuple[str, str], change: str) -> None:
    before = row(world, kept).record
    with psycopg.connect(database_urls[1]) as admin:
        me = admin.info.user
        for role in (*ROLES, OWNER, me):
            with pytest.raises((errors.InsufficientPrivilege, errors.IntegrityConstraintViolation)):
                as_role(admin, role, change, kept)
    assert row(world, kept).record == before


@pytest.mark.parametrize("change", [change for change in CHANGES if change != "everything"])
def test_not_even_a_new_grant_lets_the_runtime_change_one(
    world: World, kept: UUID, database_urls: tuple[str, str], change: str
) -> None:
    with psycopg.connect(database_urls[1]) as admin:
        admin.execute("GRANT UPDATE, DELETE ON decisions TO recobro_staff")
        admin.execute("CREATE POLICY hole ON decisions TO recobro_staff USING (true) WITH CHECK (true)")
        with pytest.raises(errors.IntegrityConstraintViolation, match="append-only"):
            as_role(admin, "recobro_staff", change, kept)
        admin.rollback()


def test_the_product_itself_cannot_change_one(world: World, kept: UUID) -> None:
    for statement in ("UPDATE decisions SET verdict = 'deny' WHERE id = :id", "DELETE FROM decisions WHERE id = :id"):
        with pytest.raises(DBAPIError, match="permission denied"), world.work() as work:
            work.session.execute(text(statement), {"id": kept})


def test_a_kept_decision_names_the_very_texts_it_was_made_with(world: World, kept: UUID) -> None:
    found, pack = row(world, kept), pack_named("mx")

    assert (found.pack_id, found.pack_version, found.pack_digest) == (pack.id, pack.version, pack.digest)
    told = found.record["pack"]
    assert (told["id"], told["version"], told["digest"]) == (pack.id, pack.version, pack.digest)
    assert told["parts"]
    for name, digest in told["parts"]:
        assert hashlib.sha256((PACKS / f"{name}.toml").read_bytes()).hexdigest() == digest
    content = {name: value for name, value in found.record.items() if name != "hash"}
    assert hashlib.sha256(canonical(content)).hexdigest() == found.hash
