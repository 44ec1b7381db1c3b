"""Debts that go in but rest: perhaps time-barred, of a minor, or of somebody nobody can reach."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from legal import gate
from legal.rules.facts import Channel
from recobro.cases.tables import Case, CaseEvent, CaseFlag, Debt
from recobro.debtors.tables import Debtor
from recobro.intake.queries import issues
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tests.service.test_intake import bring, looked
from tests.service.test_intake import wired as wired
from tests.support.world import World, make_world

pytestmark = pytest.mark.usefixtures("wired")

HEAD = "No cliente,Deudor,Folio,Vencimiento,Saldo,Correo,Fecha de nacimiento\n"


@pytest.fixture
def mexico(database_urls: object) -> World:
    # A Friday at ten in Mexico City.
    return make_world("MX", clock=ManualClock(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)))


def held(world: World, client_id: UUID, text: str) -> list[tuple[int, str]]:
    placement = looked(world, client_id, HEAD + text)
    with world.work() as work:
        return [(one.line, one.code) for one in issues(work, placement.id, kinds=["held"])]


def test_debts_older_than_their_term_go_in_and_their_case_is_paused(mexico: World) -> None:
    client_id = mexico.client()

    placement = bring(
        mexico, client_id,
        HEAD + "1,Aceros Ficticios SA,A-1,19/11/2016,100,a@ficticios.example,\n"
        "2,Llantas Modelo SA,A-2,20/11/2016,100,l@modelo.example,\n",
    )  # fmt: skip

    assert (placement.counts["created"], placement.counts["held"]) == (2, 1)
    assert [count for _, count in placement.counts["effects"]] == [1]
    with mexico.work() as work:
        [flag] = work.session.scalars(select(CaseFlag))
        assert flag.kind == "hold"
        barred = work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one()
        assert flag.case_id == barred.case_id
        titles = set(work.session.scalars(select(CaseEvent.title).where(CaseEvent.kind == "flag")))
        assert titles == {"Caso en pausa: puede haber prescrito {references}"}


def test_the_gate_denies_what_was_held(mexico: World) -> None:
    client_id = mexico.client()
    bring(mexico, client_id, HEAD + "1,Luis Demo,A-1,19/11/2010,100,luis@demo.example,\n")

    with mexico.work() as work:
        case_id = work.session.scalars(select(Case.id)).one()
        request = request_for(gather_one(work, case_id), Channel.EMAIL)
        assert gate.preview(work, request).verdict.value == "deny"


def test_a_region_whose_longer_term_nobody_read_holds_as_the_rest_of_the_country(database_urls: object) -> None:
    spain = make_world("ES", clock=ManualClock(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)))
    head = "No cliente,Deudor,Factura,Vencimiento,Saldo,Correo,Provincia\n"

    placement = looked(
        spain, spain.client(),
        head + "1,Aceros Ficticios SL,A-1,19/01/2020,100,a@b.example,Madrid\n"
        "2,Llantas Modelo SL,A-2,19/01/2020,100,c@d.example,Cataluña\n"
        "3,Cables Modelo SL,A-3,19/01/2022,100,e@f.example,Cataluña\n",
    )  # fmt: skip

    assert placement.counts["held"] == 2


def test_in_the_united_states_the_term_is_that_of_the_debtors_state(mexico: World) -> None:
    head = "No cliente,Deudor,Factura,Vencimiento,Saldo,Correo,País,Estado\n"

    placement = looked(
        mexico, mexico.client(),
        head + "1,Example Widgets LLC,A-1,2023-11-01,100,a@b.example,US,California\n"
        "2,Sample Tools LLC,A-2,2023-11-01,100,c@d.example,US,TX\n"
        "3,Model Parts LLC,A-3,2022-11-01,100,e@f.example,US,TX\n"
        "4,Nowhere Goods LLC,A-4,2010-11-01,100,g@h.example,US,\n"
        "5,Aceros Ficticios SA,A-5,2017-11-01,100,i@j.example,MX,\n",
    )  # fmt: skip

    with mexico.work() as work:
        assert [one.line for one in issues(work, placement.id, kinds=["held"])] == [2, 4]


def test_a_debtor_under_age_is_held_by_day_or_year_of_birth(mexico: World) -> None:
    client_id = mexico.client()

    placement = bring(
        mexico, client_id,
        HEAD + "1,Ana Joven,A-1,19/10/2026,100,a@j.example,21/11/2008\n"
        "2,Beto Adulto,A-2,19/10/2026,100,b@a.example,20/11/2008\n"
        "3,Carla Imposible,A-3,19/10/2026,100,c@i.example,20/11/2031\n",
    )  # fmt: skip

    assert placement.counts["held"] == 1
    assert ["warned", "bad_birth", 1] in placement.counts["causes"]
    with mexico.work() as work:
        years = dict(work.session.execute(select(Debtor.name, Debtor.birth_year)).all())
        assert years == {"Ana Joven": 2008, "Beto Adulto": 2008, "Carla Imposible": None}
        [flag] = work.session.scalars(select(CaseFlag))
        minor = work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one()
        assert flag.case_id == minor.case_id


def test_a_year_of_birth_alone_holds_who_may_still_be_seventeen(mexico: World) -> None:
    client_id = mexico.client()
    head = HEAD.replace("Fecha de nacimiento", "Año de nacimiento")

    placement = looked(
        mexico, client_id,
        head + "1,Ana Joven,A-1,19/10/2026,100,a@j.example,2008\n2,Beto Adulto,A-2,19/10/2026,100,b@a.example,2007\n",
    )  # fmt: skip

    assert placement.counts["held"] == 1


def test_a_minor_stays_out_of_reach_when_the_pause_is_over(mexico: World) -> None:
    bring(mexico, mexico.client(), HEAD + "1,Ana Joven,A-1,19/10/2026,100,a@j.example,21/05/2010\n")

    with mexico.work() as work:
        [flag] = work.session.scalars(select(CaseFlag))
        flag.closed_at = work.now()
    with mexico.work() as work:
        case_id = work.session.scalars(select(Case.id)).one()
        decision = gate.preview(work, request_for(gather_one(work, case_id), Channel.EMAIL))
        assert decision.verdict.value == "deny"
        assert [outcome.rule.id for outcome in decision.failed] == ["house.minor"]


def test_a_debtor_whom_nobody_can_reach_is_counted_once(mexico: World) -> None:
    client_id = mexico.client()

    found = held(
        mexico, client_id,
        "1,Aceros Ficticios SA,A-1,19/10/2026,100,,\n1,Aceros Ficticios SA,A-2,19/10/2026,100,,\n"
        "2,Llantas Modelo SA,A-3,19/10/2026,100,,\n2,Llantas Modelo SA,A-4,19/10/2026,100,l@modelo.example,\n",
    )  # fmt: skip

    assert found == [(2, "no_contact")]
