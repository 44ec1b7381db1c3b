"""Making agencies, clients and members; what belongs to no feature because every feature needs it."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select, text, update

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from tenants.roles import KIND_OF, Role
from tenants.tables import Agency, Client, Membership
from tenants.work import SystemWork, Work

LOCALES = ("es_MX", "es_CO", "es_ES", "en")


class SlugTaken(Conflict):
    """The short name is in use."""

    code = "tenants.slug_taken"


class NotASandbox(Conflict):
    """Only a sandbox agency's clock can be moved."""

    code = "tenants.not_a_sandbox"


def create_agency(
    work: SystemWork,
    *,
    slug: str,
    name: str,
    country: str,
    time_zone: str,
    locale: str,
    currency: str,
    legal_name: str = "",
    sandbox: bool = False,
    **more: str,
) -> UUID:
    """A new agency; you get its id. A taken short name, an unknown zone or locale is refused."""
    _check_place(time_zone, locale)
    if work.session.scalar(select(Agency.agency_id).where(Agency.slug == slug)):
        raise SlugTaken(msg("Ya hay una agencia con el nombre corto «{slug}»."), slug=slug)
    agency = Agency(
        agency_id=new_id(),
        slug=slug,
        name=name,
        legal_name=legal_name or name,
        country=country,
        time_zone=time_zone,
        locale=locale,
        currency=currency,
        sandbox=sandbox,
        created_at=work.now(),
        **more,
    )
    work.session.add(agency)
    work.audit(agency.agency_id, "agency.created", slug=slug)
    return agency.agency_id


def create_client(
    work: Work, *, slug: str, name: str, country: str, time_zone: str, locale: str, currency: str, **more: str
) -> UUID:
    """A new client of the agency; you get its id. A taken short name, an unknown zone or locale is refused."""
    _check_place(time_zone, locale)
    taken = select(Client.id).where(Client.agency_id == work.agency_id, Client.slug == slug)
    if work.session.scalar(taken):
        raise SlugTaken(msg("Ya hay un cliente con el nombre corto «{slug}»."), slug=slug)
    more.setdefault("legal_name", name)
    client = Client(
        agency_id=work.agency_id,
        id=new_id(),
        slug=slug,
        name=name,
        country=country,
        time_zone=time_zone,
        locale=locale,
        currency=currency,
        created_at=work.now(),
        **more,
    )
    work.add(client)
    work.flush()
    work.audit("client.created", client_id=client.id, slug=slug)
    return client.id


def add_member(
    work: Work | SystemWork,
    *,
    agency_id: UUID,
    person_id: UUID,
    role: Role,
    name: str,
    email: str,
    client_id: UUID | None = None,
) -> UUID:
    """Give a person a role in an agency; you get the membership's id. A client role needs its client."""
    if (KIND_OF[role].value == "client") != (client_id is not None):
        raise Invalid(msg("Un rol de cliente necesita su cliente, y solo él."))
    membership = Membership(
        agency_id=agency_id,
        id=new_id(),
        person_id=person_id,
        kind=KIND_OF[role].value,
        role=role.value,
        client_id=client_id,
        name=name,
        email=email,
        created_at=work.now(),
    )
    work.session.add(membership)
    work.session.flush()
    return membership.id


def next_number(work: Work, series: str) -> int:
    """The next number of a series, without holes as long as the transaction commits; others wait for it."""
    taken: int = work.session.execute(text("SELECT take_number(:series)"), {"series": series}).scalar_one()
    return taken


def next_numbers(work: Work, series: str, count: int) -> range:
    """The next numbers of a series, as many at once as asked for (staff and jobs only)."""
    first: int = work.session.execute(
        text("SELECT take_numbers(:series, :count)"), {"series": series, "count": count}
    ).scalar_one()
    return range(first, first + count)


def agency_of(work: Work) -> Agency:
    """The agency this work is for."""
    agency = work.session.scalar(select(Agency).where(Agency.agency_id == work.agency_id))
    if agency is None:
        raise NotFound
    return agency


def client_by_id(work: Work, client_id: UUID) -> Client:
    """One client of the agency; missing and foreign are the same."""
    client = work.session.scalar(select(Client).where(Client.agency_id == work.agency_id, Client.id == client_id))
    if client is None:
        raise NotFound(msg("Ese cliente no existe o no es tuyo."))
    return client


def client_by_slug(work: Work, slug: str) -> Client:
    """One client of the agency by its short name."""
    client = work.session.scalar(select(Client).where(Client.agency_id == work.agency_id, Client.slug == slug))
    if client is None:
        raise NotFound(msg("No hay un cliente con el nombre corto «{slug}»."), slug=slug)
    return client


def set_clock(work: SystemWork, *, agency_id: UUID, offset: timedelta) -> None:
    """Move a sandbox agency's clock to a distance from real time; any other agency refuses."""
    moved = work.session.scalar(
        update(Agency)
        .where(Agency.agency_id == agency_id, Agency.sandbox)
        .values(clock_offset_s=int(offset.total_seconds()))
        .returning(Agency.agency_id)
    )
    if moved is None:
        raise NotASandbox(msg("Solo el reloj de una agencia de pruebas puede moverse."))
    work.audit(agency_id, "agency.clock_moved", offset_s=int(offset.total_seconds()))


def _check_place(time_zone: str, locale: str) -> None:
    if time_zone not in available_timezones():
        raise Invalid(msg("«{zone}» no es una zona horaria (IANA)."), zone=time_zone)
    ZoneInfo(time_zone)
    if locale not in LOCALES:
        raise Invalid(msg("«{locale}» no es un idioma de Recobro ({known})."), locale=locale, known=", ".join(LOCALES))
