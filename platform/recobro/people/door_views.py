"""The doors: signing in and out, the second factor, choosing a place, invitations, forgotten passwords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.people import codes, invitations, places, resets, second_factor, service, sessions
from recobro.people.blueprint import (
    GUESSES,
    MAILS,
    UNSAID,
    answered,
    bp,
    browser,
    half_in,
    limiter,
    onward,
    refused,
    step_url,
    to_the_door,
)
from recobro.people.forms import AcceptForm, CodeForm, EnrolForm, ForgotForm, NewPasswordForm, SignInForm, sentences
from recobro.people.invitations import Invitation
from recobro.people.places import Place
from recobro.people.rules import Step, minimum_length
from recobro.web.pages import flash, render
from recobro.web.requests import cookie_name, set_session_cookie
from recobro.web.security import public
from recobro.web.translations import spell, spell_problem
from tenants.roles import LABELS
from tenants.work import door_work


@dataclass(frozen=True)
class DoorPage:
    """A form at a door: what was written, what is wrong with it."""

    next: str = ""
    email: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(GUESSES, methods=["POST"])
@public
def sign_in() -> ResponseReturnValue:
    """An address and a password."""
    form, said = SignInForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            person_id = service.authenticate(form.email.data, form.password.data, ip=browser().ip)
        except Problem as problem:
            said = refused(problem)
        else:
            here = half_in()
            with door_work() as door:
                token = places.begin(door, person_id, browser(), replaces=here.session_key if here else "")
            return onward(token)
    elif (here := half_in()) is not None and not form.errors:
        return redirect(step_url(here.step), 303)
    page = DoorPage(email=form.email.data or "", errors=sentences(form))
    return render("pages/people/sign_in.html", page, **answered(form, said))


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this session, here and on the server."""
    here = half_in()
    if here is not None:
        with door_work() as door:
            sessions.revoke(door, here.session_key)
    session.clear()
    flash(msg("Saliste. Hasta pronto."), "info")
    response = current_app.make_response(to_the_door())
    response.delete_cookie(
        cookie_name(current_app), path="/", secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True
    )
    return response


@bp.route("/sign-in/second-factor", methods=["GET", "POST"], endpoint="second_factor")
@limiter.limit(GUESSES, methods=["POST"])
@public
def second_factor_step() -> ResponseReturnValue:
    """The code of an authenticator, or a recovery code."""
    here = half_in()
    if here is None:
        return to_the_door()
    if here.step is not Step.SECOND_FACTOR:
        return redirect(step_url(here.step), 303)
    form, said = CodeForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            return onward(second_factor.pass_second_factor(here, form.code.data, browser()))
        except Problem as problem:
            said = refused(problem)
    return render(
        "pages/people/second_factor.html", DoorPage(email=here.email, errors=sentences(form)), **answered(form, said)
    )


@dataclass(frozen=True)
class EnrolPage:
    """What an authenticator needs to know. `again`: the password is asked for once more."""

    picture: str
    secret: str
    again: bool
    errors: Mapping[str, str]


@dataclass(frozen=True)
class CodesPage:
    """Recovery codes, shown this once."""

    codes: Sequence[str]
    onward_url: str


@bp.route("/account/second-factor", methods=["GET", "POST"])
@limiter.limit(GUESSES, methods=["POST"])
@public
def enrol() -> ResponseReturnValue:
    """Turn the second factor on: on the way in when the role asks for it, or from one's own account."""
    here = half_in()
    if here is None:
        return to_the_door()
    if here.step not in (Step.ENROL, Step.READY) or here.enrolled:
        return redirect(step_url(here.step) if here.step is not Step.READY else url_for("people.security"), 303)
    again = here.step is Step.READY
    form, said = EnrolForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            if again:
                service.authenticate(here.email, form.password.data or "", ip=browser().ip)
            token, shown = second_factor.enrol(here, form.code.data, browser())
        except Problem as problem:
            said = refused(problem)
        else:
            return _show_codes(token, shown)
    with door_work() as door:
        secret = second_factor.propose_secret(door, here)
    page = EnrolPage(codes.enrolment_picture(secret, email=here.email), secret, again, sentences(form))
    return render("pages/people/enrol.html", page, **answered(form, said))


def _show_codes(token: str, shown: Sequence[str]) -> ResponseReturnValue:
    response = current_app.make_response(
        render("pages/people/recovery_codes.html", CodesPage(shown, step_url(Step.READY)))
    )
    set_session_cookie(current_app, response, token)
    return response


@dataclass(frozen=True)
class ChoosePage:
    """The places a person may go to."""

    places: Sequence[tuple[Place, str]]
    operator: bool
    present: UUID | None


@bp.get("/sign-in/choose")
@public
def choose() -> ResponseReturnValue:
    """Several agencies or roles: which one now."""
    here = half_in()
    if here is None:
        return to_the_door()
    if here.step in (Step.SECOND_FACTOR, Step.ENROL):
        return redirect(step_url(here.step), 303)
    with door_work() as door:
        found = places.places_of(door, here.person_id)
    page = ChoosePage([(place, spell(LABELS[place.role])) for place in found], here.operator, here.membership_id)
    return render("pages/people/choose.html", page)


@bp.post("/sign-in/choose/<uuid:membership_id>")
@public
def enter(membership_id: UUID) -> ResponseReturnValue:
    """Go to one of one's places, with a new session."""
    here = half_in()
    if here is None:
        return to_the_door()
    if here.step is Step.SECOND_FACTOR:
        return redirect(step_url(here.step), 303)
    with door_work() as door:
        token = places.enter(door, here, membership_id, browser())
    return onward(token)


@bp.post("/sign-in/choose/platform")
@public
def enter_platform() -> ResponseReturnValue:
    """Go to the operator's pages."""
    here = half_in()
    if here is None:
        return to_the_door()
    if here.step is Step.SECOND_FACTOR:
        return redirect(step_url(here.step), 303)
    with door_work() as door:
        token = places.enter_platform(door, here, browser())
    return onward(token)


@dataclass(frozen=True)
class InvitationPage:
    """An invitation and the form that takes it up."""

    invitation: Invitation
    role: str
    least: int
    name: str
    errors: Mapping[str, str]


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@limiter.limit(GUESSES, methods=["POST"])
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    """Come in by an invitation, with a new account or the one the address has."""
    with door_work() as door:
        invitation = invitations.open_invitation(door, token)
    form, said = AcceptForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            cookie = invitations.accept(
                token, name=form.name.data or "", password=form.password.data, browser=browser(),
                locale=str(g.get("locale") or ""),
            )  # fmt: skip
        except Problem as problem:
            said = refused(problem)
        else:
            return onward(cookie)
    page = InvitationPage(
        invitation, spell(LABELS[invitation.role]), minimum_length(second_factor=invitation.second_factor),
        form.name.data or invitation.name, sentences(form),
    )  # fmt: skip
    return render("pages/people/invitation.html", page, **answered(form, said))


@bp.route("/forgot", methods=["GET", "POST"])
@limiter.limit(MAILS, methods=["POST"])
@public
def forgot() -> ResponseReturnValue:
    """Ask for a link to set a new password; the answer is the same for every address."""
    form, said = ForgotForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            resets.ask_reset(form.email.data, ip=browser().ip)
        except Problem as problem:
            said = refused(problem)
        else:
            return render("pages/people/forgot_sent.html", DoorPage(email=form.email.data))
    return render(
        "pages/people/forgot.html",
        DoorPage(email=form.email.data or "", errors=sentences(form)),
        **answered(form, said),
    )


@dataclass(frozen=True)
class ResetPage:
    """The form for a new password."""

    email: str
    least: int
    errors: Mapping[str, str]


@bp.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit(GUESSES, methods=["POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """Set a new password by a link; every session ends, and one signs in with it."""
    with door_work() as door:
        email, least = resets.open_reset(door, token)
    form = NewPasswordForm()
    errors = {} if request.method == "GET" or form.validate() else sentences(form)
    if request.method == "POST" and not errors:
        try:
            resets.reset(token, password=form.password.data)
        except Invalid as problem:
            errors["password"] = spell_problem(problem)
        else:
            flash(msg("Listo: tu contraseña es nueva. Entra con ella."))
            return to_the_door()
    return render("pages/people/reset.html", ResetPage(email, least, errors), error="", status=422 if errors else 200)
