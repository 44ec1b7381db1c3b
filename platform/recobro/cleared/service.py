"""Handing out contacts the gate cleared, to a dialer or another system, and taking their tokens back.

The attempt is counted when its token is issued, and as a conversation: nobody knows that the person did not answer. A
token says once what became of it; one that never comes back stays what it was.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.gate import Clearance, ContactRequest, Denied, Held, permission_to_contact, preview_many, screen
from legal.records.service import note_conversation, note_reached, void_attempt
from legal.records.tables import DecisionRecord
from legal.rules.decision import Decision, Verdict
from legal.rules.facts import Channel
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage
from recobro.cases.tables import Case
from recobro.cleared.tables import ContactToken
from recobro.debtors.tables import ContactPoint
from recobro.notices.facts import LEGAL_CHANNELS, CaseFacts, best_point, request_for
from recobro.notices.gathering import gather
from recobro.strategies.tables import CaseStrategy, Strategy
from tenants.work import Work

PREFIX = "ct_"
MINUTES, MOST_MINUTES = 5, 15
MOST = 100
"""How many contacts are handed out at once."""
RETURN_WITHIN = timedelta(hours=4)
"""A contact begun in time may last: so long after the token's end its outcome is still taken."""
_LOOKED_AT = 4
_SKEW = timedelta(minutes=1)
CHANNELS = tuple(channel for channels in LEGAL_CHANNELS.values() for channel in channels)


class TokenUsed(Conflict):
    """The token was returned before."""

    code = "contacts.token_used"


class TokenLate(Conflict):
    """The token's time is over: its contact counts as made."""

    code = "contacts.token_late"


class TokenUnknown(NotFound):
    """No token of the agency is that."""

    code = "contacts.token_unknown"


@dataclass(frozen=True)
class Wanted:
    """For whom contacts are asked: these cases, the queue, or the cases that follow a strategy (its key)."""

    channel: Channel
    case_ids: Sequence[UUID] = ()
    queue: bool = False
    strategy: str = ""
    client_id: UUID | None = None
    limit: int = 20
    minutes: int = MINUTES


@dataclass(frozen=True)
class Cleared:
    """One contact that may be made now, once, to `point`; `token` is shown only here. `decision` is kept whole."""

    token: str
    row: ContactToken
    case: CaseFacts
    point: ContactPoint
    decision: DecisionRecord


@dataclass(frozen=True)
class Refused:
    """A case nobody may be contacted on now: codes of the rules in the way, and until when (None: not by waiting).

    `decision_id` is the gate's answer as it is kept; None where there is nothing to ask about.
    """

    case: CaseFacts
    verdict: str
    reasons: tuple[str, ...]
    until: datetime | None = None
    decision_id: UUID | None = None


@dataclass(frozen=True)
class Handed:
    """What was asked for: the contacts cleared, in the order asked for, and the cases refused on the way."""

    cleared: Sequence[Cleared]
    refused: Sequence[Refused]


@dataclass(frozen=True)
class Came:
    """What came of a contact: made or not; whether the number was reached and a person answered; when (aware)."""

    made: bool
    connected: bool | None = None
    conversation: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None


def hand_out(work: Work, wanted: Wanted) -> Handed:
    """Contacts that the gate clears now, each with its token, until `wanted.limit`; each counts as an attempt at once.

    Two who ask for the same person share what is still permitted: whoever comes second waits, and finds it taken.
    """
    _check(work, wanted)
    ids = work.session.scalars(_asked_for(work, wanted)).all()
    gathered = gather(work, ids)
    facts = [gathered[case_id] for case_id in ids if case_id in gathered]
    against = {one.case.id: _nothing_to_ask(one, wanted) for one in facts}
    asked = [(one, request_for(one, wanted.channel)) for one in facts if not against[one.case.id]]
    refused = [Refused(one, "deny", (against[one.case.id],)) for one in facts if against[one.case.id]]
    open_now: list[tuple[CaseFacts, ContactRequest]] = []
    answers = screen(work, [request for _, request in asked])
    for (one, request), (decision, decision_id) in zip(asked, answers, strict=True):
        if decision.verdict is not Verdict.ALLOW:
            refused.append(_why(one, decision, decision_id))
        elif len(open_now) < wanted.limit:
            open_now.append((one, request))
    closing = _closing(work, [request for _, request in open_now], timedelta(minutes=wanted.minutes))
    cleared: dict[UUID, Cleared] = {}
    # Always in the same order, so that two who ask at once never wait for each other.
    for one, request in sorted(open_now, key=lambda pair: (pair[1].person_key, pair[0].case.id)):
        try:
            clearance = permission_to_contact(work, request)
        except Held as held:
            refused.append(Refused(one, "wait", _codes(work, held.decision_id), held.until, held.decision_id))
        except Denied as denied:
            refused.append(Refused(one, "deny", tuple(denied.reasons), decision_id=denied.decision_id))
        else:
            end = clearance.at + timedelta(minutes=wanted.minutes)
            end = max(clearance.at, min(end, closing.get(one.case.id, end)))
            cleared[one.case.id] = _issue(work, clearance, one, request, end)
    work.audit("contacts.handed_out", channel=wanted.channel.value, count=len(cleared), minutes=wanted.minutes)
    return Handed([cleared[one.case.id] for one, _ in open_now if one.case.id in cleared], refused)


def _nothing_to_ask(one: CaseFacts, wanted: Wanted) -> str:
    """Why the gate is not even asked, by code; empty where it is. Only cases that were named can be out of work."""
    if one.case.stage == Stage.CLOSED.value:
        return "case_closed"
    if one.case.stage == Stage.LEGAL.value:
        return "case_in_court"
    if one.case.balance <= 0:
        return "nothing_owed"
    return "" if best_point(one, wanted.channel) else "no_contact_point"


def _closing(work: Work, requests: Sequence[ContactRequest], lasts: timedelta) -> dict[UUID, datetime]:
    """The last second at which a contact may begin, by case, where that is sooner than a token's end: it is asked for
    every minute until then. Hours, days and consents begin and end with minutes."""
    now, found = work.now(), dict[UUID, datetime]()
    minute = now.replace(second=0, microsecond=0)
    left = list(requests)
    while left and (minute := minute + timedelta(minutes=1)) <= now + lasts:
        decisions = preview_many(work, left, at=minute)
        closed = [one for one, said in zip(left, decisions, strict=True) if said.verdict is not Verdict.ALLOW]
        found |= {one.case_id: minute - timedelta(seconds=1) for one in closed}
        left = [one for one in left if one.case_id not in found]
    return found


def _check(work: Work, wanted: Wanted) -> None:
    if wanted.channel not in CHANNELS:
        raise Invalid(msg("Por ese canal no se entregan contactos."))
    if sum((bool(wanted.case_ids), wanted.queue, bool(wanted.strategy))) != 1:
        raise Invalid(msg("Di de qué casos: una lista (cases), la cola (queue) o una estrategia (strategy)."))
    if not 1 <= wanted.limit <= MOST or len(wanted.case_ids) > MOST:
        raise Invalid(msg("Se entregan de 1 a {most} contactos por vez."), most=MOST)
    if not 1 <= wanted.minutes <= MOST_MINUTES:
        raise Invalid(msg("Un permiso dura de 1 a {most} minutos."), most=MOST_MINUTES)
    if wanted.strategy:
        known = select(Strategy.id).where(Strategy.agency_id == work.agency_id, Strategy.key == wanted.strategy)
        if work.session.scalar(known.limit(1)) is None:
            raise NotFound(msg("No hay una estrategia «{key}»."), key=wanted.strategy[:80])
    if wanted.case_ids and wanted.client_id is not None:
        others = select(Case.number).where(
            Case.agency_id == work.agency_id, Case.id.in_(wanted.case_ids), Case.client_id != wanted.client_id
        )
        if number := work.session.scalar(others.order_by(Case.number).limit(1)):
            raise Invalid(msg("El caso {number} es de otro cliente."), number=number)


def _asked_for(work: Work, wanted: Wanted) -> Select[UUID]:
    now = work.now()
    query = select(Case.id).where(Case.agency_id == work.agency_id)
    if wanted.client_id is not None:
        query = query.where(Case.client_id == wanted.client_id)
    if wanted.case_ids:
        return query.where(Case.id.in_(wanted.case_ids)).order_by(Case.id)
    query = query.where(Case.stage.not_in([Stage.CLOSED.value, Stage.LEGAL.value]), Case.balance > 0)
    if wanted.queue:
        # What a person works now is theirs.
        query = query.where(Case.queue_at <= now, or_(Case.claimed_by.is_(None), Case.claimed_until < now))
        query = query.order_by(Case.queue_priority.desc(), Case.queue_at, Case.id)
    else:
        query = (
            query.join(CaseStrategy, (CaseStrategy.agency_id == Case.agency_id) & (CaseStrategy.case_id == Case.id))
            .join(Strategy, (Strategy.agency_id == Case.agency_id) & (Strategy.id == CaseStrategy.strategy_id))
            .where(Strategy.key == wanted.strategy, CaseStrategy.ended == "")
            .order_by(Case.next_step_at.nulls_last(), Case.id)
        )
    return query.limit(wanted.limit * _LOOKED_AT)


def _why(one: CaseFacts, decision: Decision, decision_id: UUID | None) -> Refused:
    codes = tuple(outcome.code for outcome in decision.failed)
    return Refused(one, decision.verdict.value, codes, decision.until, decision_id)


def _codes(work: Work, decision_id: UUID) -> tuple[str, ...]:
    rules: list[dict[str, Any]] = _kept(work, decision_id).record["rules"]
    return tuple(rule["code"] for rule in rules if rule["result"] == "failed")


def _kept(work: Work, decision_id: UUID) -> DecisionRecord:
    row = work.session.get(DecisionRecord, (work.agency_id, decision_id))
    assert row is not None
    return row


def _issue(work: Work, clearance: Clearance, one: CaseFacts, request: ContactRequest, end: datetime) -> Cleared:
    """The contact's way out: who holds the token makes it."""
    clearance.spend(request.action.channel, request.address)
    note_conversation(work, clearance.attempt_id)
    token = PREFIX + secrets.token_urlsafe(24)
    row = ContactToken(
        agency_id=work.agency_id,
        client_id=one.case.client_id,
        id=new_id(),
        case_id=one.case.id,
        debtor_id=one.debtor.id,
        decision_id=clearance.decision_id,
        attempt_id=clearance.attempt_id,
        channel=clearance.channel.value,
        token_sha256=digest(token),
        issued_at=clearance.at,
        expires_at=end,
        issued_to=work.principal.name,
    )
    work.add(row)
    _note(work, row, msg("Otro sistema recibió permiso para contactar: cuenta desde ahora"))
    point = next(point for point in one.points if point.id == request.contact_point_id)
    return Cleared(token, row, one, point, _kept(work, clearance.decision_id))


def take_back(work: Work, token: str, came: Came) -> ContactToken:
    """Settle a token: not made takes the attempt back, made says what came of it. Twice, or too late, is refused.

    Not made is taken until the token's end; what was begun until then, for four hours more.
    """
    row = work.session.scalar(
        select(ContactToken)
        .where(ContactToken.agency_id == work.agency_id, ContactToken.token_sha256 == digest(token))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise TokenUnknown(msg("Ese permiso no existe o no es tuyo."))
    if row.returned_at is not None:
        raise TokenUsed(msg("Ese permiso ya se devolvió: cada uno sirve una sola vez."))
    now = work.now()
    _in_time(row, came, now)
    row.returned_at, row.outcome = now, "made" if came.made else "not_made"
    row.connected, row.conversation = came.connected, came.conversation
    row.started_at, row.ended_at = came.started_at, came.ended_at
    if not came.made:
        void_attempt(work, row.attempt_id)
        _note(work, row, msg("Otro sistema devolvió el permiso sin contactar: no cuenta"))
        work.audit("contacts.not_made", case_id=row.case_id, channel=row.channel)
        return row
    note_reached(work, row.attempt_id, connected=came.connected is not False, conversation=came.conversation)
    _tell(work, row)
    work.flush()
    return row


def _in_time(row: ContactToken, came: Came, now: datetime) -> None:
    began, ended = came.started_at or now, came.ended_at or now
    if came.conversation and not (came.made and came.connected is not False):
        raise Invalid(msg("Sin contacto no hay conversación: revisa made, connected y conversation."))
    if not came.made and (came.started_at or came.ended_at):
        raise Invalid(msg("Un contacto que no se hizo no tiene horas."))
    if not row.issued_at - _SKEW <= began <= ended + _SKEW or ended > now + _SKEW:
        raise Invalid(msg("Las horas del contacto no caben entre la entrega del permiso y ahora."))
    last = row.expires_at if not came.made else row.expires_at + RETURN_WITHIN
    if now > last or began > row.expires_at:
        raise TokenLate(msg("El permiso venció a las {until} (UTC): el contacto cuenta como hecho."),
                        until=f"{row.expires_at:%H:%M}")  # fmt: skip


def _tell(work: Work, row: ContactToken) -> None:
    """The case's history says it, as that of a call made by hand."""
    case = cases.open_case(work, row.case_id, lock=True)
    case.last_contact_at = row.started_at or work.now()
    _note(
        work, row, msg("Otro sistema contactó: hubo conversación") if row.conversation else msg("Otro sistema contactó")
    )


def _note(work: Work, row: ContactToken, title: str) -> None:
    cases.note_event(
        work, cases.open_case(work, row.case_id), kind="call" if row.channel == Channel.PHONE.value else "notice",
        title=title, visibility="staff", ref_table="decisions", ref_id=row.decision_id,
    )  # fmt: skip


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
