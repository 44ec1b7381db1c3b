"""ZIP archives, alone or as workbooks: how big they really are inside, before anything reads them, and their files.

The sizes an archive declares are not believed: every part is inflated in blocks and counted, and left at the limit.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from kernel.problems import Invalid
from kernel.text import msg

MOST_PARTS = 2_000
MOST_INFLATED = 256 * 1024 * 1024
MOST_CELLS = 8_000_000
MOST_REPEATED = 10_000
MOST_DIRECTORY = 4 * 1024 * 1024
KEPT_IN_MEMORY = 2 * 1024 * 1024
SHOWN_NAME = 80
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")
_NO_BOOK = msg("El libro está dañado: no se puede abrir. Guárdalo de nuevo y súbelo.")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LEFT_OUT = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1 | 0x40
_NAME_IS_UTF8 = 0x800
_BLOCK = 1 << 18
_LOCAL_HEADER = 30
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_TAIL = 1 << 14
_REPEATED = re.compile(
    rb'<table:(?:table-cell\b[^>]{0,400}?number-columns-repeated="([0-9]+)"[^>]{0,400}?office:value'
    rb'|table-row\b[^>]{0,400}?number-rows-repeated="([0-9]+)"[^>]{0,200}?>\s*<table:table-cell[^>]{0,300}?office:value)'
)


class ArchiveRefused(Invalid):
    """The archive would grow beyond what we open, or is broken."""

    code = "intake.archive_refused"


BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, OSError, EOFError, ValueError,
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
        names = {part.filename for part in parts(source)}
    except BROKEN:
        return False
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def check_named(source: BinaryIO, name: str) -> None:
    """Refuse as a workbook what is called one and cannot be opened as a ZIP: nobody knows that an XLSX is one."""
    if name.lower().endswith(BOOKS) and is_zip(source):
        with _damage(_NO_BOOK):
            parts(source)


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
        every = parts(source)
    if len(every) > MOST_PARTS:
        raise ArchiveRefused(msg("El ZIP trae {count} archivos; el máximo es {limit}. Divídelo en partes."),
                             count=len(every), limit=MOST_PARTS)  # fmt: skip
    named = [(_safe_name(part), part) for part in every]
    files = [(name, part) for name, part in named if not name.endswith("/") and not _junk(name)]
    if not files:
        raise ArchiveRefused(msg("El ZIP no trae ningún archivo."))
    return sorted(files, key=lambda each: (each[0].casefold(), each[0]))


def _unpack(source: BinaryIO, part: zipfile.ZipInfo, name: str, file: BinaryIO, total: int) -> int:
    checksum = 0
    blocks = inflated(source, part)
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


def parts(source: BinaryIO) -> list[zipfile.ZipInfo]:
    source.seek(0)
    with zipfile.ZipFile(cast(BinaryIO, _Cautious(source))) as archive:
        return archive.infolist()


@contextmanager
def _damage(template: str, name: str = "") -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise ArchiveRefused(template, name=name[:SHOWN_NAME]) from error


def check_workbook(source: BinaryIO) -> None:
    """Refuse an XLSX or ODS that inflates beyond 256 MB or spans more than 8 million cells. Old XLS files are small."""
    source.seek(0)
    if source.read(2) != b"PK":
        return
    with _damage(_NO_BOOK):
        every = parts(source)
        if len(every) > MOST_PARTS:
            raise ArchiveRefused(msg("El libro tiene {count} partes dentro: no es un libro normal."), count=len(every))
        total = 0
        for part in every:
            total = _check_part(source, part, total)


def _check_part(source: BinaryIO, part: zipfile.ZipInfo, total: int) -> int:
    tail = b""
    sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    table = part.filename == "content.xml"
    for block in inflated(source, part):
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


def inflated(source: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
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
