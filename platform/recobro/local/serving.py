"""A small web server in a thread of this process, and what the pages of the local servers share."""

import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

_HERE = Path(__file__).parent
_PRODUCT = _HERE.parent / "web" / "static"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: what was asked is on the server's own page."""


class Serving:
    """A Flask application served on 127.0.0.1 (another host only when named), one thread per request."""

    def __init__(self, app: Flask, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self._server: BaseWSGIServer = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._serve, name=f"serving-{self.port}", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on; chosen by the system when 0 was asked for."""
        return self._server.server_port

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)


def add_page_parts(app: Flask) -> None:
    """The style sheet, the font and the sign of the local servers' pages, and no posts from other sites."""

    @app.get("/static/local.css")
    def style() -> ResponseReturnValue:
        return send_from_directory(_HERE / "static", "local.css")

    @app.get("/static/inter.woff2")
    def font() -> ResponseReturnValue:
        found = sorted(_PRODUCT.glob("vendor/inter-*/inter-latin.woff2"))
        return send_from_directory(found[0].parent, found[0].name) if found else abort(404)

    @app.get("/favicon.svg")
    def favicon() -> ResponseReturnValue:
        return send_from_directory(_PRODUCT, "favicon.svg")

    @app.before_request
    def from_this_site() -> None:
        # Browsers say where a request comes from; a page of another site has nothing to change here.
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            abort(403)


def strict(response: Response, *, forms_lead_to: Sequence[str] = (), frames: str = "'none'") -> Response:
    """The same response with a policy that allows our style sheet, images and forms, and no script at all.

    Browsers hold `form-action` against the redirect that answers a form too, so the origins it may lead to are named.
    """
    origins = " ".join(["'self'", *sorted({origin(url) for url in forms_lead_to if origin(url)})])
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-src {frames}; "
        f"form-action {origins}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def origin(url: str) -> str:
    """`scheme://host:port` of a web address; empty when it is none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""
