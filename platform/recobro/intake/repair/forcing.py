"""Overruling what stands against the rows of a recall, cause by cause, once its consequences were shown."""

from collections.abc import Collection
from uuid import UUID

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake import lifecycle, previewing
from recobro.intake.lifecycle import State
from recobro.intake.service import open_placement
from recobro.recalls.rules import Cause
from tenants.work import Work


def force(work: Work, placement_id: UUID, *, causes: Collection[Cause], why: str) -> None:
    """Take the rows of these causes too, and those of no other; the file is previewed anew. Who may is the caller's to
    know. Refused: no reason, a file of another kind, one that is confirmed."""
    placement = open_placement(work, placement_id)
    if placement.kind != "recall":
        raise Invalid(msg("Solo un retiro se puede forzar."))
    if causes and not why.strip():
        raise Invalid(msg("Di por qué se retira de todos modos."))
    placement.state = lifecycle.after(placement.state, State.UPLOADED)
    others = {name: value for name, value in placement.options.items() if name not in ("force", "force_why")}
    chosen = sorted(cause.value for cause in causes)
    placement.options = {**others, "force": chosen, "force_why": why.strip()[:500]} if chosen else others
    work.flush()
    work.audit("recall.forced", placement_id=placement.id, number=placement.number, forced=chosen, why=why.strip())
    previewing.ask_preview(work, placement_id)
