"""A Valkey of our own under the data folder: the bell of the queues, kept on disk every second."""

import signal

from recobro.engines import process
from recobro.engines.programs import valkey_server
from recobro.engines.server import Server


class Valkey(Server):
    """The Valkey server of one data folder."""

    name = "valkey"
    label = "Valkey"
    needed_megabytes = 32
    stops = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 2.0))

    @property
    def url(self) -> str:
        """The address with its password."""
        return f"redis://:{self._password}@127.0.0.1:{self._remembered_port()}/0"

    def pid(self) -> int | None:
        """The number of the running server of this folder."""
        port = self.folder.recall("valkey_port")
        if port is None:
            return None
        number = self._told_pid() or int(self.folder.recall("valkey_pid") or 0)
        # The server shows its address as its name; after a restart of the machine the number may be another's.
        if number and process.alive(number) and f"valkey-server 127.0.0.1:{port}" in process.command_line(number):
            return number
        return None

    def answers(self) -> bool:
        """Whether the server takes commands now."""
        import redis

        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    @property
    def _password(self) -> str:
        return self.folder.secret("valkey_password")

    def _told_pid(self) -> int | None:
        # Whoever takes our password is ours, even when its starter was killed before it wrote the number down.
        import redis

        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return int(client.info("server")["process_id"])
            except redis.RedisError:
                return None

    def _prepare_home(self) -> None:
        if not self.home.exists():
            self.home.mkdir(mode=0o700)
            self._account.give(self.home)
        elif not self._owned_by_account():
            raise self._not_ours()

    def _launch_on(self, port: int) -> None:
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "protected-mode": "yes",
            "requirepass": self._password,
            "daemonize": "no",
            "dir": f'"{self.home}"',
            "save": '""',
            "appendonly": "no" if self._fast else "yes",
            "appendfsync": "everysec",
            # A queue must refuse when memory is short, never forget.
            "maxmemory-policy": "noeviction",
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        log = self.folder.log(self.name)
        since = process.size(log)
        # The settings go through standard input: no file and no process list shows the password.
        program = valkey_server(self.folder, self._account)
        pid = process.start([program, "-"], self._account, log, folder=self.home, text=text)
        self.folder.remember("valkey_pid", str(pid))
        if not process.wait_until(lambda: self.answers() or not process.alive(pid), self._patience):
            raise self._too_slow(pid)
        if not process.alive(pid):
            raise process.explain(process.said(log, since), self.label, log)
