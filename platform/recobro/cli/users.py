"""The people who sign in."""

import json

import click

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cli.agencies import find_agency
from recobro.cli.ready import connected
from recobro.cli.words import say
from tenants.roles import Role

_ROLES = [role.value for role in Role if role is not Role.DEBTOR]


@click.group(help=msg("Las personas que entran."))
def user() -> None:
    """Commands on people."""


@user.command(help=msg("Invita a una persona y dice el enlace con el que entra; sirve una vez, siete días."))
@click.argument("email")
@click.option("--role", type=click.Choice(_ROLES), required=True, help=msg("Su rol."))
@click.option("--agency", default="", help=msg("Nombre corto de la agencia; un operador no lleva."))
@click.option("--client", default="", help=msg("Nombre corto del cliente, para los roles de cliente."))
@click.option("--name", default="", help=msg("Su nombre."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def invite(email: str, role: str, agency: str, client: str, name: str, as_json: bool) -> None:
    """Ask somebody in. Whoever runs the machine gets the link as well as the mail."""
    wanted = Role(role)
    if (wanted is Role.OPERATOR) == bool(agency):
        raise Invalid(msg("Un operador no lleva --agency; los demás roles sí."))
    with connected():
        link = _invite(email, wanted, agency, client, name)
    if as_json:
        click.echo(json.dumps({"email": email, "role": role, "link": link}))
    else:
        say(msg("{email} entra por aquí: {link}"), email=email, link=link)


@user.command(help=msg("Da el enlace con el que una persona elige una contraseña nueva; sirve una vez, 30 minutos."))
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def reset(email: str, as_json: bool) -> None:
    """Let somebody in again who forgot their password and gets no mail."""
    with connected():
        from recobro.people import mails, resets
        from tenants.work import door_work

        with door_work() as door:
            reset_id = resets.make_reset(door, email)
        link = mails.reset_link(reset_id)
    if as_json:
        click.echo(json.dumps({"email": email, "link": link}))
    else:
        say(msg("{email} elige su contraseña aquí: {link}"), email=email, link=link)


def _invite(email: str, role: Role, agency_slug: str, client_slug: str, name: str) -> str:
    from recobro.people import invitations, mails
    from tenants.context import job_principal
    from tenants.service import client_by_slug
    from tenants.work import system_work, tenant_work

    if role is Role.OPERATOR:
        with system_work(reason="recobro user invite") as system:
            row_id = invitations.invite_from_platform(
                system, email=email, name=name, role=role, agency_id=None, by="Recobro"
            )
        return mails.invitation_link(row_id)
    agency = find_agency(agency_slug)
    with tenant_work(job_principal(agency.agency_id)) as work:
        client_id = client_by_slug(work, client_slug).id if client_slug else None
        row_id = invitations.invite(work, email=email, name=name, role=role, client_id=client_id)
    return mails.invitation_link(row_id)
