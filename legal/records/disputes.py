"""What is contested and what was answered, and the notices that tell a debtor how to contest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records.consents import Whose
from legal.records.tables import Dispute, ValidationNotice
from tenants.work import Work

DISPUTE_KINDS: Mapping[str, str] = {
    "not_owed": msg("No reconoce la deuda"),
    "amount": msg("No está de acuerdo con el importe"),
    "paid": msg("Dice que ya pagó"),
    "quality": msg("Reclama lo vendido o el servicio"),
    "identity": msg("Dice que no es esa persona"),
    "first_creditor": msg("Pregunta quién era el acreedor original"),
    "other": msg("Otra cosa"),
}
MEDIA: Mapping[str, str] = {"written": msg("Por escrito"), "oral": msg("De palabra")}


@dataclass(frozen=True)
class Terms:
    """What a dispute is: its kind, whether in writing, when it came, which debts and how much of them."""

    kind: str = "other"
    medium: str = "written"
    received_on: date | None = None
    debts: Sequence[str] = ()
    amount: Money | None = None
    words: str = ""


def note_dispute(work: Work, whose: Whose, *, flag_id: UUID, terms: Terms, today: date) -> UUID:
    """Write down what stands behind a dispute's flag."""
    return note_disputes(work, [Raised(whose, flag_id, terms)], today=today)[0]


@dataclass(frozen=True)
class Raised:
    """One dispute that was opened: whose, by which flag, in what terms."""

    whose: Whose
    flag_id: UUID
    terms: Terms


def note_disputes(work: Work, raised: Sequence[Raised], *, today: date, by: str = "") -> list[UUID]:
    """The same for many at once; `by` is who opened them, the principal unless said."""
    rows = [
        Dispute(
            agency_id=work.agency_id, client_id=one.whose.client_id, id=new_id(), case_id=one.whose.case_id,
            debtor_id=one.whose.debtor_id, flag_id=one.flag_id, noted_at=work.now(), by=by or work.principal.name,
        )
        for one in raised
    ]  # fmt: skip
    for row, one in zip(rows, raised, strict=True):
        _describe(row, one.terms, today)
    work.add(*rows)
    work.flush()
    return [row.id for row in rows]


def describe(work: Work, dispute_id: UUID, terms: Terms, *, today: date) -> Dispute:
    """Say more of a dispute than was known when it was opened."""
    row = dispute_of(work, dispute_id)
    _describe(row, terms, today)
    work.flush()
    return row


def _describe(row: Dispute, terms: Terms, today: date) -> None:
    if terms.kind not in DISPUTE_KINDS or terms.medium not in MEDIA:
        raise Invalid(msg("Elige qué reclama y si lo dijo por escrito."))
    received = terms.received_on or today
    _past(received, today)
    row.kind, row.medium, row.received_on = terms.kind, terms.medium, received
    row.debts = list(terms.debts)
    row.amount, row.currency = (terms.amount.minor, terms.amount.currency) if terms.amount else (None, None)
    row.words = terms.words.strip()


def note_verification(work: Work, dispute_id: UUID, *, sent_on: date, today: date) -> Dispute:
    """The proof of the debt was sent."""
    row = dispute_of(work, dispute_id)
    _after(sent_on, row.received_on, today)
    row.verification_sent_on = sent_on
    work.flush()
    return row


def note_answer(
    work: Work, dispute_id: UUID, *, answered_on: date, answer: str, today: date, file_id: UUID | None = None
) -> Dispute:
    """The dispute was answered; the flag is taken down by whoever decides that work goes on."""
    row = dispute_of(work, dispute_id)
    _after(answered_on, row.received_on, today)
    row.answered_on, row.answer, row.answer_file_id = answered_on, answer.strip(), file_id
    work.flush()
    return row


def _past(day: date, today: date) -> None:
    if day > today:
        raise Invalid(msg("Ese día no ha llegado."))


def _after(day: date, received_on: date, today: date) -> None:
    _past(day, today)
    if day < received_on:
        raise Invalid(msg("Nadie responde antes de recibir."))


def dispute_of(work: Work, dispute_id: UUID) -> Dispute:
    """One dispute; missing and foreign are the same."""
    row = work.session.scalar(
        select(Dispute).where(Dispute.agency_id == work.agency_id, Dispute.id == dispute_id).with_for_update()
    )
    if row is None:
        raise NotFound(msg("Esa aclaración no existe o no es tuya."))
    return row


def disputes_of(work: Work, case_ids: Iterable[UUID]) -> Sequence[Dispute]:
    """The disputes of some cases, in the order in which they came."""
    return work.session.scalars(
        select(Dispute)
        .where(Dispute.agency_id == work.agency_id, Dispute.case_id.in_(list(case_ids)))
        .order_by(Dispute.received_on, Dispute.id)
    ).all()


def notices_of(work: Work, case_ids: Iterable[UUID]) -> Sequence[ValidationNotice]:
    """The validation notices of some cases, in the order in which they were sent."""
    return work.session.scalars(
        select(ValidationNotice)
        .where(ValidationNotice.agency_id == work.agency_id, ValidationNotice.case_id.in_(list(case_ids)))
        .order_by(ValidationNotice.provided_on, ValidationNotice.id)
    ).all()
