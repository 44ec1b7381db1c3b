"""The whole server: in a thread of this process for tests, or alone through `__main__`."""

from pathlib import Path

from flask import Flask

from kernel.clock import Clock, SystemClock
from recobro.local import serving
from recobro.local.stripe.account import Account
from recobro.local.stripe.api import api
from recobro.local.stripe.calls import Calls
from recobro.local.stripe.checkout import checkout_pages
from recobro.local.stripe.control import Control, control_pages
from recobro.local.stripe.courier import Courier
from recobro.local.stripe.overview import overview
from recobro.local.stripe.store import Store

_PAGES = Path(__file__).parents[1] / "pages"


class StripeServer:
    """A local Stripe on 127.0.0.1. `key`: the only secret key it takes (empty: every `sk_test_` key).

    Without a `file` it forgets everything at `stop`. The same `seed` and the same calls give the same identifiers.
    """

    def __init__(
        self, *, port: int = 0, file: Path | None = None, key: str = "", webhook_url: str = "",
        webhook_secret: str = "", seed: str = "", clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._store = Store(file, seed=seed)
        self.account = Account(self._store, clock=clock or SystemClock())
        self._courier = Courier(self.account)
        calls = Calls(self.account, key)
        self.control = Control(self.account, self._courier, calls)
        app = Flask("recobro.local.stripe", static_folder=None, template_folder=str(_PAGES))
        serving.add_page_parts(app)
        for blueprint in (api(calls), control_pages(self.control), checkout_pages(self.account)):
            app.register_blueprint(blueprint)
        app.register_blueprint(overview(self.account, self.control))
        self._serving = serving.Serving(app, port=port)
        self.account.origin = self.url
        if webhook_url:
            self.control.webhooks(url=webhook_url, secret=webhook_secret)

    @property
    def url(self) -> str:
        """Where it listens: the base address for the official client."""
        return f"http://127.0.0.1:{self._serving.port}"

    def start(self) -> "StripeServer":
        """Answer calls and carry events from now on."""
        self._serving.start()
        self._courier.start()
        return self

    def stop(self) -> None:
        """End; what is in a file stays there."""
        self._serving.stop()
        self._courier.stop()
        self._store.close()

    def __enter__(self) -> "StripeServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
