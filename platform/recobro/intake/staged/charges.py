"""Charges: what the client adds to a debt that is here. They are claimed from now on; what was handed over stays."""

from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.tables import Debt, DebtComponent
from tenants.work import Work

CHARGED = msg("Cargo de {amount} a {reference}")


def charge(work: Work, *, debt_id: UUID, component: str, amount: Money, key: str, note: str = "") -> None:
    """Add to a component of an open debt, which it may not have had before; history keeps it under `key`. What may be
    charged at all the caller sees to."""
    debt = work.session.scalars(
        select(Debt)
        .where(Debt.agency_id == work.agency_id, Debt.id == debt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    case = cases.open_case(work, debt.case_id, lock=True)
    part = work.session.scalar(
        select(DebtComponent)
        .where(
            DebtComponent.agency_id == work.agency_id, DebtComponent.debt_id == debt_id, DebtComponent.kind == component
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if part is None:
        part = DebtComponent(
            agency_id=work.agency_id, client_id=debt.client_id, id=new_id(), debt_id=debt_id, kind=component,
            charged=0, owed=0, forgiven=0,
        )  # fmt: skip
        work.add(part)
    part.charged += amount.minor
    part.owed += amount.minor
    debt.balance += amount.minor
    cases.refresh_balances(work, [case.id])
    cases.note_event(
        work, case, kind="placement", title=CHARGED, body=note, tone="warn", visibility="client", ref_table="charges",
        ref_id=debt_id, amount={"minor": amount.minor, "currency": amount.currency}, reference=debt.reference, key=key,
        component=component,
    )  # fmt: skip
    work.audit(
        "debt.charged",
        case_id=case.id,
        reference=debt.reference,
        amount=amount.minor,
        currency=amount.currency,
        key=key,
    )
