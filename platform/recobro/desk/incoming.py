"""A call that came in: who called, what was said and agreed, what they ask for about being contacted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg
from legal.records.consents import Said
from legal.records.service import note_contact, note_request
from legal.rules.facts import Channel
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.consents.service import note_withdrawal
from recobro.desk import service
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.desk.tables import Call
from recobro.notices.facts import CaseFacts
from recobro.notices.gathering import gather_one
from tenants.work import Work

# Noted later than this, a call belongs into a note.
_OLDEST = timedelta(days=30)


class Caller(StrEnum):
    """Who called: the debtor, who acts for them, or anybody else, with whom nothing is agreed."""

    DEBTOR = "debtor"
    REPRESENTATIVE = "representative"
    OTHER = "other"


CALLERS: Mapping[Caller, str] = {
    Caller.DEBTOR: msg("El titular"),
    Caller.REPRESENTATIVE: msg("Quien lo representa"),
    Caller.OTHER: msg("Otra persona"),
}
_TITLES: Mapping[Caller, str] = {
    Caller.DEBTOR: msg("Llamada entrante del titular: {what}"),
    Caller.REPRESENTATIVE: msg("Llamada entrante de quien lo representa: {what}"),
    Caller.OTHER: msg("Llamada entrante de otra persona"),
}
OUTCOMES = (Outcome.RIGHT_PARTY, Outcome.SAYS_PAID, Outcome.REFUSES, Outcome.DISPUTES, Outcome.CALL_BACK)
"""What can come of a call with whom one may speak of the debt."""

STOPS: Mapping[str, str] = {
    "phone": msg("Que no le llamen"),
    "all": msg("Que no lo contacten por ningún medio"),
}


@dataclass(frozen=True)
class Incoming:
    """What is noted of a call that came in. `at`: aware, now unless said; `stop`: one of STOPS or nothing; `answer_by`:
    by what they asked to be answered.
    """

    caller: Caller
    outcome: Outcome = Outcome.RIGHT_PARTY
    at: datetime | None = None
    name: str = ""
    note: str = ""
    contact_point_id: UUID | None = None
    duration_s: int = 0
    stop: str = ""
    answer_by: Channel | None = None


def note_incoming(work: Work, *, case_id: UUID, told: Incoming, keep_in_hand: bool = False) -> Call:
    """Note a call that came in. With the debtor, or who acts for them, it was a conversation that they began: counts of
    our own attempts leave it out, the quiet after a conversation begins with it.

    Of another person's call nothing is agreed and no wish is taken. `keep_in_hand`: a promise says when the case comes
    back.
    """
    now = work.now()
    at = told.at or now
    _check(told, at, now)
    case, facts = cases.open_case(work, case_id, lock=True), gather_one(work, case_id)
    if told.contact_point_id is not None and told.contact_point_id not in {point.id for point in facts.points}:
        raise Invalid(msg("Ese contacto no es de este caso."))
    call = _call(work, case, told, at)
    meaning = MEANINGS[Outcome(call.outcome)]
    what = f"{told.name}. {told.note}".strip(". ") if told.name else told.note
    cases.note_event(
        work, case, kind="call", title=_TITLES[told.caller], body=what, tone=meaning.tone, visibility="staff", at=at,
        ref_table="calls", ref_id=call.id, icon="phone-incoming", what=meaning.label,
    )  # fmt: skip
    if told.caller is not Caller.OTHER:
        _count(work, case, facts, told, at)
        _heed(work, case, told, at)
        if meaning.flag:
            flags.open_flag(work, case_id=case.id, kind=meaning.flag, reason=told.note or meaning.label)
        elif not keep_in_hand:
            service.come_back(work, case, Outcome(call.outcome), None)
    work.flush()
    return call


def _check(told: Incoming, at: datetime, now: datetime) -> None:
    if not now - _OLDEST <= at <= now:
        raise Invalid(msg("La llamada fue en los últimos 30 días, y no después de ahora."))
    if told.caller is Caller.OTHER and (told.stop or told.answer_by):
        raise Invalid(msg("Lo que pide otra persona no vale por el deudor: anótalo como nota."))
    if (told.stop and told.stop not in STOPS) or told.outcome not in (*OUTCOMES, Outcome.THIRD_PARTY):
        raise Invalid(msg("Elige una de las opciones."))


def _call(work: Work, case: Case, told: Incoming, at: datetime) -> Call:
    outcome = Outcome.THIRD_PARTY if told.caller is Caller.OTHER else told.outcome
    duration = max(told.duration_s, 0)
    call = Call(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        contact_point_id=told.contact_point_id,
        incoming=True,
        caller=told.caller.value,
        by=work.principal.name,
        by_id=work.principal.person_id,
        started_at=at,
        ended_at=at + timedelta(seconds=duration),
        duration_s=duration,
        outcome=outcome.value,
        note=told.note,
    )
    work.add(call)
    work.flush()
    return call


def _count(work: Work, case: Case, facts: CaseFacts, told: Incoming, at: datetime) -> None:
    note_contact(
        work, client_id=case.client_id, case_id=case.id, debtor_id=case.debtor_id, person_key=facts.person_key,
        channel=Channel.PHONE, at=at, conversation=True, contact_point_id=told.contact_point_id, incoming=True,
        workplace=told.contact_point_id in facts.standing.at_work,
    )  # fmt: skip
    case.last_contact_at = max(case.last_contact_at or at, at)
    if told.contact_point_id is not None and told.caller is Caller.DEBTOR:
        service.teach_point(work, told.contact_point_id, told.outcome)


def _heed(work: Work, case: Case, told: Incoming, at: datetime) -> None:
    said = Said(how="call", at=at, person=told.name, words=told.note)
    if told.stop:
        note_withdrawal(work, case.id, said, channel=Channel.PHONE if told.stop == "phone" else None)
    if told.answer_by is not None:
        note_request(
            work, client_id=case.client_id, case_id=case.id, debtor_id=case.debtor_id, channel=told.answer_by,
            how="call", words=told.note,
        )  # fmt: skip
