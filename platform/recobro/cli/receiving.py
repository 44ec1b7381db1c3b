"""The process that takes clients' files by email."""

import signal
import threading

import click

from kernel.text import msg
from recobro.cli.ready import connected
from recobro.cli.words import say
from recobro.engines import process
from recobro.engines.problems import PortTaken


@click.command(help=msg("Recibe por correo los archivos de los clientes, en RECOBRO_MAILBOX_PORT."))
def mailbox() -> None:
    """Run until SIGINT or SIGTERM. It speaks plain SMTP: your mail server stands before it."""
    with connected() as settings:
        from recobro.adapters.mail_receiver import MailReceiver
        from recobro.intake.doors.mailbox import may_write, take

        if not process.port_is_free(settings.mailbox_port, settings.mailbox_host):
            raise PortTaken(
                msg("El puerto {port} ya lo usa otro programa. Elige otro con RECOBRO_MAILBOX_PORT={other}."),
                port=settings.mailbox_port, other=process.free_port(),
            )  # fmt: skip
        ending = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ending.set())
        with MailReceiver(may_write, take, host=settings.mailbox_host, port=settings.mailbox_port):
            say(msg("Correo de entrada en {host}:{port}, para carga+…@{domain}."), host=settings.mailbox_host,
                port=settings.mailbox_port, domain=settings.mail_domain)  # fmt: skip
            ending.wait()
