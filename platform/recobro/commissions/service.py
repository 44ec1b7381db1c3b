"""Keeping the lines of a commission, and taking them back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from recobro.clients.tables import Contract
from recobro.commissions.rules import Earned
from recobro.commissions.tables import CommissionLine
from tenants.work import Work


def keep_lines(work: Work, *, payment_id: UUID, entry_id: UUID, contract: Contract, earned: Sequence[Earned]) -> None:
    """Write down what was earned on a payment, with the entry that posted it."""
    work.session.add_all(
        CommissionLine(
            agency_id=work.agency_id,
            client_id=contract.client_id,
            id=new_id(),
            payment_id=payment_id,
            entry_id=entry_id,
            position=position,
            rule_id=line.rule.id,
            rule_label=line.rule.label,
            contract_version=contract.version,
            currency=line.currency,
            base=line.base,
            steps=[{"amount": step.amount, "rate_bp": step.rate_bp} for step in line.steps],
            how=line.rule.how or "",
            cap=line.rule.cap,
            minimum=line.rule.minimum,
            commission=line.commission,
            tax_name=contract.tax_name,
            tax_bp=line.tax_bp,
            tax=line.tax,
            inputs=dict(line.inputs),
            created_at=work.now(),
        )
        for position, line in enumerate(earned, 1)
    )


def lines_of(work: Work, payment_id: UUID) -> Sequence[CommissionLine]:
    """The commission lines of a payment, its reversals last."""
    return work.session.scalars(
        select(CommissionLine)
        .where(CommissionLine.agency_id == work.agency_id, CommissionLine.payment_id == payment_id)
        .order_by(CommissionLine.created_at, CommissionLine.position, CommissionLine.id)
    ).all()


def reverse_lines(work: Work, *, payment_id: UUID, entry_id: UUID) -> None:
    """Write the mirror of a payment's lines, with the entry that took the commission back."""
    for line in lines_of(work, payment_id):
        if line.reverses is not None:
            continue
        work.add(
            CommissionLine(
                agency_id=line.agency_id,
                client_id=line.client_id,
                id=new_id(),
                payment_id=payment_id,
                entry_id=entry_id,
                position=line.position,
                rule_id=line.rule_id,
                rule_label=line.rule_label,
                contract_version=line.contract_version,
                currency=line.currency,
                base=-line.base,
                steps=[{**step, "amount": -step["amount"]} for step in line.steps],
                how=line.how,
                cap=line.cap,
                minimum=line.minimum,
                commission=-line.commission,
                tax_name=line.tax_name,
                tax_bp=line.tax_bp,
                tax=-line.tax,
                inputs=line.inputs,
                reverses=line.id,
                created_at=work.now(),
            )
        )
    work.flush()
