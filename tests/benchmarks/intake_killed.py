"""A portfolio committed by a process that is killed twenty times, at moments nobody chose:

    python -m tests.benchmarks.intake_killed --rows 1000000

Prints how many debts are missing and how many are there twice: none of either, or it ends with an error. It uses the
PostgreSQL that RECOBRO_TEST_ADMIN_URL names, or starts the embedded one.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from uuid import UUID

from recobro.config import Settings
from recobro.intake import service
from recobro.intake.lifecycle import State
from recobro.intake.staged.staging import PART_LINES
from recobro.wiring import wire
from tenants import database
from tests.benchmarks.intake import a_server
from tests.benchmarks.portfolio import write
from tests.support.database import SECRET, test_database
from tests.support.portfolios import confirmed, made
from tests.support.world import World, make_world

KILLS = 20


def main() -> None:
    """Run once, print, and end with an error when something is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="recobro-killed-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with a_server(folder) as admin_url, test_database(admin_url) as (app_url, _):
            database.connect(app_url, SECRET)
            wire(Settings(data=folder, secret=SECRET, files=folder), app_url)
            world = make_world("MX")
            placement_id = confirmed(world, world.client(), write(folder / "portfolio.csv", rows))
            _kill_and_go_on(world, app_url, folder, placement_id, rows)
            _judge(world, placement_id)
            database.current().engine.dispose()


def _kill_and_go_on(world: World, url: str, folder: Path, placement_id: UUID, rows: int) -> None:
    chance, began = Random(rows), time.monotonic()
    command = [sys.executable, "-m", "tests.support.commit_process", url, str(folder), str(world.agency_id),
               str(placement_id)]  # fmt: skip
    for number in range(1, KILLS + 1):
        there = made(world).debts
        process = subprocess.Popen(command)
        # Rows are read anew each time: half of the kills fall into that, half into writing, while much is left.
        if chance.random() < 0.5 and there < rows - 3 * PART_LINES:
            while made(world).debts == there and process.poll() is None:
                time.sleep(1)
            wait = chance.uniform(0, 5)
        else:
            wait = chance.uniform(0, rows / 50_000)
        try:
            process.wait(timeout=wait)
            raise SystemExit(f"It ended before it could be killed {KILLS} times.")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        print(f"kill {number} after {time.monotonic() - began:.0f} s: {made(world).debts:,} debts", flush=True)
    subprocess.run(command, check=True)
    print(f"killed {KILLS} times, {time.monotonic() - began:.0f} s in all")


def _judge(world: World, placement_id: UUID) -> None:
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
    found, wanted = made(world), placement.counts["created"]
    total = sum(one["sum"] for one in placement.totals.values())
    print(f"{found.debts:,} debts of {wanted:,}: lost {max(0, wanted - found.references)},"
          f" doubled {found.debts - found.references}")  # fmt: skip
    whole = placement.state == State.COMMITTED and found.debts == found.references == wanted
    if not whole or not total == found.original == found.components == found.balances:
        raise SystemExit(f"Not whole: {placement.state}, {found}, {total} expected.")


if __name__ == "__main__":
    main()
