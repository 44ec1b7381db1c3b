"""Watched folders: what is dropped there becomes placements, is moved where it belongs, and nothing outside is met."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.config import Settings
from recobro.intake import committing, service
from recobro.intake.doors import arrivals, sources, watching
from recobro.intake.tables import IntakeArrival, IntakeSource, Placement
from recobro.wiring import wire
from tests.support.database import SECRET
from tests.support.world import World
from worker.run_now import run_pending

pytestmark = pytest.mark.usefixtures("root")

HEAD = "RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
FIRST = HEAD + 'FTF190312AB4,Ferretería El Tornillo Feliz,A-2231,27/09/2025,"61,440.18"\n'
SECOND = HEAD + 'ABA200101XY1,Abarrotes La Prueba,B-1,30/09/2025,"250.50"\n'


@pytest.fixture(scope="module")
def root(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Below which the folders of this module's agencies are."""
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, secret=SECRET)
    wire(settings, database_urls[0])
    return settings.drop_folder


def watched(world: World, *, alone: bool = True, name: str = "cartera") -> UUID:
    """A folder of a new client."""
    client_id = world.client(f"aceros-{name}")
    with world.work() as work:
        return sources.add_folder(work, client_id=client_id, name="SFTP de cartera", folder=name, auto_confirm=alone)


def place(world: World, source_id: UUID) -> Path:
    with world.work() as work:
        return watching.path_of(work, work.session.get_one(IntakeSource, (world.agency_id, source_id)))


def look(world: World, source_id: UUID, times: int = 2) -> int:
    return sum(watching.look(world.work, source_id) for _ in range(times))


def arrived(world: World) -> list[tuple[str, str, str]]:
    with world.work() as work:
        found = work.session.scalars(
            select(IntakeArrival).where(IntakeArrival.agency_id == world.agency_id).order_by(IntakeArrival.id)
        )
        return [(one.file_name, one.outcome, one.told.get("template", "")) for one in found]


def confirm_first(world: World, source_id: UUID, text: str = FIRST) -> UUID:
    """A person confirms the columns of the first file; you get its placement."""
    folder = place(world, source_id)
    look(world, source_id)
    (folder / "primera.csv").write_text(text)
    assert look(world, source_id) == 1
    with world.work() as work:
        placement_id = work.session.scalars(select(Placement.id).where(Placement.agency_id == world.agency_id)).one()
        service.confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    return placement_id


def test_a_file_is_taken_when_two_looks_found_it_alike_and_waits_for_a_person_the_first_time(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    (folder / "cartera.csv").write_text(FIRST)

    assert look(world, source_id, 1) == 0
    (folder / "cartera.csv").write_text(FIRST + SECOND.removeprefix(HEAD))
    assert look(world, source_id, 1) == 0
    assert look(world, source_id, 1) == 1

    assert not (folder / "cartera.csv").exists()
    assert (folder / "done" / "cartera.csv").read_text().count("\n") == 3
    [(name, outcome, told)] = arrived(world)
    assert (name, outcome) == ("cartera.csv", "waiting")
    assert "primera vez que llega con estas columnas" in told
    with world.work() as work:
        placement = work.session.scalars(select(Placement).where(Placement.agency_id == world.agency_id)).one()
        assert (placement.state, placement.source, placement.created_by) == ("previewed", "folder", "SFTP de cartera")


def test_a_file_renamed_from_a_partial_name_is_taken_at_once(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    (folder / "cartera.csv.filepart").write_text(FIRST)
    assert look(world, source_id, 3) == 0
    (folder / "cartera.csv.filepart").rename(folder / "cartera.csv")
    assert look(world, source_id, 1) == 1


def test_columns_confirmed_once_let_the_next_file_in_by_itself_and_its_acknowledgement_comes_back(world: World) -> None:
    source_id = watched(world)
    confirm_first(world, source_id)
    folder = place(world, source_id)
    (folder / "segunda.csv").write_text(SECOND)
    (folder / "segunda.csv.control.csv").write_text("moneda;cantidad;suma\nMXN;1;250,50\n")

    assert look(world, source_id) == 1

    assert arrived(world)[-1][1] == "confirmed"
    run_pending(world.agency_id, leaving={"strategies.start"})
    with world.work() as work:
        placement = work.session.scalars(
            select(Placement).where(Placement.agency_id == world.agency_id, Placement.file_name == "segunda.csv")
        ).one()
        assert placement.state == "committed"
        assert placement.declared == {"MXN": {"count": 1, "sum": 25050}}
    told = json.loads((folder / "acknowledgements" / f"{placement.number}.json").read_text())
    assert told["totals"] == {"MXN": {"count": 1, "sum": 25050}}
    assert (folder / "done" / "segunda.csv.control.csv").exists()


def test_totals_that_do_not_agree_wait_for_a_person(world: World) -> None:
    source_id = watched(world)
    confirm_first(world, source_id)
    folder = place(world, source_id)
    controls = {
        '{"MXN": {"count": 1, "sum": "250.51"}}': "no son los que declara el cliente",
        '{"MXN": {"count": 2, "sum": 250.50}}': "no son los que declara el cliente",
        '{"MXN": 250.50}': "El archivo de control no se entiende",
    }
    for number, (control, reason) in enumerate(controls.items()):
        (folder / f"{number}.csv.control.json").write_text(control)
        (folder / f"{number}.csv").write_text(SECOND.replace("B-1", f"B-{number}"))
        assert look(world, source_id) == 1
        assert arrived(world)[-1][1] == "waiting"
        assert reason in arrived(world)[-1][2]


def test_whatever_is_in_doubt_waits_for_a_person(world: World) -> None:
    source_id = watched(world)
    confirm_first(world, source_id)
    folder = place(world, source_id)
    doubts = {
        "a day that is none": SECOND + "ABA200101XY1,Abarrotes La Prueba,B-2,31/02/2025,10\n",
        "another amount": HEAD + 'FTF190312AB4,Ferretería El Tornillo Feliz,A-2231,27/09/2025,"1.00"\n',
        "a heading never seen": SECOND.replace("Saldo", "Saldo final"),
    }
    for name, text in doubts.items():
        (folder / f"{name}.csv").write_text(text)
    assert look(world, source_id) == len(doubts)
    assert [outcome for _, outcome, _ in arrived(world)[1:]] == ["waiting"] * len(doubts)


def test_a_day_with_two_readings_is_read_as_in_the_clients_last_file(world: World) -> None:
    source_id = watched(world)
    confirm_first(world, source_id)
    (place(world, source_id) / "otra.csv").write_text(HEAD + "ABA200101XY1,Abarrotes La Prueba,B-1,03/04/2025,10\n")
    assert look(world, source_id) == 1
    assert arrived(world)[-1][1] == "confirmed"
    run_pending(world.agency_id, leaving={"strategies.start"})
    with world.work() as work:
        debt = work.session.scalars(select(Debt).where(Debt.agency_id == work.agency_id, Debt.reference == "B-1")).one()
        assert debt.due_on == date(2025, 4, 3)


def test_a_source_that_may_not_confirm_never_does(world: World) -> None:
    source_id = watched(world, alone=False)
    confirm_first(world, source_id)
    (place(world, source_id) / "segunda.csv").write_text(SECOND)
    assert look(world, source_id) == 1
    assert arrived(world)[-1][1:] == ("waiting", "Espera a que alguien la confirme.")


def test_the_same_file_again_is_nothing_and_names_the_first(world: World) -> None:
    source_id = watched(world)
    confirm_first(world, source_id)
    folder = place(world, source_id)
    (folder / "otra vez.csv").write_text(FIRST)
    assert look(world, source_id) == 1
    assert arrived(world)[-1][1] == "earlier"
    with world.work() as work:
        assert len(work.session.scalars(select(Placement).where(Placement.agency_id == world.agency_id)).all()) == 1


def test_what_cannot_be_read_is_refused_with_the_reason_beside_it_and_the_others_go_on(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    (folder / "a.csv").write_bytes(b"\x00\x01\x02")
    (folder / "b.csv").write_text("")
    (folder / "c.csv").write_text(FIRST)
    (folder / f"{'x' * 240}.csv").write_bytes(b"%PDF-1.4 no")

    assert look(world, source_id) == 4

    assert "bytes nulos" in (folder / "refused" / "a.csv.txt").read_text()
    assert "vacío" in (folder / "refused" / "b.csv.txt").read_text()
    assert (folder / "done" / "c.csv").exists()
    assert len(list((folder / "refused").glob("xxx*"))) == 2


def test_two_files_of_one_name_are_both_kept(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    for text in (FIRST, SECOND):
        (folder / "cartera.csv").write_text(text)
        assert look(world, source_id) == 1
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["cartera (2).csv", "cartera.csv"]


def test_no_link_is_followed_and_no_pipe_is_waited_for(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(FIRST)
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    (folder / "link.csv").symlink_to(secret)
    (folder / "deep").mkdir()
    os.mkfifo(folder / "pipe.csv")
    assert look(world, source_id) == 0
    assert secret.exists()

    for part in ("processing", "done"):
        (folder / part).rmdir()
        (folder / part).symlink_to(tmp_path)
    (folder / "real.csv").write_text(SECOND)
    assert look(world, source_id) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv"]
    with world.work() as work:
        source = work.session.get_one(IntakeSource, (world.agency_id, source_id))
        assert "no se sigue" in source.last_result["told"]["template"]


def test_a_folder_that_leaves_the_root_is_refused(world: World) -> None:
    client_id = world.client()
    for folder in ("../fuera", "/etc", "a/b", "..", "Ñandú"):
        with world.work() as work, pytest.raises(sources.SourceRefused):
            sources.add_folder(work, client_id=client_id, name="x", folder=folder, auto_confirm=False)


def test_a_name_that_is_no_text_is_taken_under_one_that_is(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    Path(os.fsdecode(os.fsencode(folder) + b"/cartera\xff\n.csv")).write_text(FIRST)
    assert look(world, source_id, 3) == 1
    assert arrived(world)[-1][0] == "cartera��.csv"


def test_two_workers_take_each_file_once(world: World) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    for number in range(6):
        (folder / f"{number}.csv").write_text(SECOND.replace("B-1", f"B-{number}"))
    look(world, source_id, 1)
    with ThreadPoolExecutor(2) as both:
        taken = sum(both.map(lambda _: watching.look(world.work, source_id), range(2)))
    assert taken == 6
    assert len(arrived(world)) == 6


def test_a_file_whose_worker_died_is_taken_up_again_and_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = watched(world)
    look(world, source_id, 1)
    folder = place(world, source_id)
    (folder / "cartera.csv").write_text(FIRST)

    def die(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    look(world, source_id, 1)
    with monkeypatch.context() as patch:
        patch.setattr("recobro.adapters.drop_folder.DropFolder.finish", die)
        with pytest.raises(KeyboardInterrupt):
            look(world, source_id, 1)
    assert len(list((folder / "processing").iterdir())) == 1

    assert look(world, source_id, 1) == 1

    assert (folder / "done" / "cartera.csv").exists()
    assert [outcome for _, outcome, _ in arrived(world)] == [arrivals.WAITING]
