"""What a file of electronic documents was seen to hold, in words."""

from collections.abc import Iterator, Mapping

from kernel.text import msg

# For one and for several, in the order in which they are told. `{format}` is CFDI 4.0, UBL, …
_WORDS = {
    "invoice": (msg("1 factura {format}"), msg("{count} facturas {format}")),
    "debit_note": (msg("1 nota de cargo {format}"), msg("{count} notas de cargo {format}")),
    "credit_note": (msg("1 nota de crédito {format}"), msg("{count} notas de crédito {format}")),
    "payment": (msg("1 complemento de pago"), msg("{count} complementos de pago")),
    "transfer": (msg("1 carta de traslado"), msg("{count} cartas de traslado")),
    "payroll": (msg("1 recibo de nómina"), msg("{count} recibos de nómina")),
    "refused": (msg("1 que no es factura"), msg("{count} que no son facturas")),
    "paper": (msg("1 documento"), msg("{count} documentos")),
    "picture": (msg("1 imagen de una factura"), msg("{count} imágenes de facturas")),
}


def of_documents(documents: Mapping[str, int]) -> Iterator[tuple[str, int, str]]:
    """(sentence, count, format) for each class of documents in a layout, the invoices first."""
    classes = [(*name.partition(" ")[::2], count) for name, count in documents.items()]
    together: dict[tuple[str, str], int] = {}
    for kind, written, count in classes:
        # Whatever its version, a payment is a payment.
        shown = written if "{format}" in _WORDS[kind][1] else ""
        together[kind, shown] = together.get((kind, shown), 0) + count
    order = list(_WORDS)
    for (kind, written), count in sorted(together.items(), key=lambda one: (order.index(one[0][0]), one[0][1])):
        yield _WORDS[kind][0 if count == 1 else 1], count, written
