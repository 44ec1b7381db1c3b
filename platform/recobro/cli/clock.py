"""A sandbox agency's clock."""

import json
import re
from datetime import timedelta

import click

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cli.agencies import find_agency
from recobro.cli.ready import connected
from recobro.cli.words import say

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_SPAN = re.compile(r"(?:\d{1,4}[wdhm])+")


@click.group(help=msg("El reloj de una agencia de pruebas."))
def clock() -> None:
    """Commands on time."""


@clock.command(help=msg("Adelanta el reloj: SPAN es, por ejemplo, 3d, 12h, 2w o 1d12h."))
@click.argument("span")
@click.option("--agency", required=True, help=msg("Nombre corto de la agencia."))
@click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))
def advance(span: str, agency: str, as_json: bool) -> None:
    """Move a sandbox agency's time on; what falls due on the way is done by cron and workers as always."""
    moved = read_span(span)
    with connected():
        from tenants.context import job_principal
        from tenants.service import set_clock
        from tenants.work import system_work, tenant_work

        found = find_agency(agency)
        with system_work(reason="recobro clock advance") as work:
            set_clock(work, agency_id=found.agency_id, offset=timedelta(seconds=found.clock_offset_s) + moved)
        with tenant_work(job_principal(found.agency_id)) as inside:
            now = inside.now().isoformat(timespec="seconds")
    if as_json:
        click.echo(json.dumps({"agency": agency, "now": now}))
    else:
        say(msg("El reloj de «{agency}» marca {now}."), agency=agency, now=now)


def read_span(text: str) -> timedelta:
    """A span such as `3d` or `1d12h`; weeks, days, hours, minutes."""
    if not _SPAN.fullmatch(text):
        raise Invalid(msg("«{text}» no es un plazo. Escribe por ejemplo 3d, 12h o 1d12h."), text=text)
    parts = re.findall(r"(\d+)([wdhm])", text)
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), start=timedelta())
