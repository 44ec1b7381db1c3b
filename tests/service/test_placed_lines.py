"""A line of a committed file has one fate: whatever is done to the placement afterwards, it makes no second debt, is
not lost, and stays told."""

import csv
import io
import random
from collections import Counter
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.problems import Problem
from recobro.cases.tables import Debt
from recobro.intake import committing, previewing, queries, service
from recobro.intake.checks.causes import Cause
from recobro.intake.repair import quarantine, repairing, returning
from recobro.intake.staged import repairs
from recobro.intake.staged.mending import LEFT_OUT, mends_of
from recobro.intake.tables import Placement
from recobro.payments.tables import Payment
from tests.service.test_intake_repair import committed, errors_of, looked, shown
from tests.service.test_intake_repair import wired as wired
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEADS = "Cliente;Nombre;Factura;Emisión;Vencimiento;Moneda;Saldo"
CLIENT, REFERENCE, DUE, CURRENCY, BALANCE = 0, 2, 4, 5, 6
ROWS = [
    "C1;Deudor Uno;F-1;01/06/2025;10/07/2025;MXN;100,50",
    "C1;Deudor Uno;F-2;01/06/2025;11/07/2025;MXN;200,50",
    "C2;Deudor Dos;F-3;01/06/2025;12/07/2025;Pesos de allá;300,50",
    "C2;Deudor Dos;F-4;01/06/2025;13/07/2025;Pesos de allá;400,50",
    "C3;Deudor Tres;F-5;01/06/2025;30/02/2025;MXN;500,50",
    "C3;Deudor Tres;F-6;01/06/2025;31/02/2025;MXN;600,50",
    "C4;Deudor Cuatro;;01/06/2025;14/07/2025;MXN;700,50",
    "C4;Deudor Cuatro;F-8;01/06/2025;15/07/2025;MXN;muchos",
    "C1;Deudor Uno;F-1;01/06/2025;10/07/2025;MXN;100,50",
    "C1;Deudor Uno;F-2;01/06/2025;11/07/2025;MXN;999,50",
    "C5;Deudor Cinco;F-9;01/06/2025;16/07/2025;MXN;-5,00",
    "C5;Deudor Cinco;F-10;01/06/2025;17/07/2025;MXN;800,50",
]
VALUES = {
    REFERENCE: ["F-1", "F-2", "F-5", "F-7", "F-77", "F-10", "F-100", "F-101", ""],
    DUE: ["10/07/2025", "28/02/2025", "30/02/2025", "01/08/2025", ""],
    CURRENCY: ["MXN", "USD", "Pesos de allá", "Doblones"],
    BALANCE: ["100,50", "850,00", "1.700,00", "muchos", "-1,00"],
    CLIENT: ["C1", "C2", "C9"],
}


def told_of(world: World, placement: Placement) -> dict[int, tuple[str, int, str, str]]:
    """The debts of a placement by line; no line has two."""
    with world.work() as work:
        rows = work.session.execute(
            select(Debt.placement_line, Debt.reference, Debt.original, Debt.currency, Debt.due_on)
            .where(Debt.agency_id == work.agency_id, Debt.client_id == placement.client_id)
        ).all()  # fmt: skip
    assert max(Counter(row.placement_line for row in rows).values(), default=1) == 1, "a line made two debts"
    return {row.placement_line: (row.reference, row.original, row.currency, row.due_on.isoformat()) for row in rows}


def all_is_told(world: World, placement: Placement, debts: dict[int, tuple[str, int, str, str]]) -> None:
    """Every row is counted once, and no row that is a debt is told as refused."""
    counts = placement.counts
    rows = sum(counts[name] for name in ("created", "unchanged", "duplicates", "conflicts", "rejected", "left_out"))
    assert rows + counts["not_open"] + previewing.waiting_of(placement) == len(ROWS)
    assert counts["created"] == len(debts)
    with world.work() as work:
        refused = {one.line for one in queries.issues(work, placement.id, kinds=["rejected", "conflict"])}
    assert not refused & set(debts)
    assert len(refused) == counts["rejected"] + counts["conflicts"]


def send_back(world: World, placement: Placement, chance: random.Random) -> None:
    """The file of refused rows, mended at random, comes back."""
    rows = errors_of(world, placement.id, book=False)
    for row in rows[1:]:
        column = chance.choice(list(VALUES))
        row[column] = chance.choice(VALUES[column])
    if chance.random() < 0.3:
        # Somebody adds a row that was loaded, otherwise.
        rows.append([*ROWS[0].split(";")[:2], "F-900", *ROWS[0].split(";")[3:], "2", ""])
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    with world.work() as work:
        returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv")


def act(world: World, placement: Placement, chance: random.Random) -> None:
    """One thing that people or jobs do to a placement; a refusal is fine."""
    column = chance.choice(list(VALUES))
    new, line = chance.choice(VALUES[column]), chance.randrange(2, len(ROWS) + 2)
    old = chance.choice([*VALUES[column], *(row.split(";")[column] for row in ROWS)])
    causes = [mend.cause for mend in mends_of(placement.counts)] or [Cause("negative", "Saldo")]
    left = [mend.cause for mend in mends_of(placement.counts, LEFT_OUT)]
    match chance.randrange(9):
        case 0:
            with world.work() as work:
                repairing.unfix(work, placement.id)
        case 1:
            with world.work() as work:
                repairing.unfix(work, placement.id, column)
        case 2:
            with world.work() as work:
                repairing.fix_values(work, placement.id, column, {old: new})
        case 3 | 4:
            with world.work() as work:
                repairing.fix_cells(work, placement.id, {(line, column): new})
        case 5:
            with world.work() as work:
                repairing.leave_out(work, placement.id, chance.choice(causes))
        case 6 if left:
            with world.work() as work:
                repairing.take_in(work, placement.id, chance.choice(left))
        case 7:
            send_back(world, placement, chance)
        case _:
            with world.work() as work:
                previewing.preview_if_open(work, placement.id)
                repairing.reprocess(work, placement.id)
            for _ in range(2):
                committing.commit(world.work, placement.id)


@pytest.mark.parametrize("seed", range(6))
def test_no_act_after_the_commit_makes_a_second_debt_of_a_line_or_loses_one(world: World, seed: int) -> None:
    chance = random.Random(seed)
    placement = looked(world, "\n".join([HEADS, *ROWS]) + "\n")
    for _ in range(chance.randrange(4)):
        try:
            act(world, placement, chance)
        except Problem:
            continue
        placement = shown(world, placement.id)
    placement = committed(world, placement.id) if placement.state == "previewed" else placement
    debts = told_of(world, placement)
    all_is_told(world, placement, debts)

    for _ in range(10):
        try:
            act(world, placement, chance)
        except Problem:
            continue
        placement, before = shown(world, placement.id), debts
        debts = told_of(world, placement)
        assert debts.items() >= before.items(), "what was placed stays as it was"
        all_is_told(world, placement, debts)


def reviewed(world: World) -> tuple[Placement, list[int]]:
    """Committed, with lines 4 and 5 placed by a repair of their currency, and 8 by one of its number."""
    placement = looked(world, "\n".join([HEADS, *ROWS]) + "\n")
    with world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
        repairing.fix_cells(work, placement.id, {(8, REFERENCE): "F-7", (6, DUE): "ayer"})
    placement = committed(world, placement.id)
    return placement, sorted(told_of(world, placement))


def test_a_repair_that_debts_rest_on_is_neither_taken_back_nor_changed(world: World) -> None:
    placement, lines = reviewed(world)
    assert lines == [2, 3, 4, 5, 8, 13]

    for column in (None, CURRENCY, REFERENCE):
        with pytest.raises(Problem), world.work() as work:
            repairing.unfix(work, placement.id, column)
    with pytest.raises(repairs.NotRepairable), world.work() as work:
        repairing.fix_cells(work, placement.id, {(8, REFERENCE): "F-77"})
    with world.work() as work:
        repairing.fix_values(work, placement.id, REFERENCE, {"F-7": "F-77", "F-1": "F-11"})
    after = shown(world, placement.id)
    assert previewing.waiting_of(after) == 0
    assert sorted(told_of(world, after)) == lines
    with world.work() as work:
        # What was mended since is taken back as ever, and nothing before it.
        repairing.unfix(work, placement.id)
        assert len(repairs.acts_of(work, placement.id)) == 2


def test_the_file_of_refused_rows_enters_the_same_placement_however_often_it_is_sent(world: World) -> None:
    placement, _ = reviewed(world)
    for number in ("F-50", "F-51"):
        rows = errors_of(world, placement.id, book=False)
        wanted = [row for row in rows[1:] if row[-2] == "6"]
        for row in wanted:
            row[REFERENCE], row[DUE] = number, "28/02/2025"
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows([rows[0], *(wanted or [[*ROWS[4].split(";"), "6", ""]])])
        try:
            with world.work() as work:
                returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv")
                assert quarantine.list_waiting(work).rows[0].ready == 1
                repairing.reprocess(work, placement.id)
        except Problem:
            assert number == "F-51"
        committing.commit(world.work, placement.id)
    assert told_of(world, placement)[6][0] == "F-50"


def test_a_mended_row_that_waits_alone_is_still_in_quarantine(world: World) -> None:
    placement = committed(world, looked(world, "\n".join([HEADS, ROWS[11], ROWS[4]]) + "\n").id)
    with world.work() as work:
        repairing.fix_cells(work, placement.id, {(3, DUE): "28/02/2025"})
        (waiting,) = quarantine.list_waiting(work).rows
        assert (waiting.rows, waiting.ready, quarantine.count_waiting(work)) == (0, 1, 1)


def payments(world: World, client_id: UUID) -> list[int]:
    with world.work() as work:
        return sorted(work.session.scalars(select(Payment.amount).where(Payment.client_id == client_id)))


def test_a_payment_of_a_committed_file_is_not_posted_again_when_its_repair_is_changed(world: World) -> None:
    client_id = world.client()
    committed(world, looked(world, "\n".join([HEADS, *ROWS[:2], ROWS[11]]) + "\n", client_id=client_id).id)
    text = "Factura;Fecha;Importe\nF-1;2026-01-05;10,00\nF-2;2026-01-05;veinte\nF-10;2026-01-05;mil\n"
    with world.work() as work:
        found = service.receive(
            work, client_id=client_id, name="pagos.csv", file=BytesIO(text.encode()), kind="financial"
        )
        service.choose(
            work, found.placement_id, fields={0: "reference", 1: "paid_on", 2: "amount"}, readings={2: "comma"}
        )
        previewing.preview(work, found.placement_id)
        repairing.fix_cells(work, found.placement_id, {(3, 2): "20,00"})
    paid = committed(world, found.placement_id)
    assert payments(world, client_id) == [10_00, 20_00]

    for fix in ({(3, 2): "30,00"}, {(2, 2): "11,00"}):
        with pytest.raises(repairs.NotRepairable), world.work() as work:
            repairing.fix_cells(work, paid.id, fix)
    with world.work() as work:
        repairing.fix_values(work, paid.id, 2, {"10,00": "12,00", "mil": "40,00"})
        repairing.reprocess(work, paid.id)
    committing.commit(world.work, paid.id)
    assert payments(world, client_id) == [10_00, 20_00, 40_00]
    assert shown(world, paid.id).counts["changed"] == 3
