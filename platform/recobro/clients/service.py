"""Adding a client with its contract, and changing the terms from a day on."""

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg
from recobro.clients.tables import Contract
from recobro.commissions.rules import check_rules
from recobro.files import keep_file
from tenants.service import client_by_id, create_client
from tenants.tables import Client
from tenants.work import Work

LOGO_BYTES = 1_000_000
OLDEST_TERMS = date(2000, 1, 1)
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Identity:
    """What is known of a client and may change. `brand_color` is #rrggbb."""

    name: str
    legal_name: str
    tax_id: str = ""
    creditor_type: str = "commercial"
    address: str = ""
    phone: str = ""
    email: str = ""
    bank_account: str = ""
    brand_color: str = "#0b7285"


@dataclass(frozen=True)
class Place:
    """Where a client is: country (ISO 3166), IANA zone, its debtors' language, currency (ISO 4217)."""

    country: str
    time_zone: str
    locale: str
    currency: str


@dataclass(frozen=True)
class Terms:
    """What a contract says. Rates in basis points, amounts in minor units of the client's currency, calendar days."""

    commission_rules: list[dict[str, Any]]
    tax_bp: int
    tax_name: str = "IVA"
    remittance_kind: str = "net"
    remittance_day: int = 5
    max_discount_bp: int = 0
    max_instalments: int = 1
    min_instalment: int = 0
    instalment_grace_days: int = 3
    promise_grace_days: int = 1
    pay_to: str = "agency"
    share_debtors: bool = False


def add_client(
    work: Work, *, identity: Identity, place: Place, terms: Terms, valid_from: date, slug: str = "", logo: bytes = b""
) -> UUID:
    """A new client with its first contract; you get its id. The short name is made from the name unless given."""
    told = {**asdict(identity), "brand_color": readable_brand(identity.brand_color)}
    client_id = create_client(work, slug=slug or _free_slug(work, identity.name), **asdict(place), **told)
    set_terms(work, client_id=client_id, valid_from=valid_from, terms=terms)
    if logo:
        keep_logo(work, client_by_id(work, client_id), logo)
    return client_id


def keep_logo(work: Work, client: Client, data: bytes) -> None:
    """Show this picture with the client's name from now on. PNG and JPEG up to 1 MB, told by their first bytes."""
    media_type = next((kind for sign, kind in _PICTURES.items() if data.startswith(sign)), "")
    if not media_type:
        raise Invalid(msg("El logotipo debe ser una imagen PNG o JPEG."))
    if len(data) > LOGO_BYTES:
        raise Invalid(msg("El logotipo pesa más de 1 MB. Guárdalo más pequeño y súbelo otra vez."))
    name = "logo.png" if media_type == "image/png" else "logo.jpg"
    row = keep_file(work, name=name, media_type=media_type, data=data, client_id=client.id, visibility="debtor")
    change_client(work, client, logo_file_id=row.id)


def _free_slug(work: Work, name: str) -> str:
    plain = unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
    base = "-".join(re.findall(r"[a-z0-9]+", plain)[:3])[:40] or "cliente"
    taken = set(work.session.scalars(select(Client.slug).where(Client.agency_id == work.agency_id)))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


class BadStart(Invalid):
    """Terms cannot hold from that day."""

    code = "clients.bad_start"


def _check_start(work: Work, client_id: UUID, valid_from: date) -> None:
    if valid_from < OLDEST_TERMS:
        raise BadStart(msg("Un contrato no puede valer desde antes del año 2000."))
    today = work.today(ZoneInfo(client_by_id(work, client_id).time_zone))
    in_force = work.session.scalar(
        select(func.max(Contract.valid_from)).where(
            Contract.agency_id == work.agency_id, Contract.client_id == client_id, Contract.valid_from <= today
        )
    )
    if in_force is not None and valid_from < in_force:
        raise BadStart(msg("La versión vigente vale desde el {day}: la nueva no puede empezar antes."), day=in_force)


def set_terms(work: Work, *, client_id: UUID, valid_from: date, terms: Terms) -> UUID:
    """A new version of a client's contract, in force from a day; older versions stay for what they governed."""
    _check_start(work, client_id, valid_from)
    check_rules(terms.commission_rules)
    if terms.max_instalments > 1 and terms.min_instalment <= 0:
        raise Invalid(msg("Con varios pagos hace falta un pago mínimo mayor que cero."))
    last = work.session.scalar(
        select(func.max(Contract.version)).where(Contract.agency_id == work.agency_id, Contract.client_id == client_id)
    )
    contract = Contract(
        agency_id=work.agency_id,
        client_id=client_id,
        id=new_id(),
        version=(last or 0) + 1,
        valid_from=valid_from,
        created_at=work.now(),
        created_by=work.principal.person_id,
        **asdict(terms),
    )
    work.add(contract)
    work.flush()
    work.audit("contract.set", client_id=client_id, version=contract.version, valid_from=valid_from.isoformat())
    return contract.id


def change_client(work: Work, client: Client, **changes: Any) -> None:
    """Change what is known of a client (name, address, account, brand colour, logo, language)."""
    changed = {}
    for name, value in changes.items():
        if getattr(client, name) != value:
            setattr(client, name, value)
            changed[name] = str(value)
    if changed:
        work.audit("client.changed", client_id=client.id, fields=sorted(changed))
    work.flush()


def readable_brand(color: str) -> str:
    """A brand colour on which white text reads (WCAG 1.4.3, 4.5:1): darkened until it does; reds are refused for the
    pay button by the page that draws it. Anything but #rrggbb is refused."""
    text = color.strip().lower()
    if len(text) != 7 or text[0] != "#" or any(c not in "0123456789abcdef" for c in text[1:]):
        raise Invalid(msg("El color se escribe como #0b7285."))
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    while _contrast_with_white(red, green, blue) < 4.5:
        red, green, blue = (int(part * 0.95) for part in (red, green, blue))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _contrast_with_white(red: int, green: int, blue: int) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    return 1.05 / (luminance + 0.05)
