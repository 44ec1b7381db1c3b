"""Workbooks are ZIP archives: how big they really are inside, before anything reads them.

The sizes an archive declares are not believed: every part is inflated in blocks and counted, and left at the limit.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from kernel.problems import Invalid
from kernel.text import msg

MOST_PARTS = 2_000
MOST_INFLATED = 256 * 1024 * 1024
MOST_CELLS = 8_000_000
MOST_REPEATED = 10_000
_BLOCK = 1 << 18
_LOCAL_HEADER = 30
_SHEET_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_REPEATED = re.compile(
    rb'<table:(?:table-cell\b[^>]{0,400}?number-columns-repeated="([0-9]+)"[^>]{0,400}?office:value'
    rb'|table-row\b[^>]{0,400}?number-rows-repeated="([0-9]+)"[^>]{0,200}?>\s*<table:table-cell[^>]{0,300}?office:value)'
)


class ArchiveRefused(Invalid):
    """The archive would grow beyond what we open, or is broken."""

    code = "intake.archive_refused"


def check_workbook(source: BinaryIO) -> None:
    """Refuse an XLSX or ODS that inflates beyond 256 MB or spans more than 8 million cells. Old XLS files are small."""
    source.seek(0)
    if source.read(2) != b"PK":
        return
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise ArchiveRefused(msg("El libro tiene {count} partes dentro: no es un libro normal."),
                                     count=len(parts))  # fmt: skip
            total = 0
            for part in parts:
                total = _check_part(source, part, total)
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, OSError, EOFError) as error:
        raise ArchiveRefused(msg("El libro está dañado: no se puede abrir. Guárdalo de nuevo y súbelo.")) from error


def _check_part(source: BinaryIO, part: zipfile.ZipInfo, total: int) -> int:
    widest = lowest = 0
    tail = b""
    sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    table = part.filename == "content.xml"
    for block in _inflated(source, part):
        total += len(block)
        if total > MOST_INFLATED:
            raise ArchiveRefused(
                msg("El libro crece a más de {limit} MB al abrirlo. Guárdalo como CSV y súbelo de nuevo."),
                limit=MOST_INFLATED >> 20,
            )
        text = tail + block
        if sheet:
            for letters, number in _SHEET_CELL.findall(text):
                widest = max(widest, _column(letters))
                lowest = max(lowest, int(number))
            if widest * lowest > MOST_CELLS:
                raise ArchiveRefused(
                    msg("Una hoja abarca {rows} filas por {columns} columnas, casi todas vacías. Borra lo que sobra."),
                    rows=lowest, columns=widest,
                )  # fmt: skip
        elif table and any(int(a or b or 0) > MOST_REPEATED for a, b in _REPEATED.findall(text)):
            raise ArchiveRefused(
                msg("Una celda del libro se repite miles de veces. Guárdalo como CSV y súbelo de nuevo.")
            )
        tail = text[-500:] if sheet or table else b""
    return total


def _inflated(source: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part holds, in blocks, whatever size it declares."""
    source.seek(part.header_offset)
    header = source.read(_LOCAL_HEADER)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    source.seek(name_length + extra_length, io.SEEK_CUR)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (block := source.read(min(_BLOCK, left))):
            left -= len(block)
            yield block
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("unknown compression")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := source.read(min(_BLOCK, left))):
        left -= len(packed)
        while packed:
            block = inflate.decompress(packed, _BLOCK)
            packed = inflate.unconsumed_tail
            if block:
                yield block


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
