"""What a placement of a generated portfolio has made, so that it can be compared with what it should have."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from recobro.intake import previewing, service
from tests.support.world import World


@dataclass(frozen=True)
class Made:
    """Rows of an agency: debts and different numbers among them, debtors, cases; sums that must agree."""

    debts: int
    references: int
    debtors: int
    cases: int
    original: int
    components: int
    balances: int


_MADE = """
SELECT (SELECT count(*) FROM debts WHERE agency_id = :agency), (SELECT count(DISTINCT reference_norm) FROM debts
        WHERE agency_id = :agency), (SELECT count(*) FROM debtors WHERE agency_id = :agency),
       (SELECT count(*) FROM cases WHERE agency_id = :agency),
       (SELECT coalesce(sum(original), 0)::bigint FROM debts WHERE agency_id = :agency),
       (SELECT coalesce(sum(owed), 0)::bigint FROM debt_components WHERE agency_id = :agency),
       (SELECT coalesce(sum(balance), 0)::bigint FROM case_balances WHERE agency_id = :agency)
"""


def made(world: World) -> Made:
    """What is there now."""
    with world.work() as work:
        return Made(*work.session.execute(text(_MADE), {"agency": work.agency_id}).one())


def confirmed(world: World, client_id: UUID, path: Path) -> UUID:
    """A file received, previewed and confirmed; nobody has committed it."""
    with world.work() as work, path.open("rb") as file:
        placement_id = service.receive(work, client_id=client_id, name=path.name, file=file).placement_id
        previewing.preview(work, placement_id)
        service.confirm(work, placement_id)
    return placement_id
