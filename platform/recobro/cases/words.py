"""What the documents of a case are called. Pure."""

from collections.abc import Mapping

from kernel.text import msg

DOCUMENTS: Mapping[str, str] = {
    "invoice": msg("Factura"),
    "contract": msg("Contrato"),
    "promissory_note": msg("Pagaré"),
    "delivery": msg("Entrega"),
    "order": msg("Pedido"),
    "statement": msg("Estado de cuenta"),
    "other": msg("Otro documento"),
}
# What a court asks for first; the rest is shown when it is there.
CHECKLIST = ("invoice", "contract", "delivery")
