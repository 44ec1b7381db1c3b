"""How fast a portfolio becomes debts, beside what the same machine can do at all in the same minutes.

    python -m tests.benchmarks.intake --rows 1000000

Prints seconds and rows per second of receiving, previewing and committing; the share of a raw COPY of the same file
into a bare table (the limit of reading) and of one unchecked INSERT..SELECT of the same final rows into tables with the
same indexes (the limit of writing); and the peak memory of this process. It uses the PostgreSQL that
RECOBRO_TEST_ADMIN_URL names, or starts the embedded one.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from kernel.garbage import settle
from recobro.config import Settings
from recobro.engines.postgres import Postgres
from recobro.intake import committing, previewing, service
from recobro.wiring import wire
from tenants import database
from tests.benchmarks.portfolio import HEADINGS, write
from tests.support.database import SECRET, test_database
from tests.support.world import make_world

# What a placement writes to, in its order.
TABLES = (
    "debtors", "contact_points", "search_words", "cases", "case_balances", "debts", "debt_components", "case_events",
)  # fmt: skip
_BLOCK = 1 << 20


def main() -> None:
    """Run once and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    folder = Path(tempfile.mkdtemp(prefix="recobro-benchmark-"))
    folder.chmod(0o711)
    try:
        with a_server(folder) as admin_url, test_database(admin_url) as (app_url, admin_own):
            database.connect(app_url, SECRET)
            wire(Settings(data=folder, secret=SECRET, files=folder), app_url)
            _measure(write(folder / "portfolio.csv", rows), rows, admin_own)
            database.current().engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def a_server(folder: Path) -> Iterator[str]:
    if known := os.environ.get("RECOBRO_TEST_ADMIN_URL"):
        yield known
        return
    server = Postgres(folder / "data")
    server.start()
    try:
        yield server.admin_url
    finally:
        server.stop()


def _measure(path: Path, rows: int, admin_own: str) -> None:
    settle()
    world = make_world("MX")
    client_id = world.client()
    with psycopg.connect(admin_own, autocommit=True) as admin:
        copying = _timed(lambda: _copy(admin, path))

        def receive() -> None:
            with world.work() as work, path.open("rb") as file:
                service.receive(work, client_id=client_id, name=path.name, file=file)

        receiving = _timed(receive)
        with world.work() as work, path.open("rb") as file:
            placement_id = service.receive(work, client_id=client_id, name=path.name, file=file).placement_id

        def preview() -> None:
            with world.work() as work:
                previewing.preview(work, placement_id)

        previewing_s = _timed(preview)
        with world.work() as work:
            service.confirm(work, placement_id)
        committing_s = _timed(lambda: committing.commit(world.work, placement_id))
        writing = _timed_writing(admin)
    with world.work() as work:
        counts = service.open_placement(work, placement_id).counts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _say(f"{rows:,} rows of {len(HEADINGS)} columns, {path.stat().st_size >> 20} MB, {counts['created']:,} debts,"
         f" {counts['debtors_new']:,} debtors, {counts['rejected']:,} rows refused")  # fmt: skip
    _say(f"receive {receiving:.1f} s, preview {previewing_s:.1f} s, commit {committing_s:.1f} s"
         f" = {rows / committing_s:,.0f} rows/s")  # fmt: skip
    _say(f"limit of reading {copying:.1f} s: commit reaches {copying / committing_s:.1%}")
    _say(f"limit of writing {writing:.1f} s: commit reaches {writing / committing_s:.1%}")
    _say(f"peak memory of this process {peak} MB")


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _copy(admin: psycopg.Connection, path: Path) -> None:
    columns = ", ".join(f"c{number} text" for number in range(len(HEADINGS)))
    admin.execute(f"CREATE TABLE bare ({columns})".encode())
    said = "COPY bare FROM STDIN (FORMAT csv, HEADER)"
    with path.open("rb") as file, admin.cursor() as cursor, cursor.copy(said) as copy:
        while block := file.read(_BLOCK):
            copy.write(block)
    admin.execute("DROP TABLE bare")


def _timed_writing(admin: psycopg.Connection) -> float:
    total = 0.0
    for table in TABLES:
        admin.execute(f"CREATE TABLE limit_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)".encode())
        statement = f"INSERT INTO limit_{table} SELECT * FROM {table}".encode()
        total += _timed(partial(admin.execute, statement))
    return total


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
