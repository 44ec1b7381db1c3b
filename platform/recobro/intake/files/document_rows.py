"""A ZIP of documents as a sheet: one row for each file in it and, where a manifest says so, for each debt it is of.

What a file is, its first bytes say, never its name; a name that would be run on somebody's machine is refused too.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from kernel.text import msg
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.files import archives
from recobro.intake.files.delimited import encoding_of, separator_of, text_rows
from recobro.intake.files.layout import Layout
from recobro.intake.sheet import FileRefused, Row

KIND = "documents"
MOST_ROWS = 5_000
MOST_FILE = 25 * 1024 * 1024
_HEAD = 8192
_BLOCK = 1 << 18
# Each column and its field; the last three are found out, not told.
COLUMNS = ("Archivo", "Tipo", "Referencia", "Fecha", "Contenido", "Tamaño", "SHA-256")
FIELDS = ("file_name", "document_type", "reference", "document_date", "", "", "")
_MANIFESTS = frozenset(("manifiesto", "manifest", "indice", "index", "relacion", "listado", "contenido", "documentos"))
_HEADINGS: Mapping[str, frozenset[str]] = {
    "file": frozenset(("archivo", "fichero", "nombre archivo", "nombre de archivo", "nombre del archivo", "file",
                       "file name", "filename", "ruta", "path")),
    "reference": frozenset(("referencia", "factura", "no factura", "numero de factura", "folio", "reference", "invoice",
                            "invoice number", "no cuenta", "cuenta", "account", "adeudo", "debt")),
    "type": frozenset(("tipo", "tipo documento", "tipo de documento", "type", "document type", "clase", "kind")),
    "date": frozenset(("fecha", "fecha documento", "fecha de documento", "date", "document date")),
}  # fmt: skip
# What may be run when it is opened, or runs in a browser.
_RUN = frozenset((
    ".exe", ".com", ".bat", ".cmd", ".msi", ".scr", ".pif", ".js", ".jse", ".mjs", ".vbs", ".vbe", ".ps1", ".sh",
    ".jar", ".app", ".dll", ".lnk", ".hta", ".reg", ".url", ".py", ".htm", ".html", ".xhtml", ".mht", ".mhtml", ".svg",
    ".svgz", ".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".pptm", ".swf", ".iso", ".dmg", ".deb", ".apk",
))  # fmt: skip
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"L\0\0\0\x01\x14\x02",
)
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|script|iframe|svg)\b|<\w+:(?:svg|html)\b", re.IGNORECASE)
_MAIL = re.compile(
    rb"\A(?:From|Return-Path|Received|Delivered-To|MIME-Version|Message-ID|Date|Subject|To|X-[\w-]+|DKIM-Signature):",
    re.IGNORECASE,
)
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",), "image/png": (".png",), "image/jpeg": (".jpg", ".jpeg"), "application/xml": (".xml",),
    "message/rfc822": (".eml",), "text/plain": (".txt",),
}  # fmt: skip


def detect(source: BinaryIO, name: str) -> Layout:
    """The layout of a ZIP of documents. FileRefused: it is no ZIP, or says more than 5,000 things."""
    if not archives.is_zip(source) or archives.is_workbook(source):
        raise FileRefused(msg("«{name}» no es un ZIP. Pon los documentos en un ZIP y súbelo."), name=name[:80])
    count = sum(1 for _ in rows(source, None))
    if not count:
        raise FileRefused(msg("El ZIP no trae ningún documento."))
    return Layout(KIND, COLUMNS, 0, sheet=name, documents={"paper": count})


def rows(source: BinaryIO, _layout: Layout | None) -> Iterator[Row]:
    """The rows, in the order of the files' names; files that a manifest names and the ZIP lacks come last."""
    told = _manifest(source)
    line = 0
    seen: set[str] = set()
    for name, file in archives.members(source):
        if told and name == told[0]:
            continue
        content, size, sha256 = _looked_at(name, file)
        said = told[1].get(_key(name)) or told[1].get(_key(PurePosixPath(name).name)) if told else None
        seen |= {_key(name), _key(PurePosixPath(name).name)}
        for kind, reference, day in said or [("", "", "")]:
            line += 1
            _check_count(line)
            yield Row(line, [name, kind, reference, day, content, str(size), sha256])
    for key, said in told[1].items() if told else ():
        if key not in seen:
            line += 1
            _check_count(line)
            yield Row(line, [key, said[0][0], said[0][1], said[0][2], "!document_missing", "0", ""])


def _check_count(line: int) -> None:
    if line > MOST_ROWS:
        raise FileRefused(msg("El ZIP dice más de {limit} cosas. Divídelo en partes."), limit=MOST_ROWS)


def _key(path: str) -> str:
    return path.strip().replace("\\", "/").removeprefix("./").casefold()[:300]


def _manifest(source: BinaryIO) -> tuple[str, dict[str, list[tuple[str, str, str]]]] | None:
    """The manifest's own name, and what it says of each file: (type, reference, date), once for each debt."""
    sheets = [name for name in archives.names(source) if name.lower().endswith((".csv", ".tsv", ".txt"))]
    named = [name for name in sheets if plain_heading(PurePosixPath(name).stem) in _MANIFESTS]
    if not named and len([name for name in sheets if not name.lower().endswith(".txt")]) == 1:
        named = [name for name in sheets if not name.lower().endswith(".txt")]
    for name, file in archives.members(source) if named else ():
        if name == named[0]:
            return name, _said(file)
    return None


def _said(file: BinaryIO) -> dict[str, list[tuple[str, str, str]]]:
    encoding = encoding_of(file)
    at: dict[str, int] = {}
    said: dict[str, list[tuple[str, str, str]]] = {}
    for number, row in enumerate(text_rows(file, encoding, separator_of(file, encoding))):
        if number == 0:
            at = _columns(row)
            continue
        _check_count(number)
        cells = {name: row.cells[index].strip() if index < len(row.cells) else "" for name, index in at.items()}
        if cells["file"]:
            one = (cells.get("type", "")[:60], cells.get("reference", "")[:100], cells.get("date", "")[:40])
            said.setdefault(_key(cells["file"]), []).append(one)
    return said


def _columns(row: Row) -> dict[str, int]:
    headings = [plain_heading(cell) for cell in row.cells]
    found = {
        name: next((i for i, heading in enumerate(headings) if heading in words), -1)
        for name, words in _HEADINGS.items()
    }
    if found["file"] < 0 or found["reference"] < 0:
        raise FileRefused(
            msg("El índice del ZIP no dice «archivo» y «referencia» en su encabezado. Corrígelo o quítalo del ZIP.")
        )
    return {name: index for name, index in found.items() if index >= 0}


def _looked_at(name: str, file: BinaryIO) -> tuple[str, int, str]:
    """What a file is (a media type, or `!` and why it is not taken), how big, and its SHA-256."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return _content(name, head, size), size, digest.hexdigest()


def _content(name: str, head: bytes, size: int) -> str:
    if not size:
        return "!document_empty"
    if size > MOST_FILE:
        return "!document_big"
    if PurePosixPath(name.rstrip(". ")).suffix.lower() in _RUN or head.startswith(_PROGRAMS):
        return "!document_program"
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(_OFFICE):
        return "!document_office"
    return _text(head)


def _text(head: bytes) -> str:
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        plain = head.decode("utf-16", "ignore").lstrip("\ufeff \r\n\t").encode()
    if _PAGE.search(plain):
        return "!document_program"
    if plain.startswith(b"<"):
        return "application/xml"
    if b"\0" in plain or any(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in plain[:1024]):
        return "!document_unknown"
    return "message/rfc822" if _MAIL.match(plain) else "text/plain"
