"""The figures of a client's overview against small portfolios counted by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from flask import Flask

from recobro.agreements import service as agreements
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.portal import figures, queries
from recobro.portal.cohorts import cohort
from recobro.portal.places import Standing, Way
from tenants.context import Principal
from tenants.roles import Role
from tenants.service import client_by_id
from tests.support.world import World, mxn

NOON = datetime(2026, 6, 16, 18, 0, tzinfo=UTC)
DUE = date(2026, 5, 1)


def figures_of(world: World, client: Principal, *, days: int = 365) -> figures.Figures:
    with world.work(client) as work:
        assert client.client_id is not None
        (found,) = figures.overview(work, client_by_id(work, client.client_id), days=days).figures
        return found


def test_each_case_stands_in_one_place_and_the_places_add_up(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)
    one, two, three, _ = (
        world.case(client_id, name=f"Deudor {n}", debts=[(f"A-{n}", mxn("100.00"), DUE)]) for n in range(4)
    )
    with world.work() as work:
        flags.open_flag(work, case_id=one, kind="dispute", reason="Mercancía incompleta")
        plan = agreements.offer(work, case_id=two, count=1, first_on=NOON.date() + timedelta(days=3))
        agreements.accept(work, plan.id, evidence={})
        case = cases.open_case(work, three)
        cases.move(work, case, Move.CALL)

    found = figures_of(world, viewer)

    assert {place: part.cases for place, part in found.parts.items()} == {
        Standing.DISPUTE: 1, Standing.AGREEMENT: 1, Standing.WORKING: 1, Standing.RECEIVED: 1,
    }  # fmt: skip
    assert (found.outstanding.cases, found.outstanding.balance) == (4, 400_00)
    with world.work(viewer) as work:
        client = client_by_id(work, client_id)
        for place, part in found.parts.items():
            page = queries.list_cases(work, client, queries.CaseFilter(standing=place.value, currency="MXN"))
            assert len(page.rows) == part.cases
            assert sum(row.balance.minor for row in page.rows) == part.balance


def test_recovered_counts_the_period_and_leaves_reversed_payments_out(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)
    case_id = world.case(client_id, debts=[("A-1", mxn("1000.00"), DUE)])
    with world.work() as work:
        for key, amount, days in (("a", "100.00", 0), ("b", "50.00", 29), ("c", "70.00", 30), ("d", "40.00", 1)):
            payment_id = record_payment(
                work, case_id=case_id, amount=mxn(amount), direction=Direction.TO_AGENCY, method=Method.CASH,
                received_on=NOON.date() - timedelta(days=days), key=key,
            )  # fmt: skip
        reverse_payment(work, payment_id, reason="Cheque devuelto")

    found = figures_of(world, viewer, days=30)

    assert (found.recovered, found.before, found.recovered_ever) == (150_00, 70_00, 220_00)
    assert found.rate == Decimal("0.22")
    assert sum(sum(ways.values()) for ways in found.months.values()) == 220_00
    with world.work(viewer) as work:
        client = client_by_id(work, client_id)
        start = figures.period_start(NOON.date(), 30)
        assert queries.payment_sums(work, client, queries.PaymentFilter(start=start)) == [mxn("150.00")]


def test_a_payment_came_by_itself_by_agreement_or_by_court(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)
    case_id = world.case(client_id, debts=[("A-1", mxn("1000.00"), DUE)])

    def pay(key: str) -> None:
        with world.work() as work:
            record_payment(
                work, case_id=case_id, amount=mxn("100.00"), direction=Direction.TO_AGENCY, method=Method.CASH,
                received_on=work.now().date(), key=key,
            )  # fmt: skip

    pay("before")
    world.clock.move_to(NOON + timedelta(days=1))  # type: ignore[attr-defined]
    with world.work() as work:
        plan = agreements.offer(work, case_id=case_id, count=2, first_on=work.now().date() + timedelta(days=3))
        agreements.accept(work, plan.id, evidence={})
    pay("agreed")

    found = figures_of(world, viewer)

    assert found.months[date(2026, 6, 1)] == {Way.VOLUNTARY: 100_00, Way.AGREEMENT: 100_00}


def test_a_cohort_shows_a_share_only_when_its_days_are_over(app: Flask, world: World) -> None:
    world.clock.move_to(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    client_id = world.client()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)
    case_id = world.case(client_id, debts=[("A-1", mxn("1000.00"), date(2026, 2, 1))])
    for days, key in ((20, "a"), (40, "b")):
        world.clock.move_to(datetime(2026, 3, 10, 18, 0, tzinfo=UTC) + timedelta(days=days))  # type: ignore[attr-defined]
        with world.work() as work:
            record_payment(
                work, case_id=case_id, amount=mxn("100.00"), direction=Direction.TO_AGENCY, method=Method.CASH,
                received_on=work.now().date(), key=key,
            )  # fmt: skip
    world.clock.move_to(datetime(2026, 5, 20, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]

    (vintage,) = figures_of(world, viewer).vintages

    assert (vintage.month, vintage.placed) == (date(2026, 3, 1), 1000_00)
    assert list(vintage.shares) == [Decimal("0.1"), Decimal("0.2"), None, None, None]


def test_the_rows_of_a_cohorts_cell_give_its_share(app: Flask, world: World) -> None:
    world.clock.move_to(datetime(2026, 3, 10, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    client_id = world.client()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)
    first = world.case(client_id, debts=[("A-1", mxn("1000.00"), date(2026, 2, 1))])
    world.case(client_id, debts=[("B-1", mxn("500.00"), date(2026, 2, 1))], name="Abarrotes La Prueba")
    world.clock.move_to(datetime(2026, 4, 1, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    world.case(client_id, debts=[("C-1", mxn("9000.00"), date(2026, 2, 1))], name="De otro mes Demo")
    for days, key in ((22, "a"), (45, "b")):
        world.clock.move_to(datetime(2026, 3, 10, 18, 0, tzinfo=UTC) + timedelta(days=days))  # type: ignore[attr-defined]
        with world.work() as work:
            record_payment(
                work, case_id=first, amount=mxn("100.00"), direction=Direction.TO_AGENCY, method=Method.CASH,
                received_on=work.now().date(), key=key,
            )  # fmt: skip
    world.clock.move_to(datetime(2026, 9, 20, 18, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    vintage = figures_of(world, viewer).vintages[0]

    with world.work(viewer) as work:
        client = client_by_id(work, client_id)
        cells = [cohort(work, client, month=vintage.month, days=days, currency="MXN") for days in figures.COHORT_DAYS]

    assert [cell.share for cell in cells] == list(vintage.shares)
    assert [(row.debtor[:9], row.recovered) for row in cells[1].rows][1] == ("Abarrotes", mxn("0.00"))
    assert (len(cells[1].rows), cells[1].placed, cells[1].recovered) == (2, mxn("1500.00"), mxn("200.00"))
