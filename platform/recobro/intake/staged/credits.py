"""Credit notes: what the client itself lets off a debt. No payment, no commission: less was ever owed."""

from uuid import UUID

from sqlalchemy import select

from kernel.money import Money
from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Debt, DebtComponent
from tenants.work import Work

# What an invoice is made of first, what was added to it later last.
_ORDER = ("principal", "tax", "contractual_interest", "default_interest", "cost", "fee")
CREDITED = msg("Nota de crédito {document}: {amount} menos")
PAID_BEFORE = msg("Pagado al cliente antes de la entrega, según {document}: {amount} menos")


def credit(work: Work, *, debt_id: UUID, amount: Money, key: str, document: str, title: str = CREDITED) -> None:
    """Take a credit off an open debt, no more than it owes (the caller sees to that); history keeps it under `key`.

    A debt that owes nothing more is settled, and its case, when that was all, closed.
    """
    debt = work.session.scalars(
        select(Debt).where(Debt.agency_id == work.agency_id, Debt.id == debt_id).with_for_update()
    ).one()
    case = cases.open_case(work, debt.case_id, lock=True)
    components = work.session.scalars(
        select(DebtComponent)
        .where(DebtComponent.agency_id == work.agency_id, DebtComponent.debt_id == debt_id, DebtComponent.owed > 0)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    left = min(amount.minor, debt.balance)
    parts: dict[str, int] = {}
    for component in sorted(components, key=lambda one: _ORDER.index(one.kind)):
        part = min(component.owed, left)
        component.owed -= part
        component.charged -= part
        parts[component.kind] = part
        left -= part
    debt.balance -= amount.minor - left
    if not debt.balance:
        debt.state = "settled"
    cases.refresh_balances(work, [case.id])
    cases.note_event(
        work, case, kind="placement", title=title, tone="ok", visibility="client", ref_table="credits",
        ref_id=debt_id, amount={"minor": amount.minor, "currency": amount.currency}, document=document, key=key,
        reference=debt.reference, parts={kind: part for kind, part in parts.items() if part},
    )  # fmt: skip
    if case.debt_count == 0 and case.stage != Stage.CLOSED:
        cases.move(work, case, Move.CLOSE, why=document, close_code=CloseCode.SETTLED)
    work.audit("debt.credited", debt_id=debt_id, amount=amount.minor, currency=amount.currency, key=key)
