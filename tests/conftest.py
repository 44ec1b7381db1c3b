"""Fixtures every test may use: the database, an agency of one's own, the shared files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings

from recobro.app import create_app
from recobro.config import Settings
from recobro.engines.postgres import Postgres
from recobro.wiring import wire
from tenants import database
from tests.support.database import SECRET, test_database
from tests.support.world import World, make_world

REPOSITORY = Path(__file__).parents[1]
ADMIN_URL = "RECOBRO_TEST_ADMIN_URL"

# The suite draws the same examples every time; HYPOTHESIS_PROFILE=search looks for new ones.
hypothesis_settings.register_profile("suite", derandomize=True, database=None, deadline=None)
hypothesis_settings.register_profile("search", max_examples=2_000, print_blob=True, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Each takes more than a minute, mostly in one test or in what a whole file shares.
LONG = ("browser/test_axe.py", "browser/test_journey.py", "stories/test_ibm_replay.py", "stories/test_one_case.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files go first, so that none is left to one process at the end, or shared out and prepared twice."""
    long = {Path(__file__).parent / name for name in LONG}
    items.sort(key=lambda item: item.path not in long)


def pytest_configure(config: pytest.Config) -> None:
    """Bring a PostgreSQL for the run; its worker processes inherit the address. A server of one's own can be named."""
    if hasattr(config, "workerinput") or ADMIN_URL in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="recobro-tests-"))
    folder.chmod(0o711)
    server = Postgres(folder / "data", fast_for_tests=True)
    server.start()
    os.environ[ADMIN_URL] = server.admin_url

    def leave() -> None:
        server.stop()
        os.environ.pop(ADMIN_URL, None)
        shutil.rmtree(folder, ignore_errors=True)

    config.add_cleanup(leave)


@pytest.fixture(scope="session")
def admin_url() -> str:
    """A PostgreSQL server's superuser URL."""
    return os.environ[ADMIN_URL]


@pytest.fixture(scope="session")
def database_urls(admin_url: str) -> Iterator[tuple[str, str]]:
    """This process's database: as the runtime role (connected), and as the superuser."""
    with test_database(admin_url) as (app_url, admin_own):
        database.connect(app_url, SECRET)
        yield app_url, admin_own
        database.current().engine.dispose()


@pytest.fixture
def world(database_urls: tuple[str, str]) -> Iterator[World]:
    """A Mexican agency of this test's own; pages go by its clock too, so no test depends on the day it runs."""
    made = make_world("MX")
    with made.at_page_clock():
        yield made


@pytest.fixture(scope="session")
def app(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The web application on this process's database, its files in a folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(data=folder, secret=SECRET, files=folder / "files")
    wire(settings, database_urls[0])
    app = create_app(settings)
    app.config["TESTING"] = True
    return app


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files, or a skip with one line."""
    folder = Path(os.environ.get("RECOBRO_SHARED", REPOSITORY.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the real files of ../shared/data are not here")
    return folder
