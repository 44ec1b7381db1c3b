"""Looking at everything that is due: in sets it is seen as each case would be on its own."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from legal import gate
from legal.records import service as records
from legal.records.tables import ContactAttempt, DecisionRecord
from legal.rules.facts import Channel
from recobro.cases.flags import open_flag
from recobro.cases.tables import Case
from recobro.notices.facts import best_point, request_for
from recobro.notices.gathering import gather, gather_rows
from recobro.strategies import previewing, service
from recobro.strategies.previewing import Share
from tests.support.world import World, make_world, mxn

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def portfolio(world: World) -> list[UUID]:
    """Cases to which all sorts of things happened, on a strategy whose first step is due."""
    client_id = world.client()
    ids = [world.case(client_id, kind="person", name=f"Persona {n}", email=f"p{n}@demo.example") for n in range(8)]
    ids.append(world.case(world.client("otro"), name="Firma", debts=[("  ", mxn("10.00"), date(2026, 9, 1))]))
    ids.append(world.case(client_id, name="Sin datos", email="", phone=""))
    with world.work() as work:
        facts = gather(work, ids)

        def whose(n: int) -> dict[str, Any]:
            one = facts[ids[n]]
            return {"client_id": one.case.client_id, "case_id": one.case.id, "debtor_id": one.debtor.id}

        facts[ids[0]].debtor.region = ""
        facts[ids[1]].debtor.birth_year = 2015
        facts[ids[2]].debtor.tax_id_norm = "DELL800101AB1"
        records.stop_channel(work, **whose(3), channel=Channel.EMAIL, how="page")
        records.note_request(work, **whose(4), channel=Channel.EMAIL, how="email")
        records.note_contact(
            work, **whose(5), person_key=facts[ids[5]].person_key, channel=Channel.EMAIL,
            at=FRIDAY - timedelta(days=2), conversation=True,
        )  # fmt: skip
        open_flag(work, case_id=ids[6], kind="dispute", reason="No reconoce la factura")
        for point in facts[ids[7]].points:
            point.consent, point.quality = "refused", "verified"
    with world.work() as work:
        service.start(work, ids)
        for case in work.session.scalars(select(Case).where(Case.agency_id == world.agency_id)):
            case.next_step_at = FRIDAY - timedelta(hours=1)
    with world.work() as work:
        work.session.execute(
            Case.metadata.tables["case_strategies"].update().values(step_since=FRIDAY - timedelta(days=30))
        )
    return ids


def test_facts_read_in_sets_are_those_of_each_case(world: World, portfolio: list[UUID]) -> None:
    with world.work() as work:
        one_by_one = gather(work, portfolio)
        rows = work.session.execute(
            select(Case.id, Case.client_id, Case.debtor_id).where(Case.agency_id == world.agency_id)
        ).all()
        in_sets = gather_rows(work, rows)

        assert in_sets.keys() == one_by_one.keys() == set(portfolio)
        for case_id in portfolio:
            for channel in (Channel.EMAIL, Channel.PHONE, Channel.LETTER):
                assert _told(request_for(in_sets[case_id], channel)) == _told(request_for(one_by_one[case_id], channel))


def _told(request: gate.ContactRequest) -> list[Any]:
    """All of a question; ids as text, as rows have them."""
    told = (getattr(request, one.name) for one in fields(request))
    return [str(value) if isinstance(value, UUID) else value for value in told]


def test_a_look_says_what_the_gate_says_of_each_due_step_and_keeps_nothing(world: World, portfolio: list[UUID]) -> None:
    with world.work() as work:
        looked = {UUID(one.case_id): one for one in previewing.look(work)}
        facts = gather(work, portfolio)
        for case_id in portfolio:
            one = facts[case_id]
            decision = looked[case_id].decision
            if decision is not None:
                channel = decision.action.channel
                assert best_point(one, channel) is not None
                assert decision.hash == gate.preview(work, request_for(one, channel)).hash
        assert looked[portfolio[6]].answer.code == "flag"
        verdicts = {n: found.verdict.value for n, c in enumerate(portfolio) if (found := looked[c].decision)}
        assert verdicts[1] == verdicts[3] == "deny"
        assert verdicts[2] == "allow"
        assert (
            work.session.scalars(select(DecisionRecord).where(DecisionRecord.agency_id == world.agency_id)).all() == []
        )
        assert len(work.session.scalars(select(ContactAttempt)).all()) == 1


def test_figures_of_all_that_is_due_are_the_same_block_by_block(
    world: World, portfolio: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.work() as work:
        whole = previewing.outlook(work)
        monkeypatch.setattr(previewing, "BLOCK", 3)
        assert previewing.outlook(work) == whole
    assert whole.due == len(portfolio)
    assert sum(whole.acts.values()) == whole.due
    assert any("opt_out" in rule for rule in whole.in_the_way)


def test_shares_of_a_portfolio_have_no_case_in_common_and_together_have_all(
    world: World, portfolio: list[UUID]
) -> None:
    with world.work() as work:
        whole = [one.case_id for one in previewing.look(work)]
        shares = [{one.case_id for one in previewing.look(work, share=Share(n, 3))} for n in range(3)]
    assert sorted(case_id for share in shares for case_id in share) == sorted(whole)
    assert len([share for share in shares if share]) > 1


def test_a_look_ahead_finds_what_is_due_by_then_and_asks_the_law_of_that_moment(
    world: World, portfolio: list[UUID]
) -> None:
    sunday = FRIDAY + timedelta(days=2)
    with world.work() as work:
        later = work.session.get_one(Case, (world.agency_id, portfolio[0]))
        later.next_step_at = sunday - timedelta(hours=1)
        work.session.flush()
        assert previewing.outlook(work).due == len(portfolio) - 1
        found = previewing.outlook(work, at=sunday)
        assert found.due == len(portfolio)
        assert found.verdicts["wait"] > previewing.outlook(work).verdicts["wait"]
        assert set(found.titles) == set(found.in_the_way)
        assert previewing.outlook(work, at=sunday, most=4).due == 4
