"""What a person decides about a pair besides making one of two: that they stay two, for now or for good."""

from uuid import UUID

from sqlalchemy import select

from kernel.problems import NotFound
from kernel.text import msg
from recobro.twins.refusing import MergeRefused
from recobro.twins.tables import DebtorPair
from tenants.work import Work


def open_pair(work: Work, pair_id: UUID, *, lock: bool = False) -> DebtorPair:
    """One pair of the agency's; missing and foreign are the same."""
    query = select(DebtorPair).where(DebtorPair.agency_id == work.agency_id, DebtorPair.id == pair_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Esa pareja no existe o no es tuya."))
    return found


def keep_apart(work: Work, pair_id: UUID, *, forever: bool) -> None:
    """They are two: until more speaks for one, or for good. Refused once they were merged."""
    pair = open_pair(work, pair_id, lock=True)
    if pair.state == "merged":
        raise MergeRefused(msg("Estos deudores ya se unieron."))
    pair.state = "never" if forever else "kept"
    pair.by, pair.at = work.principal.name, work.now()
    work.flush()
    work.audit("debtors.kept_apart", pair_id=pair_id, state=pair.state)


def propose_again(work: Work, pair_id: UUID) -> None:
    """Take back that they are two: the pair waits for a person again."""
    pair = open_pair(work, pair_id, lock=True)
    if pair.state in ("kept", "never"):
        pair.state = "proposed"
        pair.by, pair.at = work.principal.name, work.now()
        work.flush()
        work.audit("debtors.proposed_again", pair_id=pair_id)
