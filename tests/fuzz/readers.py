"""Every reader of files as the fuzzer sees it: bytes in, nothing out; a Problem is a refusal, anything else a bug."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.problems import Problem
from recobro.intake.columns.grammar import Mark, Order, amount_verdict, date_verdict, read_amount, read_date
from recobro.intake.columns.profiles import profile
from recobro.intake.files import reading
from recobro.intake.files.archives import members
from recobro.intake.files.invoices.document import InvoiceRefused
from recobro.intake.files.invoices.reading import read_invoice
from tests.support import hostile_files, invoice_samples


@dataclass(frozen=True)
class Reader:
    """What is run, from which inputs, with which words."""

    run: Callable[[bytes], object]
    seeds: Sequence[bytes]
    words: Sequence[bytes] = ()


def _text(data: bytes) -> None:
    _sheet(b"a" + data if data.startswith((b"PK", b"\xd0\xcf", b"<", b"%")) else data, "c.csv")


def _sheet(data: bytes, name: str) -> None:
    source = io.BytesIO(data)
    try:
        layout = reading.detect(source, name)
        rows = list(reading.rows(source, layout))
    except Problem:
        return
    assert layout.columns
    assert len(set(layout.columns)) == len(layout.columns)
    assert all(len(row.cells) >= len(layout.columns) and row.line > layout.header_line for row in rows)
    assert not any("\0" in cell for row in rows for cell in row.cells)
    assert all(name.isprintable() for name in layout.columns)
    profiles, count = profile(rows, len(layout.columns))
    assert (len(profiles), count) == (len(layout.columns), len(rows))


def _workbook(data: bytes) -> None:
    """The bytes as the XML of a sheet, of the texts, of an ODS, or as the workbook itself."""
    first, rest = data[:1], data[1:]
    if first == b"s":
        _sheet(hostile_files.book(sheet1=rest), "c.xlsx")
    elif first == b"t":
        _sheet(hostile_files.book(sharedStrings=rest), "c.xlsx")
    elif first == b"o":
        _sheet(hostile_files.ods(rest.decode("utf-8", "replace")), "c.ods")
    else:
        _sheet(b"PK" + data[2:] if first != b"\xd0" else data, "c.xlsx")


def _archive(data: bytes) -> None:
    try:
        for name, file in members(io.BytesIO(data)):
            assert ".." not in name.split("/")
            assert not name.startswith("/")
            assert name.isprintable()
            file.read()
    except Problem:
        return


def _invoice(data: bytes) -> None:
    try:
        read_invoice(data, "factura.xml")
    except InvoiceRefused:
        return


def _amount(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found: list[Decimal] = []
    for mark in Mark:
        try:
            found.append(read_amount(text, mark).value)
        except Problem:
            continue
    assert all(value.is_finite() for value in found)
    assert amount_verdict(text) in ("dot", "comma", "dot_likely", "comma_likely", "same", "open", "typed", "none")
    if amount_verdict(text) == "same":
        assert len(set(found)) == 1


def _day(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    verdict, _, year_first = date_verdict(text).partition("~")
    found = set()
    for order in Order:
        try:
            found.add(read_date(text, order))
        except Problem:
            continue
    assert bool(found) == (verdict != "none" or bool(year_first))
    assert verdict != "open" or len(found) >= 2
    assert len(found) <= (2 if verdict in ("open", "low") else 1) + bool(year_first)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mayo/a.csv", "Cliente,Saldo\nUno,1\n" * 5)
        archive.writestr("ñ.xml", "<a/>")
    return out.getvalue()


def _invoices() -> list[bytes]:
    made = invoice_samples
    texts = [
        made.cfdi(), made.complement(), made.ubl(), made.dian(), made.attached_document(made.dian()), made.cii(),
        made.facturae(made.facturae_invoice()),
    ]  # fmt: skip
    return [*(text.encode() for text in texts), made.pdf({"factur-x.xml": made.cii().encode()})]


_CSV = 'Cliente;Factura;Vence;Saldo\r\nSeñales Ñandú;F1;30/09/2025;1.234,50\r\n"Dos; S.A.";F2;2025-10-01;2,75\r\n'
_SHEET = hostile_files.sheet(
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>Cliente</t></is></c><c r="B1" t="s"><v>0</v></c></row>'
    b'<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>45000.5</v></c><c r="C2" t="b"><v>1</v></c></row>'
)
_ROWS = hostile_files.row(
    hostile_files.cell("Cliente"), hostile_files.cell("Factura", 'table:number-columns-repeated="2"')
)

READERS: dict[str, Reader] = {
    "text": Reader(
        _text,
        [*(_CSV.encode(name) for name in ("utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig")),
         b"sep=;\na;b\n1;2\n", b"Fecha,,Saldo\nUno,Dos,\n1,2,3\n", b"a\tb\rc\td\r"],
        [b"sep=;", b'"', b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n", b"\xc3\xb1", b"\xed\xa0\x80", b"Total", b";;;"],
    ),
    "workbook": Reader(
        _workbook,
        [b"s" + _SHEET, b"t<sst><si><t>Factura</t></si><si><r><t>a</t></r></si></sst>", b"o" + (_ROWS * 3).encode(),
         hostile_files.book(), hostile_files.ods(_ROWS)],
        [b'r="XFD1048576"', b"<v>", b"</c>", b't="e"', b'office:value="1"', b'table:number-rows-repeated="99"'],
    ),
    "archive": Reader(_archive, [_zip(), hostile_files.book()], [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"../"]),
    "invoice": Reader(
        _invoice,
        _invoices(),
        [b"<!DOCTYPE", b"&lt;", b"xmlns=", b"PPD", b"99", b'Total="', b"encoding=", b"</", b"<![CDATA["],
    ),
    "amount": Reader(
        _amount,
        [b"1,234.50", b"1.234,50", b"(1 234)", b"-5", b"$ 3.00 MXN", b"12%", "1\u00a0234,5 €".encode(), b".5-"],
        [b"MX$", b"EUR", "−".encode(), "\u00a0".encode(), b"000", "٣".encode(), b"'", b"1e5"],
    ),
    "day": Reader(
        _day,
        [b"30/09/2025", b"2025-09-30", b"45000", b"20250930", b"3 de marzo de 2025", b"Mar 3, 2025", b"1/2/25 10:30"],
        [b"de ", b"T10:00Z", b"feb", b"31", b"29", b"1900", b"2199", b" a. m.", "٣".encode(), b"septiembre"],
    ),
}  # fmt: skip
