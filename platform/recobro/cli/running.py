"""Everything in one command: engines, schema, web, workers, relay, cron, and the local mail catcher and Stripe."""

import os
import shutil
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib import import_module

import click

from kernel.problems import Problem
from kernel.text import msg
from recobro.cli.database import prepare_database
from recobro.cli.ready import engines, environment, refuse_other_schema
from recobro.cli.serving import refuse_taken_port
from recobro.cli.words import say, spoken
from recobro.config import Settings, load_settings
from recobro.engines import process
from recobro.engines.folder import DataFolder
from recobro.engines.postgres import Postgres
from recobro.engines.server import Server
from recobro.engines.valkey import Valkey
from recobro.supervisor import Program, Supervisor, module, recobro

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_black")
_printing = threading.Lock()


@click.command(help=msg("Arranca todo el producto en esta máquina con un solo comando."))
def up() -> None:
    """Run until Ctrl-C, with the data there is."""
    _run_everything(story=False)


@click.command(help=msg("Arranca todo el producto con dos despachos de demostración."))
@click.option("--story", is_flag=True, hidden=True, help="Build the story and end; the supervisor calls it.")
def demo(story: bool) -> None:
    """As `up`; an empty database first gets the demo's story."""
    if story:
        _build_story()
    else:
        _run_everything(story=True)


@dataclass(frozen=True)
class Local:
    """The local stand-ins for a mail server and for Stripe, where none is configured."""

    programs: tuple[Program, ...]
    environment: dict[str, str]
    pages: dict[str, str]


def _run_everything(*, story: bool) -> None:
    settings = load_settings()
    folder = DataFolder(settings.data)
    folder.claim()
    supervisor = Supervisor(folder, {}, _tell, spoken)
    with supervisor.supervising():
        refuse_taken_port(settings.host, settings.port)
        say(msg("Datos en {path}."), path=settings.data)
        with engines() as ready:
            try:
                _run_programs(supervisor, settings, ready, story=story)
            finally:
                say(msg("Deteniendo todo…"))
                supervisor.stop()  # before the engines go away beneath the programs


def _run_programs(supervisor: Supervisor, settings: Settings, ready: Settings, *, story: bool) -> None:
    if settings.database_url and settings.database_admin_url:
        prepare_database(settings)
    refuse_other_schema(ready)
    if story:
        _forget_half_a_story(supervisor.folder, settings)
    local = _local(ready, supervisor.folder)
    supervisor.environment = environment(ready) | local.environment
    supervisor.start(*local.programs)
    if story and not _tell_story(supervisor, settings):
        return
    supervisor.start(*_programs())
    supervisor.watch(_Watch(supervisor, settings, ready, local, story).tick)


def _programs() -> list[Program]:
    # The product does not import its worker; it asks for the names of its queues as it names jobs: by string.
    queues = [queue.value for queue in import_module("worker.queues").Queue]
    return [
        Program("web", recobro("serve"), ends=3),
        Program("cron", recobro("cron"), ends=3),
        Program("relay", recobro("relay"), ends=2),
        Program("mailbox", recobro("mailbox"), ends=2),
        *(Program(f"worker {queue}", recobro("worker", "--queue", queue), ends=1) for queue in queues),
    ]


def _local(settings: Settings, folder: DataFolder) -> Local:
    programs: list[Program] = []
    variables: dict[str, str] = {}
    pages: dict[str, str] = {}
    if "RECOBRO_MAILBOX_PORT" not in os.environ:
        variables["RECOBRO_MAILBOX_PORT"] = str(_port(folder, "mailbox_port", settings.mailbox_port))
    if settings.smtp_host is None:
        port, page = _port(folder, "mail_port", 8026), _port(folder, "mail_page_port", 8025)
        programs.append(Program("mail", module("recobro.local.mail", "--port", str(port), "--page-port", str(page))))
        variables |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_TLS": "none"}
        pages[msg("Correo (nada sale de esta máquina)")] = f"http://127.0.0.1:{page}"
    if settings.stripe_secret_key is None:
        port = _port(folder, "stripe_port", 8027)
        programs.append(Program("stripe", module("recobro.local.stripe", "--port", str(port))))
        variables |= {
            "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
            "STRIPE_SECRET_KEY": "sk_test_" + folder.secret("stripe_secret_key"),
            "STRIPE_WEBHOOK_SECRET": "whsec_" + folder.secret("stripe_webhook_secret"),
        }
        pages[msg("Tarjetas (Stripe local, sin dinero real)")] = f"http://127.0.0.1:{port}"
    return Local(tuple(programs), variables, pages)


def _port(folder: DataFolder, name: str, preferred: int) -> int:
    """The port of the last time while it is free, so that an open page still works after a restart."""
    for port in (int(folder.recall(name) or 0), preferred):
        if port and process.port_is_free(port):
            break
    else:
        port = process.free_port()
    folder.remember(name, str(port))
    return port


def _forget_half_a_story(folder: DataFolder, settings: Settings) -> None:
    """A story that was cut short is thrown away, with its documents, mails and cards, to be told anew."""
    if folder.recall("demo") != "building" or settings.database_url:
        return
    say(msg("La demostración quedó a medias: se hace de nuevo."))
    Postgres(settings.data).drop_database()
    shutil.rmtree(settings.data / "local", ignore_errors=True)
    if settings.files is None:
        shutil.rmtree(settings.files_folder, ignore_errors=True)
    prepare_database(settings)


def _tell_story(supervisor: Supervisor, settings: Settings) -> bool:
    """Build the demo in an empty database; whether to go on."""
    folder = supervisor.folder
    if folder.recall("demo") == "built":
        return True
    if _has_agencies(settings):
        say(msg("Esta base de datos ya tiene despachos: se usa como está, sin los de demostración."))
        return True
    say(msg("Preparando la demostración: unos minutos, solo la primera vez."))
    folder.remember("demo", "building")
    code = supervisor.run(Program("demo", recobro("demo", "--story"), ends=4))
    if code == 0:
        folder.remember("demo", "built")
    elif not supervisor.ending:
        raise Problem(msg("No se pudo preparar la demostración (código {code}); el motivo está arriba."), code=code)
    return code == 0


def _has_agencies(settings: Settings) -> bool:
    import psycopg

    from recobro.cli.database import administrator

    with psycopg.connect(administrator(settings), dbname="recobro") as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM agencies)").fetchone()
    return bool(found and found[0])


def _build_story() -> None:
    from recobro.cli.ready import connected

    with connected() as settings:
        import_module("recobro.demo.story").build(settings)


class _Watch:
    """What is looked at a few times a second: is the web ready to be announced, do the engines live."""

    def __init__(self, supervisor: Supervisor, settings: Settings, ready: Settings, local: Local, story: bool) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._ready = ready
        self._local = local
        self._story = story
        self._announced = False
        servers: list[Server] = []
        if settings.database_url is None:
            servers.append(Postgres(settings.data))
        if settings.redis_url is None:
            servers.append(Valkey(settings.data))
        self._servers: list[tuple[Server, int]] = [(server, server.pid() or 0) for server in servers]

    def tick(self) -> None:
        """Look once."""
        self._servers = [(server, self._revived(server, pid)) for server, pid in self._servers]
        if not self._announced and _answers(f"http://{_local_host(self._settings.host)}:{self._settings.port}/livez"):
            self._announced = True
            self._announce()

    def _revived(self, server: Server, pid: int) -> int:
        if process.alive(pid):
            return pid
        say(msg("{label} terminó; vuelve a arrancar."), label=server.label)
        address = server.start()
        if address not in (self._ready.database_url, self._ready.redis_url):
            field = "database_url" if isinstance(server, Postgres) else "redis_url"
            self._ready = self._ready.model_copy(update={field: address})
            self._supervisor.renew(environment(self._ready) | self._local.environment)
        return server.pid() or 0

    def _announce(self) -> None:
        say(msg("\nRecobro está listo: {address}"), address=self._settings.address)
        for name, address in self._local.pages.items():
            click.echo(f"  {spoken(name)}: {address}")
        if self._story and DataFolder(self._settings.data).recall("demo") == "built":
            for line in import_module("recobro.demo.story").logins(self._settings):
                click.echo(f"  {line}".rstrip())
        say(msg("Ctrl-C lo detiene todo.\n"))


def _local_host(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310 - our own web server
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _tell(name: str, line: str) -> None:
    label = f"{name:<18} │ "
    if sys.stdout.isatty():
        label = click.style(label, fg=_COLOURS[sum(name.encode()) % len(_COLOURS)])
    with _printing:
        click.echo(label + line)
