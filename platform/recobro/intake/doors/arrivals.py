"""What happens to a file that arrives with nobody at the page: received, previewed, and confirmed by itself only when
nothing about it is in doubt. Otherwise it waits for a person, with the reason."""

import io
from collections.abc import Collection, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import Problem
from kernel.text import msg
from recobro.intake import control, previewing, service
from recobro.intake.columns.fields import SKIP
from recobro.intake.columns.mapping import How
from recobro.intake.declared import agrees
from recobro.intake.files.layout import FileRefused
from recobro.intake.files.reading import MOST_BYTES
from recobro.intake.lifecycle import State
from recobro.intake.tables import IntakeArrival, IntakeSource, Placement
from tenants.service import client_by_id
from tenants.work import Work

WAITING, CONFIRMED, EARLIER, NOTHING, REFUSED = "waiting", "confirmed", "earlier", "nothing", "refused"
OUTCOMES: Mapping[str, str] = {
    WAITING: msg("Por confirmar"),
    CONFIRMED: msg("Confirmada sola"),
    EARLIER: msg("Ya estaba"),
    NOTHING: msg("Nada nuevo"),
    REFUSED: msg("No se pudo leer"),
}
Told = tuple[str, dict[str, Any]]
_EARLIER = msg("Esta carga ya existe: es la {number}. No cambió nada.")
_DRAFT = msg("Este archivo ya estaba por confirmar: es la {number}.")
_NOTHING = msg("Todo lo que trae ya estaba cargado: no cambió nada.")


def arrive(
    work: Work,
    source: IntakeSource,
    *,
    origin: str,
    name: str,
    file: BinaryIO,
    declared: tuple[str, bytes] | None = None,
    mail_id: UUID | None = None,
) -> IntakeArrival:
    """Take in one file of a source; what came of it is kept. A second time for the same `origin` gives the first's.

    `declared` is its control file: name and bytes.
    """
    known = work.session.scalar(
        select(IntakeArrival).where(
            IntakeArrival.agency_id == work.agency_id,
            IntakeArrival.source_id == source.id,
            IntakeArrival.origin == origin,
        )
    )
    if known is not None:
        return known
    placement, outcome, (template, details) = _taken(work, source, name, file, declared)
    arrival = IntakeArrival(
        agency_id=work.agency_id, client_id=source.client_id, id=new_id(), source_id=source.id, mail_id=mail_id,
        placement_id=placement.id if placement else None, origin=origin, file_name=name[:200], outcome=outcome,
        told={"template": template, "details": {key: str(value) for key, value in details.items()}} if template else {},
        at=work.now(),
    )  # fmt: skip
    work.add(arrival)
    source.last_used_at = work.now()
    source.last_result = {
        "outcome": outcome, "file": arrival.file_name, "told": arrival.told,
        "placement_id": str(placement.id) if placement else "", "number": placement.number if placement else "",
    }  # fmt: skip
    work.flush()
    return arrival


def _taken(
    work: Work, source: IntakeSource, name: str, file: BinaryIO, declared: tuple[str, bytes] | None
) -> tuple[Placement | None, str, Told]:
    try:
        with work.session.begin_nested():
            if file.seek(0, io.SEEK_END) > MOST_BYTES:
                raise FileRefused(msg("El archivo pesa más de {limit} MB. Divídelo en partes."), limit=MOST_BYTES >> 20)
            found = service.receive(
                work, client_id=source.client_id, name=name, file=file, kind=source.file_kind, source=source.kind
            )
    except Problem as problem:
        return None, REFUSED, _told(problem)
    placement = service.open_placement(work, found.placement_id)
    if found.earlier or found.draft:
        return placement, EARLIER, (_EARLIER if found.earlier else _DRAFT, {"number": placement.number})
    placement.created_by = source.name
    refused = _declare(placement, declared)
    outcome, told = settle(work, placement, alone=source.auto_confirm and refused is None, by=source.name)
    return placement, outcome, refused if refused and outcome == WAITING else told


def _declare(placement: Placement, declared: tuple[str, bytes] | None) -> Told | None:
    """Keep what a control file declares; why not, when it cannot be read."""
    if declared is None:
        return None
    try:
        placement.declared = control.parse(*declared)
    except Problem as problem:
        return _told(problem)
    return None


def settle(
    work: Work, placement: Placement, *, alone: bool, by: str = "", columns_known: bool = False
) -> tuple[str, Told]:
    """Preview a placement, and confirm it when `alone` is allowed and nothing is in doubt; what came of it, and why.

    `columns_known`: whoever sends it stands for headings that are a field's own name, though nobody confirmed them yet.
    """
    try:
        with work.session.begin_nested():
            previewing.preview(work, placement.id)
    except Problem as problem:
        work.session.refresh(placement)
        return WAITING, _told(problem)
    doubt = doubt_of(work, placement, columns_known=columns_known)
    if doubt is None and _nothing_new(placement):
        return NOTHING, (_NOTHING, {})
    if not alone or doubt is not None:
        return WAITING, doubt or (msg("Espera a que alguien la confirme."), {})
    try:
        with work.session.begin_nested():
            service.confirm(work, placement.id)
    except service.AlreadyPlaced as problem:
        return EARLIER, _told(problem)
    except Problem as problem:
        work.session.refresh(placement)
        return WAITING, _told(problem)
    placement.committed_by = by or placement.committed_by
    return CONFIRMED, ("", {})


def doubt_of(work: Work, placement: Placement, *, columns_known: bool = False) -> Told | None:
    """Why a previewed placement needs a person: its columns were never confirmed by one, rows do not go in, or its sums
    are not those the client declares. None when nothing does."""
    counts = placement.counts
    readings = service.readings_of(placement, client_by_id(work, placement.client_id))
    if readings.open:
        return msg("Hay columnas que se pueden leer de dos maneras."), {}
    if not _columns_known(placement, _SAID if columns_known else _SEEN):
        if columns_known:
            return msg("Hay columnas que solo se adivinan: di qué es cada una, o que alguien confirme el mapa."), {}
        return msg("Es la primera vez que llega con estas columnas: alguien confirma el mapa una vez."), {}
    if counts["rejected"] or counts["conflicts"]:
        return (
            msg("Filas que no entran: {rejected}; en conflicto: {conflicts}."),
            {"rejected": counts["rejected"], "conflicts": counts["conflicts"]},
        )
    if agrees(placement) is False:
        return msg("Los totales del archivo no son los que declara el cliente."), {}
    return None


# A map that somebody confirmed for these very headings; what else a program that sends a file stands for.
_SEEN = frozenset({How.MEMORY, How.PERSON})
_SAID = _SEEN | {How.ALIKE, How.HEADING, How.FORMAT}


def _columns_known(placement: Placement, ways: Collection[How]) -> bool:
    """Whether each column's field is known in one of these ways, or the file is electronic invoices, whose fields are
    what their standard says."""
    if service.layout_of(placement).documents:
        return True
    used = [choice.how for choice in service.choices_of(placement) if choice.field != SKIP]
    return bool(used) and all(how in ways for how in used)


def _nothing_new(placement: Placement) -> bool:
    counts = placement.counts
    told = sum(counts.get(name, 0) for name in ("unchanged", "duplicates", "not_open", "subtotals"))
    return bool(told >= counts["rows"])


def settle_later(work: Work, placement_id: UUID, *, confirm: bool) -> None:
    """The job's part for a big file: nothing when a person took it in hand meanwhile; why it waits is kept with it."""
    placement = service.open_placement(work, placement_id)
    if placement.state != State.UPLOADED:
        return
    outcome, (template, details) = settle(work, placement, alone=confirm, columns_known=True)
    if outcome == WAITING and not placement.counts:
        told = {key: str(value) for key, value in details.items()}
        placement.failure = {"template": template, "details": told}


def _told(problem: Problem) -> Told:
    return problem.template, dict(problem.details)
