"""Files of every kind have a way back: debts that were recalled are claimed again, payments are reversed, charges and
credits taken off, corrected data are what they were; what an undoing leaves is withdrawn instead; a client undoes its
own file while it is untouched."""

from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.tables import Case, CaseEvent, Debt
from recobro.config import Settings
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, previewing, service
from recobro.intake.tables import Placement
from recobro.intake.undo import putting_back, retiring, undoing
from recobro.ledger.verification import verify
from recobro.payments.tables import Payment
from recobro.wiring import wire
from tenants.context import Principal
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.service.test_undo import THREE, case_of, later, placed
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
    day = world.clock.now().date()
    debts = [(f"{number}-{n}", mxn(amount), day) for n, amount in enumerate(amounts, 1)]
    return world.case(client_id, name=f"Deudor {number} Demo", customer_ref=number, debts=debts)


def loaded(world: World, client_id: UUID, kind: str, text: str) -> Placement:
    """A committed file of a kind."""
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="a.csv", file=BytesIO(text.encode()), kind=kind)
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)
    committing.commit(world.work, found.placement_id)
    with world.work() as work:
        return service.open_placement(work, found.placement_id)


def undone(world: World, placement_id: UUID, who: Principal | None = None) -> Placement:
    """The same after somebody asked to undo it and the job has run."""
    with world.work(who) if who else world.work() as work:
        undoing.ask_undo(work, placement_id)
    undoing.undo(world.work, placement_id)
    with world.work() as work:
        assert verify(work.session, world.agency_id).faults == []
        return service.open_placement(work, placement_id)


def debts(world: World) -> dict[str, tuple[str, int]]:
    """Every debt's state and balance."""
    with world.work() as work:
        found = work.session.scalars(select(Debt).where(Debt.agency_id == world.agency_id))
        return {debt.reference: (debt.state, debt.balance) for debt in found}


def test_an_undone_recall_is_claimed_again_where_it_was(world: World) -> None:
    client_id = world.client()
    whole, part = case(world, client_id, "A", "100.00"), case(world, client_id, "B", "50.00", "60.00")
    placement = loaded(world, client_id, "recall", "Factura\nA-1\nB-1\n")
    later(world)
    with world.work() as work:
        assert putting_back.look(work, placement) == putting_back.Back(2, {})

    done = undone(world, placement.id)
    assert (done.state, done.undone["debts"], done.undone["stay_debts"]) == ("undone", 2, 0)
    assert debts(world) == {"A-1": ("open", 100_00), "B-1": ("open", 50_00), "B-2": ("open", 60_00)}
    with world.work() as work:
        found = work.session.get_one(Case, (world.agency_id, whole))
        assert (found.stage, found.balance) == ("notices", 100_00)
        assert work.session.get_one(Case, (world.agency_id, part)).balance == 110_00
        assert "strategies.reconsider" in set(work.session.scalars(select(OutboxRow.name)))
    assert loaded(world, client_id, "recall", "Factura\nA-1\nB-1\n").counts["changed"] == 2


def test_what_a_recall_closed_and_somebody_closed_again_stays(world: World) -> None:
    client_id = world.client()
    whole = case(world, client_id, "A", "100.00")
    case(world, client_id, "B", "50.00")
    placement = loaded(world, client_id, "recall", "Factura\nA-1\nB-1\n")
    with world.work() as work:
        work.session.get_one(Case, (world.agency_id, whole)).close_code = "deceased"

    done = undone(world, placement.id)
    assert (done.undone["debts"], done.undone["stay_debts"]) == (1, 1)
    assert done.undone["groups"] == [{"reasons": ["closed"], "cases": 0, "debts": 1}]
    assert debts(world)["A-1"][0] == "recalled"


MOVES = (
    "Factura,Tipo,Importe,Fecha,Id\nA-1,pago,40.00,2026-01-02,P1\nB-1,crédito,50.00,2026-01-02,N1\n"
    "C-1,cargo,10.00,2026-01-02,C1\n"
)


def test_undone_movements_leave_debts_as_they_were_and_may_come_again(world: World) -> None:
    client_id = world.client()
    for number, amount in (("A", "100.00"), ("B", "50.00"), ("C", "30.00")):
        case(world, client_id, number, amount)
    day = world.clock.now().date().isoformat()
    moves = MOVES.replace("2026-01-02", day)
    placement = loaded(world, client_id, "financial", moves)
    after = {"A-1": ("open", 60_00), "B-1": ("settled", 0), "C-1": ("open", 40_00)}
    assert debts(world) == after
    later(world)

    done = undone(world, placement.id)
    assert (done.undone["debts"], done.undone["stay_debts"]) == (3, 0)
    assert debts(world) == {"A-1": ("open", 100_00), "B-1": ("open", 50_00), "C-1": ("open", 30_00)}
    with world.work() as work:
        payment = work.session.scalars(select(Payment).where(Payment.agency_id == world.agency_id)).one()
        assert (payment.state, payment.reversal_reason) == ("reversed", f"Se deshizo la carga {done.number}")
        assert work.session.scalars(select(Case).where(Case.stage == "closed", Case.client_id == client_id)).all() == []

    again = loaded(world, client_id, "financial", moves)
    assert again.counts["changed"] == 3
    assert debts(world) == after


def test_a_payment_that_was_reversed_since_stays(world: World) -> None:
    from recobro.payments.reversing import reverse_payment

    client_id = world.client()
    case(world, client_id, "A", "100.00")
    day = world.clock.now().date().isoformat()
    placement = loaded(world, client_id, "financial", f"Factura,Tipo,Importe,Fecha,Id\nA-1,pago,40.00,{day},P1\n")
    with world.work() as work:
        payment = work.session.scalars(select(Payment).where(Payment.agency_id == world.agency_id)).one()
        reverse_payment(work, payment.id, reason="Rebotó")
    with world.work() as work:
        assert putting_back.look(work, placement) == putting_back.Back(0, {"taken_back": 1})
        with pytest.raises(undoing.CannotUndo, match="no queda nada"):
            undoing.ask_undo(work, placement.id)


def test_what_an_undoing_leaves_is_withdrawn_but_for_what_a_recall_refuses(world: World) -> None:
    client_id = world.client()
    rows = THREE + "F-4;C3;Cementos de Mentira;21/03/2026;10,00;tres@cementos.example\n"
    placement_id = placed(world, client_id, rows)
    later(world)
    for reference in ("F-1", "F-3"):
        with world.work() as work:
            cases.add_note(work, case_of(world, reference).id, text="Llamar el lunes")
    with world.work() as work:
        flags.open_flag(work, case_id=case_of(world, "F-3").id, kind="dispute", reason="No la reconoce")
    with world.work() as work:
        groups = undoing.look(work, placement_id).groups
        assert [(list(one.reasons), one.cases, one.debts) for one in groups] == [
            (["flag", "note"], 1, 1), (["note"], 1, 2),
        ]  # fmt: skip
        assert retiring.look(work, service.open_placement(work, placement_id)) == retiring.Rest(1, 2, {"disputed": 1})
    undone(world, placement_id)

    with world.work() as work:
        retiring.ask(work, placement_id)
    retiring.withdraw(world.work, placement_id)
    retiring.withdraw(world.work, placement_id)

    with world.work() as work:
        kept = service.open_placement(work, placement_id).withdrawn
        assert (kept["state"], kept["debts"], kept["cases"], kept["refused"]) == ("done", 2, 1, {"disputed": 1})
    assert {name: state for name, (state, _) in debts(world).items()} == {
        "F-1": "recalled", "F-2": "recalled", "F-3": "open",
    }  # fmt: skip


def test_a_client_undoes_its_own_file_and_what_nobody_has_touched_once_it_knows_what_stays(world: World) -> None:
    client_id = world.client()
    uploader = world.principal(Role.CLIENT_UPLOADER, client_id=client_id)
    first = placed(world, client_id, THREE)
    done = undone(world, first, uploader)
    assert (done.state, done.undone["debts"]) == ("undone", 3)

    second = placed(world, client_id, THREE)
    later(world)
    with world.work() as work:
        cases.add_note(work, case_of(world, "F-1").id, text="Llamar el lunes")
    refused = undone(world, second, uploader)
    assert (refused.state, refused.undone["state"]) == ("committed", "refused")
    assert (refused.undone["goes"], refused.undone["groups"]) == (1, [{"reasons": ["note"], "cases": 1, "debts": 2}])
    assert len(debts(world)) == 3
    with world.work(uploader) as work:
        undoing.ask_undo(work, second, partly=True)
    undoing.undo(world.work, second)
    assert sorted(debts(world)) == ["F-1", "F-2"]


DATA = (
    "No cliente,Razón social,RFC,Región,Teléfono,Baja teléfono,Factura,Concepto\n"
    "A,Otro Nombre Demo,AFI010101AB1,Sonora,55 1234 5678,55 8765 4321,A-1,Flete\n"
)


def debtor_of(world: World, case_id: UUID) -> tuple[str, str, str, str]:
    """Name, tax id, region and zone of a case's debtor."""
    with world.work() as work:
        found = work.session.get_one(Debtor, (world.agency_id, cases.open_case(work, case_id).debtor_id))
        return found.name, found.tax_id_norm, found.region, found.time_zone


def points_of(world: World) -> dict[str, str]:
    """The contacts of the world by their value, and how good they are."""
    with world.work() as work:
        rows = work.session.scalars(select(ContactPoint).where(ContactPoint.agency_id == world.agency_id))
        return {one.value_norm: one.quality for one in rows}


def test_undone_corrections_are_what_they_were_before(world: World) -> None:
    client_id = world.client()
    case_id = case(world, client_id, "A", "100.00")
    loaded(world, client_id, "maintenance", "No cliente,Teléfono\nA,55 8765 4321\n")
    before, points = debtor_of(world, case_id), points_of(world)
    placement = loaded(world, client_id, "maintenance", DATA)
    assert debtor_of(world, case_id) == ("Otro Nombre Demo", "AFI010101AB1", "Sonora", "America/Hermosillo")
    assert {points_of(world)["+525512345678"], points_of(world)["+525587654321"]} == {"unknown", "wrong"}
    later(world)

    done = undone(world, placement.id)

    assert (done.undone["debts"], done.undone["stay_debts"]) == (6, 0)
    assert debtor_of(world, case_id) == before
    assert points_of(world) == {**points, "+525512345678": "wrong"}
    with world.work() as work:
        assert work.session.scalars(select(Debt.concept).where(Debt.agency_id == world.agency_id)).all() == [""]
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.case_id == case_id)).all()
    assert any("vuelven a lo que eran" in title for title in titles)


def test_what_a_later_file_said_again_stays_until_that_one_is_undone_too(world: World) -> None:
    client_id = world.client()
    case(world, client_id, "A", "100.00")
    first = loaded(
        world, client_id, "maintenance", "No cliente,Razón social,Ciudad,Teléfono\nA,X Demo,Puebla,55 8765 4321\n"
    )
    later(world)
    second = loaded(
        world, client_id, "maintenance", "No cliente,Razón social,Teléfono,Otro teléfono\n"
        "A,X Demo,55 8765 4321,55 1111 2222\n",
    )  # fmt: skip
    assert (first.state, second.state) == ("committed", "committed"), (first.failure, second.failure)
    later(world)
    done = undone(world, first.id)

    def stands() -> tuple[str, str, str]:
        with world.work() as work:
            debtor = work.session.scalars(select(Debtor).where(Debtor.customer_ref == "A")).one()
            phone = work.session.scalars(select(ContactPoint).where(ContactPoint.value == "+525587654321")).one()
            return debtor.name, debtor.city, phone.quality

    assert stands() == ("X Demo", "", "unknown")
    assert (done.undone["debts"], done.undone["groups"]) == (
        1, [{"reasons": ["said_again"], "cases": 0, "debts": 2}],
    )  # fmt: skip
    undone(world, second.id)
    assert stands()[0] == "X Demo"


def test_corrected_data_that_somebody_changed_or_used_since_stay(world: World) -> None:
    client_id = world.client()
    case_id = case(world, client_id, "A", "100.00")
    placement = loaded(
        world, client_id, "maintenance", "No cliente,Razón social,Ciudad,Teléfono\nA,X Demo,Puebla,55 1234 5678\n"
    )
    loaded(world, client_id, "maintenance", "No cliente,Razón social\nA,Y Demo\n")
    with world.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.value_norm == "+525512345678")).one()
        point.last_used_at = world.clock.now()
    later(world)

    done = undone(world, placement.id)

    assert done.undone["groups"] == [
        {"reasons": ["corrected"], "cases": 0, "debts": 1}, {"reasons": ["used"], "cases": 0, "debts": 1},
    ]  # fmt: skip
    assert debtor_of(world, case_id)[0] == "Y Demo"
    assert points_of(world)["+525512345678"] == "unknown"
