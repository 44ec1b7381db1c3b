"""The kit alone on a port of its own: components can be looked at without a database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from recobro.web import jinja, kit, translations

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def kit_app() -> Flask:
    """An app of nothing but the kit, under the strict policy."""
    app = Flask("kit")
    translations.install(app)
    jinja.install(app)
    app.register_blueprint(kit.bp)

    @app.post("/<name>")
    def choose(name: str) -> ResponseReturnValue:
        response = make_response(redirect(request.form["next"], 303))
        response.set_cookie(name, request.form[name])
        return response

    @app.after_request
    def set_policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def kit_server() -> Iterator[str]:
    """The kit's address while it is served."""
    server = make_server("127.0.0.1", 0, kit_app(), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/dev/kit"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
