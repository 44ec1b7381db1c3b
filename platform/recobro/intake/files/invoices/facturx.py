"""PDFs that carry their invoice as an attached XML: Factur-X, ZUGFeRD, XRechnung in a PDF/A-3."""

import io
from collections.abc import Iterator
from itertools import islice

from pypdf import PdfReader

from kernel.text import msg
from recobro.intake.files.invoices.document import InvoiceRefused

MOST_BYTES = 32 * 1024 * 1024
MOST_ATTACHMENTS = 20
# Factur-X 1.0 and ZUGFeRD name the file; the first of these that is there is the invoice.
NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml", "ubl.xml")


def is_pdf(data: bytes) -> bool:
    """It has a PDF's header within its first kilobyte."""
    return b"%PDF-" in data[:1024]


def attached_xml(data: bytes) -> Iterator[bytes]:
    """The XML files attached to a PDF, one at a time, the one with an invoice's own name first. InvoiceRefused when
    there is none or the PDF cannot be read."""
    if len(data) > MOST_BYTES:
        raise InvoiceRefused(msg("El PDF pesa más de {limit} MB. Sube el XML de la factura."), limit=MOST_BYTES >> 20)
    try:
        yield from _contents(data)
    except InvoiceRefused:
        raise
    except Exception as error:  # a damaged PDF makes its reader fail in ways that have no common class
        raise InvoiceRefused(msg("El PDF está dañado: no se puede abrir. Sube el XML de la factura.")) from error


def _contents(data: bytes) -> Iterator[bytes]:
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise InvoiceRefused(msg("El PDF tiene contraseña. Quítasela, o sube el XML de la factura."))
    attachments = list(islice(reader.attachment_list, MOST_ATTACHMENTS + 1))
    if len(attachments) > MOST_ATTACHMENTS:
        raise InvoiceRefused(msg("El PDF trae más de {limit} archivos adentro: sube solo el XML de la factura."),
                             limit=MOST_ATTACHMENTS)  # fmt: skip
    named = [(str(each.name).lower(), each) for each in attachments]
    found = sorted((pair for pair in named if pair[0].endswith(".xml")), key=lambda pair: _rank(pair[0]))
    if not found:
        raise InvoiceRefused(
            msg("El PDF no trae la factura electrónica adentro. Sube el XML, o captura el adeudo a mano.")
        )
    for _, attachment in found:
        yield attachment.content


def _rank(name: str) -> int:
    return NAMES.index(name) if name in NAMES else len(NAMES)
