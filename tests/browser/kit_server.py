"""The kit alone on a port of its own: components can be looked at without a database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, make_response, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from recobro.web import jinja, kit, translations

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ASKING = """
{% extends "layouts/app.html" %}{% import "components/forms.html" as form %}{% import "components/basics.html" as ui %}
{% import "components/feedback.html" as say %}
{% block content %}
{% call form.form("/ask", attrs={"hx-post": "/ask", "hx-target": "#answer"}) %}
{{ form.input("word", "Palabra") }}{{ ui.button("Preguntar", "primary") }}{% endcall %}
<div id="answer"></div>{{ say.job_bar("Carga", 1, 3, url="/job") }}
{% endblock %}
"""
ANSWER = """{% import "components/feedback.html" as say %}
<p>{{ word }}, token {{ token }}</p>{{ say.toast_partial("Guardado " ~ word, "ok", "/undo") }}"""
REFUSAL = """{% import "components/forms.html" as form %}{{ form.error_summary([("word", "Escribe una palabra.")]) }}"""
GIVING = """
{% extends "layouts/app.html" %}{% import "components/forms.html" as form %}{% import "components/basics.html" as ui %}
{% block content %}
{% call form.form("/give", multipart=true) %}{{ form.error_summary(errors) }}
{{ form.file_drop("file", "Archivo") }}{{ ui.button("Continuar", "primary") }}{% endcall %}
{% endblock %}
"""
JOB = """{% import "components/feedback.html" as say %}{{ say.job_bar("Carga", done, 3, url="/job", state=state) }}"""


def kit_app() -> Flask:
    """An app of nothing but the kit, under the strict policy."""
    app = Flask("kit")
    translations.install(app)
    jinja.install(app)
    app.register_blueprint(kit.bp)
    app.jinja_env.globals["csrf_token"] = lambda: "the-token"
    counted = {"job": 0, "given": 0}

    @app.post("/<any(theme, locale):name>")
    def choose(name: str) -> ResponseReturnValue:
        response = make_response(redirect(request.form["next"], 303))
        response.set_cookie(name, request.form[name])
        return response

    @app.get("/asking")
    def asking() -> ResponseReturnValue:
        return render_template_string(ASKING, **kit.context("cases"))

    @app.post("/ask")
    def ask() -> ResponseReturnValue:
        word = request.form["word"]
        if not word:
            return render_template_string(REFUSAL), 422
        return render_template_string(ANSWER, word=word, token=request.headers.get("X-CSRFToken"))

    @app.get("/give")
    def giving() -> ResponseReturnValue:
        return render_template_string(GIVING, errors=[], **kit.context("cases"))

    @app.post("/give")
    def give() -> ResponseReturnValue:
        counted["given"] += 1
        name = request.files["file"].filename or ""
        if name.endswith(".exe"):
            return render_template_string(GIVING, errors=[("file", "No es una hoja.")], **kit.context("cases")), 422
        time.sleep(0.3)
        asked = "asked" if request.headers.get("X-Upload") else "redirected"
        return Response(status=204, headers={"X-Go-To": f"/dev/kit/cases?{asked}={counted['given']}"})

    @app.get("/job")
    def job() -> ResponseReturnValue:
        counted["job"] += 1
        done = min(3, 1 + counted["job"])
        return render_template_string(JOB, done=done, state="done" if done == 3 else "running")

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
