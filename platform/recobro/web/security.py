"""Deny by default: every view says who may come in; every answer carries the headers; no cross-site writes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.datastructures import MultiDict

from kernel.problems import Invalid, NotAllowed
from kernel.text import msg
from tenants.context import Kind
from tenants.roles import Permission, Role, allows

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()

_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


# Whom to ask instead, by who asks.
_REFUSED = {
    Kind.STAFF: msg("Tu rol no permite esta acción. Pídela a quien administra tu agencia."),
    Kind.CLIENT: msg(
        "Tu rol no permite esta acción. Pídela a quien administra la cuenta de tu empresa o a la agencia."
    ),
    Kind.COUNSEL: msg("Tu rol no permite esta acción. Pídela a la agencia que te asignó el asunto."),
    Kind.DEBTOR: msg("Esta página no es parte de tu caso. Si te falta algo, pídelo a la agencia."),
    Kind.SYSTEM: msg("Tu rol no permite esta acción: es de las personas de una agencia."),
}


class SecondFactorNeeded(NotAllowed):
    """This role works only after a second factor."""

    code = "people.second_factor_needed"


def needs(permission: Permission) -> Callable[[View], View]:
    """The view is for people who have this permission; others get a refusal, strangers the sign-in page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if g.get("principal") is None:
                return _to_the_door()
            role = Role(g.principal.role)
            if not allows(role, permission):
                raise NotAllowed(_REFUSED.get(g.principal.kind, _REFUSED[Kind.STAFF]))
            answer: ResponseReturnValue = view(*args, **kwargs)
            return answer

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public(view: View) -> View:
    """The view is for everybody: sign-in, the debtor's door, health."""
    view.public = True  # type: ignore[attr-defined]
    return view


def _to_the_door() -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("people.sign_in")})
    if request.path.startswith("/debtor"):
        return redirect(url_for("debtor_pages.closed"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("people.sign_in", next=wanted or None))


def safe_next(wanted: str | None) -> str | None:
    """A local path to go on to after signing in, or nothing."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return None
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else None


def allow_form_target(origin: str) -> None:
    """Let this one answer's forms lead to another origin (Stripe Checkout); Chromium checks redirects too."""
    g.form_targets = [*g.get("form_targets", []), origin]


def undeclared_views(app: Flask) -> list[str]:
    """Endpoints that say neither `needs` nor `public`: there are none, or the app does not start."""
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not hasattr(app.view_functions[rule.endpoint], "needs")
        and not getattr(app.view_functions[rule.endpoint], "public", False)
    ]


def _check_text(told: MultiDict[str, str]) -> None:
    """No column can keep a NUL."""
    if any("\x00" in text for name, texts in told.lists() for text in (name, *texts)):
        raise Invalid(msg("Un dato lleva un carácter nulo, que no es texto. Quítalo y repite."))


def install(app: Flask) -> None:
    """Headers, CSRF and the cross-site check for an app."""
    csrf.init_app(app)

    @app.before_request
    def refuse_cross_site() -> ResponseReturnValue | None:
        if request.method not in _UNSAFE or request.endpoint in app.config["CROSS_SITE_ENDPOINTS"]:
            return None
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        foreign = origin not in (None, "null") and urlsplit(str(origin)).netloc != request.host
        if site == "cross-site" or (site is None and foreign):
            raise NotAllowed(msg("La petición viene de otro sitio y no se aceptó."))
        if not request.path.startswith("/api/"):
            _check_text(request.form)
        return None

    @app.before_request
    def refuse_nul() -> None:
        _check_text(request.args)

    @app.after_request
    def set_headers(response: Response) -> Response:
        policy = dict(_CSP)
        targets = g.get("form_targets")
        if targets:
            policy["form-action"] = " ".join(["'self'", *targets])
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
            policy["upgrade-insecure-requests"] = ""
        header = "; ".join(f"{name} {value}".strip() for name, value in policy.items())
        response.headers.setdefault("Content-Security-Policy", header)
        response.headers["X-Content-Type-Options"] = "nosniff"
        debtor = request.path.startswith(("/debtor", "/d/"))
        response.headers["Referrer-Policy"] = "no-referrer" if debtor else "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()"
        if debtor:
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
