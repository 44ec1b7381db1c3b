"""The audit chain: what is altered, removed or cut off is found, by number."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from recobro.people import anchors
from tenants.audit import Fault, verify
from tenants.roles import Role
from tests.support.world import World

ACTS = 6


@pytest.fixture
def chained(world: World, app: Flask) -> World:
    """An agency with a chain of a few acts."""
    with world.work(world.principal(Role.ADMIN)) as work:
        for number in range(ACTS):
            work.audit("test.act", number=number)
    return world


def tamper(admin_url: str, world: World, *statements: str) -> list[Fault]:
    """What is found after an administrator of the database did this behind everybody's back."""
    with psycopg.connect(admin_url) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            admin.execute(statement.encode(), {"agency": world.agency_id})
    with world.work() as work:
        return list(anchors.faults(work))


def test_a_whole_chain_has_no_fault(chained: World) -> None:
    with chained.work() as work:
        assert verify(work.session, chained.agency_id) == []


@pytest.mark.parametrize(
    ("statements", "faults"),
    [
        (["UPDATE audit SET payload = '{}' WHERE agency_id = %(agency)s AND seq = 3"], {(3, "hash")}),
        (["UPDATE audit SET actor = 'nobody' WHERE agency_id = %(agency)s AND seq = 3"], {(3, "hash")}),
        (["UPDATE audit SET at = at - interval '1 hour' WHERE agency_id = %(agency)s AND seq = 3"], {(3, "hash")}),
        (["UPDATE audit SET action = 'test.other' WHERE agency_id = %(agency)s AND seq = 3"], {(3, "hash")}),
        (["DELETE FROM audit WHERE agency_id = %(agency)s AND seq = 3"], {(4, "gap"), (4, "prev")}),
        (["DELETE FROM audit WHERE agency_id = %(agency)s AND seq = 1"], {(2, "gap"), (2, "prev")}),
        (["DELETE FROM audit WHERE agency_id = %(agency)s AND seq >= 5"], {(7, "head")}),
        (
            [
                "DELETE FROM audit WHERE agency_id = %(agency)s AND seq = 3",
                "UPDATE audit SET seq = seq - 1 WHERE agency_id = %(agency)s AND seq > 3",
            ],
            {(3, "prev"), (3, "hash"), (4, "hash"), (5, "hash"), (6, "hash"), (7, "head")},
        ),
        (
            [
                "UPDATE audit SET payload = '{}' WHERE agency_id = %(agency)s AND seq = 3",
                "UPDATE audit SET hash = sha256(prev || convert_to(jsonb_build_array(agency_id, seq,"
                " extract(epoch FROM at)::text, actor, action, payload)::text, 'UTF8'))"
                " WHERE agency_id = %(agency)s AND seq = 3",
            ],
            {(4, "prev")},
        ),
        (["UPDATE audit_heads SET seq = 99 WHERE agency_id = %(agency)s"], {(99, "head")}),
    ],
)
def test_tampering_is_found(
    chained: World, database_urls: tuple[str, str], statements: list[str], faults: set[tuple[int, str]]
) -> None:
    found = tamper(database_urls[1], chained, *statements)

    assert {(fault.seq, fault.why) for fault in found} == faults


def test_a_chain_cut_at_its_end_with_its_head_set_back_is_found_by_its_anchor(
    chained: World, database_urls: tuple[str, str]
) -> None:
    with chained.work() as work:
        anchors.anchor(work)
    with chained.work() as work:
        work.audit("test.later")
    cut = (
        "DELETE FROM audit WHERE agency_id = %(agency)s AND seq > 4",
        "UPDATE audit_heads SET seq = 4,"
        " hash = (SELECT a.hash FROM audit a WHERE a.agency_id = %(agency)s AND a.seq = 4)"
        " WHERE agency_id = %(agency)s",
    )

    found = tamper(database_urls[1], chained, *cut)

    assert [(fault.seq, fault.why) for fault in found] == [(7, "anchor")]


class _Halt(Exception):
    """A piece of work that fails."""


def test_an_act_and_its_change_are_kept_or_lost_together(world: World) -> None:
    try:
        with world.work(world.principal(Role.ADMIN)) as work:
            work.audit("test.act")
            raise _Halt
    except _Halt:
        pass

    with world.work() as work:
        assert work.session.scalar(text("SELECT count(*) FROM audit WHERE action = 'test.act'")) == 0


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit", "UPDATE audit SET payload = ''", "TRUNCATE audit", "DELETE FROM audit_heads"]
)
def test_nobody_rewrites_the_chain_through_the_product(chained: World, statement: str) -> None:
    boss = chained.principal(Role.ADMIN)
    with pytest.raises(ProgrammingError, match="permission denied"), chained.work(boss) as work:
        work.session.execute(text(statement))
