"""What is wrong with this installation, and what to do about it."""

import ctypes.util
import difflib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from kernel.clock import SystemClock
from kernel.problems import Problem
from kernel.text import msg
from recobro.cli.ready import engines
from recobro.cli.words import say, spoken
from recobro.config import Misconfigured, Settings, Tls, load_settings
from recobro.engines.postgres import APP, MAJOR

if TYPE_CHECKING:
    import psycopg

_SPACE_MEGABYTES = 1024
_CLOCK_SECONDS = 2.0
_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
_PREFIXES = ("RECOBRO_", "SMTP_", "STRIPE_")
_OTHER_VARIABLES = {"RECOBRO_SHARED"}  # read by the tests, not by the product


class Level(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, how it is, and what to do when it is not good."""

    check: str
    level: Level
    text: str


Findings = Iterator[Finding]


@click.command(help=msg("Revisa la instalación y dice qué hacer."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def doctor(as_json: bool) -> None:
    """Look at everything; exit code 1 when something is bad."""
    findings = list(_examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        marks = {Level.GOOD: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.BAD: ("✗", "red")}
        for finding in findings:
            mark, colour = marks[finding.level]
            click.echo(f"{click.style(mark, fg=colour)} {finding.check:<14} {finding.text}")
    if any(finding.level is Level.BAD for finding in findings):
        raise SystemExit(1)
    if not as_json:
        say(msg("Todo está listo."))


def _examine() -> Findings:
    yield from _python()
    yield from _libraries()
    try:
        settings = load_settings()
    except Misconfigured as problem:
        yield from (_bad("config", sentence) for sentence in problem.sentences)
        return
    yield _good("config", msg("La configuración es válida."))
    yield from _unknown_variables()
    yield from _outside(settings)
    try:
        with engines() as ready:
            yield from _folder(ready)
            yield from _guarded("database", _database, ready)
            yield from _guarded("queue", _queue, ready)
    except Problem as problem:
        yield Finding("engines", Level.BAD, spoken(problem.template, **problem.details))


def _guarded(check: str, look: Callable[[Settings], Findings], settings: Settings) -> Findings:
    import psycopg
    import redis

    try:
        yield from look(settings)
    except (psycopg.Error, redis.RedisError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        yield _bad(check, msg("No contesta: {reason}"), reason=reason)


def _good(check: str, text: str, **details: object) -> Finding:
    return Finding(check, Level.GOOD, spoken(text, **details))


def _warning(check: str, text: str, **details: object) -> Finding:
    return Finding(check, Level.WARNING, spoken(text, **details))


def _bad(check: str, text: str, **details: object) -> Finding:
    return Finding(check, Level.BAD, spoken(text, **details))


def _python() -> Findings:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _good("python", msg("Python {version}."), version=version)


def _libraries() -> Findings:
    missing = [package for name, package in _LIBRARIES.items() if ctypes.util.find_library(name) is None]
    if missing:
        yield _bad(
            "pdf",
            msg("Faltan bibliotecas para los PDF. Instálalas con: sudo apt-get install -y {packages}"),
            packages=" ".join(missing),
        )
    else:
        yield _good("pdf", msg("Las bibliotecas para los PDF están."))


def _unknown_variables() -> Findings:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()} | _OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.startswith(_PREFIXES) and name not in known and not name.startswith("RECOBRO_TEST_"):
            near = difflib.get_close_matches(name, known, n=1)
            yield _warning(
                "config",
                msg("{name} no es una variable conocida. {hint}"),
                name=name,
                hint=f"¿{near[0]}?" if near else "",
            )


def _outside(settings: Settings) -> Findings:
    if settings.smtp_host is None:
        yield _warning("mail", msg("Sin SMTP_HOST ningún correo sale de esta máquina."))
    elif settings.smtp_tls is Tls.NONE and settings.smtp_host not in ("127.0.0.1", "localhost"):
        yield _warning("mail", msg("SMTP_TLS=none manda los correos sin cifrar."))
    else:
        yield _good(
            "mail", msg("Los correos salen por {host}:{port}."), host=settings.smtp_host, port=settings.smtp_port
        )
    if settings.stripe_secret_key is None:
        yield _warning("cards", msg("Sin STRIPE_SECRET_KEY los pagos con tarjeta son de prueba."))
    if settings.database_url and not settings.public_url:
        yield _warning(
            "config",
            msg("Falta PUBLIC_URL: los enlaces de los correos apuntarían a {address}."),
            address=settings.address,
        )


def _folder(settings: Settings) -> Findings:
    # Before the first start there is none yet.
    there = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    free = shutil.disk_usage(there).free // (1024 * 1024)
    look = _good if free >= _SPACE_MEGABYTES else _warning
    yield look("folder", msg("{path}: quedan {free} MB."), path=settings.data, free=free)
    state = settings.data / "engines.json"
    if state.exists() and state.stat().st_mode & 0o077:
        yield _bad("folder", msg("Otros pueden leer los secretos. Ciérralos con: chmod 600 {path}"), path=state)


def _database(settings: Settings) -> Findings:
    import psycopg

    with psycopg.connect(settings.database_url or "", connect_timeout=5) as connection:
        version = connection.info.server_version // 10000
        look = _good if version >= MAJOR else _bad
        yield look("database", msg("PostgreSQL {version} (se necesita {major})."), version=version, major=MAJOR)
        yield from _role(connection)
        yield from _schema(connection)
        told = connection.execute("SELECT clock_timestamp()").fetchone()
        gap = abs((SystemClock().now() - told[0]).total_seconds()) if told else 0.0
        look = _good if gap <= _CLOCK_SECONDS else _bad
        yield look(
            "clock", msg("Los relojes de la base de datos y de esta máquina difieren {gap} s."), gap=round(gap, 1)
        )


def _role(connection: "psycopg.Connection") -> Findings:
    found = connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert found is not None
    name, superuser, bypass, owner = found
    if superuser or bypass or owner:
        yield _bad(
            "role",
            msg(
                "El usuario {name} pasa por encima de los muros entre despachos. "
                "DATABASE_URL debe usar {app}; `recobro db migrate` lo crea."
            ),
            name=name,
            app=APP,
        )
    else:
        yield _good("role", msg("El usuario {name} está sujeto a los muros."), name=name)


def _schema(connection: "psycopg.Connection") -> Findings:
    from recobro.migrations.standing import OtherSchema, look, refuse_other

    try:
        refuse_other(look(connection))
    except OtherSchema as problem:
        yield _bad("schema", problem.template, **problem.details)
    else:
        yield _good("schema", msg("El esquema está al día."))


def _queue(settings: Settings) -> Findings:
    import redis

    with redis.Redis.from_url(settings.redis_url or "", socket_timeout=5, socket_connect_timeout=5) as client:
        client.ping()
        yield _good("queue", msg("La cola contesta."))
        try:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
            kept = client.config_get("appendonly").get("appendonly")
        except redis.ResponseError:
            return  # a managed Redis may hide its configuration
        if policy != "noeviction":
            yield _bad("queue", msg("La cola puede olvidar trabajos. Configúrala con: maxmemory-policy noeviction"))
        if kept != "yes":
            yield _warning("queue", msg("La cola no se guarda en disco. Configúrala con: appendonly yes"))
