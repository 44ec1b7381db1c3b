"""The ledger of consent: what is noted is known at the gate's next question, and nothing that was noted is lost."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from kernel.clock import ManualClock
from kernel.problems import Invalid, NotFound
from legal import gate
from legal.gate import Denied
from legal.records import consents as ledger
from legal.records import disputes
from legal.records.consents import Said
from legal.records.disputes import Terms
from legal.records.tables import ConsentEvent, Dispute
from legal.rules.facts import Agreed, Channel
from recobro.cases.flags import open_flag
from recobro.consents import contesting, service
from recobro.consents.service import LawyerCard
from recobro.debtors.tables import ContactPoint
from recobro.notices.facts import contact_facts, request_for
from recobro.notices.gathering import gather_one
from tenants.context import Kind, Principal
from tenants.roles import Role
from tests.support.world import World, make_world

# A Friday, not a holiday anywhere, at ten in Mexico City and eleven in Bogota.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
CALL = Said("call", words="Eso dijo")


@pytest.fixture
def mexico(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def bogota(database_urls: object) -> World:
    return make_world("CO", clock=ManualClock(FRIDAY))


def may(world: World, case_id: UUID, channel: Channel = Channel.EMAIL) -> list[str]:
    """Why the gate lets no contact pass, by code; nothing when it does."""
    with world.work() as work:
        try:
            gate.permission_to_contact(work, request_for(gather_one(work, case_id), channel))
        except Denied as denied:
            return list(denied.reasons)
        return []


def points(world: World, case_id: UUID, channel: str) -> UUID:
    with world.work() as work:
        found = gather_one(work, case_id)
        return next(point.id for point in found.points if point.channel == channel)


def test_a_channel_that_was_closed_is_shut_at_the_next_question_and_open_again_after_a_new_consent(
    mexico: World,
) -> None:
    case_id = mexico.case(mexico.client())
    assert may(mexico, case_id) == []

    with mexico.work(mexico.principal(Role.COLLECTOR)) as work:
        service.note_withdrawal(work, case_id, CALL, channel=Channel.EMAIL)
    assert may(mexico, case_id) == ["opted_out"]

    with mexico.work(mexico.principal(Role.COLLECTOR)) as work:
        service.note_consent(work, case_id, CALL, channel=Channel.EMAIL)
    assert may(mexico, case_id) == []


def test_a_request_to_cease_closes_everything_and_in_writing_it_is_known_as_such(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        service.note_withdrawal(work, case_id, Said("letter", words="No vuelvan a contactarme."))

    assert may(mexico, case_id) == ["ceased"]
    assert may(mexico, case_id, Channel.CERTIFIED_LETTER) == ["ceased"]
    with mexico.work() as work:
        [closed] = contact_facts(gather_one(work, case_id)).opt_outs
    assert (closed.channel, closed.written) == (None, True)


def test_in_colombia_only_the_channels_of_the_ledger_are_authorised_until_their_last_day(bogota: World) -> None:
    case_id = bogota.case(bogota.client(), kind="person")
    with bogota.work() as work:
        for point in gather_one(work, case_id).points:
            point.consent = "unknown"
        service.note_consent(work, case_id, CALL, channel=Channel.EMAIL, until=FRIDAY.date())

    assert may(bogota, case_id) == []
    assert may(bogota, case_id, Channel.PHONE) != []
    with bogota.work() as work:
        assert contact_facts(gather_one(work, case_id)).authorised_channels == (Channel.EMAIL,)
    clock = bogota.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=1))
    with bogota.work() as work:
        assert contact_facts(gather_one(work, case_id)).authorised_channels is None, "nobody is asked to be still bound"


def test_what_is_said_of_one_number_closes_that_number_and_no_other(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    phone = points(mexico, case_id, "phone")
    with mexico.work() as work:
        service.note_withdrawal(work, case_id, CALL, point_id=phone)

    with mexico.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.id == phone)).one()
        assert point.consent == "refused"
        assert contact_facts(gather_one(work, case_id)).opt_outs == ()
    assert may(mexico, case_id) == []


def test_a_number_of_another_debtor_is_not_found(mexico: World) -> None:
    client_id = mexico.client()
    case_id, other = mexico.case(client_id), mexico.case(client_id, name="Otra")
    with mexico.work() as work, pytest.raises(NotFound):
        service.note_consent(work, case_id, CALL, point_id=points(mexico, other, "email"))


def test_with_a_lawyer_one_speaks_with_the_lawyer_until_that_is_over(mexico: World) -> None:
    case_id = mexico.case(mexico.client(), kind="person")
    with mexico.work() as work:
        line = service.note_lawyer(work, case_id, CALL, card=LawyerCard("Lic. Inés Demo", address="Calle 1"))
    assert may(mexico, case_id) == ["represented"]
    with mexico.work() as work:
        lawyer = contact_facts(gather_one(work, case_id)).lawyer
        assert lawyer is not None
        assert lawyer.reachable

    with mexico.work() as work:
        service.end_line(work, case_id, line, Said("letter", words="Ya no me representa."))
    assert may(mexico, case_id) == []
    with mexico.work() as work:
        kinds = [row.kind for row in service.lines_of(work, case_id)]
    assert kinds == ["lawyer", "ended"], "nothing is erased"


def test_a_lawyer_without_a_name_and_an_empty_inconvenience_are_refused(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        with pytest.raises(Invalid, match="nombre del abogado"):
            service.note_lawyer(work, case_id, CALL, card=LawyerCard(" "))
        with pytest.raises(Invalid, match="qué no le conviene"):
            service.note_inconvenient(work, case_id, CALL)
        with pytest.raises(Invalid, match="anterior a la de fin"):
            service.note_inconvenient(work, case_id, CALL, begins=time(12), ends=time(9))


def test_an_inconvenient_time_and_the_employers_word_are_facts_of_the_next_question(mexico: World) -> None:
    case_id = mexico.case(mexico.client(), kind="person")
    phone = points(mexico, case_id, "phone")
    with mexico.work() as work:
        service.note_inconvenient(work, case_id, CALL, days=["fri"], begins=time(9), ends=time(13))
        service.note_employer(work, case_id, CALL, employer="Talleres Ficticios", point_id=phone)

    with mexico.work() as work:
        request = request_for(gather_one(work, case_id), Channel.PHONE)
    [told] = request.facts.inconvenient
    assert (told.days, told.begins, told.ends) == (("fri",), time(9), time(13))
    assert request.facts.employer_prohibits is True
    assert request.action.workplace is True
    assert set(may(mexico, case_id, Channel.PHONE)) == {"inconvenient_time", "workplace_prohibited"}


def test_a_consent_of_another_kind_carries_its_withdrawal(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        service.note_consent(work, case_id, CALL, scope=Agreed.HOURS, channel=Channel.PHONE)
    clock = mexico.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(hours=1))
    with mexico.work() as work:
        service.note_withdrawal(work, case_id, CALL, scope=Agreed.HOURS)
        [given] = contact_facts(gather_one(work, case_id)).consents
    assert (given.what, given.at, given.withdrawn_at) == (Agreed.HOURS, FRIDAY, FRIDAY + timedelta(hours=1))
    assert may(mexico, case_id) == [], "the channel itself stays open"


def test_nobody_notes_what_is_yet_to_be_said(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work, pytest.raises(Invalid, match="ya se dijo"):
        service.note_consent(work, case_id, Said("call", at=FRIDAY + timedelta(minutes=1)))


def test_a_line_ends_once_and_a_closed_channel_is_opened_not_forgotten(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        stop = service.note_withdrawal(work, case_id, CALL, channel=Channel.SMS)
        given = service.note_consent(work, case_id, CALL, channel=Channel.EMAIL)
        service.end_line(work, case_id, given, CALL)
        for line in (stop, given):
            with pytest.raises(Invalid, match="ya terminó"):
                service.end_line(work, case_id, line, CALL)


def test_no_line_is_changed_or_erased_by_anybody(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        line = service.note_withdrawal(work, case_id, CALL)
    with pytest.raises(ProgrammingError, match="permission denied"), mexico.work() as work:
        ledger.line_of(work, line).words = "Otra cosa"


def test_the_debtor_reads_the_own_ledger_and_no_other(mexico: World) -> None:
    client_id = mexico.client()
    case_id, other = mexico.case(client_id), mexico.case(client_id, name="Otra")
    with mexico.work() as work:
        service.note_withdrawal(work, case_id, CALL)
        service.note_withdrawal(work, other, CALL)
    debtor = Principal(mexico.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)
    with mexico.work(debtor) as work:
        assert [row.case_id for row in work.session.scalars(select(ConsentEvent))] == [case_id]


def test_a_dispute_keeps_how_it_came_what_was_sent_and_what_was_answered(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    debtor = Principal(mexico.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)
    with mexico.work(debtor) as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No me llegó la mercancía")
    with mexico.work() as work:
        [row] = disputes.disputes_of(work, [case_id])
        assert (row.medium, row.words) == ("written", "No me llegó la mercancía")
        contesting.describe(work, case_id, row.id, Terms("quality", "written", words=row.words))
        contesting.verify(work, case_id, row.id, sent_on=FRIDAY.date())
        contesting.answer(work, case_id, row.id, answered_on=FRIDAY.date(), text="Se mandó la remisión firmada.")
        [told] = contact_facts(gather_one(work, case_id)).contested
    assert told.written
    assert told.answered_at is not None
    with mexico.work() as work:
        kept = work.session.scalars(select(Dispute)).one()
    assert (kept.kind, kept.verification_sent_on, kept.answered_on) == ("quality", FRIDAY.date(), FRIDAY.date())
    assert may(mexico, case_id) == ["dispute_hold"], "an answer does not take the flag down by itself"


def test_nobody_answers_a_dispute_before_it_came(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="Ya pagué")
        [row] = disputes.disputes_of(work, [case_id])
        with pytest.raises(Invalid, match="antes de recibir"):
            contesting.verify(work, case_id, row.id, sent_on=FRIDAY.date() - timedelta(days=1))
        with pytest.raises(Invalid, match="no ha llegado"):
            contesting.verify(work, case_id, row.id, sent_on=FRIDAY.date() + timedelta(days=1))


def test_a_validation_notice_is_kept_and_where_the_place_has_no_period_none_is_invented(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        row = contesting.note_validation(work, case_id, channel=Channel.LETTER, provided_on=FRIDAY.date())
        assert row.period_ends_on is None
        assert contact_facts(gather_one(work, case_id)).validation_ends is None


def test_in_the_united_states_the_period_ends_thirty_days_after_the_assumed_receipt(mexico: World) -> None:
    case_id = mexico.case(mexico.client(), kind="person")
    with mexico.work() as work:
        debtor = gather_one(work, case_id).debtor
        debtor.country, debtor.time_zone = "US", "America/New_York"
        work.flush()
        # A Friday; Monday the 7th is Labor Day.
        row = contesting.note_validation(work, case_id, channel=Channel.LETTER, provided_on=date(2026, 9, 4))
    assert (row.assumed_receipt_on, row.period_ends_on) == (date(2026, 9, 14), date(2026, 10, 14))
    with mexico.work() as work:
        assert contact_facts(gather_one(work, case_id)).validation_ends == date(2026, 10, 14)
