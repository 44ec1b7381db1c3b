"""Taking debts back: what is refused and why, what may be overruled, what follows for the case."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.money import Money
from recobro.agreements import service as agreements
from recobro.agreements.tables import Agreement, Promise
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.links import make_link
from recobro.cases.tables import Case, CaseBalance, CaseEvent, Debt, DebtorLink
from recobro.config import Settings
from recobro.ledger.verification import verify
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.payments.tables import Checkout
from recobro.recalls import service
from recobro.recalls.facts import consequences, facts_of, open_debts
from recobro.recalls.rules import Cause, Reason, reason_of
from recobro.wiring import wire
from tenants.roles import Role
from tests.support.database import SECRET
from tests.support.world import World, mxn

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def owed(world: World, client_id: UUID, *amounts: str) -> UUID:
    """A case with debts of these amounts, F-1, F-2, …"""
    day = world.clock.now().date() - timedelta(days=40)
    return world.case(client_id, debts=[(f"F-{n}", mxn(amount), day) for n, amount in enumerate(amounts, 1)])


def case_of(world: World, case_id: UUID) -> Case:
    with world.work() as work:
        return cases.open_case(work, case_id)


def test_a_debt_taken_back_is_claimed_no_more_and_the_rest_stays(world: World) -> None:
    case_id = owed(world, world.client(), "100.00", "250.00")

    with world.work() as work:
        done = service.recall(work, debts=open_debts(work, [case_id])[:1], reason=Reason.ERROR, note="Se duplicó")

    assert (done.debts, done.cases_closed, list(done.sums)) == (1, 0, [mxn("100.00")])
    case = case_of(world, case_id)
    assert (case.balance, case.debt_count, case.stage) == (250_00, 1, "received")
    with world.work() as work:
        balance = work.session.scalars(select(CaseBalance)).one()
        assert (balance.placed, balance.balance) == (250_00, 250_00)
        event = work.session.scalars(select(CaseEvent).where(CaseEvent.ref_table == "recalls")).one()
        assert (event.details["references"], event.body) == ("F-1", "Se duplicó")


def test_a_case_with_nothing_left_closes_and_all_that_waited_ends(world: World) -> None:
    case_id = owed(world, world.client(), "100.00", "250.00")
    with world.work() as work:
        agreements.make_promise(work, case_id=case_id, amount=mxn("50.00"), due_on=world.clock.now().date())
        make_link(work, case_id, purposes=["see"])

        done = service.recall_case(work, case_id, reason=Reason.COMMERCIAL)

    assert (done.debts, done.cases_closed) == (2, 1)
    case = case_of(world, case_id)
    assert (case.stage, case.close_code, case.balance, case.queue_at, case.next_step_at) == (
        "closed", "recalled", 0, None, None,
    )  # fmt: skip
    with world.work() as work:
        assert work.session.scalars(select(Promise.state)).one() == "cancelled"
        assert work.session.scalars(select(DebtorLink)).one().dead_at is not None
        assert verify(work.session, world.agency_id).faults == []


def test_what_is_paid_is_refused_with_its_amount_and_cannot_be_forced(world: World) -> None:
    case_id = owed(world, world.client(), "100.00", "250.00")
    with world.work() as work:
        paid = open_debts(work, [case_id])[0]
        record_payment(
            work, case_id=case_id, amount=mxn("100.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=world.clock.now().date(), key="one", debts=[paid],
        )  # fmt: skip

        done = service.recall(work, debts=[paid], reason=Reason.OTHER, forced=list(Cause), why="Porque sí")

    assert done.debts == 0
    (_, refusal) = done.refused[0]
    assert (refusal.cause, refusal.details["amount"]["minor"]) == (Cause.PAID, 100_00)


def running(world: World, case_id: UUID) -> None:
    with world.work() as work:
        plan = agreements.offer(work, case_id=case_id, count=2, first_on=world.clock.now().date())
        agreements.accept(work, plan.id, evidence={})
        plan.state = "active"


def test_a_running_agreement_refuses_and_falls_when_it_is_forced(world: World) -> None:
    case_id = owed(world, world.client(), "400.00")
    running(world, case_id)

    with pytest.raises(service.RecallRefused) as refused, world.work() as work:
        service.recall_case(work, case_id, reason=Reason.OTHER)
    assert refused.value.details["left"] == {"minor": 400_00, "currency": "MXN"}
    assert refused.value.details["count"] == 2

    with world.work() as work:
        facts = list(facts_of(work, open_debts(work, [case_id])).values())
        told = consequences(work, facts)
        assert told.instalments == (2, [mxn("400.00")])
        assert list(told.lost) == [mxn("100.00")]
        service.recall_case(work, case_id, reason=Reason.OTHER, forced=[Cause.AGREEMENT], why="Lo pide su director")
        assert work.session.scalars(select(Agreement.state)).one() == "cancelled"
    assert case_of(world, case_id).close_code == "recalled"


def test_to_force_asks_for_a_reason(world: World) -> None:
    case_id = owed(world, world.client(), "400.00")
    running(world, case_id)

    with pytest.raises(Exception, match="Di por qué"), world.work() as work:
        service.recall_case(work, case_id, reason=Reason.OTHER, forced=[Cause.AGREEMENT], why=" ")


def test_a_card_payment_under_way_refuses_and_settles_unapplied_when_forced(world: World) -> None:
    client_id = world.client()
    case_id = owed(world, client_id, "400.00")
    with world.work() as work:
        work.add(
            Checkout(
                agency_id=world.agency_id, client_id=client_id, id=new_id(), case_id=case_id, currency="MXN",
                amount=150_00, description="", state="open", created_at=work.now(), asked_at=work.now(),
            )
        )  # fmt: skip
    with pytest.raises(service.RecallRefused, match="tarjeta"), world.work() as work:
        service.recall_case(work, case_id, reason=Reason.OTHER)

    with world.work() as work:
        service.recall_case(work, case_id, reason=Reason.OTHER, forced=[Cause.IN_TRANSIT], why="Urge")
        record_payment(
            work, case_id=case_id, amount=mxn("150.00"), direction=Direction.TO_AGENCY, method=Method.CARD,
            received_on=world.clock.now().date(), key="card",
        )  # fmt: skip
    with world.work() as work:
        assert work.session.execute(text("SELECT applied, unapplied FROM payments")).one() == (0, 150_00)
        assert verify(work.session, world.agency_id).faults == []


def test_a_word_that_it_was_paid_refuses_until_a_payment_comes(world: World) -> None:
    case_id = owed(world, world.client(), "400.00")
    with world.work() as work:
        cases.note_event(work, cases.open_case(work, case_id), kind="visit", title="El deudor dice que ya pagó")

    with pytest.raises(service.RecallRefused, match="comprobarlo"), world.work() as work:
        service.recall_case(work, case_id, reason=Reason.OTHER)

    with world.work() as work:
        record_payment(
            work, case_id=case_id, amount=mxn("10.00"), direction=Direction.TO_CLIENT, method=Method.OTHER,
            received_on=world.clock.now().date(), key="said",
        )  # fmt: skip
        assert service.recall_case(work, case_id, reason=Reason.OTHER).debts == 1


def test_a_dispute_refuses_and_a_promise_of_today_does_not(world: World) -> None:
    case_id = owed(world, world.client(), "400.00")
    with world.work() as work:
        agreements.make_promise(work, case_id=case_id, amount=mxn("50.00"), due_on=world.clock.now().date())
        flags.open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce el cargo")

        refused = service.refused_of(work, open_debts(work, [case_id]))

    assert [one.cause for _, one in refused] == [Cause.DISPUTED]


def test_a_clients_wish_is_done_or_brought_before_a_person(world: World) -> None:
    client_id = world.client()
    free, bound = owed(world, client_id, "100.00"), world.case(client_id, name="Otra Demo", debts=[])
    with world.work() as work:
        flags.open_flag(work, case_id=bound, kind="dispute", reason="No la reconoce")

    with world.work() as work:
        assert service.ask(work, free, reason=Reason.ERROR, note="", by="Ana Muestra") is True
        assert service.ask(work, bound, reason=Reason.ERROR, note="", by="Ana Muestra") is False

    assert case_of(world, free).close_code == "recalled"
    waiting = case_of(world, bound)
    assert (waiting.stage, waiting.queue_priority) == ("received", service.ASKED_PRIORITY)


def test_a_client_reads_what_stands_against_it_without_the_cards(world: World) -> None:
    client_id = world.client()
    case_id = owed(world, client_id, "100.00")
    with world.work(world.principal(Role.CLIENT_ADMIN, client_id=client_id)) as work:
        assert [one.reference for one in facts_of(work, open_debts(work, [case_id])).values()] == ["F-1"]


def test_what_debts_earned_is_told_by_their_share_of_a_payment(world: World) -> None:
    case_id = owed(world, world.client(), "100.00", "300.00")
    with world.work() as work:
        record_payment(
            work, case_id=case_id, amount=mxn("200.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=world.clock.now().date(), key="some", debts=open_debts(work, [case_id])[:1],
        )  # fmt: skip
        left = open_debts(work, [case_id])
        told = consequences(work, list(facts_of(work, left).values()))

    assert (list(told.balance), list(told.earned), list(told.lost)) == (
        [mxn("200.00")], [mxn("25.00")], [mxn("50.00")],
    )  # fmt: skip


def test_reasons_are_known_by_their_words() -> None:
    assert reason_of("decision comercial") is Reason.COMMERCIAL
    assert reason_of("") is Reason.OTHER
    assert reason_of("quién sabe") is None


def test_a_debt_taken_back_twice_changes_nothing(world: World) -> None:
    case_id = owed(world, world.client(), "100.00", "250.00")
    with world.work() as work:
        debts = open_debts(work, [case_id])[:1]
        service.recall(work, debts=debts, reason=Reason.ERROR)
        assert service.recall(work, debts=debts, reason=Reason.ERROR) == service.Recalled(refused=[])
        assert Money(work.session.get_one(Debt, (world.agency_id, debts[0])).balance, "MXN") == mxn("100.00")
