"""Watched folders: what a client's program drops there is taken, one file after another, and moved where it belongs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from kernel.problems import NotFound, Problem
from kernel.text import msg
from recobro.adapters.drop_folder import (
    ACKNOWLEDGEMENTS,
    DONE,
    REFUSED,
    Claimed,
    DropFolder,
    FolderRefused,
    Seen,
    opened,
)
from recobro.files import read_file
from recobro.intake import service
from recobro.intake.doors import arrivals
from recobro.intake.lifecycle import State
from recobro.intake.tables import IntakeArrival, IntakeSource
from recobro.intake.words import sentence
from recobro.wiring import outside
from tenants.service import agency_of, client_by_id
from tenants.tables import Client
from tenants.work import Work

OpenWork = Callable[[], AbstractContextManager[Work]]
MOST_FILES = 20
_MOST_REMEMBERED = 500

log = structlog.get_logger()


def segments(work: Work, source: IntakeSource) -> tuple[str, ...]:
    """The steps from the root to a source's folder: agency, client, its own name."""
    client = client_by_id(work, source.client_id)
    return agency_of(work).slug, client.slug, source.folder or ""


def path_of(work: Work, source: IntakeSource) -> Path:
    """Where a source's folder is, as people are told it."""
    return outside().settings.drop_folder.joinpath(*segments(work, source))


def look_everywhere(open_work: OpenWork) -> int:
    """Look once at every active folder of the agency; how many files were taken. One folder's trouble is its own."""
    with open_work() as work:
        found = work.session.scalars(
            select(IntakeSource.id)
            .join(Client, (Client.agency_id == IntakeSource.agency_id) & (Client.id == IntakeSource.client_id))
            .where(
                IntakeSource.agency_id == work.agency_id,
                IntakeSource.kind == "folder",
                IntakeSource.active,
                Client.status == "active",
            )
            .order_by(IntakeSource.id)
        ).all()
    taken = 0
    for source_id in found:
        try:
            taken += look(open_work, source_id)
        except Exception as error:
            log.error("folder not looked at", source_id=str(source_id), exc_info=error)
    return taken


def look(open_work: OpenWork, source_id: UUID) -> int:
    """Look once at one folder: what lies there unchanged since the last look is taken, at most `MOST_FILES`."""
    with open_work() as work:
        source = _source(work, source_id)
        if not source.active:
            return 0
        way, known = segments(work, source), {name: tuple(seen) for name, seen in source.seen.items()}
    try:
        with opened(outside().settings.drop_folder, way) as folder:
            taken = _left_behind(open_work, source_id, folder)
            found = folder.look()
            ready = [one for one in found if _settled(one, known)]
            for one in ready[:MOST_FILES]:
                with folder.claimed(one.name) as claimed:
                    if claimed is not None:
                        taken += _take(open_work, source_id, folder, claimed)
            seen = [one for one in found if one not in ready[:MOST_FILES]]
    except FolderRefused as problem:
        _note(open_work, source_id, problem)
        return 0
    with open_work() as work:
        kept = {one.name: [one.size, one.changed_ns, one.inode] for one in seen[:_MOST_REMEMBERED]}
        source = _source(work, source_id)
        if source.seen != kept:
            source.seen = kept
    return taken


def _settled(one: Seen, known: dict[str, Any]) -> bool:
    """Unchanged since the last look, or renamed since then from a name that says it was being written."""
    if one.partial:
        return False
    last = (one.size, one.changed_ns, one.inode)
    renamed = any(seen[2] == one.inode and Seen(name, *seen).partial for name, seen in known.items())
    return known.get(one.name) == last or renamed


def _left_behind(open_work: OpenWork, source_id: UUID, folder: DropFolder) -> int:
    taken = 0
    for claim in folder.left_behind()[:MOST_FILES]:
        with folder.reclaimed(claim) as claimed:
            if claimed is not None:
                taken += _take(open_work, source_id, folder, claimed)
    return taken


def _take(open_work: OpenWork, source_id: UUID, folder: DropFolder, claimed: Claimed) -> int:
    """One file through the door. What came of it is kept before it is moved, so that a crash between asks again and
    meets it."""
    try:
        with open_work() as work:
            source = _source(work, source_id)
            arrival = arrivals.arrive(
                work, source, origin=f"folder:{claimed.claim}"[:300], name=claimed.name, file=claimed.file,
                declared=folder.control(claimed.name),
            )  # fmt: skip
            refused = arrival.outcome == arrivals.REFUSED
            why = _sentence(work, source, arrival) if refused else ""
    except Exception as error:
        # It stays where it was claimed; the next look takes it up again, and the others are not held up.
        log.error("file not taken", source_id=str(source_id), file=claimed.claim, exc_info=error)
        return 0
    folder.finish(claimed, REFUSED if refused else DONE, why)
    return 1


def _sentence(work: Work, source: IntakeSource, arrival: IntakeArrival) -> str:
    return sentence(arrival.told["template"], arrival.told["details"], client_by_id(work, source.client_id).locale)


def _note(open_work: OpenWork, source_id: UUID, problem: Problem) -> None:
    with open_work() as work:
        told = {"template": problem.template, "details": {key: str(value) for key, value in problem.details.items()}}
        _source(work, source_id).last_result = {
            "outcome": arrivals.REFUSED, "file": "", "told": told, "placement_id": "", "number": "",
        }  # fmt: skip


def _source(work: Work, source_id: UUID) -> IntakeSource:
    found = work.session.scalar(
        select(IntakeSource).where(IntakeSource.agency_id == work.agency_id, IntakeSource.id == source_id)
    )
    if found is None:
        raise NotFound(msg("Esa fuente no existe o no es tuya."))
    return found


def ask_delivery(work: Work, placement_id: UUID) -> None:
    """After a commit: let its acknowledgement be written where its file was dropped, if it was."""
    if _folders_of(work, placement_id):
        work.outbox.add("intake.deliver_acknowledgement", placement_id=placement_id)


def _folders_of(work: Work, placement_id: UUID) -> list[IntakeSource]:
    found = work.session.scalars(
        select(IntakeSource)
        .join(
            IntakeArrival,
            (IntakeArrival.agency_id == IntakeSource.agency_id) & (IntakeArrival.source_id == IntakeSource.id),
        )
        .where(
            IntakeSource.agency_id == work.agency_id,
            IntakeSource.kind == "folder",
            IntakeArrival.placement_id == placement_id,
            IntakeArrival.outcome.in_((arrivals.WAITING, arrivals.CONFIRMED)),
        )
        .distinct()
    )
    return list(found)


def deliver_acknowledgement(work: Work, placement_id: UUID) -> None:
    """Write a committed placement's acknowledgement (signed JSON, sums in minor units) into its folder; again changes
    nothing."""
    placement = service.open_placement(work, placement_id)
    if placement.state != State.COMMITTED or placement.acknowledgement_data_id is None:
        return
    data = read_file(work, placement.acknowledgement_data_id)[1]
    for source in _folders_of(work, placement_id):
        with opened(outside().settings.drop_folder, segments(work, source)) as folder:
            folder.write(ACKNOWLEDGEMENTS, f"{placement.number}.json", data)
