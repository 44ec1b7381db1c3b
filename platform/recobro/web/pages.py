"""Drawing a page: one template, one page object, and the shell around them."""

from typing import Any

from flask import Response, g, get_flashed_messages, redirect, render_template, request, url_for
from flask import flash as flask_flash
from flask.typing import ResponseReturnValue

from kernel.text import msg
from recobro.people.sessions import SignedIn
from recobro.web.jinja import locale, render_block
from recobro.web.menu import home_endpoint, sections, waiting
from recobro.web.shell import Flash, Shell, ShellAgency, ShellUser
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import LABELS
from tenants.service import client_by_id
from tenants.work import Work

THEMES = ("auto", "light", "dark")
# Who can search, and where.
_SEARCHES = {Kind.STAFF: "cases.search", Kind.CLIENT: "portal.search"}


def theme() -> str:
    """What the reader chose: auto, light or dark."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def flash(sentence: str, kind: str = "ok", *, undo_url: str = "", **details: object) -> None:
    """Say a `msg()` sentence on the next page. Kinds: ok, info, warn, neg."""
    # Flask keeps any JSON value; ours is the sentence and how to take it back.
    flask_flash((spell(sentence, **details), undo_url), kind)  # type: ignore[arg-type]


def go_to(
    endpoint: str, *, say: str = "", kind: str = "ok", fields: dict[str, object] | None = None, **values: Any
) -> ResponseReturnValue:
    """Redirect after a change (303), with a `msg()` sentence and its fields.

    An upload by script (`X-Upload`) is told where to go instead: it would follow the redirect unseen.
    """
    if say:
        flask_flash((spell(say, **(fields or {})), ""), kind)  # type: ignore[arg-type]
    if request.headers.get("X-Upload"):
        return Response(status=204, headers={"X-Go-To": url_for(endpoint, **values)})
    return redirect(url_for(endpoint, **values), 303)


def shell() -> Shell:
    """What surrounds the page for whoever asks."""
    kept: Any = get_flashed_messages(with_categories=True)
    flashes = [Flash(text=text, kind=kind, undo_url=undo_url) for kind, (text, undo_url) in kept]
    signed_in: SignedIn | None = g.get("signed_in")
    common: dict[str, Any] = {
        "locale": locale(),
        "theme": theme(),
        "flashes": flashes,
        "here": request.full_path.rstrip("?"),
        "theme_url": url_for("site.set_theme"),
        "locale_url": url_for("site.set_locale"),
    }
    if signed_in is None or signed_in.principal is None or signed_in.role is None:
        return Shell(**common)
    principal = signed_in.principal
    client_name, counts = "", {}
    if isinstance(g.get("work"), Work):
        counts = waiting(g.work, signed_in.role)
        if principal.client_id is not None:
            client_name = client_by_id(g.work, principal.client_id).name
    return Shell(
        **common,
        menu=sections(principal.kind, signed_in.role, counts),
        user=ShellUser(signed_in.person_name, signed_in.email, spell(LABELS[signed_in.role])),
        agency=ShellAgency(signed_in.agency_name or "Recobro", client=client_name),
        home_url=url_for(home_endpoint(principal.kind, signed_in.role)),
        search_url=url_for(_SEARCHES[principal.kind]) if principal.kind in _SEARCHES else "",
        search_hint=spell(msg("Buscar deudor, RFC, factura o acción…")),
        profile_url=url_for("people.profile"),
        help_url="#key-help",
        sign_out_url=url_for("people.sign_out"),
    )


def partial() -> bool:
    """Whether the asker wants only a region of the page (htmx)."""
    return request.headers.get("HX-Request-Type") == "partial"


def render(
    template: str, page: object = None, *, block: str = "", status: int = 200, **more: Any
) -> ResponseReturnValue:
    """A page from its template and page object. With `block`, htmx gets only that block."""
    if block and partial():
        return render_block(template, block, page=page, shell=shell(), **more), status
    return render_template(template, page=page, shell=shell(), **more), status


def render_error(status: int, sentence: str, *, title: str = "") -> str:
    """A refusal as a page; the shell is the plain one, for the work may be gone."""
    plain = Shell(
        locale=locale(),
        theme=theme(),
        theme_url=url_for("site.set_theme"),
        locale_url=url_for("site.set_locale"),
        home_url="/",
    )
    return render_template(
        "pages/errors/error.html", shell=plain, page=None, status=status, sentence=sentence, title=title,
        request_id=g.get("request_id", ""),
    )  # fmt: skip
