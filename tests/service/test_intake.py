"""Placements on a real database: files in, debts out; the same again is nothing; the figures of the real files."""

import json
import os
import signal
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from time import sleep
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from legal.records.tables import Dispute
from recobro.cases import flags
from recobro.cases.tables import Case, CaseBalance, CaseEvent, CaseFlag, Debt, DebtComponent
from recobro.cli.importing import run
from recobro.cli.main import main
from recobro.config import Settings
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.files import read_file
from recobro.intake import committing, previewing, queries, service
from recobro.intake.receipts import acknowledging
from recobro.intake.tables import Placement
from recobro.wiring import wire
from tenants import database
from tenants.context import job_principal
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.support.database import SECRET
from tests.support.world import World, make_world

pytestmark = pytest.mark.usefixtures("wired")

GOOD = """RFC,Razón social,Folio,F. Vencimiento,Saldo,Tel 1,Mail
FTF190312AB4,Ferretería El Tornillo Feliz,A-2231,07/09/2025,"61,440.18",442 555 0142,pagos@tornillo.example
FTF190312AB4,Ferretería El Tornillo Feliz,A-2232,21/09/2025,"1,000.00",442 555 0142,
ABA200101XY1,Abarrotes La Prueba,B-1,30/09/2025,250.5,,compras@prueba.example
"""


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def bring(world: World, client_id: UUID, text: str | bytes, *, name: str = "cartera.csv", as_of: str = "") -> Placement:
    """Receive, preview, confirm and commit a file; you get the placement as it ended."""
    data = text if isinstance(text, bytes) else text.encode()
    with world.work() as work:
        placement_id = service.receive(
            work, client_id=client_id, name=name, file=BytesIO(data), again=True
        ).placement_id
        service.choose(work, placement_id, as_of=date.fromisoformat(as_of) if as_of else None)
        previewing.preview(work, placement_id)
        service.confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    return shown(world, placement_id)


def looked(world: World, client_id: UUID, text: str) -> Placement:
    """Receive and preview a file; nothing becomes a debt."""
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="cartera.csv", file=BytesIO(text.encode()), again=True)
        previewing.preview(work, found.placement_id)
    return shown(world, found.placement_id)


def shown(world: World, placement_id: UUID) -> Placement:
    with world.work() as work:
        return service.open_placement(work, placement_id)


def test_debts_of_one_debtor_become_one_case(world: World) -> None:
    client_id = world.client()

    placement = bring(world, client_id, GOOD)

    assert placement.state == "committed"
    assert placement.counts["created"] == 3
    assert placement.totals == {"MXN": {"count": 3, "sum": 62_690_68}}
    with world.work() as work:
        cases = work.session.scalars(select(Case).order_by(Case.number)).all()
        assert [(case.number[-5:], case.balance, case.debt_count) for case in cases] == [
            ("00001", 62_440_18, 2),
            ("00002", 250_50, 1),
        ]
        debtor = work.session.scalars(select(Debtor).where(Debtor.id == cases[0].debtor_id)).one()
        assert (debtor.kind, debtor.tax_id_norm) == ("firm", "FTF190312AB4")
        assert sorted(work.session.scalars(select(ContactPoint.value))) == [
            "+524425550142", "compras@prueba.example", "pagos@tornillo.example",
        ]  # fmt: skip
        assert work.session.scalar(select(func.sum(DebtComponent.owed))) == 62_690_68
        assert work.session.scalar(select(func.count()).select_from(CaseEvent)) == 2
        names = set(work.session.scalars(select(OutboxRow.name)))
    assert {"intake.commit", "strategies.start", "intake.acknowledge"} <= names


def test_the_same_file_again_leads_to_the_first_and_changes_nothing(world: World) -> None:
    client_id = world.client()
    first = bring(world, client_id, GOOD)

    with world.work() as work:
        again = service.receive(work, client_id=client_id, name="otro nombre.csv", file=BytesIO(GOOD.encode()))
    assert (again.earlier, again.placement_id) == (True, first.id)

    anew = looked(world, client_id, GOOD)
    assert (anew.counts["created"], anew.counts["unchanged"]) == (0, 3)
    with pytest.raises(service.AlreadyPlaced), world.work() as work:
        service.confirm(work, anew.id)


def test_a_commit_that_is_run_twice_is_done_once(world: World) -> None:
    placement = bring(world, world.client(), GOOD)

    committing.commit(world.work, placement.id)

    with world.work() as work:
        assert work.session.scalar(select(func.count()).select_from(Debt)) == 3


def test_a_later_file_adds_to_the_case_and_shows_what_conflicts(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, GOOD)

    second = bring(
        world,
        client_id,
        "RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
        'FTF190312AB4,Ferretería El Tornillo Feliz,a-2231,07/09/2025,"99,999.00"\n'
        "FTF190312AB4,Ferretería El Tornillo Feliz,A-9,25/09/2025,10.00\n"
        "FTF190312AB4,Ferretería El Tornillo Feliz,A-9,25/09/2025,10.00\n"
        "FTF190312AB4,Ferretería El Tornillo Feliz,A-9,25/09/2025,11.00\n",
    )

    assert (second.counts["created"], second.counts["duplicates"], second.counts["conflicts"]) == (1, 1, 2)
    with world.work() as work:
        case = work.session.scalars(select(Case).order_by(Case.number)).first()
        assert case is not None
        assert (case.balance, case.debt_count) == (62_450_18, 3)


def test_a_row_is_refused_with_line_column_and_reason_and_the_rest_goes_in(world: World) -> None:
    placement = bring(
        world,
        world.client(),
        "Cliente,Factura,Vencimiento,Saldo\n"
        "Uno,F-1,30/02/2025,10.00\n"
        "Dos,F-2,28/02/2025,diez\n"
        "Tres,,28/02/2025,5.00\n"
        "Cuatro,F-4,28/02/2025,0.00\n"
        "Cinco,F-5,28/02/2025,-7.00\n"
        "Seis,F-6,28/02/2025,7.25\n"
        "Total,,,7.25\n",
    )

    with world.work() as work:
        found = [
            (one.line, one.column, one.value, one.code)
            for one in queries.issues(work, placement.id, kinds=["rejected"])
        ]
    assert found == [
        (2, "Vencimiento", "30/02/2025", "bad_day"),
        (3, "Saldo", "diez", "bad_amount"),
        (4, "Factura", "", "no_reference"),
        (5, "Saldo", "0.00", "zero"),
        (6, "Saldo", "-7.00", "negative"),
    ]
    assert (placement.counts["rejected"], placement.counts["subtotals"]) == (5, 1)
    assert placement.totals == {"MXN": {"count": 1, "sum": 7_25}}


def test_a_date_column_with_two_readings_waits_for_a_person(world: World) -> None:
    text = "Cliente,Factura,Vencimiento,Saldo\nUno,F-1,03/04/2025,10.00\nDos,F-2,05/06/2025,11.00\n"
    client_id = world.client()

    with pytest.raises(service.ReadingOpen, match="Vencimiento"):
        looked(world, client_id, text)

    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="c.csv", file=BytesIO(text.encode()))
        service.choose(work, found.placement_id, readings={2: "mdy"})
        placement = previewing.preview(work, found.placement_id)
        assert placement.first["due_on"] == "2025-03-04"


def test_leading_zeros_survive_and_a_number_that_differs_in_them_is_named(world: World) -> None:
    text = "No. cliente,Factura,Vencimiento,Saldo\n00123,0001,31/01/2025,1.00\n123,2,31/01/2025,2.00\n"

    placement = bring(world, world.client(), text)

    assert ["warned", "twin", 1] in placement.counts["causes"]
    with world.work() as work:
        assert sorted(work.session.scalars(select(Debt.reference))) == ["0001", "2"]
        assert sorted(work.session.scalars(select(Debtor.customer_ref))) == ["00123", "123"]


class SlowFile(BytesIO):
    """A file that takes longer to come than the database waits for the next statement."""

    def read(self, size: int | None = -1, /) -> bytes:
        """After a while."""
        sleep(0.15)
        return super().read(size)


def test_a_file_that_takes_long_to_read_does_not_lose_its_transaction(world: World) -> None:
    client_id = world.client()

    with world.work() as work:
        work.session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        found = service.receive(work, client_id=client_id, name="cartera.csv", file=SlowFile(GOOD.encode()))

    assert shown(world, found.placement_id).row_count == 3


HEADS = "Factura,No. cliente,Nombre,Vencimiento,Saldo\n"


def test_the_same_number_of_another_debtor_is_a_conflict_and_no_repetition(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + "1001,C1,Uno Ficticia,2026-03-25,499.00\n1002,C1,Uno Ficticia,2026-03-25,1.00\n")

    later = looked(world, client_id, HEADS + "1001,C2,Dos Inventada,2026-03-25,499.00\n"
                                             "1002,C1,Uno Ficticia S.A.,2026-03-25,1.00\n")  # fmt: skip

    assert (later.counts["created"], later.counts["unchanged"], later.counts["conflicts"]) == (0, 1, 1)
    assert ["conflict", "known_debtor", 1] in later.counts["causes"]


def test_a_number_that_lost_its_zeros_is_offered_as_the_same_invoice_and_not_made_twice(world: World) -> None:
    client_id = world.client()
    first = HEADS + "0001,C1,Uno Ficticia,2026-03-25,499.00\n0002,007,Dos Inventada,2026-03-25,5.00\n"
    bring(world, client_id, first)

    later = looked(world, client_id, HEADS + "1,C1,Uno Ficticia,2026-03-25,499.00\n2,7,Otra,2026-03-25,5.00\n"
                                             "01,C3,Tres Imaginaria,2026-03-25,499.00\n")  # fmt: skip
    assert (later.counts["created"], later.counts["conflicts"]) == (1, 2)
    assert ["conflict", "known_padded", 2] in later.counts["causes"]

    alone = looked(
        world, world.client("otra"), HEADS + "1,C1,Uno Ficticia,2026-03-25,9.00\n00001,C1,Uno,2026-03-25,9.00\n"
    )
    assert (alone.counts["created"], alone.counts["conflicts"]) == (1, 1)
    assert ["conflict", "in_file_padded", 1] in alone.counts["causes"]


def test_a_number_that_lost_its_zeros_makes_no_second_debt_in_silence_whatever_else_differs(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + "0001,C1,Uno Ficticia,2026-03-25,499.00\n0002,C1,Uno Ficticia,2026-03-25,5.00\n"
                                    "0003,C1,Uno Ficticia,2026-03-25,7.00\n")  # fmt: skip

    later = looked(world, client_id, HEADS + "1,C1,Uno Ficticia,2026-03-25,450.00\n2,C1,Uno Ficticia,2026-04-25,5.00\n"
                                             "3,C1,Uno Ficticia,2026-05-25,9.00\n")  # fmt: skip

    assert (later.counts["created"], later.counts["conflicts"]) == (1, 2)
    assert ["conflict", "known_padded", 2] in later.counts["causes"]
    assert ["warned", "zeros_apart", 1] in later.counts["causes"]


def test_zeros_that_are_missing_within_a_number_are_offered_as_the_same_invoice_too(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + "24/00201,C1,Uno Ficticia,2026-03-25,499.00\nA0042,C-007,Dos,2026-03-25,5.00\n")

    later = looked(world, client_id, HEADS + "24/201,C1,Uno Ficticia,2026-03-25,499.00\n"
                                             "A42,C-7,Otra,2026-03-25,5.00\n"
                                             "24/2010,C1,Uno Ficticia,2026-03-25,499.00\n")  # fmt: skip
    assert (later.counts["created"], later.counts["conflicts"]) == (1, 2)
    assert ["conflict", "known_padded", 2] in later.counts["causes"]

    alone = looked(
        world, world.client("otra"), HEADS + "24/201,C1,Uno,2026-03-25,9.00\n24/00201,C1,Uno,2026-03-25,9.00\n"
    )
    assert ["conflict", "in_file_padded", 1] in alone.counts["causes"]


def test_a_customer_number_with_more_zeros_than_the_known_one_is_told(world: World) -> None:
    client_id = world.client()
    bring(world, client_id, HEADS + "1,123,Uno Ficticia,2026-03-25,499.00\n")

    later = looked(world, client_id, HEADS + "2,000123,Uno Ficticia,2026-03-25,5.00\n")

    assert ["warned", "twin", 1] in later.counts["causes"]


def test_a_new_customer_number_with_the_tax_id_of_a_known_debtor_is_told_before_it_goes_in(world: World) -> None:
    client_id = world.client()
    heads = "RFC,No. cliente,Nombre,Factura,Vencimiento,Saldo\n"
    bring(world, client_id, heads + "ACE910101AB1,C1,Uno Ficticia,F1,2026-03-25,499.00\n")

    later = looked(world, client_id, heads + "ACE910101AB1,C9,Uno Ficticia,F2,2026-03-25,5.00\n"
                                             "ACE910101AB1,C1,Uno Ficticia,F3,2026-03-25,5.00\n")  # fmt: skip

    assert ["warned", "twin_tax_id", 1] in later.counts["causes"]
    assert later.counts["created"] == 2


def test_a_balance_that_is_not_the_amount_less_what_was_paid_is_told(world: World) -> None:
    later = looked(world, world.client(), "Factura,No. cliente,Vencimiento,Importe,Pagado,Intereses,Saldo\n"
                                          "F1,C1,2026-03-25,800.00,100.00,,650.00\n"
                                          "F2,C1,2026-03-25,800.00,100.00,,700.00\n"
                                          "F3,C1,2026-03-25,800.00,-100.00,5.00,705.00\n"
                                          "F4,C1,2026-03-25,800.00,,,650.00\n")  # fmt: skip

    assert ["warned", "balance_differs", 1] in later.counts["causes"]
    assert later.counts["created"] == 4


def test_a_generic_tax_id_never_joins_two_debtors(world: World) -> None:
    text = (
        "RFC,Nombre,Factura,Vencimiento,Saldo\nXAXX010101000,Luis Demo,1,31/01/2025,1.00\n"
        "XAXX010101000,Ana Prueba,2,31/01/2025,2.00\n"
    )

    placement = bring(world, world.client(), text)

    assert placement.counts["debtors"] == 2


def test_parts_of_a_debt_are_kept_apart(world: World) -> None:
    text = (
        "NOMBRE_DEUDOR;NRO_FACTURA;VENCIMIENTO;CAPITAL;INTERES;HONORARIOS\nLuis Demo;7;31/01/2025;1.000,00;50,25;9,75\n"
    )

    bring(world, world.client(), text)

    with world.work() as work:
        parts = {one.kind: one.owed for one in work.session.scalars(select(DebtComponent))}
    assert parts == {"principal": 1000_00, "default_interest": 50_25, "fee": 9_75}


def test_a_client_sees_and_brings_only_its_own(world: World) -> None:
    mine, other = world.client(), world.client("otra", name="Otra Ficticia")
    foreign = bring(world, other, GOOD)
    uploader = world.principal(Role.CLIENT_UPLOADER, client_id=mine)

    with world.work(uploader) as work:
        assert work.session.scalars(select(Placement)).all() == []
        found = service.receive(work, client_id=mine, name="c.csv", file=BytesIO(GOOD.encode()))
        placement = previewing.preview(work, found.placement_id)
        assert placement.counts["created"] == 3
        service.confirm(work, found.placement_id)
    committing.commit(world.work, found.placement_id)

    assert shown(world, found.placement_id).committed_by == uploader.name
    with world.work(uploader) as work:
        assert {one.client_id for one in work.session.scalars(select(Debt))} == {mine}
        assert foreign.id not in {one.id for one in work.session.scalars(select(Placement))}


def test_the_acknowledgement_says_the_sums_and_both_sides_may_read_it(world: World) -> None:
    client_id = world.client()
    placement = bring(world, client_id, GOOD)

    with world.work() as work:
        acknowledging.acknowledge(work, placement.id)
    kept = shown(world, placement.id).acknowledgement_file_id

    assert kept is not None
    with world.work(world.principal(Role.CLIENT_VIEWER, client_id=client_id)) as work:
        row, data = read_file(work, kept)
    assert row.name == f"acuse-{placement.number}.pdf"
    assert data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("name", "totals", "debtors"),
    [
        ("hr1500_clean_utf8.csv", {"CAD": (747, 4447100908), "USD": (753, 2007406552)}, 254),
        ("hr1500_latin1_puntoycoma.csv", {"CAD": (747, 4447100908), "USD": (753, 2007406552)}, 254),
    ],
)
def test_one_portfolio_in_two_forms_gives_the_same(
    world: World, shared_data: Path, name: str, totals: dict[str, tuple[int, int]], debtors: int
) -> None:
    client_id = world.client()

    found = run(job_principal(world.agency_id), client_id, shared_data / "ar/derived" / name, {},
                as_of=date(2020, 5, 1), dry_run=False)  # fmt: skip

    assert {currency: (one["count"], one["sum"]) for currency, one in found["totals"].items()} == totals
    assert {currency: (one["count"], one["sum"]) for currency, one in found["overdue"].items()} == {
        "CAD": (548, 3385610677),
        "USD": (717, 1958464044),
    }
    assert (found["created"], found["debtors"], found["rejected"]) == (1500, debtors, [])
    assert len([one for one in found["warned"] if "ceros" in one["reason"]]) == 15
    with world.work() as work:
        balances = work.session.execute(
            select(CaseBalance.currency, func.sum(CaseBalance.balance)).group_by(CaseBalance.currency)
        )
        assert {currency: int(total) for currency, total in balances} == {c: t[1] for c, t in totals.items()}


@pytest.mark.parametrize("name", ["derived/ibm_open_2013-06-30.csv", "ibm/WA_Fn-UseC_-Accounts-Receivable.csv"])
def test_what_was_open_on_a_day_is_what_the_open_file_of_that_day_says(
    world: World, shared_data: Path, name: str
) -> None:
    bring_file = partial(run, job_principal(world.agency_id), world.client(), shared_data / "ar" / name, {},
                         as_of=date(2013, 6, 30))  # fmt: skip

    dry, found, again = bring_file(dry_run=True), bring_file(dry_run=False), bring_file(dry_run=False)

    assert dry["created"] == found["created"] == 84
    assert found["totals"] == {"MXN": {"count": 84, "sum": 511985}}
    assert found["overdue"] == {"MXN": {"count": 12, "sum": 83556}}
    assert found["rejected"] == []
    assert (again["created"], again["unchanged"], again["placement"]) == (0, 84, found["placement"])


def test_the_command_answers_in_json_and_says_when_all_was_refused(
    world: World, database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.client()
    monkeypatch.setenv("DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("RECOBRO_SECRET", SECRET)
    monkeypatch.setenv("RECOBRO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "C")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text("Cliente,Factura,Vencimiento,Saldo\nUno,F-1,31/02/2025,1.00\n", encoding="utf-8")
    common = ["--agency", world.slug, "--client", "aceros", "--json"]

    first = CliRunner().invoke(main, ["import", str(good), *common])
    again = CliRunner().invoke(main, ["import", str(good), *common])
    refused = CliRunner().invoke(main, ["import", str(bad), *common])
    nobody = CliRunner().invoke(main, ["import", str(good), "--agency", "nadie", "--client", "aceros"])

    assert (first.exit_code, again.exit_code, refused.exit_code, nobody.exit_code) == (0, 0, 3, 1)
    answer = json.loads(first.stdout)
    assert answer["totals"] == {"MXN": {"count": 3, "sum": 62_690_68}}
    assert (json.loads(again.stdout)["unchanged"], json.loads(again.stdout)["placement"]) == (3, answer["placement"])
    assert json.loads(refused.stdout)["rejected"] == [
        {
            "line": 2, "column": "Vencimiento", "value": "31/02/2025",
            "reason": "Esperábamos una fecha (d/m/a), encontramos «31/02/2025».",
            "mend": "Corrige la celda u omite la fila.",
        }
    ]  # fmt: skip


def test_a_commit_that_dies_leaves_nothing_and_goes_on_whole(world: World) -> None:
    client_id = world.client()
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="c.csv", file=BytesIO(GOOD.encode()))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)

    child = os.fork()
    if child == 0:  # the worker that is killed when all rows are placed and nothing is committed
        os.environ["FAULTS"] = "intake.placed"
        database.current().engine.dispose(close=False)
        committing.commit(world.work, found.placement_id)
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
    with world.work() as work:
        assert work.session.scalar(select(func.count()).select_from(Debt)) == 0
    assert shown(world, found.placement_id).state == "committing"
    committing.commit(world.work, found.placement_id)
    assert shown(world, found.placement_id).totals == {"MXN": {"count": 3, "sum": 62_690_68}}


def test_another_agency_loads_the_same_file_for_itself(world: World) -> None:
    other = make_world("ES")
    bring(world, world.client(), GOOD)

    placement = bring(other, other.client(), GOOD)

    assert placement.totals == {"EUR": {"count": 3, "sum": 62_690_68}}


def test_nothing_is_left_of_a_dry_run(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cartera.csv"
    file.write_text(GOOD, encoding="utf-8")

    found = run(job_principal(world.agency_id), world.client(), file, {}, as_of=None, dry_run=True)

    assert (found["created"], found["placement"], found["kept"]) == (3, None, False)
    with world.work() as work:
        assert work.session.scalars(select(Placement)).all() == []


def test_the_same_file_again_answers_with_what_it_is_already_and_changes_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cartera.csv"
    file.write_text(GOOD, encoding="utf-8")
    principal, client_id = job_principal(world.agency_id), world.client()
    first = run(principal, client_id, file, {}, as_of=None, dry_run=False)

    for dry_run in (False, True):
        again = run(principal, client_id, file, {}, as_of=None, dry_run=dry_run)
        assert (again["placement"], again["state"]) == (first["placement"], "committed")
        assert (again["earlier"], again["kept"], again["created"], again["unchanged"]) == (True, False, 0, 3)
    assert (first["state"], first["earlier"], first["kept"]) == ("committed", False, True)


def test_what_the_client_says_is_disputed_is_looked_into_before_it_is_collected(world: World) -> None:
    client_id = world.client()
    heading = "Cliente,Folio,Vencimiento,Saldo,En disputa\n"
    bring(
        world, client_id, heading + "77,A-1,2025-02-01,10.00,sí\n77,A-2,2025-02-01,5.00,\n78,B-1,2025-02-01,7.00,no\n"
    )

    with world.work() as work:
        flag = work.session.scalars(select(CaseFlag).where(CaseFlag.agency_id == world.agency_id)).one()
        case = work.session.get_one(Case, (world.agency_id, flag.case_id))
        assert (flag.kind, flag.reason) == ("dispute", "A-1")
        assert (case.queue_reason, case.queue_priority) == (flags.DISPUTED, flags.DISPUTED_PRIORITY)
        events = work.session.scalars(select(CaseEvent).where(CaseEvent.ref_id == flag.id)).all()
        assert [(event.kind, event.details) for event in events] == [("flag", {"references": "A-1"})]
        dispute = work.session.scalars(select(Dispute).where(Dispute.agency_id == world.agency_id)).one()
        assert (dispute.flag_id, dispute.case_id, dispute.debtor_id) == (flag.id, case.id, case.debtor_id)
        assert (dispute.debts, dispute.medium, dispute.by) == (["A-1"], "written", flag.opened_by)

    bring(world, client_id, heading + "77,A-3,2025-02-01,4.00,sí\n")
    with world.work() as work:
        assert work.session.scalar(select(func.count()).where(CaseFlag.agency_id == world.agency_id)) == 1
        flags.close_flag(work, flag.id, outcome="Se mostró la entrega")
        debts = work.session.scalars(select(Debt.disputed).where(Debt.agency_id == world.agency_id)).all()
        assert not any(debts)


def test_a_postal_code_and_an_account_that_cannot_be_are_told_and_kept(world: World) -> None:
    placement = bring(
        world,
        world.client(),
        "Factura,No. cliente,Nombre,Vencimiento,Saldo,Calle,Código postal,CLABE\n"
        "F-1,C1,Uno Ficticia,2026-03-25,10.00,Calle Inventada 1,ABCDEF,002010077777777779\n"
        "F-2,C2,Dos Inventada,2026-03-25,10.00,Calle Inventada 2,06000,002010077777777771\n",
    )

    causes = {code: count for kind, code, count in placement.counts["causes"] if kind == "warned"}
    assert causes == {"bad_postal": 1, "bad_account": 1}
    with world.work() as work:
        kept = {row.reference: row.extra for row in work.session.execute(select(Debt.reference, Debt.extra))}
        assert "Calle Inventada 1, ABCDEF" in set(work.session.scalars(select(ContactPoint.value)))
    assert kept["F-1"] == {"Cuenta bancaria (IBAN o CLABE)": "002010077777777779"}


def test_a_number_that_a_spreadsheet_cut_short_is_refused_and_not_taken_for_others(world: World) -> None:
    placement = looked(
        world, world.client(),
        HEADS + "1.23457E+10,C1,Uno Ficticia,2026-03-25,1.00\nF-2,\"1,23E+12\",Dos Inventada,2026-03-25,2.00\n"
        "12E10,C3,Tres Ficticia,2026-03-25,3.00\n",
    )  # fmt: skip

    assert ["rejected", "rounded", 2] in placement.counts["causes"]
    assert placement.counts["created"] == 1


def test_a_name_with_broken_letters_or_that_is_none_goes_in_with_a_word(world: World) -> None:
    placement = bring(
        world,
        world.client(),
        "Factura,No. cliente,Nombre,Vencimiento,Saldo\n"
        "F-1,C1,JosÃ© Ficticio,2026-03-25,10.00\nF-2,C2,=1+1,2026-03-25,10.00\nF-3,C3,José Ficticio,2026-03-25,10.00\n",
    )

    causes = {code: count for kind, code, count in placement.counts["causes"] if kind == "warned"}
    assert (causes, placement.counts["created"]) == ({"name_garbled": 1, "name_odd": 1}, 3)
    with world.work() as work:
        [garbled] = [one for one in queries.issues(work, placement.id) if one.code == "name_garbled"]
        assert (garbled.line, garbled.value) == (2, "JosÃ© Ficticio")
