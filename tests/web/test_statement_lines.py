"""Every amount that makes a statement's net has its line, on the page, in the PDF, the CSV and the workbook."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.money import Money
from recobro.handoff import service as handoff
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.remittances import queries, render, service
from recobro.remittances.tables import Remittance
from recobro.web import formats
from tenants.roles import Role
from tenants.tables import Membership
from tests.support.pages import Pages
from tests.support.world import World, make_world, mxn

JANUARY = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


def opened(world: World) -> tuple[UUID, UUID, UUID]:
    """A client, a case of 100,000.00 and its matter."""
    client_id = world.client()
    case_id = world.case(client_id, debts=[("A-1", mxn("100000.00"), date(2025, 12, 1))])
    lawyer = world.principal(Role.LAWYER, name="Carla Muestra")
    with world.work(world.principal(Role.SUPERVISOR)) as work:
        membership = work.session.scalars(select(Membership.id).where(Membership.person_id == lawyer.person_id)).one()
        matter_id = handoff.propose(work, case_id=case_id, membership_id=membership).id
    with world.work(lawyer) as work:
        handoff.accept(work, matter_id)
    return client_id, case_id, matter_id


def months(world: World, seed: int, *, count: int = 3) -> list[UUID]:
    """Months of payments to either side, reversals, costs and transfers by a seed; you get each month's statement."""
    chance = random.Random(seed)
    client_id, case_id, matter_id = opened(world)
    accountant = world.principal(Role.ACCOUNTANT)
    closed: list[UUID] = []
    standing: list[UUID] = []
    for month in range(1, count + 1):
        world.clock.move_to(datetime(2026, month, 20, 18, tzinfo=UTC))  # type: ignore[attr-defined]
        for step in range(chance.randint(2, 5)):
            with world.work(accountant) as work:
                kind = chance.choice(["pay", "pay", "cost", "reverse"])
                amount = Money(chance.randint(1, 400_000), "MXN")
                if kind == "pay":
                    standing.append(
                        record_payment(
                            work, case_id=case_id, amount=amount, method=Method.TRANSFER, key=f"{month}-{step}",
                            direction=chance.choice([Direction.TO_AGENCY, Direction.TO_CLIENT]),
                            received_on=date(2026, month, chance.randint(6, 20)),
                        )
                    )  # fmt: skip
                elif kind == "cost":
                    handoff.add_cost(
                        work, matter_id, concept=f"Copias {month}-{step}", amount=amount,
                        spent_on=date(2026, month, 15), recoverable=True,
                    )  # fmt: skip
                elif standing:
                    reverse_payment(work, standing.pop(), reason="Rebotó")
        world.clock.move_to(datetime(2026, month + 1, 3, 18, tzinfo=UTC))  # type: ignore[attr-defined]
        last = date(2026, month + 1, 1) - timedelta(days=1)
        with world.work(accountant) as work:
            made = service.close_period(work, client_id=client_id, currency="MXN", period_to=last)
            service.pay_over(work, made.id, on=date(2026, month + 1, 3), reference="TR")
            closed.append(made.id)
    return closed


def adds_up(head: list[object], rows: list[list[object]], statement: Remittance) -> None:
    """Lines, then the total, then what becomes of it; every row and every column adds up."""
    amount, direct = head.index("Importe"), head.index("Pagado directo al cliente")
    fees, tax, net = head.index("Honorarios"), head.index("Impuesto"), head.index("Neto")

    def money(row: list[object], column: int) -> Decimal:
        return round(Decimal(str(row[column])), 2)

    *lines, total, due = rows
    for row in [*lines, total]:
        assert money(row, amount) - money(row, direct) - money(row, fees) - money(row, tax) == money(row, net)
    for column in (amount, direct, fees, tax, net):
        assert sum(money(row, column) for row in lines) == money(total, column)
    assert money(total, net) == money(due, net) == Decimal(statement.closing) / 100
    assert money(total, fees) == Decimal(statement.commission) / 100
    assert lines[0][0] == "Saldo anterior"


def printed_of(document: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())


@pytest.mark.parametrize("seed", [2, 11])
def test_whatever_happened_every_form_of_a_statement_adds_up_to_its_net(app: Flask, seed: int) -> None:
    world = make_world("MX", clock=ManualClock(JANUARY))
    closed = months(world, seed)
    pages = Pages(app, world.principal(Role.ACCOUNTANT))

    for remittance_id in closed:
        with world.work() as work:
            statement = service.open_remittance(work, remittance_id)
            found = queries.activity(work, statement)
            changes = [line.change for line in found.payments] + [line.change for line in found.moves]
            moved = sum(change.minor for change in changes)
            assert statement.opening + moved == statement.closing
            rows = list(csv.reader(io.StringIO(render.csv_file(work, statement).decode("utf-8-sig"))))
            adds_up(list(rows[0]), [list(row) for row in rows[1:]], statement)
            book = CalamineWorkbook.from_filelike(io.BytesIO(render.xlsx_file(work, statement)))
            cells = book.get_sheet_by_index(0).to_python()
            adds_up(list(cells[0]), [list(row) for row in cells[1:]], statement)
            row = next(row for row in queries.remittances(work) if row.id == remittance_id)
            assert row.carried + row.collected - row.fees + row.moved == row.closing
            printed = printed_of(render.pdf(work, statement)) if remittance_id == closed[-1] else ""
        shown = pages.get(f"/remittances/{remittance_id}").get_text(" ")
        for change in changes:
            assert formats.money(change, "es_MX") in shown
            assert not printed or formats.money(change, "es_MX") in printed


def test_a_matters_cost_is_a_line_with_its_case_and_concept_in_all_four_forms(app: Flask) -> None:
    world = make_world("MX", clock=ManualClock(datetime(2026, 2, 3, 18, tzinfo=UTC)))
    client_id, case_id, matter_id = opened(world)
    with world.work(world.principal(Role.ACCOUNTANT)) as work:
        record_payment(
            work, case_id=case_id, amount=mxn("8000.00"), direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=date(2026, 1, 20), key="a",
        )  # fmt: skip
        handoff.add_cost(
            work, matter_id, concept="Peritaje contable", amount=mxn("1850.00"), spent_on=date(2026, 1, 22),
            recoverable=True,
        )  # fmt: skip
        closed = service.close_period(work, client_id=client_id, currency="MXN", period_to=date(2026, 1, 31))
        found = queries.activity(work, closed)
        case_number, matter = found.moves[0].case_number, found.moves[0].matter
        document = render.pdf(work, closed)
        text = render.csv_file(work, closed).decode("utf-8-sig")
        # Eight thousand, less 25 % and its 16 %, less the cost.
        assert closed.net == 8000_00 - 2320_00 - 1850_00
    pages = Pages(app, world.principal(Role.ACCOUNTANT))
    mine = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))

    for shown in (pages.get(f"/remittances/{closed.id}"), mine.get(f"/portal/remittances/{closed.id}")):
        words = shown.get_text(" ")
        assert "Gasto: Peritaje contable" in words
        assert all(part in words for part in (case_number, matter, "1,850.00"))
    line = next(row for row in csv.DictReader(io.StringIO(text)) if row["Movimiento"] == "Gasto")
    assert (line["Referencia"], line["Caso"], line["Neto"]) == (matter, case_number, "-1850.00")
    assert line["Concepto"] == "Gasto: Peritaje contable"
    printed = printed_of(document)
    assert "Gasto: Peritaje contable" in printed
    assert all(part in printed for part in (case_number, matter, "1,850.00"))
