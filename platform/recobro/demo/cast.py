"""Who appears in the demo: plainly invented firms and people, what they owe, and how each behaves. Always the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from recobro.demo.names import CITIES, EPITHETS, FAMILY, FORMS, GIVEN, TRADES, mailbox


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
    COURT = "court"
    SCRIPTED = "scripted"


# How many of each there are among so many debtors together.
_SHARES = {
    Manner.PAYS_AFTER_NOTICE: 3,
    Manner.KEEPS_PROMISE: 3,
    Manner.BREAKS_PROMISE: 3,
    Manner.KEEPS_PLAN: 3,
    Manner.BREAKS_PLAN: 1,
    Manner.PAYS_CLIENT: 1,
    Manner.DISPUTES: 2,
    Manner.SILENT: 5,
    Manner.REFUSES: 1,
    Manner.SETTLES: 1,
    Manner.COURT: 2,
}
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


def debtors(country: str, prefix: str, count: int, seed: int, *, start: int = 0, turned: bool = False) -> list[Debtor]:
    """That many debtors of a client from its `start`th on, the same ones every time. No two have one name; a second
    client in the country takes the names from the other end (`turned`)."""
    epithets = list(EPITHETS[country])
    Random(country).shuffle(epithets)  # noqa: S311 - a story, not a secret
    if turned:
        epithets.reverse()
    manners = [manner for manner, share in _SHARES.items() for _ in range(share)]
    Random(prefix).shuffle(manners)  # noqa: S311
    random = Random(seed)  # noqa: S311
    found = []
    for index in range(start, start + count):
        firm = index % 4 != 2
        city, region, postcode, area = random.choice(CITIES[country])
        trade = TRADES[country][(index * 7 + len(prefix) + (5 if turned else 0)) % len(TRADES[country])]
        name, box = _person(index, {"MX": 0, "CO": 24, "ES": 3}[country] + (40 if turned else 0))
        if firm:
            epithet = epithets[(index - (index + 1) // 4) % len(epithets)]
            name, box = f"{trade} {epithet}, {FORMS[country]}", mailbox(epithet)
        found.append(
            Debtor(
                number=f"{prefix}{index + 1:04d}",
                name=name,
                kind="firm" if firm else "person",
                tax_id=tax_id(country, firm=firm, random=random),
                email=box if random.random() < 0.95 else "",
                phone=phone(area, int(turned) * 400 + index + 1),
                address=f"Calle Inventada {random.randrange(1, 300)}",
                city=city,
                region=region,
                postcode=postcode,
                manner=manners[index % len(manners)],
            )
        )
    return found


def phone(area: str, number: int) -> str:
    """A telephone number of the area's form (E.164), in the fives that belong to nobody."""
    room = (12 if area.startswith("+34") else 13) - len(area)
    width = 4 if room > 6 else 3
    return f"{area}{'5' * (room - width)}{number:0{width}d}"


def _person(index: int, shift: int) -> tuple[str, str]:
    place = index // 4 + shift
    given = GIVEN[place % len(GIVEN)]
    first = place * 5 % len(FAMILY)
    second = (first + 1 + place % 11) % len(FAMILY)
    return f"{given} {FAMILY[first]} {FAMILY[second]}", mailbox(f"{given} {FAMILY[first]}", person=True)


def tax_id(country: str, *, firm: bool, random: Random) -> str:
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
    """One to four invoices each, overdue by ten days to four months when placed."""
    random = Random(seed)  # noqa: S311 - a story, not a secret
    found = []
    number = first
    for debtor in cast:
        for _ in range(random.choice((1, 1, 2, 2, 2, 3, 4))):
            late = random.choice((12, 18, 25, 33, 41, 48, 55, 62, 74, 88, 95, 110, 128))
            due = placed_on - timedelta(days=late)
            # Small debts are more than large ones, and no single one outweighs a month.
            amount = int(smallest + (largest - smallest) * random.random() ** 1.7)
            # Nobody invoices cents of a peso worth so little.
            amount -= amount % (100_00 if largest > 1_000_000_000 else 1)
            found.append(Invoice(debtor, f"{prefix}-{number:04d}", due - timedelta(days=30), due, amount))
            number += 1
    return found
