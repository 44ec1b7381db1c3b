"""A client's portfolio of any size, the same bytes for the same size: 20 columns, four debts a debtor, all invented.

One row in a hundred repeats an invoice, fifteen in a thousand cannot be read.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from stdnum.mx import rfc

HEADINGS = (
    "No Factura", "No Cliente", "RFC", "Razón Social", "Fecha Emisión", "Fecha Vencimiento", "Moneda", "Importe",
    "Saldo", "Teléfono", "Correo", "Dirección", "Código Postal", "Ciudad", "Estado", "País", "Concepto", "Vendedor",
    "Zona", "Lote",
)  # fmt: skip
_FIRST = ("Ferretería", "Abarrotes", "Transportes", "Aceros", "Muebles", "Lácteos", "Papelería", "Textiles")
_SECOND = ("Ficticios", "de Prueba", "Inventados", "del Ejemplo", "Imaginaria", "de Muestra", "Ensayo", "Demo")
_CITIES = (("Monterrey", "Nuevo León", "81"), ("Mérida", "Yucatán", "99"), ("Puebla", "Puebla", "22"))
_DAY = date(2026, 6, 30)
_BROKEN = ((5, "31/02/2026"), (8, "doce mil"), (8, "-10.00"), (0, ""), (6, "ZZZ"))


def rows(count: int) -> Iterator[list[str]]:
    """The rows below the headings."""
    chance = Random(20260630)
    for number in range(count):
        row = _row(number, number // 4, chance)
        luck = chance.random()
        if luck < 0.015:
            column, value = _BROKEN[number % len(_BROKEN)]
            row[column] = value
        elif luck < 0.025 and number:
            row = _row(number - 1, (number - 1) // 4, chance)
        yield row


def _tax_id(debtor: int) -> str:
    """A firm's RFC; one in seventy has a wrong digit, as in real use."""
    day = date(1980, 1, 1) + timedelta(days=debtor % 14_000)
    stem = f"X{chr(65 + debtor % 26)}{chr(65 + debtor // 26 % 26)}{day:%y%m%d}{1 + debtor % 9}{1 + debtor // 9 % 9}"
    digit = rfc.calc_check_digit(stem)
    return stem + (digit if debtor % 70 else "0" if digit != "0" else "1")


def _row(number: int, debtor: int, chance: Random) -> list[str]:
    city, region, code = _CITIES[debtor % 3]
    issued = _DAY - timedelta(days=60 + number % 300)
    cents = 10_000 + number * 7_919 % 9_000_000
    amount = f"{cents // 100:,}.{cents % 100:02d}"
    return [
        f"FA-{number:08d}", f"{debtor:07d}", _tax_id(debtor),
        f"{_FIRST[debtor % 8]} {_SECOND[debtor // 8 % 8]} {debtor}, S.A. de C.V.", f"{issued:%d/%m/%Y}",
        f"{issued + timedelta(days=30):%d/%m/%Y}", "USD" if number % 50 == 0 else "MXN", amount, amount,
        f"{code} {debtor % 90_000_000 + 10_000_000:08d}", f"pagos{debtor}@firma{debtor % 977}.example",
        f"Calle Inventada {debtor % 999}", f"{debtor % 99999:05d}", city, region, "México",
        f"Pedido {number % 5000}", f"Vendedor {number % 40}", f"Z{number % 12}", f"{chance.randrange(900):03d}",
    ]  # fmt: skip


def write(path: Path, count: int) -> Path:
    """A CSV of so many rows, made once."""
    if not path.exists():
        with path.with_suffix(".part").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADINGS)
            writer.writerows(rows(count))
        path.with_suffix(".part").rename(path)
    return path
