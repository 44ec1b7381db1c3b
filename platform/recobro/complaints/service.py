"""What is done with a complaint: recorded, given its day, answered, closed. While it is not closed, a flag is up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.rules.calendar import region_named
from legal.rules.duties.answers import AnswerDue, answer_due
from legal.rules.facts import CreditorType, DebtorKind
from legal.rules.packs.answer_kinds import Forum, Topic
from legal.rules.packs.loading import pack_of
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.tables import Case, CaseFlag
from recobro.complaints.rules import Outcome
from recobro.complaints.tables import Complaint, ComplaintEvent
from recobro.debtors.rules import claim_of
from recobro.debtors.tables import Debtor
from recobro.files import keep_proof
from tenants.service import client_by_id, next_number
from tenants.tables import File
from tenants.work import Work


@dataclass(frozen=True)
class Received:
    """What came: through whom, on what day, about what, in which words, under which folio."""

    forum: Forum
    received_on: date
    topics: Sequence[Topic]
    words: str
    reference: str = ""


@dataclass(frozen=True)
class Attached:
    """A document that came or went with it."""

    name: str
    data: bytes


def record(
    work: Work, case_id: UUID, received: Received, *, due_on: date | None = None, document: Attached | None = None
) -> Complaint:
    """Write a complaint down: contact stops, and the day to answer is what the law of the place says, or else what a
    person says. Earlier than the law is kept, later is refused; without either there is none until somebody sets it."""
    case = cases.open_case(work, case_id)
    today = _today(work, case)
    if received.received_on > today:
        raise Invalid(msg("Ese día no ha llegado."))
    if not received.topics or not received.words.strip():
        raise Invalid(msg("Di de qué se queja, con sus palabras."))
    law = due_of(work, case, received)
    due_on, rule = _day(received.received_on, due_on, law)
    row = Complaint(
        agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id, debtor_id=case.debtor_id,
        number=f"Q-{today.year}-{next_number(work, f'complaints-{today.year}'):05d}",
        regulator=received.forum.value, reference=received.reference.strip(), received_on=received.received_on,
        topics=[topic.value for topic in received.topics], words=received.words.strip(), due_on=due_on, due_rule=rule,
        recorded_at=work.now(), recorded_by=work.principal.name, flag_id=_flag_up(work, case, received.words.strip()),
    )  # fmt: skip
    work.add(row)
    work.flush()
    kept = _keep(work, row, document)
    _tell(work, row, "received", msg("Queja recibida"), body=row.words, file=kept)
    cases.note_event(
        work, case, kind="flag", title=msg("Queja {number} registrada"), number=row.number, tone="warn",
        ref_table="complaints", ref_id=row.id,
    )  # fmt: skip
    work.audit("complaint.recorded", complaint_id=row.id, case_id=case.id, regulator=row.regulator)
    return row


def due_of(work: Work, case: Case, received: Received) -> AnswerDue | None:
    """The day that the law of the debtor's place gives to answer such a complaint, with its rule."""
    debtor = _debtor(work, case)
    return answer_due(
        received.received_on,
        pack=pack_of(debtor.country, region_named(debtor.country, debtor.region)),
        forum=received.forum,
        topics=received.topics,
        debtor=DebtorKind(debtor.kind),
        claim=claim_of(debtor.kind),
        creditor_type=CreditorType(client_by_id(work, case.client_id).creditor_type),
    )


def _day(received_on: date, told: date | None, law: AnswerDue | None) -> tuple[date | None, str]:
    """The day to answer, and the rule it rests on (empty: a person's word)."""
    if told is not None and told < received_on:
        raise Invalid(msg("El plazo termina después de recibir la queja."))
    if law is None:
        return told, ""
    if told is None or told == law.due_on:
        return law.due_on, law.rule.id
    if told > (law.longer or law.due_on):
        raise Invalid(msg("La ley pide responder a más tardar el {day}."), day=law.due_on.isoformat())
    return told, "" if told < law.due_on else law.rule.id


def _flag_up(work: Work, case: Case, why: str) -> UUID:
    """The flag that stops contact: the one that is up already, or a new one."""
    up = work.session.scalar(
        select(CaseFlag.id)
        .where(
            CaseFlag.agency_id == work.agency_id,
            CaseFlag.case_id == case.id,
            CaseFlag.kind == "complaint",
            CaseFlag.closed_at.is_(None),
        )
        .order_by(CaseFlag.opened_at)
        .limit(1)
    )
    return up or flags.open_flag(work, case_id=case.id, kind="complaint", reason=why[:1000])


def set_due(work: Work, complaint_id: UUID, *, due_on: date, why: str) -> None:
    """Give it another day to answer, with the reason: an authority's requirement, an extension."""
    row = _live(work, complaint_id)
    if due_on < row.received_on:
        raise Invalid(msg("El plazo termina después de recibir la queja."))
    before, row.due_on, row.due_rule = row.due_on, due_on, ""
    _tell(
        work, row, "due", msg("Plazo: {day}"), body=why.strip(), day=due_on.isoformat(),
        before=before.isoformat() if before else "",
    )  # fmt: skip
    work.audit("complaint.due_set", complaint_id=row.id, due_on=due_on.isoformat(), why=why.strip())


def note(work: Work, complaint_id: UUID, *, text: str, document: Attached | None = None) -> None:
    """Keep what was found out, or a document that proves it."""
    row = complaint_of(work, complaint_id, lock=True)
    if not text.strip() and document is None:
        raise Invalid(msg("Escribe la nota o adjunta un documento."))
    _tell(work, row, "note", msg("Nota"), body=text.strip(), file=_keep(work, row, document))
    work.audit("complaint.noted", complaint_id=row.id)


def answer(
    work: Work, complaint_id: UUID, *, answered_on: date, text: str, outcome: Outcome | None = None,
    document: Attached | None = None,
) -> Complaint:  # fmt: skip
    """It was answered. With its outcome it is closed at once; else it waits for what the authority says."""
    row = _live(work, complaint_id)
    today = _today(work, cases.open_case(work, row.case_id))
    if answered_on > today or answered_on < row.received_on:
        raise Invalid(msg("Se responde entre el día en que llegó y hoy."))
    if not text.strip() and document is None:
        raise Invalid(msg("Escribe qué se respondió o adjunta la respuesta."))
    kept = _keep(work, row, document)
    row.state, row.answered_on, row.answer = "answered", answered_on, text.strip()
    row.answer_file_id = kept.id if kept else row.answer_file_id
    _tell(
        work, row, "answered", msg("Respondida el {day}"), body=row.answer, file=kept, day=answered_on.isoformat(),
        late=bool(row.due_on and answered_on > row.due_on),
    )  # fmt: skip
    work.audit("complaint.answered", complaint_id=row.id, on=answered_on.isoformat())
    if outcome is not None:
        close(work, row.id, outcome=outcome)
    return row


def close(work: Work, complaint_id: UUID, *, outcome: Outcome, why: str = "") -> Complaint:
    """End it with its outcome; with the last one of the case the flag comes down."""
    row = _live(work, complaint_id)
    row.state, row.outcome, row.closed_at = "closed", outcome.value, work.now()
    work.flush()
    _tell(work, row, "closed", msg("Cerrada"), body=why.strip(), outcome=outcome.value)
    work.audit("complaint.closed", complaint_id=row.id, outcome=outcome.value)
    _flag_down(work, row)
    return row


def reopen(work: Work, complaint_id: UUID, *, why: str) -> Complaint:
    """It is not over: contact stops again."""
    row = complaint_of(work, complaint_id, lock=True)
    if row.state != "closed":
        raise Conflict(msg("Esa queja está abierta."))
    if not why.strip():
        raise Invalid(msg("Escribe el motivo."))
    case = cases.open_case(work, row.case_id)
    row.state, row.outcome, row.closed_at = ("answered" if row.answered_on else "open"), "", None
    row.flag_id = _flag_up(work, case, why.strip())
    work.flush()
    _tell(work, row, "reopened", msg("Reabierta"), body=why.strip())
    work.audit("complaint.reopened", complaint_id=row.id, why=why.strip())
    return row


def _flag_down(work: Work, row: Complaint) -> None:
    """Take the flag down, unless another complaint needs it. A merge may have moved it to another case."""
    if _needed(work, row.case_id, row.flag_id):
        return
    up = select(CaseFlag.id).where(
        CaseFlag.agency_id == work.agency_id,
        CaseFlag.kind == "complaint",
        CaseFlag.closed_at.is_(None),
        or_(CaseFlag.case_id == row.case_id, CaseFlag.id == row.flag_id),
    )
    for flag_id in work.session.scalars(up).all():
        flags.close_flag(work, flag_id, outcome=row.outcome)


def _needed(work: Work, case_id: UUID, flag_id: UUID | None) -> bool:
    """Whether a complaint that is not closed keeps a flag up."""
    found = work.session.scalar(
        select(Complaint.id)
        .where(
            Complaint.agency_id == work.agency_id,
            Complaint.state != "closed",
            or_(Complaint.case_id == case_id, Complaint.flag_id == flag_id),
        )
        .limit(1)
    )
    return found is not None


def _keep_flag(work: Work, flag: CaseFlag) -> None:
    if flag.kind == "complaint" and _needed(work, flag.case_id, flag.id):
        raise Conflict(msg("Hay una queja abierta: la marca se quita al cerrar la queja."))


flags.GUARDS.append(_keep_flag)


def complaint_of(work: Work, complaint_id: UUID, *, lock: bool = False) -> Complaint:
    """One complaint; missing and foreign are the same."""
    query = select(Complaint).where(Complaint.agency_id == work.agency_id, Complaint.id == complaint_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(msg("Esa queja no existe o no es tuya."))
    return row


def _live(work: Work, complaint_id: UUID) -> Complaint:
    work.flush()
    row = complaint_of(work, complaint_id, lock=True)
    if row.state == "closed":
        raise Conflict(msg("Esa queja ya se cerró. Reábrela primero."))
    return row


def _keep(work: Work, row: Complaint, document: Attached | None) -> File | None:
    if document is None:
        return None
    return keep_proof(
        work, name=f"{row.number}-{document.name}", data=document.data, client_id=row.client_id, case_id=row.case_id
    )


def _tell(
    work: Work, row: Complaint, kind: str, title: str, *, body: str = "", file: File | None = None, **details: object
) -> None:
    work.add(
        ComplaintEvent(
            agency_id=work.agency_id, client_id=row.client_id, id=new_id(), case_id=row.case_id, complaint_id=row.id,
            at=work.now(), kind=kind, title=title, body=body, details=details, file_id=file.id if file else None,
            by=work.principal.name,
        )
    )  # fmt: skip
    work.flush()


def _debtor(work: Work, case: Case) -> Debtor:
    return work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    ).one()


def _today(work: Work, case: Case) -> date:
    return work.today(ZoneInfo(_debtor(work, case).time_zone))
