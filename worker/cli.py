"""The commands of the worker: `recobro worker`, `recobro relay`, `recobro cron`."""

import click

from kernel.text import msg
from recobro.cli.ready import connected
from worker.queues import Queue


@click.command(help=msg("Hace los trabajos de una cola."))
@click.option("--queue", type=click.Choice([queue.value for queue in Queue]), required=True, help=msg("La cola."))
def worker(queue: str) -> None:
    """One process, one queue: RQ's pop from several is not atomic."""
    with connected():
        from worker.main import run

        run(Queue(queue))


@click.command(help=msg("Lleva los trabajos de la base de datos a las colas."))
def relay() -> None:
    """Run until SIGINT or SIGTERM."""
    with connected():
        from worker.relay import run

        run()


@click.command(help=msg("Pone en marcha lo que toca a cada hora."))
def cron() -> None:
    """Run until SIGINT or SIGTERM."""
    with connected():
        from worker.schedule import run

        run()
