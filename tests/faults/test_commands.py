"""Commands from outside, each as its own process: examining, backing up, restoring, refusing."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from recobro.config import Settings
from recobro.engines.postgres import Postgres
from recobro.engines.use import running
from recobro.engines.valkey import Valkey

SECRET = "kVhxq2Jr8sWmZ0aT5nLc9yGdQpEbUf3i"
OURS = ("RECOBRO_", "DATABASE_", "REDIS_", "SMTP_", "STRIPE_", "PUBLIC_URL")

# What an agency leaves behind: rows behind walls, a chained audit, a document.
FILL = """
from recobro.cli.ready import connected
from tenants import service
from tenants.work import system_work

with connected() as settings:
    with system_work(reason="a test") as work:
        service.create_agency(work, slug="demo", name="Despacho Demo", country="MX",
                              time_zone="America/Mexico_City", locale="es_MX", currency="MXN")
    settings.files_folder.mkdir()
    (settings.files_folder / "letter.pdf").write_bytes(b"%PDF")
"""
COUNT = """
from recobro.cli.ready import connected
from tenants.tables import Agency
from tenants.work import system_work

with connected() as settings, system_work(reason="a test") as work:
    print([agency.slug for agency in work.session.query(Agency)], (settings.files_folder / "letter.pdf").read_bytes())
"""


@pytest.fixture
def above() -> Iterator[Path]:
    """A folder for data folders, which the servers' account may pass."""
    folder = Path(tempfile.mkdtemp(prefix="recobro-commands-"))
    folder.chmod(0o711)
    yield folder
    for mark in folder.rglob("recobro-data.json"):
        for server in (Postgres(mark.parent), Valkey(mark.parent)):
            server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def held() -> Iterator[tuple[Path, Path]]:
    """Two new installations, held running so that each command only has to find them."""
    folder = Path(tempfile.mkdtemp(prefix="recobro-commands-"))
    folder.chmod(0o711)
    old, new = folder / "old", folder / "new"
    with running(Settings(data=old, secret=SECRET)), running(Settings(data=new, secret=SECRET)):
        yield old, new
    assert [Postgres(data).pid() or Valkey(data).pid() for data in (old, new)] == [None, None]
    shutil.rmtree(folder)


def run(data: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, *arguments], env={**clean, "LANG": "C", "RECOBRO_DATA": str(data), **environ},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def recobro(data: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run(data, "-m", "recobro.cli.main", *arguments, **environ)


def test_a_backup_comes_back_on_another_machine_and_never_over_other_data(held: tuple[Path, Path]) -> None:
    old, new = held
    file = old.parent / "backup.tar"
    filled = run(old, "-c", FILL, RECOBRO_SECRET=SECRET)
    assert filled.returncode == 0, filled.stderr
    saved = recobro(old, "backup", str(file), RECOBRO_SECRET=SECRET)
    assert saved.returncode == 0, saved.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert "ya existe" in recobro(old, "backup", str(file), RECOBRO_SECRET=SECRET).stderr

    assert "ya tiene datos" in recobro(old, "restore", str(file), RECOBRO_SECRET=SECRET).stderr
    assert "otro secreto" in recobro(new, "restore", str(file), RECOBRO_SECRET=SECRET[::-1]).stderr
    back = recobro(new, "restore", str(file), RECOBRO_SECRET=SECRET)
    assert back.returncode == 0, back.stderr
    counted = run(new, "-c", COUNT, RECOBRO_SECRET=SECRET)
    assert counted.stdout.strip() == "['demo'] b'%PDF'", counted.stderr


def test_a_damaged_backup_is_refused(above: Path) -> None:
    file = above / "backup.tar"
    file.write_bytes(b"not a backup")
    assert "está dañado" in recobro(above / "data", "restore", str(file)).stderr


def test_the_doctor_finds_a_new_installation_sound(held: tuple[Path, Path]) -> None:
    done = recobro(held[1], "doctor", "--json", RECOBRO_SECRET=SECRET)
    findings = json.loads(done.stdout)
    bad = [finding for finding in findings if finding["level"] == "bad" and finding["check"] != "pdf"]
    assert bad == []
    assert {"database", "role", "schema", "queue", "clock", "folder"} <= {finding["check"] for finding in findings}


def test_the_doctor_names_an_overmighty_role_and_an_unknown_variable(above: Path) -> None:
    server = Postgres(above / "data", fast_for_tests=True)
    server.start()
    done = recobro(
        above / "data", "doctor", DATABASE_URL=server.admin_url, RECOBRO_SECRET=SECRET, RECOBRO_PROT="1",
        REDIS_URL="redis://127.0.0.1:1/0",
    )  # fmt: skip
    assert done.returncode == 1
    assert "pasa por encima de los muros" in done.stdout
    assert "RECOBRO_PROT no es una variable conocida. ¿RECOBRO_PORT?" in done.stdout
    assert "recobro db migrate" in done.stdout
    assert "✗ queue" in done.stdout


def test_a_wrong_environment_ends_with_the_code_for_it_and_every_reason(above: Path) -> None:
    done = recobro(above / "data", "serve", RECOBRO_PORT="http", SMTP_TLS="x")
    assert done.returncode == 78
    assert done.stderr.count("\n- ") == 2
    assert "Traceback" not in done.stderr
    assert not (above / "data").exists()


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_taken_web_port_is_said_in_a_sentence(above: Path, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        environ = {"DATABASE_URL": "postgresql://u@127.0.0.1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
        done = recobro(above / "data", command, RECOBRO_PORT=port, RECOBRO_SECRET=SECRET, **environ)
    assert done.returncode == 1
    assert f"El puerto {port} ya lo usa otro programa" in done.stderr
    assert "Traceback" not in done.stderr
