"""Sheets as people really have them: headings on two lines, titles, several sheets, odd encodings and line ends."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter

from kernel.problems import Problem
from recobro.intake.columns.grammar import Number
from recobro.intake.columns.profiles import profile
from recobro.intake.files import bundles, reading
from recobro.intake.files.shown import shown_by
from recobro.intake.issues import Issue
from tests.support import hostile_files

PLAIN = "Cliente,Factura,Saldo\nUno,F1,10.00\nDos,F2,20.00\n"


def read(data: bytes, name: str = "c.csv", **how: Any) -> tuple[reading.Layout, list[list[str]]]:
    source = io.BytesIO(data)
    layout = reading.detect(source, name, **how)
    return layout, [list(row.cells) for row in reading.rows(source, layout)]


def book(*sheets: tuple[str, Sequence[Sequence[Any]]], merged: str = "", hidden: str = "") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        for name, rows in sheets:
            page = made.add_worksheet(name)
            for y, row in enumerate(rows):
                page.write_row(y, 0, row)
            if merged:
                page.merge_range(merged, "Fecha")
            if name == hidden:
                page.hide()
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read(encoding: str) -> None:
    layout, rows = read(PLAIN.replace("Uno", "Señales").encode(encoding))

    assert (layout.encoding, layout.columns, rows[0][0]) == (encoding, ("Cliente", "Factura", "Saldo"), "Señales")


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n"])
def test_every_kind_of_line_end_ends_a_line(ends: str) -> None:
    layout, rows = read(PLAIN.replace("\n", ends).encode())

    assert (layout.header_line, len(rows), rows[1]) == (1, 2, ["Dos", "F2", "20.00"])


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffsep=;"])
def test_the_separator_that_excel_states_is_taken_and_its_line_is_no_data(first: str) -> None:
    layout, rows = read(f"{first}\nCliente;Saldo\nUno, S.A., y Cía,;1,50\nDos;2,00\n".encode())

    assert (layout.separator, layout.header_line, len(rows)) == (";", 2, 2)
    without, rows = read(f"{first}\nUno;F1;1,50\nDos;F2;2,00\n".encode())
    assert (without.header_line, len(rows)) == (0, 2)


def test_marks_in_odd_places_are_no_part_of_a_heading() -> None:
    layout, _ = read("\ufeff\ufeffCliente,Fac\u200btura,Saldo\x07\nUno,F1,1.00\n".encode())

    assert layout.columns == ("Cliente", "Fac tura", "Saldo")


def test_a_file_of_two_encodings_is_refused_with_its_line_and_a_windows_file_is_not() -> None:
    spoilt = "Cliente,Saldo\nSeñales Ñandú,1\nMuñoz,2\n".encode() + b"Pe\xf1a,3\n"
    with pytest.raises(Problem, match="línea 4"):
        read(spoilt)

    layout, rows = read("Cliente,Saldo\nSeñales Ñandú,1.00\nPeña,3.00\n".encode("cp1252"))
    assert (layout.encoding, rows[1][0]) == ("cp1252", "Peña")


def test_a_quote_that_is_never_closed_does_not_swallow_the_file() -> None:
    lines = "".join(f"Cliente {number},F{number},1.00\n" for number in range(1_000))

    with pytest.raises(Problem, match="comillas"):
        read(f'Cliente,Factura,Saldo\n"Uno,F0,1.00\n{lines}"'.encode())


def test_headings_on_two_lines_are_one_name_each() -> None:
    text = "Cliente,Fecha,,Saldo\n,Emisión,Vencimiento,\nUno,01/02/2025,03/02/2025,10.00\n"

    layout, rows = read(text.encode())

    assert (layout.header_line, layout.columns) == (2, ("Cliente", "Fecha Emisión", "Fecha Vencimiento", "Saldo"))
    assert len(rows) == 1


def test_merged_headings_of_a_workbook_name_the_columns_below_them() -> None:
    data = book(
        ("Hoja", [["Cartera vencida"], [], ["", "", "", ""], ["Cliente", "Emisión", "Vencimiento", "Saldo"],
                  ["Uno", "01/02/2025", "03/02/2025", 10.5]]), merged="B3:C3",
    )  # fmt: skip

    layout, rows = read(data, "c.xlsx")

    assert (layout.header_line, layout.columns) == (4, ("Cliente", "Fecha Emisión", "Fecha Vencimiento", "Saldo"))
    assert layout.lower == ("Cliente", "Emisión", "Vencimiento", "Saldo")
    assert len(rows) == 1


def test_a_first_row_of_words_is_not_a_second_line_of_headings() -> None:
    layout, rows = read(b"Nombre,Correo,Nota\nLuis Demo,luis@prueba.mx,\nAna Demo,ana@prueba.mx,x\n")

    assert (layout.header_line, len(rows)) == (1, 2)


def test_a_person_may_say_which_row_is_the_headings() -> None:
    text = b"Uno,Dos,Tres\nCliente,Factura,Saldo\nLuis,F1,10.00\n"

    assert read(text)[0].header_line == 1
    layout, rows = read(text, header_line=2)
    assert (layout.columns, len(rows)) == (("Cliente", "Factura", "Saldo"), 1)
    layout, rows = read(text, header_line=0)
    assert (layout.columns, len(rows)) == (("Columna 1", "Columna 2", "Columna 3"), 3)
    assert layout.first[1] == (2, "Cliente · Factura · Saldo")


def test_another_sheet_may_be_taken_and_hidden_ones_are_not_offered() -> None:
    few: list[list[Any]] = [["Cliente", "Saldo"], ["Uno", 1]]
    many: list[list[Any]] = [["Deudor", "Saldo"], ["Dos", 2], ["Tres", 3], ["Cuatro", 4]]
    data = book(("Enero", few), ("Febrero", many), ("Notas", [["x"]] * 9), hidden="Notas")

    layout, rows = read(data, "c.xlsx")
    assert (layout.sheet, layout.sheets, len(rows)) == ("Febrero", ("Enero", "Febrero"), 3)
    layout, rows = read(data, "c.xlsx", sheet="Enero")
    assert (layout.sheet, layout.columns[0], rows) == ("Enero", "Cliente", [["Uno", "1"]])
    with pytest.raises(Problem, match=r"no tiene una hoja «Marzo»"):
        read(data, "c.xlsx", sheet="Marzo")


def test_numbers_of_a_workbook_are_whole_and_told_from_text_and_long_ones_are_counted() -> None:
    ids = [100056666.0, 123456789012345, 1234567890123456, 0.1 + 0.2, -7, 1e21]
    data = book(("H", [["Cuenta", "Nota"], *([each, "00" + str(at)] for at, each in enumerate(ids))]))

    source = io.BytesIO(data)
    layout = reading.detect(source, "c.xlsx")
    cells = [row.cells[0] for row in reading.rows(source, layout)]

    assert cells == ["100056666", "123456789012345", "1234567890123456", "0.3", "-7", "1000000000000000000000"]
    assert {type(cell) for cell in cells} == {Number}
    profiles, _ = profile(reading.rows(source, layout), 2)
    assert (profiles[0].looks["cut"], profiles[1].looks["cut"], profiles[1].samples[0]) == (2, 0, "000")


def test_a_zip_with_one_sheet_in_it_is_that_sheet_and_several_of_the_same_headings_are_one() -> None:
    def packed(*names: str, other: str = "") -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, PLAIN)
            if other:
                archive.writestr("otra.csv", other)
        return out.getvalue()

    assert read(packed("enero/c.csv", "__MACOSX/._c.csv"), "c.zip")[1] == read(PLAIN.encode())[1]
    layout, rows = read(packed("b.csv", "a.csv", other=PLAIN.replace(",", ";")), "c.zip")
    assert (layout.kind, [name for name, _ in layout.members]) == ("bundle", ["a.csv", "b.csv", "otra.csv"])
    assert rows == read(PLAIN.encode())[1] * 3
    lines = [row.line for row in reading.rows(io.BytesIO(packed("a.csv", "b.csv")), layout)]
    assert lines == sorted(set(lines))
    issue = bundles.named(Issue("rejected", "no_due", lines[-1], "", ""), layout)
    assert issue.details["file"] == f"b.csv · {len(PLAIN.splitlines())}"
    with pytest.raises(Problem, match=r"«a.csv» y «otra.csv» no tienen los mismos encabezados"):
        read(packed("a.csv", other="Uno,Otro\nx,1\n"), "c.zip")


def test_pasted_cells_are_read_by_their_tabs() -> None:
    layout, rows = read(PLAIN.replace(",", "\t").encode(), "celdas pegadas.txt")

    assert (layout.separator, rows[0]) == ("\t", ["Uno", "F1", "10.00"])


def test_sheets_of_the_same_merged_headings_are_read_as_one() -> None:
    heads = [["Cartera"], ["Cliente", "Fecha", "", "Saldo"], ["", "Emisión", "Vencimiento", ""]]
    north = [*heads, ["Uno", "01/06/2026", "01/07/2026", "10.00"], ["Dos", "01/06/2026", "02/07/2026", "20.00"]]
    south = [*heads, ["Tres", "01/06/2026", "03/07/2026", "30.00"]]

    layout, rows = read(book(("Norte", north), ("Sur", south), merged="B2:C2"), "c.xlsx")

    assert layout.columns == ("Cliente", "Fecha Emisión", "Fecha Vencimiento", "Saldo")
    assert [row[0] for row in rows] == ["Uno", "Dos", "Tres"]
    assert layout.unread == ()


_HEADS = (
    hostile_files.row(hostile_files.cell("Cartera vencida"), more='table:number-rows-repeated="2"')
    + hostile_files.row(
        hostile_files.cell("Cliente", 'table:number-columns-spanned="2" table:number-rows-spanned="1"'),
        "<table:covered-table-cell/>",
        hostile_files.cell("Factura", 'table:number-columns-spanned="3" table:number-rows-spanned="1"'),
        '<table:covered-table-cell table:number-columns-repeated="2"/>',
        hostile_files.cell("Saldo", 'table:number-rows-spanned="2"'),
    )
    + hostile_files.row(
        *map(hostile_files.cell, ("Clave", "Nombre", "No.", "Fecha", "Vence")), "<table:covered-table-cell/>"
    )
)
_NAMES = ("Cliente Clave", "Cliente Nombre", "Factura No.", "Factura Fecha", "Factura Vence", "Saldo")


def _ods_row(*cells: str, more: str = "") -> str:
    return hostile_files.row(*map(hostile_files.cell, cells), more=more)


def test_merged_headings_of_an_ods_name_the_columns_below_them_on_every_sheet() -> None:
    north = _HEADS + _ods_row("C-1", "Uno", "F1", "01/06/2026", "01/07/2026", "10.00") * 2
    south = _HEADS + _ods_row("C-3", "Tres", "F3", "01/06/2026", "03/07/2026", "30.00")
    between = '</table:table><table:table table:name="Sur &amp; más" table:style-name="ta1">'
    data = hostile_files.ods(north + between + south)

    layout, rows = read(data, "c.ods")

    assert (layout.header_line, layout.columns, layout.unread) == (4, _NAMES, ())
    assert [row[1] for row in rows] == ["Uno", "Uno", "Tres"]


def test_the_beginning_of_a_long_ods_is_enough_to_know_what_is_merged() -> None:
    text = "x" * 400
    data = hostile_files.ods(_HEADS + _ods_row("C-1", text, "F1", "01/06/2026", "01/07/2026", "10.00") * 3000)

    assert read(data, "c.ods")[0].columns == _NAMES


@pytest.mark.parametrize("name", ["roto.xlsx", "ROTO.ODS"])
def test_a_broken_workbook_is_called_one(name: str) -> None:
    with pytest.raises(Problem, match="El libro está dañado"):
        read(b"PK\x03\x04nada", name)
    with pytest.raises(Problem, match="El ZIP está dañado"):
        read(b"PK\x03\x04nada", "roto.zip")


def test_hidden_sheets_with_rows_and_hidden_rows_are_told() -> None:
    rows: list[list[Any]] = [["Cliente", "Factura", "Saldo"], ["Uno", "F1", 1], ["Dos", "F2", 2], ["Tres", "F3", 3]]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        for name in ("Abiertas", "Vieja", "Vacía"):
            page = made.add_worksheet(name)
            for y, row in enumerate(rows if name != "Vacía" else []):
                page.write_row(y, 0, row)
            if name != "Abiertas":
                page.hide()
                continue
            page.set_column(5, 5, None, None, {"hidden": True})
            for y in (2, 3, 40):
                page.set_row(y, None, None, {"hidden": True})

    layout, found = read(out.getvalue(), "c.xlsx")

    assert (layout.sheet, layout.hidden, layout.hidden_rows, len(found)) == ("Abiertas", (("Vieja", 4),), 2, 3)
    assert reading.Layout.from_json(layout.as_json()) == layout
    hidden = _ods_row("Dos", "F2", "2.00", more='table:visibility="filter"')
    of_ods = hostile_files.ods(_ods_row("Cliente", "Factura", "Saldo") + _ods_row("Uno", "F1", "1.00") + hidden)
    layout, found = read(of_ods, "c.ods")
    assert (layout.hidden, layout.hidden_rows, len(found)) == ((), 1, 2)


def shown(data: bytes) -> tuple[str, tuple[str, ...]]:
    found = shown_by(io.BytesIO(data))
    return found.zeros, found.signs


def ods(content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content)
    return out.getvalue()


def xls_format(number: int, code: str) -> bytes:
    text = code.encode("latin-1") if code.isascii() else code.encode("utf-16-le")
    wide = int(not code.isascii())
    return struct.pack("<HHHHB", 0x041E, 5 + len(text), number, len(code), wide) + text


def xls_cells(number: int, kind: int = 0) -> bytes:
    return struct.pack("<HHHHH", 0x00E0, 20, 0, number, kind) + bytes(14)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (ods('<table:table-cell office:value-type="currency" office:currency="USD"/>'), ("", ("USD",))),
        (ods('<number:number number:decimal-places="0" number:min-integer-digits="8"/>'), ("00000000", ())),
        (ods('<number:number number:min-integer-digits="1"/><a office:value-type="float"/>'), ("", ())),
        (OLE + xls_format(164, "[$USD] #,##0.00") + xls_cells(164), ("", ("USD",))),
        (OLE + xls_format(165, "[$€-C0A] #,##0.00") + xls_cells(165), ("", ("EUR",))),
        (OLE + xls_format(166, "00000") + xls_cells(166), ("00000", ())),
        # A format that no cell has, and one that only a style has.
        (OLE + xls_format(164, "[$USD] #,##0.00") + xls_cells(0), ("", ())),
        (OLE + xls_format(164, "[$USD] #,##0.00") + xls_cells(164, kind=4), ("", ())),
        (OLE + xls_format(164, "[$USD] #,##0.00")[:-4], ("", ())),
    ],
)
def test_what_the_formats_of_ods_and_xls_show_is_known_as_that_of_xlsx_is(
    data: bytes, told: tuple[str, tuple[str, ...]]
) -> None:
    assert shown(data) == told
