"""Many principals of many agencies on few connections: nobody meets what another left behind."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from recobro.cases.tables import Case
from tenants import database
from tenants.context import Kind, Principal
from tenants.roles import Role
from tenants.work import door_work, system_work, tenant_work
from tests.support.database import SECRET
from tests.support.world import make_world, mxn

THREADS, REQUESTS = 8, 2000


@pytest.fixture
def small_pool(database_urls: tuple[str, str]) -> Iterator[None]:
    """Four connections that are kept, for eight threads."""
    database.connect(database_urls[0], SECRET, pool_size=4)
    yield
    database.connect(database_urls[0], SECRET)


class _Wrong(Exception):
    """A request that fails half way."""


def _people() -> list[tuple[Principal, set[object]]]:
    """Principals of three agencies, and the cases each may see."""
    found: list[tuple[Principal, set[object]]] = []
    for country in ("MX", "CO", "ES"):
        world = make_world(country)
        due = world.clock.now().date()
        mine = {
            client: {world.case(client, debts=[(f"A-{n}", mxn("10"), due)], name=f"Deudor {n}") for n in range(2)}
            for client in (world.client("uno"), world.client("dos"))
        }
        every: set[object] = {case for cases in mine.values() for case in cases}
        found.append((world.principal(Role.COLLECTOR), every))
        for client, cases in mine.items():
            found.append((world.principal(Role.CLIENT_VIEWER, client_id=client), set(cases)))
            case = next(iter(cases))
            found.append((Principal(world.agency_id, Kind.DEBTOR, scope_id=case), {case}))
        found.append((world.principal(Role.COUNSEL), set()))
    return found


def test_two_thousand_mixed_requests_meet_only_their_own(small_pool: None) -> None:
    people = _people()
    crossed: list[str] = []

    def look(work_session: object, principal: Principal, own: set[object]) -> None:
        seen = set(work_session.scalars(select(Case.id)))  # type: ignore[attr-defined]
        if seen != own:
            crossed.append(f"{principal.kind} saw {len(seen)} cases instead of {len(own)}")

    def request(number: int) -> None:
        chance = random.Random(number)
        principal, own = chance.choice(people)
        turn = chance.random()
        try:
            if turn < 0.1:
                with door_work() as door:
                    door.execute(text("SELECT 1 FROM people LIMIT 1"))
                return
            if turn < 0.2:
                with system_work(reason="test") as system:
                    system.session.execute(text("SELECT count(*) FROM outbox"))
                return
            with tenant_work(principal) as work:
                look(work.session, principal, own)
                if turn < 0.35:
                    raise _Wrong
                if turn < 0.5:
                    work.session.commit()
                elif turn < 0.65:
                    work.session.rollback()
                elif turn < 0.8:
                    inner = work.session.begin_nested()
                    work.session.execute(text("SELECT set_config('app.note', 'left behind', false)"))
                    inner.rollback()
                elif turn < 0.9:
                    with pytest.raises(Exception, match="division by zero"), work.session.begin_nested():
                        work.session.execute(text("SELECT 1 / 0"))
                look(work.session, principal, own)
        except _Wrong:
            return

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(request, range(REQUESTS)))

    assert crossed == []


@pytest.mark.parametrize(
    "leaving",
    [
        "CREATE TEMP TABLE cases AS SELECT * FROM public.cases",
        "SET search_path = pg_temp, public",
        "SET app.ctx = 'mine'",
        "SET statement_timeout = 1",
        "SELECT pg_advisory_lock(42)",
        "PREPARE mine AS SELECT 1",
        "SET SESSION ROLE recobro_client",
        "LISTEN everything",
        "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_what_one_principal_leaves_on_a_connection_is_gone_for_the_next(small_pool: None, leaving: str) -> None:
    world = make_world("MX")
    first, second = world.principal(Role.COLLECTOR), make_world("ES").principal(Role.COLLECTOR)
    with tenant_work(first) as work:
        pid = work.session.scalar(text("SELECT pg_backend_pid()"))
        work.session.execute(text(leaving))

    with tenant_work(second) as work:
        assert work.session.scalar(text("SELECT pg_backend_pid()")) == pid
        assert work.session.scalar(text("SELECT to_regclass('pg_temp.cases')")) is None
        assert work.session.scalar(text("SHOW search_path")) == '"$user", public'
        assert work.session.scalar(text("SHOW statement_timeout")) != "1ms"
        assert work.session.scalar(text("SELECT current_user")) == "recobro_staff"
        for left in ("pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "pg_prepared_statements",
                     "pg_cursors WHERE is_holdable", "pg_listening_channels()"):  # fmt: skip
            assert work.session.scalar(text(f"SELECT count(*) FROM {left}")) == 0
    with database.current().engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "recobro_app"
        assert connection.scalar(text("SELECT coalesce(current_setting('app.ctx', true), '')")) == ""
