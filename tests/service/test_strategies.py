"""Cases along their ladder on a real database, day by day, with a real mail server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from kernel.clock import ManualClock
from kernel.ids import new_id
from legal.records.tables import DecisionRecord
from recobro.agreements.tables import Promise
from recobro.cases import service as cases
from recobro.cases.flags import close_flag, open_flag
from recobro.cases.lifecycle import CloseCode, Move
from recobro.cases.queries import CaseFilter, list_cases
from recobro.cases.tables import Case, Debt
from recobro.debtors.tables import ContactPoint
from recobro.notices import printing
from recobro.notices.tables import Notice
from recobro.people.agency import set_grace
from recobro.strategies import runs, service
from recobro.strategies.ladder import DEFAULT, Ladder
from recobro.strategies.tables import CaseStrategy, Strategy
from tests.support.smtp import Mailbox, a_mailbox
from tests.support.world import World, make_world
from worker.run_now import run_pending, tick_and_run

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def mailbox(database_urls: object, tmp_path: Path) -> Iterator[Mailbox]:
    with a_mailbox(tmp_path) as found:
        yield found


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def client_id(world: World) -> UUID:
    return world.client()


def start(world: World, *case_ids: UUID) -> int:
    with world.work() as work:
        return service.start(work, case_ids)


def day(world: World, days: float = 0) -> None:
    """Some days later, what a scheduler and workers do."""
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(timedelta(days=days))
    tick_and_run(world.agency_id, clock=world.clock)


def case(world: World, case_id: UUID) -> Case:
    with world.work() as work:
        return cases.open_case(work, case_id)


def written(world: World, case_id: UUID) -> list[tuple[str, str, str]]:
    with world.work() as work:
        rows = work.session.execute(
            select(Notice.template, Notice.channel, Notice.state)
            .where(Notice.agency_id == world.agency_id, Notice.case_id == case_id)
            .order_by(Notice.queued_at, Notice.id)
        )
        return [(template, channel, state) for template, channel, state in rows]


def post_letters(world: World) -> None:
    """What waits is printed and goes to the post today."""
    with world.work() as work:
        batch_id = printing.make_batch(work).id
    run_pending(world.agency_id, clock=world.clock)
    with world.work() as work:
        printing.mark_posted(work, batch_id, on=work.now().date())


def change_points(world: World, channel: str, **values: object) -> None:
    with world.work() as work:
        for point in work.session.scalars(
            select(ContactPoint).where(ContactPoint.agency_id == world.agency_id, ContactPoint.channel == channel)
        ):
            for name, value in values.items():
                setattr(point, name, value)


def test_a_case_goes_through_the_whole_ladder_day_by_day(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    assert start(world, case_id) == 1

    day(world)
    assert written(world, case_id) == [("cordial-1", "email", "sent")]
    assert (case(world, case_id).stage, case(world, case_id).step) == ("notices", 1)
    assert case(world, case_id).next_step_at == FRIDAY + timedelta(days=7)
    assert case(world, case_id).next_step_why == "Sigue: segundo aviso, con opciones."

    day(world, 6)
    assert len(written(world, case_id)) == 1
    day(world, 1)
    assert written(world, case_id)[1:] == [("second-2", "email", "sent")]
    day(world, 7)
    assert written(world, case_id)[2:] == [("firm-3", "letter", "queued")]
    post_letters(world)
    day(world, 7)
    found = case(world, case_id)
    assert (found.stage, found.queue_reason, found.next_step_at) == (
        "calls",
        "Terminaron los avisos: toca llamar",
        None,
    )
    assert [mail["Subject"] for mail in mailbox.messages] == [
        "Aceros Ficticios: su cuenta, referencia C-2026-00001",
        "Aceros Ficticios: opciones para su cuenta, referencia C-2026-00001",
    ]


def test_each_step_keeps_the_gates_decision(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    day(world)

    with world.work() as work:
        moments = work.session.scalars(
            select(DecisionRecord.moment).where(DecisionRecord.case_id == case_id).order_by(DecisionRecord.id)
        ).all()
        entry = work.session.scalars(select(CaseStrategy).where(CaseStrategy.case_id == case_id)).one()
    assert list(moments) == ["planned", "sending"]
    assert entry.decision_id is not None


def test_starting_again_changes_nothing(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    assert [start(world, case_id), start(world, case_id)] == [1, 0]

    day(world)
    day(world)

    assert len(written(world, case_id)) == 1


def place(world: World, *case_ids: UUID) -> None:
    """The debts of these cases came with a placement, which is committed now."""
    placement_id = new_id()
    with world.work() as work:
        for debt in work.session.scalars(select(Debt).where(Debt.case_id.in_(case_ids))):
            debt.placement_id, debt.created_at = placement_id, work.now()
        work.outbox.add("strategies.start", placement_id=placement_id)
    run_pending(world.agency_id, clock=world.clock)


def test_the_cases_of_a_placement_start_by_a_job_and_hear_nothing_for_a_day(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    case_id, other = world.case(client_id), world.case(client_id, name="Otra Demo")
    place(world, case_id)
    assert case(world, case_id).next_step_at == FRIDAY + timedelta(days=1)
    with world.work() as work:
        service.reconsider(work, case_id)
    day(world, 23.9 / 24)
    assert written(world, case_id) == []

    day(world, 3)
    assert written(world, case_id) == [("cordial-1", "email", "sent")]
    assert written(world, other) == []


def test_a_case_on_its_ladder_hears_nothing_for_a_day_after_new_debts_came(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    day(world)
    day(world, 6.5)
    place(world, case_id)
    day(world, 0.5)
    assert len(written(world, case_id)) == 1
    day(world, 3)
    assert len(written(world, case_id)) == 2


def test_an_agency_may_do_without_the_day_of_peace(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    with world.work() as work:
        set_grace(work, 0)
    case_id = world.case(client_id)
    place(world, case_id)
    assert len(written(world, case_id)) == 1


def test_out_of_hours_the_step_waits_for_the_window_with_its_reason(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(timedelta(hours=13))  # Friday 23:00
    case_id = world.case(client_id)
    start(world, case_id)
    day(world)

    found = case(world, case_id)
    assert found.next_step_at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert found.next_step_why == "Fuera del horario o de los límites de contacto."
    assert written(world, case_id) == []
    day(world, 2.5)
    assert written(world, case_id) == [("cordial-1", "email", "sent")]


def test_without_an_email_the_step_goes_by_letter(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id, email="")
    start(world, case_id)
    day(world)

    assert written(world, case_id) == [("cordial-1", "letter", "queued")]


def test_with_nowhere_to_write_to_a_person_calls_at_once(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id, email="")
    change_points(world, "postal", quality="wrong")
    start(world, case_id)
    day(world)

    assert written(world, case_id) == []
    assert (case(world, case_id).stage, case(world, case_id).queue_at) == ("calls", FRIDAY)


def test_a_channel_that_was_not_authorised_gives_way_to_one_that_was(database_urls: object, mailbox: Mailbox) -> None:
    bogota = make_world("CO", clock=ManualClock(FRIDAY))
    case_id = bogota.case(bogota.client(), kind="person")
    change_points(bogota, "email", consent="unknown")
    start(bogota, case_id)
    day(bogota)

    assert written(bogota, case_id) == [("cordial-1", "letter", "queued")]


def test_a_debtor_who_refuses_everything_is_left_alone_and_asked_about_again(
    database_urls: object, mailbox: Mailbox
) -> None:
    bogota = make_world("CO", clock=ManualClock(FRIDAY))
    case_id = bogota.case(bogota.client(), kind="person")
    for channel in ("email", "postal"):
        change_points(bogota, channel, consent="unknown")
    start(bogota, case_id)
    day(bogota)

    assert written(bogota, case_id) == []
    found = case(bogota, case_id)
    assert found.next_step_why == "Las reglas de contacto no permiten escribirle ahora."
    assert found.next_step_at == FRIDAY + timedelta(days=7)


def test_a_bounced_email_is_followed_by_a_letter_of_the_same_step(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    mailbox.answers["RCPT"] = "550 5.1.1 No such user"
    case_id = world.case(client_id)
    start(world, case_id)
    day(world)

    assert written(world, case_id) == [("cordial-1", "email", "bounced"), ("cordial-1", "letter", "queued")]
    post_letters(world)
    day(world, 7)
    assert written(world, case_id)[2:] == [("second-2", "letter", "queued")]


def test_the_next_step_waits_for_the_post_and_counts_its_days_from_there(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    case_id = world.case(client_id, email="")
    start(world, case_id)
    day(world)
    day(world, 10)
    assert written(world, case_id) == [("cordial-1", "letter", "queued")]
    assert case(world, case_id).next_step_why == "Su carta anterior aún no sale al correo."

    post_letters(world)
    day(world, 4)
    assert written(world, case_id) == [("cordial-1", "letter", "sent")]
    day(world, 3)
    assert written(world, case_id)[1:] == [("second-2", "letter", "queued")]


def test_a_case_without_any_contact_data_waits_for_some_and_bothers_no_collector(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    case_id = world.case(client_id, email="", phone="")
    change_points(world, "postal", quality="wrong")
    start(world, case_id)
    day(world)
    day(world, 3)

    found = case(world, case_id)
    assert (found.stage, found.queue_at, found.next_step_at) == ("received", None, None)
    assert found.next_step_why == "Sin datos de contacto: pídelos al cliente o agrégalos."
    with world.work() as work:
        assert [row.id for row in list_cases(work, CaseFilter(unreachable=True)).rows] == [case_id]

    change_points(world, "postal", quality="unknown")
    day(world, 1)
    assert written(world, case_id) == [("cordial-1", "letter", "queued")]


def test_a_case_without_a_phone_comes_to_a_person_who_is_told_so(
    world: World, client_id: UUID, mailbox: Mailbox
) -> None:
    case_id = world.case(client_id, phone="")
    start(world, case_id)
    for _ in range(3):
        day(world)
        day(world, 7)
    post_letters(world)
    day(world, 7)

    assert case(world, case_id).queue_reason == "Sin teléfono: busca un número o escríbele"


def test_a_dispute_stops_the_ladder_and_its_end_lets_it_go_on(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    day(world)
    with world.work() as work:
        flag_id = open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
    day(world, 7)
    day(world, 30)
    found = case(world, case_id)
    assert len(written(world, case_id)) == 1
    assert (found.next_step_at, found.next_step_why) == (
        None,
        "Hay una pausa, aclaración, queja o dificultad abierta.",
    )

    with world.work() as work:
        close_flag(work, flag_id, outcome="La factura es correcta")
    day(world, 1)
    assert len(written(world, case_id)) == 1, "it waits in the queue for a person"
    with world.work() as work:
        cases.leave_queue(work, cases.open_case(work, case_id))
    day(world, 2)
    assert written(world, case_id)[1:] == [("second-2", "email", "sent")]


def test_a_promise_is_waited_for(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    with world.work() as work:
        found = cases.open_case(work, case_id)
        work.add(
            Promise(
                agency_id=world.agency_id, client_id=client_id, id=new_id(), case_id=case_id, amount=100,
                currency=found.currency, due_on=date(2026, 11, 24), grace_days=1, made_on=date(2026, 11, 20),
                made_at=FRIDAY, made_by="Ana Prueba", made_by_kind="staff",
            )
        )  # fmt: skip
    with world.work() as work:
        runs.run(work)

    found = case(world, case_id)
    assert found.next_step_why == "Hay una promesa pendiente."
    assert found.next_step_at == datetime(2026, 11, 26, 6, 0, tzinfo=UTC), "the 26th begins in Mexico City"
    assert written(world, case_id) == []


def test_a_paid_case_rests_and_a_reversed_payment_wakes_it(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    with world.work() as work:
        cases.open_case(work, case_id).balance = 0
    day(world)
    assert written(world, case_id) == []
    with world.work() as work:
        cases.open_case(work, case_id).balance = 100_00
    day(world, 3)
    assert len(written(world, case_id)) == 1


def test_a_closed_case_leaves_its_ladder(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    case_id = world.case(client_id)
    start(world, case_id)
    with world.work() as work:
        cases.move(work, cases.open_case(work, case_id), Move.CLOSE, close_code=CloseCode.RECALLED)
        service.reconsider(work, case_id)
    day(world, 1)

    with world.work() as work:
        entry = work.session.scalars(select(CaseStrategy).where(CaseStrategy.case_id == case_id)).one()
    assert (entry.ended, written(world, case_id)) == ("closed", [])


def test_a_new_version_is_followed_by_new_cases_only(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    first = world.case(client_id)
    start(world, first)
    shorter = Ladder(steps=(DEFAULT.steps[0], DEFAULT.steps[3]))
    with world.work() as work:
        service.keep_version(work, key="default", name="Más corta", ladder=shorter)
    second = world.case(client_id, name="Otra Demo")
    start(world, second)

    with world.work() as work:
        rows = work.session.execute(
            select(CaseStrategy.case_id, Strategy.version)
            .join(Strategy, Strategy.id == CaseStrategy.strategy_id)
            .where(CaseStrategy.agency_id == world.agency_id)
        ).all()
        states = work.session.scalars(
            select(Strategy.state).where(Strategy.agency_id == world.agency_id).order_by(Strategy.version)
        ).all()
    assert {(case_id, version) for case_id, version in rows} == {(first, 1), (second, 2)}
    assert list(states) == ["retired", "active"]


def test_two_runs_at_once_write_to_nobody_twice(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ids = [world.case(client_id, name=f"Deudor Demo {n}") for n in range(12)]
    start(world, *ids)

    def run_once(_: int) -> int:
        with world.work() as work:
            return runs.run(work, limit=6)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run_once, range(4)))
    with world.work() as work:
        runs.run(work)
        per_case = work.session.execute(
            select(Notice.case_id, func.count()).where(Notice.agency_id == world.agency_id).group_by(Notice.case_id)
        ).all()
    assert sorted(count for _, count in per_case) == [1] * 12


def test_a_hundred_cases_are_taken_along_in_one_go(world: World, client_id: UUID, mailbox: Mailbox) -> None:
    ids = [world.case(client_id, name=f"Deudor Demo {n}") for n in range(100)]
    start(world, *ids)

    with world.work() as work:
        assert runs.run(work) == 100

    with world.work() as work:
        queued = work.session.scalars(select(func.count()).where(Notice.agency_id == world.agency_id)).one()
    assert queued == 100
