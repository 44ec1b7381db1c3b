"""From the bytes of a file to the documents in it: the format is decided by the content, never by the name."""

from collections.abc import Sequence
from dataclasses import replace

from kernel.text import msg
from recobro.intake.files.invoices import cfdi, cii, facturae, facturx, ubl, xml
from recobro.intake.files.invoices.document import Document, InvoiceRefused, Note

_MENDED = Note(
    "encoding", msg("El XML declara una codificación y está en otra: se leyó como UTF-8. Revisa los acentos.")
)
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"<\0", b"\0<")


def looks_like_invoice(head: bytes) -> bool:
    """The first kilobyte is that of an XML or a PDF: worth giving to `read_invoice`."""
    return facturx.is_pdf(head) or _looks_like_xml(head)


def read_invoice(data: bytes, name: str) -> list[Document]:
    """The documents of a CFDI, UBL, CII, Facturae or Factur-X file, by its content; `name` is only for the sentence.

    InvoiceRefused, and nothing else, is raised: it says what is wrong, where, and what to do.
    """
    if not data:
        raise InvoiceRefused(msg("El archivo «{name}» está vacío."), name=name[:80])
    if facturx.is_pdf(data):
        return _from_pdf(data, name)
    if not _looks_like_xml(data):
        raise InvoiceRefused(
            msg("«{name}» no es un XML ni un PDF con factura adentro. Sube el archivo que dio quien la emitió."),
            name=name[:80],
        )
    parsed = xml.parse(data)
    documents = read_root(parsed.root, name)
    return _remarked(documents, _MENDED) if parsed.mended else documents


def read_root(root: xml.Element, name: str) -> list[Document]:
    """The documents of a parsed file, by its root's name and namespace."""
    space = xml.namespace(root)
    if space == ubl.ATTACHED:
        inner = xml.parse_text(ubl.wrapped(root))
        if xml.namespace(inner) not in ubl.NAMESPACES:
            raise InvoiceRefused(msg("El contenedor (AttachedDocument) no trae una factura adentro. Sube su XML."))
        return [replace(ubl.read(inner), container="attached_document")]
    if space in ubl.NAMESPACES:
        return [ubl.read(root)]
    if space == cii.NAMESPACE:
        return [cii.read(root)]
    if facturae.is_facturae(root):
        return facturae.read(root)
    if space in cfdi.NAMESPACES and xml.local(root) == "Comprobante":
        return [cfdi.read(root)]
    if space in cfdi.WITHHOLDINGS or xml.local(root) == "Retenciones":
        raise cfdi.refuse_withholding()
    if space == ubl.RESPONSE:
        raise InvoiceRefused(msg("«{name}» es un acuse (ApplicationResponse). Sube el XML de la factura."),
                             name=name[:80])  # fmt: skip
    raise InvoiceRefused(
        msg("«{name}» es un XML de tipo «{root}», no una factura que se lea: CFDI, UBL, CII o Facturae."),
        name=name[:80], root=xml.local(root)[:60],
    )  # fmt: skip


def _looks_like_xml(data: bytes) -> bool:
    return data.startswith(_BYTE_ORDERS) or data[:1024].lstrip()[:1] == b"<"


def _from_pdf(data: bytes, name: str) -> list[Document]:
    """The invoice attached to a PDF: the first of its XML files that is one. Its own refusal when none is."""
    refusal: InvoiceRefused | None = None
    for content in facturx.attached_xml(data):
        try:
            parsed = xml.parse(content)
            documents = [replace(each, container="pdf") for each in read_root(parsed.root, name)]
        except InvoiceRefused as error:
            refusal = refusal or error
            continue
        return _remarked(documents, _MENDED) if parsed.mended else documents
    assert refusal is not None
    raise refusal


def _remarked(documents: Sequence[Document], note: Note) -> list[Document]:
    return [replace(each, warnings=(*each.warnings, note)) for each in documents]
