"""What a command needs before it can work: settings, engines, and this process connected to them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from recobro.config import Settings, load_settings
from recobro.engines.use import running


@contextmanager
def engines() -> Iterator[Settings]:
    """The settings with the addresses of the engines in them, and in the environment for processes started inside.

    Engines that run are used; embedded ones that do not are started, and stopped when nobody uses them any more.
    """
    settings = load_settings()
    unheard = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if unheard:
        # Without this SIGTERM would end us at once and leave the engines running.
        signal.signal(signal.SIGTERM, _as_exit)
    try:
        with running(settings) as (database_url, redis_url):
            found = settings.model_copy(
                update={
                    "database_url": database_url,
                    "redis_url": redis_url,
                    "secret": settings.signing_secret(),
                }
            )
            os.environ.update(environment(found))
            yield found
    finally:
        if unheard:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def connected() -> Iterator[Settings]:
    """As `engines`, and this process is wired to its database and its outside: `tenants.work` can be used.

    OtherSchema when the database's schema is not this program's.
    """
    with engines() as settings:
        refuse_other_schema(settings)
        from recobro.wiring import wire

        assert settings.database_url is not None
        wire(settings, settings.database_url)
        yield settings


def refuse_other_schema(settings: Settings) -> None:
    """OtherSchema when the database is behind this program or ahead of it; one that does not answer is not judged."""
    import psycopg

    from recobro.migrations.standing import look, refuse_other

    try:
        with psycopg.connect(settings.database_url or "", connect_timeout=5) as connection:
            found = look(connection)
    except psycopg.OperationalError:
        return
    refuse_other(found)


def environment(settings: Settings) -> dict[str, str]:
    """The variables that a process of ours needs to use the same engines, folder and secret."""
    return {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "RECOBRO_DATA": str(settings.data),
        "RECOBRO_SECRET": settings.signing_secret(),
    }


def _as_exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
