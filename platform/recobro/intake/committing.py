"""The part of a placement that a job does: one transaction per placement, with progress told beside it.

A kill at any moment leaves all of a placement or nothing of it; the job goes on from the start and does no row twice.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text, update

from kernel.problems import Conflict, Invalid, Kind, Problem
from kernel.text import msg
from recobro.documents import render_document
from recobro.faults import reach
from recobro.files import keep_file
from recobro.intake import lifecycle, placing, queries
from recobro.intake.lifecycle import State
from recobro.intake.previewing import keep_findings, outcome, stage_placement
from recobro.intake.service import open_placement
from recobro.intake.tables import Placement
from tenants.service import agency_of, client_by_id
from tenants.work import Work

OpenWork = Callable[[], AbstractContextManager[Work]]


class ClientBusy(Conflict):
    """Another placement of the same client is being committed."""

    code = "intake.client_busy"


class PreviewStale(Invalid):
    """What was confirmed is no longer what would be done."""

    code = "intake.preview_stale"


def commit(open_work: OpenWork, placement_id: UUID) -> None:
    """Make a confirmed placement's rows into debts; nothing happens when that was done already.

    `open_work` opens one transaction after another; a refusal leaves the placement failed, with the reason.
    """

    def tick(done: int) -> None:
        with open_work() as beside:
            beside.session.execute(
                update(Placement)
                .where(Placement.agency_id == beside.agency_id, Placement.id == placement_id)
                .values(done=done)
            )

    try:
        with open_work() as work:
            _commit(work, placement_id, tick)
    except Problem as problem:
        if problem.kind in (Kind.CONFLICT, Kind.UNAVAILABLE) and not isinstance(
            problem, lifecycle.PlacementMoveRefused
        ):
            raise
        with open_work() as work:
            placement = open_placement(work, placement_id)
            placement.state = lifecycle.after(placement.state, State.FAILED)
            placement.fingerprint = f"failed:{placement.id}"
            placement.failure = {
                "template": problem.template,
                "details": {k: str(v) for k, v in problem.details.items()},
            }
            work.audit("placement.failed", placement_id=placement_id, reason=problem.code)


def _commit(work: Work, placement_id: UUID, tick: Callable[[int], None]) -> None:
    placement = open_placement(work, placement_id)
    # One placement of a client at a time: two with the same invoice would meet in the unique key.
    alone = work.session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:client, 7))"), {"client": str(placement.client_id)}
    )
    if not alone:
        raise ClientBusy(msg("Otra carga del mismo cliente está en curso; esta sigue después."))
    work.session.refresh(placement)
    if placement.state != State.COMMITTING:
        return
    client = client_by_id(work, placement.client_id)
    findings = stage_placement(work, placement, client, tick=tick)
    reach("intake.staged")
    shown = outcome(placement)
    keep_findings(work, placement, findings)
    if outcome(placement) != shown:
        raise PreviewStale(
            msg("Otra carga cambió lo que esta haría; no se cargó nada. Revísala y confírmala de nuevo.")
        )
    placing.place(work, placement, client)
    reach("intake.placed")
    placement.state = lifecycle.after(placement.state, State.COMMITTED)
    placement.committed_at = work.now()
    placement.done = placement.row_count
    work.flush()
    work.audit(
        "placement.committed",
        placement_id=placement.id,
        number=placement.number,
        totals=placement.totals,
        debts=placement.counts["created"],
    )
    work.outbox.add("strategies.start", placement_id=placement.id)
    work.outbox.add("intake.acknowledge", placement_id=placement.id)


def acknowledge(work: Work, placement_id: UUID) -> None:
    """Keep the receipt of a committed placement as PDF, once: for both sides, with sums and refused rows."""
    placement = open_placement(work, placement_id)
    if placement.state != State.COMMITTED or placement.acknowledgement_file_id is not None:
        return
    agency, client = agency_of(work), client_by_id(work, placement.client_id)
    data = render_document(
        "documents/acknowledgement.html", agency=agency, client=None, title=placement.number, locale=client.locale,
        home=client.currency, zone=ZoneInfo(agency.time_zone), receipt=queries.receipt(work, placement, client),
    )  # fmt: skip
    kept = keep_file(
        work, name=f"acuse-{placement.number}.pdf", media_type="application/pdf", data=data,
        client_id=placement.client_id, visibility="client",
    )  # fmt: skip
    placement.acknowledgement_file_id = kept.id
    work.flush()
