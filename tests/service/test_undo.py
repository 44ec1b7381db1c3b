"""A placement can be undone: what nobody has touched goes without a trace, what somebody has stays and says why."""

import io
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from kernel.clock import ManualClock
from legal.records.disputes import note_verification
from legal.records.tables import Dispute
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move
from recobro.cases.tables import Case, Debt
from recobro.config import Settings
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, previewing, service
from recobro.intake.lifecycle import State
from recobro.intake.undo import undoing
from recobro.recalls import service as recalls
from recobro.recalls.rules import Reason
from recobro.wiring import wire
from tenants.context import Principal
from tenants.roles import Role
from tests.support.database import SECRET
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


_HEAD = "No Factura;No Cliente;Nombre;Vencimiento;Saldo;Correo\n"


def received(world: World, client_id: UUID, rows: str, name: str = "cartera.csv", *, heading: str = _HEAD) -> UUID:
    """A placement of these rows that is confirmed, and that no job has in hand yet."""
    with world.work() as work:
        file = io.BytesIO((heading + rows).encode())
        placement_id = service.receive(work, client_id=client_id, name=name, file=file).placement_id
        previewing.preview(work, placement_id)
        service.confirm(work, placement_id)
    return placement_id


def placed(world: World, client_id: UUID, rows: str, name: str = "cartera.csv", *, heading: str = _HEAD) -> UUID:
    """A committed placement of these rows."""
    placement_id = received(world, client_id, rows, name, heading=heading)
    committing.commit(world.work, placement_id)
    return placement_id


def undone(world: World, placement_id: UUID) -> None:
    """Somebody undoes it, and the job runs."""
    with world.work() as work:
        undoing.ask_undo(work, placement_id)
    undoing.undo(world.work, placement_id)


def later(world: World) -> None:
    """Five minutes go by."""
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(timedelta(minutes=5))


def counts(world: World) -> dict[str, int]:
    """How many rows of the agency each table of a portfolio has."""
    with world.work() as work:
        tables = ("debtors", "contact_points", "search_words", "cases", "case_balances", "case_events", "debts",
                  "debt_components")  # fmt: skip
        return {
            name: work.session.execute(
                text(f"SELECT count(*) FROM {name} WHERE agency_id = :agency"), {"agency": work.agency_id}
            ).scalar_one()
            for name in tables
        }


def case_of(world: World, reference: str) -> Case:
    """The case of a debt."""
    with world.work() as work:
        return work.session.scalars(
            select(Case)
            .join(Debt, (Debt.agency_id == Case.agency_id) & (Debt.case_id == Case.id))
            .where(Case.agency_id == work.agency_id, Debt.reference == reference)
        ).one()


THREE = (
    "F-1;C1;Aceros Ficticios;21/02/2026;100,00;uno@aceros.example\n"
    "F-2;C1;Aceros Ficticios;21/03/2026;50,00;uno@aceros.example\n"
    "F-3;C2;Ferretería El Tornillo Feliz;21/03/2026;75,50;dos@tornillo.example\n"
)


def test_what_nobody_has_touched_goes_without_a_trace(world: World) -> None:
    client_id = world.client()
    before = counts(world)
    placement_id = placed(world, client_id, THREE)
    with world.work() as work:
        found = undoing.look(work, placement_id)
        assert (found.debts, found.cases, found.stay_cases) == (3, 2, 0)
        assert [str(each.amount) for each in found.sums] == ["225.50"]
        undoing.ask_undo(work, placement_id)
    undoing.undo(world.work, placement_id)

    assert counts(world) == before
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        assert placement.state == State.UNDONE
        assert (placement.undone["debts"], placement.undone["stay_debts"]) == (3, 0)


@pytest.mark.parametrize("at_once", [1, 1_000])
def test_what_somebody_has_touched_stays_and_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(undoing, "CASES_AT_ONCE", at_once)
    client_id = world.client()
    placement_id = placed(world, client_id, THREE)
    later(world)
    case = case_of(world, "F-1")
    with world.work() as work:
        cases.add_note(work, case.id, text="Llamar el lunes")
    with world.work() as work:
        found = undoing.look(work, placement_id)
        assert (found.debts, found.stay_debts) == (1, 2)
        assert [(stay.number, stay.debtor, list(stay.reasons)) for stay in found.stays] == [
            (case.number, "Aceros Ficticios", ["note"])
        ]
        undoing.ask_undo(work, placement_id)
    undoing.undo(world.work, placement_id)

    with world.work() as work:
        left = work.session.scalars(select(Debt.reference).where(Debt.agency_id == work.agency_id)).all()
        names = work.session.scalars(select(Debtor.name).where(Debtor.agency_id == work.agency_id)).all()
        placement = service.open_placement(work, placement_id)
    assert sorted(left) == ["F-1", "F-2"]
    assert names == ["Aceros Ficticios"]
    assert placement.undone["stays"][0]["reasons"] == ["note"]


def test_a_case_that_was_there_before_loses_only_what_the_placement_brought(world: World) -> None:
    client_id = world.client()
    placed(world, client_id, "F-1;C1;Aceros Ficticios;21/02/2026;100,00;uno@aceros.example\n", "primera.csv")
    later(world)
    second = placed(world, client_id, THREE.replace("uno@aceros", "otro@aceros"), "segunda.csv")
    with world.work() as work:
        undoing.ask_undo(work, second)
    undoing.undo(world.work, second)

    case = case_of(world, "F-1")
    assert (case.balance, case.debt_count) == (100_00, 1)
    with world.work() as work:
        emails = work.session.execute(
            text("SELECT value FROM contact_points WHERE agency_id = :agency AND channel = 'email'"),
            {"agency": work.agency_id},
        ).scalars()
        assert list(emails) == ["uno@aceros.example"]


@pytest.mark.parametrize("verified", [False, True])
def test_a_dispute_that_came_with_a_file_goes_with_it_unless_somebody_worked_on_it(
    world: World, verified: bool
) -> None:
    heading = "No Factura;No Cliente;Nombre;Vencimiento;Saldo;En disputa\n"
    row = "F-9;C9;Aceros Ficticios;21/02/2026;100,00;sí\n"
    placement_id = placed(world, world.client(), row, heading=heading)
    with world.work() as work:
        [dispute] = work.session.scalars(select(Dispute).where(Dispute.agency_id == world.agency_id))
        assert dispute.debts == ["F-9"]
        if verified:
            note_verification(work, dispute.id, sent_on=dispute.received_on, today=dispute.received_on)
    with world.work() as work:
        found = undoing.look(work, placement_id)
        assert (found.debts, [reason for stay in found.stays for reason in stay.reasons]) == (
            (0, ["flag"]) if verified else (1, [])
        )
        if verified:
            return
        undoing.ask_undo(work, placement_id)
    undoing.undo(world.work, placement_id)

    with world.work() as work:
        assert not work.session.scalars(select(Dispute).where(Dispute.agency_id == world.agency_id)).all()


def test_an_undone_file_can_be_placed_again(world: World) -> None:
    client_id = world.client()
    first = placed(world, client_id, THREE)
    with world.work() as work:
        undoing.ask_undo(work, first)
    undoing.undo(world.work, first)
    second = placed(world, client_id, THREE)
    assert second != first
    with world.work() as work:
        assert service.open_placement(work, second).counts["created"] == 3


def test_what_is_not_committed_or_all_worked_is_not_undone(world: World) -> None:
    client_id = world.client()
    placement_id = placed(world, client_id, "F-1;C1;Aceros Ficticios;21/02/2026;100,00;\n")
    later(world)
    with world.work() as work:
        cases.add_note(work, case_of(world, "F-1").id, text="Ya pagó, dice")
    with world.work() as work, pytest.raises(undoing.CannotUndo, match="ya se trabajó"):
        undoing.ask_undo(work, placement_id)
    with world.work() as work:
        file = io.BytesIO((_HEAD + THREE).encode())
        draft = service.receive(work, client_id=client_id, name="otra.csv", file=file).placement_id
        with pytest.raises(undoing.CannotUndo, match="ya entró"):
            undoing.ask_undo(work, draft)


def test_nobody_takes_debts_away_without_an_undoing(world: World) -> None:
    client_id = world.client()
    placement_id = placed(world, client_id, THREE)
    with pytest.raises(Exception, match="no undoing was asked for"), world.work() as work:
        work.session.execute(
            text("SELECT remove_placed(:agency, :placement, :cases)"),
            {"agency": work.agency_id, "placement": placement_id, "cases": [case_of(world, "F-1").id]},
        )


def test_the_last_of_two_undone_placements_takes_the_case_they_shared(world: World) -> None:
    client_id = world.client()
    nothing = counts(world)
    first = placed(world, client_id, "F-1;C1;Aceros Ficticios;21/02/2026;100,00;uno@aceros.example\n")
    later(world)
    second = placed(world, client_id, "F-7;C1;Aceros Ficticios;21/03/2026;7,00;otro@aceros.example\n", "b.csv")
    later(world)

    undone(world, first)
    assert (case_of(world, "F-7").balance, case_of(world, "F-7").debt_count) == (7_00, 1)
    undone(world, second)

    assert counts(world) == nothing


def test_undoing_what_a_case_owes_in_another_currency_leaves_nothing_of_it(world: World) -> None:
    client_id = world.client()
    heading = "No Factura;No Cliente;Nombre;Vencimiento;Saldo;Moneda;Correo\n"
    row = "{};C1;Aceros Ficticios;21/02/2026;{};{};uno@aceros.example\n"
    placed(world, client_id, row.format("F-1", "100,00", "MXN"), heading=heading)
    later(world)
    dollars = placed(world, client_id, row.format("F-7", "7,00", "USD"), "b.csv", heading=heading)
    later(world)

    undone(world, dollars)

    case = case_of(world, "F-1")
    assert (case.currency, case.balance, case.debt_count) == ("MXN", 100_00, 1)
    with world.work() as work:
        kept = work.session.execute(text("SELECT currency, balance, debt_count FROM case_balances")).all()
    assert [tuple(one) for one in kept] == [("MXN", 100_00, 1)]


def test_what_a_later_list_says_too_stays_and_is_that_lists_from_then_on(world: World) -> None:
    client_id = world.client()
    nothing = counts(world)
    january = placed(world, client_id, THREE)
    later(world)
    nine = "F-9;C1;Aceros Ficticios;21/03/2026;7,00;uno@aceros.example\n"
    february = placed(world, client_id, "".join(THREE.splitlines(keepends=True)[:2]) + nine, "feb.csv")
    later(world)

    with world.work() as work:
        found = undoing.look(work, january)
        number = service.open_placement(work, february).number
    assert (found.debts, [(one.reasons, one.debts, one.also) for one in found.groups]) == (1, [(["listed"], 2, number)])
    undone(world, january)

    with world.work() as work:
        kept = service.open_placement(work, january).undone["groups"]
        assert kept == [{"reasons": ["listed"], "cases": 0, "debts": 2, "also": number}]
        left = work.session.execute(select(Debt.reference, Debt.placement_id).order_by(Debt.reference)).all()
        assert [tuple(one) for one in left] == [("F-1", february), ("F-2", february), ("F-9", february)]
        assert work.session.scalars(select(ContactPoint.value)).all() == ["uno@aceros.example"]
    undone(world, february)
    assert counts(world) == nothing


def test_a_contact_that_a_later_list_tells_too_stays_with_its_case(world: World) -> None:
    client_id = world.client()
    first = placed(world, client_id, "F-1;C1;Aceros Ficticios;21/02/2026;100,00;uno@aceros.example\n")
    later(world)
    placed(world, client_id, "F-7;C1;Aceros Ficticios;21/03/2026;7,00;uno@aceros.example\n", "b.csv")
    later(world)

    undone(world, first)

    with world.work() as work:
        assert work.session.scalars(select(ContactPoint.value)).all() == ["uno@aceros.example"]


ONE = "F-1;C1;Aceros Ficticios;21/02/2026;100,00;uno@aceros.example\n"
SEVEN = "F-7;C1;Aceros Ficticios;21/03/2026;7,00;uno@aceros.example\n"
NINE = "F-9;C1;Aceros Ficticios;21/03/2026;9,00;uno@aceros.example\n"


def take_back(world: World, who: Principal | None = None) -> None:
    """The client takes its first debt back."""
    with world.work(who) as work:
        debt_id = work.session.scalars(select(Debt.id).where(Debt.reference == "F-1")).one()
        recalls.recall(work, debts=[debt_id], reason=Reason.ERROR)


def give_up(world: World) -> None:
    """Nobody finds the debtor; the debt is still owed."""
    with world.work() as work:
        case = cases.open_case(work, case_of(world, "F-1").id)
        cases.move(work, case, Move.CLOSE, close_code=CloseCode.UNTRACEABLE)


@pytest.mark.parametrize(("close", "code", "owed"), [(take_back, "recalled", 0), (give_up, "untraceable", 100_00)])
def test_a_closed_case_that_a_list_opened_again_is_closed_as_it_was_when_that_is_undone(
    world: World, close: Callable[[World], None], code: str, owed: int
) -> None:
    client_id = world.client()
    placed(world, client_id, ONE)
    later(world)
    close(world)
    later(world)
    second = placed(world, client_id, SEVEN, "b.csv")
    later(world)
    assert case_of(world, "F-7").stage == "calls"

    undone(world, second)

    case = case_of(world, "F-1")
    assert (case.stage, case.close_code, case.balance) == ("closed", code, owed)
    assert (case.queue_at, case.next_step_at) == (None, None)


def test_a_case_that_two_lists_hold_open_closes_with_the_last_of_them_undone(world: World) -> None:
    client_id = world.client()
    placed(world, client_id, ONE)
    take_back(world)
    later(world)
    second = placed(world, client_id, SEVEN, "b.csv")
    later(world)
    third = placed(world, client_id, NINE, "c.csv")
    later(world)

    undone(world, second)
    assert (case_of(world, "F-1").stage, case_of(world, "F-1").balance) == ("calls", 9_00)
    undone(world, third)

    assert (case_of(world, "F-1").stage, case_of(world, "F-1").close_code) == ("closed", "recalled")


def test_a_case_stays_open_when_what_was_taken_back_is_claimed_again(world: World) -> None:
    client_id = world.client()
    placed(world, client_id, ONE)
    later(world)
    with world.work() as work:
        file = io.BytesIO(b"Factura\nF-1\n")
        back = service.receive(work, client_id=client_id, name="r.csv", file=file, kind="recall").placement_id
        previewing.preview(work, back)
        service.confirm(work, back)
    committing.commit(world.work, back)
    later(world)
    second = placed(world, client_id, SEVEN, "b.csv")
    later(world)
    undone(world, back)
    assert case_of(world, "F-1").balance == 107_00

    undone(world, second)

    case = case_of(world, "F-1")
    assert (case.stage, case.close_code, case.balance) == ("calls", "", 100_00)


def test_a_case_whose_stage_somebody_changed_since_stays_as_it_is_and_says_so(world: World) -> None:
    client_id = world.client()
    placed(world, client_id, ONE)
    take_back(world)
    later(world)
    second = placed(world, client_id, SEVEN + NINE.replace("C1", "C2"), "b.csv")
    later(world)
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        cases.move(work, cases.open_case(work, case_of(world, "F-7").id), Move.NEGOTIATE)

    with world.work() as work:
        assert [list(one.reasons) for one in undoing.look(work, second).groups] == [["moved"]]
    undone(world, second)

    assert (case_of(world, "F-7").stage, case_of(world, "F-7").balance) == ("negotiation", 7_00)
    with world.work() as work:
        assert service.open_placement(work, second).undone["stays"][0]["reasons"] == ["moved"]


def test_a_stage_that_changed_with_a_recall_is_told_by_that_alone(world: World) -> None:
    client_id = world.client()
    first = placed(world, client_id, ONE + NINE.replace("C1", "C2"))
    later(world)
    take_back(world, world.principal(Role.SUPERVISOR))
    with world.work() as work:
        assert [list(one.reasons) for one in undoing.look(work, first).groups] == [["note", "recalled"]]
