"""Files made to hurt their reader. Run as a module it reads those of a folder and tells, as JSON, what became of each,
in how many seconds, and how much memory this process and the largest of its children came to."""

import io
import json
import re
import resource
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import xlsxwriter

from kernel.problems import Problem
from recobro.intake.files import reading

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_LAUGHS = b"<!DOCTYPE lolz [<!ENTITY a0 'lol'>" + b"".join(
    b"<!ENTITY a%d '%s'>" % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 10)
) + b"]>"  # fmt: skip
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/passwd">]>'


def book(**parts: bytes | Callable[[bytes], bytes]) -> bytes:
    """A small workbook with some of its parts (`sheet1`, `sharedStrings`) replaced or rewritten."""
    made, out = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(made) as new:
        page = new.add_worksheet("Hoja")
        page.write_row(0, 0, ["Cliente", "Factura", "Saldo"])
        page.write_row(1, 0, ["Uno", "F1", 10.5])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for item in old.infolist():
            data = old.read(item)
            change = parts.get(item.filename.rsplit("/", 1)[-1].removesuffix(".xml"))
            archive.writestr(item.filename, change(data) if callable(change) else data if change is None else change)
    return out.getvalue()


def sheet(rows: bytes, before: bytes = b"") -> bytes:
    """The XML of a worksheet."""
    return before + b'<worksheet xmlns="' + SHEET.encode() + b'"><sheetData>' + rows + b"</sheetData></worksheet>"


def ods(rows: str, before: str = "") -> bytes:
    """An ODS whose only table has these rows."""
    names = f'xmlns:office="{_OFFICE}:office:1.0" xmlns:table="{_OFFICE}:table:1.0" xmlns:text="{_OFFICE}:text:1.0"'
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Hoja">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return out.getvalue()


def cell(text: str, more: str = "") -> str:
    """A cell of an ODS."""
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    """A row of an ODS."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def overlapping(copies: int, size: int) -> bytes:
    """A workbook whose directory names the same packed data again and again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"0" * size)
    one = out.getvalue()
    at, end = one.find(b"PK\x01\x02"), one.find(b"PK\x05\x06")
    entry = one[at:end]
    directory = entry + b"".join(entry.replace(b"Types].xml", b"%06d.xml" % number) for number in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies + 1, copies + 1, len(directory), at, 0)
    return one[:at] + directory + tail


def _far(form: Callable[[bytes], bytes]) -> bytes:
    rows = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Cliente</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + b'<row r="2"><c r="A2"><v>2</v></c></row>' * 2_000
    )
    return book(sheet1=sheet(form(rows)))


_HEAD = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>Cliente</t></is></c>'
    b'<c r="B1" t="inlineStr"><is><t>%s</t></is></c></row>'
)
_GOOD = row(cell("Cliente"), cell("Factura")) + row(cell("Uno"), cell("F1"))

# Each by its name: how it is made, and a word of the sentence that refuses it ("" when it is read, and harmless).
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb.xlsx": (lambda: book(sharedStrings=b"<sst>" + b" " * (300 << 20) + b"</sst>"), "crece"),
    "overlap.xlsx": (lambda: overlapping(1_500, 1 << 20), "crece"),
    "far_end.xlsx": (
        lambda: book(
            sheet1=sheet(b'<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')
        ),
        "abarca",
    ),
    "far.xlsx": (lambda: _far(lambda rows: rows), "grande"),
    "far_quotes.xlsx": (lambda: _far(lambda rows: rows.replace(b'"', b"'")), "grande"),
    "far_break.xlsx": (lambda: _far(lambda rows: rows.replace(b"<c r", b"<c\n r")), "grande"),
    "far_entity.xlsx": (lambda: _far(lambda rows: rows.replace(b"XFD", b"&#88;FD")), "dañado"),
    "wide.xlsx": (
        lambda: book(sheet1=sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="NTP1"><v>1</v></c></row>')),
        "9999 columnas",
    ),
    "dimension.xlsx": (
        lambda: book(sheet1=lambda data: data.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')),
        "",
    ),
    "laughs.xlsx": (lambda: book(sheet1=sheet(_HEAD % b"&a9;", _LAUGHS)), "dañado"),
    "outside.xlsx": (lambda: book(sheet1=sheet(_HEAD % b"&out;", _OUTSIDE)), "dañado"),
    "text.xlsx": (lambda: book(sheet1=sheet(_HEAD % (b"x" * (8 << 20)))), "demasiado texto"),
    "strings.xlsx": (
        lambda: book(sharedStrings=b'<sst xmlns="%s">' % SHEET.encode() + b"<si><t>x</t></si>" * 600_000 + b"</sst>"),
        "",
    ),
    "nul.xlsx": (lambda: book(sheet1=sheet(_HEAD % b"a&#0;b")), ""),
    "formula.xlsx": (
        lambda: book(sheet1=sheet(b'<row r="1"><c r="A1" t="str"><f>HYPERLINK("x")</f><v>Uno</v></c></row>' * 3)),
        "",
    ),
    "columns.ods": (lambda: ods(row(cell("x", 'table:number-columns-repeated="1000000000"'))), "columnas"),
    "rows.ods": (lambda: ods(_GOOD + row(cell("x"), more='table:number-rows-repeated="1000000000"')), "repite"),
    "both.ods": (
        lambda: ods(
            row(cell("x", 'table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048576"')
        ),
        "repite",
    ),
    "value.ods": (
        lambda: ods(
            '<table:table-row><table:table-cell table:number-columns-repeated="90000" office:value-type="float" '
            'office:value="1"/></table:table-row>'
        ),
        "repite",
    ),
    "laughs.ods": (lambda: ods(row(cell("&a9;"), cell("b")), _LAUGHS.decode()), "dañado"),
    "garbage.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40, "dañado"),
    "empty.xlsx": (lambda: book(sheet1=sheet(b"")), "no tiene filas"),
    "cut.xlsx": (lambda: book()[:-200], "dañado"),
    "nul.csv": (lambda: b"a,b\n1,\x002\n" * 1_000, "nulos"),
    "wide.csv": (lambda: b"a,b\n" + b"x," * 10_000 + b"\n", "columnas"),
    "line.csv": (lambda: b"a,b\n" + b"x" * (8 << 20), "demasiado larga"),
    "quotes.csv": (lambda: b"a,b\n" + (b'"' + b"x" * 1_000 + b'\n",') * 10_000, "comillas"),
    "surrogate.csv": (lambda: b"\xff\xfe" + "a,b\n".encode("utf-16-le") + b"\x00\xd8,\x00" * 9, "dañado"),
    "surrogate8.csv": (lambda: b"a,b\n" + b"x\xed\xa0\x80,y\n" * 9, "codificaciones"),
    "bytes.csv": (lambda: bytes(range(1, 256)) * 1_000, ""),
}


def tell(path: Path) -> dict[str, object]:
    """What became of a file: the sentence that refuses it, or nothing; and in how many seconds."""
    began = time.perf_counter()
    said = ""
    with path.open("rb") as source:
        try:
            layout = reading.detect(source, path.name)
            for found in islice(reading.rows(source, layout), 200_000):
                assert all("\0" not in one and "root:" not in one for one in found.cells)
        except Problem as problem:
            said = problem.message
    return {"said": said, "seconds": time.perf_counter() - began}


def main(folder: Path) -> None:
    """Tell of every file."""
    told = {path.name: tell(path) for path in sorted(folder.iterdir())}
    # What the kernel says of a process itself counts the one that started it too.
    own = int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) >> 10
    childs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(json.dumps({"files": told, "own_mb": own, "childs_mb": childs}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
