"""Workbooks of several sheets lose none of them in silence, nor zeros that only a format shows."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from pypdf import PdfReader
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.config import Settings
from recobro.files import read_file
from recobro.intake import previewing, service
from recobro.intake.receipts import acknowledging
from recobro.intake.repair import rereading
from recobro.wiring import wire
from tests.service.test_intake import bring, shown
from tests.support.database import SECRET
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")
HEADS = ["Factura", "No. cliente", "Nombre", "Vencimiento", "Saldo"]


@pytest.fixture(scope="module")
def wired(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """This process reaches its database and a folder for files."""
    folder = tmp_path_factory.mktemp("files")
    wire(Settings(data=folder, secret=SECRET, files=folder), database_urls[0])


def book(sheets: Mapping[str, Sequence[Sequence[Any]]], zeros: str = "") -> bytes:
    """An XLSX; its first column is shown with a format of zeros where one is given."""
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        shown_as = made.add_format({"num_format": zeros}) if zeros else None
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row, shown_as if line else None)
    return out.getvalue()


def test_sheets_with_the_same_headings_are_one_portfolio_and_others_are_named(world: World) -> None:
    january: list[list[Any]] = [
        HEADS,
        ["A-1", "C1", "Uno Demo", "2026-03-25", 300.0],
        ["A-2", "C1", "Uno Demo", "mal", 1.0],
    ]
    february: list[list[Any]] = [
        HEADS,
        ["B-1", "C2", "Dos Demo", "2026-03-25", 400.0],
        ["B-2", "C3", "Tres Demo", "x", 301.0],
    ]
    notes: list[list[Any]] = [["Región", "Meta"], ["Norte", 5], ["Sur", 6]]
    data = book({"Enero": january, "Notas": notes, "Febrero": february})

    placement = bring(world, world.client(), data, name="dos.xlsx")

    with world.work() as work:
        assert sorted(work.session.scalars(select(Debt.reference))) == ["A-1", "B-1"]
    assert placement.counts["rows"] == 4
    assert ["rejected", "bad_day", 2] in [list(one) for one in placement.counts["causes"]]
    assert ["warned", "sheet_unread", 1] in [list(one) for one in placement.counts["causes"]]
    layout = service.layout_of(placement)
    assert ([name for name, _ in layout.members], layout.unread) == (["Enero", "Febrero"], (("Notas", 3),))


def test_the_acknowledgement_names_the_sheets_that_were_not_read_and_each_row_once(world: World) -> None:
    january: list[list[Any]] = [HEADS, ["A-1", "C1", "Uno Demo", "2026-03-25", 300.0], ["TOTAL", "", "", "", 300.0]]
    notes: list[list[Any]] = [["Región", "Meta"], ["Norte", 5], ["Sur", 6]]
    placement = bring(world, world.client(), book({"Enero": january, "Metas del norte": notes}), name="dos.xlsx")

    with world.work() as work:
        acknowledging.acknowledge(work, placement.id)
    kept = shown(world, placement.id).acknowledgement_file_id
    assert kept is not None
    with world.work() as work:
        data = read_file(work, kept)[1]
    told = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())

    assert "«Metas del norte» (3)" in told
    assert told.count("Filas de totales 1") == 1


def test_a_named_sheet_is_read_alone(world: World) -> None:
    rows: list[list[Any]] = [HEADS, ["A-1", "C1", "Uno Demo", "2026-03-25", 300.0]]
    other: list[list[Any]] = [HEADS, ["B-1", "C2", "Dos Demo", "2026-03-25", 4.0]]
    data = book({"Enero": rows, "Febrero": other})
    with world.work() as work:
        found = service.receive(work, client_id=world.client(), name="dos.xlsx", file=BytesIO(data))
        rereading.read_again(work, found.placement_id, sheet="Febrero", header_line=None)
        previewing.preview(work, found.placement_id)

    assert shown(world, found.placement_id).counts["created"] == 1


def test_zeros_that_only_a_format_shows_are_told(world: World) -> None:
    rows: list[list[Any]] = [HEADS, [4567, "C1", "Uno Demo", "2026-03-25", 300.0]]

    placement = bring(world, world.client(), book({"Hoja": rows}, zeros="00000000"), name="ceros.xlsx")
    plain = bring(world, world.client("otra"), book({"Hoja": rows}), name="sin.xlsx")

    assert ["warned", "zero_format", 1] in [list(one) for one in placement.counts["causes"]]
    assert "zero_format" not in str(plain.counts["causes"])
