"""Files as sheets: encodings, separators, headings, workbooks, and what is refused."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from kernel.problems import Problem
from recobro.intake.columns.profiles import profile
from recobro.intake.files import reading
from recobro.intake.files.archives import ArchiveRefused
from recobro.intake.sheet import FileRefused

SPANISH = "Nº Cliente;Razón Social;Importe\r\n0100;Señales Ñandú;1.234,50\r\n0200;Piñatas;2,75\r\n"


def sheet(data: bytes, name: str = "c.csv") -> tuple[reading.Layout, list[reading.Row]]:
    source = io.BytesIO(data)
    layout = reading.detect(source, name)
    return layout, list(reading.rows(source, layout))


def workbook(rows: Sequence[Sequence[Any]], *, cover: bool = False) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy"})
    if cover:
        book.add_worksheet("Portada").write(0, 0, "Cartera de noviembre")
    page = book.add_worksheet("Vencidos")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            page.write(y, x, value)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]
)
def test_the_same_text_is_read_in_every_encoding(encoding: str, told: str) -> None:
    layout, rows = sheet(SPANISH.encode(encoding))

    assert (layout.encoding, layout.separator, layout.header_line) == (told, ";", 1)
    assert layout.columns == ("Nº Cliente", "Razón Social", "Importe")
    assert [(row.line, list(row.cells)) for row in rows] == [
        (2, ["0100", "Señales Ñandú", "1.234,50"]),
        (3, ["0200", "Piñatas", "2,75"]),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_rows_equal(separator: str) -> None:
    lines = [["Cliente", "Nota", "Saldo"], ['"Uno, S.A."', "a;b", "5"], ['"Dos; Tres"', "c|d", "6"]]

    layout, _ = sheet("\n".join(separator.join(f'"{c.strip(chr(34))}"' for c in line) for line in lines).encode())

    assert layout.separator == separator
    assert len(layout.columns) == 3


@pytest.mark.parametrize("separator", ["^", "~", "#", "*", "!", ":", "\x1f"])
def test_a_rare_separator_is_one_where_headings_and_rows_have_it_alike(separator: str) -> None:
    lines = [["Factura", "Nombre", "Vence", "Saldo"], ["1", "Uno, S.A.", "2026-01-31", "1.007,01"]]
    layout, _ = sheet("\n".join(separator.join(line) for line in lines).encode())
    assert (layout.separator, layout.columns) == (separator, ("Factura", "Nombre", "Vence", "Saldo"))

    times, _ = sheet(b"Factura,Creada,Vence\n1,2026-01-01 10:20:30,2026-02-01 10:20:30\n")
    assert times.separator == ","


@pytest.mark.parametrize(("encoding", "told"), [("cp850", "cp850"), ("mac_roman", "mac_roman"), ("cp1252", "cp1252")])
def test_what_dos_and_old_macs_wrote_is_read_by_its_letters(encoding: str, told: str) -> None:
    layout, rows = sheet(SPANISH.encode(encoding))

    assert layout.encoding == told
    assert [row.cells[1] for row in rows] == ["Señales Ñandú", "Piñatas"]


ROWS = ["1,Uno Demo,2026-01-31,10.00", "2,Dos Demo,2026-01-31,20.00", "3,Tres Demo,2026-01-31,30.00"]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("column", [0, 1, 3])
def test_two_stray_quotes_do_not_swallow_the_rows_between(first: int, second: int, column: int) -> None:
    rows = [row.split(",") for row in ROWS]
    rows[first][column] = '"' + rows[first][column]
    rows[second][column] += '"'

    with pytest.raises(FileRefused, match=f"línea {first + 2} "):
        sheet("\n".join(["Factura,Nombre,Vence,Saldo", *map(",".join, rows)]).encode())


def test_a_note_of_several_lines_with_commas_is_one_cell() -> None:
    note = '"Se llamó, no contestó,\nse escribió, tampoco,\ny luego, nada"'
    _, rows = sheet(
        f"Factura,Nombre,Vence,Saldo,Nota\n1,Uno,2026-01-31,10.00,{note}\n2,Dos,2026-01-31,1.00,\n".encode()
    )

    assert [row.cells[0] for row in rows] == ["1", "2"]


def test_lines_are_counted_in_the_file_also_after_a_cell_with_a_break() -> None:
    _, rows = sheet(b'a,b\n"uno\ndos",x1\n\ntres,y\n')

    assert [row.line for row in rows] == [2, 5]


def test_titles_above_the_headings_are_not_data() -> None:
    layout, rows = sheet(b"Cartera vencida,,\n,,\nCliente,Factura,Saldo\nUno,F1,10.00\nDos,F2,20.00\n")

    assert (layout.header_line, layout.columns) == (3, ("Cliente", "Factura", "Saldo"))
    assert len(rows) == 2


def test_a_file_without_headings_gets_names_and_loses_no_row() -> None:
    layout, rows = sheet(b"Uno,F1,10.00\nDos,F2,20.00\n")

    assert (layout.header_line, layout.columns[0], len(rows)) == (0, "Columna 1", 2)


def test_a_workbook_keeps_ids_whole_and_days_as_days() -> None:
    data = workbook(
        [
            ["Cliente", "Factura", "Vence", "Saldo"],
            [100056666, "0007", date(2020, 2, 28), 61440.18],
            [7, 8.0, "x", 0.3],
        ],
        cover=True,
    )

    layout, rows = sheet(data, "c.xlsx")

    assert (layout.kind, layout.sheet, layout.sheets) == ("workbook", "Vencidos", ("Portada", "Vencidos"))
    assert list(rows[0].cells) == ["100056666", "0007", "2020-02-28", "61440.18"]
    assert list(rows[1].cells[:2]) == ["7", "8"]
    profiles, count = profile(rows, 4)
    assert (count, profiles[2].samples[0]) == (2, "2020-02-28")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "vacío"),
        (b"a,b\n1,\x002\n", "nulos"),
        ("a,b\n1,2\n".encode("utf-32-le"), "nulos"),
        (b"%PDF-1.7 ...", "PDF está dañado"),
        (b"PK\x03\x04 not a book", "dañado"),
        (b"\xff\xfea\x00,\x00\x00\xd8", "dañado"),
        (b"a,b\n" + b"x," * 10_000 + b"\n", "columnas"),
        (b'a,b\n"' + b"x" * 200_000, "comillas"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_sentence(data: bytes, word: str) -> None:
    with pytest.raises(Problem, match=word):
        sheet(data)


def _book_with(part: str, content: bytes, *, lie: int | None = None) -> bytes:
    source, out = io.BytesIO(workbook([["a", "b"], ["x", "y"]])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, content if item.filename == part else old.read(item))
    data = bytearray(out.getvalue())
    if lie is not None:
        # The directory says the part is small; what is inside is not.
        at = data.find(part.encode(), data.find(b"PK\x01\x02"))
        data[at - 22 : at - 18] = lie.to_bytes(4, "little")
    return bytes(data)


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    bomb = b'<?xml version="1.0"?><sst>' + b" " * (300 << 20) + b"</sst>"

    with pytest.raises(ArchiveRefused, match="crece"):
        sheet(_book_with("xl/sharedStrings.xml", bomb), "b.xlsx")
    with pytest.raises(ArchiveRefused, match="crece"):
        sheet(_book_with("xl/sharedStrings.xml", bomb, lie=10), "b.xlsx")


def test_one_far_cell_does_not_make_a_giant_sheet() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )

    with pytest.raises(ArchiveRefused, match="abarca"):
        sheet(_book_with("xl/worksheets/sheet1.xml", far), "f.xlsx")


@pytest.mark.parametrize("spoilt", [b"x\xed\xa0\x80y", b"\xf1and\xfa \xe1\xe9\xed\xf3\xfa", b"\xff" * 50])
def test_one_accent_in_utf8_beside_bytes_that_are_none_is_refused_and_not_read_as_another(spoilt: bytes) -> None:
    data = "Factura,Nombre\nF-1,Ñandú\n".encode() + b"F-2," + spoilt + b"\n"

    with pytest.raises(reading.FileRefused) as refused:
        sheet(data)
    assert "línea {line}" in refused.value.template
    assert refused.value.details["line"] == 3


def test_windows_1252_is_read_however_many_accents_it_has() -> None:
    layout, rows = sheet("Factura,Nombre\nF-1,JOÃO Ñandú º ª ¿€\n".encode("cp1252"))

    assert (layout.encoding, rows[0].cells[1]) == ("cp1252", "JOÃO Ñandú º ª ¿€")


@pytest.mark.parametrize(
    "page",
    ["<html><table><tr><td>Folio</td></tr></table></html>", "\ufeff \n<TABLE border=1>", "MIME-Version: 1.0\n\n<html>"],
)
def test_a_web_page_that_is_called_a_sheet_is_refused_as_one(page: str) -> None:
    with pytest.raises(reading.FileRefused, match="página web"):
        sheet(page.encode(), "cartera.xls")
