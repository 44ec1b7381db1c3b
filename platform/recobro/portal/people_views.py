"""The client's own people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import g
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from recobro.people import invitations, members
from recobro.people.queries import PeoplePage, people_page
from recobro.portal.blueprint import bp
from recobro.portal.forms import InviteForm, sentences
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role


@dataclass(frozen=True)
class OwnPeoplePage:
    """The client's own people and invitations; what was written when an invitation was refused."""

    people: PeoplePage
    values: Mapping[str, Any]
    errors: Mapping[str, str]
    error: str = ""


def _people_page(values: Mapping[str, Any], errors: Mapping[str, str], error: str = "") -> ResponseReturnValue:
    found = people_page(g.work)
    spelled = replace(
        found,
        members=[replace(row, role_label=spell(row.role_label)) for row in found.members],
        invitations=[replace(row, role_label=spell(row.role_label)) for row in found.invitations],
        roles=[(code, spell(label)) for code, label in found.roles],
    )
    if errors or error:
        g.failed = True
    return draw(
        "pages/portal/people.html",
        OwnPeoplePage(spelled, values, errors, error),
        status=422 if errors or error else 200,
    )


@bp.get("/portal/people")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def list_people() -> ResponseReturnValue:
    """The client's own people."""
    return _people_page({"role": Role.CLIENT_VIEWER.value}, {})


@bp.post("/portal/people")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def invite() -> ResponseReturnValue:
    """Ask one of the client's people in."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _people_page(form.data, sentences(form))
    try:
        invitations.invite(g.work, email=form.email.data, name=form.name.data, role=Role(form.role.data))
    except Problem as problem:
        return _people_page(form.data, {}, spell_problem(problem))
    return go_to("portal.list_people", say=msg("La invitación va en camino."))


@bp.post("/portal/people/<uuid:membership_id>/disable")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def disable(membership_id: UUID) -> ResponseReturnValue:
    """Keep one of the client's people out at once."""
    members.disable(g.work, membership_id)
    return go_to("portal.list_people", say=msg("Esa persona ya no entra; sus sesiones se cerraron."))


@bp.post("/portal/people/<uuid:membership_id>/enable")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def enable(membership_id: UUID) -> ResponseReturnValue:
    """Let one of the client's people in again."""
    members.enable(g.work, membership_id)
    return go_to("portal.list_people", say=msg("Esa persona puede entrar otra vez."))


@bp.post("/portal/people/invitations/<uuid:invitation_id>/cancel")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def cancel_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    invitations.cancel(g.work, invitation_id)
    return go_to("portal.list_people", say=msg("La invitación ya no sirve."))
