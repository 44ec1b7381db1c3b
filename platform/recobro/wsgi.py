"""The WSGI server's target."""

from kernel.garbage import settle
from recobro.app import create_app
from recobro.config import load_settings
from recobro.wiring import wire

settings = load_settings()
if settings.database_url is None:
    raise SystemExit("DATABASE_URL is not set: start the web with `recobro up` or `recobro serve`.")
wire(settings, settings.database_url)
app = create_app(settings)
settle()
