"""Closing a client's period, and paying over what is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.clients.queries import contract_in_force
from recobro.ledger import service as ledger
from recobro.ledger.rules import Account, EntryKind
from recobro.remittances.rules import (
    Effect,
    Sums,
    add_up,
    offset_of,
    offset_postings,
    pay_over_postings,
    top_up_of,
    top_up_postings,
    withdrawal_postings,
)
from recobro.remittances.tables import Remittance, RemittanceEntry
from tenants.service import client_by_id, next_number
from tenants.work import Work


class PeriodClosed(Conflict):
    """A later day of this client is already on a statement."""

    code = "remittances.period_closed"


class TransferPending(Conflict):
    """The statement before was closed and not paid over yet."""

    code = "remittances.transfer_pending"


class AlreadyPaid(Conflict):
    """The statement was paid over before."""

    code = "remittances.already_paid"


@dataclass(frozen=True)
class Preview:
    """What closing would give: the figures, the days, what fees would take out of the client's money (`offset`), and
    what the agency would give back into it (`top_up`)."""

    currency: str
    period_from: date
    period_to: date
    sums: Sums
    offset: int
    top_up: int
    payments: int


def open_remittance(work: Work, remittance_id: UUID, *, lock: bool = False) -> Remittance:
    """One statement of the principal's; missing and foreign are the same."""
    query = select(Remittance).where(Remittance.agency_id == work.agency_id, Remittance.id == remittance_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Esa remesa no existe o no es tuya."))
    return found


def currencies_of(work: Work, client_id: UUID) -> list[str]:
    """The currencies in which there is something on a client's accounts, the client's own first."""
    rows = work.session.execute(
        text("SELECT DISTINCT currency FROM ledger_accounts WHERE agency_id = :agency AND client_id = :client"),
        {"agency": work.agency_id, "client": client_id},
    )
    own = client_by_id(work, client_id).currency
    return sorted((currency for (currency,) in rows), key=lambda currency: (currency != own, currency)) or [own]


def last_remittance(work: Work, client_id: UUID, currency: str) -> Remittance | None:
    """The latest statement of a client in a currency."""
    return work.session.scalar(
        select(Remittance)
        .where(
            Remittance.agency_id == work.agency_id,
            Remittance.client_id == client_id,
            Remittance.currency == currency,
        )
        .order_by(Remittance.period_to.desc())
        .limit(1)
    )


def preview(work: Work, *, client_id: UUID, currency: str, period_to: date) -> Preview:
    """What closing up to a day would give; nothing is kept. A day that is already on a statement is refused."""
    last = last_remittance(work, client_id, currency)
    if last is not None and period_to <= last.period_to:
        raise PeriodClosed(
            msg("El periodo ya está cerrado hasta el {day} (remesa {number})."),
            day=last.period_to.isoformat(),
            number=last.number,
        )
    if last is not None and last.state != "paid" and (last.net or last.offset_amount):
        # Two open statements would both ask for the same money: the later one opens with what the earlier one closes.
        raise TransferPending(
            msg("La remesa {number} está por pagar. Registra antes su transferencia."), number=last.number
        )
    zone = ZoneInfo(client_by_id(work, client_id).time_zone)
    if period_to >= work.today(zone):
        raise Invalid(msg("Solo se cierra un periodo que ya terminó."))
    effects = _effects(work, client_id, currency, period_to)
    begins = last.period_to + timedelta(days=1) if last else min([e.on for e in effects], default=period_to)
    before_payable, before_receivable = _on_statements(work, client_id, currency)
    payable = before_payable + sum(effect.payable for effect in effects)
    receivable = before_receivable + sum(effect.receivable for effect in effects)
    return Preview(
        currency=currency,
        period_from=min(begins, period_to),
        period_to=period_to,
        sums=add_up(last.closing if last else 0, effects),
        offset=offset_of(payable, receivable),
        top_up=top_up_of(receivable),
        payments=sum(1 for effect in effects if effect.kind is EntryKind.PAYMENT),
    )


def close_period(work: Work, *, client_id: UUID, currency: str, period_to: date) -> Remittance:
    """Close a client's period up to a day: every entry of the client that is on no statement yet goes on this one.

    Closing the same period again gives the same statement. What comes later, also when it counts for an earlier day,
    goes on the next. Documents follow in a job.
    """
    # Held until the end: nobody pays in, or closes, for this client and currency meanwhile.
    ledger.held(work, Account.CLIENT_PAYABLE, currency, client_id)
    same = work.session.scalar(
        select(Remittance).where(
            Remittance.agency_id == work.agency_id,
            Remittance.client_id == client_id,
            Remittance.currency == currency,
            Remittance.period_to == period_to,
        )
    )
    if same is not None:
        return same
    seen = preview(work, client_id=client_id, currency=currency, period_to=period_to)
    contract = contract_in_force(work, client_id, period_to)
    year = period_to.year
    number = f"M-{year}-{next_number(work, f'remittances-{year}'):05d}"
    entries = list(seen.sums.entries)
    if seen.offset or seen.top_up:
        postings = (
            offset_postings(client_id, Money(seen.offset, currency))
            if seen.offset
            else top_up_postings(client_id, Money(seen.top_up, currency))
        )
        entries.append(
            ledger.post(
                work,
                kind=EntryKind.OFFSET,
                key=f"remittance:{number}:offset",
                postings=postings,
                on=period_to,
                client_id=client_id,
                details={"number": number},
            )
        )
    sums = seen.sums
    direct = _collected_direct(work, client_id, currency, entries)
    remittance = Remittance(
        agency_id=work.agency_id, client_id=client_id, id=new_id(), number=number, currency=currency,
        kind=contract.remittance_kind, period_from=seen.period_from, period_to=period_to, opening=sums.opening,
        collected=sums.collected, collected_direct=direct, commission=sums.commission, tax=sums.tax, costs=sums.costs,
        paid_over=sums.paid_over, other=sums.other, closing=sums.closing, net=sums.net, offset_amount=seen.offset,
        payment_count=seen.payments, closed_at=work.now(), closed_by=work.principal.name,
    )  # fmt: skip
    work.add(remittance)
    work.flush()
    work.session.add_all(
        RemittanceEntry(
            agency_id=work.agency_id,
            entry_id=entry_id,
            currency=currency,
            client_id=client_id,
            remittance_id=remittance.id,
            position=position,
        )
        for position, entry_id in enumerate(entries, 1)
    )
    work.flush()
    work.outbox.add("remittances.documents", remittance_id=remittance.id)
    work.audit(
        "remittance.closed", remittance_id=remittance.id, number=number, net=sums.net, currency=currency,
        period_to=period_to.isoformat(),
    )  # fmt: skip
    return remittance


def pay_over(work: Work, remittance_id: UUID, *, on: date, reference: str) -> None:
    """The transfer to the client was made, and the agency took its fees out of the trust account.

    When a payment was taken back after the close, only what is still there was transferred (`paid_amount`): the rest
    met the reversal, as the next statement shows.
    """
    remittance = open_remittance(work, remittance_id, lock=True)
    if remittance.state == "paid":
        raise AlreadyPaid(msg("La remesa {number} ya se pagó."), number=remittance.number)
    if on > work.today(ZoneInfo("Etc/GMT-14")):
        raise Invalid(msg("El día del pago no puede ser futuro."))
    currency = remittance.currency
    details = {"number": remittance.number}
    there = -ledger.held(work, Account.CLIENT_PAYABLE, currency, remittance.client_id)
    paid = min(Money(remittance.net, currency), there)
    if paid:
        ledger.post(
            work,
            kind=EntryKind.REMITTANCE_PAID,
            key=f"remittance:{remittance.number}:paid",
            postings=pay_over_postings(remittance.client_id, paid),
            on=on,
            client_id=remittance.client_id,
            ref=("remittances", remittance.id),
            details=details,
        )
    if remittance.offset_amount:
        ledger.post(
            work,
            kind=EntryKind.WITHDRAWAL,
            key=f"remittance:{remittance.number}:withdrawn",
            postings=withdrawal_postings(Money(remittance.offset_amount, currency)),
            on=on,
            client_id=remittance.client_id,
            ref=("remittances", remittance.id),
            details=details,
        )
    remittance.state = "paid"
    remittance.paid_amount = paid.minor
    remittance.paid_on = on
    remittance.paid_by = work.principal.name
    remittance.paid_reference = reference
    work.flush()
    work.audit("remittance.paid", remittance_id=remittance.id, net=remittance.net, paid=paid.minor, currency=currency)


_EFFECTS = """
SELECT e.id, e.kind, e."on",
       coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'client_payable' AND a.client_id = :client), 0),
       coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'client_receivable' AND a.client_id = :client), 0),
       coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'commission_earned'), 0),
       coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'tax_payable'), 0)
FROM ledger_entries e
JOIN ledger_postings p ON p.agency_id = e.agency_id AND p.entry_id = e.id AND p.currency = :currency
JOIN ledger_accounts a ON a.agency_id = p.agency_id AND a.id = p.account_id
WHERE e.agency_id = :agency AND e.client_id = :client
  -- The transfer of the statement before settles this one's opening, also when it was made after this period.
  AND (e."on" <= :until OR e.kind = 'remittance_paid')
  AND e.kind <> 'withdrawal'
  AND NOT EXISTS (SELECT 1 FROM remittance_entries r
                  WHERE r.agency_id = e.agency_id AND r.entry_id = e.id AND r.currency = :currency)
GROUP BY e.id, e.kind, e."on"
ORDER BY e."on", e.id
"""


def _effects(work: Work, client_id: UUID, currency: str, until: date) -> list[Effect]:
    work.flush()
    rows = work.session.execute(
        text(_EFFECTS), {"agency": work.agency_id, "client": client_id, "currency": currency, "until": until}
    )
    return [
        Effect(entry_id, EntryKind(kind), on, int(payable), int(receivable), int(commission), int(tax))
        for entry_id, kind, on, payable, receivable, commission, tax in rows
    ]


_ON_STATEMENTS = """
SELECT coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'client_payable'), 0),
       coalesce(sum(-p.amount) FILTER (WHERE a.kind = 'client_receivable'), 0)
FROM remittance_entries r
JOIN ledger_postings p ON p.agency_id = r.agency_id AND p.entry_id = r.entry_id AND p.currency = r.currency
JOIN ledger_accounts a ON a.agency_id = p.agency_id AND a.id = p.account_id
WHERE r.agency_id = :agency AND r.client_id = :client AND r.currency = :currency AND a.client_id = :client
"""


def _on_statements(work: Work, client_id: UUID, currency: str) -> tuple[int, int]:
    row = work.session.execute(
        text(_ON_STATEMENTS), {"agency": work.agency_id, "client": client_id, "currency": currency}
    ).one()
    return int(row[0]), int(row[1])


def _collected_direct(work: Work, client_id: UUID, currency: str, entries: list[UUID]) -> int:
    found = work.session.scalar(
        text(
            "SELECT coalesce(sum(CASE WHEN e.reverses IS NULL THEN p.applied ELSE -p.applied END), 0)"
            " FROM payments p JOIN ledger_entries e ON e.agency_id = p.agency_id"
            " AND e.id IN (p.entry_id, p.reversal_entry_id)"
            " WHERE p.agency_id = :agency AND p.client_id = :client AND p.currency = :currency"
            " AND p.direction = 'to_client' AND e.id = ANY(CAST(:entries AS uuid[]))"
        ),
        {"agency": work.agency_id, "client": client_id, "currency": currency, "entries": entries},
    )
    return int(found or 0)
