"""The life of a request: who is asking, their open work, one commit at the end.

A loader is asked by the beginning of the path, so that a debtor's cookie never opens a desk and the other way round.
"""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from flask import Flask, Response, g, request
from flask_login import LoginManager, UserMixin, current_user

from recobro.people import sessions
from recobro.web import translations
from tenants.context import Kind, Principal
from tenants.work import system_work, tenant_work

COOKIE = "recobro"
login = LoginManager()


@dataclass
class User(UserMixin):  # type: ignore[misc]
    """The person flask-login speaks of."""

    signed_in: sessions.SignedIn

    def get_id(self) -> str:
        """The session's key: never a person's."""
        return self.signed_in.session_key


# Path prefix -> a function that finds the principal of a request there (debtor pages register theirs).
LOADERS: dict[str, Callable[[], Principal | None]] = {}


def cookie_name(app: Flask) -> str:
    """The session cookie's name; bound to the host when the site is served by TLS."""
    return f"__Host-{COOKIE}" if app.config["SESSION_COOKIE_SECURE"] else COOKIE


def set_session_cookie(app: Flask, response: Response, token: str) -> None:
    """Give the browser its new session."""
    response.set_cookie(
        cookie_name(app),
        token,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        secure=app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def install(app: Flask) -> None:
    """Load who asks, open their work, commit it once."""
    login.init_app(app)

    @login.request_loader  # type: ignore[untyped-decorator]
    def load_user(_request: object) -> User | None:
        token = request.cookies.get(cookie_name(app), "")
        found = sessions.load(token) if token else None
        return User(found) if found else None

    @app.before_request
    def open_work() -> None:
        g.request_id = request.headers.get("X-Request-Id", "")[:64] or secrets.token_hex(8)
        g.principal = None
        if request.endpoint in (None, "static"):
            return
        g.principal = _principal()
        if g.principal is None:
            return
        g.stack = ExitStack()
        if g.principal.kind is Kind.SYSTEM:
            g.system = g.stack.enter_context(
                system_work(reason=f"operator: {request.path}", person_id=g.principal.person_id)
            )
        else:
            g.work = g.stack.enter_context(tenant_work(g.principal, correlation=g.request_id))

    @app.after_request
    def commit(response: Response) -> Response:
        response.headers["Request-Id"] = g.get("request_id", "")
        stack: ExitStack | None = g.pop("stack", None)
        if stack is not None:
            g.pop("work", None)
            if g.get("failed"):
                _abandon(stack)
            else:
                stack.close()
        return response

    @app.teardown_request
    def abandon(_error: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("stack", None)
        if stack is not None:
            _abandon(stack)


class _Abandoned(Exception):
    """Rolls the open work back."""


def _abandon(stack: ExitStack) -> None:
    error = _Abandoned()
    try:
        stack.__exit__(_Abandoned, error, None)
    except _Abandoned:
        return


def _principal() -> Principal | None:
    for prefix, loader in LOADERS.items():
        if request.path.startswith(prefix):
            return loader()
    if not current_user.is_authenticated:
        return None
    signed_in: sessions.SignedIn = current_user.signed_in
    g.signed_in = signed_in
    # What was chosen on a page stands above the profile, which takes it over when it is saved.
    chosen = request.cookies.get(translations.COOKIE, "")
    known = chosen if chosen in translations.LOCALES else ""
    g.locale = known or signed_in.locale or signed_in.agency_locale or None
    g.zone = signed_in.agency_zone or None
    g.home_currency = signed_in.agency_currency or None
    return signed_in.principal
