"""Electronic invoices as a sheet: an XML or a PDF, or a ZIP of them, with one row for each document in it.

The columns are always the same and their fields are known: nothing is left to be chosen. Lines count the documents in
the order of their files' names.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from kernel.money import Money
from kernel.text import msg
from recobro.intake.columns.fields import OWN, SKIP
from recobro.intake.columns.grammar import Number
from recobro.intake.files import archives
from recobro.intake.files.invoices.document import Document, InvoiceRefused, Kind, Note
from recobro.intake.files.invoices.facturx import MOST_BYTES, is_pdf
from recobro.intake.files.invoices.reading import read_invoice
from recobro.intake.files.layout import Layout
from recobro.intake.sheet import FileRefused, Row

KIND = "invoices"
MOST_DOCUMENTS = 20_000
MOST_CONCEPTS = 5
REFUSED = "refused"
_HEAD = 1024
_SHEETS = frozenset((".csv", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))
_DOCUMENTS = frozenset((".xml", ".pdf"))
_SHOWN_NAMES, _SHOWN_SIGNS = 3, 60
_PAGES = ("<!doctype html", "<html", "<head", "<table", "<style", "<meta", "<body", "<div", "<script", "<title")
_BYTE_ORDERS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))
# Each column and its field.
_COLUMNS = (
    ("Archivo", SKIP), ("Documento", SKIP), ("Número de factura", "reference"), ("Folio fiscal", "uuid"),
    ("Identificación de quien emite", "seller"), ("Número de cliente", "customer_ref"),
    ("Nombre del deudor", "debtor_name"), ("Identificación fiscal", "tax_id"), ("Fecha de emisión", "issued_on"),
    ("Fecha de vencimiento", "due_on"), ("Moneda", "currency"), ("Saldo pendiente", "balance"),
    ("Importe original", "original"), ("Concepto", "concept"), ("Teléfono", "phone"), ("Correo", "email"),
    ("Nombre del contacto", "contact_name"), ("Domicilio", "address"), ("Ciudad", "city"),
    ("Estado o provincia", "region"), ("Código postal", "postal_code"), ("País", "country"),
    ("Condiciones de pago", OWN),
)  # fmt: skip
COLUMNS = tuple(heading for heading, _ in _COLUMNS)
FIELDS = tuple(field for _, field in _COLUMNS)
_PICTURE = msg("Es la imagen de «{xml}», que viene en el mismo ZIP: no se cuenta dos veces.")


class DocumentRow(Row):
    """A row and the document it tells of; `refusal` says why there is none. `name` is its file's, in a ZIP or alone."""

    name: str = ""
    document: Document | None = None
    refusal: Note | None = None

    def _replace(self, **changes: Any) -> "DocumentRow":
        changed = DocumentRow(changes.get("line", self.line), changes.get("cells", self.cells))
        changed.name, changed.document, changed.refusal = self.name, self.document, self.refusal
        return changed


def holds_invoices(source: BinaryIO) -> bool:
    """Whether a file is an XML or a PDF, or a ZIP with one inside. ArchiveRefused for a ZIP that cannot be opened."""
    if archives.is_zip(source):
        return not archives.is_workbook(source) and any(_is_document(file) for _, file in archives.members(source))
    return _is_document(source)


def detect(source: BinaryIO, name: str) -> Layout:
    """The layout of such a file, with how many documents of each class it holds. FileRefused: sheets among them, too
    many documents, a lone PDF that carries none."""
    _check_alone(_names(source))
    alone = is_pdf(_head(source))
    seen: Counter[str] = Counter()
    for row in _rows(source, name):
        if row.refusal and alone:
            raise FileRefused(row.refusal.template, **row.refusal.details)
        seen[_class(row)] += 1
        if row.line > MOST_DOCUMENTS:
            raise FileRefused(msg("El archivo trae más de {limit} facturas. Divídelo en partes."), limit=MOST_DOCUMENTS)
    return Layout(KIND, COLUMNS, 0, sheet=name, documents=dict(seen))


def _check_alone(names: Sequence[str]) -> None:
    """Refused when there are sheets among the documents: the two are read in other ways, and a sheet may list the same
    invoices (`docs/decisions/0022`)."""
    sheets = [name for name in names if PurePosixPath(name).suffix.lower() in _SHEETS]
    if sheets:
        documents = [name for name in names if PurePosixPath(name).suffix.lower() in _DOCUMENTS]
        raise FileRefused(
            msg(
                "El ZIP trae facturas electrónicas ({documents}: {document_names}) y hojas de datos ({sheets}: "
                "{sheet_names}). Haz dos cargas: un ZIP solo con las facturas y, aparte, las hojas. Si las hojas "
                "listan esas mismas facturas, basta una de las dos."
            ),
            documents=len(documents), document_names=_listed(documents),
            sheets=len(sheets), sheet_names=_listed(sheets),
        )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    """The first names, and a mark that there are more."""
    shown = ", ".join(f"«{name[-_SHOWN_SIGNS:]}»" for name in names[:_SHOWN_NAMES])
    return f"{shown}…" if len(names) > _SHOWN_NAMES else shown


_SETTLE = frozenset((Kind.PAYMENT.value, Kind.CREDIT_NOTE.value))


def only_settles(layout: Layout) -> bool:
    """Whether a file of documents brings payments and credits alone: no invoice that could be owed."""
    classes = {name.partition(" ")[0] for name in layout.documents}
    return bool(classes & _SETTLE) and classes <= {*_SETTLE, "picture", REFUSED}


def rows(source: BinaryIO, layout: Layout) -> Iterator[DocumentRow]:
    """One row for each document, and one for each file that is none."""
    yield from _rows(source, layout.sheet)


def _rows(source: BinaryIO, name: str) -> Iterator[DocumentRow]:
    line = 0
    names = frozenset(_names(source))
    for member, file in _files(source, name):
        for row in _of_file(member, file.read(MOST_BYTES + 1), names):
            line += 1
            yield row._replace(line=line)


def _names(source: BinaryIO) -> Sequence[str]:
    return archives.names(source) if archives.is_zip(source) else ()


def _files(source: BinaryIO, name: str) -> Iterator[tuple[str, BinaryIO]]:
    if archives.is_zip(source):
        yield from archives.members(source)
    else:
        source.seek(0)
        yield name, source


def _of_file(name: str, data: bytes, names: frozenset[str]) -> Iterator[DocumentRow]:
    try:
        documents = read_invoice(data, PurePosixPath(name).name)
    except InvoiceRefused as refused:
        yield _refused(name, _picture_of(name, data, names) or Note("unreadable", refused.template, refused.details))
        return
    for document in documents:
        row = DocumentRow(0, _cells(name, document))
        row.name, row.document = name, document
        yield row


def _picture_of(name: str, data: bytes, names: frozenset[str]) -> Note | None:
    """A PDF without an invoice inside, beside an XML of the same name: how most issuers send the two."""
    for suffix in (".xml", ".XML"):
        xml = str(PurePosixPath(name).with_suffix(suffix))
        if xml in names and is_pdf(data):
            return Note("picture", _PICTURE, {"xml": PurePosixPath(xml).name})
    return None


def _refused(name: str, why: Note) -> DocumentRow:
    row = DocumentRow(0, [name, "", *[""] * (len(COLUMNS) - 2)])
    row.name, row.refusal = name, why
    return row


def _cells(name: str, document: Document) -> list[str]:
    buyer = document.buyer
    return [
        name, _label(document), document.reference, document.uuid, document.seller_key, buyer.other_id,
        buyer.name or buyer.trade_name, buyer.tax_id, document.issued_on.isoformat(), document.due_on.isoformat(),
        document.currency, _number(document.outstanding), _number(document.total), _concept(document),
        buyer.phone, buyer.email, buyer.contact, buyer.street, buyer.city, buyer.region, buyer.postal_code,
        buyer.country, document.terms,
    ]  # fmt: skip


def _number(money: Money) -> Number:
    return Number(f"{money.amount:f}")


def _concept(document: Document) -> str:
    """The first lines, and how many more there are."""
    shown = document.lines[:MOST_CONCEPTS]
    more = document.line_count - len(shown)
    return "; ".join(shown) + (f"; +{more}" if more > 0 else "")


def _label(document: Document) -> str:
    """The format a document is in, as people call it."""
    names = {"cfdi": "CFDI", "ubl": "UBL", "cii": "CII", "facturae": "Facturae"}
    version = f" {document.version}" if document.format in ("cfdi", "facturae") else ""
    return f"{names[document.format.value]}{version}"


def _class(row: DocumentRow) -> str:
    if row.document is None:
        return row.refusal.code if row.refusal and row.refusal.code == "picture" else REFUSED
    return f"{row.document.kind.value} {_label(row.document)}"


def _is_document(source: BinaryIO) -> bool:
    head = _head(source)
    return is_pdf(head) or _is_xml(head)


def _head(source: BinaryIO) -> bytes:
    source.seek(0)
    return source.read(_HEAD)


def _is_xml(head: bytes) -> bool:
    """It begins with a mark of XML and is no web page: spreadsheets are kept as those too."""
    text = _beginning(head)
    return text.startswith("<") and not text.startswith(_PAGES)


def is_page(source: BinaryIO) -> bool:
    """Whether a file is a web page, whatever it is called."""
    return _beginning(_head(source)).startswith((*_PAGES, "mime-version:"))


def _beginning(head: bytes) -> str:
    """The first words of a text, in lower case."""
    text = head.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be" if head[:1] == b"\0" else "latin-1", "ignore")
    for mark, encoding in _BYTE_ORDERS:
        if head.startswith(mark):
            text = head[len(mark) :].decode(encoding, "ignore")
    return text.lstrip().lower()
