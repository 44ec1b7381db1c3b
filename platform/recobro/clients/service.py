"""Adding a client with its contract, and changing the terms from a day on."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg
from recobro.clients.tables import Contract
from recobro.commissions.rules import check_rules
from tenants.tables import Client
from tenants.work import Work


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


def set_terms(work: Work, *, client_id: UUID, valid_from: date, terms: Terms) -> UUID:
    """A new version of a client's contract, in force from a day; older versions stay for what they governed."""
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
