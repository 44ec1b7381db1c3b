"""Two files of one client that commit at once go one after the other: the second waits its turn, and nothing fails."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from kernel.clock import SystemClock
from recobro.cases.tables import Debt
from recobro.config import Settings
from recobro.intake import committing, previewing, service
from recobro.intake.undo import undoing
from recobro.wiring import wire
from tenants.outbox import OutboxRow
from tests.support.database import SECRET
from tests.support.world import World
from worker import once
from worker.once import Ran


@pytest.fixture(autouse=True)
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def test_a_file_whose_client_is_busy_is_put_off_quietly_however_often(world: World) -> None:
    client_id = world.client()
    with world.work() as work:
        file = BytesIO(b"Factura,Cliente,Vence,Saldo\nA-1,Demo,2026-04-01,1160.00\n")
        found = service.receive(work, client_id=client_id, name="a.csv", file=file)
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)
        row = work.session.scalars(select(OutboxRow).where(OutboxRow.name == "intake.commit")).one()

    with world.work() as other, capture_logs() as told:
        # As the commit of another file of theirs holds it.
        other.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:client, 7))"), {"client": str(client_id)}
        )
        ran = [once.run(world.agency_id, row.id, early=True, raising=True) for _ in range(once.ATTEMPTS + 1)]

    assert ran == [Ran.LATER] * (once.ATTEMPTS + 1)
    assert {(one["event"], one["log_level"], one["why"]) for one in told} == {
        ("job put off", "info", "intake.client_busy")
    }
    with world.work() as work:
        waits = work.session.scalars(select(OutboxRow).where(OutboxRow.id == row.id)).one()
        assert (waits.state, waits.attempts, waits.last_error) == ("waiting", 0, None)
        assert waits.available_at > SystemClock().now() + timedelta(seconds=2)

    assert once.run(world.agency_id, row.id, early=True) is Ran.DONE
    with world.work() as work:
        assert work.session.scalars(select(Debt.reference)).all() == ["A-1"]


def test_an_undoing_is_put_off_while_a_file_of_its_client_is_in_hand(world: World) -> None:
    client_id = world.client()
    with world.work() as work:
        file = BytesIO(b"Factura,Cliente,Vence,Saldo\nA-1,Demo,2026-04-01,1160.00\n")
        placement_id = service.receive(work, client_id=client_id, name="a.csv", file=file).placement_id
        previewing.preview(work, placement_id)
        service.confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    with world.work() as work:
        undoing.ask_undo(work, placement_id)
        row = work.session.scalars(select(OutboxRow).where(OutboxRow.name == "intake.undo")).one()

    with world.work() as other:
        other.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:client, 7))"), {"client": str(client_id)}
        )
        assert once.run(world.agency_id, row.id, early=True, raising=True) is Ran.LATER

    assert once.run(world.agency_id, row.id, early=True, raising=True) is Ran.DONE
    with world.work() as work:
        assert not work.session.scalars(select(Debt.reference)).all()
