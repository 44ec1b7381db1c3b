"""The clients' files: what comes when, and its CSV as a client's accounting would write it."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recobro.demo.cast import Invoice


@dataclass(frozen=True)
class Delivery:
    """A client's file in the story: when it comes, for how many debtors, of what size (minor units)."""

    client: str
    on: date
    count: int
    smallest: int
    largest: int
    seed: int
    start: int = 0


def _months(client: str, smallest: int, largest: int, seed: int, *files: tuple[date, int]) -> list[Delivery]:
    found, start = [], 0
    for index, (on, count) in enumerate(files):
        found.append(Delivery(client, on, count, smallest, largest, seed + index, start))
        start += count
    return found


DELIVERIES: Mapping[str, Sequence[Delivery]] = {
    "demo": (
        *_months(
            "aceros", 9_000_00, 118_000_00, 110,
            (date(2026, 6, 1), 10), (date(2026, 7, 6), 9), (date(2026, 8, 3), 9), (date(2026, 9, 7), 8),
            (date(2026, 10, 5), 12), (date(2026, 11, 3), 20),
        ),
        *_months(
            "lacteos", 3_200_00, 46_000_00, 120,
            (date(2026, 6, 15), 5), (date(2026, 7, 20), 5), (date(2026, 8, 17), 5), (date(2026, 9, 14), 4),
            (date(2026, 10, 12), 6), (date(2026, 11, 17), 8),
        ),
        *_months(
            "cafetal", 1_400_000_00, 21_000_000_00, 130,
            (date(2026, 7, 8), 5), (date(2026, 8, 19), 6), (date(2026, 10, 7), 8),
        ),
    ),
    "recobros": tuple(
        _months(
            "muebles", 260_00, 4_600_00, 210,
            (date(2026, 6, 8), 13), (date(2026, 7, 13), 12), (date(2026, 8, 24), 10), (date(2026, 9, 14), 12),
            (date(2026, 10, 13), 12), (date(2026, 11, 3), 16),
        )
    ),
}  # fmt: skip

HEADINGS = (
    "Núm. cliente", "Razón social", "Tipo", "RFC / NIT / NIF", "Factura", "Fecha emisión", "Fecha vencimiento",
    "Moneda", "Saldo pendiente", "Correo", "Teléfono", "Domicilio", "Ciudad", "Región", "CP",
)  # fmt: skip


def as_csv(lines: Sequence[Invoice], currency: str) -> bytes:
    """A client's file: semicolons, decimal commas, a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEADINGS)
    for line in lines:
        debtor = line.debtor
        writer.writerow(
            [
                debtor.number,
                debtor.name,
                "Empresa" if debtor.kind == "firm" else "Persona",
                debtor.tax_id,
                line.reference,
                f"{line.issued_on:%d/%m/%Y}",
                f"{line.due_on:%d/%m/%Y}",
                currency,
                f"{line.amount / 100:.2f}".replace(".", ","),
                debtor.email,
                debtor.phone,
                debtor.address,
                debtor.city,
                debtor.region,
                debtor.postcode,
            ]
        )
    return out.getvalue().encode("utf-8-sig")
