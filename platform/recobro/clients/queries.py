"""What is known of clients and their contracts."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from kernel.problems import Conflict
from kernel.text import msg
from recobro.clients.tables import Contract
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
