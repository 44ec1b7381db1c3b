"""The operator's pages: agencies and jobs. Every request is work across agencies with its reason, in its own role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from kernel.problems import Problem
from kernel.text import msg
from recobro.operator import queries, service
from recobro.operator.forms import AgencyForm
from recobro.operator.queries import AgencyRow, DeadJob, JobCount
from recobro.operator.rules import COUNTRIES
from recobro.people.blueprint import UNSAID, answered, refused
from recobro.people.forms import sentences
from recobro.web.lists import Column, Head
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission

bp = Blueprint("operator", __name__, url_prefix="/operator")

AGENCY_COLUMNS = (
    Column(msg("Agencia"), fixed=True),
    Column(msg("País")),
    Column(msg("Desde")),
    Column(msg("Personas"), num=True),
    Column(msg("Trabajos en espera"), num=True),
    Column(msg("Trabajos parados"), num=True),
    Column(msg("Estado")),
    Column(""),
)
DEAD_COLUMNS = (
    Column(msg("Trabajo")), Column(msg("Pedido")), Column(msg("Intentos"), num=True), Column(msg("Falla")), Column("")
)  # fmt: skip
WAITING_COLUMNS = (
    Column(msg("Trabajo")), Column(msg("Estado")), Column(msg("Cuántos"), num=True), Column(msg("El más antiguo"))
)  # fmt: skip


def _heads(columns: Sequence[Column]) -> Sequence[Head]:
    return [Head(spell(column.label) if column.label else "", column.num, column.fixed) for column in columns]


@dataclass(frozen=True)
class AgenciesPage:
    """Every agency."""

    agencies: Sequence[AgencyRow]
    heads: Sequence[Head]


@bp.get("")
@needs(Permission.SEE_PLATFORM)
def list_agencies() -> ResponseReturnValue:
    """Every agency, with how many people it has and how its jobs do."""
    return render("pages/operator/agencies.html", AgenciesPage(queries.agencies(g.system), _heads(AGENCY_COLUMNS)))


@dataclass(frozen=True)
class NewAgencyPage:
    """The form of a new agency."""

    countries: Sequence[tuple[str, str]]
    values: Mapping[str, Any]
    errors: Mapping[str, str]


@bp.route("/agencies/new", methods=["GET", "POST"])
@needs(Permission.MANAGE_PLATFORM)
def new_agency() -> ResponseReturnValue:
    """Make an agency and invite who will administer it."""
    form = AgencyForm()
    said = dict(UNSAID)
    if form.validate_on_submit():
        try:
            agency_id = service.create_agency(
                g.system, slug=form.slug.data, name=form.name.data, country_code=form.country.data,
                sandbox=form.sandbox.data,
            )  # fmt: skip
            service.invite_admin(
                g.system, agency_id=agency_id, email=form.admin_email.data, name=form.admin_name.data,
                by=g.signed_in.person_name,
            )  # fmt: skip
        except Problem as problem:
            said = refused(problem)
        else:
            return go_to("operator.list_agencies", say=msg("La agencia está lista; la invitación va en camino."))
    countries = [(code, spell(country.name)) for code, country in COUNTRIES.items()]
    return render(
        "pages/operator/new_agency.html", NewAgencyPage(countries, form.data, sentences(form)), **answered(form, said)
    )


@bp.post("/agencies/<uuid:agency_id>/suspend")
@needs(Permission.MANAGE_PLATFORM)
def suspend(agency_id: UUID) -> ResponseReturnValue:
    """Close an agency's doors."""
    service.suspend(g.system, agency_id)
    return go_to("operator.list_agencies", say=msg("La agencia está suspendida: nadie de ella entra."), kind="warn")


@bp.post("/agencies/<uuid:agency_id>/resume")
@needs(Permission.MANAGE_PLATFORM)
def resume(agency_id: UUID) -> ResponseReturnValue:
    """Open an agency's doors again."""
    service.resume(g.system, agency_id)
    return go_to("operator.list_agencies", say=msg("La agencia está abierta otra vez."))


@dataclass(frozen=True)
class JobsPage:
    """What waits and what was given up."""

    waiting: Sequence[JobCount]
    waiting_heads: Sequence[Head]
    dead: Sequence[DeadJob]
    dead_heads: Sequence[Head]


@bp.get("/jobs")
@needs(Permission.SEE_PLATFORM)
def list_jobs() -> ResponseReturnValue:
    """What waits for every agency, and what was given up."""
    page = JobsPage(queries.waiting(g.system), _heads(WAITING_COLUMNS), queries.dead(g.system), _heads(DEAD_COLUMNS))
    return render("pages/operator/jobs.html", page)


@bp.post("/jobs/<uuid:agency_id>/<uuid:job_id>/retry")
@needs(Permission.MANAGE_PLATFORM)
def retry_job(agency_id: UUID, job_id: UUID) -> ResponseReturnValue:
    """Run a dead job again."""
    service.retry(g.system, agency_id=agency_id, job_id=job_id)
    return go_to("operator.list_jobs", say=msg("El trabajo vuelve a intentarse."))
