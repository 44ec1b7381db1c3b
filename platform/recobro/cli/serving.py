"""The web server."""

import os

import click

from kernel.text import msg
from recobro.cli.ready import engines, refuse_other_schema
from recobro.engines import process
from recobro.engines.problems import PortTaken

# Each thread holds a request; more than this only makes them wait for the same cores.
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)


@click.command(help=msg("Sirve las páginas en RECOBRO_HOST y RECOBRO_PORT."))
def serve() -> None:
    """Run granian until SIGINT or SIGTERM; requests in flight are answered first."""
    with engines() as settings:
        refuse_taken_port(settings.host, settings.port)
        refuse_other_schema(settings)
        from granian import Granian
        from granian.constants import Interfaces

        Granian(
            "recobro.wsgi:app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=settings.web_workers,
            blocking_threads=_THREADS,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            websockets=False,
        ).serve()


def refuse_taken_port(host: str, port: int) -> None:
    """PortTaken when another program listens on the web's port."""
    if not process.port_is_free(port, host):
        raise PortTaken(
            msg("El puerto {port} ya lo usa otro programa. Elige otro, por ejemplo RECOBRO_PORT={other}."),
            port=port,
            other=process.free_port() if port >= 10000 else port + 80,
        )
