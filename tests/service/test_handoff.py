"""A case handed to a lawyer and back; what outside counsel sees; the dossier."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from legal.matters import queries as matter_queries
from legal.matters import service as matters
from legal.matters.lifecycle import CourtStage
from legal.matters.tables import Matter, MatterCost
from recobro.agreements import service as agreements
from recobro.cases import service as cases
from recobro.cases.tables import CaseEvent
from recobro.demo import papers
from recobro.desk import service as desk
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.files import read_file
from recobro.handoff import service
from recobro.handoff.queries import case_file
from recobro.handoff.render import keep_dossier
from recobro.handoff.rules import Paper
from recobro.ledger import service as ledger
from recobro.ledger.rules import Account
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.remittances.service import close_period
from tenants.context import Kind, Principal
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tenants.tables import Membership
from tests.support.world import World, make_world, mxn
from worker.jobs import handoff as jobs

NOON = datetime(2026, 6, 16, 18, 0, tzinfo=UTC)


def membership_of(world: World, principal: Principal) -> UUID:
    with world.work() as work:
        return work.session.scalars(
            select(Membership.id).where(
                Membership.agency_id == world.agency_id, Membership.person_id == principal.person_id
            )
        ).one()


def handed(world: World, case_id: UUID, lawyer: Principal) -> UUID:
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        return service.propose(work, case_id=case_id, membership_id=membership_of(world, lawyer)).id


def test_a_handed_case_leaves_the_queue_and_waits_for_the_lawyer(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        cases.put_in_queue(work, cases.open_case(work, case_id), reason="Promesa rota")

    matter_id = handed(world, case_id, world.principal(Role.LAWYER, name="Carla Muestra"))

    with world.work() as work:
        case, matter = cases.open_case(work, case_id), matters.open_matter(work, matter_id)
        assert (case.stage, case.queue_at) == ("legal", None)
        assert (matter.state, matter.counsel_name, matter.counsel_id) == ("proposed", "Carla Muestra", None)
        assert {"origin", "delivery", "power", "tax_id"} <= {item["code"] for item in matter.missing}
        named = work.session.scalars(select(OutboxRow.name).where(OutboxRow.agency_id == world.agency_id)).all()
        assert "handoff.dossier" in named
    with world.work() as work, pytest.raises(Conflict):
        service.propose(work, case_id=case_id, membership_id=membership_of(world, world.principal(Role.LAWYER)))


def test_a_paper_is_taken_off_what_is_missing(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        before = {i.code for i in case_file(work, cases.open_case(work, case_id)).items if not i.there}
        service.attach(work, case_id, paper=Paper.INVOICE, name="A-1.pdf", data=b"%PDF-1.7 prueba")
        after = {i.code for i in case_file(work, cases.open_case(work, case_id)).items if not i.there}
        with pytest.raises(Invalid):
            service.attach(work, case_id, paper=Paper.INVOICE, name="a.pdf", data=b"MZ no es un pdf")

    assert before - after == {"origin"}


def test_interest_is_counted_to_the_day_where_the_law_says_a_rate(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    due = NOON.date() - timedelta(days=100)
    firm = world.case(world.client(), debts=[("A-1", mxn("36500.00"), due)])
    with world.work() as work:
        (claim,) = case_file(work, cases.open_case(work, firm)).claims

    assert claim.interest is not None, claim.refusal
    assert claim.interest.days == 100
    assert claim.owed == claim.debt.balance + claim.interest.total


def test_a_missing_rate_is_said_and_never_guessed(app: Flask) -> None:
    from tests.support.world import make_world

    world = make_world("CO")
    world.clock.move_to(datetime(2031, 1, 6, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    case_id = world.case(world.client())
    with world.work() as work:
        found = case_file(work, cases.open_case(work, case_id))

    (claim,) = found.claims
    assert claim.interest is None
    assert claim.refusal is not None
    assert claim.refusal[0] in ("rate_missing", "interest.no_rule")
    assert claim.owed == claim.debt.balance


def test_the_dossier_is_a_pdf_with_its_hash(app: Flask, world: World) -> None:
    case_id = world.case(world.client(), debts=[("FACT-7788", mxn("1000.00"), world.clock.now().date())])
    matter_id = handed(world, case_id, world.principal(Role.LAWYER))

    with world.work() as work:
        jobs.dossier(work, matter_id=str(matter_id))

    with world.work() as work:
        matter = matters.open_matter(work, matter_id)
        assert matter.dossier_file_id is not None
        row, data = read_file(work, matter.dossier_file_id)
        assert row.visibility == "client"
        assert row.case_id == case_id
    with pikepdf.open(BytesIO(data)) as pdf:
        assert len(pdf.pages) >= 1


def test_the_history_of_a_dossier_has_every_call_and_no_private_note(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    with world.work(world.principal(Role.COLLECTOR)) as work:
        desk.record_outcome(work, case_id=case_id, outcome=Outcome.NO_ANSWER, note="Esto queda entre nosotros")

    with world.work() as work:
        found = case_file(work, cases.open_case(work, case_id))
    assert len(found.calls) == 1
    assert [(event.title, event.body) for event in found.events if event.kind == "call"] == [
        (MEANINGS[Outcome.NO_ANSWER].title, "")
    ]


def test_the_papers_of_the_demonstration_make_a_file_complete(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        before = {item.code: item.there for item in case_file(work, cases.open_case(work, case_id)).items}
        papers.attach(work, case_id)

    with world.work() as work:
        after = {item.code: item.there for item in case_file(work, cases.open_case(work, case_id)).items}
    assert [code for code in ("origin", "delivery", "power") if before[code]] == []
    assert [code for code in ("origin", "delivery", "power") if not after[code]] == []


def test_a_file_tells_a_lawyer_until_when_a_suit_is_safe(app: Flask, world: World) -> None:
    client_id = world.client()

    def term(*due: date) -> tuple[bool, str, object]:
        debts = [(f"F-{day:%Y%m%d}", mxn("1000"), day) for day in due]
        case_id = world.case(client_id, debts=debts)
        with world.work() as work:
            [item] = [one for one in case_file(work, cases.open_case(work, case_id)).items if one.code == "term"]
        return item.there, item.found.split(":")[0], item.fields["day"]

    assert term(date(2025, 1, 15)) == (True, "Última fecha segura para demandar", "2035-01-12")
    assert term(date(2025, 1, 16), date(2012, 3, 5)) == (
        False, "Puede haber terminado", "2022-03-03",
    )  # fmt: skip


def term_of_case(world: World, case_id: UUID) -> dict[str, tuple[str, dict[str, object]]]:
    with world.work() as work:
        items = case_file(work, cases.open_case(work, case_id)).items
    return {item.code: (item.found, dict(item.fields)) for item in items if item.code in ("term", "anew")}


def test_in_spain_a_payment_begins_the_term_again_and_a_reversed_one_does_not(database_urls: object) -> None:
    spain = make_world("ES", clock=ManualClock(NOON))
    case_id = spain.case(spain.client(), debts=[("F-1", Money.of("1000", "EUR"), date(2021, 2, 1))])
    before = term_of_case(spain, case_id)
    with spain.work(spain.principal(Role.ACCOUNTANT)) as work:
        payment_id = record_payment(
            work, case_id=case_id, amount=Money.of("100", "EUR"), direction=Direction.TO_AGENCY,
            method=Method.TRANSFER, received_on=date(2025, 12, 1), key="uno",
        )  # fmt: skip
    paid = term_of_case(spain, case_id)
    with spain.work(spain.principal(Role.SUPERVISOR)) as work:
        reverse_payment(work, payment_id=payment_id, reason="Devuelta por el banco")

    assert before == {"term": ("Puede haber terminado: la última fecha segura fue {day}", {"day": "2026-01-30"})}
    assert paid == {
        "term": ("Última fecha segura para demandar: {day}", {"day": "2030-11-29"}),
        "anew": ("Un pago del {since}", {"since": "2025-12-01"}),
    }
    assert term_of_case(spain, case_id) == before


def test_in_mexico_an_accepted_agreement_begins_the_term_again_and_a_payment_alone_does_not(
    app: Flask, world: World
) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    case_id = world.case(world.client(), debts=[("F-1", mxn("1000"), date(2016, 7, 1))])
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        record_payment(
            work, case_id=case_id, amount=mxn("100"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=date(2026, 6, 1), key="uno",
        )  # fmt: skip
    paid = term_of_case(world, case_id)
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        agreement_id = agreements.offer(work, case_id=case_id, count=2, first_on=date(2026, 6, 16)).id
    with world.work(Principal(world.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)) as work:
        agreements.accept(work, agreement_id, evidence={"name": "Luis Demo", "fact": "tax_id"})
    agreed = term_of_case(world, case_id)

    assert "anew" not in paid
    assert paid["term"][1] == {"day": "2026-06-29"}
    assert agreed["anew"] == ("Un convenio aceptado el {since}", {"since": "2026-06-16"})
    assert agreed["term"][1] == {"day": "2036-06-13"}


def test_outside_counsel_sees_only_matters_that_are_theirs(app: Flask, world: World) -> None:
    client_id = world.client()
    mine, theirs = world.principal(Role.COUNSEL), world.principal(Role.COUNSEL)
    case_id = world.case(client_id)
    other_case = world.case(client_id, name="Abarrotes La Prueba")
    matter_id, other = handed(world, case_id, mine), handed(world, other_case, theirs)

    with world.work(mine) as work:
        assert [m.id for m in work.session.scalars(select(Matter))] == [matter_id]
        assert cases.open_case(work, case_id).id == case_id
        with pytest.raises(NotFound):
            matters.open_matter(work, other)
        with pytest.raises(NotFound):
            cases.open_case(work, other_case)


def test_counsel_accepts_reaches_stages_counts_days_and_spends(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    counsel = world.principal(Role.COUNSEL)
    case_id = world.case(world.client())
    matter_id = handed(world, case_id, counsel)
    today = NOON.date()

    with world.work(counsel) as work:
        with pytest.raises(Conflict):
            service.reach_stage(work, matter_id, CourtStage.FILED, on=today)
        service.accept(work, matter_id)
        matters.describe(work, matter_id, court="Juzgado 14 Civil", file_no="123/2026", route="executive")
        service.reach_stage(work, matter_id, CourtStage.FILED, on=today, note="Con tres anexos")
        with pytest.raises(Invalid):
            service.reach_stage(work, matter_id, CourtStage.STUDY, on=today)
        with pytest.raises(Invalid):
            service.reach_stage(work, matter_id, CourtStage.ADMITTED, on=today + timedelta(days=1))
        deadline = matters.open_deadline(
            work, matter_id, title="Contestar prevención", due_on=today + timedelta(days=3), counted="3 días hábiles"
        )
        matters.close_deadline(work, matter_id, deadline, note="Presentado")
        cost_id = service.add_cost(
            work, matter_id, concept="Copias certificadas", amount=mxn("350.00"), spent_on=today, recoverable=True
        )
    with world.work() as work:
        jobs.cost(work, cost_id=str(cost_id))
        jobs.cost(work, cost_id=str(cost_id))

    with world.work() as work:
        matter = matters.open_matter(work, matter_id)
        assert (matter.state, matter.stage, matter.file_no) == ("accepted", "filed", "123/2026")
        assert [s.stage for s in matter_queries.stages(work, matter_id)] == ["study", "filed"]
        assert matter_queries.cost_sums(work, matter_id) == [mxn("350.00")]
        assert work.session.scalars(select(MatterCost.entry_id).where(MatterCost.id == cost_id)).one() is not None
        assert ledger.held(work, Account.CLIENT_RECEIVABLE, "MXN", matter.client_id) == mxn("350.00")
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.case_id == case_id)).all()
        assert "Demanda presentada" in titles
        client_id = matter.client_id

    world.clock.move_to(NOON + timedelta(days=1))  # type: ignore[attr-defined]
    with world.work() as work:
        closed = close_period(work, client_id=client_id, currency="MXN", period_to=today)
        assert (closed.costs, closed.closing) == (350_00, -350_00)


def test_a_returned_matter_brings_its_case_back_with_the_reason_and_closes_counsels_wall(
    app: Flask, world: World
) -> None:
    counsel = world.principal(Role.COUNSEL)
    case_id = world.case(world.client())
    matter_id = handed(world, case_id, counsel)

    with world.work(counsel) as work, pytest.raises(Invalid):
        service.give_back(work, matter_id, reason="  ")
    with world.work(counsel) as work:
        service.give_back(work, matter_id, reason="Falta la factura original")
    with world.work() as work:
        assert cases.open_case(work, case_id).stage == "legal"
        jobs.returned(work, matter_id=str(matter_id))
        jobs.returned(work, matter_id=str(matter_id))

    with world.work() as work:
        case = cases.open_case(work, case_id)
        assert (case.stage, case.queue_details["why"]) == ("calls", "Falta la factura original")
        assert case.queue_at is not None
    with world.work(counsel) as work:
        assert work.session.scalars(select(Matter)).all() == []
        with pytest.raises(NotFound):
            cases.open_case(work, case_id)
    again = handed(world, case_id, world.principal(Role.LAWYER))
    assert again != matter_id


def test_the_dossier_can_be_made_again(app: Flask, world: World) -> None:
    matter_id = handed(world, world.case(world.client()), world.principal(Role.LAWYER))
    with world.work() as work:
        first = keep_dossier(work, matter_id).id
        second = keep_dossier(work, matter_id).id
        assert first != second
        assert matters.open_matter(work, matter_id).dossier_file_id == second
