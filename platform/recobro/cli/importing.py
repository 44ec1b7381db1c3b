"""A client's file into debts from the command line, by the same steps as the pages."""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from recobro.cli.agencies import find_agency, find_client
from recobro.cli.ready import connected
from recobro.cli.turns import take_turn
from recobro.cli.words import as_json as problem_json
from recobro.cli.words import language, say, spoken, warn
from recobro.intake import committing, previewing, queries, service
from recobro.intake.declared import agrees
from recobro.intake.declared import declare as keep_declared
from recobro.intake.kinds.kind import done_by
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import State
from recobro.intake.staged import deciding
from recobro.intake.tables import Placement
from recobro.intake.words import sentence
from tenants.context import Principal, job_principal
from tenants.service import client_by_id
from tenants.tables import Client
from tenants.work import Work, tenant_work

ALL_REJECTED = 3
TOTALS_DIFFER = 4
FORCED = "recobro import --force"
_SHOWN = 20
_PARTS = ("columns", "readings")


class _DryRun(Exception):
    """Nothing of a dry run is kept."""


@click.command("import", help=msg("Convierte en adeudos el archivo de un cliente."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--agency", required=True, help=msg("Nombre corto de la agencia."))
@click.option("--client", required=True, help=msg("Nombre corto del cliente."))
@click.option("--kind", type=click.Choice(list(KINDS)), default="placement", help=msg("Qué trae el archivo."))
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=msg('JSON con {"columns": {encabezado: campo}, "readings": {encabezado: dmy|mdy|dot|comma}}.'),
)
@click.option("--as-of", "as_of", help=msg("El día (AAAA-MM-DD) al que se cuentan lo abierto y lo vencido."))
@click.option(
    "--unpaid", is_flag=True, help=msg("Las facturas electrónicas que dicen pagarse de contado están sin pagar.")
)
@click.option(
    "--conflicts",
    type=click.Choice(["keep", "take"]),
    help=msg("De lo que ya está con otro importe o vencimiento: conservarlo, o corregirlo con lo del archivo."),
)
@click.option(
    "--declare",
    multiple=True,
    metavar="MXN:1500:44471009.08",
    help=msg("Cuántas filas y cuánto suman según el cliente, por moneda; se compara con el archivo."),
)
@click.option(
    "--force", is_flag=True, help=msg("Carga también lo que no cuadra con lo declarado; queda en la auditoría.")
)
@click.option("--dry-run", is_flag=True, help=msg("Dice lo que haría y no cambia nada."))
@click.option(
    "--json", "as_json", is_flag=True, help=msg("Responde en JSON; las sumas van en centavos (unidades mínimas).")
)
def import_file(
    file: Path,
    agency: str,
    client: str,
    kind: str,
    profile: Path | None,
    as_of: str | None,
    unpaid: bool,
    conflicts: str | None,
    declare: tuple[str, ...],
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Exit code 0 when something was accepted or nothing was wrong, 3 when every row was refused, 4 when the file is
    not what was declared: then nothing is kept."""
    day = _day(as_of)
    wishes = _profile(profile)
    with connected():
        principal, client_id = _who(agency, client)
        found = run(principal, client_id, file, wishes, as_of=day, dry_run=dry_run, unpaid=unpaid, kind=kind,
                    conflicts=conflicts or "",
                    declared=";".join(declare), force=force)  # fmt: skip
    if as_json:
        more = {"problem": problem_json(_differ())} if found["refused"] else {}
        click.echo(json.dumps({**found, "dry_run": dry_run, **more}, ensure_ascii=False, indent=2))
    else:
        _tell(found, found["kind"], dry_run=dry_run)
    if found["refused"]:
        warn(_differ().template)
        raise SystemExit(TOTALS_DIFFER)
    if found["rejected"] and not found["created"] and not found["changed"] and not found["unchanged"]:
        raise SystemExit(ALL_REJECTED)


def run(
    principal: Principal,
    client_id: UUID,
    file: Path,
    wishes: Mapping[str, Mapping[str, str]],
    *,
    as_of: date | None,
    dry_run: bool,
    unpaid: bool = False,
    kind: str = "placement",
    conflicts: str = "",
    declared: str = "",
    force: bool = False,
) -> dict[str, Any]:
    """Receive, preview, confirm and commit a file in this process; you get the answer of DESIGN 10. `declared` is what
    the client says it comes to, as `declared.read_line` reads it; `conflicts` (keep, take) what holds of debts that are
    here with another amount or due day.

    A file that would do something and is not what was declared is `refused`, unless `force` says that it goes in so.
    `kept` is whether this run changed anything. When the same delivery was committed before (`earlier`), `placement`
    and `state` are that one's; a dry run, and a file without a new debt, have no number.
    """
    answer: dict[str, Any] = {}
    open_work = partial(tenant_work, principal)
    try:
        with open_work() as work:
            received = _received(work, client_id, file, wishes, kind=kind, as_of=as_of, unpaid=unpaid)
            if conflicts:
                deciding.keep(received, deciding.everything(conflicts), {})
            keep_declared(work, received, declared, client_by_id(work, client_id).currency)
            placement = previewing.preview(work, received.id)
            answer = queries.answer(work, placement, _sentence)
            client = work.session.scalars(
                select(Client).where(Client.agency_id == work.agency_id, Client.id == client_id)
            ).one()
            twin = service.twin_of(work, placement, client)
            nothing = not done_by(placement.counts)
            answer["refused"] = not nothing and not force and agrees(placement) is False
            if dry_run or nothing or answer["refused"] or (twin is not None and twin.state != State.COMMITTED):
                # What is not kept has no number: it will be another placement's.
                twin = twin if nothing or not dry_run else None
                answer["placement"] = twin.number if twin is not None else None
                answer["state"] = twin.state if twin is not None else State.PREVIEWED.value
                answer["earlier"] = twin is not None
                answer["kept"] = False
                raise _DryRun
            service.confirm(work, placement.id, why=FORCED if force else "")
            placement_id = placement.id
    except _DryRun:
        return answer
    take_turn(lambda: committing.commit(open_work, placement_id))
    with open_work() as work:
        placement = service.open_placement(work, placement_id)
        if placement.failure:
            raise Invalid(placement.failure["template"], **placement.failure["details"])
        return {**queries.answer(work, placement, _sentence), "earlier": False, "kept": True, "refused": False}


def _differ() -> Invalid:
    return service.TotalsDiffer(
        msg("El archivo no cuadra con lo declarado: no se cargó nada. Corrígelo, o repite con --force.")
    )


def _received(
    work: Work,
    client_id: UUID,
    file: Path,
    wishes: Mapping[str, Mapping[str, str]],
    *,
    kind: str,
    as_of: date | None,
    unpaid: bool,
) -> Placement:
    with file.open("rb") as source:
        received = service.receive(work, client_id=client_id, name=file.name, file=source, kind=kind, again=True)
    columns = service.layout_of(service.open_placement(work, received.placement_id)).columns
    return service.choose(
        work,
        received.placement_id,
        fields=_by_index(columns, wishes.get("columns", {})),
        readings=_by_index(columns, wishes.get("readings", {})),
        as_of=as_of,
        unpaid=unpaid,
    )


def _by_index(columns: tuple[str, ...], wishes: Mapping[str, str]) -> dict[int, str]:
    unknown = [name for name in wishes if name not in columns]
    if unknown:
        raise Invalid(msg("El archivo no tiene la columna «{name}»."), name=unknown[0])
    return {columns.index(name): value for name, value in wishes.items()}


def _who(agency: str, client: str) -> tuple[Principal, UUID]:
    principal = job_principal(find_agency(agency).agency_id)
    with tenant_work(principal) as work:
        return principal, find_client(work, client).id


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(msg("--as-of es un día como 2026-11-30.")) from error


def _profile(path: Path | None) -> Mapping[str, Mapping[str, str]]:
    """The wishes in a profile; one with a part or a value it does not know is refused, naming it: a part passed over
    would leave its columns to be guessed."""
    if path is None:
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Invalid(msg("El perfil no es JSON.")) from error
    if not isinstance(kept, dict):
        raise Invalid(
            msg('El perfil es {{"columns": {{encabezado: campo}}, "readings": {{encabezado: lectura}}}}.'), _=0
        )
    for name, part in kept.items():
        if name not in _PARTS:
            raise Invalid(msg("El perfil no lleva «{name}»: sus partes son columns y readings."), name=name)
        if not isinstance(part, dict):
            raise Invalid(msg("En el perfil, «{name}» es un objeto de encabezados y valores."), name=name)
        for heading, value in part.items():
            if not isinstance(value, str):
                raise Invalid(msg("En el perfil, «{name}» de «{heading}» es un texto."), name=name, heading=heading)
    return kept


def _sentence(template: str, details: Mapping[str, Any]) -> str:
    return sentence(template, details, language())


def _tell(found: Mapping[str, Any], kind: str, *, dry_run: bool) -> None:
    if found.get("earlier"):
        say(msg("Esta carga ya existe: es la {number}. No cambió nada."), number=found["placement"])
    elif found["refused"] and not dry_run:
        pass
    elif dry_run:
        say(msg("Prueba: esto haría la carga; nada cambió."))
    elif not found["kept"]:
        say(msg("Ninguna fila haría un cambio; nada cambió."))
    elif kind != "placement":
        say(msg("Carga {number}: {count} cambios."), number=found["placement"], count=found["changed"])
    else:
        say(msg("Carga {number}: {count} adeudos nuevos de {debtors} deudores."), number=found["placement"],
            count=found["created"], debtors=found["debtors"])  # fmt: skip
    for one in found["effects"]:
        say(msg("  {what}."), what=one["text"])
    for one in found["compared"] if found["declared"] else []:
        say(msg("  {currency}: según el cliente {said} por {sum}; en el archivo {rows} por {total}. {verdict}"),
            currency=one["currency"], said=one["declared"]["count"],
            sum=Money(one["declared"]["sum"], one["currency"]), rows=one["file"]["count"],
            total=Money(one["file"]["sum"], one["currency"]),
            verdict=spoken(msg("Cuadra.")) if one["agrees"] else spoken(msg("No cuadra.")))  # fmt: skip
    for currency, one in found["totals"].items() if kind == "placement" else ():
        late = found["overdue"].get(currency, {"count": 0, "sum": 0})
        say(msg("  {currency}: {count} adeudos por {amount}; vencidos al {day}: {late_count} por {late}."),
            currency=currency, count=one["count"], amount=Money(one["sum"], currency), day=found["as_of"],
            late_count=late["count"], late=Money(late["sum"], currency))  # fmt: skip
    say(msg("  Sin cambio {unchanged}, duplicadas {duplicates}, en conflicto {conflicts}, rechazadas {rejected}, "
            "con aviso {warned}."), unchanged=found["unchanged"], duplicates=found["duplicates"],
        conflicts=len(found["conflicts"]), rejected=len(found["rejected"]), warned=len(found["warned"]))  # fmt: skip
    if found["not_open"]:
        say(msg("  {count} no estaban abiertas al {day}: ya pagadas, cerradas o emitidas después."),
            count=found["not_open"], day=found["as_of"])  # fmt: skip
    if found["settlements"] or found["credits"]:
        say(msg("  Pagos de complementos {settlements}, notas de crédito {credits}."), settlements=found["settlements"],
            credits=found["credits"])  # fmt: skip
    for one in [*found["rejected"], *found["conflicts"], *found["no_debts"]][:_SHOWN]:
        warn(msg("  Línea {line}, {column}: {reason} {mend}"), line=one["line"],
             column=one.get("file") or one["column"] or one["value"], reason=one["reason"],
             mend=one.get("mend") or one.get("cannot_take", ""))  # fmt: skip
