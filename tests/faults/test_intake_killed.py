"""The process that commits a portfolio is killed again and again: nothing is lost, nothing is there twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from recobro.config import Settings
from recobro.intake import service
from recobro.intake.lifecycle import State
from recobro.wiring import wire
from tests.benchmarks.portfolio import write
from tests.support.database import SECRET
from tests.support.portfolios import confirmed, made
from tests.support.world import World

REPOSITORY = Path(__file__).parents[2]
# Before anything is placed, inside a batch, and twice just after one.
KILLS = ("intake.staged", "intake.placed", "intake.part", "intake.part")


@pytest.fixture
def folder(database_urls: tuple[str, str], tmp_path: Path) -> Path:
    """Where this process and its children keep files."""
    wire(Settings(data=tmp_path, secret=SECRET, files=tmp_path), database_urls[0])
    return tmp_path


def commit(url: str, folder: Path, world: World, placement_id: UUID, fault: str = "") -> int:
    """Run the process that commits, to its end or to its death; you get its code."""
    arguments = [url, str(folder), str(world.agency_id), str(placement_id), "300"]
    return subprocess.run(
        [sys.executable, "-m", "tests.support.commit_process", *arguments], cwd=REPOSITORY, check=False, timeout=120,
        env={**os.environ, **({"FAULTS": fault} if fault else {})},
    ).returncode  # fmt: skip


def test_a_commit_killed_again_and_again_goes_on_where_it_was(
    world: World, database_urls: tuple[str, str], folder: Path
) -> None:
    client_id = world.client()
    placement_id = confirmed(world, client_id, write(folder / "cartera.csv", 1_500))
    done = []
    for fault in KILLS:
        assert commit(database_urls[0], folder, world, placement_id, fault) == -signal.SIGKILL
        done.append(made(world).debts)
    assert done[0] == done[1] == 0
    assert 0 < done[2] < done[3]

    assert commit(database_urls[0], folder, world, placement_id) == 0
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
    found = made(world)
    assert placement.state == State.COMMITTED
    assert found.debts == found.references == placement.counts["created"] > 1_400
    assert found.debtors == found.cases == placement.counts["debtors"]
    assert found.original == found.components == sum(one["sum"] for one in placement.totals.values())
    assert found.original == found.balances
    assert commit(database_urls[0], folder, world, placement_id) == 0
    assert made(world) == found
