"""The queue's server, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest
from redis import Redis

from recobro.engines.valkey import Valkey
from tests.support.valkey import test_valkey


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A running Valkey."""
    with test_valkey() as server:
        yield server


@pytest.fixture
def redis(valkey: Valkey) -> Iterator["Redis"]:
    """A connection to an empty Valkey."""
    with Redis.from_url(valkey.url) as connection:
        connection.flushall()
        yield connection
