"""One's own account: name and language, sessions, password, second factor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from recobro.people import places, second_factor, service, sessions
from recobro.people.blueprint import GUESSES, UNSAID, bp, browser, limiter, refused
from recobro.people.door_views import CodesPage
from recobro.people.forms import CodeForm, FactorsForm, PasswordForm, ProfileForm, sentences
from recobro.people.queries import AccountPage, SecurityPage, account_page, security_page
from recobro.people.rules import minimum_length
from recobro.people.sessions import SignedIn
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import COOKIE
from tenants.roles import Permission
from tenants.work import door_work


def _me() -> SignedIn:
    signed_in: SignedIn = g.signed_in
    return signed_in


@dataclass(frozen=True)
class ProfilePage:
    """The form of one's own data."""

    account: AccountPage
    errors: Mapping[str, str]


@bp.route("/account", methods=["GET", "POST"])
@needs(Permission.OWN_ACCOUNT)
def profile() -> ResponseReturnValue:
    """One's own name and language."""
    form = ProfileForm()
    if form.validate_on_submit():
        with door_work() as door:
            service.change_profile(door, _me().person_id, name=form.name.data, locale=form.locale.data)
        answer = current_app.make_response(go_to("people.profile", say=msg("Tu perfil está guardado.")))
        # The choice made on the page is the person's now.
        answer.delete_cookie(COOKIE)
        return answer
    with door_work() as door:
        found = account_page(door, _me(), places=len(places.places_of(door, _me().person_id)))
    return render("pages/people/profile.html", ProfilePage(found, sentences(form)), status=422 if form.errors else 200)


@dataclass(frozen=True)
class OwnSecurityPage:
    """Sessions, password and second factor, and what is wrong with the form that was sent."""

    security: SecurityPage
    least: int
    form: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


def _security(form: str = "", errors: Mapping[str, str] | None = None, **said: Any) -> ResponseReturnValue:
    with door_work() as door:
        found = security_page(door, _me())
    least = minimum_length(second_factor=found.enrolled)
    return render("pages/people/security.html", OwnSecurityPage(found, least, form, errors or {}), **{**UNSAID, **said})


@bp.get("/account/security")
@needs(Permission.OWN_ACCOUNT)
def security() -> ResponseReturnValue:
    """Where one is signed in, and with what."""
    return _security()


@bp.post("/account/security/password")
@limiter.limit(GUESSES)
@needs(Permission.OWN_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """A new password; the other sessions end."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _security("password", sentences(form), status=422)
    try:
        service.change_password(_me(), old=form.old.data, new=form.new.data, ip=browser().ip)
    except Problem as problem:
        return _security("password", **refused(problem))
    return go_to("people.security", say=msg("Tu contraseña es nueva. Tus otras sesiones se cerraron."))


@bp.post("/account/security/sessions")
@needs(Permission.OWN_ACCOUNT)
def end_sessions() -> ResponseReturnValue:
    """End one of one's sessions, or all the others."""
    key = request.form.get("key", "")
    with door_work() as door:
        if key:
            service.end_session(door, _me().person_id, key)
        else:
            sessions.revoke_all(door, _me().person_id, but=_me().session_key)
    return go_to("people.security", say=msg("Sesión cerrada.") if key else msg("Tus otras sesiones se cerraron."))


@bp.post("/account/security/second-factor/off")
@limiter.limit(GUESSES)
@needs(Permission.OWN_ACCOUNT)
def drop_second_factor() -> ResponseReturnValue:
    """Turn the second factor off, given both factors."""
    form = FactorsForm()
    if not form.validate_on_submit():
        return _security("off", sentences(form), status=422)
    try:
        second_factor.drop_second_factor(_me(), password=form.password.data, code=form.code.data, ip=browser().ip)
    except Problem as problem:
        return _security("off", **refused(problem))
    return go_to("people.security", say=msg("El segundo paso está desactivado."), kind="warn")


@bp.post("/account/security/recovery-codes")
@limiter.limit(GUESSES)
@needs(Permission.OWN_ACCOUNT)
def renew_codes() -> ResponseReturnValue:
    """New recovery codes, shown this once."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _security("codes", sentences(form), status=422)
    try:
        shown = second_factor.renew_recovery_codes(_me(), code=form.code.data, ip=browser().ip)
    except Problem as problem:
        return _security("codes", **refused(problem))
    return render("pages/people/recovery_codes.html", CodesPage(shown, "/account/security"))
