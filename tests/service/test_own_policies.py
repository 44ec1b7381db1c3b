"""An agency's own policies on a real database: kept version by version, read once, asked by the gate."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel.clock import ManualClock
from kernel.problems import NotFound
from legal import gate
from legal.policies import service as policies
from legal.policies.service import ChangedMeanwhile
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from legal.rules.packs.schema import Rule
from legal.rules.policies import AGENCY, PolicyRefused, digest_of, own_rules
from recobro.cases import service as cases
from recobro.law_pages.policy_effects import effects_of
from recobro.notices.facts import contact_facts, request_for
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tests.support.statements import statements
from tests.support.world import World, make_world

# A Friday, not a holiday, at ten in Mexico City.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def mexico(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


def closes(channel: Channel, **more: Any) -> tuple[Rule, ...]:
    return own_rules([{
        "id": f"agency.no_{channel}", "kind": "closed", "title": "Cerrado", "from": "2026-01-01", "basis": "policy",
        "confidence": "policy", "citation": "Política de la agencia", "checked_on": "2026-01-01",
        "applies_to": {"channels": [channel.value]}, **more,
    }])  # fmt: skip


def set_by(world: World, rules: tuple[Rule, ...], *, based_on: int = 0) -> policies.Own:
    with world.work(world.principal(Role.SUPERVISOR, name="Sofía Prueba")) as work:
        return policies.set_policies(
            work, rules, why="Lo pidió el cliente", change="Cierra un canal", based_on=based_on
        )


def test_a_contact_that_the_law_allows_is_refused_by_the_agencys_own_policy(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        assert gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL)).verdict is Verdict.ALLOW

    set_by(mexico, closes(Channel.EMAIL))

    with mexico.work() as work, pytest.raises(gate.Denied) as refused:
        gate.permission_to_contact(work, request_for(gather_one(work, case_id), Channel.EMAIL))
    assert refused.value.reasons == ["closed_by_agency"]
    with mexico.work() as work:
        by_phone = gate.preview(work, request_for(gather_one(work, case_id), Channel.PHONE))
    assert by_phone.verdict is Verdict.ALLOW
    assert "agency.no_email" in {outcome.rule.id for outcome in by_phone.outcomes}


def test_another_agency_goes_on_by_its_own(mexico: World) -> None:
    other = make_world("MX", clock=ManualClock(FRIDAY))
    case_id = other.case(other.client())
    set_by(mexico, closes(Channel.EMAIL))

    with other.work() as work:
        assert policies.own_policies(work).version == 0
        assert gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL)).verdict is Verdict.ALLOW


def test_each_version_stays_with_who_set_it_and_why_and_the_newest_holds(mexico: World) -> None:
    first = set_by(mexico, closes(Channel.EMAIL))
    second = set_by(mexico, (), based_on=first.version)

    with mexico.work() as work:
        assert policies.own_policies(work).rules == ()
        kept = policies.versions(work)
        assert policies.rules_with(work, first.digest) == closes(Channel.EMAIL)
        assert policies.rules_with(work, digest_of(())) == ()
        with pytest.raises(NotFound):
            policies.rules_with(work, "0" * 64)
    assert [(row.version, row.set_by, row.why) for row in kept] == [
        (2, "Sofía Prueba", "Lo pidió el cliente"),
        (1, "Sofía Prueba", "Lo pidió el cliente"),
    ]
    assert second.version == 2


def test_who_changes_an_older_version_is_told(mexico: World) -> None:
    set_by(mexico, closes(Channel.EMAIL))

    with pytest.raises(ChangedMeanwhile):
        set_by(mexico, closes(Channel.SMS), based_on=0)


def test_a_law_cannot_be_kept_as_an_agencys_own(mexico: World) -> None:
    [rule] = closes(Channel.SMS)

    with pytest.raises(PolicyRefused):
        set_by(mexico, (rule.model_copy(update={"id": "mx.com.hours"}),))


def test_the_pack_of_an_agency_names_its_own_rules_among_its_parts(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        facts = contact_facts(gather_one(work, case_id))
        plain = policies.pack_for(work, facts)
        own = policies.set_policies(work, closes(Channel.SMS), why="", change="", based_on=0)
        stacked = policies.pack_for(work, facts)
        assert policies.pack_for(work, facts) is stacked
    assert stacked.parts == (*plain.parts, (AGENCY, own.digest))


def test_the_policies_are_read_once_in_a_work_however_many_contacts_are_asked(mexico: World) -> None:
    client_id = mexico.client()
    cases = [mexico.case(client_id, email=f"{n}@tornillo.example") for n in range(4)]
    set_by(mexico, closes(Channel.SMS))
    with mexico.work() as work:
        requests = [request_for(gather_one(work, case_id), Channel.EMAIL) for case_id in cases]
        with statements() as sent:
            gate.preview_many(work, requests)
            gate.preview_many(work, requests)
    assert sum("agency_policies" in statement for statement in sent) == 1


def test_a_policy_with_a_last_day_ends_by_itself(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    set_by(mexico, closes(Channel.EMAIL, to="2026-11-19"))

    with mexico.work() as work:
        assert gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL)).verdict is Verdict.ALLOW


class Ticking(ManualClock):
    """A clock that goes on between two looks at it, as real ones do."""

    def now(self) -> datetime:
        """Later than before."""
        self.advance(timedelta(milliseconds=1))
        return super().now()


def test_a_look_at_a_policy_counts_no_contact_that_it_leaves_alone(database_urls: object) -> None:
    mexico = make_world("MX", clock=Ticking(FRIDAY))
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        cases.put_in_queue(work, cases.open_case(work, case_id), reason="Toca llamar")
    with mexico.work() as work:
        other, own = effects_of(work, closes(Channel.EMAIL)), effects_of(work, closes(Channel.PHONE))
    assert (other.asked, other.delayed, other.stopped) == (1, 0, 0)
    assert (own.asked, own.delayed, own.stopped) == (1, 0, 1)
