"""Looking at everything again: `recobro ledger verify`, `recobro audit verify`, and at a file that was handed out:
`recobro verify acknowledgement`. Exit code 1 when something is off."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select

from kernel.problems import Problem
from kernel.text import msg
from recobro.adapters.signed_json import MOST_BYTES
from recobro.cli.agencies import find_agency
from recobro.cli.ready import connected
from recobro.cli.words import say, spoken
from recobro.config import load_settings
from recobro.engines.folder import DataFolder
from recobro.intake.receipts import proving
from recobro.ledger import verification
from recobro.people import anchors
from tenants import audit as chain
from tenants.context import job_principal
from tenants.tables import Agency
from tenants.work import system_work, tenant_work

_AGENCY = click.option("--agency", "slug", default="", help=msg("Una sola agencia, por su nombre corto."))
_JSON = click.option("--json", "as_json", is_flag=True, help=msg("Responde en JSON."))


def _agencies(slug: str) -> Sequence[tuple[str, UUID]]:
    if slug:
        return [(slug, find_agency(slug).agency_id)]
    with system_work(reason="verify") as work:
        query = select(Agency.slug, Agency.agency_id).order_by(Agency.slug)
        return [(name, agency_id) for name, agency_id in work.session.execute(query)]


@click.group("ledger", help=msg("El libro."))
def ledger() -> None:
    """Commands about the ledger."""


@ledger.command("verify", help=msg("Comprueba que el libro está completo y cuadra, asiento por asiento."))
@_AGENCY
@_JSON
def verify_ledger(slug: str, as_json: bool) -> None:
    """Digests, balances, limits and the three-way proof, from the postings up."""
    answers: dict[str, Mapping[str, Any]] = {}
    with connected():
        for name, agency_id in _agencies(slug):
            with tenant_work(job_principal(agency_id)) as work:
                verdict = verification.verify(work.session, agency_id)
            answers[name] = {
                "accounts": verdict.accounts,
                "entries": verdict.entries,
                "postings": verdict.postings,
                "faults": [
                    {"why": f.why, "entry": f.entry_id, "account": f.account_id, "detail": f.detail}
                    for f in verdict.faults
                ],
            }
    _tell(answers, as_json, msg("{agency}: {entries} asientos, {faults} faltas."), "entries")


@click.group("audit", help=msg("La cadena de auditoría."))
def audit() -> None:
    """Commands about the audit chain."""


@audit.command("verify", help=msg("Busca filas alteradas, quitadas o cortadas en la cadena de auditoría."))
@_AGENCY
@_JSON
def verify_audit(slug: str, as_json: bool) -> None:
    """Each row against the one before, the last against the head, all against the anchors outside the database."""
    answers: dict[str, Mapping[str, Any]] = {}
    with connected():
        for name, agency_id in _agencies(slug):
            with tenant_work(job_principal(agency_id)) as work:
                faults = anchors.faults(work)
                head = select(chain.AuditHead.seq).where(chain.AuditHead.agency_id == agency_id)
                rows = work.session.scalar(head) or 0
            answers[name] = {"rows": rows, "faults": [{"seq": f.seq, "why": f.why} for f in faults]}
    _tell(answers, as_json, msg("{agency}: {rows} actos, {faults} faltas."), "rows")


@click.group("verify", help=msg("Archivos que se entregaron."))
def verify() -> None:
    """Commands about files that were handed out."""


@verify.command(
    "acknowledgement", help=msg("Comprueba la firma de un acuse (PDF o JSON) y si sus sumas siguen en pie.")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--offline", is_flag=True, help=msg("Mira solo la firma; no abras la base de datos."))
@_JSON
def verify_acknowledgement(file: Path, offline: bool, as_json: bool) -> None:
    """Whether the signature holds, whose certificate it is, and whether the totals agree with the database, where this
    machine has one."""
    data = file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
    try:
        told = proving.read(data)
    except Problem as problem:
        found = proving.Verdict(False, False, problem.template)
    else:
        found = proving.unmatched(told)
        if not offline and _installed():
            with connected():
                found = matched(told, data)
    if as_json:
        click.echo(
            json.dumps(asdict(found) | {"sentence": spoken(found.sentence, **found.details)}, ensure_ascii=False)
        )
    else:
        if found.signature:
            head = {"number": found.number, "version": found.version, "signer": found.signer}
            say(msg("{number}, versión {version}. La firma de {signer} es íntegra."), **head)
            say(msg("Certificado SHA-256 {fingerprint}"), fingerprint=found.fingerprint)
        say(found.sentence, **found.details)
    if not found.holds:
        raise SystemExit(1)


def _installed() -> bool:
    """Whether there is a database to ask; none is made for the question."""
    settings = load_settings()
    return bool(settings.database_url) or DataFolder(settings.data).claimed()


def matched(told: proving.Told, data: bytes) -> proving.Verdict:
    """A file against the database of this installation, as the agency it names."""
    with system_work(reason="verify") as work:
        known = work.session.scalar(select(Agency.agency_id).where(Agency.agency_id == told.agency_id))
    if known is None:
        return proving.foreign(told)
    with tenant_work(job_principal(known)) as work:
        return proving.match(work, told, data)


def _tell(answers: Mapping[str, Mapping[str, Any]], as_json: bool, sentence: str, count: str) -> None:
    if as_json:
        click.echo(json.dumps(answers, default=str, ensure_ascii=False))
    else:
        for name, answer in answers.items():
            say(sentence, agency=name, faults=len(answer["faults"]), **{count: answer[count]})
            for fault in answer["faults"]:
                click.echo(f"  {json.dumps(fault, default=str)}")
    if any(answer["faults"] for answer in answers.values()):
        raise SystemExit(1)
