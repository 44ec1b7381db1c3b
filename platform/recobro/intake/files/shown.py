"""What a workbook shows that its cells do not say: by number formats, by merging cells, by hiding rows."""

import html
import re
import struct
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from recobro.intake.columns.currencies import currency_of
from recobro.intake.files.archives import BROKEN, KEPT_IN_MEMORY, inflated, parts
from recobro.intake.files.headings import Merged

_ZEROS = re.compile("0{3,40}")
_FORMAT = re.compile(rb'<(?:\w+:)?numFmt\b[^>]{0,200}?numFmtId="([0-9]{1,6})"[^>]{0,20}?formatCode="([^"]{1,400})"')
_CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_USED_FORMAT = re.compile(rb'<(?:\w+:)?xf\b[^>]{0,200}?numFmtId="([0-9]{1,6})"')
_BRACKETED = re.compile(r"\[\$([^\]]{1,20})\]")
_QUOTED = re.compile(r'"([^"]{1,20})"')
_BARE = re.compile("[€£]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_XLS = 64 * 1024 * 1024
_XLS_FORMAT = re.compile(rb"\x1e\x04(.{6}[\x00\x01])", re.DOTALL)
_XLS_CELL_FORMAT = re.compile(rb"\xe0\x00\x14\x00..(.{4})", re.DOTALL)
_IS_STYLE = 0x4
_ODS_CURRENCY = re.compile(rb'office:currency="([A-Z]{3})"')
_ODS_DIGITS = re.compile(rb'<number:number\b[^>]{0,200}?number:min-integer-digits="([0-9]{1,2})"')
_FEW_DIGITS = 2
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]{0,400}?\bhidden="(?:1|true)"[^>]{0,200}(?<!/)>')
_ODS_HIDDEN_ROW = re.compile(rb'<table:table-row\b[^>]{0,400}?table:visibility="(?:filter|collapse)"')
_ODS_NAME = re.compile(rb'<table:table\b[^>]*?table:name="([^"]*)"')
_ODS_TAG = re.compile(rb'<table:(table-row|table-cell|covered-table-cell)(?=[\s/>])((?:[^>"]|"[^"]*")*)>')
_ODS_COUNT = {
    name: re.compile(rb'table:number-%b="([0-9]{1,7})"' % name)
    for name in (b"rows-repeated", b"columns-repeated", b"rows-spanned", b"columns-spanned")
}
# Headings are among the first rows; what is merged below them does not matter.
_ROWS_ABOVE, _MOST_MERGED, _MOST_HEAD = 60, 1000, 1 << 18


@dataclass(frozen=True)
class Shown:
    """`zeros` that a format puts in front of numbers (`00000000`), the currencies of `signs` (ISO 4217), how many rows
    with cells are hidden, and what is merged among the first rows, by sheet, where its reader does not tell it."""

    zeros: str = ""
    signs: tuple[str, ...] = ()
    hidden_rows: int = 0
    merged: Mapping[str, list[Merged]] = field(default_factory=dict)


def shown_by(source: BinaryIO) -> Shown:
    """What an XLSX, ODS or XLS (of it, formats only) shows; nothing of other workbooks. It was checked before."""
    source.seek(0)
    if source.read(len(_OLE)) == _OLE:
        source.seek(0)
        return _of_xls(source.read(_MOST_XLS))
    found, hidden = Shown(), 0
    with suppress(*BROKEN):
        for part in parts(source):
            if part.filename == "content.xml":
                return _of_ods(inflated(source, part))
            if part.filename == "xl/styles.xml" and part.file_size <= KEPT_IN_MEMORY:
                found = _of_xlsx(b"".join(inflated(source, part)))
            elif part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                hidden += sum(len(_HIDDEN_ROW.findall(tags)) for tags in _whole_tags(inflated(source, part)))
    return replace(found, hidden_rows=hidden)


def _whole_tags(content: Iterator[bytes]) -> Iterator[bytes]:
    """The same, cut between tags; only what may hide something."""
    tail = b""
    for block in content:
        text = tail + block
        cut = text.rfind(b"<")
        tail = text[cut:] if cut > 0 else text
        if b"hidden=" in text[: max(cut, 0)]:
            yield text[:cut]


def _of_xlsx(styles: bytes) -> Shown:
    """Of the formats that cells have, not of those that the workbook only knows."""
    known = {int(number): html.unescape(code.decode(errors="replace")) for number, code in _FORMAT.findall(styles)}
    used = {int(number) for cells in _CELL_FORMATS.findall(styles) for number in _USED_FORMAT.findall(cells)}
    return _of_codes(known, used)


def _of_xls(book: bytes) -> Shown:
    """The same of its records FORMAT and XF ([MS-XLS] 2.4.126, 2.4.353), found wherever in the file they lie."""
    known: dict[int, str] = {}
    for found in _XLS_FORMAT.finditer(book):
        size, number, length, wide = struct.unpack("<HHHB", found.group(1))
        code = book[found.end() : found.end() + length * (1 + wide)]
        if size == 5 + len(code):
            known[number] = code.decode("utf-16-le" if wide else "latin-1", errors="replace")
    cells = [struct.unpack("<HH", told) for told in _XLS_CELL_FORMAT.findall(book)]
    return _of_codes(known, {number for number, kind in cells if not kind & _IS_STYLE})


def _of_ods(content: Iterator[bytes]) -> Shown:
    """Of the currencies that its cells say by themselves, of the zeros that its styles put in front of numbers, of
    hidden rows, and of merged cells, which its reader does not tell."""
    signs: set[str] = set()
    heads = _Heads()
    widest, hidden, tail = 0, 0, b""
    for block in content:
        heads.feed(block)
        text = tail + block
        signs |= {code.decode() for code in _ODS_CURRENCY.findall(text)}
        widest = max([widest, *map(int, _ODS_DIGITS.findall(text))])
        # Counted once: what lies in the tail alone was counted with the block before.
        hidden += sum(found.end() > len(tail) for found in _ODS_HIDDEN_ROW.finditer(text))
        tail = text[-500:]
    return Shown("0" * widest if widest > _FEW_DIGITS else "", tuple(sorted(signs)), hidden, heads.merged)


class _Heads:
    """Collects the beginning of each table of an ODS as its blocks pass by, and what is merged there."""

    def __init__(self) -> None:
        self.merged: dict[str, list[Merged]] = {}
        self._held = b""
        self._inside = False

    def feed(self, block: bytes) -> None:
        self._held += block
        while self._step():
            pass

    def _step(self) -> bool:
        if not self._inside:
            begins = self._held.find(b"<table:table ")
            self._inside = begins >= 0
            self._held = self._held[begins:] if begins >= 0 else self._held[-len(b"<table:table ") :]
            return self._inside
        ends = self._held.find(b"</table:table>")
        if ends < 0 and len(self._held) < _MOST_HEAD:
            return False
        head = self._held[: ends if 0 <= ends < _MOST_HEAD else _MOST_HEAD]
        if named := _ODS_NAME.match(head):
            self.merged[html.unescape(named.group(1).decode(errors="replace"))] = _merged_in(head)
        self._held, self._inside = self._held[len(head) :], False
        return True


def _merged_in(head: bytes) -> list[Merged]:
    """What is merged among the first rows of a table (OpenDocument 1.3, 9.1.3 to 9.1.5)."""
    found: list[Merged] = []
    row, below, column = 0, 0, 0
    for tag in _ODS_TAG.finditer(head):
        kind, told = tag.groups()
        if kind == b"table-row":
            row, below, column = below, below + _count(told, b"rows-repeated"), 0
            continue
        if row >= _ROWS_ABOVE or len(found) >= _MOST_MERGED:
            break
        high, wide = _count(told, b"rows-spanned"), _count(told, b"columns-spanned")
        if kind == b"table-cell" and (high > 1 or wide > 1):
            found.append((row, column, row + high - 1, column + wide - 1))
        column += _count(told, b"columns-repeated")
    return found


def _count(attributes: bytes, name: bytes) -> int:
    found = _ODS_COUNT[name].search(attributes)
    return int(found.group(1)) if found else 1


def _of_codes(known: Mapping[int, str], used: Set[int]) -> Shown:
    codes = [known[number] for number in sorted(used & known.keys())]
    zeros = next((code for code in codes if _ZEROS.fullmatch(code)), "")
    signs = {currency_of(sign, "") for code in codes for sign in _sign_of(code)}
    return Shown(zeros, tuple(sorted(sign for sign in signs if sign)))


def _sign_of(code: str) -> list[str]:
    """The words of a format that may name a currency: `[$USD]`, `[$€-C0A]`, `"US$"`, `€`."""
    bracketed = [sign.partition("-")[0] for sign in _BRACKETED.findall(code)]
    return [*bracketed, *_QUOTED.findall(code), *_BARE.findall(code)]
