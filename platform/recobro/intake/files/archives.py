"""ZIP archives, alone or as workbooks: how big they really are inside, before anything reads them, and their files.

The sizes an archive declares are not believed: every part is inflated in blocks and counted, and left at the limit.
"""

import html
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake.columns.currencies import currency_of

MOST_PARTS = 2_000
MOST_INFLATED = 256 * 1024 * 1024
MOST_CELLS = 8_000_000
MOST_REPEATED = 10_000
MOST_DIRECTORY = 4 * 1024 * 1024
KEPT_IN_MEMORY = 2 * 1024 * 1024
SHOWN_NAME = 80
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LEFT_OUT = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1 | 0x40
_NAME_IS_UTF8 = 0x800
_BLOCK = 1 << 18
_LOCAL_HEADER = 30
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
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
_TAIL = 1 << 14
_REPEATED = re.compile(
    rb'<table:(?:table-cell\b[^>]{0,400}?number-columns-repeated="([0-9]+)"[^>]{0,400}?office:value'
    rb'|table-row\b[^>]{0,400}?number-rows-repeated="([0-9]+)"[^>]{0,200}?>\s*<table:table-cell[^>]{0,300}?office:value)'
)


class ArchiveRefused(Invalid):
    """The archive would grow beyond what we open, or is broken."""

    code = "intake.archive_refused"


_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, OSError, EOFError, ValueError,
           OverflowError)  # fmt: skip


class _Cautious:
    """A file that is not read in big pieces: a directory of millions of names is memory too."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.seek, self.tell = source.seek, source.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size if 0 <= size <= MOST_DIRECTORY else MOST_DIRECTORY + 1)
        if len(data) > MOST_DIRECTORY:
            raise ArchiveRefused(msg("El ZIP trae más de {limit} archivos. Divídelo en partes."), limit=MOST_PARTS)
        return data


def is_zip(source: BinaryIO) -> bool:
    """Whether a file begins as a ZIP does; an XLSX and an ODS do too."""
    source.seek(0)
    return source.read(4) in _ZIP


def is_workbook(source: BinaryIO) -> bool:
    """Whether a ZIP is an XLSX, an XLSB or an ODS: one file for people, whatever it is made of."""
    try:
        names = {part.filename for part in _parts(source)}
    except _BROKEN:
        return False
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def members(source: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """The files of a ZIP in the order of their paths (`/` between folders), open until the next one is asked for.

    ArchiveRefused: more than 2,000 files or 256 MB inside in all, a path that leads out of the archive, a link, a
    password, another ZIP inside, damage. What macOS and Windows add on their own is left out. A workbook inside is a
    file. The names are for people; nothing is written under them.
    """
    total = 0
    for name, part in _files(source):
        with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as held:
            file = cast(BinaryIO, held)
            total = _unpack(source, part, name, file, total)
            if is_zip(file) and not is_workbook(file):
                raise ArchiveRefused(msg("«{name}» es otro ZIP dentro del ZIP. Sácalo y súbelo aparte."),
                                     name=name[:SHOWN_NAME])  # fmt: skip
            file.seek(0)
            yield name, file


def names(source: BinaryIO) -> list[str]:
    """The paths of the files of a ZIP, in order; refused as `members` are, except for what is inside of them."""
    return [name for name, _ in _files(source)]


def _files(source: BinaryIO) -> list[tuple[str, zipfile.ZipInfo]]:
    with _damage(msg("El ZIP está dañado: no se puede abrir. Vuelve a crearlo y súbelo.")):
        parts = _parts(source)
    if len(parts) > MOST_PARTS:
        raise ArchiveRefused(msg("El ZIP trae {count} archivos; el máximo es {limit}. Divídelo en partes."),
                             count=len(parts), limit=MOST_PARTS)  # fmt: skip
    named = [(_safe_name(part), part) for part in parts]
    files = [(name, part) for name, part in named if not name.endswith("/") and not _junk(name)]
    if not files:
        raise ArchiveRefused(msg("El ZIP no trae ningún archivo."))
    return sorted(files, key=lambda each: (each[0].casefold(), each[0]))


def _unpack(source: BinaryIO, part: zipfile.ZipInfo, name: str, file: BinaryIO, total: int) -> int:
    checksum = 0
    blocks = _inflated(source, part)
    while True:
        with _damage(msg("«{name}» está dañado dentro del ZIP. Vuelve a crear el ZIP y súbelo."), name):
            block = next(blocks, b"")
        if not block:
            break
        total += len(block)
        if total > MOST_INFLATED:
            raise ArchiveRefused(msg("El ZIP crece a más de {limit} MB al abrirlo. Divídelo en partes."),
                                 limit=MOST_INFLATED >> 20)  # fmt: skip
        checksum = zlib.crc32(block, checksum)
        file.write(block)
    if checksum != part.CRC:
        raise ArchiveRefused(
            msg("«{name}» está dañado dentro del ZIP. Vuelve a crear el ZIP y súbelo."), name=name[:SHOWN_NAME]
        )
    return total


def _safe_name(part: zipfile.ZipInfo) -> str:
    """The path of a file as people read it; refused when it is encrypted, no plain file, or leads elsewhere."""
    name = _read_name(part).replace("\\", "/")
    shown = name[:SHOWN_NAME]
    if part.flag_bits & _ENCRYPTED:
        raise ArchiveRefused(msg("El ZIP tiene contraseña. Quítasela y súbelo de nuevo."))
    if stat.S_IFMT(part.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefused(msg("«{name}» es un enlace, no un archivo. Pon el archivo mismo en el ZIP."), name=shown)
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise ArchiveRefused(msg("«{name}» señala fuera del ZIP. Vuelve a crear el ZIP sin rutas."), name=shown)
    return name


def _read_name(part: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 mark are UTF-8 all the same (macOS), or of the old code page of Spanish Windows."""
    name = part.orig_filename
    if not part.flag_bits & _NAME_IS_UTF8:
        written = name.encode("cp437", "replace")
        try:
            name = written.decode("utf-8")
        except UnicodeDecodeError:
            name = written.decode("cp850", "replace")
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name) or "\ufffd"


def _junk(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.lower() in _LEFT_OUT or path.name.startswith("._")


def _parts(source: BinaryIO) -> list[zipfile.ZipInfo]:
    source.seek(0)
    with zipfile.ZipFile(cast(BinaryIO, _Cautious(source))) as archive:
        return archive.infolist()


@contextmanager
def _damage(template: str, name: str = "") -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise ArchiveRefused(template, name=name[:SHOWN_NAME]) from error


def check_workbook(source: BinaryIO) -> None:
    """Refuse an XLSX or ODS that inflates beyond 256 MB or spans more than 8 million cells. Old XLS files are small."""
    source.seek(0)
    if source.read(2) != b"PK":
        return
    with _damage(msg("El libro está dañado: no se puede abrir. Guárdalo de nuevo y súbelo.")):
        parts = _parts(source)
        if len(parts) > MOST_PARTS:
            raise ArchiveRefused(msg("El libro tiene {count} partes dentro: no es un libro normal."), count=len(parts))
        total = 0
        for part in parts:
            total = _check_part(source, part, total)


@dataclass(frozen=True)
class Formats:
    """What the number formats of a workbook show that is not in its numbers: `zeros` in front of them (`00000000`), and
    the currencies of `signs` (ISO 4217)."""

    zeros: str = ""
    signs: tuple[str, ...] = ()


def number_formats(source: BinaryIO) -> Formats:
    """What the number formats of an XLSX, ODS or XLS show; nothing of other workbooks. It was checked before."""
    source.seek(0)
    if source.read(len(_OLE)) == _OLE:
        source.seek(0)
        return _of_xls(source.read(_MOST_XLS))
    with suppress(*_BROKEN):
        for part in _parts(source):
            if part.filename == "xl/styles.xml" and part.file_size <= KEPT_IN_MEMORY:
                return _of_xlsx(b"".join(_inflated(source, part)))
            if part.filename == "content.xml":
                return _of_ods(_inflated(source, part))
    return Formats()


def _of_xlsx(styles: bytes) -> Formats:
    """Of the formats that cells have, not of those that the workbook only knows."""
    known = {int(number): html.unescape(code.decode(errors="replace")) for number, code in _FORMAT.findall(styles)}
    used = {int(number) for cells in _CELL_FORMATS.findall(styles) for number in _USED_FORMAT.findall(cells)}
    return _shown(known, used)


def _of_xls(book: bytes) -> Formats:
    """The same of its records FORMAT and XF ([MS-XLS] 2.4.126, 2.4.353), found wherever in the file they lie."""
    known: dict[int, str] = {}
    for found in _XLS_FORMAT.finditer(book):
        size, number, length, wide = struct.unpack("<HHHB", found.group(1))
        code = book[found.end() : found.end() + length * (1 + wide)]
        if size == 5 + len(code):
            known[number] = code.decode("utf-16-le" if wide else "latin-1", errors="replace")
    cells = [struct.unpack("<HH", told) for told in _XLS_CELL_FORMAT.findall(book)]
    return _shown(known, {number for number, kind in cells if not kind & _IS_STYLE})


def _of_ods(content: Iterator[bytes]) -> Formats:
    """Of the currencies that its cells say by themselves, and of the zeros that its styles put in front of numbers."""
    signs: set[str] = set()
    widest, tail = 0, b""
    for block in content:
        text = tail + block
        signs |= {code.decode() for code in _ODS_CURRENCY.findall(text)}
        widest = max([widest, *map(int, _ODS_DIGITS.findall(text))])
        tail = text[-500:]
    return Formats("0" * widest if widest > _FEW_DIGITS else "", tuple(sorted(signs)))


def _shown(known: Mapping[int, str], used: Set[int]) -> Formats:
    codes = [known[number] for number in sorted(used & known.keys())]
    zeros = next((code for code in codes if _ZEROS.fullmatch(code)), "")
    signs = {currency_of(sign, "") for code in codes for sign in _sign_of(code)}
    return Formats(zeros, tuple(sorted(sign for sign in signs if sign)))


def _sign_of(code: str) -> list[str]:
    """The words of a format that may name a currency: `[$USD]`, `[$€-C0A]`, `"US$"`, `€`."""
    bracketed = [sign.partition("-")[0] for sign in _BRACKETED.findall(code)]
    return [*bracketed, *_QUOTED.findall(code), *_BARE.findall(code)]


def _check_part(source: BinaryIO, part: zipfile.ZipInfo, total: int) -> int:
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
        if table and any(int(a or b or 0) > MOST_REPEATED for a, b in _REPEATED.findall(tail + block)):
            raise ArchiveRefused(
                msg("Una celda del libro se repite miles de veces. Guárdalo como CSV y súbelo de nuevo.")
            )
        tail = (tail + block)[-_TAIL:] if sheet else block[-500:]
    if sheet:
        _check_far(tail)
    return total


def _check_far(end: bytes) -> None:
    """Where a sheet ends. A cell far away elsewhere is met by the process that reads the workbook, with less to say."""
    cells = _CELL.findall(end)
    widest = max((_column(letters) for letters, _ in cells), default=0)
    lowest = max((int(number) for _, number in cells), default=0)
    if widest * lowest > MOST_CELLS:
        raise ArchiveRefused(
            msg("Una hoja abarca {rows} filas por {columns} columnas, casi todas vacías. Borra lo que sobra."),
            rows=lowest, columns=widest,
        )  # fmt: skip


def _inflated(source: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part holds, in blocks, whatever size it declares."""
    source.seek(part.header_offset)
    header = source.read(_LOCAL_HEADER)
    if not header.startswith(_ZIP[0]):
        raise zipfile.BadZipFile("no such part")
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
    if rest := inflate.flush():
        yield rest
    if not inflate.eof:
        raise zipfile.BadZipFile("cut short")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
