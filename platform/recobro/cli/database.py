"""The database: roles, schema, versions."""

from urllib.parse import unquote, urlsplit

import click

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cli.words import say
from recobro.config import Settings, load_settings
from recobro.engines.postgres import Postgres
from recobro.engines.use import running


@click.group(help=msg("La base de datos."))
def db() -> None:
    """Commands on the database as a whole."""


@db.command(help=msg("Crea los roles y lleva el esquema a la versión de este programa. Se puede repetir."))
def migrate() -> None:
    """Bootstrap or upgrade the embedded database, or the external one as DATABASE_ADMIN_URL."""
    settings = load_settings()
    with running(settings):
        prepare_database(settings)
    say(msg("La base de datos está al día."))


def prepare_database(settings: Settings) -> str:
    """Bring roles and schema up to date; the runtime role's address. External servers need DATABASE_ADMIN_URL."""
    from recobro.migrations.bootstrap import prepare

    secret = settings.signing_secret()
    if settings.database_url is None:
        own = Postgres(settings.data)
        return prepare(own.admin_url, own.app_password, secret)
    admin_url = administrator(settings)
    parts = urlsplit(settings.database_url)
    return prepare(admin_url, unquote(parts.password or ""), secret, database=parts.path.strip("/") or "recobro")


def administrator(settings: Settings) -> str:
    """The superuser's address: the embedded server's, or DATABASE_ADMIN_URL."""
    if settings.database_url is None:
        return Postgres(settings.data).admin_url
    if settings.database_admin_url is None:
        raise Invalid(
            msg("Falta DATABASE_ADMIN_URL: la dirección de un usuario que puede crear roles en el servidor externo.")
        )
    return settings.database_admin_url
