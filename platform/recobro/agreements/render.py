"""The agreement as a document: what was agreed, who accepted it and how that is known."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from recobro.agreements.service import instalments_of, open_agreement
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.debtors.tables import Debtor
from recobro.documents import render_document
from recobro.files import keep_file
from tenants.service import agency_of, client_by_id
from tenants.tables import File
from tenants.work import Work


def keep_document(work: Work, agreement_id: UUID) -> File:
    """Render an accepted agreement as PDF and keep it; its SHA-256 is on the file's row."""
    agreement = open_agreement(work, agreement_id)
    case = cases.open_case(work, agreement.case_id)
    debtor = work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()
    client = client_by_id(work, agreement.client_id)
    data = render_document(
        "documents/agreement.html",
        agency=agency_of(work),
        client=client,
        title=agreement.number,
        locale=debtor.locale,
        home=agreement.currency,
        zone=ZoneInfo(debtor.time_zone),
        agreement=agreement,
        debtor=debtor,
        case=case,
        debts=case_queries.debts(work, case.id, only_open=True),
        parts=[
            (part.position, part.due_on, Money(part.amount, agreement.currency))
            for part in instalments_of(work, agreement.id)
        ],
        balance=Money(agreement.balance, agreement.currency),
        discount=Money(agreement.discount, agreement.currency),
        total=Money(agreement.total, agreement.currency),
    )
    return keep_file(
        work,
        name=f"convenio-{agreement.number}.pdf",
        media_type="application/pdf",
        data=data,
        client_id=agreement.client_id,
        case_id=agreement.case_id,
        visibility="debtor",
    )
