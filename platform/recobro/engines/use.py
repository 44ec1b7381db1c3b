"""Using the engines: the external ones that are named, the running ones, or our own started for as long as needed.

Every user holds a shared lock for as long as it lives; whoever leaves last stops the servers. A killed user's lock goes
with it, so nothing is stopped beneath anybody and nothing is left running behind the last one.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from recobro.engines.folder import DataFolder
from recobro.engines.postgres import Postgres
from recobro.engines.server import Server
from recobro.engines.valkey import Valkey
from recobro.migrations.standing import newest

if TYPE_CHECKING:
    from recobro.config import Settings


class Addresses(NamedTuple):
    """Where the database (as the runtime role) and the queue are."""

    database_url: str
    redis_url: str


@contextmanager
def running(settings: "Settings") -> Iterator[Addresses]:
    """The engines, for as long as the block lasts. An embedded database is bootstrapped and up to date.

    DATABASE_URL and REDIS_URL each replace one engine. An EngineProblem says why an engine cannot run here.
    """
    postgres = None if settings.database_url else Postgres(settings.data)
    valkey = None if settings.redis_url else Valkey(settings.data)
    ours: list[Server] = [server for server in (postgres, valkey) if server]
    if not ours:
        yield Addresses(settings.database_url or "", settings.redis_url or "")
        return
    folder = DataFolder(settings.data)
    folder.claim()
    with (folder.path / "users.lock").open("a") as users:
        with folder.locked("engines"):
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                database_url = _start_database(postgres, settings) if postgres else settings.database_url
                redis_url = valkey.start() if valkey else settings.redis_url
            except BaseException:
                _leave(users.fileno(), ours)
                raise
        try:
            yield Addresses(database_url or "", redis_url or "")
        finally:
            with folder.locked("engines"):
                _leave(users.fileno(), ours)


def _start_database(postgres: Postgres, settings: "Settings") -> str:
    postgres.start()
    # Once per launch and version somebody looks whether the schema is of today; that takes longer to import than to do.
    launch = f"{postgres.launch() or ''} {newest()}"
    if postgres.folder.recall("postgres_prepared") != launch:
        from recobro.migrations.bootstrap import prepare

        prepare(postgres.admin_url, postgres.app_password, settings.signing_secret())
        postgres.folder.remember("postgres_prepared", launch)
    return postgres.url


def _leave(users: int, servers: list[Server]) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still uses them
    for server in servers:
        server.stop()
