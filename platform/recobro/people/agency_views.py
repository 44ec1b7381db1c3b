"""The agency's people, what each role may do, what the agency says about itself, and its audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.rules.contact.registers import REGISTERS
from recobro.people import acts, invitations, members, queries, trail
from recobro.people import agency as agencies
from recobro.people.blueprint import UNSAID, answered, bp, refused
from recobro.people.forms import AgencyForm, InviteForm, RegistersForm, RoleForm, sentences
from recobro.people.queries import AgencyPage, PeoplePage
from recobro.people.trail import Examined, Line, TrailPage, Wanted
from recobro.web.exports import csv_answer
from recobro.web.lists import Chip, chips, url_with
from recobro.web.pages import go_to, render
from recobro.web.readings import asked_span
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import LABELS, Permission, Role
from tenants.service import agency_of, client_by_id


@bp.get("/people")
@needs(Permission.MANAGE_PEOPLE)
def list_people() -> ResponseReturnValue:
    """Everybody who works here or comes in from a client, and who is invited."""
    return render("pages/people/list.html", _spelled(queries.people_page(g.work, wanted=request.args.get("q", ""))))


def _spelled(page: PeoplePage) -> PeoplePage:
    return replace(
        page,
        members=[replace(row, role_label=spell(row.role_label)) for row in page.members],
        invitations=[replace(row, role_label=spell(row.role_label)) for row in page.invitations],
        roles=[(code, spell(label)) for code, label in page.roles],
    )


@dataclass(frozen=True)
class InvitePage:
    """The form of an invitation."""

    roles: Sequence[tuple[str, str]]
    clients: Sequence[tuple[str, str]]
    values: Mapping[str, Any]
    errors: Mapping[str, str]


@bp.route("/people/invite", methods=["GET", "POST"])
@needs(Permission.MANAGE_PEOPLE)
def invite() -> ResponseReturnValue:
    """Ask somebody in."""
    form, said = InviteForm(), dict(UNSAID)
    if form.validate_on_submit():
        try:
            role = Role(form.role.data)
            client_id = identifier(form.client_id.data) if role.value.startswith("client_") else None
            earlier = [spell(LABELS[Role(row.role)]) for row in
                       invitations.waiting_for(g.work, email=form.email.data, client_id=client_id)]  # fmt: skip
            invitations.invite(
                g.work, email=form.email.data, name=form.name.data, role=role, client_id=client_id
            )  # fmt: skip
        except Problem as problem:
            said = refused(problem)
        else:
            if earlier:
                return go_to(
                    "people.list_people",
                    fields={"role": earlier[0]},
                    say=msg("La invitación va en camino. La que esperaba respuesta, con el rol «{role}», ya no sirve."),
                )
            return go_to("people.list_people", say=msg("La invitación va en camino."))
    if request.method == "GET":
        _preselect(form, request.args.get("client", ""))
    page = _spelled(queries.people_page(g.work))
    return render(
        "pages/people/invite.html",
        InvitePage(page.roles, page.clients, form.data, sentences(form)),
        **answered(form, said),
    )


def _preselect(form: InviteForm, client: str) -> None:
    """From a client's page: that client, and its administration while it has none."""
    try:
        client_id = UUID(client)
    except ValueError:
        return
    people = queries.people_page(g.work).members
    name = client_by_id(g.work, client_id).name
    has_one = any(one.role is Role.CLIENT_ADMIN and one.active and one.client_name == name for one in people)
    form.client_id.data = client
    form.role.data = (Role.CLIENT_VIEWER if has_one else Role.CLIENT_ADMIN).value


def identifier(text: str | None) -> UUID | None:
    """An id from a form; empty is none, anything else that is no id is refused."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(msg("Elige una opción de la lista.")) from error


@bp.post("/people/<uuid:membership_id>/role")
@needs(Permission.MANAGE_PEOPLE)
def change_role(membership_id: UUID) -> ResponseReturnValue:
    """Give a person another role; their sessions end."""
    form = RoleForm()
    if not form.validate_on_submit():
        raise Invalid(msg("Elige un rol."))
    members.change_role(g.work, membership_id, Role(form.role.data))
    return go_to("people.list_people", say=msg("El rol cambió; la persona entra de nuevo con él."))


@bp.post("/people/<uuid:membership_id>/disable")
@needs(Permission.MANAGE_PEOPLE)
def disable(membership_id: UUID) -> ResponseReturnValue:
    """Keep a person out at once."""
    members.disable(g.work, membership_id)
    return go_to("people.list_people", say=msg("Esa persona ya no entra; sus sesiones se cerraron."))


@bp.post("/people/<uuid:membership_id>/enable")
@needs(Permission.MANAGE_PEOPLE)
def enable(membership_id: UUID) -> ResponseReturnValue:
    """Let a person in again."""
    members.enable(g.work, membership_id)
    return go_to("people.list_people", say=msg("Esa persona puede entrar otra vez."))


@bp.post("/people/invitations/<uuid:invitation_id>/cancel")
@needs(Permission.MANAGE_PEOPLE)
def cancel_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    invitations.cancel(g.work, invitation_id)
    return go_to("people.list_people", say=msg("La invitación ya no sirve."))


@bp.post("/people/invitations/<uuid:invitation_id>/send")
@needs(Permission.MANAGE_PEOPLE)
def send_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Mail an invitation once more."""
    invitations.send_again(g.work, invitation_id)
    return go_to("people.list_people", say=msg("La invitación va en camino."))


@bp.get("/settings/roles")
@needs(Permission.SEE_ROLES)
def roles() -> ResponseReturnValue:
    """Which role may do what."""
    page = queries.roles_page(g.work)
    areas = [(spell(area), [(spell(label), cells) for label, cells in rows]) for area, rows in page.areas]
    return render("pages/people/roles.html", replace(page, roles=[spell(label) for label in page.roles], areas=areas))


@dataclass(frozen=True)
class OwnAgencyPage:
    """What the agency says about itself, and the form that changes it."""

    agency: AgencyPage
    values: Mapping[str, Any]
    errors: Mapping[str, str]


@bp.route("/settings/agency", methods=["GET", "POST"])
@needs(Permission.MANAGE_AGENCY)
def agency() -> ResponseReturnValue:
    """The agency's names, addresses and accounts; a sandbox's clock and doors."""
    found = agency_of(g.work)
    form = AgencyForm(
        obj=found, second_factor_optional=found.settings.get("second_factor") == "optional",
        grace_hours=int(agencies.grace(g.work).total_seconds()) // 3600,
    )  # fmt: skip
    said = dict(UNSAID)
    if form.validate_on_submit():
        fields = {name: value or "" for name, value in form.data.items() if isinstance(value, str)}
        fields.pop("csrf_token", None)
        try:
            agencies.describe(g.work, **fields)
            if form.grace_hours.data is not None:
                agencies.set_grace(g.work, form.grace_hours.data)
            if found.sandbox:
                agencies.make_second_factor_optional(g.work, form.second_factor_optional.data)
        except Problem as problem:
            said = refused(problem)
        else:
            return go_to("people.agency", say=msg("Los datos de la agencia están guardados."))
    page = OwnAgencyPage(queries.agency_page(g.work), form.data, sentences(form))
    return render("pages/people/agency.html", page, **answered(form, said))


@dataclass(frozen=True)
class RegisterRow:
    """One register that some place asks for: its name, what the agency said of it, until when; `client` is the one
    that enters the agency."""

    code: str
    name: str
    client: str
    held: str
    until: str
    error: str


@dataclass(frozen=True)
class RegistersPage:
    """The registers, licences and bonds that the rules of some place ask for."""

    rows: Sequence[RegisterRow]


@bp.route("/settings/agency/registers", methods=["GET", "POST"])
@needs(Permission.MANAGE_AGENCY)
def registers() -> ResponseReturnValue:
    """Where the agency is registered: whoever is not is kept from contact there."""
    form, said = RegistersForm(), dict(UNSAID)
    wrong: Mapping[str, str] = {}
    if form.validate_on_submit():
        told, wrong = form.told(agencies.registers_asked(g.work))
        if not wrong:
            agencies.set_registered(g.work, told)
            return go_to("people.registers", say=msg("Los registros de la agencia están guardados."))
    answer = {"status": 422, **said} if wrong else answered(form, said)
    return render("pages/people/registers.html", RegistersPage(_register_rows(wrong)), **answer)


def _register_rows(wrong: Mapping[str, str]) -> list[RegisterRow]:
    kept = agencies.registered(g.work)
    held = {name: "yes" if one["held"] else "no" for name, one in kept.items()}
    return [
        RegisterRow(
            code=name,
            name=spell(REGISTERS[register]),
            client=client,
            held=request.form.get(f"held-{name}", held.get(name, "")),
            until=request.form.get(f"until-{name}", str(kept.get(name, {}).get("until", ""))),
            error=wrong.get(name, ""),
        )
        for name, (register, client) in agencies.registers_asked(g.work).items()
    ]


@dataclass(frozen=True)
class AuditPage:
    """A page of the audit: what is filtered, and what an examination found."""

    trail: TrailPage
    chips: Sequence[Chip]
    actions: Sequence[tuple[str, str]]
    values: Mapping[str, str]
    acts: Sequence[tuple[Line, str, Sequence[acts.Said]]]
    next_url: str
    csv_url: str
    examined: Examined | None = None


def _wanted() -> Wanted:
    args = request.args
    first, last = asked_span(args)
    try:
        return Wanted(
            action=args.get("action", ""),
            person_id=UUID(args["person"]) if args.get("person") else None,
            first=first,
            last=last,
        )
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error


def _audit_page(examined: Examined | None = None) -> AuditPage:
    found = trail.trail_page(g.work, _wanted(), after=request.args.get("after", ""))
    path, args = url_for("people.audit"), request.args.to_dict()
    words = {
        "action": (spell(msg("Acción")), acts.sentence(args["action"]) if args.get("action") else ""),
        "person": (spell(msg("Persona")), dict(found.people).get(args.get("person", ""), "")),
        "from": (spell(msg("Desde")), args.get("from", "")),
        "to": (spell(msg("Hasta")), args.get("to", "")),
    }
    return AuditPage(
        trail=found,
        chips=chips(path, args, words),
        actions=sorted(((action, acts.sentence(action)) for action in found.actions), key=lambda pair: pair[1]),
        acts=[(line, acts.sentence(line.action), acts.facts(line.facts, found.names)) for line in found.lines],
        values=args,
        next_url=url_with(path, args, after=found.next_cursor) if found.next_cursor else "",
        csv_url=url_with(url_for("people.audit_csv"), args, after=None),
        examined=examined,
    )


@bp.get("/audit")
@needs(Permission.SEE_AUDIT)
def audit() -> ResponseReturnValue:
    """Who did what, the newest first."""
    return render("pages/people/audit.html", _audit_page())


@bp.post("/audit/verify")
@needs(Permission.SEE_AUDIT)
def verify_audit() -> ResponseReturnValue:
    """Recompute the whole chain and say what does not hold."""
    return render("pages/people/audit.html", _audit_page(trail.examine(g.work)))


@bp.get("/audit.csv")
@needs(Permission.SEE_AUDIT)
def audit_csv() -> ResponseReturnValue:
    """The acts that are filtered, as a file."""
    g.work.audit("audit.exported")
    return csv_answer(
        "auditoria.csv",
        ("seq", "at", "actor", "kind", "action", "payload", "hash"),
        (
            (line.seq, line.at.isoformat(), line.actor, line.kind, line.action, line.payload, line.hash)
            for line in trail.lines(g.work, _wanted())
        ),
    )
