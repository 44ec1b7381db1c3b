"""The data folder: ours or refused, with what it remembers (secrets, ports) and its locks."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel.text import msg
from recobro.engines.account import Account, server_account
from recobro.engines.problems import DiskFull, ForeignFolder, NoPermission

_MARK = "recobro-data.json"
_STATE = "engines.json"
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class DataFolder:
    """One folder that holds everything of an installation: servers, files, secrets."""

    path: Path

    def claimed(self) -> bool:
        """Whether the folder is there and ours already."""
        return (self.path / _MARK).exists()

    def claim(self) -> None:
        """Make the folder, or check that it is ours; ForeignFolder or NoPermission otherwise. No parent is changed."""
        path = self.path
        account = server_account()
        _refuse_barrier(account, path.parent)
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                # Root's servers run as somebody else, who has to pass through; for others it stays closed.
                path.mkdir(mode=0o711 if account.dropped else 0o700, exist_ok=True)
            if not path.is_dir():
                raise ForeignFolder(msg("{path} no es una carpeta. Elige otra con RECOBRO_DATA."), path=path)
            if not (path / _MARK).exists():
                self._mark(account)
        except FileExistsError as error:
            raise ForeignFolder(
                msg("{path} no se puede usar porque en el camino hay un archivo. Elige otra con RECOBRO_DATA."),
                path=path,
            ) from error
        except PermissionError as error:
            raise NoPermission(
                msg("No tienes permiso para usar la carpeta {path}. Elige otra con RECOBRO_DATA."), path=path
            ) from error
        except OSError as error:
            raise self._refusal(error) from error
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise NoPermission(
                msg("No tienes permiso para escribir en {path}. Elige otra carpeta con RECOBRO_DATA."), path=path
            )
        _refuse_barrier(account, path)

    def _mark(self, account: Account) -> None:
        strangers = [entry.name for entry in self.path.iterdir() if not entry.name.startswith((_MARK, "lost+found"))]
        if strangers and not (self.path / _MARK).exists():  # another process of ours may have been faster
            raise ForeignFolder(
                msg("{path} ya contiene otras cosas ({name}…). Elige con RECOBRO_DATA una carpeta vacía."),
                path=self.path,
                name=sorted(strangers)[0],
            )
        if account.dropped and self.path.stat().st_uid == os.geteuid():
            # An empty folder that was handed to us is ours from here on; the servers pass through it, nobody lists it.
            self.path.chmod(0o711)
        _write_closed(self.path / _MARK, json.dumps({"program": "recobro", "format": 1}) + "\n")

    def require_space(self, megabytes: int) -> None:
        """Refuse with DiskFull when the disk has less than that left."""
        free = shutil.disk_usage(self.path).free // _MEGABYTE
        if free < megabytes:
            raise DiskFull(
                msg("El disco de {path} está lleno: quedan {free} MB y se necesitan {needed} MB. Libera espacio."),
                path=self.path,
                free=free,
                needed=megabytes,
            )

    def recall(self, name: str) -> str | None:
        """What was remembered under a name."""
        return self._state().get(name)

    def remember(self, name: str, value: str) -> None:
        """Keep a value; the file is readable by its owner only."""
        with self.locked("state"):
            self._store(self._state() | {name: value})

    def secret(self, name: str) -> str:
        """A random secret of 256 bits, made at the first request and the same ever after."""
        with self.locked("state"):
            state = self._state()
            if name not in state:
                state[name] = secrets.token_urlsafe(32)
                self._store(state)
            return state[name]

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Only one process at a time is inside; a killed one leaves no lock behind."""
        with (self.path / f"{name}.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def log(self, name: str) -> Path:
        """The file a server writes its log to; the last one is kept when it grew past 10 MB."""
        logs = self.path / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        path = logs / f"{name}.log"
        if path.exists() and path.stat().st_size > 10 * _MEGABYTE:
            path.replace(logs / f"{name}.log.1")
        return path

    def _state(self) -> dict[str, str]:
        try:
            state: dict[str, str] = json.loads((self.path / _STATE).read_text())
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise NoPermission(
                msg("La carpeta {path} es de otro usuario: no puedes leer sus secretos."), path=self.path
            ) from error
        return state

    def _store(self, state: dict[str, str]) -> None:
        try:
            _write_closed(self.path / _STATE, json.dumps(state, indent=1) + "\n")
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> DiskFull | NoPermission:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            return DiskFull(msg("El disco de {path} está lleno. Libera espacio."), path=self.path)
        return NoPermission(
            msg("No se puede escribir en {path} ({reason}). Elige otra carpeta con RECOBRO_DATA."),
            path=self.path,
            reason=error.strerror,
        )


def _refuse_barrier(account: Account, path: Path) -> None:
    if barrier := account.barrier(path):
        raise NoPermission(
            msg(
                "Los servidores corren con un usuario sin privilegios que no puede entrar a {barrier}. "
                "Elige otra carpeta, por ejemplo RECOBRO_DATA=/var/lib/recobro."
            ),
            barrier=barrier,
        )


def _write_closed(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only: a crash leaves the old one whole."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
