"""The blueprint of people, and what its views share: bursts are slowed, the cookie is given, the next step is known."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import FlaskForm

from kernel.problems import Problem
from recobro.people import sessions
from recobro.people.places import Browser
from recobro.people.rules import Step
from recobro.people.sessions import SignedIn
from recobro.web.errors import STATUS
from recobro.web.requests import set_session_cookie
from recobro.web.security import safe_next
from recobro.web.translations import spell_problem

bp = Blueprint("people", __name__)
# What counts is counted in PostgreSQL (`attempts`); this only takes the edge off a flood, with or without Redis.
limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True, headers_enabled=False)
GUESSES = "30 per minute"
MAILS = "10 per minute"
# What a page says on top of its form when nothing was refused.
UNSAID: Mapping[str, Any] = {"error": ""}

_STEPS = {
    Step.SECOND_FACTOR: "people.second_factor",
    Step.ENROL: "people.enrol",
    Step.CHOOSE: "people.choose",
    Step.READY: "site.home",
}


@bp.record_once
def _install_limiter(state: BlueprintSetupState) -> None:
    assert isinstance(state.app, Flask)
    redis_url = state.app.config["SETTINGS"].redis_url or "memory://"
    state.app.config["RATELIMIT_STORAGE_URI"] = redis_url.replace("unix://", "redis+unix://", 1)
    limiter.init_app(state.app)


def browser() -> Browser:
    """The browser that asks."""
    return Browser(user_agent=request.headers.get("User-Agent", ""), ip=request.remote_addr or "")


def half_in() -> SignedIn | None:
    """Who gave the right password at this browser, whether or not they are in."""
    found: SignedIn | None = g.get("signed_in")
    return found


def to_the_door() -> ResponseReturnValue:
    """Back to where one signs in."""
    return redirect(url_for("people.sign_in"), 303)


def step_url(step: Step) -> str:
    """The page of a step; what was wanted first is kept on the way and reached at its end."""
    wanted = safe_next(request.values.get("next"))
    if step is Step.READY:
        return wanted or url_for(_STEPS[step])
    return url_for(_STEPS[step], next=wanted)


def onward(token: str) -> ResponseReturnValue:
    """To the next step with a new session's cookie; whatever the browser's form session held is gone."""
    signed_in = sessions.load(token)
    session.clear()
    response = current_app.make_response(redirect(step_url(signed_in.step if signed_in else Step.CHOOSE), 303))
    set_session_cookie(current_app, response, token)
    return response


def refused(problem: Problem) -> dict[str, Any]:
    """A refusal on top of the form it belongs to; what the request did to the database is undone."""
    g.failed = True
    return {"error": spell_problem(problem), "status": STATUS[problem.kind]}


def answered(form: FlaskForm, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `render` is told besides the page: a form whose shape is wrong is answered 422, like any other refusal."""
    return {"status": 422, **said} if form.errors else said
