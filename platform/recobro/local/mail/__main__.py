"""`python -m recobro.local.mail`: the mail catcher alone, until it is told to stop."""

import signal
import threading
from pathlib import Path

import click

from recobro.config import load_settings
from recobro.local.mail.server import MailServer


@click.command()
@click.option("--port", "--smtp-port", type=int, default=8026, show_default=True, help="Where mails are taken.")
@click.option("--page-port", "--http-port", type=int, default=8025, show_default=True, help="Where they are read.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where they are kept.")
def main(port: int, page_port: int, folder: Path | None) -> None:
    """Catch mails on 127.0.0.1."""
    kept = folder or load_settings().data / "local" / "mail"
    server = MailServer(kept, port=port, page_port=page_port).start()
    click.echo(f"Correo local: {server.url}")
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    ending.wait()
    server.stop()


if __name__ == "__main__":
    main()
