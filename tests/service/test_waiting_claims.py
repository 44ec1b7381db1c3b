"""Payments and credits that come before their invoice wait for it, are applied in the transaction that places it, once,
and go back with whichever file is undone."""

import os
import signal
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from recobro.cases.tables import CaseEvent, Debt
from recobro.intake import committing, previewing, service
from recobro.intake.repair import quarantine
from recobro.intake.tables import Placement, WaitingClaim
from recobro.intake.undo import undoing
from recobro.ledger.verification import verify
from recobro.payments.tables import Payment
from tenants import database
from tenants.roles import Role
from tests.service.test_invoice_placements import Door, credit_note, packed, paid, wired  # noqa: F401 - a fixture
from tests.support import invoice_samples as samples
from tests.support.world import World

# The day of the invoices' placement, so that a payment of it is one to the client.
TODAY = "2026-01-05"
EARLIER = "2026-01-02"


@pytest.fixture
def door(world: World, tmp_path: Path) -> Door:
    """A Mexican client."""
    return Door(world, tmp_path)


def states(door: Door) -> list[str]:
    """Of each claim that waits or waited, in the order of their keys."""
    with door.world.work() as work:
        return list(work.session.scalars(select(WaitingClaim.state).order_by(WaitingClaim.key)))


def placement_of(door: Door, answer: dict[str, Any]) -> Placement:
    """The placement of an answer."""
    with door.world.work() as work:
        return work.session.scalars(select(Placement).where(Placement.number == answer["placement"])).one()


def undone(door: Door, answer: dict[str, Any]) -> Placement:
    """A file that was undone."""
    placement = placement_of(door, answer)
    with door.world.work() as work:
        undoing.ask_undo(work, placement.id)
    undoing.undo(door.world.work, placement.id)
    with door.world.work() as work:
        assert verify(work.session, door.world.agency_id).faults == []
    return placement_of(door, answer)


def payments(door: Door) -> list[tuple[int, str]]:
    """Amount and state of every payment."""
    with door.world.work() as work:
        return [(one.amount, one.state) for one in work.session.scalars(select(Payment).order_by(Payment.id))]


def test_a_complement_waits_for_its_invoice_and_is_applied_when_that_comes(door: Door) -> None:
    first = door.bring(paid(samples.UUID, "1000.00", after="160.00", day=TODAY), "p.xml")
    assert (first["created"], first["changed"], first["claims_waiting"], first["kept"]) == (0, 0, 1, True)
    assert any("espera a su factura" in one["text"] for one in first["effects"])
    assert any("se aplica cuando llegue" in one["reason"] for one in first["no_debts"])

    second = door.bring(samples.cfdi())

    assert (second["created"], second["changed"], second["settlements"]) == (1, 1, 0)
    assert any("que esperaba se aplica" in one["text"] for one in second["effects"])
    assert (door.debts(), states(door)) == ([("A-0042", 1160_00, 160_00, "MXN")], ["met"])
    assert payments(door) == [(1000_00, "posted")]
    again = door.bring(paid(samples.UUID, "1000.00", after="160.00", day=TODAY), "p.xml")
    assert (again["kept"], door.debts()[0][2]) == (False, 160_00)


def test_complements_alone_are_movements_whatever_they_are_sent_as(door: Door) -> None:
    door.bring(samples.cfdi())
    files = packed({"p.xml": paid(samples.UUID, "1000.00", day=TODAY), "e.xml": credit_note(total="60.00")})
    found = door.bring(files, "pagos.zip")

    assert (found["kind"], found["created"], found["settlements"], found["credits"]) == ("financial", 0, 1, 1)
    assert not [one for one in found["no_debts"] if "no crea un adeudo" in one["reason"]]
    assert door.debts()[0][2] == 100_00
    with door.world.work() as work:
        again = service.receive(work, client_id=door.client_id, name="pagos.zip", file=BytesIO(files))
        assert (again.earlier, again.placement_id) == (True, placement_of(door, found).id)

    mixed = door.bring({"i.xml": samples.cfdi(), "q.xml": paid(samples.UUID, "10.00", part=2, day=TODAY)}, "todo.zip")
    assert (mixed["kind"], mixed["settlements"]) == ("placement", 1)


def test_a_sheet_with_the_uuid_is_the_invoice_that_was_waited_for(door: Door) -> None:
    door.bring({"p.xml": paid(samples.UUID, "400.00", after="760.00", day=EARLIER), "c.xml": credit_note()})
    assert states(door) == ["waiting", "waiting"]

    found = door.bring(
        f"Cliente,Factura,UUID,Vencimiento,Saldo\nDemo,A-0042,{samples.UUID},2025-12-01,1160.00\n", "c.csv"
    )

    assert (found["created"], found["changed"]) == (1, 2)
    assert (door.debts()[0][2], states(door), payments(door)) == (560_00, ["met", "met"], [])


def test_the_same_claim_in_two_files_waits_and_is_applied_once(door: Door) -> None:
    complement = paid(samples.UUID, "1000.00", after="160.00", day=TODAY)
    door.bring(complement, "p.xml")
    twice = door.bring({"p.xml": complement, "copia.xml": complement, "q.xml": credit_note(total="60.00")})
    assert (twice["claims_waiting"], states(door)) == (1, ["waiting", "waiting"])

    found = door.bring({"i.xml": samples.cfdi(), "p.xml": complement}, "todo.zip")

    assert (found["created"], found["settlements"], found["changed"]) == (1, 1, 2)
    assert (payments(door), door.debts()[0][2]) == ([(1000_00, "posted")], 100_00)
    assert states(door) == ["met", "met"]


def test_an_invoice_that_only_tells_its_uuid_is_met_too(door: Door) -> None:
    door.bring(paid(samples.UUID, "60.00", day=TODAY), "p.xml")
    door.bring("Factura,Cliente,Vence,Saldo\nA-0042,Tornillo,2026-04-01,1160.00\n", "c.csv")
    assert states(door) == ["waiting"]

    door.bring(samples.cfdi())

    assert (door.debts(), states(door)) == ([("A-0042", 1160_00, 1100_00, "MXN")], ["met"])


def test_another_clients_invoice_is_not_the_one(world: World, tmp_path: Path, door: Door) -> None:
    door.bring(paid(samples.UUID, "60.00", day=TODAY), "p.xml")

    Door(world, tmp_path, slug="otros").bring(samples.cfdi())

    assert (states(door), payments(door)) == (["waiting"], [])


def test_the_debt_and_what_waited_for_it_are_one_transaction(door: Door) -> None:
    door.bring(paid(samples.UUID, "1000.00", day=TODAY), "p.xml")
    with door.world.work() as work:
        found = service.receive(work, client_id=door.client_id, name="i.xml", file=BytesIO(samples.cfdi().encode()))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)

    for point, left in (("intake.placed", []), ("", [("A-0042", 1160_00, 160_00, "MXN")])):
        child = os.fork()
        if child == 0:
            try:
                os.environ["FAULTS"] = point
                database.current().engine.dispose(close=False)
                committing.commit(door.world.work, found.placement_id)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert (os.WTERMSIG(status) == signal.SIGKILL) == bool(point)
        assert door.debts() == left
    assert (states(door), payments(door)) == (["met"], [(1000_00, "posted")])


def test_undoing_the_complements_file_ends_the_wait_or_takes_the_payment_back(door: Door) -> None:
    complement = paid(samples.UUID, "1000.00", day=TODAY)
    first = door.bring(complement, "p.xml", kind="financial")
    assert undone(door, first).undone["debts"] == 1
    assert states(door) == ["dropped"]

    again = door.bring(complement, "p.xml", kind="financial")
    assert (again["kept"], again["claims_waiting"], states(door)) == (True, 1, ["waiting"])
    door.bring(samples.cfdi())
    assert door.debts()[0][2] == 160_00

    assert undone(door, again).undone["debts"] == 1
    assert (door.debts()[0][2], states(door)) == (1160_00, ["dropped"])
    assert payments(door) == [(1000_00, "reversed")]


def test_undoing_the_invoices_file_lets_a_credit_wait_again(door: Door) -> None:
    credit = door.bring(credit_note(total="1160.00"), "e.xml", kind="financial")
    first = door.bring(samples.cfdi())
    assert (door.debts()[0][2], states(door)) == (0, ["met"])

    assert undone(door, first).undone["debts"] == 1
    assert (door.debts(), states(door)) == ([], ["waiting"])

    door.bring(samples.cfdi())
    assert (door.debts()[0][2], states(door)) == (0, ["met"])
    assert undone(door, credit).undone["debts"] == 1
    assert door.debts()[0][2] == 1160_00


def test_undoing_the_invoices_file_leaves_a_debt_that_money_came_in_for(door: Door) -> None:
    door.bring(paid(samples.UUID, "1000.00", day=TODAY), "p.xml")
    first = door.bring(samples.cfdi())

    with door.world.work() as work:
        found = undoing.look(work, placement_of(door, first).id)
        assert (found.debts, [set(one.reasons) for one in found.groups]) == (0, [{"payment", "allocation", "money"}])


def test_undoing_a_file_of_debts_ends_the_wait_of_its_own_complements(door: Door) -> None:
    other = f"{samples.UUID[:-1]}7"
    door.bring(samples.cfdi(folio=' Folio="7"').replace(samples.UUID.lower(), other.lower()), "vieja.xml")
    mixed = door.bring(
        {
            "i.xml": samples.cfdi(), "a.xml": credit_note(other, total="60.00"),
            "p.xml": paid(f"{samples.UUID[:-1]}5", "5.00", day=TODAY),
        }
    )  # fmt: skip
    assert (mixed["created"], mixed["credits"], mixed["claims_waiting"]) == (1, 1, 1)
    with door.world.work() as work:
        assert undoing.look(work, placement_of(door, mixed).id).claims == 2

    after = undone(door, mixed)

    assert (after.undone["debts"], after.undone["claims"]) == (1, 2)
    assert (door.debts(), states(door)) == ([("7", 1160_00, 1160_00, "MXN")], ["dropped"])


def test_what_cannot_be_applied_when_its_invoice_comes_says_why_in_the_quarantine(door: Door) -> None:
    door.bring(paid(samples.UUID, "400.00", after="600.00", day=EARLIER), "p.xml")
    door.bring(paid(f"{samples.UUID[:-1]}7", "10.00", day=TODAY), "q.xml")

    found = door.bring(samples.cfdi())

    assert (found["created"], found["changed"], door.debts()[0][2]) == (1, 0, 1160_00)
    assert any("no se aplicó al llegar" in one["reason"] for one in found["warned"])
    with door.world.work() as work:
        first, second = quarantine.list_claims(work)
        assert (first.count, [str(one.amount) for one in first.sums]) == (1, ["400.00"])
        assert [(document, code) for document, code, _ in first.unmet] == [("P1", "settlement_before")]
        assert (second.count, second.unmet, quarantine.count_waiting(work)) == (1, [], 2)


def test_what_was_off_the_invoice_already_waits_no_more(door: Door) -> None:
    door.bring(paid(samples.UUID, "400.00", after="760.00", day=EARLIER), "p.xml")

    door.bring(f"Cliente,Factura,UUID,Vencimiento,Saldo\nDemo,A-0042,{samples.UUID},2025-12-01,760.00\n", "c.csv")

    assert (door.debts()[0][2], states(door)) == (760_00, ["dropped"])


def test_a_payment_of_the_day_counts_from_it_and_one_from_before_lowers_the_debt(door: Door) -> None:
    door.bring({"p.xml": paid(samples.UUID, "1000.00", after="160.00", day=EARLIER)})
    door.bring(samples.cfdi())

    with door.world.work() as work:
        debt = work.session.scalars(select(Debt)).one()
        title = work.session.scalars(select(CaseEvent.title).where(CaseEvent.ref_table == "credits")).one()
        assert (debt.balance, debt.created_at.date()) == (160_00, date(2026, 1, 5))
        assert title == "Pagado al cliente antes de la entrega, según {document}: {amount} menos"
        assert work.session.execute(text("SELECT count(*) FROM payments")).scalar_one() == 0


def test_a_client_sees_what_waited_in_the_preview_of_its_own_file(door: Door) -> None:
    door.bring(paid(samples.UUID, "1000.00", day=TODAY), "p.xml")
    client = door.world.principal(Role.CLIENT_UPLOADER, client_id=door.client_id)

    with door.world.work(client) as work:
        made = service.receive(work, client_id=door.client_id, name="i.xml", file=BytesIO(samples.cfdi().encode()))
        assert previewing.preview(work, made.placement_id).counts["changed"] == 1
        assert [one.count for one in quarantine.list_claims(work)] == [1]
        service.confirm(work, made.placement_id)
    committing.commit(door.world.work, made.placement_id)

    assert (door.debts()[0][2], states(door)) == (160_00, ["met"])
