"""Files mended in place: by value, by cell, by a file that comes back; left out knowingly; mended after the commit."""

import csv
import io
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import func, select

from kernel.problems import Invalid
from recobro.cases.tables import Case, Debt
from recobro.config import Settings
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, previewing, queries, service
from recobro.intake.checks.causes import Cause
from recobro.intake.files import reading
from recobro.intake.receipts import acknowledging
from recobro.intake.repair import quarantine, repairing, returning
from recobro.intake.staged import fixes, remembering, repairs
from recobro.intake.staged.mending import mends_of
from recobro.intake.tables import Placement
from recobro.wiring import wire
from tenants.service import client_by_id
from tests.support.database import SECRET
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

HEADS = "Cliente;Nombre;Factura;Emisión;Vencimiento;Moneda;Saldo"
WITH_PHONE = f"{HEADS};Teléfono"
GOOD = [f"C{n};Deudor {n};F-{n};01/06/2025;{1 + n % 28:02}/07/2025;MXN;{n},50" for n in range(1, 21)]
BAD = [
    "C50;Uno;X-1;01/06/2025;13/07/2025;Pesos de allá;100,00",
    "C50;Uno;X-2;01/06/2025;13/07/2025;Pesos de allá;200,00",
    "C51;Dos;X-3;01/06/2025;30/02/2025;Pesos de allá;300,00",
    "C51;Dos;X-4;01/06/2025;;MXN;400,00",
    "C1;Deudor 1;X-5;01/06/2025;31/04/2025;MXN;500,00",
]


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def text_of(*rows: str) -> str:
    return "\n".join([HEADS, *rows]) + "\n"


def looked(world: World, text: str | None = None, *, client_id: UUID | None = None) -> Placement:
    """Receive and preview a file of good and bad rows; nothing becomes a debt."""
    data = (text or text_of(*GOOD, *BAD)).encode()
    with world.work() as work:
        found = service.receive(
            work, client_id=client_id or world.client(), name="cartera.csv", file=BytesIO(data), again=True
        )
        previewing.preview(work, found.placement_id)
    return shown(world, found.placement_id)


def shown(world: World, placement_id: UUID) -> Placement:
    with world.work() as work:
        return service.open_placement(work, placement_id)


def committed(world: World, placement_id: UUID) -> Placement:
    with world.work() as work:
        service.confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    return shown(world, placement_id)


def refused(placement: Placement) -> dict[tuple[str, str], int]:
    """How many rows each cause refuses."""
    return {tuple(mend.cause): mend.rows for mend in mends_of(placement.counts)}  # type: ignore[misc]


def debts(world: World, client_id: UUID) -> dict[str, int]:
    with world.work() as work:
        found = work.session.execute(
            select(Debt.reference, Debt.original).where(Debt.agency_id == work.agency_id, Debt.client_id == client_id)
        )
        return {row.reference: row.original for row in found}


CURRENCY, DUE = 5, 4


def test_a_value_is_mended_in_all_rows_after_seeing_what_that_changes(world: World) -> None:
    placement = looked(world)
    assert refused(placement) == {
        ("bad_currency", "Moneda"): 2,
        ("bad_day", "Vencimiento"): 2,
        ("no_due", "Vencimiento"): 1,
    }
    assert mends_of(placement.counts)[0].values == (("Pesos de allá", 2),)

    with world.work() as work:
        tried = repairing.try_repair(work, placement.id, repairing.value_fixes(CURRENCY, {"Pesos de allá": "MXN"}))
    assert (tried.rows, tried.passing, tried.refused, tried.reasons) == (3, 2, 1, [("bad_day", 1)])
    assert shown(world, placement.id).counts["rejected"] == 5

    with world.work() as work:
        assert repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
    mended = shown(world, placement.id)
    assert mended.state == "previewed"
    assert refused(mended) == {("bad_day", "Vencimiento"): 2, ("no_due", "Vencimiento"): 1}
    assert mended.counts["created"] == 22


def test_what_is_committed_is_what_was_mended(world: World) -> None:
    placement = looked(world)
    with world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
        repairing.fix_cells(work, placement.id, {(24, DUE): "28/02/2025", (26, DUE): "30/04/2025"})
        repairing.repair(work, placement.id, repairing.term_fixes(work, placement.id, 30))
    done = committed(world, placement.id)

    assert (done.state, done.counts["created"], done.counts["rejected"]) == ("committed", 25, 0)
    assert debts(world, done.client_id)["X-3"] == 300_00
    with world.work() as work:
        days = {row.reference: row.due_on for row in work.session.execute(select(Debt.reference, Debt.due_on))}
    assert (days["X-3"].isoformat(), days["X-4"].isoformat()) == ("2025-02-28", "2025-07-01")


def test_a_debtor_said_once_for_several_rows_is_repeated_where_a_person_says_so(world: World) -> None:
    rows = [
        "C70;Muebles Inventados;;;;;;55 5555 0170",
        ";;G-1;01/06/2025;13/07/2025;MXN;100,00",
        ";;G-2;01/06/2025;13/07/2025;MXN;200,00",
        "Total Muebles;;;;;;300,00",
        ";;G-3;01/06/2025;13/07/2025;MXN;50,00",
        "C71;Rosa Demo;G-4;01/06/2025;13/07/2025;MXN;400,00",
        ";;G-5;01/06/2025;13/07/2025;MXN;500,00",
        ";;;01/06/2025;13/07/2025;MXN;600,00",
    ]
    placement = looked(world, "\n".join([WITH_PHONE, *GOOD, *rows]) + "\n")
    assert refused(placement) == {("no_debtor", "Cliente"): 4, ("no_reference", "Factura"): 2}

    with world.work() as work:
        wanted = repairing.above_fixes(work, placement.id)
        tried = repairing.try_repair(work, placement.id, wanted)
        repairing.repair(work, placement.id, wanted)
    assert (tried.rows, tried.passing) == (3, 3)
    assert {(fix.line, fix.new) for fix in wanted if fix.column == 0} == {(23, "C70"), (24, "C70"), (28, "C71")}
    assert [(fix.line, fix.new) for fix in wanted if fix.column == 7] == [(23, "55 5555 0170")]
    # Below a line of totals nobody says whose it is.
    assert refused(shown(world, placement.id)) == {("no_debtor", "Cliente"): 1, ("no_reference", "Factura"): 2}

    done = committed(world, placement.id)
    with world.work() as work:
        owed = select(Debt.reference, Debtor.customer_ref).join(Debtor, Debtor.id == Debt.debtor_id)
        found = work.session.execute(owed.where(Debt.client_id == done.client_id, Debt.reference.like("G-%")))
        assert {row.reference: row.customer_ref for row in found} == {
            "G-1": "C70",
            "G-2": "C70",
            "G-4": "C71",
            "G-5": "C71",
        }
        points = work.session.scalars(select(ContactPoint.value_norm).where(ContactPoint.client_id == done.client_id))
        assert points.all() == ["+525555550170"]


def test_the_last_repair_is_taken_back_or_all_of_a_column(world: World) -> None:
    placement = looked(world)
    with world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
        repairing.fix_cells(work, placement.id, {(26, DUE): "30/04/2025"})
        repairing.unfix(work, placement.id)
        assert service.open_placement(work, placement.id).counts["rejected"] == 3
        repairing.unfix(work, placement.id, CURRENCY)
        assert service.open_placement(work, placement.id).counts["rejected"] == 5
        assert "repairs" not in service.open_placement(work, placement.id).options
        with pytest.raises(Invalid):
            repairing.unfix(work, placement.id)


def test_rows_left_out_knowingly_are_not_refused_and_can_be_taken_in_again(world: World) -> None:
    placement, cause = looked(world), Cause("bad_day", "Vencimiento")
    with world.work() as work:
        repairing.leave_out(work, placement.id, cause)
    left = shown(world, placement.id)
    assert (left.counts["rejected"], left.counts["left_out"]) == (3, 2)
    with world.work() as work:
        told = queries.issues(work, placement.id, kinds=["rejected"])
        assert {issue.code for issue in told} == {"bad_currency", "no_due"}
        repairing.take_in(work, placement.id, cause)
    back = shown(world, placement.id)
    assert (back.counts["rejected"], back.counts["left_out"]) == (5, 0)


def test_the_same_file_mended_otherwise_is_another_delivery(world: World) -> None:
    placement = looked(world)
    with world.work() as work:
        client = client_by_id(work, placement.client_id)
        plain = service.fingerprint_of(service.open_placement(work, placement.id), client)
        repairing.fix_cells(work, placement.id, {(26, DUE): "30/04/2025"})
        mended = service.fingerprint_of(service.open_placement(work, placement.id), client)
        repairing.unfix(work, placement.id)
        again = service.fingerprint_of(service.open_placement(work, placement.id), client)
    assert plain == again != mended


def test_more_repairs_than_are_made_in_place_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    placement = looked(world)
    many = {f"valor {n}": "MXN" for n in range(fixes.MOST_VALUES + 1)}
    with pytest.raises(repairs.TooManyFixes), world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, many)
    monkeypatch.setattr(repairs, "MOST_CELLS", 1)
    with pytest.raises(repairs.TooManyFixes), world.work() as work:
        repairing.fix_cells(work, placement.id, {(23, DUE): "1", (24, DUE): "2"})
    for column in (-1, 7):
        with pytest.raises(Invalid), world.work() as work:
            repairing.fix_cells(work, placement.id, {(23, column): "x"})
    with pytest.raises(Invalid), world.work() as work:
        repairing.fix_cells(work, placement.id, {(23, DUE): "x\n" * 5})


def errors_of(world: World, placement_id: UUID, *, book: bool) -> list[list[str]]:
    """The file of refused rows, as it is read by others."""
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        head = returning.heads(placement, "Línea", "Error")
        rows = returning.refused_rows(work, placement, lambda line: line.reason)
        if book:
            with returning.as_workbook(head, rows) as made:
                file = BytesIO(made.read())
            layout = reading.detect(file, "errores.xlsx")
            return [list(layout.columns), *(list(row.cells) for row in reading.rows(file, layout))]
        with returning.as_csv(head, rows, ";") as made:
            data = made.read().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(data), delimiter=";"))


@pytest.mark.parametrize("book", [False, True])
def test_refused_rows_go_out_in_their_layout_and_come_back_mended(world: World, *, book: bool) -> None:
    placement = looked(world, text_of(*GOOD, *BAD, "C52;=SUMA(A1);X-6;01/06/2025;13/07/2025;MXN;-5,00"))
    rows = errors_of(world, placement.id, book=book)

    assert rows[0] == [*HEADS.split(";"), "Línea", "Error"]
    assert [row[-2] for row in rows[1:]] == ["22", "23", "24", "25", "26", "27"]
    assert rows[1][:-2] == BAD[0].split(";")
    assert (rows[6][1], rows[6][6]) == ("'=SUMA(A1)", "-5,00")
    assert all(row[-1] for row in rows)

    for row in rows[1:]:
        row[CURRENCY], row[DUE] = "MXN", "15/07/2025"
    rows[6][6] = "5,00"
    out = io.StringIO()
    csv.writer(out, delimiter=",").writerows([*rows, ["x"] * 7 + ["3", ""]])
    with world.work() as work:
        merged = returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv")
    assert (merged.rows, merged.unknown) == (6, 1)
    done = committed(world, placement.id)
    assert (done.counts["created"], done.counts["rejected"]) == (26, 0)
    with world.work() as work:
        assert work.session.scalar(select(Debt.original).where(Debt.reference == "X-6")) == 5_00
        assert work.session.scalar(select(Case.id).join(Debt, Debt.case_id == Case.id).where(Debt.reference == "X-6"))


def test_a_file_that_is_not_the_one_given_out_is_refused(world: World) -> None:
    placement = looked(world)
    for text in (text_of(*GOOD), "Línea;Error\n22;x\n23;y\n", f"{HEADS};Línea\n{BAD[0]};veintidós\n{BAD[1]};23\n"):
        with pytest.raises(Invalid), world.work() as work:
            returning.merge(work, placement.id, BytesIO(text.encode()), "otro.csv")
    assert shown(world, placement.id).options == {}


def test_rows_refused_at_the_commit_wait_and_enter_mended_as_a_following_batch(world: World) -> None:
    placement = committed(world, looked(world).id)
    with world.work() as work:
        (waiting,) = quarantine.list_waiting(work).rows
        assert (waiting.number, waiting.rows, waiting.ready) == (placement.number, 5, 0)
        acknowledging.acknowledge(work, placement.id)
        with pytest.raises(Invalid):
            repairing.reprocess(work, placement.id)

    with world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
        repairing.fix_cells(work, placement.id, {(26, DUE): "30/04/2025"})
    mended = shown(world, placement.id)
    assert (mended.state, previewing.waiting_of(mended), mended.counts["created"]) == ("committed", 3, 20)
    assert len(debts(world, placement.client_id)) == 20

    with world.work() as work:
        repairing.reprocess(work, placement.id)
        with pytest.raises(repairs.NotRepairable):
            repairing.reprocess(work, placement.id)
    for _ in range(2):
        committing.commit(world.work, placement.id)
    done = shown(world, placement.id)
    assert (done.state, done.counts["created"], done.counts["rejected"], done.counts["batches"]) == (
        "committed",
        23,
        2,
        2,
    )
    assert done.totals == {"MXN": {"count": 23, "sum": sum(debts(world, placement.client_id).values())}}
    assert done.acknowledgement_file_id is None
    assert done.fingerprint != placement.fingerprint
    with world.work() as work:
        # The row of a debtor of the first batch is in that debtor's case, and no twin was made.
        assert work.session.scalar(select(func.count()).select_from(Case)) == 21
        first = work.session.scalar(select(Debt.case_id).where(Debt.reference == "F-1"))
        assert work.session.scalar(select(Debt.case_id).where(Debt.reference == "X-5")) == first
        acknowledging.acknowledge(work, placement.id)
        assert service.open_placement(work, placement.id).acknowledgement_file_id is not None
        repairing.leave_out(work, placement.id, Cause("bad_day", "Vencimiento"))
        repairing.leave_out(work, placement.id, Cause("no_due", "Vencimiento"))
        assert quarantine.count_waiting(work) == 0


def test_a_following_batch_that_is_killed_goes_on_and_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = committed(world, looked(world).id)
    with world.work() as work:
        repairing.fix_values(work, placement.id, CURRENCY, {"Pesos de allá": "MXN"})
        repairing.reprocess(work, placement.id)
    for point in ("intake.staged", "intake.placed", "intake.part"):

        def killed(at: str, point: str = point) -> None:
            if at == point:
                raise InterruptedError

        monkeypatch.setattr(committing, "reach", killed)
        try:
            committing.commit(world.work, placement.id)
        except InterruptedError:
            continue
    monkeypatch.undo()
    committing.commit(world.work, placement.id)

    done = shown(world, placement.id)
    assert (done.state, done.counts["created"], done.counts["batches"]) == ("committed", 22, 2)
    assert done.totals == {"MXN": {"count": 22, "sum": sum(debts(world, placement.client_id).values())}}


def test_after_the_commit_mended_rows_come_back_into_the_same_placement(world: World) -> None:
    placement = committed(world, looked(world).id)
    rows = errors_of(world, placement.id, book=False)
    for row in rows[1:]:
        row[CURRENCY], row[DUE] = "MXN", "15/07/2025"
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([*rows, [*GOOD[0].split(";"), "2", ""]])

    with world.work() as work:
        merged = returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv")
        assert (merged.rows, merged.unknown) == (5, 1)
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)
    done = shown(world, placement.id)
    assert (done.counts["created"], done.counts["rejected"], len(debts(world, done.client_id))) == (25, 0, 25)


def test_a_mended_file_is_read_in_the_date_order_of_the_first_though_alone_it_would_be_read_in_another(
    world: World,
) -> None:
    good = [f"C{n},Deudor {n},F-{n},01/06/2025,{13 + n % 15}/07/2025,MXN,{n}.50" for n in range(60)]
    bad = ["CA,Uno,KA,01/06/2025,03/04/2026,MXN,cien", "CB,Dos,KB,01/06/2025,03/25/2026,MXN,20.00"]
    text = "\n".join([HEADS.replace(";", ","), *good, *bad]) + "\n"
    placement = committed(world, looked(world, text).id)
    rows = errors_of(world, placement.id, book=False)
    rows[1][6] = "100.00"
    out = io.StringIO()
    csv.writer(out).writerows(rows)

    with world.work() as work:
        returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv")
        repairing.reprocess(work, placement.id)
    committing.commit(world.work, placement.id)

    with world.work() as work:
        due = work.session.scalars(select(Debt.due_on).where(Debt.reference == "KA")).one()
    assert due.isoformat() == "2026-04-03"
    assert refused(shown(world, placement.id)) == {("bad_day", "Vencimiento"): 1}


def fourteen() -> list[tuple[str, str, str]]:
    """(row, cause, column): every kind of bad row there is."""
    good = ["C9", "Nueve", "B-1", "01/06/2025", "13/07/2025", "MXN", "100,00", "0,00"]

    def row(**changed: str) -> str:
        names = ("client", "name", "reference", "issued", "due", "currency", "balance", "interest")
        return ";".join(changed.get(name, cell) for name, cell in zip(names, good, strict=True))

    return [
        (row(reference=""), "no_reference", "Factura"),
        (row(reference="9" * 101), "long_reference", "Factura"),
        (row(client="", name="", reference="B-2"), "no_debtor", "Cliente"),
        (row(due="", reference="B-3"), "no_due", "Vencimiento"),
        (row(due="30/02/2025", reference="B-4"), "bad_day", "Vencimiento"),
        (row(issued="ayer", reference="B-5"), "bad_day", "Emisión"),
        (row(balance="", reference="B-6"), "no_amount", "Saldo"),
        (row(balance="muchos", reference="B-7"), "bad_amount", "Saldo"),
        (row(balance="1,005", reference="B-8"), "decimals", "Saldo"),
        (row(balance="0,00", reference="B-9"), "zero", "Saldo"),
        (row(balance="-8,00", reference="B-10"), "negative", "Saldo"),
        (row(balance="9999999999999", reference="B-11"), "huge", "Saldo"),
        (row(currency="DOBLONES", reference="B-12"), "bad_currency", "Moneda"),
        (row(interest="101,00", reference="B-13"), "parts", "Saldo"),
        (row(balance="USD 5,00", reference="B-14"), "two_currencies", "Moneda"),
        (row(reference="B-15") + ";de más", "too_many_cells", ""),
    ]


def test_in_a_file_of_1500_good_rows_every_kind_of_bad_one_is_named_and_the_good_ones_go_in(world: World) -> None:
    bad = fourteen()
    good = [f"C{n};Deudor {n};G-{n};01/06/2025;{1 + n % 28:02}/07/2025;MXN;{n},25;1,00" for n in range(1, 1501)]
    lines = [*good]
    for number, (row, _, _) in enumerate(bad):
        lines.insert(80 * (number + 1), row)
    placement = looked(world, "\n".join([f"{HEADS};Intereses", *lines]) + "\n")

    with world.work() as work:
        found = {issue.line: issue for issue in queries.issues(work, placement.id, kinds=["rejected"])}
        told = {line: queries.told(issue) for line, issue in found.items()}
    wanted = {lines.index(row) + 2: (cause, column) for row, cause, column in bad}
    assert {line: (issue.code, issue.column) for line, issue in found.items()} == wanted
    assert all(line.reason and line.mend for line in told.values())
    assert len({cause for _, cause, _ in bad}) >= 14

    done = committed(world, placement.id)
    assert (done.counts["created"], done.counts["rejected"]) == (1500, len(bad))
    assert done.totals["MXN"]["sum"] == sum(n * 100 + 25 for n in range(1, 1501))


def test_cells_beyond_the_headings_go_out_and_come_back_too(world: World) -> None:
    placement = looked(world, text_of(*GOOD, "C60;Tornillos; S.A.;X-9;01/06/2025;13/07/2025;MXN;900,00", BAD[3]))
    with world.work() as work:
        extra = returning.extra_cells(work, service.open_placement(work, placement.id))
        assert extra == 1
        head = returning.heads(placement, "Línea", "Error", ["Celda de más 1"])
        with returning.as_csv(head, returning.refused_rows(work, placement, lambda _: "x", extra), ";") as made:
            rows = list(csv.reader(io.StringIO(made.read().decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == [*HEADS.split(";"), "Celda de más 1", "Línea", "Error"]
    assert rows[1][:8] == ["C60", "Tornillos", " S.A.", "X-9", "01/06/2025", "13/07/2025", "MXN", "900,00"]
    assert rows[2][7:9] == ["", "23"]

    rows[1][:8] = ["C60", "Tornillos, S.A.", *rows[1][3:8], ""]
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    with world.work() as work:
        assert returning.merge(work, placement.id, BytesIO(out.getvalue().encode()), "errores.csv").rows == 1
        after = service.open_placement(work, placement.id)
        assert (after.counts["created"], after.counts["rejected"]) == (21, 1)
        repairing.unfix(work, placement.id, 7)
        assert service.open_placement(work, placement.id).counts["rejected"] == 2


def test_a_value_that_was_mended_is_read_so_in_the_next_file_with_the_same_headings(world: World) -> None:
    client_id = world.client()
    first = looked(world, client_id=client_id)
    with world.work() as work:
        repairing.fix_values(work, first.id, CURRENCY, {"Pesos de allá": "MXN"})
    committed(world, first.id)
    rows = [one.replace("F-", "G-") for one in (*GOOD, *BAD)]

    second = looked(world, text_of(*rows), client_id=client_id)

    assert ("bad_currency", "Moneda") not in refused(second)
    with world.work() as work:
        told = remembering.told(work, second)
        assert told == [{"column": "Moneda", "old": "Pesos de allá", "new": "MXN", "placement": first.number}]
        repairing.unfix(work, second.id, CURRENCY)
        previewing.preview(work, second.id)
        assert remembering.told(work, service.open_placement(work, second.id)) == []
    assert refused(shown(world, second.id))["bad_currency", "Moneda"] == 2
