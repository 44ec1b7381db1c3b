"""The part of a placement that a job does: one transaction per batch of its debtors, with progress told beside it.

A kill at any moment leaves all of a batch or nothing of it. The job reads the file again, finds what is placed, and
goes on with the rest; no row is done twice.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import func, select, text, update

from kernel.problems import Conflict, Invalid, Kind, Problem
from kernel.text import msg
from recobro.faults import reach
from recobro.intake import lifecycle
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import State
from recobro.intake.previewing import join, keep_findings, outcome, stage_placement
from recobro.intake.service import open_placement
from recobro.intake.staged.placed import ranges_of
from recobro.intake.staged.repairs import sealed_at
from recobro.intake.staged.substitutions import ask_again
from recobro.intake.tables import Placement
from tenants.service import client_by_id
from tenants.work import Work, held_connection

OpenWork = Callable[[], AbstractContextManager[Work]]


class ClientBusy(Conflict):
    """Another placement of the same client is being committed, or undone."""

    code = "intake.client_busy"


class PreviewStale(Invalid):
    """What was confirmed is no longer what would be done."""

    code = "intake.preview_stale"


def commit(open_work: OpenWork, placement_id: UUID) -> None:
    """Do what a confirmed file says, one transaction for each batch; nothing happens when it was done already.

    `open_work` opens one transaction after another; a refusal leaves the placement failed, with the reason.
    """
    try:
        _commit(open_work, placement_id)
    except Problem as problem:
        if problem.kind in (Kind.CONFLICT, Kind.UNAVAILABLE) and not isinstance(
            problem, lifecycle.PlacementMoveRefused
        ):
            raise
        with open_work() as work:
            placement = open_placement(work, placement_id)
            if placement.committed_at is not None:
                # A following batch was refused: what was placed before stays as it is.
                placement.state = State.COMMITTED.value
            else:
                placement.state = lifecycle.after(placement.state, State.FAILED)
                placement.fingerprint = f"failed:{placement.id}"
            placement.failure = {
                "template": problem.template,
                "details": {k: str(v) for k, v in problem.details.items()},
            }
            work.audit("placement.failed", placement_id=placement_id, reason=problem.code)


def _commit(open_work: OpenWork, placement_id: UUID) -> None:
    with open_work() as work:
        if open_placement(work, placement_id).state != State.COMMITTING:
            return
        like = work
    with held_connection(like) as open_held:
        parts, left = _staged(open_work, open_held, placement_id)
        for at, part in enumerate(parts, start=1):
            with open_held() as work:
                placement = _in_hand(work, placement_id)
                if placement is None:
                    return
                kind, client = KINDS[placement.kind], client_by_id(work, placement.client_id)
                made = kind.apply(work, placement, client, part)
                reach("intake.placed")
                placement.counts = {**placement.counts, "done": placement.counts.get("done", 0) + made}
                placement.done = max(placement.done, placement.row_count * (len(parts) + at) // (2 * len(parts)))
                work.outbox.alive(advanced=True)
                if at == len(parts):
                    _finish(work, placement, left)
            reach("intake.part")


def _staged(open_work: OpenWork, open_held: OpenWork, placement_id: UUID) -> tuple[list[int], list[list[int]]]:
    """Stage the file on the held connection and keep what was found; you get the parts still to do, and the lines that
    are left.

    Refused when something has changed since the preview; not when a part is already done, for then it goes on.
    """

    def tick(done: int) -> None:
        with open_work() as beside:
            beside.outbox.alive()
            beside.session.execute(
                update(Placement)
                .where(Placement.agency_id == beside.agency_id, Placement.id == placement_id)
                .values(done=func.greatest(Placement.done, done // 2))
            )

    with open_held() as work:
        placement = alone(work, placement_id)
        client, kind = client_by_id(work, placement.client_id), KINDS[placement.kind]
        findings = stage_placement(work, placement, client, tick)
        reach("intake.staged")
        if "waiting" in placement.counts:
            join(work, placement, kind.measure(work, placement, findings), findings)
        elif placement.committed_at is None and not placement.counts.get("done"):
            found = kind.measure(work, placement, findings)
            if outcome(found.counts, found.totals) != outcome(placement.counts, placement.totals):
                ask_again(work, placement)
                raise PreviewStale(
                    msg("Otra carga cambió lo que esta haría; no se cargó nada. Revísala y confírmala de nuevo.")
                )
            keep_findings(work, placement, found, findings)
        parts = kind.parts(work, placement)
        left = ranges_of(findings.left)
        if not parts:
            _finish(work, placement, left)
        return parts, left


def alone(work: Work, placement_id: UUID) -> Placement:
    """The placement, with the client's files to itself for as long as the connection is held: two placements with the
    same invoice would meet in the unique key, and what undoes one does not see what another has yet to say.

    Refused at once, so that nobody waits for another with rows in hand: another is in hand, or half committed.
    """
    placement = open_placement(work, placement_id)
    key = {"client": str(placement.client_id)}
    alone = work.session.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:client, 7))"), key)
    begun = select(Placement.id).where(
        Placement.agency_id == work.agency_id, Placement.client_id == placement.client_id,
        Placement.state == State.COMMITTING.value, Placement.id != placement_id, Placement.counts.has_key("done"),
    )  # fmt: skip
    if not alone or work.session.scalar(begun) is not None:
        raise ClientBusy(msg("Otra carga del mismo cliente está en curso; esta sigue después."))
    return placement


def _in_hand(work: Work, placement_id: UUID) -> Placement | None:
    """The placement, locked, while it is still to be done."""
    return work.session.scalar(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.id == placement_id,
            Placement.state == State.COMMITTING.value,
        )
        .with_for_update()
    )


def _finish(work: Work, placement: Placement, left: list[list[int]]) -> None:
    placement.state = lifecycle.after(placement.state, State.COMMITTED)
    placement.committed_at = sealed_at(work, placement)
    placement.left_lines = left
    placement.done = placement.row_count
    work.flush()
    work.audit(
        "placement.committed",
        placement_id=placement.id,
        number=placement.number,
        kind=placement.kind,
        totals=placement.totals,
        created=placement.counts["created"],
        changed=placement.counts["changed"],
    )
    if placement.kind == "placement":
        work.outbox.add("strategies.start", placement_id=placement.id)
        work.outbox.add("debtors.find_twins", client_id=placement.client_id, placement_id=placement.id)
    work.outbox.add("intake.acknowledge", placement_id=placement.id)
