"""Whether an acknowledgement is what was handed out: its signature, whose certificate, what the database says now."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from kernel.problems import NotFound
from kernel.text import msg
from recobro.adapters import signed_json
from recobro.adapters.signed_json import SignatureRefused
from recobro.adapters.signing import fingerprint, subject
from recobro.cases.tables import Debt
from recobro.intake.lifecycle import State
from recobro.intake.receipts import acknowledging
from recobro.intake.service import open_placement
from recobro.intake.tables import Placement
from recobro.wiring import outside
from tenants.work import Work


@dataclass(frozen=True)
class Told:
    """What a file says whose signature holds; `ending` is pdf or json."""

    content: Mapping[str, Any]
    signer: str
    fingerprint: str
    ending: str
    agency_id: UUID
    placement_id: UUID
    version: int


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of a file. `signature`: it holds; `holds`: and nothing speaks against it. `ours` and
    `agrees` are unknown (None) where no database was asked; `sentence` is a `msg()` template with `details`."""

    holds: bool
    signature: bool
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    version: int = 0
    signer: str = ""
    fingerprint: str = ""
    ours: bool | None = None
    agrees: bool | None = None
    totals: Mapping[str, Any] = field(default_factory=dict)
    now: Mapping[str, Any] = field(default_factory=dict)


def read(data: bytes) -> Told:
    """What an acknowledgement says, a PDF by the JSON inside it; SignatureRefused when a signature does not hold."""
    paper = data.startswith(b"%PDF")
    inside: bytes | None = data
    if paper:
        # pyHanko takes its time to be imported, and a JSON needs none of it.
        from recobro.adapters import signed_pdf

        outer = signed_pdf.read(data)
        inside = outer.inside
    if inside is None:
        raise SignatureRefused(_NONE)
    seen = signed_json.read(inside)
    signer = fingerprint(seen.certificate)
    if paper and fingerprint(outer.certificate) != signer:
        raise SignatureRefused(msg("El PDF y los datos que lleva dentro no los firmó el mismo certificado."))
    try:
        if seen.content["form"] != acknowledging.FORM:
            raise SignatureRefused(_NONE)
        return Told(
            seen.content, subject(seen.certificate), signer, "pdf" if paper else "json",
            UUID(seen.content["agency"]["id"]), UUID(seen.content["placement_id"]), int(seen.content["version"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SignatureRefused(_NONE) from error


_NONE = msg("La firma es íntegra, pero el archivo no es un acuse de Recobro.")


def unmatched(told: Told) -> Verdict:
    """Where there is no database to ask: the reader compares the fingerprint."""
    why = msg("No se comparó con la base de datos. Compara la huella del certificado con la que te dio la agencia.")
    return _verdict(told, holds=True, sentence=why)


def foreign(told: Told) -> Verdict:
    """The agency it names is not of this installation."""
    return _verdict(told, holds=False, sentence=_FOREIGN, ours=False)


_FOREIGN = msg("El certificado no es de esta instalación: cualquiera puede hacer uno con ese nombre.")


def match(work: Work, told: Told, data: bytes) -> Verdict:
    """A file against its agency's certificates, the file that was kept, the placement and the debts that came of it."""
    if told.fingerprint not in {fingerprint(one) for one in outside().keys.certificates(work.agency_id)}:
        return foreign(told)
    try:
        placement = open_placement(work, told.placement_id)
    except NotFound:
        return _verdict(
            told, holds=False, sentence=msg("Esa carga no está en la base de datos."), ours=True, agrees=False
        )
    now = _sums(placement.totals)
    why = _against(work, placement, told, data)
    if why:
        details = {"version": acknowledging.version_of(placement)}
        return _verdict(told, holds=False, sentence=why, details=details, ours=True, agrees=False, now=now)
    agreed = msg("Las sumas del acuse son las de la base de datos.")
    return _verdict(told, holds=True, sentence=agreed, ours=True, agrees=True, now=now)


def _against(work: Work, placement: Placement, told: Told, data: bytes) -> str:
    """What speaks against a file, as a `msg()` template; empty when nothing does."""
    kept = acknowledging.kept(work, placement, told.version, told.ending)
    if kept is None or kept.sha256 != hashlib.sha256(data).hexdigest():
        return msg("No es el archivo que se entregó: su huella no es la que se guardó.")
    if placement.state == State.UNDONE:
        return msg("La carga se deshizo después del acuse.")
    if told.version < acknowledging.version_of(placement):
        return msg("Hay un acuse más nuevo de esta carga: la versión {version}.")
    if told.content["totals"] != placement.totals:
        return msg("Las sumas de la base de datos ya no son las del acuse.")
    if placement.kind == "placement" and _standing(work, placement) != _sums(placement.totals):
        return msg("Los adeudos de la carga ya no suman lo que dice el acuse.")
    return ""


def _sums(totals: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    return {currency: {"count": one["count"], "sum": one["sum"]} for currency, one in sorted(totals.items())}


def _standing(work: Work, placement: Placement) -> dict[str, dict[str, int]]:
    """What the debts of a placement came to when they were placed, by currency."""
    found = work.session.execute(
        select(Debt.currency, func.count(), func.sum(Debt.original))
        .where(Debt.agency_id == work.agency_id, Debt.placement_id == placement.id)
        .group_by(Debt.currency)
        .order_by(Debt.currency)
    )
    return {currency: {"count": count, "sum": int(total)} for currency, count, total in found}


def _verdict(told: Told, *, holds: bool, sentence: str, **more: Any) -> Verdict:
    return Verdict(
        holds, True, sentence, number=str(told.content.get("placement", "")), version=told.version,
        signer=told.signer, fingerprint=told.fingerprint, totals=told.content.get("totals", {}), **more,
    )  # fmt: skip
