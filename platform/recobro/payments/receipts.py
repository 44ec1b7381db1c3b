"""The debtor's receipt: what arrived, what it paid and in which order, what is still owed."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from recobro.cases import service as cases
from recobro.cases.tables import CaseBalance
from recobro.debtors.tables import Debtor
from recobro.documents import render_document
from recobro.files import keep_file
from recobro.payments import queries
from recobro.payments.lifecycle import COMPONENT_LABELS, METHOD_LABELS, Direction, Method, PaymentState
from recobro.payments.service import open_payment
from recobro.payments.tables import Payment
from recobro.web.translations import translations
from tenants.service import agency_of, client_by_id
from tenants.work import Work


def keep_receipt(work: Work, payment_id: UUID) -> None:
    """Make the receipt of a payment that stands and keep it for debtor and client; once."""
    payment = open_payment(work, payment_id)
    if payment.receipt_file_id is not None or payment.state == PaymentState.REVERSED:
        return
    data = receipt(work, payment)
    # The case before the payment, as who records and reverses: the file that is kept names the case.
    cases.open_case(work, payment.case_id, lock=True)
    payment = open_payment(work, payment_id, lock=True)
    if payment.receipt_file_id is not None or payment.state == PaymentState.REVERSED:
        return
    kept = keep_file(
        work,
        name=f"recibo-{payment.number}.pdf",
        media_type="application/pdf",
        data=data,
        client_id=payment.client_id,
        case_id=payment.case_id,
        visibility="debtor",
    )
    payment.receipt_file_id = kept.id
    work.flush()


def receipt(work: Work, payment: Payment) -> bytes:
    """The receipt as PDF, in the debtor's language and by the debtor's clock."""
    case = cases.open_case(work, payment.case_id)
    debtor = work.session.get_one(Debtor, (case.agency_id, case.debtor_id))
    client = client_by_id(work, payment.client_id)
    say = translations(debtor.locale).gettext
    rows = queries.allocation_rows(work, payment)
    balance = work.session.scalar(
        select(CaseBalance.balance).where(
            CaseBalance.agency_id == work.agency_id,
            CaseBalance.case_id == case.id,
            CaseBalance.currency == payment.currency,
        )
    )
    return render_document(
        "documents/receipt.html",
        agency=agency_of(work),
        client=client,
        title=payment.number,
        locale=debtor.locale,
        home=payment.currency,
        zone=ZoneInfo(debtor.time_zone),
        payment=payment,
        debtor=debtor,
        case=case,
        amount=Money(payment.amount, payment.currency),
        unapplied=Money(payment.unapplied, payment.currency),
        balance=Money(balance or 0, payment.currency),
        method=say(METHOD_LABELS[Method(payment.method)]),
        receiver=client.legal_name if payment.direction == Direction.TO_CLIENT else agency_of(work).legal_name,
        rows=[(row.reference, row.due_on, say(COMPONENT_LABELS[row.component]), row.amount) for row in rows],
        because=say(payment.because) if payment.because else "",
    )
