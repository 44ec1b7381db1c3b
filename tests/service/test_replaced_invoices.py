"""An invoice that replaces one that is here: in one act the old one is recalled, with a recall's refusals, and the new
one goes in."""

from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.money import Money
from recobro.cases import flags
from recobro.cases.tables import Case, Debt
from recobro.intake import committing, previewing, service
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.repair import repairing
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from recobro.recalls.rules import DISPUTED
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.service.test_invoice_placements import (  # noqa: F401 - a fixture
    NEW,
    OLD,
    Door,
    _first,
    _replacing,
    packed,
    paid,
    wired,
)
from tests.support.world import World

FILES: dict[str, str | bytes] = {
    "b.xml": _replacing(NEW, OLD, "101"),
    "c.xml": _first(f"{OLD[:-1]}4").replace('Folio="100"', 'Folio="200"'),
}


@pytest.fixture
def door(world: World, tmp_path: Path) -> Door:
    """A Mexican client with the invoice that is replaced."""
    found = Door(world, tmp_path)
    found.bring(_first())
    return found


def states(door: Door) -> dict[str, str]:
    """Every debt's state."""
    with door.world.work() as work:
        return {debt.reference: debt.state for debt in work.session.scalars(select(Debt))}


def committed(door: Door) -> Placement:
    """A file with one invoice that went in and one that replaces what is here."""
    found = door.bring(FILES)
    assert (found["created"], len(found["conflicts"])) == (1, 1)
    with door.world.work() as work:
        return work.session.scalars(select(Placement).where(Placement.number == found["placement"])).one()


def replaced(door: Door, placement: Placement) -> bool:
    """Somebody presses, and the job runs if there is one."""
    with door.world.work() as work:
        done = repairing.replace(work, placement.id, wanted=True)
    committing.commit(door.world.work, placement.id)
    return done


def test_with_one_press_the_old_one_is_recalled_and_the_new_one_goes_in(door: Door) -> None:
    placement = committed(door)

    assert replaced(door, placement)

    assert states(door) == {"Z-100": "recalled", "Z-101": "open", "Z-200": "open"}
    with door.world.work() as work:
        kept = work.session.get_one(Placement, (work.agency_id, placement.id))
        assert (kept.state, kept.counts["created"], kept.counts["conflicts"]) == ("committed", 2, 0)
        assert {case.stage for case in work.session.scalars(select(Case))} == {"received"}
        names = work.session.scalars(select(OutboxRow.name).where(OutboxRow.name == "intake.acknowledge")).all()
        assert len(names) >= 2


def test_of_a_draft_nothing_is_recalled_before_it_is_confirmed_and_the_act_is_taken_back(door: Door) -> None:
    with door.world.work() as work:
        made = service.receive(work, client_id=door.client_id, name="z.zip", file=BytesIO(packed(FILES)))
        previewing.preview(work, made.placement_id)
        assert repairing.replace(work, made.placement_id, wanted=True)
        placement = service.open_placement(work, made.placement_id)
        assert (placement.counts["created"], placement.counts["changed"], placement.counts["conflicts"]) == (2, 1, 0)
        assert ["1 factura se retira: otra de esta carga la sustituye", 1] in placement.counts["effects"]
        repairing.replace(work, made.placement_id, wanted=False)
        assert (placement.counts["created"], placement.counts["conflicts"]) == (1, 1)
        repairing.replace(work, made.placement_id, wanted=True)
    assert states(door) == {"Z-100": "open"}

    with door.world.work() as work:
        service.confirm(work, made.placement_id)
    committing.commit(door.world.work, made.placement_id)

    assert states(door) == {"Z-100": "recalled", "Z-101": "open", "Z-200": "open"}


def test_what_a_recall_refuses_stays_with_its_reason(door: Door) -> None:
    placement = committed(door)
    with door.world.work() as work:
        case_id = work.session.scalars(select(Debt.case_id).where(Debt.reference == "Z-100")).one()
        flags.open_flag(work, case_id=case_id, kind="dispute", reason="No la reconoce")

    assert not replaced(door, placement)

    assert states(door) == {"Z-100": "open", "Z-200": "open"}
    with door.world.work() as work:
        kept = work.session.get_one(Placement, (work.agency_id, placement.id))
        assert (kept.counts["created"], kept.counts["conflicts"]) == (1, 1)


def test_a_client_who_confirms_such_a_draft_is_told_which_debt_stays_and_why(door: Door) -> None:
    client = door.world.principal(Role.CLIENT_UPLOADER, client_id=door.client_id)
    with door.world.work() as work:
        made = service.receive(work, client_id=door.client_id, name="z.zip", file=BytesIO(packed(FILES)))
        previewing.preview(work, made.placement_id)
        assert repairing.replace(work, made.placement_id, wanted=True)
        case_id = work.session.scalars(select(Debt.case_id).where(Debt.reference == "Z-100")).one()
        flags.open_flag(work, case_id=case_id, kind="dispute", reason="No la reconoce")

    with door.world.work(client) as work:
        previewing.preview(work, made.placement_id)
        service.confirm(work, made.placement_id)
    committing.commit(door.world.work, made.placement_id)

    assert states(door) == {"Z-100": "open"}
    with door.world.work() as work:
        kept = work.session.get_one(Placement, (work.agency_id, made.placement_id))
        assert kept.failure["template"] == DISPUTED
        assert kept.failure["details"] == {"reference": "Z-100", "amount": str(Money(116000, "MXN"))}
        assert State(kept.state) in OPEN
        assert kept.options["recall_replaced"]
        repairing.replace(work, made.placement_id, wanted=False)
        service.confirm(work, made.placement_id)
    committing.commit(door.world.work, made.placement_id)
    assert states(door) == {"Z-100": "open", "Z-200": "open"}, "the draft goes on without what stays"


def test_undoing_the_file_claims_the_old_one_again(door: Door) -> None:
    placement = committed(door)
    replaced(door, placement)

    with door.world.work() as work:
        undoing.ask_undo(work, placement.id)
    undoing.undo(door.world.work, placement.id)

    assert states(door) == {"Z-100": "open"}


def test_what_was_paid_is_not_recalled_and_both_are_not_claimed(door: Door) -> None:
    door.bring(paid(OLD, "1160.00", day="2026-01-05"), "p.xml")
    assert states(door) == {"Z-100": "paid"}
    placement = committed(door)

    assert not replaced(door, placement)

    assert states(door) == {"Z-100": "paid", "Z-200": "open"}
    with door.world.work() as work:
        kept = work.session.get_one(Placement, (work.agency_id, placement.id))
        assert ["warned", "recall_paid", 1] in kept.counts["causes"]
