"""What a file of another kind than new debts did, written down while it is done: by this it can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from kernel.ids import new_id
from recobro.intake.tables import Placement, PlacementEffect
from tenants.work import Work


@dataclass(frozen=True)
class Effect:
    """One thing that was done (`recalled`, `paid`, `reversed`, `charged`, `credited`), to what, on whose case.
    `brought_by`: the file that it is of, where that is another than the one that is being done."""

    kind: str
    ref_id: UUID
    case_id: UUID | None
    details: Mapping[str, Any] = field(default_factory=dict)
    brought_by: UUID | None = None


def keep(work: Work, placement: Placement, done: Sequence[Effect]) -> None:
    """Write down what was done, in its order."""
    if not done:
        return
    common = {"agency_id": work.agency_id, "client_id": placement.client_id, "at": work.now()}
    work.session.execute(
        insert(PlacementEffect),
        [{**common, "id": new_id(), "placement_id": one.brought_by or placement.id, "kind": one.kind,
          "ref_id": one.ref_id, "case_id": one.case_id,
          "details": dict(one.details)} for one in done],
    )  # fmt: skip


def of(work: Work, placement: Placement) -> Sequence[PlacementEffect]:
    """What a placement did, the last first; what it only said again is not done."""
    return work.session.scalars(
        select(PlacementEffect)
        .where(
            PlacementEffect.agency_id == work.agency_id,
            PlacementEffect.placement_id == placement.id,
            PlacementEffect.kind != "listed",
        )
        .order_by(PlacementEffect.id.desc())
    ).all()
