"""The kit: every component in every state, and the hero screens with invented data; for those who build."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recobro.web import kit_samples as samples
from recobro.web.jinja import locale
from recobro.web.security import public
from recobro.web.shell import Shell

bp = Blueprint("kit", __name__, url_prefix="/dev/kit")

SCREENS = ("desk", "portal", "import", "cases", "record", "form", "sign-in", "debtor", "debtor-plan", "error")


def context(screen: str, theme: str = "auto", reader: str = "es_MX") -> Mapping[str, Any]:
    """What the template of a screen needs; `index` is the kit itself."""
    menu = samples.portal_menu() if screen == "portal" else samples.staff_menu(screen)
    shell = Shell(
        locale=reader,
        theme=theme,
        menu=menu,
        user=samples.USER,
        agency=samples.AGENCY_OF_CLIENT if screen == "portal" else samples.AGENCY,
        home_url="/dev/kit",
        here=f"/dev/kit/{screen}",
        search_url="/dev/kit/cases",
        bell_url="/dev/kit",
        bell_count=3,
        theme_url="/theme",
        locale_url="/locale",
        profile_url="/dev/kit/form",
        sign_out_url="/dev/kit/sign-in",
        help_url="/dev/kit#keys",
    )
    return {"shell": shell, "screens": SCREENS, **samples.page(screen)}


@bp.before_request
def at_home() -> None:
    """Amounts in pesos go by their sign."""
    g.home_currency = "MXN"


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """Every macro in every state."""
    return render_template("pages/kit.html", **context("index", _theme(), locale()))


@bp.route("/<screen>", methods=["GET", "POST"])
@public
def screen(screen: str) -> ResponseReturnValue:
    """One hero screen with sample data; its forms lead back to it."""
    if screen not in SCREENS:
        abort(404)
    if request.method == "POST":
        return redirect(url_for("kit.screen", screen=screen), 303)
    return render_template(f"pages/kit/{screen}.html", **context(screen, _theme(), locale()))


def _theme() -> str:
    chosen = request.args.get("theme") or request.cookies.get("theme", "auto")
    return chosen if chosen in ("auto", "light", "dark") else "auto"
