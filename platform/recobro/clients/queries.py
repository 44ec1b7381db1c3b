"""What is known of clients and their contracts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, text

from kernel.money import Money
from kernel.problems import Conflict
from kernel.text import msg
from legal.rules.facts import Receiver
from recobro.clients.tables import Contract
from tenants.tables import Client, Membership
from tenants.work import Work


class NoContract(Conflict):
    """The client has no contract in force on that day."""

    code = "clients.no_contract"


def contract_in_force(work: Work, client_id: UUID, on: date) -> Contract:
    """The terms of a client on a day: of those in force by then, the newest; NoContract when there are none."""
    found = work.session.scalar(
        select(Contract)
        .where(Contract.agency_id == work.agency_id, Contract.client_id == client_id, Contract.valid_from <= on)
        .order_by(Contract.valid_from.desc(), Contract.version.desc())
        .limit(1)
    )
    if found is None:
        raise NoContract(msg("El cliente no tiene un contrato vigente el {on}."), on=on.isoformat())
    return found


RECEIVERS = {"agency": Receiver.AGENCY, "client": Receiver.CREDITOR}
"""Whom debtors pay by a contract's `pay_to`, in the words of the law."""


def receivers(work: Work, client_ids: Collection[UUID], on: date) -> dict[UUID, Receiver]:
    """Whom the debtors of these clients pay on a day, by the contract in force; without one, the agency takes it."""
    rows = work.session.execute(
        select(Contract.client_id, Contract.pay_to)
        .where(Contract.agency_id == work.agency_id, Contract.client_id.in_(client_ids), Contract.valid_from <= on)
        .order_by(Contract.valid_from, Contract.version)
    )
    # The latest in force is told last.
    told = {client_id: RECEIVERS[pay_to] for client_id, pay_to in rows}
    return {client_id: told.get(client_id, Receiver.AGENCY) for client_id in client_ids}


@dataclass(frozen=True)
class Volume:
    """What a client has with the agency: cases that are worked, what they owe and what came in, one sum a currency."""

    open_cases: int = 0
    cases: int = 0
    owed: Sequence[Money] = ()
    recovered: Sequence[Money] = ()


@dataclass(frozen=True)
class ClientRow:
    """A client as the list shows it; `contract` is None while none is in force."""

    client: Client
    volume: Volume
    contract: Contract | None


def list_clients(work: Work) -> list[ClientRow]:
    """Every client by name, with its volume and the terms in force today."""
    clients = work.session.scalars(
        select(Client).where(Client.agency_id == work.agency_id).order_by(Client.status, Client.name)
    ).all()
    volumes = volumes_of(work)
    contracts = {
        row.client_id: row
        for row in work.session.scalars(
            select(Contract)
            .where(Contract.agency_id == work.agency_id, Contract.valid_from <= work.now().date())
            .order_by(Contract.valid_from, Contract.version)
        )
    }
    return [ClientRow(c, volumes.get(c.id, Volume()), contracts.get(c.id)) for c in clients]


# Named as SQL, not by their classes: the features of cases and payments stand on this one.
_CASES = """
SELECT client_id, count(*) FILTER (WHERE stage <> 'closed'), count(*) FROM cases WHERE agency_id = :agency
GROUP BY client_id
"""
_OWED = """
SELECT b.client_id, b.currency, sum(b.balance) FROM case_balances b
JOIN cases c ON c.agency_id = b.agency_id AND c.id = b.case_id
WHERE b.agency_id = :agency AND c.stage <> 'closed' AND b.balance > 0
GROUP BY b.client_id, b.currency ORDER BY sum(b.balance) DESC
"""
_RECOVERED = """
SELECT client_id, currency, sum(applied) FROM payments
WHERE agency_id = :agency AND state = 'posted' AND received_on > :since
GROUP BY client_id, currency ORDER BY sum(applied) DESC
"""


def volumes_of(work: Work) -> dict[UUID, Volume]:
    """The volume of every client the principal sees; what came in counts for the last 365 days."""
    agency = {"agency": work.agency_id}
    owed: dict[UUID, list[Money]] = {}
    recovered: dict[UUID, list[Money]] = {}
    for client_id, currency, amount in work.session.execute(text(_OWED), agency):
        owed.setdefault(client_id, []).append(Money(int(amount), currency))
    since = work.now().date() - timedelta(days=365)
    for client_id, currency, amount in work.session.execute(text(_RECOVERED), {**agency, "since": since}):
        recovered.setdefault(client_id, []).append(Money(int(amount), currency))
    return {
        client_id: Volume(open_cases, cases, owed.get(client_id, ()), recovered.get(client_id, ()))
        for client_id, open_cases, cases in work.session.execute(text(_CASES), agency)
    }


def versions(work: Work, client_id: UUID) -> Sequence[Contract]:
    """Every version of a client's contract, the newest first."""
    return work.session.scalars(
        select(Contract)
        .where(Contract.agency_id == work.agency_id, Contract.client_id == client_id)
        .order_by(Contract.version.desc())
    ).all()


def people_of(work: Work, client_id: UUID) -> Sequence[Membership]:
    """The client's own people who may come in, by name."""
    return work.session.scalars(
        select(Membership)
        .where(Membership.agency_id == work.agency_id, Membership.client_id == client_id)
        .order_by(Membership.status, Membership.name)
    ).all()
