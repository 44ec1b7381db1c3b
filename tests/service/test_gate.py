"""The gate on a real database: what it keeps, what it counts, who makes a clearance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from kernel.clock import ManualClock
from legal import gate
from legal.gate import Clearance, ContactRequest, Denied, Held
from legal.records import service as records
from legal.records.tables import ContactAttempt, DecisionRecord
from legal.rules.decision import Verdict, canonical
from legal.rules.facts import Channel, Override, Purpose, Receiver
from recobro.cases.flags import open_flag
from recobro.clients.service import Terms, set_terms
from recobro.clients.tables import Contract
from recobro.debtors.tables import ContactPoint
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one, gather_rows
from tenants.service import agency_of
from tenants.tables import Agency
from tenants.work import Work
from tests.support.races import race
from tests.support.world import World, make_world

# A Friday, not a holiday anywhere, at ten in Mexico City and eleven in Bogota.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def mexico(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def bogota(database_urls: object) -> World:
    return make_world("CO", clock=ManualClock(FRIDAY))


def a_case(world: World, *, kind: str = "firm", **more: Any) -> UUID:
    return world.case(world.client(f"cliente-{len(more)}-{kind}"), kind=kind, **more)


def request(work: Work, case_id: UUID, channel: Channel = Channel.EMAIL, **more: object) -> ContactRequest:
    return request_for(gather_one(work, case_id), channel, **more)  # type: ignore[arg-type]


def kept(world: World) -> list[DecisionRecord]:
    with world.work() as work:
        rows = work.session.scalars(
            select(DecisionRecord).where(DecisionRecord.agency_id == world.agency_id).order_by(DecisionRecord.id)
        ).all()
        return list(rows)


def attempts(world: World) -> int:
    with world.work() as work:
        return work.session.scalars(
            select(func.count()).where(ContactAttempt.agency_id == world.agency_id, ContactAttempt.voided_at.is_(None))
        ).one()


def test_only_the_gate_makes_a_clearance(mexico: World) -> None:
    with pytest.raises(TypeError, match=r"Only legal\.gate"):
        Clearance(
            mexico.agency_id,
            mexico.agency_id,
            mexico.agency_id,
            Channel.EMAIL,
            "a@b.example",
            FRIDAY,
            FRIDAY + gate.LASTS,
            lambda: FRIDAY,
            object(),
        )


def test_a_clearance_is_void_when_what_counted_it_is_undone(mexico: World) -> None:
    case_id = a_case(mexico)

    with mexico.work() as work:
        nested = work.session.begin_nested()
        undone = gate.permission_to_contact(work, request(work, case_id))
        nested.rollback()
        with work.session.begin_nested():
            counted = gate.permission_to_contact(work, request(work, case_id))
        work.session.begin_nested().rollback()

    assert attempts(mexico) == 1
    with pytest.raises(TypeError, match="undone"):
        undone.spend(undone.channel, undone.address)
    counted.spend(counted.channel, counted.address)


def test_a_clearance_is_void_when_its_work_is_abandoned(mexico: World) -> None:
    case_id = a_case(mexico)
    given: list[Clearance] = []

    def abandoned() -> None:
        with mexico.work() as work:
            given.append(gate.permission_to_contact(work, request(work, case_id)))
            raise LookupError

    with pytest.raises(LookupError):
        abandoned()

    assert attempts(mexico) == 0
    with pytest.raises(TypeError, match="undone"):
        given[0].spend(given[0].channel, given[0].address)


def test_a_clearance_ends_with_the_last_minute_in_which_the_contact_may_begin(mexico: World) -> None:
    case_id = a_case(mexico)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    with mexico.work() as work:
        # The agency's place closes at 22:00.
        clock.move_to(datetime(2026, 11, 20, 21, 59, 30, tzinfo=ZoneInfo("America/Mexico_City")))
        in_time = gate.permission_to_contact(work, request(work, case_id))
        late = gate.permission_to_contact(work, request(work, case_id))

    assert in_time.until.astimezone(ZoneInfo("America/Mexico_City")).hour == 21
    clock.advance(timedelta(seconds=29))
    in_time.spend(in_time.channel, in_time.address)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(TypeError, match="too old"):
        late.spend(late.channel, late.address)


def test_a_clearance_lasts_ten_minutes(mexico: World) -> None:
    case_id = a_case(mexico)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    with mexico.work() as work:
        late = gate.permission_to_contact(work, request(work, case_id))
        clock.advance(gate.LASTS)
        in_time = gate.permission_to_contact(work, request(work, case_id))
        clock.advance(gate.LASTS)

    in_time.spend(in_time.channel, in_time.address)
    with pytest.raises(TypeError, match="too old"):
        late.spend(late.channel, late.address)


def test_a_permitted_contact_is_kept_and_counted(mexico: World) -> None:
    case_id = a_case(mexico)

    with mexico.work() as work:
        clearance = gate.permission_to_contact(work, request(work, case_id))

    assert (clearance.channel, clearance.address) == (Channel.EMAIL, "pagos@tornillo.example")
    [decision] = kept(mexico)
    assert decision.id == clearance.decision_id
    assert (decision.verdict, decision.moment, decision.pack_id, decision.channel) == (
        "allow",
        "sending",
        "mx",
        "email",
    )
    assert attempts(mexico) == 1


def test_a_kept_decision_can_be_verified_from_its_row_alone(mexico: World) -> None:
    import hashlib

    case_id = a_case(mexico)
    with mexico.work() as work:
        gate.permission_to_contact(work, request(work, case_id))

    [decision] = kept(mexico)
    content = {name: value for name, value in decision.record.items() if name != "hash"}
    assert hashlib.sha256(canonical(content)).hexdigest() == decision.hash == decision.record["hash"]


def test_out_of_hours_the_contact_is_held_until_the_window_opens_and_nothing_is_counted(mexico: World) -> None:
    case_id = a_case(mexico)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(datetime(2026, 11, 21, 5, 0, tzinfo=UTC))  # Friday 23:00 in Mexico City

    with (
        mexico.work() as work,
        pytest.raises(Held, match=r"hasta el 2026-11-23 a las 07:00 \(America/Mexico_City\)") as held,
    ):
        gate.permission_to_contact(work, request(work, case_id))

    assert held.value.until == datetime(2026, 11, 23, 13, 0, tzinfo=UTC), "Monday at seven"
    assert held.value.decision_id == kept(mexico)[0].id
    assert attempts(mexico) == 0


def test_a_flag_denies_with_its_reason(mexico: World) -> None:
    case_id = a_case(mexico)
    with mexico.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")

    with mexico.work() as work, pytest.raises(Denied) as denied:
        gate.permission_to_contact(work, request(work, case_id))

    assert denied.value.reasons == ["dispute_hold"]
    assert kept(mexico)[0].verdict == "deny"


def test_planning_and_previews_count_nothing_and_previews_keep_nothing(mexico: World) -> None:
    case_id = a_case(mexico)

    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.ALLOW
        [answer] = gate.ask(work, [request(work, case_id)])

    [decision] = kept(mexico)
    assert (decision.id, decision.moment) == (answer.decision_id, "planned")
    assert attempts(mexico) == 0


def test_the_fourth_attempt_of_a_day_waits_for_tomorrow(mexico: World) -> None:
    case_id = a_case(mexico)
    for _ in range(3):
        with mexico.work() as work:
            gate.permission_to_contact(work, request(work, case_id))

    with mexico.work() as work, pytest.raises(Held) as held:
        gate.permission_to_contact(work, request(work, case_id))

    assert held.value.until > FRIDAY + timedelta(days=2), "the weekend is closed too"


def test_of_many_workers_only_one_uses_the_last_attempt(mexico: World) -> None:
    case_id = a_case(mexico)
    for _ in range(2):
        with mexico.work() as work:
            gate.permission_to_contact(work, request(work, case_id))

    def try_it(_: int) -> bool:
        with mexico.work() as work:
            try:
                gate.permission_to_contact(work, request(work, case_id))
            except Held:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(try_it, range(6))) == [False] * 5 + [True]
    assert attempts(mexico) == 3


def test_attempts_on_one_person_count_together_under_all_clients_of_the_agency(bogota: World) -> None:
    first, second = a_case(bogota, kind="person"), a_case(bogota, kind="person", name="Luis Demo")
    with bogota.work() as work:
        for case_id in (first, second):
            gather_one(work, case_id).debtor.tax_id_norm = "1020304050"
    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, first))

    with bogota.work() as work, pytest.raises(Held):
        gate.permission_to_contact(work, request(work, second))


def test_people_without_a_tax_id_or_with_everybodys_are_not_mixed_up(bogota: World) -> None:
    first, second = a_case(bogota, kind="person"), a_case(bogota, kind="person", name="Luis Demo")
    with bogota.work() as work:
        for case_id in (first, second):
            gather_one(work, case_id).debtor.tax_id_norm = "222222222222"
    for case_id in (first, second):
        with bogota.work() as work:
            gate.permission_to_contact(work, request(work, case_id))


def test_in_colombia_a_channel_nobody_authorised_is_denied_and_one_channel_a_week_holds(bogota: World) -> None:
    case_id = a_case(bogota, kind="person")
    with bogota.work() as work:
        points = work.session.scalars(select(ContactPoint).where(ContactPoint.agency_id == bogota.agency_id)).all()
        for point in points:
            point.consent = "granted" if point.channel != "postal" else "unknown"

    with bogota.work() as work, pytest.raises(Denied) as denied:
        gate.permission_to_contact(work, request(work, case_id, Channel.LETTER))
    assert denied.value.reasons[0] == "channel_not_authorised"

    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, case_id))
    clock = bogota.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=1))
    with bogota.work() as work, pytest.raises(Held):
        gate.permission_to_contact(work, request(work, case_id, Channel.PHONE))


def test_who_stops_a_channel_is_not_contacted_there_until_they_resume_it(mexico: World) -> None:
    case_id = a_case(mexico, kind="person")
    with mexico.work() as work:
        facts = gather_one(work, case_id)
        whose: dict[str, Any] = {"client_id": facts.case.client_id, "case_id": case_id, "debtor_id": facts.debtor.id}
        records.stop_channel(work, **whose, channel=Channel.EMAIL, how="page")

    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id)).failed[0].code == "opted_out"
        assert gate.preview(work, request(work, case_id, Channel.PHONE)).verdict is Verdict.ALLOW

    with mexico.work() as work:
        records.stop_channel(work, **whose, channel=None, how="call")
        assert gate.preview(work, request(work, case_id, Channel.PHONE)).failed[0].code == "ceased"
        assert gate.preview(work, request(work, case_id, Channel.PHONE, purpose=Purpose.RECEIPT)).verdict == "allow"

    with mexico.work() as work:
        records.resume_channel(work, **whose, channel=None, how="call")
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.ALLOW


def test_a_debtor_may_stop_a_channel_from_the_own_page_and_read_nothing_there(mexico: World) -> None:
    from tenants.context import Kind, Principal
    from tenants.work import tenant_work

    case_id = a_case(mexico, kind="person")
    with mexico.work() as work:
        facts = gather_one(work, case_id)
        whose: dict[str, Any] = {"client_id": facts.case.client_id, "case_id": case_id, "debtor_id": facts.debtor.id}
    debtor = Principal(mexico.agency_id, Kind.DEBTOR, None, "debtor", "Luis Demo", case_id)

    with tenant_work(debtor, clock=mexico.clock) as work:
        records.stop_channel(work, **whose, channel=Channel.EMAIL, how="page")

    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.DENY


def test_an_answer_to_what_the_debtor_asked_is_outside_the_caps(bogota: World) -> None:
    case_id = a_case(bogota, kind="person")
    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, case_id))
    clock = bogota.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(hours=1))
    with bogota.work() as work:
        facts = gather_one(work, case_id)
        records.note_request(
            work, client_id=facts.case.client_id, case_id=case_id, debtor_id=facts.debtor.id,
            channel=Channel.EMAIL, how="email", words="Envíe el saldo",
        )  # fmt: skip
    clock.advance(timedelta(minutes=5))

    with bogota.work() as work, pytest.raises(Held):
        gate.permission_to_contact(work, request(work, case_id))
    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, case_id, purpose=Purpose.ANSWER))


def test_an_attempt_that_never_left_no_longer_counts(mexico: World) -> None:
    case_id = a_case(mexico)
    with mexico.work() as work:
        clearance = gate.permission_to_contact(work, request(work, case_id))
    with mexico.work() as work:
        records.void_attempt(work, clearance.attempt_id)

    assert attempts(mexico) == 0


def test_a_conversation_closes_the_telephone_for_the_day_and_not_the_mailbox(mexico: World) -> None:
    case_id = a_case(mexico, kind="person")
    with mexico.work() as work:
        clearance = gate.permission_to_contact(work, request(work, case_id, Channel.PHONE))
        records.note_conversation(work, clearance.attempt_id)

    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id, Channel.PHONE)).failed[0].code == "already_talked_today"
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.ALLOW


def test_a_supervisor_may_set_a_policy_aside_with_a_reason_that_is_kept_and_never_a_law(
    mexico: World, bogota: World
) -> None:
    case_id = a_case(mexico)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(datetime(2026, 11, 21, 17, 0, tzinfo=UTC))  # Saturday; the creditor is of no regulated kind
    with mexico.work() as work:
        closed = gate.preview(work, request(work, case_id))
        assert closed.overridable
        override = Override(
            "Ana Prueba", "El deudor pidió que se le escriba hoy", tuple(o.rule.id for o in closed.failed)
        )
        gate.permission_to_contact(work, request(work, case_id, override=override))
    [decision] = kept(mexico)
    assert decision.record["action"]["override"]["reason"] == "El deudor pidió que se le escriba hoy"

    law = a_case(bogota, kind="person")
    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, law))
        held = gate.preview(work, request(work, law))
        override = Override("Ana Prueba", "Porque sí", tuple(o.rule.id for o in held.failed))
        assert not held.overridable
        assert gate.preview(work, request(work, law, override=override)).verdict is Verdict.WAIT


def test_a_place_without_a_pack_lets_nothing_pass(mexico: World) -> None:
    case_id = a_case(mexico)
    with mexico.work() as work:
        gather_one(work, case_id).debtor.country = "FR"

    with mexico.work() as work:
        assert [o.code for o in gate.preview(work, request(work, case_id)).failed] == ["no_pack"]


def test_a_mexican_banks_debtor_is_asked_to_pay_the_bank_or_is_not_contacted(mexico: World) -> None:
    by_agency, by_bank = (
        mexico.case(mexico.client(slug, pay_to=pay_to)) for slug, pay_to in (("uno", "agency"), ("dos", "client"))
    )
    with mexico.work() as work:
        for case_id in (by_agency, by_bank):
            gather_one(work, case_id).client.creditor_type = "financial"
        # Unless the agency tells its line, nobody knows that a call shows its number.
        agency_of(work).phone = "+525555550100"

    with mexico.work() as work:
        for channel in (Channel.EMAIL, Channel.PHONE):
            refused = gate.preview(work, request(work, by_agency, channel))
            assert [o.code for o in refused.failed] == ["payment_receiver"]
            assert gate.preview(work, request(work, by_bank, channel)).verdict is Verdict.ALLOW
        asks_nothing = request(work, by_agency, purpose=Purpose.RECEIPT)
        assert (asks_nothing.action.pay_to, gate.preview(work, asks_nothing).failed) == (None, ())


def test_the_contract_of_the_day_says_whom_the_debtor_pays(mexico: World) -> None:
    client_id = mexico.client()
    case_id = mexico.case(client_id)
    with mexico.work() as work:
        old = work.session.scalars(select(Contract).where(Contract.client_id == client_id)).one()
        later = Terms(commission_rules=old.commission_rules, tax_bp=1600, pay_to="client")
        set_terms(work, client_id=client_id, valid_from=date(2026, 11, 21), terms=later)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    for day, receiver in ((20, Receiver.AGENCY), (21, Receiver.CREDITOR)):
        clock.move_to(datetime(2026, 11, day, 17, 0, tzinfo=UTC))
        with mexico.work() as work:
            [in_sets] = gather_rows(work, [gather_one(work, case_id).case]).values()
            assert request(work, case_id).action.pay_to is in_sets.pay_to is receiver


def test_an_agency_chooses_among_the_readings_a_pack_offers(mexico: World) -> None:
    case_id = mexico.case(mexico.client(pay_to="client"))
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    with mexico.work() as work:
        facts = gather_one(work, case_id)
        facts.client.creditor_type = "financial"
    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.ALLOW

    with mexico.work() as work:
        agency = work.session.scalars(select(Agency).where(Agency.agency_id == mexico.agency_id)).one()
        agency.settings = {"law": {"MX": {"fin_weekends": "deny"}}}
    with mexico.work() as work:
        assert gate.preview(work, request(work, case_id)).verdict is Verdict.WAIT


def test_of_two_processes_that_race_for_the_last_contact_never_both_have_it(database_urls: tuple[str, str]) -> None:
    found = race(database_urls[0], 1_000)

    assert found.winners == {1: 1_000}
    assert found.counted == 1_000
    assert found.overlapped > 500, "they did not really race"


def test_a_worker_whose_time_was_told_before_it_waited_sees_what_was_counted_meanwhile(bogota: World) -> None:
    case_id = a_case(bogota, kind="person")
    with bogota.work() as work:
        gate.permission_to_contact(work, request(work, case_id))
    clock = bogota.clock
    assert isinstance(clock, ManualClock)
    # The clock of this machine is behind that of the other one.
    clock.move_to(FRIDAY - timedelta(seconds=30))

    with bogota.work() as work, pytest.raises(Held):
        gate.permission_to_contact(work, request(work, case_id))
