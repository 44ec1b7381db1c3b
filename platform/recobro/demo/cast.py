"""Who appears in the demo: plainly invented firms and people, what they owe, and how each behaves. Always the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random


class Manner(StrEnum):
    """How a debtor behaves in the story."""

    PAYS_AFTER_NOTICE = "pays_after_notice"
    KEEPS_PROMISE = "keeps_promise"
    BREAKS_PROMISE = "breaks_promise"
    KEEPS_PLAN = "keeps_plan"
    BREAKS_PLAN = "breaks_plan"
    PAYS_CLIENT = "pays_client"
    DISPUTES = "disputes"
    SILENT = "silent"
    REFUSES = "refuses"
    SETTLES = "settles"


# How often each occurs, of a hundred.
_SHARES = {
    Manner.PAYS_AFTER_NOTICE: 17,
    Manner.KEEPS_PROMISE: 14,
    Manner.BREAKS_PROMISE: 12,
    Manner.KEEPS_PLAN: 12,
    Manner.BREAKS_PLAN: 7,
    Manner.PAYS_CLIENT: 5,
    Manner.DISPUTES: 5,
    Manner.SILENT: 18,
    Manner.REFUSES: 6,
    Manner.SETTLES: 4,
}

_TRADES = {
    "MX": (
        "Ferretería",
        "Abarrotes",
        "Muebles",
        "Transportes",
        "Papelería",
        "Constructora",
        "Taller Mecánico",
        "Refacciones",
        "Panadería",
        "Farmacia",
        "Llantera",
        "Tornillería",
        "Imprenta",
        "Dulcería",
        "Zapatería",
        "Tlapalería",
    ),
    "CO": (
        "Tostadora",
        "Cafetería",
        "Panadería",
        "Distribuciones",
        "Comercializadora",
        "Ferretería",
        "Supermercado",
        "Restaurante",
        "Confecciones",
        "Transportes",
        "Droguería",
        "Papelería",
    ),
    "ES": (
        "Muebles",
        "Reformas",
        "Talleres",
        "Cristalería",
        "Carpintería",
        "Hostelería",
        "Suministros",
        "Electricidad",
        "Fontanería",
        "Mármoles",
        "Decoraciones",
        "Transportes",
        "Construcciones",
        "Ebanistería",
    ),
}
_EPITHETS = (
    "El Tornillo Feliz",
    "La Prueba",
    "Imaginarios del Bajío",
    "Quimera",
    "Punto y Coma",
    "Andamio Azul",
    "Sin Nombre",
    "Del Ejemplo",
    "La Muestra",
    "Nube Cuadrada",
    "El Espejismo",
    "Tres Inventos",
    "La Hipótesis",
    "Luna de Papel",
    "El Borrador",
    "La Quinta Pata",
    "Río Pintado",
    "El Supuesto",
    "Cielo de Cartón",
    "La Metáfora",
    "Mar de Tinta",
    "El Boceto",
    "Puerta Falsa",
    "La Fábula",
    "Bosque de Lápices",
    "El Acertijo",
    "La Maqueta",
    "Sol de Trapo",
    "El Croquis",
    "La Leyenda",
)
_FORMS = {"MX": "S.A. de C.V.", "CO": "S.A.S.", "ES": "S.L."}
_GIVEN = ("Luis", "María", "Ana", "Beto", "Carla", "Diego", "Elena", "Fabio", "Gloria", "Hugo", "Inés", "Julio")
_FAMILY = ("Demo", "Ejemplo", "Muestra", "Prueba", "Ficticio", "Inventado", "Modelo", "Supuesto")
CITIES = {
    "MX": (
        ("Querétaro", "QUE", "76000"),
        ("León", "GUA", "37000"),
        ("Puebla", "PUE", "72000"),
        ("Toluca", "MEX", "50000"),
        ("Monterrey", "NLE", "64000"),
        ("Celaya", "GUA", "38000"),
        ("Ciudad de México", "CMX", "06000"),
    ),
    "CO": (
        ("Bogotá", "DC", "110111"),
        ("Medellín", "ANT", "050001"),
        ("Cali", "VAC", "760001"),
        ("Pereira", "RIS", "660001"),
    ),
    "ES": (
        ("Madrid", "MD", "28001"),
        ("Valencia", "VC", "46001"),
        ("Zaragoza", "AR", "50001"),
        ("Sevilla", "AN", "41001"),
    ),
}
_PHONES = {"MX": "+52442555{:04d}", "CO": "+57601555{:04d}", "ES": "+34910555{:03d}"}
SHARED = "Transportes Quimera Universal"


@dataclass(frozen=True)
class Debtor:
    """One debtor of the story: how the client's file names it, and how it behaves."""

    number: str
    name: str
    kind: str
    tax_id: str
    email: str
    phone: str
    address: str
    city: str
    region: str
    postcode: str
    manner: Manner


@dataclass(frozen=True)
class Invoice:
    """One line of a client's file; amounts in minor units."""

    debtor: Debtor
    reference: str
    issued_on: date
    due_on: date
    amount: int


def debtors(country: str, prefix: str, count: int, seed: int, *, start: int = 0) -> list[Debtor]:
    """That many debtors, the same ones every time."""
    random = Random(seed)  # noqa: S311 - a story, not a secret
    names = [f"{trade} {epithet}" for trade in _TRADES[country] for epithet in _EPITHETS]
    random.shuffle(names)
    manners = [manner for manner, share in _SHARES.items() for _ in range(share)]
    found = []
    for index in range(count):
        firm = random.random() < 0.72
        city, region, postcode = random.choice(CITIES[country])
        if firm:
            name = f"{names[(start + index) % len(names)]}, {_FORMS[country]}"
        else:
            name = f"{random.choice(_GIVEN)} {random.choice(_FAMILY)} {random.choice(_FAMILY)}"
        number = f"{prefix}{start + index + 1:04d}"
        mail = f"pagos{start + index + 1}@{prefix.lower()}.example"
        has_mail = random.random() < 0.9
        found.append(
            Debtor(
                number=number,
                name=name,
                kind="firm" if firm else "person",
                tax_id=_tax_id(country, firm=firm, random=random),
                email=mail if has_mail else "",
                phone=_PHONES[country].format(start + index + 1),
                address=f"Calle Inventada {random.randrange(1, 300)}",
                city=city,
                region=region,
                postcode=postcode,
                manner=random.choice(manners),
            )
        )
    return found


def _tax_id(country: str, *, firm: bool, random: Random) -> str:
    """A tax id of the right shape whose owner does not exist; check digits are right so that no row is warned."""
    if country == "MX":
        letters = "".join(random.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(3 if firm else 4))
        day = f"{random.randrange(70, 99)}{random.randrange(1, 13):02d}{random.randrange(1, 29):02d}"
        return _with_rfc_digit(f"{letters}{day}{random.choice('ABCDEFGH')}{random.randrange(1, 10)}")
    if country == "CO":
        body = f"9{random.randrange(10_000_000, 99_999_999)}"
        weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
        rest = sum(int(d) * w for d, w in zip(reversed(body), weights, strict=False)) % 11
        return f"{body}-{rest if rest < 2 else 11 - rest}"
    if firm:
        body = f"{random.randrange(1_000_000, 9_999_999)}"
        even = sum(int(d) for d in body[1::2])
        odd = sum(sum(divmod(int(d) * 2, 10)) for d in body[::2])
        return f"B{body}{(10 - (even + odd) % 10) % 10}"
    digits = random.randrange(10_000_000, 99_999_999)
    return f"{digits}{'TRWAGMYFPDXBNJZSQVHLCKE'[digits % 23]}"


def _with_rfc_digit(body: str) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
    padded = body.rjust(12)
    total = sum(alphabet.index(c) * (13 - i) for i, c in enumerate(padded))
    rest = (11 - total % 11) % 11
    return body + {10: "A"}.get(rest, str(rest))


def invoices(
    cast: Sequence[Debtor], *, placed_on: date, smallest: int, largest: int, prefix: str, seed: int, first: int = 1
) -> list[Invoice]:
    """One to four invoices each, overdue by ten days to five months when placed."""
    random = Random(seed)  # noqa: S311 - a story, not a secret
    found = []
    number = first
    for debtor in cast:
        for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
            late = random.choice((12, 18, 25, 33, 41, 48, 55, 62, 74, 88, 95, 110, 128, 150))
            due = placed_on - timedelta(days=late)
            # Small debts are many and large ones few.
            amount = int(smallest + (largest - smallest) * random.random() ** 3)
            found.append(Invoice(debtor, f"{prefix}-{number:04d}", due - timedelta(days=30), due, amount))
            number += 1
    return found
