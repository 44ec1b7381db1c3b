"""`python -m recobro.local.stripe`: the local Stripe alone, until it is told to stop."""

import signal
import threading
from pathlib import Path

import click

from recobro.config import load_settings
from recobro.local.stripe.server import StripeServer


@click.command()
@click.option("--port", type=int, default=8027, show_default=True)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="The file that keeps everything.")
@click.option("--key", envvar="STRIPE_SECRET_KEY", default="", help="The only secret key that is taken.")
@click.option("--webhook-url", default="", help="Where events are sent; the product's own address when left out.")
@click.option("--webhook-secret", envvar="STRIPE_WEBHOOK_SECRET", default="", help="What events are signed with.")
@click.option("--seed", default="", help="The same seed and the same calls give the same identifiers.")
def main(port: int, state: Path | None, key: str, webhook_url: str, webhook_secret: str, seed: str) -> None:
    """Run a local Stripe on 127.0.0.1."""
    settings = load_settings()
    at_home = settings.model_copy(update={"public_url": None})
    server = StripeServer(
        port=port,
        file=state or settings.data / "local" / "stripe.sqlite3",
        key=key,
        webhook_url=webhook_url or f"{at_home.address}/webhooks/stripe",
        webhook_secret=webhook_secret,
        seed=seed,
    ).start()
    click.echo(f"Stripe local: {server.url}")
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    ending.wait()
    server.stop()


if __name__ == "__main__":
    main()
