"""A PostgreSQL of our own under the data folder, on 127.0.0.1 with a password, run by an unprivileged account."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

from kernel.text import msg
from recobro.engines import process
from recobro.engines.problems import ForeignFolder
from recobro.engines.programs import postgres_bin
from recobro.engines.server import Server

if TYPE_CHECKING:
    import psycopg

MAJOR = 18
ADMIN = "recobro_admin"
APP = "recobro_app"
DATABASE = "recobro"

_FIRST_MEGABYTES = 300
_ORPHANS_SECONDS = 30
_DROP: LiteralString = f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "cluster_name": "recobro",
    "max_connections": "120",
    # The schema is put up in one transaction, and every table, index and policy of it is a lock.
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "pglz",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    # A statement that fails would be written to the log with what it holds: passwords, names.
    "log_min_error_statement": "panic",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """The PostgreSQL server of one data folder; the database in it is made by the product's bootstrap."""

    name = "postgres"
    label = "PostgreSQL"
    needed_megabytes = 64
    stops = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0))  # fast, at once, hard

    @property
    def url(self) -> str:
        """The address for the product: the runtime role, which the database's bootstrap makes."""
        return self._url(APP, self.app_password, DATABASE)

    @property
    def admin_url(self) -> str:
        """The address for bootstrap, migrations and backups: the superuser, in the maintenance database."""
        return self._url(ADMIN, self._admin_password, "postgres")

    @property
    def app_password(self) -> str:
        """The runtime role's password, generated once."""
        return self.folder.secret("postgres_app_password")

    @property
    def programs(self) -> Path:
        """The folder of pg_dump, pg_restore, psql."""
        return postgres_bin(self.folder, self._account)

    def pid(self) -> int | None:
        """The number of the running server of this folder."""
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else None
        # After a restart of the machine the number may belong to somebody else.
        if pid and process.alive(pid) and str(self.home) in process.command_line(pid):
            return pid
        return None

    def launch(self) -> str | None:
        """Which launch of the server this is; numbers of processes come again, launches do not."""
        lines = self._pid_file()
        return f"{lines[0].strip()}@{lines[2].strip()}" if len(lines) > 2 else None

    def answers(self) -> bool:
        """Whether the server takes a connection now."""
        import psycopg

        try:
            with self._connected():
                return True
        except psycopg.OperationalError:
            return False

    def drop_database(self) -> None:
        """Throw the database away with all it holds; roles stay, and the next bootstrap makes it anew."""
        with self._connected() as connection:
            connection.execute(_DROP)

    @property
    def _admin_password(self) -> str:
        return self.folder.secret("postgres_admin_password")

    @contextmanager
    def _connected(self) -> "Iterator[psycopg.Connection]":
        import psycopg

        with psycopg.connect(self.admin_url, connect_timeout=5, autocommit=True) as connection:
            yield connection

    def _url(self, role: str, password: str, database: str) -> str:
        lines = self._pid_file()
        port = lines[3].strip() if len(lines) > 3 else self._remembered_port()
        return f"postgresql://{role}:{password}@127.0.0.1:{port}/{database}"

    def _pid_file(self) -> list[str]:
        try:
            return (self.home / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise self._not_ours() from error

    def _prepare_home(self) -> None:
        if not self.home.exists():
            self._create_cluster()
            return
        if not self._owned_by_account():
            raise self._not_ours()
        marker = self.home / "PG_VERSION"
        made_by = marker.read_text().strip() if marker.exists() else None
        if made_by is None:
            raise ForeignFolder(
                msg("{path} no es una base de datos de Recobro. Elige otra carpeta con RECOBRO_DATA."), path=self.home
            )
        if made_by != str(MAJOR):
            raise ForeignFolder(
                msg(
                    "La base de datos de {path} es de PostgreSQL {made_by} y este programa usa {major}. "
                    "Restaura un respaldo en una carpeta nueva (RECOBRO_DATA)."
                ),
                path=self.home,
                made_by=made_by,
                major=MAJOR,
            )

    def _create_cluster(self) -> None:
        self.folder.require_space(_FIRST_MEGABYTES)
        fresh = self.home.with_name("postgres.new")  # renamed when whole, so that a crash leaves no half cluster
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self.folder.path / "postgres.pw"
        password.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(self._admin_password)
            for path in (fresh, password):
                self._account.give(path)
            process.run(
                [
                    self.programs / "initdb",
                    f"--pgdata={fresh}",
                    f"--username={ADMIN}",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions",
                    *(["--no-sync"] if self._fast else []),
                ],
                self._account,
            )
        finally:
            password.unlink(missing_ok=True)
        fresh.rename(self.home)

    def _launch_on(self, port: int) -> None:
        settings = _SETTINGS | (_FAST if self._fast else {}) | {"port": str(port)}
        command: list[str | Path] = [
            self.programs / "postgres",
            "-D",
            self.home,
            *(f"--{name}={value}" for name, value in settings.items()),
        ]
        # A left-over file names no server of ours (`pid` looked); PostgreSQL would refuse if the number is taken.
        (self.home / "postmaster.pid").unlink(missing_ok=True)
        log = self.folder.log(self.name)
        orphans_until = time.monotonic() + _ORPHANS_SECONDS
        while True:
            since = process.size(log)
            pid = process.start(command, self._account, log, folder=self.home)

            def ready_or_gone(pid: int = pid) -> bool:
                return self._is_ready(pid) or not process.alive(pid)

            # After a crash the server first reads its log again: that may take minutes and must not be cut short.
            if not process.wait_until(ready_or_gone, self._patience):
                raise self._too_slow(pid)
            if process.alive(pid):
                return
            words = process.said(log, since)
            # After kill -9 the old server's children need a moment to notice; until then a new one refuses.
            if "pre-existing shared memory block" not in words or time.monotonic() > orphans_until:
                raise process.explain(words, self.label, log)
            time.sleep(0.3)

    def _is_ready(self, pid: int) -> bool:
        lines = self._pid_file()
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
