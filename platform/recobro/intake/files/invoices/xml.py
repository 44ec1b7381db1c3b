"""The one place where XML from outside is parsed: no DTD, no entities, no network, bounded in size, breadth and depth.

The bytes are decoded here, by what they are and declare; the parser only ever sees clean UTF-8 without a declaration.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from lxml import etree

from kernel.text import msg
from recobro.intake.files.invoices.document import InvoiceRefused

Element: TypeAlias = etree._Element

MOST_BYTES = 16 * 1024 * 1024
MOST_MARKS = 1_000_000
MOST_DEPTH = 200
MOST_TEXT = 500
_BOMS = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "iso-8859-1": "latin-1", "latin1": "latin-1", "latin-1": "latin-1", "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252", "cp1252": "cp1252",
}  # fmt: skip
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]{0,400}\?>")
# Only what stands before the first element: the same letters inside a text or a comment harm nobody.
_PROLOG = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_TAGGED_SCHEMA = re.compile(r"""\sxmlns:schemaLocation\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_UNSEEN = re.compile("[\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]*)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True)
class Parsed:
    """The root, and whether the declared encoding was wrong and the text was read as the UTF-8 it is."""

    root: Element
    mended: bool = False


def parse(data: bytes) -> Parsed:
    """The root of a document. InvoiceRefused says why it is not safe or not well formed, and where."""
    if len(data) > MOST_BYTES:
        raise InvoiceRefused(msg("El XML pesa más de {limit} MB. Pide a quien lo emitió el archivo sin anexos."),
                             limit=MOST_BYTES >> 20)  # fmt: skip
    text, mended = _decoded(data)
    return Parsed(parse_text(text), mended)


def parse_text(text: str) -> Element:
    """The root of a document that is text already; the same refusals."""
    if len(text) > MOST_BYTES:
        raise InvoiceRefused(msg("El XML pesa más de {limit} MB. Pide a quien lo emitió el archivo sin anexos."),
                             limit=MOST_BYTES >> 20)  # fmt: skip
    if "\0" in text:
        raise InvoiceRefused(msg("El archivo tiene bytes nulos: no es un XML sano. Descárgalo de nuevo de su origen."))
    declaration = _DECLARATION.match(text)
    if declaration:
        text = "\n" * declaration.group().count("\n") + text[declaration.end() :]
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise InvoiceRefused(msg("El archivo está vacío."))
    _refuse_doctype(text)
    if text.count("<") > MOST_MARKS or text.count('="') + text.count("='") > MOST_MARKS:
        raise InvoiceRefused(msg("El XML tiene cientos de miles de elementos: no es una factura normal."))
    try:
        return _parsed(text.encode())
    except UnicodeEncodeError as error:
        raise InvoiceRefused(
            msg("El archivo tiene medios caracteres (sustitutos sueltos): está dañado. Descárgalo de nuevo.")
        ) from error
    except etree.XMLSyntaxError as error:
        # A fault that many programs write, harmless once taken away: the schema's place declared as a namespace.
        if "schemaLocation" in text and "not a valid URI" in str(error):
            return _parsed_again(_TAGGED_SCHEMA.sub("", text))
        raise _malformed(error) from error


def _parsed_again(text: str) -> Element:
    try:
        return _parsed(text.encode())
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from error


def _parsed(data: bytes) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _with_doctype()
    _refuse_depth(root)
    return root


def _refuse_depth(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise _too_deep()


def _refuse_doctype(text: str) -> None:
    at = 0
    while found := _PROLOG.match(text, at):
        at = found.end()
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise _with_doctype()


def _with_doctype() -> InvoiceRefused:
    return InvoiceRefused(
        msg(
            "El XML trae una definición de tipo (DOCTYPE), que ninguna factura lleva y puede ser peligrosa. No se leyó."
        )
    )


def _too_deep() -> InvoiceRefused:
    return InvoiceRefused(
        msg("El XML anida más de {limit} elementos: no es una factura. No se leyó."), limit=MOST_DEPTH
    )


def _malformed(error: etree.XMLSyntaxError) -> InvoiceRefused:
    if "depth" in str(error).lower():
        return _too_deep()
    if any(word in str(error).lower() for word in ("limit", "huge", "too long")):
        return InvoiceRefused(msg("El XML trae un texto o anexo de más de 10 MB. Pide el archivo sin anexos."))
    line, column = error.position
    return InvoiceRefused(
        msg("El XML está dañado o incompleto en la línea {line}, columna {column}. Descárgalo de nuevo de su origen."),
        line=line or 1, column=column or 1,
    )  # fmt: skip


def _decoded(data: bytes) -> tuple[str, bool]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, encoding or "UTF-32"), False
    if data[:2] in (b"<\0", b"\0<"):
        encoding = "utf-16-le" if data[0:1] == b"<" else "utf-16-be"
        return _decode(data, encoding, encoding), False
    found = _DECLARED.match(data[:512])
    declared = found.group(1).decode("ascii").lower() if found else "utf-8"
    encoding = _ENCODINGS.get(declared, "")
    if encoding != "utf-8" and (declared.startswith("utf-16") or encoding):
        # Declared in one byte per letter (or in UTF-16) and yet every byte is good UTF-8: it is UTF-8.
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return _decode(data, encoding, declared), False
        return text, not text.isascii()
    return _decode(data, encoding, declared), False


def _decode(data: bytes, encoding: str, declared: str) -> str:
    if not encoding:
        raise InvoiceRefused(
            msg("El XML está en la codificación {encoding}, que no se lee. Guárdalo en UTF-8 y súbelo de nuevo."),
            encoding=declared.upper()[:40],
        )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvoiceRefused(
            msg("El XML dice estar en {encoding}, pero hay otros bytes en la línea {line}. Descárgalo de nuevo."),
            encoding=declared.upper()[:40], line=data[: error.start].count(b"\n") + 1,
        ) from error  # fmt: skip


def local(node: Element) -> str:
    """An element's name without its namespace."""
    return etree.QName(node).localname


def namespace(node: Element) -> str:
    """An element's namespace, or nothing."""
    return etree.QName(node).namespace or ""


@lru_cache(maxsize=512)
def _path(path: str) -> str:
    return "/".join("{*}" + step for step in path.split("/"))


def find(node: Element | None, path: str) -> Element | None:
    """The first element at `A/B/C` below a node, in any namespace."""
    return None if node is None else node.find(_path(path))


def every(node: Element | None, path: str) -> Iterator[Element]:
    """All elements at `A/B/C` below a node, in any namespace."""
    return iter(()) if node is None else node.iterfind(_path(path))


def value(node: Element | None, *paths: str) -> str:
    """The clean text at the first of the paths that has any."""
    for path in paths:
        found = find(node, path)
        if found is not None and (text := clean(found.text)):
            return text
    return ""


def attribute(node: Element | None, name: str) -> str:
    """The clean value of an attribute."""
    return "" if node is None else clean(node.get(name))


def clean(text: str | None) -> str:
    """On one line, without marks that cannot be seen, at most 500 letters."""
    return " ".join(_UNSEEN.sub("", text).split())[:MOST_TEXT].strip() if text else ""


def decimal(text: str, field: str) -> Decimal:
    """An amount as XML writes it (1234.56). InvoiceRefused names the field."""
    if not _DECIMAL.fullmatch(text):
        raise InvoiceRefused(
            msg("«{value}» en {field} no es un importe. Corrige el archivo en su origen y súbelo de nuevo."),
            value=text[:40], field=field,
        )  # fmt: skip
    return Decimal(text)


def day(text: str, field: str) -> date:
    """A day as XML (2024-01-31, with or without a time) or UN/CEFACT format 102 (20240131) writes it."""
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if found and 1900 <= int(found[1]) <= 2200:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise InvoiceRefused(
        msg("«{value}» en {field} no es una fecha. Corrige el archivo en su origen y súbelo de nuevo."),
        value=text[:40], field=field,
    )  # fmt: skip


def currency(text: str, field: str) -> str:
    """A currency's three letters (ISO 4217)."""
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise InvoiceRefused(
            msg("«{value}» en {field} no es una moneda (por ejemplo MXN, EUR). Corrige el archivo en su origen."),
            value=text[:40], field=field,
        )  # fmt: skip
    return text
