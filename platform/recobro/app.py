"""The web application: blueprints, security, errors; nothing else."""

from importlib import import_module

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from recobro.config import Settings
from recobro.intake.files.reading import MOST_BYTES
from recobro.web import errors, jinja, requests, security, translations

# What a form may hold beside its file: pasted cells, mostly.
_FORM_BYTES = 4 * 1024 * 1024
# Every feature that has pages, in the order of the menu.
FEATURES = (
    "web",
    "people",
    "desk",
    "cases",
    "intake",
    "twins",
    "api",
    "agreements",
    "notices",
    "strategies",
    "consents",
    "complaints",
    "handoff",
    "recalls",
    "payments",
    "remittances",
    "ledger",
    "clients",
    "law_pages",
    "decisions",
    "portal",
    "debtor_pages",
    "operator",
)


class UndeclaredViewError(RuntimeError):
    """A view says neither who may come in nor that everybody may."""


def create_app(settings: Settings) -> Flask:
    """The application for these settings; it does not start with a view that declares no permission."""
    app = Flask("recobro", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.signing_secret(),
        SESSION_COOKIE_NAME="recobro_form",
        SESSION_COOKIE_SECURE=settings.address.startswith("https://"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MOST_UPLOAD_MB=MOST_BYTES >> 20,
        MAX_CONTENT_LENGTH=MOST_BYTES + _FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=_FORM_BYTES,
        SETTINGS=settings,
        CROSS_SITE_ENDPOINTS=set(),
    )
    if settings.proxies:
        # As many proxies as the installation says stand in front: no more of what the browser claims is believed.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    jinja.install(app)
    translations.install(app)
    requests.install(app)
    security.install(app)
    errors.install(app)
    for feature in FEATURES:
        views = import_module(f"recobro.{feature}.views")
        for blueprint in getattr(views, "blueprints", None) or (views.bp,):
            app.register_blueprint(blueprint)
    undeclared = security.undeclared_views(app)
    if undeclared:
        raise UndeclaredViewError(f"These views declare no permission: {', '.join(sorted(undeclared))}")
    return app
