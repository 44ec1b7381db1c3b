"""One person owes two clients of an agency: what restricts contact reaches both cases, what was said of one debt does
not, and nothing that allows contact is carried over."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest

from kernel.clock import ManualClock
from legal import gate
from legal.records.consents import Said
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.flags import Grounds
from recobro.cases.lifecycle import CloseCode, Move
from recobro.config import Settings
from recobro.consents import service
from recobro.consents.service import LawyerCard
from recobro.notices.facts import CaseFacts, contact_facts, request_for
from recobro.notices.gathering import gather_one, gather_rows
from recobro.recalls import service as recalls
from recobro.recalls.rules import Reason
from recobro.wiring import wire
from tests.support.database import SECRET
from tests.support.world import World, make_world

# A Friday, at ten in Mexico City.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
SAID = Said("call", words="Eso dijo")


@pytest.fixture
def world(database_urls: tuple[str, str], tmp_path: Path) -> World:
    wire(Settings(data=tmp_path, secret=SECRET, files=tmp_path), database_urls[0])
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def both(world: World) -> tuple[UUID, UUID]:
    """Two cases of one person, one under each of two clients."""
    return owing(world, "FICL800101AB1")


def owing(world: World, tax_id: str) -> tuple[UUID, UUID]:
    one, other = (world.case(world.client(slug), kind="person", name="Luis Demo") for slug in ("uno", "dos"))
    with world.work() as work:
        for case_id in (one, other):
            gather_one(work, case_id).debtor.tax_id_norm = tax_id
    return one, other


def asked(world: World, case_id: UUID, channel: Channel = Channel.EMAIL) -> Decision:
    with world.work() as work:
        facts = gather_one(work, case_id)
        [in_sets] = gather_rows(work, [facts.case]).values()
        assert contact_facts(in_sets) == contact_facts(facts), "what is read in sets is what is read of one"
        return gate.preview(work, request_for(facts, channel))


def codes(world: World, case_id: UUID, channel: Channel = Channel.EMAIL) -> list[str]:
    return [outcome.code for outcome in asked(world, case_id, channel).failed]


def facts_of(world: World, case_id: UUID) -> CaseFacts:
    with world.work() as work:
        return gather_one(work, case_id)


@pytest.mark.parametrize(("code", "stop"), [(CloseCode.DECEASED, "deceased"), (CloseCode.INSOLVENT, "insolvent")])
def test_who_died_or_is_insolvent_is_so_to_every_client_until_the_case_is_opened_again(
    world: World, both: tuple[UUID, UUID], code: CloseCode, stop: str
) -> None:
    here, there = both
    with world.work() as work:
        cases.move(work, cases.open_case(work, there), Move.CLOSE, close_code=code)
        number = cases.open_case(work, there).number

    assert (asked(world, here).verdict, codes(world, here)) == (Verdict.DENY, [stop])
    assert facts_of(world, here).elsewhere.cases == (number,)
    with world.work() as work:
        cases.move(work, cases.open_case(work, there), Move.REOPEN, why="Era un homónimo")
    assert codes(world, here) == []


def test_a_death_that_a_client_tells_by_taking_its_debts_back_is_known_to_the_others(
    world: World, both: tuple[UUID, UUID]
) -> None:
    here, there = both
    with world.work() as work:
        recalls.recall_case(work, there, reason=Reason.DECEASED)
    assert codes(world, here) == ["deceased"]


def test_debts_taken_back_for_another_reason_say_nothing_of_the_person(world: World, both: tuple[UUID, UUID]) -> None:
    here, there = both
    with world.work() as work:
        recalls.recall_case(work, there, reason=Reason.ERROR)
    assert (codes(world, here), facts_of(world, here).elsewhere.cases) == ([], ())


def test_a_channel_closed_under_one_client_is_closed_under_all_and_the_others_stay_open(
    world: World, both: tuple[UUID, UUID]
) -> None:
    here, there = both
    with world.work() as work:
        service.note_withdrawal(work, there, SAID, channel=Channel.EMAIL)

    assert codes(world, here) == ["opted_out"]
    assert codes(world, here, Channel.LETTER) == []


@pytest.mark.parametrize("where", [0, 1])
def test_a_closed_channel_is_open_again_when_the_person_says_so_to_either(
    world: World, both: tuple[UUID, UUID], where: int
) -> None:
    here, there = both
    with world.work() as work:
        service.note_withdrawal(work, there, SAID, channel=Channel.EMAIL)
    later(world, 17)
    with world.work() as work:
        service.note_open_again(work, both[where], SAID, channel=Channel.EMAIL)
    assert codes(world, here) == []

    later(world, 18)
    with world.work() as work:
        service.note_withdrawal(work, there, SAID, channel=Channel.EMAIL)
    assert codes(world, here) == ["opted_out"], "what was said last holds"


def test_hours_that_do_not_suit_the_person_suit_no_client(world: World, both: tuple[UUID, UUID]) -> None:
    here, there = both
    with world.work() as work:
        service.note_inconvenient(work, there, SAID, begins=time(9), ends=time(12))

    decision = asked(world, here)

    assert (decision.verdict, decision.until) == (Verdict.WAIT, datetime(2026, 11, 20, 18, 0, tzinfo=UTC))


def test_a_moratorium_of_the_person_holds_for_all_until_it_ends(world: World, both: tuple[UUID, UUID]) -> None:
    here, there = both
    with world.work() as work:
        flags.open_flag(
            work, case_id=there, kind="breathing_space", reason="Lo dijo por carta", expires_on=date(2026, 11, 24),
            grounds=Grounds(date(2026, 11, 18), ("tregua.pdf", b"%PDF-1.4 ficticio")),
        )  # fmt: skip

    decision = asked(world, here)

    assert [one.code for one in decision.failed] == ["breathing_space"]
    assert decision.until == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


def test_a_minor_is_one_to_every_client(world: World, both: tuple[UUID, UUID]) -> None:
    here, there = both
    with world.work() as work:
        gather_one(work, there).debtor.birth_year = 2010
    assert codes(world, here) == ["minor"]


def test_what_is_said_of_one_debt_and_what_allows_contact_stay_with_their_case(
    world: World, both: tuple[UUID, UUID]
) -> None:
    here, there = both
    before = contact_facts(facts_of(world, here))
    with world.work() as work:
        service.note_lawyer(work, there, SAID, card=LawyerCard("Licenciada Ficticia"))
        service.note_withdrawal(work, there, SAID)
        flags.open_flag(work, case_id=there, kind="dispute", reason="No reconoce la factura")
        service.note_consent(work, there, Said("client", words="Contrato"), channel=Channel.SMS)

    assert codes(world, there) != []
    assert codes(world, here) == []
    assert contact_facts(facts_of(world, here)) == before


@pytest.mark.parametrize("tax_id", ["", "XAXX010101000"])
def test_nobody_is_taken_for_another_for_want_of_a_tax_id(world: World, tax_id: str) -> None:
    here, there = owing(world, tax_id)
    with world.work() as work:
        cases.move(work, cases.open_case(work, there), Move.CLOSE, close_code=CloseCode.DECEASED)
    assert codes(world, here) == []


def test_what_an_agency_knows_stays_with_it(world: World, both: tuple[UUID, UUID], database_urls: object) -> None:
    rival = make_world("MX", clock=ManualClock(FRIDAY))
    here, _ = owing(rival, "FICL800101AB1")
    with world.work() as work:
        for case_id in both:
            cases.move(work, cases.open_case(work, case_id), Move.CLOSE, close_code=CloseCode.DECEASED)
    assert codes(rival, here) == []


def later(world: World, hour: int) -> None:
    clock = world.clock
    assert isinstance(clock, ManualClock)
    clock.move_to(datetime(2026, 11, 20, hour, tzinfo=UTC))
