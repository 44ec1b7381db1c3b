"""Working the queue: calls and what came of them, snoozing, the next case."""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from sqlalchemy import select, update

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.gate import Clearance, ContactRequest, Denied, Held, permission_to_contact
from legal.records.service import note_contact, note_conversation
from legal.records.tables import ContactAttempt, DecisionRecord
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.agreements import service as agreements
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case
from recobro.debtors.tables import ContactPoint
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.desk.tables import Call
from recobro.notices.facts import CaseFacts, request_for
from recobro.notices.gathering import gather_one
from recobro.notices.overriding import overriding
from tenants.work import Work

# A call whose outcome nobody noted within this time is over.
_OPEN_CALL = timedelta(hours=2)
_MOST_SNOOZE = timedelta(days=60)
FOLLOW_UP_PRIORITY = 660
_MANY_TRIES = 3
_MOST_DISTANCE = 7


class TakenByAnother(Conflict):
    """Somebody else works the case now."""

    code = "desk.taken"


class NothingToCall(Conflict):
    """The debtor has no phone that may be called."""

    code = "desk.no_phone"


def take(work: Work, case_id: UUID) -> Case:
    """Hold this very case to work it; TakenByAnother when a colleague has it."""
    case = cases.open_case(work, case_id, lock=True)
    if not cases.claim(work, case):
        raise TakenByAnother(msg("Otra persona tiene abierto este caso en este momento."))
    return case


def start_call(
    work: Work,
    *,
    case_id: UUID,
    contact_point_id: UUID | None = None,
    override_reason: str = "",
    override_rules: Collection[str] = (),
) -> Call:
    """Leave to call, asked of the gate and counted, and the call that begins; Held or Denied say why not.

    `override_reason` sets aside the policies named in `override_rules` (never a law, nor what protects a person) for
    whoever has that permission.
    """
    case = take(work, case_id)
    facts = gather_one(work, case_id)
    point = _point(work, case, contact_point_id) if contact_point_id else None
    request, point_id = _asked(facts, point)
    if override_reason:
        request = request_for(
            facts, Channel.PHONE, point=point,
            override=overriding(work, request, reason=override_reason, rules=override_rules),
        )  # fmt: skip
    return _begin(work, permission_to_contact(work, request), case, point_id)


def _asked(facts: CaseFacts, point: ContactPoint | None = None) -> tuple[ContactRequest, UUID]:
    request = request_for(facts, Channel.PHONE, point=point)
    if not request.address or request.contact_point_id is None:
        raise NothingToCall(msg("El caso no tiene un teléfono al que se pueda llamar."))
    return request, request.contact_point_id


def _begin(work: Work, clearance: Clearance, case: Case, contact_point_id: UUID) -> Call:
    """The call's way out: who has it before them dials."""
    clearance.spend(Channel.PHONE, clearance.address)
    call = Call(
        agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id,
        contact_point_id=contact_point_id, decision_id=clearance.decision_id, by=work.principal.name,
        by_id=work.principal.person_id, started_at=work.now(),
    )  # fmt: skip
    return _keep(work, case, call)


BREACH = msg("Se llamó sin permiso de las reglas de contacto: cuenta como intento y queda la decisión que lo negaba")


def _made_already(work: Work, case_id: UUID) -> Call:
    """A call that was made before anybody asked. Where the gate refuses it, it happened all the same: it counts, and is
    told as a breach with the kept refusal as its evidence."""
    try:
        return start_call(work, case_id=case_id)
    except (Held, Denied) as refusal:
        decision_id = refusal.decision_id
    case = cases.open_case(work, case_id, lock=True)
    request, point_id = _asked(gather_one(work, case_id))
    note_contact(
        work, client_id=case.client_id, case_id=case.id, debtor_id=case.debtor_id, person_key=request.person_key,
        channel=Channel.PHONE, at=work.now(), conversation=False, contact_point_id=point_id,
        workplace=request.action.workplace, decision_id=decision_id,
    )  # fmt: skip
    cases.note_event(
        work, case, kind="call", title=BREACH, tone="neg", visibility="staff", ref_table="decisions",
        ref_id=decision_id,
    )  # fmt: skip
    work.audit("contacts.breach", case_id=case.id, decision_id=decision_id)
    # Over when it is noted: nobody dials for it.
    call = Call(
        agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id, contact_point_id=point_id,
        decision_id=decision_id, by=work.principal.name, by_id=work.principal.person_id, started_at=work.now(),
        ended_at=work.now(),
    )  # fmt: skip
    return _keep(work, case, call)


def is_breach(work: Work, call: Call) -> bool:
    """Whether the gate had refused this call."""
    verdict = work.session.scalar(
        select(DecisionRecord.verdict).where(
            DecisionRecord.agency_id == work.agency_id, DecisionRecord.id == call.decision_id
        )
    )
    return verdict not in (None, Verdict.ALLOW.value)


def _keep(work: Work, case: Case, call: Call) -> Call:
    work.add(call)
    case.last_contact_at = work.now()
    if case.stage in (Stage.RECEIVED, Stage.NOTICES):
        cases.move(work, case, Move.CALL, why="call")
    work.flush()
    return call


def _point(work: Work, case: Case, contact_point_id: UUID) -> ContactPoint:
    point = work.session.scalar(
        select(ContactPoint).where(
            ContactPoint.agency_id == work.agency_id,
            ContactPoint.debtor_id == case.debtor_id,
            ContactPoint.id == contact_point_id,
        )
    )
    if point is None:
        raise NotFound(msg("Ese contacto no es de este caso."))
    return point


def open_call(work: Work, case_id: UUID) -> Call | None:
    """This person's call on the case whose outcome is still to be noted."""
    return work.session.scalar(
        select(Call)
        .where(
            Call.agency_id == work.agency_id,
            Call.case_id == case_id,
            Call.by_id == work.principal.person_id,
            Call.outcome == "",
            Call.started_at > work.now() - _OPEN_CALL,
        )
        .order_by(Call.started_at.desc())
        .limit(1)
    )


def record_outcome(
    work: Work,
    *,
    case_id: UUID,
    outcome: Outcome,
    note: str = "",
    duration_s: int = 0,
    again_at: datetime | None = None,
    keep_in_hand: bool = False,
) -> Call:
    """Note what came of the call on this case; one not begun on the page is asked of the gate now, and noted as a
    breach where that refuses it (`is_breach`).

    The contact point learns from it, the history says it, and the case comes back when the outcome asks for it.
    """
    call = open_call(work, case_id) or _made_already(work, case_id)
    case = cases.open_case(work, case_id, lock=True)
    meaning = MEANINGS[outcome]
    call.outcome = outcome.value
    call.note = note
    call.ended_at = work.now()
    call.duration_s = max(duration_s, 0)
    _teach(work, call, outcome)
    cases.note_event(
        work, case, kind="call", title=meaning.title, body=note, tone=meaning.tone, visibility="staff",
        ref_table="calls", ref_id=call.id,
    )  # fmt: skip
    if meaning.flag:
        flags.open_flag(work, case_id=case.id, kind=meaning.flag, reason=note or MEANINGS[outcome].label)
    elif not keep_in_hand:
        come_back(work, case, outcome, again_at)
    work.flush()
    return call


def _teach(work: Work, call: Call, outcome: Outcome) -> None:
    if call.contact_point_id is not None:
        teach_point(work, call.contact_point_id, outcome)
    if MEANINGS[outcome].conversation and call.decision_id:
        attempt = work.session.scalar(
            select(ContactAttempt.id).where(
                ContactAttempt.agency_id == work.agency_id, ContactAttempt.decision_id == call.decision_id
            )
        )
        if attempt:
            note_conversation(work, attempt)


def teach_point(work: Work, contact_point_id: UUID, outcome: Outcome) -> None:
    """What a call says of the telephone it went through."""
    values: dict[str, object] = {"last_outcome": outcome.value, "last_used_at": work.now()}
    if MEANINGS[outcome].quality:
        values["quality"] = MEANINGS[outcome].quality
    work.session.execute(
        update(ContactPoint)
        .where(ContactPoint.agency_id == work.agency_id, ContactPoint.id == contact_point_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def come_back(work: Work, case: Case, outcome: Outcome, again_at: datetime | None) -> None:
    """When the case is before a person again: as the outcome asks, or at that instant."""
    meaning = MEANINGS[outcome]
    if case.stage in (Stage.CLOSED, Stage.LEGAL):
        return
    if meaning.again_after is None and again_at is None:
        cases.leave_queue(work, case)
        return
    tries = 0 if meaning.conversation else _tries(work, case)
    # A telephone that nobody answers is tried at growing distances, not every day.
    at = again_at or work.now() + (meaning.again_after or timedelta(0)) * max(1, min(tries, _MOST_DISTANCE))
    if again_at and meaning.conversation:
        hour = at.astimezone(agreements.zone_of(work, case)).strftime("%H:%M")
        cases.put_in_queue(
            work, case, reason=msg("Seguimiento {hour}"), priority=FOLLOW_UP_PRIORITY, at=at, tone="warn", hour=hour
        )
    elif tries >= _MANY_TRIES:
        reason = msg("{count} intentos sin contacto")
        cases.put_in_queue(work, case, reason=reason, priority=200, at=at, tone="", count=tries)
    else:
        cases.put_in_queue(work, case, reason=meaning.label, priority=400 if meaning.right_party else 200, at=at)


def _tries(work: Work, case: Case) -> int:
    """How many calls in a row, the last one among them, reached nobody who could answer for the debt."""
    outcomes = work.session.scalars(
        select(Call.outcome)
        .where(Call.agency_id == work.agency_id, Call.case_id == case.id, Call.outcome != "")
        .order_by(Call.started_at.desc())
        .limit(30)
    )
    silent = {outcome.value for outcome, meaning in MEANINGS.items() if not meaning.conversation}
    return sum(1 for _ in takewhile(silent.__contains__, outcomes))


def snooze(work: Work, *, case_id: UUID, until: datetime) -> None:
    """Put the case aside until an instant, at most 60 days ahead; the queue brings it back by itself."""
    case = take(work, case_id)
    now = work.now()
    if not now < until <= now + _MOST_SNOOZE:
        raise Invalid(msg("Un caso se pospone hasta un momento de los próximos 60 días."))
    cases.put_in_queue(
        work, case, reason=case.queue_reason or msg("Seguimiento"), priority=case.queue_priority, at=until,
        **dict(case.queue_details),
    )  # fmt: skip
    cases.note_event(work, case, kind="stage", title=msg("Pospuesto"), visibility="staff", icon="player-pause")


def bring_back(work: Work, case_id: UUID) -> None:
    """Undo a snooze: the case waits now."""
    case = cases.open_case(work, case_id, lock=True)
    if case.queue_at is not None:
        case.queue_at = work.now()
        work.flush()
