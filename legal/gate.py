"""The gate: every outgoing contact asks here, and only here can it get the Clearance that sending takes.

The caller gathers plain facts; the gate adds the contacts already made to the person, decides, keeps the decision as
evidence, and counts. It is asked when a contact is planned (`ask`, not counted) and again at the moment of sending
(`permission_to_contact`, counted in the same transaction).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, ClassVar, NoReturn, SupportsIndex, final
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, cast, event, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session, SessionTransaction

from kernel.ids import new_id
from kernel.problems import Conflict
from kernel.text import msg
from legal.policies.service import pack_for
from legal.records.tables import ContactAttempt, ContactCounter, DecisionRecord
from legal.rules.calendar import zone_named
from legal.rules.contact.asked import LOOK_BACK
from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision, Outcome, Verdict
from legal.rules.facts import Channel, Contact, ContactFacts, PastContact, Purpose
from tenants.sets import among
from tenants.work import Work

# What rules look for however long ago it was.
_EVER = (Purpose.LOCATE.value, Purpose.CONFIRM_STOP.value)
# Clocks of two machines differ by less; what another worker has just counted is never in the future.
_SKEW = timedelta(minutes=5)
_SAME_REFUSAL = timedelta(hours=1)
LASTS = timedelta(minutes=10)
"""How long after the gate was asked a contact may begin."""
# By name; in a portfolio's history this is asked a million times.
_CHANNELS = {channel.value: channel for channel in Channel}
_PURPOSES = {purpose.value: purpose for purpose in Purpose}
# Plain columns: a portfolio's history is read as rows, not as the table's objects.
_PAST = ContactAttempt.__table__.c
# Said as they are: an index holds only these.
_OF_EVER = _PAST.purpose.in_(bindparam("ever", _EVER, expanding=True, literal_execute=True))
_GATE = object()


@dataclass(frozen=True)
class ContactRequest:
    """One proposed contact: whom, about which case, by what, and the facts. `facts.previous` is left to the gate.

    `person_key` is the same for one person under all clients of an agency. `address` is where it would go.
    """

    client_id: UUID
    case_id: UUID
    debtor_id: UUID
    person_key: str
    facts: ContactFacts
    action: Contact
    contact_point_id: UUID | None = None
    address: str = ""


@final
@dataclass(frozen=True)
class Clearance:
    """Leave for one contact by one channel to one address, now. Only the gate makes one, and it serves once, `until` an
    instant within ten minutes at which the rules still let it, and only if the transaction that counted the contact is
    not undone.

    It is neither made again with another address (`dataclasses.replace`), nor copied, nor pickled, nor subclassed.
    """

    agency_id: UUID
    decision_id: UUID
    attempt_id: UUID
    channel: Channel
    address: str
    at: datetime
    until: datetime
    _now: Callable[[], datetime] = field(repr=False, compare=False)
    _maker: InitVar[object]
    _unspent: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self, _maker: object) -> None:
        if _maker is not _GATE:
            raise TypeError("Only legal.gate makes a Clearance.")

    def __init_subclass__(cls) -> None:
        raise TypeError("Nothing else is a Clearance.")

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError("A clearance is neither copied nor kept.")

    def spend(self, channel: Channel, address: str) -> None:
        """Use it for the contact it was given for; a TypeError for another one, too late, or the second time."""
        if channel is not self.channel or address != self.address:
            raise TypeError("This clearance is for another channel or another address.")
        if self._now() > self.until:
            raise TypeError("This clearance is too old: ask the gate again.")
        if not self._unspent.acquire(blocking=False):
            raise TypeError("This clearance was used already, or what counted it was undone.")

    def _ends_with(self, session: Session) -> None:
        """Serve no more once the transaction that is open now, or one around it, is rolled back."""
        counted_in = session.get_nested_transaction() or session.get_transaction()

        def undone(_: Session, ended: SessionTransaction) -> None:
            one = counted_in
            while one is not None and one is not ended:
                one = one.parent
            if one is not None:
                self._unspent.acquire(blocking=False)

        event.listen(session, "after_soft_rollback", undone)


@dataclass(frozen=True)
class Answer:
    """A decision and the row that keeps it."""

    decision_id: UUID
    decision: Decision


class Held(Conflict):
    """The contact may be made later: from `until` (UTC) on, as the kept decision says."""

    code: ClassVar[str] = "contact.held"

    def __init__(self, until: datetime, decision_id: UUID, zone: str = "UTC") -> None:
        """`zone` is the debtor's, by whose clock the sentence is said."""
        self.until = until
        self.decision_id = decision_id
        local = until.astimezone(zone_named(zone))
        super().__init__(
            msg("Las reglas de contacto piden esperar hasta el {day} a las {hour} ({zone})."),
            day=local.date().isoformat(), hour=f"{local:%H:%M}", zone=zone,
        )  # fmt: skip


class Denied(Conflict):
    """The contact may not be made as things stand, by the rules that `failed`, strictest first.

    `reasons` are their codes, for programs; what people read names the rules by their titles.
    """

    code: ClassVar[str] = "contact.denied"

    def __init__(self, decision_id: UUID, failed: Sequence[Outcome]) -> None:
        self.decision_id = decision_id
        self.reasons = [outcome.code for outcome in failed]
        titles = tuple(dict.fromkeys(outcome.rule.title for outcome in failed))
        super().__init__(msg("Las reglas de contacto no lo permiten: {reasons}."), reasons="; ".join(titles))
        # Each title is said in the reader's language.
        self.details = {"reasons": titles}


def preview(work: Work, request: ContactRequest, *, at: datetime | None = None) -> Decision:
    """What the gate would answer; nothing is kept or counted. For the guardrails of a page."""
    return preview_many(work, [request], at=at)[0]


def preview_many(work: Work, requests: Sequence[ContactRequest], *, at: datetime | None = None) -> list[Decision]:
    """The same for many proposed contacts, reading the past once."""
    now = at or work.now()
    past = _previous(work, {request.person_key for request in requests}, now)
    return [_decide(work, request, past.get(request.person_key, ()), now) for request in requests]


def _decide(work: Work, request: ContactRequest, previous: tuple[PastContact, ...], now: datetime) -> Decision:
    facts = request.facts.having(previous=previous)
    return decide(facts, request.action, now, pack=pack_for(work, facts))


def ask(work: Work, requests: Sequence[ContactRequest]) -> list[Answer]:
    """The answers on contacts being planned, each kept as a decision; none is counted."""
    decisions = preview_many(work, requests)
    return [
        Answer(_keep(work, request, decision, moment="planned"), decision)
        for request, decision in zip(requests, decisions, strict=True)
    ]


def screen(work: Work, requests: Sequence[ContactRequest]) -> list[tuple[Decision, UUID | None]]:
    """The answers on many contacts asked for at once, in their order; each refusal is kept as a decision, all of them
    together, and comes with its id. What is allowed is kept once leave is taken; none is counted.

    Who asks every few seconds gets the id of the same refusal for an hour, for as long as nothing about it changes.
    """
    decisions = preview_many(work, requests)
    refused = [pair for pair in zip(requests, decisions, strict=True) if pair[1].verdict is not Verdict.ALLOW]
    ids = _refused_lately(work, [request.case_id for request, _ in refused])
    new = {_refusal(*pair): _record(work, *pair, moment="planned") for pair in refused if _refusal(*pair) not in ids}
    if new:
        work.session.execute(insert(DecisionRecord), list(new.values()))
    ids |= {refusal: row["id"] for refusal, row in new.items()}
    return [(one, ids.get(_refusal(request, one))) for request, one in zip(requests, decisions, strict=True)]


def _refusal(request: ContactRequest, decision: Decision) -> tuple[Any, ...]:
    return (
        request.case_id, request.contact_point_id, request.action.channel.value, request.action.purpose.value,
        decision.verdict.value, decision.until, tuple(outcome.rule.id for outcome in decision.failed),
        decision.pack_digest,
    )  # fmt: skip


def _refused_lately(work: Work, case_ids: Sequence[UUID]) -> dict[tuple[Any, ...], UUID]:
    """The refusals of these cases that were kept within the hour, by what they say."""
    kept = DecisionRecord.__table__.c
    rows = work.session.execute(
        select(
            kept.id, kept.failed, kept.pack_digest, kept.case_id, kept.contact_point_id, kept.channel, kept.purpose,
            kept.verdict, kept.until,
        ).where(
            kept.agency_id == work.agency_id,
            among(kept.case_id, case_ids),
            kept.at > work.now() - _SAME_REFUSAL,
            kept.verdict != Verdict.ALLOW.value,
        )
    )  # fmt: skip
    return {(*said, tuple(failed), digest): row_id for row_id, failed, digest, *said in rows}


def permission_to_contact(work: Work, request: ContactRequest) -> Clearance:
    """Leave to make this contact now, counted in this transaction; Held until when, or Denied with reasons.

    Others asking for the same person wait until this transaction ends. Whoever catches Held or Denied inside the work
    keeps the decision as evidence too.
    """
    _lock(work, request.person_key, work.now())
    # The time is told once nobody else counts: what was counted while this waited lies behind it.
    now = work.now()
    previous = _previous(work, [request.person_key], now).get(request.person_key, ())
    if previous and now < previous[-1].at <= now + _SKEW:
        now = previous[-1].at
    decision = _decide(work, request, previous, now)
    decision_id = _keep(work, request, decision, moment="sending")
    if decision.verdict is Verdict.WAIT:
        assert decision.until is not None
        raise Held(decision.until, decision_id, *request.facts.zones[:1])
    if decision.verdict is Verdict.DENY:
        raise Denied(decision_id, decision.failed)
    attempt_id = _count(work, request, decision_id, now)
    until = _open_until(work, request, previous, now)
    clearance = Clearance(
        work.agency_id, decision_id, attempt_id, request.action.channel, request.address, now, until, work.now, _GATE
    )
    clearance._ends_with(work.session)
    return clearance


def _open_until(work: Work, request: ContactRequest, previous: tuple[PastContact, ...], now: datetime) -> datetime:
    """The last instant, within what a Clearance lasts, at which the contact may begin: hours, days and consents begin
    and end with minutes."""
    end, minute = now + LASTS, now.replace(second=0, microsecond=0)
    while (minute := minute + timedelta(minutes=1)) <= end:
        if _decide(work, request, previous, minute).verdict is not Verdict.ALLOW:
            return minute - timedelta.resolution
    return end


def _lock(work: Work, person_key: str, now: datetime) -> None:
    """Hold the person's counter until the transaction ends."""
    statement = insert(ContactCounter).values(agency_id=work.agency_id, person_key=person_key, attempts=1, last_at=now)
    work.flush()
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["agency_id", "person_key"],
            set_={"attempts": ContactCounter.attempts + 1, "last_at": now},
        )
    )


def _previous(work: Work, person_keys: Iterable[str], now: datetime) -> Mapping[str, tuple[PastContact, ...]]:
    """The contacts of these persons that rules may look at, oldest first."""
    work.flush()
    rows = work.session.execute(
        select(
            _PAST.person_key, _PAST.at, _PAST.channel, _PAST.conversation, _PAST.purpose, _PAST.connected,
            _PAST.workplace, _PAST.incoming, _PAST.prerecorded,
            cast(_PAST.case_id, Text), func.coalesce(cast(_PAST.contact_point_id, Text), ""),
        )
        .where(
            _PAST.agency_id == work.agency_id,
            _PAST.person_key == any_(bindparam("keys", sorted(person_keys), ARRAY(Text))),
            or_(_PAST.at > now - LOOK_BACK, _OF_EVER),
            _PAST.voided_at.is_(None),
        )
        .order_by(_PAST.at, _PAST.id)
    )  # fmt: skip
    past: dict[str, list[PastContact]] = defaultdict(list)
    for key, at, channel, talked, purpose, connected, workplace, incoming, prerecorded, debt, point in rows.all():
        past[key].append(
            PastContact(
                at, _CHANNELS[channel], talked, _PURPOSES[purpose], (debt,), connected, workplace, incoming,
                prerecorded=prerecorded, address=point,
            )
        )  # fmt: skip
    return {key: tuple(contacts) for key, contacts in past.items()}


def _keep(work: Work, request: ContactRequest, decision: Decision, *, moment: str) -> UUID:
    row = DecisionRecord(**_record(work, request, decision, moment=moment))
    work.add(row)
    return row.id


def _record(work: Work, request: ContactRequest, decision: Decision, *, moment: str) -> dict[str, Any]:
    return {
        "agency_id": work.agency_id,
        "client_id": request.client_id,
        "id": new_id(),
        "case_id": request.case_id,
        "debtor_id": request.debtor_id,
        "contact_point_id": request.contact_point_id,
        "moment": moment,
        "channel": request.action.channel.value,
        "purpose": request.action.purpose.value,
        "at": decision.at,
        "verdict": decision.verdict.value,
        "until": decision.until,
        "failed": [outcome.rule.id for outcome in decision.failed],
        "overridden": [outcome.rule.id for outcome in decision.warned if outcome.code == "overridden"],
        "pack_id": decision.pack_id,
        "pack_version": decision.pack_version,
        "pack_digest": decision.pack_digest,
        "hash": decision.hash,
        "record": decision.record(),
        "asked_by": work.principal.name,
    }


def _count(work: Work, request: ContactRequest, decision_id: UUID, now: datetime) -> UUID:
    row = ContactAttempt(
        agency_id=work.agency_id,
        client_id=request.client_id,
        id=new_id(),
        case_id=request.case_id,
        debtor_id=request.debtor_id,
        contact_point_id=request.contact_point_id,
        decision_id=decision_id,
        person_key=request.person_key,
        channel=request.action.channel.value,
        purpose=request.action.purpose.value,
        at=now,
        workplace=request.action.workplace,
        prerecorded=request.action.prerecorded,
    )
    work.flush()
    work.add(row)
    work.flush()
    return row.id
