"""What an undoing leaves is taken back from the agency instead, as a recall with its own refusals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.problems import Conflict
from kernel.text import msg
from recobro.faults import reach
from recobro.intake.lifecycle import State
from recobro.intake.service import open_placement
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from recobro.intake.undo.undoing import OpenWork
from recobro.recalls import service as recalls
from recobro.recalls.rules import Reason, Refusal
from tenants.work import Work

AT_ONCE = 200
_FIRST = str(UUID(int=0))
# The debts that owe in cases that somebody has worked on: what is not may still be undone without a trace.
_LEFT = """
SELECT d.id, d.case_id FROM debts d
WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement AND d.state = 'open'
  AND d.case_id IN (SELECT case_id FROM undo_touched) ORDER BY d.case_id, d.id
"""


@dataclass(frozen=True)
class Rest:
    """What could be taken back of what stays: cases and debts, and the debts that a recall refuses, by cause."""

    cases: int
    debts: int
    refused: Mapping[str, int]


def look(work: Work, placement: Placement) -> Rest:
    """What taking back what stays would do now; nothing changes."""
    left = _left(work, placement)
    refused = _refused(recalls.refused_of(work, [row.id for row in left]))
    goes = [row for row in left if row.id not in refused]
    return Rest(len({row.case_id for row in goes}), len(goes), Counter(refused.values()))


def _refused(found: Sequence[tuple[UUID, Refusal]]) -> dict[UUID, str]:
    """The first cause that stands against each debt."""
    causes: dict[UUID, str] = {}
    for debt_id, refusal in found:
        causes.setdefault(debt_id, refusal.cause.value)
    return causes


def _left(work: Work, placement: Placement, **some: Any) -> Sequence[Any]:
    parameters = undoing.look_at(work, placement, **some)
    return work.session.execute(text(_LEFT), parameters).all()


def ask(work: Work, placement_id: UUID) -> None:
    """Let a job take back what stays. Refused: one that is being undone or withdrawn, nothing that could be taken."""
    placement = open_placement(work, placement_id)
    if placement.kind != "placement" or placement.state not in (State.COMMITTED, State.UNDONE):
        raise Conflict(undoing.ONLY_COMMITTED)
    if undoing.underway(placement) or placement.withdrawn.get("state") == "running":
        raise Conflict(msg("Esta carga ya se está deshaciendo."))
    if not look(work, placement).debts:
        raise Conflict(msg("Nada de lo que queda se puede retirar ahora."))
    placement.withdrawn = {
        "state": "running", "by": work.principal.name, "debts": 0, "cases": 0, "refused": {}, "after": _FIRST,
    }  # fmt: skip
    work.flush()
    work.audit("placement.rest_withdrawn", placement_id=placement.id, number=placement.number)
    work.outbox.add("intake.withdraw_rest", placement_id=placement.id)


def withdraw(open_work: OpenWork, placement_id: UUID) -> None:
    """Take it back, some cases at a time; a kill in between loses nothing, the job goes on."""
    while True:
        with open_work() as work:
            placement = open_placement(work, placement_id)
            done = placement.withdrawn
            if done.get("state") != "running":
                return
            left = _left(work, placement, after=UUID(done["after"]), most=AT_ONCE)
            last = work.session.scalar(text("SELECT max(case_id::text) FROM undo_cases"))
            if last is None:
                placement.withdrawn = {**done, "state": "done"}
                return
            found = recalls.recall(work, debts=[row.id for row in left], reason=Reason.ERROR, by=done["by"])
            refused = Counter(_refused(found.refused).values())
            kept = {debt_id for debt_id, _ in found.refused}
            placement.withdrawn = {
                **done, "debts": done["debts"] + found.debts, "after": last,
                "cases": done["cases"] + len({row.case_id for row in left if row.id not in kept}),
                "refused": dict(Counter(done["refused"]) + refused),
            }  # fmt: skip
            work.outbox.alive(advanced=True)
        reach("intake.withdrawn_part")
