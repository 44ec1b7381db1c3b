"""What is kept of the repairs of a file, act by act, and of the causes whose rows are knowingly left out."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text

from kernel.problems import Conflict, Invalid
from kernel.text import msg
from recobro.intake.checks.causes import Cause
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.staged.fixes import MOST_CELLS, MOST_VALUES, Fix, Overlay, digest, overlay
from recobro.intake.staged.placed import done_lines
from recobro.intake.tables import Placement, PlacementFix
from tenants.work import Work

# The names under which a placement's options keep the sum of its repairs and what is left out.
_SUM, _LEFT_OUT = "repairs", "left_out"
MOST_TEXT = 500


class TooManyFixes(Invalid):
    """More repairs than are made in place."""

    code = "intake.too_many_fixes"


class NotRepairable(Conflict):
    """The placement is at a step where its file is not repaired."""

    code = "intake.not_repairable"


def check_repairable(placement: Placement) -> None:
    """Refuse a placement that is being committed, or is or was undone."""
    if placement.undone or (placement.state not in OPEN and placement.state != State.COMMITTED):
        raise NotRepairable(msg("Esta carga ya está en otro paso; actualiza la página."))


def hold(work: Work, placement: Placement) -> None:
    """Have a placement to oneself to the end of the transaction, as it is now; refused when it is not repaired now."""
    work.session.refresh(placement, with_for_update=True)
    check_repairable(placement)


def overlay_of(work: Work, placement: Placement) -> Overlay:
    """What is laid over a placement's file; costs nothing when nothing was repaired."""
    return overlay(acts_of(work, placement.id)) if placement.options.get(_SUM) else Overlay()


def acts_of(work: Work, placement_id: UUID, *, since: datetime | None = None) -> list[list[Fix]]:
    """The repairs of a placement, each act's together, the first first; those after an instant, when one is given."""
    found = work.session.execute(
        select(PlacementFix.made_at, PlacementFix.line, PlacementFix.column_index, PlacementFix.old, PlacementFix.new)
        .where(*_mine(work, placement_id, since))
        .order_by(PlacementFix.made_at, PlacementFix.line, PlacementFix.column_index)
    )
    return [[Fix(*row[1:]) for row in act] for _, act in groupby(found, key=lambda row: row.made_at)]


def _mine(work: Work, placement_id: UUID, since: datetime | None = None) -> list[ColumnElement[bool]]:
    mine = [PlacementFix.agency_id == work.agency_id, PlacementFix.placement_id == placement_id]
    return mine if since is None else [*mine, PlacementFix.made_at > since]


def keep(work: Work, placement: Placement, fixes: Sequence[Fix]) -> None:
    """Keep one act of repairs; refused beyond what is mended in place."""
    hold(work, placement)
    done = done_lines(work, placement)
    if (line := next((fix.line for fix in fixes if fix.line and fix.line in done), None)) is not None:
        raise NotRepairable(msg("La fila {line} ya se cargó: aquí ya no se corrige."), line=line)
    if any(len(fix.new) > MOST_TEXT or not fix.new.isprintable() for fix in fixes):
        raise Invalid(msg("Un valor es demasiado largo o tiene signos que no se pueden escribir."))
    acts = [*acts_of(work, placement.id), list(fixes)]
    if sum(1 for act in acts for fix in act if fix.line) > MOST_CELLS:
        raise TooManyFixes(
            msg("Son más de {limit} celdas: corrígelas en tu archivo y súbelo de nuevo."), limit=MOST_CELLS
        )
    after = overlay(acts)
    if any(len(said) > MOST_VALUES for said in after.values.values()):
        raise TooManyFixes(
            msg("Son más de {limit} valores distintos en una columna: corrígelos en tu archivo y súbelo de nuevo."),
            limit=MOST_VALUES,
        )
    last = _last(work, placement)
    earlier = [at + timedelta(microseconds=1) for at in (last, placement.committed_at) if at is not None]
    now = max(work.now(), *earlier) if earlier else work.now()
    work.session.execute(
        text(_KEEP),
        {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id, "now": now,
         "who": work.principal.name, "fixes": json.dumps([fix._asdict() for fix in fixes])},
    )  # fmt: skip
    _sum_up(placement, after)
    work.audit("placement.repaired", placement_id=placement.id, fixes=len(fixes))


_KEEP = """
INSERT INTO placement_fixes (agency_id, client_id, id, placement_id, line, column_index, old, new, made_at, made_by)
SELECT :agency, :client, uuidv7(), :placement, f.line, f."column", f.old, f.new, :now, :who
FROM jsonb_to_recordset(CAST(:fixes AS jsonb)) AS f (line int, "column" int, old text, new text)
"""


def _last(work: Work, placement: Placement) -> datetime | None:
    return work.session.scalar(select(func.max(PlacementFix.made_at)).where(*_mine(work, placement.id)))


def sealed_at(work: Work, placement: Placement) -> datetime:
    """The instant at which a batch is done: never before the last repair that it was made with."""
    last = _last(work, placement)
    return work.now() if last is None else max(work.now(), last)


def take_back(work: Work, placement: Placement, column_index: int | None = None) -> int:
    """Forget the last act of repairs, or all of a column. You get how many repairs it were. What was mended before the
    last batch stays: what was placed rests on it."""
    hold(work, placement)
    mine = _mine(work, placement.id, placement.committed_at)
    if column_index is None:
        last = select(func.max(PlacementFix.made_at)).where(*mine).scalar_subquery()
        which = PlacementFix.made_at == last
    else:
        which = PlacementFix.column_index == column_index
    gone = work.session.execute(delete(PlacementFix).where(*mine, which).returning(PlacementFix.id)).all()
    _sum_up(placement, overlay(acts_of(work, placement.id)))
    work.audit("placement.repairs_undone", placement_id=placement.id, fixes=len(gone))
    return len(gone)


def _sum_up(placement: Placement, after: Overlay) -> None:
    others = {name: value for name, value in placement.options.items() if name != _SUM}
    found = digest(after)
    placement.options = {**others, _SUM: found} if found else others


def left_out(placement: Placement) -> frozenset[Cause]:
    """The causes whose rows are left out knowingly."""
    return frozenset(Cause(*one) for one in placement.options.get(_LEFT_OUT, ()))


def set_left_out(placement: Placement, causes: Collection[Cause]) -> None:
    """Keep which causes' rows are left out of a placement that is held."""
    others = {name: value for name, value in placement.options.items() if name != _LEFT_OUT}
    placement.options = {**others, _LEFT_OUT: sorted(map(list, causes))} if causes else others
