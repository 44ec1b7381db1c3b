"""What is done to a dispute, and noting a validation notice, with their lines of history and of audit."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import total
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records import disputes
from legal.records.disputes import Terms
from legal.records.tables import Dispute, ValidationNotice
from legal.rules.calendar import region_named
from legal.rules.duties.validation import NoSuchDuty, SentNotice, validation
from legal.rules.facts import Channel
from legal.rules.packs.loading import pack_of
from recobro.cases import service as cases
from recobro.cases.queries import debts
from recobro.cases.tables import Case
from recobro.consents.service import Document
from recobro.debtors.rules import claim_of
from recobro.debtors.tables import Debtor
from recobro.files import keep_proof
from recobro.notices.tables import Notice
from tenants.work import Work


class Misdescribed(Invalid):
    """What cannot be of a dispute; `details.field` says where it was written."""

    code = "dispute.misdescribed"


def describe(work: Work, case_id: UUID, dispute_id: UUID, terms: Terms) -> None:
    """Say what is contested, how and when it came.

    Refused: an amount that is none or more than the debts it is about, a day before any of them was.
    """
    case, _ = _both(work, case_id, dispute_id)
    _check_terms(work, case, terms)
    disputes.describe(work, dispute_id, terms, today=_today(work, case))
    work.audit("dispute.described", case_id=case.id, dispute_id=dispute_id)


def _check_terms(work: Work, case: Case, terms: Terms) -> None:
    every = debts(work, case.id)
    about = [one for one in every if not terms.debts or one.reference in terms.debts]
    if terms.amount is not None and about:
        most = total((max(one.original, one.balance) for one in about), terms.amount.currency)
        if not 0 < terms.amount.minor <= most.minor:
            raise Misdescribed(msg("El importe es mayor que cero y hasta {most}, lo que suman sus facturas."),
                               field="amount", most=most)  # fmt: skip
    # Who does not tell the day of a bill seldom gives more than a year to pay it.
    first = min((one.issued_on or one.due_on - timedelta(days=366) for one in every), default=None)
    if terms.received_on is not None and first is not None and terms.received_on < first:
        raise Misdescribed(msg("Ese día no había ninguna de estas deudas."), field="received_on")


def verify(work: Work, case_id: UUID, dispute_id: UUID, *, sent_on: date) -> None:
    """The proof of the debt was sent to the debtor."""
    case, _ = _both(work, case_id, dispute_id)
    disputes.note_verification(work, dispute_id, sent_on=sent_on, today=_today(work, case))
    cases.note_event(work, case, kind="flag", title=msg("Se envió la comprobación del adeudo"), tone="info",
                     ref_table="disputes", ref_id=dispute_id)  # fmt: skip
    work.audit("dispute.verified", case_id=case.id, dispute_id=dispute_id)


def answer(
    work: Work, case_id: UUID, dispute_id: UUID, *, answered_on: date, text: str, document: Document | None = None
) -> None:
    """The dispute was answered; whether work goes on is for who closes its flag to say."""
    case, _ = _both(work, case_id, dispute_id)
    if not text.strip() and document is None:
        raise Invalid(msg("Escribe qué se respondió o adjunta la respuesta."))
    kept = None
    if document is not None:
        kept = keep_proof(work, name=document.name, data=document.data, client_id=case.client_id, case_id=case.id)
    disputes.note_answer(
        work, dispute_id, answered_on=answered_on, answer=text, today=_today(work, case),
        file_id=kept.id if kept else None,
    )  # fmt: skip
    cases.note_event(work, case, kind="flag", title=msg("Aclaración respondida"), body=text.strip(), tone="info",
                     ref_table="disputes", ref_id=dispute_id)  # fmt: skip
    work.audit("dispute.answered", case_id=case.id, dispute_id=dispute_id)


def _both(work: Work, case_id: UUID, dispute_id: UUID) -> tuple[Case, Dispute]:
    case, dispute = cases.open_case(work, case_id), disputes.dispute_of(work, dispute_id)
    if dispute.case_id != case.id:
        raise NotFound(msg("Esa aclaración no existe o no es tuya."))
    return case, dispute


def _debtor(work: Work, case: Case) -> Debtor:
    return work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()


def _today(work: Work, case: Case) -> date:
    return work.today(ZoneInfo(_debtor(work, case).time_zone))


def note_validation(
    work: Work, case_id: UUID, *, channel: Channel, provided_on: date, notice_id: UUID | None = None
) -> ValidationNotice:
    """A validation notice was sent; where the debtor's place has a period to contest, its end is reckoned and kept."""
    case = cases.open_case(work, case_id)
    debtor = _debtor(work, case)
    if provided_on > work.today(ZoneInfo(debtor.time_zone)):
        raise Invalid(msg("Ese día no ha llegado."))
    if notice_id is not None and work.session.scalar(
        select(Notice.case_id).where(Notice.agency_id == work.agency_id, Notice.id == notice_id)
    ) != case.id:  # fmt: skip
        raise NotFound(msg("Ese aviso no es de este caso."))
    row = ValidationNotice(
        agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id, debtor_id=debtor.id,
        notice_id=notice_id, channel=channel.value, provided_on=provided_on, by=work.principal.name,
        noted_at=work.now(),
    )  # fmt: skip
    _reckon(row, debtor)
    work.add(row)
    cases.note_event(
        work, case, kind="notice", title=msg("Aviso de validación entregado el {day}"), day=provided_on.isoformat(),
        ref_table="validation_notices", ref_id=row.id,
    )  # fmt: skip
    work.audit("validation.noted", case_id=case.id)
    work.flush()
    return row


def _reckon(row: ValidationNotice, debtor: Debtor) -> None:
    """Its period by the law of the debtor's place; where that has none, nothing is invented."""
    pack = pack_of(debtor.country, region_named(debtor.country, debtor.region))
    claim = claim_of(debtor.kind)
    try:
        found = validation([SentNotice(row.provided_on)], pack=pack, claim=claim, on=row.provided_on)
    except NoSuchDuty:
        return
    row.assumed_receipt_on, row.period_ends_on = found.receipt, found.end
    row.pack_id, row.pack_version, row.rule_id = pack.id, pack.version, found.rule.id
