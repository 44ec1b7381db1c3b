"""The commands of the worker: `recobro worker`, `recobro relay`, `recobro cron`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from kernel.text import msg
from recobro.cli.ready import connected
from worker.queues import Queue


@contextmanager
def _in_the_background() -> Iterator[None]:
    # Where everything shares one machine, people's pages go first.
    os.nice(5)
    with connected():
        yield


@click.command(help=msg("Hace los trabajos de una cola."))
@click.option("--queue", type=click.Choice([queue.value for queue in Queue]), required=True, help=msg("La cola."))
def worker(queue: str) -> None:
    """One process, one queue: RQ's pop from several is not atomic."""
    with _in_the_background():
        from worker.main import run

        run(Queue(queue))


@click.command(help=msg("Lleva los trabajos de la base de datos a las colas."))
def relay() -> None:
    """Run until SIGINT or SIGTERM."""
    with _in_the_background():
        from worker.relay import run

        run()


@click.command(help=msg("Pone en marcha lo que toca a cada hora."))
def cron() -> None:
    """Run until SIGINT or SIGTERM."""
    with _in_the_background():
        from worker.schedule import run

        run()
