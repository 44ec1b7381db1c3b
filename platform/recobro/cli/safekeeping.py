"""One file that holds the database and the documents, and the way back."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from kernel.clock import SystemClock
from kernel.problems import Conflict, Invalid, Problem
from kernel.text import msg
from recobro.cli.database import administrator, prepare_database
from recobro.cli.ready import engines
from recobro.cli.words import say
from recobro.config import Settings, load_settings
from recobro.engines.account import server_account
from recobro.engines.folder import DataFolder
from recobro.engines.postgres import DATABASE
from recobro.engines.programs import postgres_bin

_MANIFEST = "manifest.json"
_DUMP = "database.dump"
_FILES = "files"
_FORMAT = 1


@click.command(help=msg("Guarda la base de datos y los documentos en un archivo."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write FILE, which must not exist; readable by its owner only."""
    settings = load_settings()
    _refuse_existing(file)
    with engines() as ready:
        save(ready, administrator(settings), file)
    say(msg("Respaldo en {file} ({size} MB)."), file=file, size=round(file.stat().st_size / 1e6, 1))
    if not settings.secret:
        say(
            msg("El respaldo no lleva el secreto de esta instalación. Guárdalo aparte: está en {path}, «secret»."),
            path=settings.data / "engines.json",
        )


@click.command(help=msg("Recupera un respaldo en una instalación vacía."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Read FILE into an installation without agencies and without documents; anything else is refused."""
    settings = load_settings()
    manifest = _manifest_in(file)
    with engines() as ready:
        _check_secret(ready, manifest)
        load(settings, ready, administrator(settings), file)
    say(msg("Respaldo recuperado."))


def save(settings: Settings, admin_url: str, file: Path) -> None:
    """One tar of the manifest, the database and the documents. It is whole or it is not there."""
    _refuse_existing(file)
    fresh = file.with_name(file.name + ".part")
    try:
        with tempfile.TemporaryDirectory(prefix=".recobro-", dir=file.resolve().parent) as scratch:
            dump = Path(scratch) / _DUMP
            _run(settings, admin_url, "pg_dump", f"--dbname={_database(settings)}", "--format=custom", f"--file={dump}")
            manifest = Path(scratch) / _MANIFEST
            manifest.write_text(json.dumps(_manifest(settings, dump), indent=2))
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                with tarfile.open(fileobj=out, mode="w") as archive:
                    archive.add(manifest, _MANIFEST)
                    archive.add(dump, _DUMP)
                    if settings.files_folder.is_dir():
                        archive.add(settings.files_folder, _FILES)
                out.flush()
                os.fsync(out.fileno())
        fresh.rename(file)
    except OSError as error:
        raise Problem(msg("No se pudo escribir {file}: {reason}."), file=file, reason=error.strerror) from error
    finally:
        fresh.unlink(missing_ok=True)


def load(settings: Settings, ready: Settings, admin_url: str, file: Path) -> None:
    """Put a backup into an empty installation. Conflict when it is not empty, Invalid when the file is not sound."""
    _refuse_occupied(ready, admin_url)
    with tempfile.TemporaryDirectory(prefix=".recobro-", dir=file.resolve().parent) as scratch:
        folder = Path(scratch)
        try:
            with tarfile.open(file) as archive:
                unpack(archive, folder)
        except (tarfile.TarError, OSError) as error:
            raise _damaged(file) from error
        if _manifest_in(file).get("database_sha256") != _sha256(folder / _DUMP):
            raise _damaged(file)
        _empty(admin_url, _database(ready))
        _run(ready, admin_url, "pg_restore", "--exit-on-error", "--single-transaction",
             f"--dbname={_database(ready)}", str(folder / _DUMP))  # fmt: skip
        prepare_database(settings)  # this program may be newer than the backup
        if (folder / _FILES).is_dir():
            _put_files(folder / _FILES, ready.files_folder)


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Plain files and folders inside `folder`; TarError for anything else (Python 3.11.2 has no filter)."""
    for member in archive:
        target = (folder / member.name).resolve()
        if not (member.isreg() or member.isdir()) or not target.is_relative_to(folder.resolve()):
            raise tarfile.ReadError(member.name)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        inside = archive.extractfile(member)
        assert inside is not None
        with inside, target.open("wb") as out:
            shutil.copyfileobj(inside, out)


def _manifest(settings: Settings, dump: Path) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "program": version("recobro"),
        "made_at": SystemClock().now().isoformat(timespec="seconds"),
        "secret": _fingerprint(settings),
        "database_sha256": _sha256(dump),
    }


def _manifest_in(file: Path) -> dict[str, object]:
    try:
        with tarfile.open(file) as archive:
            found = archive.extractfile(_MANIFEST)
            manifest: dict[str, object] = json.load(found) if found else {}
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise _damaged(file) from error
    if manifest.get("format") != _FORMAT:
        raise _damaged(file)
    return manifest


def _damaged(file: Path) -> Invalid:
    return Invalid(msg("{file} no es un respaldo de Recobro o está dañado."), file=file)


def _check_secret(settings: Settings, manifest: dict[str, object]) -> None:
    if manifest.get("secret") != _fingerprint(settings):
        raise Invalid(
            msg("El respaldo se hizo con otro secreto. Pon en RECOBRO_SECRET el de aquella instalación y repite.")
        )


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise Conflict(msg("{file} ya existe; elige otro nombre."), file=file)


def _refuse_occupied(settings: Settings, admin_url: str) -> None:
    import psycopg

    with psycopg.connect(admin_url, dbname=_database(settings)) as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM agencies)").fetchone()
    files = settings.files_folder
    if (found and found[0]) or (files.is_dir() and any(files.iterdir())):
        raise Conflict(msg("Esta instalación ya tiene datos. Restaura en una vacía (RECOBRO_DATA o DATABASE_URL)."))


def _empty(admin_url: str, database: str) -> None:
    """Take everything out of a database and leave roles, its owner and its grants."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(admin_url, dbname=database) as admin:
        schemas = admin.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ).fetchall()
        for (schema,) in schemas:
            admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        admin.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")


def _put_files(source: Path, target: Path) -> None:
    # The folder may stand empty, and may be on another disk.
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        shutil.move(entry, target / entry.name)


def _run(settings: Settings, admin_url: str, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs against the server; the password is in no process list."""
    parts = urlsplit(admin_url)
    own = {
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
    }
    folder = postgres_bin(DataFolder(settings.data), server_account())
    done = subprocess.run(
        [folder / program, *arguments], env={"PATH": os.environ.get("PATH", ""), **own}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Problem(msg("{program} falló: {reason}"), program=program, reason=done.stderr.strip()[-400:])


def _database(settings: Settings) -> str:
    return urlsplit(settings.database_url or "").path.strip("/") or DATABASE


def _fingerprint(settings: Settings) -> str:
    """Says whether two installations share a secret, without telling it."""
    return hashlib.sha256(b"recobro backup\0" + settings.signing_secret().encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
