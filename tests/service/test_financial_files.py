"""A client's ledger: payments it received, payments taken back, charges and credits, each once."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.cases.tables import Case, CaseEvent, Debt, DebtComponent
from recobro.cli.importing import run
from recobro.commissions.tables import CommissionLine
from recobro.config import Settings
from recobro.intake import committing, previewing, service
from recobro.intake.declared import compare, read_line
from recobro.intake.repair import repairing
from recobro.intake.tables import Placement, PlacementIssue
from recobro.ledger.verification import verify
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.payments.tables import Payment
from recobro.wiring import wire
from tenants.context import job_principal
from tests.support.database import SECRET
from tests.support.world import World, mxn

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


@pytest.fixture
def client_id(world: World) -> UUID:
    """A client with one case, here for a month: A-1 owes 1,000.00 and A-2 owes 500.00."""
    made = world.client()
    day = world.clock.now().date() - timedelta(days=60)
    world.case(made, customer_ref="C-9", debts=[("A-1", mxn("1000.00"), day), ("A-2", mxn("500.00"), day)])
    with world.work() as work:
        for debt in work.session.scalars(select(Debt)):
            debt.created_at -= timedelta(days=30)
    return made


def looked(world: World, client_id: UUID, text: str, fields: dict[int, str] | None = None) -> Placement:
    with world.work() as work:
        found = service.receive(
            work, client_id=client_id, name="pagos.csv", file=BytesIO(text.encode()), kind="financial", again=True
        )
        service.choose(work, found.placement_id, fields=fields)
        return previewing.preview(work, found.placement_id)


def posted(world: World, client_id: UUID, text: str, fields: dict[int, str] | None = None) -> Placement:
    placement = looked(world, client_id, text, fields)
    with world.work() as work:
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    with world.work() as work:
        done = service.open_placement(work, placement.id)
        assert done.state == "committed", done.failure
        assert verify(work.session, world.agency_id).faults == []
        return done


def issues(world: World, placement: Placement) -> list[tuple[str, str, int]]:
    with world.work() as work:
        found = work.session.scalars(
            select(PlacementIssue).where(PlacementIssue.placement_id == placement.id).order_by(PlacementIssue.line)
        )
        return [(one.kind, one.code, one.line) for one in found]


def balances(world: World) -> dict[str, tuple[int, str]]:
    with world.work() as work:
        return {one.reference: (one.balance, one.state) for one in work.session.scalars(select(Debt))}


def payments(world: World) -> list[Payment]:
    with world.work() as work:
        return list(work.session.scalars(select(Payment).order_by(Payment.number)))


ONE = "Factura,Fecha pago,Importe,Id pago\nA-1,2026-01-02,400.00,T-77\n"


def test_a_payment_to_the_client_counts_from_its_day_and_earns_its_commission(world: World, client_id: UUID) -> None:
    placement = posted(world, client_id, ONE)

    assert (placement.counts["changed"], placement.totals) == (1, {"MXN": {"count": 1, "sum": 400_00}})
    assert placement.counts["effects"] == [["{count} pago directo al cliente", 1]]
    assert balances(world)["A-1"] == (600_00, "open")
    (payment,) = payments(world)
    assert (payment.direction, payment.received_on.isoformat(), payment.reference) == (
        "to_client",
        "2026-01-02",
        "T-77",
    )
    with world.work() as work:
        assert work.session.scalars(select(CommissionLine.commission)).all() == [100_00]


def test_the_same_movement_again_changes_nothing(world: World, client_id: UUID) -> None:
    posted(world, client_id, ONE)

    again = looked(world, client_id, ONE.replace("T-77\n", "t-77\nA-2,2026-01-02,10.00,T-78\n"))
    without = looked(world, client_id, "Factura,Fecha pago,Importe\nA-1,2026-01-02,400.00\n")

    assert (again.counts["changed"], again.counts["unchanged"]) == (1, 1)
    assert (without.counts["changed"], issues(world, without)) == (0, [("conflict", "fin_alike", 2)])


def test_a_minus_beside_a_type_is_asked_about_and_among_others_without_it_is_the_contrary(
    world: World, client_id: UUID
) -> None:
    rows = "A-1,2026-01-02,-10.00,Nota de crédito\nA-2,2026-01-02,-20.00,Pago\nA-2,2026-01-02,5.00,Cargo\n"
    placement = posted(world, client_id, f"Factura,Fecha pago,Importe,Tipo\n{rows}")
    found = issues(world, placement)
    assert found[:2] == [("conflict", "fin_minus", 2), ("conflict", "fin_minus", 3)]
    assert balances(world)["A-1"] == (1000_00, "open")

    with world.work() as work:
        repairing.accept(work, placement.id, shown=[2, 3], lines=[2, 3])
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)
    assert (balances(world)["A-1"], balances(world)["A-2"]) == ((990_00, "open"), (485_00, "open"))
    again = looked(world, client_id, f"Factura,Fecha pago,Importe,Tipo\n{rows}")
    assert (again.counts["unchanged"], again.counts["conflicts"]) == (3, 0)

    mixed = posted(
        world, client_id,
        "Factura,Fecha pago,Importe,Tipo,Id pago\nA-1,2026-01-03,7.00,Pago,X\nA-1,2026-01-03,-7.00,Pago,X\n",
    )  # fmt: skip
    assert ("warned", "fin_contrary", 3) in issues(world, mixed)
    assert balances(world)["A-1"] == (990_00, "open")


BARE = "Factura,Fecha pago,Importe\nA-1,2026-01-02,10.00\nA-1,2026-01-02,10.00\n"


def test_a_second_payment_like_the_first_waits_for_a_person_and_is_taken_once(world: World, client_id: UUID) -> None:
    placement = posted(world, client_id, BARE)
    assert issues(world, placement) == [("conflict", "fin_alike_row", 3)]
    assert (len(payments(world)), balances(world)["A-1"]) == (1, (990_00, "open"))

    with world.work() as work:
        assert repairing.accept(work, placement.id, shown=[3], lines=[2, 3, 99])
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)

    assert ("warned", "fin_taken", 3) in issues(world, placement)
    assert (len(payments(world)), balances(world)["A-1"]) == (2, (980_00, "open"))
    again = looked(world, client_id, BARE)
    assert (again.counts["changed"], again.counts["unchanged"], again.counts["conflicts"]) == (0, 2, 0)


def test_a_payment_like_one_of_another_file_waits_and_may_be_taken_before_it_is_confirmed(
    world: World, client_id: UUID
) -> None:
    posted(world, client_id, "Factura,Fecha pago,Importe,Tipo\nA-1,2026-01-02,10.00,Pago\nA-1,2026-01-02,5.00,Cargo\n")

    placement = looked(
        world, client_id, "Factura,Fecha pago,Importe,Tipo\nA-1,2026-01-02,10.00,Abono\nA-1,2026-01-02,5.00,Cargo\n"
    )
    assert [one for one in issues(world, placement) if one[0] == "conflict"] == [
        ("conflict", "fin_alike", 2), ("conflict", "fin_alike_noted", 3),
    ]  # fmt: skip

    with world.work() as work:
        repairing.accept(work, placement.id, shown=[2, 3], lines=[2])
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)

    assert balances(world)["A-1"] == (985_00, "open")


def test_a_payment_that_gets_its_id_in_the_next_file_is_not_booked_again(world: World, client_id: UUID) -> None:
    posted(world, client_id, "Factura,Fecha pago,Importe\nA-1,2026-01-02,400.00\n")

    assert issues(world, looked(world, client_id, ONE)) == [("conflict", "fin_alike", 2)]


def test_a_row_twice_counts_once_until_somebody_takes_both_and_one_id_with_two_amounts_is_a_conflict(
    world: World, client_id: UUID
) -> None:
    placement = looked(
        world,
        client_id,
        "Factura,Fecha pago,Importe,Id pago\n"
        "A-1,2026-01-02,10.00,\nA-1,2026-01-02,10.00,\nA-1,2026-01-03,20.00,X\nA-1,2026-01-03,25.00,X\n",
    )

    assert issues(world, placement) == [("conflict", "fin_alike_row", 3), ("conflict", "fin_in_file_amount", 5)]
    assert placement.counts["changed"] == 2


def test_what_cannot_be_applied_is_named_with_its_reason(world: World, client_id: UUID) -> None:
    world.case(client_id, name="Otra Demo", debts=[("B-1", mxn("50.00"), world.clock.now().date())])
    with world.work() as work:
        work.session.scalars(select(Debt).where(Debt.reference == "A-2")).one().state = "recalled"

    placement = looked(
        world,
        client_id,
        "Factura,Fecha pago,Importe,Moneda,Tipo,No cliente\n"
        "Z-9,2026-01-02,10.00,MXN,Pago,\nA-2,2026-01-02,10.00,MXN,Pago,\nA-1,2026-01-02,10.00,USD,Pago,\n"
        "A-1,2030-02-02,10.00,MXN,Pago,\nA-1,2026-01-02,10.00,MXN,Trueque,\nA-1,2026-01-02,10.00,MXN,Pago,C-1\n"
        "A-1,2026-01-02,10.00,MXN,Reverso,\nB-1,2026-01-05,50.00,MXN,Pago,\nB-1,2026-01-05,1.00,MXN,Pago,\n",
    )

    assert [(code, line) for kind, code, line in issues(world, placement) if kind == "rejected"] == [
        ("fin_unknown", 2), ("fin_recalled", 3), ("fin_currency", 4), ("fin_early", 5), ("fin_movement", 6),
        ("fin_other_debtor", 7), ("fin_no_payment", 8), ("fin_closed", 10),
    ]  # fmt: skip
    assert placement.counts["changed"] == 1
    assert placement.counts["file"]["MXN"] == {"count": 7, "sum": 101_00}


def test_a_payment_that_failed_is_none_and_a_charge_that_is_taken_back_leaves_payments_alone(
    world: World, client_id: UUID
) -> None:
    head = "Factura,Fecha pago,Importe,Tipo\n"
    failed = looked(
        world,
        client_id,
        f"{head}A-1,2026-01-02,250.00,Pago rechazado\nA-1,2026-01-02,250.00,Pago cancelado\n"
        "A-1,2026-01-02,250.00,Transferencia devuelta\nA-1,2026-01-02,250.00,Pago fallido\n",
    )

    assert failed.counts["changed"] == 0
    assert [code for _, code, _ in issues(world, failed)] == [
        "fin_movement", "fin_no_payment", "fin_no_payment", "fin_movement",
    ]  # fmt: skip
    posted(world, client_id, f"{head}A-1,2026-01-02,100.00,Pago\nA-1,2026-01-03,100.00,Cancelación de cargo\n")
    assert [one.state for one in payments(world)] == ["posted"]
    assert balances(world)["A-1"] == (800_00, "open")


def test_a_payment_from_before_the_debt_came_is_asked_about_and_is_no_recovery(world: World, client_id: UUID) -> None:
    text = "Factura,Fecha pago,Importe\nA-1,2025-11-20,40.00\n"
    placement = looked(world, client_id, text)
    assert (issues(world, placement), placement.counts["changed"]) == ([("conflict", "fin_before", 2)], 0)

    with world.work() as work:
        repairing.accept(work, placement.id, shown=[2], lines=[2])
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)

    assert (payments(world), balances(world)["A-1"]) == ([], (960_00, "open"))
    assert looked(world, client_id, text).counts["unchanged"] == 1


def test_more_than_is_owed_is_held_out_until_a_person_mends_it_or_takes_what_is_owed(
    world: World, client_id: UUID
) -> None:
    text = "Factura,Fecha pago,Importe\nA-2,2026-01-02,800.00\n"
    placement = looked(world, client_id, text)

    assert (placement.counts["changed"], placement.counts["rejected"]) == (0, 1)
    assert ["rejected", "fin_over", "Importe", 1, [["800.00", 1]]] in placement.counts["mends"]
    assert placement.counts["file"] == {"MXN": {"count": 1, "sum": 800_00}}
    with world.work() as work:
        service.choose(work, placement.id, excess=True)
        previewing.preview(work, placement.id)
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    assert issues(world, placement) == [("warned", "fin_excess", 2)]
    assert balances(world) == {"A-1": (1000_00, "open"), "A-2": (0, "paid")}
    assert (payments(world)[0].applied, payments(world)[0].unapplied) == (500_00, 0)
    assert looked(world, client_id, text).counts["changed"] == 0


def test_a_ledger_with_charges_and_credits_in_two_columns_is_posted_in_the_order_of_its_days(
    world: World, client_id: UUID
) -> None:
    placement = posted(
        world,
        client_id,
        "FACTURA,FECHA,TIPO,CARGO,ABONO\n"
        "A-1,2026-01-03,Pago,,1100.00\nA-1,2026-01-02,Intereses,100.00,\nA-2,2026-01-04,Nota de crédito,,50.00\n",
    )

    assert placement.counts["changed"] == 3
    assert placement.totals == {"MXN": {"count": 3, "sum": 1050_00}}
    assert balances(world) == {"A-1": (0, "paid"), "A-2": (450_00, "open")}
    with world.work() as work:
        part = work.session.scalars(select(DebtComponent).where(DebtComponent.kind == "default_interest")).one()
        assert (part.charged, part.owed) == (100_00, 0)
        assert work.session.scalars(select(Debt.original).where(Debt.reference == "A-1")).one() == 1000_00
        assert work.session.scalars(select(CaseEvent).where(CaseEvent.ref_table == "charges")).one().body == ""
    assert looked(
        world,
        client_id,
        "FACTURA,FECHA,TIPO,CARGO,ABONO\n"
        "A-2,2026-01-04,Nota de crédito,,50.00\nA-1,2026-01-02,Intereses,100.00,\n",
    ).counts["conflicts"] == 2  # fmt: skip


def test_a_negative_amount_takes_the_payment_back_and_the_case_waits_again(world: World, client_id: UUID) -> None:
    posted(world, client_id, "Factura,Fecha pago,Importe,Id pago\nA-1,2026-01-02,1000.00,T\nA-2,2026-01-02,500.00,U\n")
    with world.work() as work:
        assert work.session.scalars(select(Case.close_code)).one() == "paid"

    back = "Factura,Fecha pago,Importe,Id pago\nA-1,2026-01-03,-1000.00,T\n"
    placement = posted(world, client_id, back)

    assert placement.counts["effects"] == [["{count} pago que se cancela", 1]]
    assert balances(world)["A-1"] == (1000_00, "open")
    assert [one.state for one in payments(world)] == ["reversed", "posted"]
    with world.work() as work:
        assert work.session.scalars(select(Case.stage)).one() == "calls"
        assert sum(work.session.scalars(select(CommissionLine.commission))) == 125_00
    again = looked(world, client_id, back + "A-1,2026-01-02,1000.00,T\n")
    assert (again.counts["changed"], again.counts["unchanged"]) == (0, 2)


def test_a_payment_and_its_reversal_in_one_file_leave_the_debt_as_it_was(world: World, client_id: UUID) -> None:
    posted(
        world,
        client_id,
        "Factura,Fecha pago,Importe,Tipo,Id pago\nA-1,2026-01-02,1000.00,Pago,T\n"
        "A-1,2026-01-03,1000.00,Cheque devuelto,T\n"
        "A-1,2026-01-04,300.00,Pago,V\n",
    )

    assert balances(world)["A-1"] == (700_00, "open")


def test_an_id_alone_takes_back_all_that_it_paid(world: World, client_id: UUID) -> None:
    posted(world, client_id, "Factura,Fecha pago,Importe,Id pago\nA-1,2026-01-02,300.00,T\nA-2,2026-01-02,200.00,T\n")

    posted(world, client_id, "Fecha pago,Importe,Tipo,Id pago\n2026-01-03,500.00,Reverso,T\n")

    assert balances(world) == {"A-1": (1000_00, "open"), "A-2": (500_00, "open")}


MOVED = "Factura,Fecha pago,Importe,Tipo,Id pago\n"


def test_an_id_that_is_here_with_another_amount_is_a_conflict_whatever_it_moves(world: World, client_id: UUID) -> None:
    posted(world, client_id, MOVED + "A-1,2026-01-02,100.00,Pago,P\nA-1,2026-01-02,30.00,Cargo,C\n"
           "A-1,2026-01-02,20.00,Nota de crédito,N\n")  # fmt: skip

    other = looked(world, client_id, MOVED + "A-1,2026-01-02,120.00,Pago,P\nA-1,2026-01-02,35.00,Cargo,C\n"
                   "A-1,2026-01-02,25.00,Nota de crédito,N\n")  # fmt: skip

    assert [one for one in issues(world, other) if one[0] == "conflict"] == [
        ("conflict", "fin_known_amount", 2), ("conflict", "fin_known_other", 3), ("conflict", "fin_known_other", 4),
    ]  # fmt: skip
    assert other.counts["unchanged"] == 0


def test_a_payment_that_came_back_and_is_made_again_waits_and_is_taken_once(world: World, client_id: UUID) -> None:
    posted(world, client_id, MOVED + "A-1,2026-01-02,100.00,Pago,CH-1\n")
    posted(world, client_id, MOVED + "A-1,2026-01-03,100.00,Reverso,CH-1\n")
    again = MOVED + "A-1,2026-01-05,100.00,Pago,CH-1\n"

    waiting = looked(world, client_id, again)
    assert issues(world, waiting) == [("conflict", "fin_returned", 2)]
    with world.work() as work:
        repairing.accept(work, waiting.id, shown=[2], lines=[2])
        service.confirm(work, waiting.id)
    committing.commit(world.work, waiting.id)
    assert balances(world)["A-1"] == (900_00, "open")
    assert (looked(world, client_id, again + "A-2,2026-01-05,1.00,Pago,Z\n").counts["unchanged"]) == 1
    ledger = MOVED + "A-1,2026-01-02,100.00,Pago,CH-1\nA-1,2026-01-03,100.00,Reverso,CH-1\n"
    assert looked(world, client_id, ledger).counts["changed"] == 0


def test_a_part_of_a_payment_is_not_taken_back_as_the_whole(world: World, client_id: UUID) -> None:
    posted(world, client_id, MOVED + "A-1,2026-01-02,100.00,Pago,CH-1\n")

    part = looked(world, client_id, MOVED + "A-1,2026-01-03,40.00,Reverso,CH-1\n")

    assert issues(world, part) == [("rejected", "fin_part", 2)]
    assert part.counts["changed"] == 0


def test_a_payment_cut_to_what_was_owed_is_taken_back_by_what_its_file_said(world: World, client_id: UUID) -> None:
    placement = looked(world, client_id, MOVED + "A-2,2026-01-02,800.00,Pago,P\n")
    with world.work() as work:
        service.choose(work, placement.id, excess=True)
        previewing.preview(work, placement.id)
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    assert looked(world, client_id, MOVED + "A-2,2026-01-02,800.00,Pago,P\n").counts["unchanged"] == 1

    posted(world, client_id, MOVED + "A-2,2026-01-03,800.00,Reverso,P\n")

    assert balances(world)["A-2"] == (500_00, "open")


def test_a_payment_that_came_another_way_is_shown_and_not_doubled(world: World, client_id: UUID) -> None:
    with world.work() as work:
        debt = work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one()
        record_payment(
            work, case_id=debt.case_id, amount=mxn("400.00"), direction=Direction.TO_CLIENT, method=Method.TRANSFER,
            received_on=world.clock.now().date().replace(day=2), key="by hand", debts=[debt.id],
        )  # fmt: skip

    assert issues(world, looked(world, client_id, ONE)) == [("conflict", "fin_alike", 2)]


def test_two_alike_payments_without_an_id_cannot_be_told_apart(world: World, client_id: UUID) -> None:
    posted(world, client_id, "Factura,Fecha pago,Importe,Id pago\nA-1,2026-01-02,10.00,T\nA-1,2026-01-02,10.00,U\n")

    placement = looked(world, client_id, "Factura,Fecha pago,Importe\nA-1,2026-01-03,-10.00\n")

    assert issues(world, placement) == [("rejected", "fin_several_payments", 2)]


def test_figures_declared_are_compared_with_all_rows_that_can_be_read(world: World, client_id: UUID) -> None:
    with world.work() as work:
        found = service.receive(
            work, client_id=client_id, name="pagos.csv", kind="financial", again=True,
            file=BytesIO(b"Factura,Fecha pago,Importe\nA-1,2026-01-02,10.00\nZ-1,2026-01-02,15.50\n"),
        )  # fmt: skip
        placement = service.open_placement(work, found.placement_id)
        placement.declared = read_line("2 filas, 25.50 MXN", "MXN")
        previewing.preview(work, found.placement_id)
        (one,) = compare(placement)

    shown: dict[str, Any] = {"agrees": one.agrees, "file": one.file, "made": one.made}
    assert shown == {"agrees": True, "file": (2, mxn("25.50")), "made": (1, mxn("10.00"))}


def test_the_command_takes_kinds_and_declared_totals(world: World, client_id: UUID, tmp_path: Path) -> None:
    file = tmp_path / "pagos.csv"
    file.write_text(ONE)
    principal = job_principal(world.agency_id)

    found = run(
        principal, client_id, file, {}, as_of=None, dry_run=False, kind="financial", force=True,
        declared="MXN:1:400.00;USD:2:10.00",
    )  # fmt: skip

    assert (found["changed"], found["kept"]) == (1, True)
    assert found["effects"] == [{"text": "1 pago directo al cliente", "count": 1}]
    assert [(one["currency"], one["agrees"]) for one in found["compared"]] == [("MXN", True), ("USD", False)]


def test_a_number_that_lost_its_zeros_is_offered_as_the_invoice_that_is_here(world: World, client_id: UUID) -> None:
    world.case(client_id, name="Ceros Demo", debts=[("0045678", mxn("50.00"), world.clock.now().date())])

    placement = looked(world, client_id, "Factura,Fecha pago,Importe,Tipo\n45678,2026-01-02,10.00,Pago\n")

    assert issues(world, placement) == [("rejected", "fin_unknown_zeros", 2)]
    with world.work() as work:
        found = work.session.scalars(select(PlacementIssue)).one()
        assert (found.value, found.details["probable"]) == ("45678", "0045678")
