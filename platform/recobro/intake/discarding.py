"""A file that was brought and never confirmed is laid aside: nothing of it became a debt, and nothing will."""

from uuid import UUID

from kernel.text import msg
from recobro.intake import lifecycle
from recobro.intake.lifecycle import State
from recobro.intake.service import open_placement
from recobro.intake.staged.placed import done_lines
from recobro.intake.staged.repairs import NotRepairable
from recobro.intake.tables import Placement
from tenants.work import Work


def discard(work: Work, placement_id: UUID) -> Placement:
    """Lay a placement aside that is not confirmed; the same file may come again. Its file stays as every file does
    that was received. Refused once it is confirmed, or when a part of it was placed before it failed."""
    placement = open_placement(work, placement_id)
    work.session.refresh(placement, with_for_update=True)
    placement.state = lifecycle.after(placement.state, State.DISCARDED)
    if done_lines(work, placement):
        raise NotRepairable(msg("Una parte de esta carga ya entró: no se descarta."))
    placement.fingerprint = f"discarded:{placement.id}"
    work.flush()
    work.audit("placement.discarded", placement_id=placement.id, number=placement.number)
    return placement
