"""Agencies and their clients."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import click

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from recobro.cli.ready import connected
from recobro.cli.words import Refused, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenants.tables import Agency, Client
    from tenants.work import Work

_BASIS = 100


@click.group(help=msg("Las agencias."))
def agency() -> None:
    """Commands on agencies."""


@agency.command("create", help=msg("Crea una agencia; SLUG es su nombre corto, que no cambia nunca."))
@click.argument("slug")
@click.option("--name", default="", help=msg("Su nombre; sin él, el nombre corto."))
@click.option("--country", default="MX", show_default=True, help=msg("Su país (MX, CO, ES)."))
@click.option("--time-zone", default="", help=msg("Su zona horaria; sin ella, la del país."))
@click.option("--locale", default="", help=msg("Su idioma; sin él, el del país."))
@click.option("--currency", default="", help=msg("Su moneda; sin ella, la del país."))
@click.option("--sandbox", is_flag=True, help=msg("De pruebas: su reloj se puede mover."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def create_agency(
    slug: str, name: str, country: str, time_zone: str, locale: str, currency: str, sandbox: bool, as_json: bool
) -> None:
    """Make an agency; nobody works there until somebody is invited."""
    with connected():
        from recobro.operator.service import create_agency as create
        from tenants.work import system_work

        with system_work(reason="recobro agency create") as work:
            agency_id = create(
                work, slug=slug, name=name or slug, country_code=country, time_zone=time_zone, locale=locale,
                currency=currency, sandbox=sandbox,
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"agency": slug, "id": str(agency_id)}))
    else:
        say(msg("La agencia «{slug}» está lista. Invita a quien la administrará: recobro user invite CORREO --agency "
                "{slug} --role admin"), slug=slug)  # fmt: skip


@agency.command("list", help=msg("Las agencias que hay, con su nombre corto."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def list_agencies(as_json: bool) -> None:
    """Every agency by its short name."""
    with connected():
        from recobro.operator.service import list_agencies as every
        from tenants.work import system_work

        with system_work(reason="recobro agency list") as work:
            rows = [
                {"agency": one.slug, "name": one.name, "country": one.country, "status": one.status}
                for one in every(work)
            ]
    _list(rows, msg("Aún no hay agencias: recobro agency create SLUG."), as_json=as_json)


def _list(rows: "Sequence[Mapping[str, str]]", none: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        say(none)
    for row in () if as_json else rows:
        click.echo("\t".join(row.values()))


def _percentage(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    # Not a number is in no range, and passes click's own check of one.
    if value is not None and not 0 <= value <= _BASIS:
        raise Refused(Invalid(msg("Escribe un porcentaje de 0 a 100.")))
    return value


@click.group(help=msg("Los clientes de una agencia."))
def client() -> None:
    """Commands on clients."""


@client.command("create", help=msg("Crea un cliente con su contrato; SLUG es su nombre corto."))
@click.argument("slug")
@click.option("--agency", "agency_slug", required=True, help=msg("Nombre corto de la agencia."))
@click.option("--name", default="", help=msg("Su nombre; sin él, el nombre corto."))
@click.option("--country", default="", help=msg("Su país; sin él, el de la agencia."))
@click.option("--currency", default="", help=msg("Su moneda; sin ella, la del país."))
@click.option(
    "--commission", type=float, callback=_percentage, default=0, show_default=True,
    help=msg("Honorarios sobre lo cobrado, en por ciento."),
)  # fmt: skip
@click.option(
    "--tax", type=float, callback=_percentage, default=None, help=msg("Impuesto sobre los honorarios, en por ciento.")
)
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def create_client(
    slug: str, agency_slug: str, name: str, country: str, currency: str, commission: float, tax: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Make a client whose contract pays one rate on everything; the rest is set on its page."""
    with connected():
        client_id = _add_client(slug, find_agency(agency_slug), name, country, currency, commission, tax)
    if as_json:
        click.echo(json.dumps({"agency": agency_slug, "client": slug, "id": str(client_id)}))
    else:
        say(msg("El cliente «{slug}» está listo, con honorarios de {rate} %. Lo demás del contrato se cambia en su "
                "página."), slug=slug, rate=f"{commission:g}")  # fmt: skip


@client.command("list", help=msg("Los clientes de una agencia, con su nombre corto."))
@click.option("--agency", "agency_slug", required=True, help=msg("Nombre corto de la agencia."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def list_clients(agency_slug: str, as_json: bool) -> None:
    """Every client of an agency by its short name."""
    with connected():
        from tenants.context import job_principal
        from tenants.work import tenant_work

        with tenant_work(job_principal(find_agency(agency_slug).agency_id)) as work:
            rows = [
                {"client": one.slug, "name": one.name, "country": one.country, "status": one.status}
                for one in _clients(work)
            ]
    _list(rows, msg("Aún no hay clientes: recobro client create SLUG --agency AGENCIA."), as_json=as_json)


def find_client(work: "Work", slug: str) -> "Client":
    """A client of the agency by its short name; a refusal that names those there are when there is none."""
    from recobro.operator.service import MOST_NAMED, short_names

    clients = _clients(work)
    found = next((one for one in clients if one.slug == slug), None)
    if found is None:
        names = short_names(one.slug for one in clients[: MOST_NAMED + 1])
        raise NotFound(msg("No hay un cliente con el nombre corto «{slug}». Hay: {names}."), slug=slug, names=names)
    return found


def _clients(work: "Work") -> "list[Client]":
    from sqlalchemy import select

    from tenants.tables import Client

    query = select(Client).where(Client.agency_id == work.agency_id).order_by(Client.slug)
    return list(work.session.scalars(query))


def find_agency(slug: str) -> "Agency":
    """The agency of a short name; a refusal when there is none."""
    from recobro.operator.service import agency_by_slug
    from tenants.work import system_work

    with system_work(reason="recobro: agency by short name") as work:
        return agency_by_slug(work, slug)


def _add_client(
    slug: str, agency: "Agency", name: str, country: str, currency: str, commission: float, tax: float | None
) -> UUID:
    from zoneinfo import ZoneInfo

    from recobro.clients.service import Identity, Place, Terms, add_client
    from recobro.operator.rules import check_currency
    from recobro.operator.rules import country as country_of
    from tenants.context import job_principal
    from tenants.work import tenant_work

    told = country_of(country or agency.country)
    place = Place((country or agency.country).upper(), told.time_zone, told.locale, told.currency)
    if not country:
        place = replace(place, time_zone=agency.time_zone, locale=agency.locale, currency=agency.currency)
    if currency:
        place = replace(place, currency=currency)
    check_currency(place.currency)
    terms = Terms(
        commission_rules=[{"id": "general", "label": "General", "rate_bp": round(commission * _BASIS)}],
        tax_bp=told.tax_bp if tax is None else round(tax * _BASIS),
        tax_name=told.tax_name,
    )
    with tenant_work(job_principal(agency.agency_id)) as work:
        return add_client(
            work, identity=Identity(name=name or slug, legal_name=name or slug), place=place, terms=terms,
            valid_from=work.today(ZoneInfo(place.time_zone)), slug=slug,
        )  # fmt: skip
