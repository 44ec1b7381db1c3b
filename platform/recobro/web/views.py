"""What belongs to no feature: the way in, theme, language, health, the kit."""

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy import text

from recobro.migrations.standing import OtherSchema, refuse_other
from recobro.web import kit
from recobro.web.menu import home_endpoint
from recobro.web.pages import THEMES
from recobro.web.security import public, safe_next
from recobro.web.translations import COOKIE, LOCALES, spell_problem
from recobro.wiring import schema_found
from tenants.roles import Role
from tenants.work import door_work

bp = Blueprint("site", __name__)
blueprints = (bp, kit.bp)
_YEAR = 365 * 24 * 3600


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """The first page of whoever asks."""
    if g.principal is None:
        return redirect(url_for("people.sign_in"))
    return redirect(url_for(home_endpoint(g.principal.kind, Role(g.principal.role))))


def _back() -> ResponseReturnValue:
    return redirect(safe_next(request.form.get("next")) or url_for("site.home"), 303)


def _remember(name: str, value: str) -> ResponseReturnValue:
    response = current_app.make_response(_back())
    response.set_cookie(
        name, value, max_age=_YEAR, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True
    )
    return response


@bp.post("/theme")
@public
def set_theme() -> ResponseReturnValue:
    """Remember light, dark or auto."""
    wanted = request.form.get("theme", "auto")
    return _remember("theme", wanted if wanted in THEMES else "auto")


@bp.post("/locale")
@public
def set_locale() -> ResponseReturnValue:
    """Remember the language."""
    wanted = request.form.get("locale", "")
    return _remember(COOKIE, wanted if wanted in LOCALES else LOCALES[0])


@bp.get("/csrf-token")
@public
def csrf_token() -> ResponseReturnValue:
    """A fresh token for a page that was open too long; it is worth nothing without this browser's own cookie."""
    return Response(generate_csrf(), mimetype="text/plain")


@bp.get("/livez")
@public
def livez() -> ResponseReturnValue:
    """The process answers."""
    return Response("ok", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database answers, behind its walls, and its schema is this program's."""
    with door_work() as door:
        door.execute(text("SELECT 1"))
    try:
        refuse_other(schema_found())
    except OtherSchema as problem:
        return Response(spell_problem(problem), 503, mimetype="text/plain")
    return Response("ok", mimetype="text/plain")
