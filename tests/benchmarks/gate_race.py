"""Two workers race for the last permitted contact with one person, again and again: never may both have it.

    python -m tests.benchmarks.gate_race --rows 5000

Two processes with connections of their own meet at a barrier before each race, each for a person of its own with one
contact left. Prints how many races had one winner, two or none, how often the loser really waited for the winner, and
races per second; it ends with an error unless every race had exactly one. It uses the PostgreSQL that
RECOBRO_TEST_ADMIN_URL names, or starts the embedded one.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from recobro.config import Settings
from recobro.wiring import wire
from tenants import database
from tests.benchmarks.intake import a_server
from tests.support.database import SECRET, test_database
from tests.support.races import Race, race


def main() -> None:
    """Race, print, and fail if one race had another end than it must."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000, help="how many races")
    races = parser.parse_args().rows
    folder = Path(tempfile.mkdtemp(prefix="recobro-benchmark-"))
    folder.chmod(0o711)
    try:
        with a_server(folder) as admin_url, test_database(admin_url) as (app_url, _):
            database.connect(app_url, SECRET)
            wire(Settings(data=folder, secret=SECRET, files=folder), app_url)
            began = time.perf_counter()
            found = race(app_url, races)
            took = time.perf_counter() - began
            database.current().engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _say(found, took)
    if found.winners != {1: races} or found.counted != races:
        sys.exit("A contact was cleared twice, or not at all.")


def _say(found: Race, took: float) -> None:
    races = sum(found.winners.values())
    sys.stdout.write(
        f"{races:,} races for the last permitted contact in {took:.0f} s ({races / took:,.0f}/s): one winner in"
        f" {found.winners.get(1, 0):,}, two in {found.winners.get(2, 0):,}, none in {found.winners.get(0, 0):,};"
        f" {found.counted:,} attempts counted; in {found.overlapped:,} both asked before the first was answered\n"
    )


if __name__ == "__main__":
    main()
