"""What the platform's operator does: agencies come, rest and come back; dead jobs run again."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, update

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.rules.packs.loading import countries_of_agencies
from recobro.operator.rules import check_currency, check_slug, country
from recobro.people import invitations
from tenants import service as tenants
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tenants.tables import Agency
from tenants.work import SystemWork

# So many short names are told to whom one was not found.
MOST_NAMED = 10


def create_agency(
    work: SystemWork,
    *,
    slug: str,
    name: str,
    country_code: str,
    time_zone: str = "",
    locale: str = "",
    currency: str = "",
    sandbox: bool = False,
) -> UUID:
    """A new agency; zone, language and currency are its country's unless given. You get its id."""
    check_slug(slug)
    place = country(country_code)
    check_currency(currency or place.currency)
    if country_code.upper() not in countries_of_agencies():
        raise Invalid(msg("Todavía no hay reglas de contacto para {country}: una agencia de allí no podría contactar a "
                          "nadie."), country=country_code.upper())  # fmt: skip
    return tenants.create_agency(
        work, slug=slug, name=name, country=country_code.upper(), time_zone=time_zone or place.time_zone,
        locale=locale or place.locale, currency=currency or place.currency, sandbox=sandbox,
    )  # fmt: skip


def invite_admin(work: SystemWork, *, agency_id: UUID, email: str, name: str, by: str) -> UUID:
    """Ask the person who will administer an agency in, by mail; you get the invitation's id."""
    work.session.flush()
    return invitations.invite_from_platform(work, email=email, name=name, role=Role.ADMIN, agency_id=agency_id, by=by)


def suspend(work: SystemWork, agency_id: UUID) -> None:
    """Close an agency's doors: its people's sessions end at their next click. Nothing of it is changed."""
    _set_status(work, agency_id, "suspended")


def resume(work: SystemWork, agency_id: UUID) -> None:
    """Open an agency's doors again."""
    _set_status(work, agency_id, "active")


def retry(work: SystemWork, *, agency_id: UUID, job_id: UUID) -> None:
    """Give a dead job its attempts again; one that is not dead is missing."""
    revived = work.session.scalar(
        update(OutboxRow)
        .where(OutboxRow.agency_id == agency_id, OutboxRow.id == job_id, OutboxRow.state == "dead")
        .values(state="waiting", attempts=0, available_at=work.now())
        .returning(OutboxRow.name)
    )
    if revived is None:
        raise NotFound(msg("Ese trabajo no existe o ya no está parado."))
    work.audit(agency_id, "jobs.retried", job_id=job_id, name=revived)


def agency_by_slug(work: SystemWork, slug: str) -> Agency:
    """The agency of a short name."""
    agency = work.session.scalar(select(Agency).where(Agency.slug == slug))
    if agency is None:
        names = short_names(work.session.scalars(select(Agency.slug).order_by(Agency.slug).limit(MOST_NAMED + 1)))
        raise NotFound(msg("No hay una agencia con el nombre corto «{slug}». Hay: {names}."), slug=slug, names=names)
    return agency


def list_agencies(work: SystemWork) -> list[Agency]:
    """Every agency, by its short name."""
    return list(work.session.scalars(select(Agency).order_by(Agency.slug)))


def short_names(slugs: Iterable[str]) -> str:
    """The first short names of a list, one after another."""
    found = list(slugs)
    return ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "") if found else "—"


def _set_status(work: SystemWork, agency_id: UUID, status: str) -> None:
    agency = work.session.get(Agency, agency_id, with_for_update=True)
    if agency is None:
        raise NotFound(msg("Esa agencia no existe."))
    if agency.status != status:
        agency.status = status
        work.audit(agency_id, f"agency.{status}")
