"""The walls as PostgreSQL has them."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.support.catalogue import GLOBAL, Figures, declared, figures, holes


@pytest.fixture
def catalogue(database_urls: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """The superuser's view of this process's database; what is done there is undone."""
    with psycopg.connect(database_urls[1]) as connection:
        yield connection
        connection.rollback()


def test_the_walls_have_no_hole(catalogue: psycopg.Connection) -> None:
    assert holes(catalogue) == []


def test_every_table_was_looked_at(catalogue: psycopg.Connection) -> None:
    seen: Figures = figures(catalogue)

    assert seen.tables == len(declared())
    assert set(GLOBAL) <= declared().keys()
    assert seen.policies > 2 * seen.tables
