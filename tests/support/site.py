"""A whole running site in the process of a test: pages on a port, jobs, a mail server, a Stripe of its own.

The pages and the jobs tell the agency's own time: a sandbox agency's clock is moved as its operator would move it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from flask import Flask

from kernel.clock import SystemClock
from recobro import wiring
from recobro.app import create_app
from recobro.config import Settings, Tls
from recobro.engines.process import free_port
from recobro.local.mail.box import Mail
from recobro.local.mail.server import MailServer
from recobro.local.serving import Serving
from recobro.local.stripe.server import StripeServer
from tenants.service import set_clock
from tenants.work import system_work
from tests.support.database import SECRET
from worker.run_now import run_pending, tick_and_run

T = TypeVar("T")
WEBHOOK_SECRET = "whsec_site_of_the_tests"
_PAUSE_S = 0.2


@dataclass
class Site:
    """The site and what stands around it. `url` has no final slash."""

    app: Flask
    url: str
    mail: MailServer
    stripe: StripeServer
    agencies: list[UUID] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _running: threading.Lock = field(default_factory=threading.Lock)

    def move_to(self, instant: datetime, *agencies: UUID) -> None:
        """Let it be this instant at these agencies, all of the site's by default; time goes on from there."""
        for agency_id in agencies or self.agencies:
            with system_work(reason="test") as system:
                set_clock(system, agency_id=agency_id, offset=instant - SystemClock().now())

    def tick(self, *agencies: UUID) -> None:
        """What is due by the agencies' clocks is done: periodic jobs, then every job that waits."""
        with self._running:
            for agency_id in agencies or self.agencies:
                tick_and_run(agency_id)

    def run_jobs(self) -> None:
        """Do every job that waits; the first that fails rises."""
        with self._running:
            for agency_id in self.agencies:
                run_pending(agency_id, early=True)

    def mails_to(self, address: str) -> list[Mail]:
        """What really arrived for an address, the newest last."""
        return self.mail.box.mails(to=address)[::-1]

    def settle(self) -> None:
        """Let the card events arrive and the jobs that follow from them be done."""
        assert self.stripe.control.wait(20), f"events wait at the local Stripe: {self.stripe.control.state()}"
        self.run_jobs()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Jobs are done by themselves, a moment after they are named, as workers would; a failure shows at the end."""
        failures: list[BaseException] = []
        thread = threading.Thread(target=self._work, args=(failures,), name="site-jobs", daemon=True)
        self._stopping.clear()
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join(60)
        if failures:
            raise failures[0]

    def _work(self, failures: list[BaseException]) -> None:
        while not self._stopping.wait(_PAUSE_S):
            try:
                self.run_jobs()
            except Exception as error:
                failures.append(error)


def eventually(ask: Callable[[], T], *, seconds: float = 15) -> T:
    """What `ask` answers as soon as it is something; AssertionError when it stays nothing."""
    limit = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)
    return found


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """A site on the database this process is connected to, its files and mails in a folder; everything ends with it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    stripe = StripeServer(webhook_url=f"{url}/webhooks/stripe", webhook_secret=WEBHOOK_SECRET)
    with MailServer(folder / "mails") as mail, stripe:
        settings = Settings(
            data=folder, files=folder / "files", secret=SECRET, port=port, smtp_host="127.0.0.1", smtp_port=mail.port,
            smtp_tls=Tls.NONE, smtp_from="avisos@recobro.example", stripe_api_base=stripe.url,
            stripe_secret_key="sk_test_site", stripe_publishable_key="pk_test_site",
            stripe_webhook_secret=WEBHOOK_SECRET,
        )  # fmt: skip
        before = wiring._outside
        wiring._outside = wiring.Outside(settings)
        app = create_app(settings)
        serving = Serving(app, port=port)
        serving.start()
        try:
            yield Site(app, url, mail, stripe)
        finally:
            serving.stop()
            wiring._outside = before
