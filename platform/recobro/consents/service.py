"""Noting on a case what was said about being contacted, with its line of history and of audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records import consents
from legal.records.consents import Said, What, Whose
from legal.records.ledger import WRITTEN, closing, living
from legal.records.tables import ConsentEvent
from legal.rules.facts import Agreed, Channel
from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.debtors.tables import ContactPoint
from recobro.files import keep_proof
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.work import Work

_EVENTS: Mapping[str, str] = {
    "grant": msg("Consentimiento anotado"),
    "stop": msg("Pidió no recibir mensajes por este medio"),
    "stop_all": msg("Pidió que no se le contacte"),
    "withdraw": msg("Retiró un consentimiento"),
    "resume": msg("Vuelve a aceptar mensajes por este medio"),
    "inconvenient": msg("Dijo cuándo o dónde no le conviene"),
    "lawyer": msg("Tiene abogado: {name}"),
    "employer": msg("Su empleador prohíbe las llamadas al trabajo"),
    "ended": msg("Un apunte de contacto dejó de valer"),
}
# Which channels of the law a contact point serves.
_KIND_OF = {
    Channel.EMAIL: "email",
    **dict.fromkeys((Channel.PHONE, Channel.SMS, Channel.WHATSAPP), "phone"),
    **dict.fromkeys((Channel.LETTER, Channel.CERTIFIED_LETTER), "postal"),
}


PROTECTING = frozenset({"inconvenient", "lawyer", "employer"})


class NoProof(Invalid):
    """Nothing proves what staff say the debtor said."""

    code = "consents.no_proof"


@dataclass(frozen=True)
class Document:
    """A file that proves what was said."""

    name: str
    data: bytes


@dataclass(frozen=True)
class LawyerCard:
    """Who acts for the debtor: the name is needed, one way to reach them as well."""

    name: str
    firm: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""


def note_consent(
    work: Work, case_id: UUID, said: Said, *, scope: Agreed = Agreed.CHANNEL, channel: Channel | None = None,
    point_id: UUID | None = None, until: date | None = None, document: Document | None = None,
) -> UUID:  # fmt: skip
    """The debtor said yes: to a channel (None: any), to one number or address, or to something else for a time.

    Refused to staff: a yes that nothing proves (Colombia: Ley 1581 de 2012, art. 9), and, but to who may hold cases,
    a yes without a document to what the debtor had closed in writing.
    """
    case = cases.open_case(work, case_id)
    if until is not None and until < work.now().date():
        raise Invalid(msg("El último día ya pasó."))
    _check_proof(work, said, document)
    if scope is Agreed.CHANNEL and point_id is None:
        _check_written_stop(work, case, channel, document)
    if point_id is not None:
        channel = _consent_of_point(work, case, point_id, channel, "granted", said)
    return _note(work, case, What("grant", channel, scope, point_id, until), said, document)


def note_withdrawal(
    work: Work, case_id: UUID, said: Said, *, scope: Agreed = Agreed.CHANNEL, channel: Channel | None = None,
    point_id: UUID | None = None, document: Document | None = None,
) -> UUID:  # fmt: skip
    """The debtor says no more: to a channel, to one number or address, to everything (no channel), or takes back
    another consent. From the next question on the gate knows."""
    case = cases.open_case(work, case_id)
    if point_id is not None:
        channel = _consent_of_point(work, case, point_id, channel, "refused", said)
    if scope is Agreed.CHANNEL:
        return _note(work, case, What("stop", channel, None, point_id), said, document)
    return _note(work, case, What("withdraw", channel, scope, point_id), said, document)


def note_open_again(work: Work, case_id: UUID, said: Said, *, channel: Channel | None) -> UUID:
    """The debtor opens a channel again (None: all)."""
    return _note(work, cases.open_case(work, case_id), What("resume", channel), said, None)


def note_inconvenient(
    work: Work, case_id: UUID, said: Said, *, channel: Channel | None = None, days: Sequence[str] = (),
    begins: time | None = None, ends: time | None = None, workplace: bool = False, document: Document | None = None,
) -> UUID:  # fmt: skip
    """A time, a place or a channel does not suit the debtor; what says none of them is refused."""
    if not (channel or days or begins or ends or workplace):
        raise Invalid(msg("Di qué no le conviene: unos días, unas horas, su trabajo o un canal."))
    if begins is not None and ends is not None and begins >= ends:
        raise Invalid(msg("La hora de inicio es anterior a la de fin."))
    details: dict[str, Any] = {"days": list(days)} if days else {}
    details |= {name: f"{at:%H:%M}" for name, at in (("begins", begins), ("ends", ends)) if at is not None}
    details |= {"workplace": True} if workplace else {}
    case = cases.open_case(work, case_id)
    return _note(work, case, What("inconvenient", channel, details=details), said, document)


def note_lawyer(work: Work, case_id: UUID, said: Said, *, card: LawyerCard, document: Document | None = None) -> UUID:
    """A lawyer acts for the debtor: from now on one speaks with the lawyer."""
    if not card.name.strip():
        raise Invalid(msg("Escribe el nombre del abogado."))
    details = {
        "name": card.name, "firm": card.firm, "address": card.address, "phone": card.phone, "email": card.email,
    }  # fmt: skip
    kept = {name: text.strip() for name, text in details.items() if text.strip()}
    return _note(work, cases.open_case(work, case_id), What("lawyer", details=kept), said, document)


def note_employer(
    work: Work, case_id: UUID, said: Said, *, employer: str = "", point_id: UUID | None = None,
    document: Document | None = None,
) -> UUID:  # fmt: skip
    """The employer wants no calls at work; `point_id` is the number there."""
    case = cases.open_case(work, case_id)
    if point_id is not None:
        _point(work, case, point_id)
    details = {"employer": employer.strip()} if employer.strip() else {}
    what = What("employer", Channel.PHONE, contact_point_id=point_id, details=details)
    return _note(work, case, what, said, document)


def end_line(work: Work, case_id: UUID, line_id: UUID, said: Said, *, document: Document | None = None) -> None:
    """A consent, a lawyer, a prohibition or a time that did not suit is over; the line stays, and what ended it.

    Refused to staff: to end without proof what protected the debtor.
    """
    case = cases.open_case(work, case_id)
    line = open_line(work, case, line_id)
    if line.kind in PROTECTING:
        _check_proof(work, said, document)
    said = _with_document(work, case, said, document)
    consents.end(work, line_id, said)
    if line.kind == "grant" and line.contact_point_id is not None:
        _set_point(work, _point(work, case, line.contact_point_id), "unknown", said)
    _tell(work, case, "ended", {}, said)


def open_line(work: Work, case: Case, line_id: UUID) -> ConsentEvent:
    """A line of the ledger of a case's debtor; any other is not found."""
    line = consents.line_of(work, line_id)
    if line.debtor_id != case.debtor_id:
        raise NotFound(msg("Ese apunte no existe o no es tuyo."))
    return line


def _note(work: Work, case: Case, what: What, said: Said, document: Document | None) -> UUID:
    whose = Whose(case.client_id, case.id, case.debtor_id)
    said = _with_document(work, case, said, document)
    line_id = consents.note(work, whose, what, said)
    kind = "stop_all" if what.kind == "stop" and what.channel is None else what.kind
    _tell(work, case, kind, what.details, said, line_id)
    return line_id


def _with_document(work: Work, case: Case, said: Said, document: Document | None) -> Said:
    if document is None:
        return said
    kept = keep_proof(work, name=document.name, data=document.data, client_id=case.client_id, case_id=case.id)
    return replace(said, file_id=kept.id)


def _check_proof(work: Work, said: Said, document: Document | None) -> None:
    if work.principal.kind is Kind.STAFF and not (said.words.strip() or said.recording.strip() or document):
        raise NoProof(msg("Escribe sus palabras, la referencia de la grabación o adjunta la constancia."))


def _check_written_stop(work: Work, case: Case, channel: Channel | None, document: Document | None) -> None:
    """What was closed in writing is not opened by hearsay."""
    if work.principal.kind is not Kind.STAFF or document is not None:
        return
    if allows(Role(work.principal.role), Permission.HOLD_CASES):
        return
    closed = closing(living(consents.ledger(work, case.debtor_id)))
    if any(line.how in WRITTEN and (channel is None or line.channel in ("", channel.value)) for line in closed):
        raise NoProof(msg("La baja se pidió por escrito: adjunta su nuevo escrito o la grabación, o que lo anote "
                          "supervisión."))  # fmt: skip


def _tell(
    work: Work, case: Case, kind: str, details: Mapping[str, Any], said: Said, line_id: UUID | None = None
) -> None:
    own = work.principal.kind is Kind.DEBTOR
    cases.note_event(
        work, case, kind="flag", title=_EVENTS[kind], body=said.words, tone="warn" if kind in _CLOSING else "info",
        visibility="debtor" if own else "client", ref_table="consent_events", ref_id=line_id,
        name=details.get("name", ""), icon="shield-check",
    )  # fmt: skip
    work.audit(f"consent.{kind}", case_id=case.id)


_CLOSING = frozenset({"stop", "stop_all", "withdraw", "inconvenient", "lawyer", "employer"})


def _consent_of_point(
    work: Work, case: Case, point_id: UUID, channel: Channel | None, consent: str, said: Said
) -> Channel | None:
    """What is said of one number or address stands with it too, and sending goes by that."""
    point = _point(work, case, point_id)
    if channel is not None and _KIND_OF.get(channel) != point.channel:
        raise Invalid(msg("Ese dato de contacto es de otro canal."))
    _set_point(work, point, consent, said)
    return channel or {"email": Channel.EMAIL, "phone": Channel.PHONE, "postal": Channel.LETTER}[point.channel]


def _set_point(work: Work, point: ContactPoint, consent: str, said: Said) -> None:
    point.consent, point.consent_at = consent, said.at or work.now()
    point.consent_by = "client" if said.how == "client" else "debtor"
    work.flush()


def _point(work: Work, case: Case, point_id: UUID) -> ContactPoint:
    found = work.session.scalar(
        select(ContactPoint).where(
            ContactPoint.agency_id == work.agency_id,
            ContactPoint.id == point_id,
            ContactPoint.debtor_id == case.debtor_id,
        )
    )
    if found is None:
        raise NotFound(msg("Ese dato de contacto no es de este caso."))
    return found


def lines_of(work: Work, case_id: UUID) -> Sequence[ConsentEvent]:
    """The ledger of a case's debtor, in the order in which things were said."""
    return consents.ledger(work, cases.open_case(work, case_id).debtor_id)
