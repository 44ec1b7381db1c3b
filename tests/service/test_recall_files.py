"""A client's recall file: rows that name debts or whole cases, what stays and why, what a person overrules."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.agreements import service as agreements
from recobro.cases import flags
from recobro.cases.tables import Case, CaseEvent, Debt
from recobro.config import Settings
from recobro.debtors.tables import Debtor
from recobro.intake import committing, previewing, service
from recobro.intake.repair import forcing
from recobro.intake.tables import Placement, PlacementIssue
from recobro.ledger.verification import verify
from recobro.recalls.rules import Cause
from recobro.wiring import wire
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.support.database import SECRET
from tests.support.world import World, mxn

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def case(world: World, client_id: UUID, number: str, *amounts: str) -> UUID:
    """A case of customer `number` with debts `number`-1, `number`-2, …"""
    day = world.clock.now().date() - timedelta(days=60)
    debts = [(f"{number}-{n}", mxn(amount), day) for n, amount in enumerate(amounts, 1)]
    return world.case(client_id, name=f"Deudor {number} Demo", customer_ref=number, debts=debts)


def looked(world: World, client_id: UUID, text: str) -> Placement:
    with world.work() as work:
        found = service.receive(
            work, client_id=client_id, name="retiro.csv", file=BytesIO(text.encode()), kind="recall", again=True
        )
        return previewing.preview(work, found.placement_id)


def done(world: World, placement: Placement) -> Placement:
    with world.work() as work:
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    with world.work() as work:
        assert verify(work.session, world.agency_id).faults == []
        found = service.open_placement(work, placement.id)
        assert found.state == "committed", found.failure
        return found


def issues(world: World, placement: Placement) -> list[tuple[str, str, int]]:
    with world.work() as work:
        found = work.session.scalars(
            select(PlacementIssue).where(PlacementIssue.placement_id == placement.id).order_by(PlacementIssue.line)
        )
        return [(one.kind, one.code, one.line) for one in found]


def test_rows_take_back_one_debt_or_all_of_a_case(world: World) -> None:
    client_id = world.client()
    case(world, client_id, "A", "100.00", "200.00")
    case(world, client_id, "B", "50.00", "60.00")

    placement = looked(
        world, client_id, "Factura,No cliente,Motivo\nA-1,,Decisión comercial\n,B,Se equivocaron de empresa\n"
    )

    assert placement.counts["effects"] == [
        ["{count} adeudos que se retiran", 3], ["{count} caso que se cierra", 1],
    ]  # fmt: skip
    assert placement.totals == {"MXN": {"count": 3, "sum": 210_00}}
    assert issues(world, placement) == [("warned", "recall_reason", 3)]
    done(world, placement)
    with world.work() as work:
        states = work.session.execute(select(Debt.reference, Debt.state).order_by(Debt.reference)).all()
        assert [tuple(row) for row in states] == [
            ("A-1", "recalled"), ("A-2", "open"), ("B-1", "recalled"), ("B-2", "recalled"),
        ]  # fmt: skip
        closed = work.session.scalars(select(Case).where(Case.stage == "closed")).one()
        assert (closed.close_code, closed.balance) == ("recalled", 0)
        bodies = work.session.scalars(select(CaseEvent.body).where(CaseEvent.ref_table == "recalls"))
        assert sorted(bodies) == ["", "Se equivocaron de empresa"]


def test_the_same_rows_again_change_nothing_and_a_debt_twice_is_taken_once(world: World) -> None:
    client_id = world.client()
    case(world, client_id, "A", "100.00", "200.00")
    rows = "Factura,No cliente\nA-1,\nA-1,\nA-1,Z\n"
    first = looked(world, client_id, rows)
    assert issues(world, first) == [("duplicate", "recall_in_file", 3), ("rejected", "recall_other_debtor", 4)]
    done(world, first)

    again = looked(world, client_id, "Factura\nA-1\n")

    assert (again.counts["changed"], again.counts["unchanged"]) == (0, 1)


def test_what_stands_against_a_row_is_named_and_the_rest_goes(world: World) -> None:
    client_id = world.client()
    bound, free = case(world, client_id, "A", "100.00"), case(world, client_id, "B", "50.00")
    paid = case(world, client_id, "C", "70.00")
    with world.work() as work:
        flags.open_flag(work, case_id=bound, kind="dispute", reason="No la reconoce")
        debt = work.session.scalars(select(Debt).where(Debt.case_id == paid)).one()
        debt.state, debt.balance = "paid", 0

    placement = looked(world, client_id, "Factura\nA-1\nB-1\nC-1\nZ-9\n")

    assert issues(world, placement) == [
        ("rejected", "recall_disputed", 2), ("rejected", "recall_paid", 4), ("rejected", "recall_unknown", 5),
    ]  # fmt: skip
    ((cause, rows, costs),) = placement.counts["forceable"]
    assert (cause, rows) == ("disputed", 1)
    assert costs["lost"] == [{"minor": 25_00, "currency": "MXN"}]
    done(world, placement)
    with world.work() as work:
        assert work.session.get_one(Case, (world.agency_id, free)).close_code == "recalled"


def test_a_person_overrules_a_cause_with_its_consequences_kept_in_the_audit(world: World) -> None:
    client_id = world.client()
    bound = case(world, client_id, "A", "400.00")
    with world.work() as work:
        plan = agreements.offer(work, case_id=bound, count=2, first_on=world.clock.now().date())
        agreements.accept(work, plan.id, evidence={})
        plan.state = "active"
    placement = looked(world, client_id, "No cliente\nA\n")
    assert issues(world, placement) == [("rejected", "recall_agreement", 2)]
    assert placement.counts["forceable"][0][2]["instalments"]["count"] == 2

    with world.work() as work:
        with pytest.raises(Exception, match="Di por qué"):
            forcing.force(work, placement.id, causes=[Cause.AGREEMENT], why="")
        forcing.force(work, placement.id, causes=[Cause.AGREEMENT], why="Lo pide su director")
        forced = service.open_placement(work, placement.id)
        assert (forced.counts["changed"], forced.counts["rejected"]) == (1, 0)

    done(world, placement)
    with world.work() as work:
        assert work.session.get_one(Case, (world.agency_id, bound)).close_code == "recalled"


def test_what_was_overruled_costs_only_what_stood_for_it(world: World) -> None:
    client_id = world.client()
    bound = case(world, client_id, "A", "100.00")
    case(world, client_id, "B", "5000.00")
    with world.work() as work:
        flags.open_flag(work, case_id=bound, kind="dispute", reason="No la reconoce")
    placement = looked(world, client_id, "Factura\nA-1\nB-1\n")
    before = placement.counts["forceable"][0][2]
    with world.work() as work:
        forcing.force(work, placement.id, causes=[Cause.DISPUTED], why="Lo pide su director")
        forced = service.open_placement(work, placement.id)
        assert forced.counts["forceable"] == [["disputed", 0, before]]
        assert before["balance"] == [{"minor": 100_00, "currency": "MXN"}]
        assert forced.counts["costs"]["balance"] == [{"minor": 5100_00, "currency": "MXN"}]


def test_a_client_waits_for_a_job_that_sees_all_that_stands_against_it(world: World) -> None:
    client_id = world.client()
    case(world, client_id, "A", "100.00")
    with world.work(world.principal(Role.CLIENT_UPLOADER, client_id=client_id)) as work:
        found = service.receive(work, client_id=client_id, name="r.csv", file=BytesIO(b"Factura\nA-1\n"), kind="recall")
        assert previewing.ask_preview(work, found.placement_id) is False

    with world.work() as work:
        assert "intake.preview" in set(work.session.scalars(select(OutboxRow.name)))


def test_a_case_whose_number_and_tax_id_are_of_two_debtors_is_not_taken_back(world: World) -> None:
    client_id = world.client()
    for number in "ABC":
        case(world, client_id, number, "100.00")
    with world.work() as work:
        for debtor in work.session.scalars(select(Debtor).where(Debtor.customer_ref != "C")):
            debtor.tax_id = debtor.tax_id_norm = f"TD{debtor.customer_ref}010101AB1"

    placement = looked(
        world, client_id,
        "No cliente,RFC,Factura\nA,TDB010101AB1,\nC,TDB010101AB1,\nA,TDA010101AB1,\n,TDB010101AB1,A-1\n"
        ",TDB010101AB1,C-1\n",
    )  # fmt: skip

    assert issues(world, placement) == [
        ("conflict", "two_debtors", 2), ("conflict", "two_debtors", 3), ("rejected", "recall_other_debtor", 5),
        ("rejected", "recall_other_debtor", 6),
    ]  # fmt: skip
    assert placement.counts["changed"] == 1
