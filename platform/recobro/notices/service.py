"""Queueing notices and carrying them through their life. The gate is asked when one is planned and when it is sent."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import NotFound, Problem
from kernel.text import msg
from legal import gate
from legal.rules.decision import Verdict
from legal.rules.facts import Channel, Override, Purpose
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move as CaseMove
from recobro.cases.lifecycle import Stage
from recobro.debtors.tables import ContactPoint
from recobro.notices.drafts import Draft, NoContactPoint, NothingOwed, draft_one, request_for_draft, words_of
from recobro.notices.lifecycle import Move, State, after
from recobro.notices.overriding import overriding
from recobro.notices.render import Words, WordsRefused
from recobro.notices.tables import Notice
from tenants.context import Kind
from tenants.work import Work

UNDO_SECONDS = 8
"""How long a message somebody wrote waits before it leaves, so that it can be taken back."""
FORGOTTEN = timedelta(hours=1)
LOST = timedelta(minutes=5)


def put(
    work: Work,
    wanted: Draft,
    words: Words,
    *,
    decision_id: UUID | None = None,
    held_until: datetime | None = None,
    strategy_id: UUID | None = None,
    step: int | None = None,
    override: Override | None = None,
    wait: timedelta = timedelta(0),
) -> Notice:
    """Queue a notice whose words were checked. An email leaves by itself, a letter with the next print batch."""
    now = work.now()
    case = wanted.facts.case
    notice = Notice(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        contact_point_id=wanted.point.id,
        channel=wanted.channel.value,
        template=wanted.template.key,
        locale=wanted.locale,
        purpose=wanted.purpose.value,
        address=wanted.point.value,
        state=(State.HELD if held_until else State.QUEUED).value,
        reason=msg("Fuera del horario o de los límites de contacto.") if held_until else "",
        subject=words.subject,
        amount=case.balance,
        currency=case.currency,
        calculated_on=words.on,
        extra={"more": dict(wanted.more), **({"override": _plain(override)} if override else {})},
        strategy_id=strategy_id,
        step=step,
        decision_id=decision_id,
        by=wanted.contents.collector if work.principal.kind is Kind.JOB else work.principal.name,
        by_id=work.principal.person_id,
        queued_at=now,
        due_at=held_until or now + wait,
    )
    work.add(notice)
    if wanted.channel is Channel.EMAIL and not held_until:
        work.outbox.add("notices.send", after=wait or None, notice_id=notice.id)
    return notice


def _plain(override: Override) -> dict[str, Any]:
    return {"by": override.by, "reason": override.reason, "rules": list(override.rules)}


def send_one(
    work: Work,
    *,
    case_id: UUID,
    key: str = "note",
    channel: Channel = Channel.EMAIL,
    contact_point_id: UUID | None = None,
    title: str = "",
    message: str = "",
    purpose: Purpose | None = None,
    more: Mapping[str, Any] | None = None,
    override_reason: str = "",
    override_rules: Collection[str] = (),
) -> Notice | None:
    """Write to a debtor once, from the desk or after an event. A message somebody wrote can be taken back for 8 s.

    It is held when the gate says wait. When it says never, or there is nowhere to write to, a person is refused
    (gate.Denied, NoContactPoint); a job notes it on the case and gives None. A supervisor may set the policies of
    `override_rules` aside with a reason; anybody else's reason is refused.
    """
    try:
        wanted = draft_one(
            work, case_id=case_id, key=key, channel=channel, contact_point_id=contact_point_id,
            title=title, message=message, purpose=purpose, more=more,
        )  # fmt: skip
        words = words_of(work, wanted)
        override = None
        if override_reason.strip() or override_rules:
            asked = request_for_draft(wanted)
            override = overriding(work, asked, reason=override_reason.strip(), rules=override_rules)
        [answer] = gate.ask(work, [request_for_draft(wanted, override)])
        decision = answer.decision
        if decision.verdict is Verdict.DENY:
            raise gate.Denied(answer.decision_id, decision.failed)
    except (gate.Denied, NoContactPoint, NothingOwed, WordsRefused) as problem:
        if work.principal.kind is not Kind.JOB:
            raise
        _note_not_written(work, case_id, problem)
        return None
    by_hand = work.principal.kind is Kind.STAFF
    return put(
        work,
        wanted,
        words,
        decision_id=answer.decision_id,
        held_until=decision.until if decision.verdict is Verdict.WAIT else None,
        override=override,
        wait=timedelta(seconds=UNDO_SECONDS if by_hand else 0),
    )


def _note_not_written(work: Work, case_id: UUID, problem: Problem) -> None:
    decision_id = problem.decision_id if isinstance(problem, gate.Denied) else None
    cases.note_event(
        work, cases.open_case(work, case_id), kind="notice", title=msg("No se pudo escribir al deudor"),
        body=problem.message, tone="warn", visibility="staff",
        ref_table="decisions" if decision_id else "", ref_id=decision_id,
    )  # fmt: skip


def open_notice(work: Work, notice_id: UUID, *, lock: bool = False) -> Notice:
    """One notice of the agency's; missing and foreign are the same."""
    query = select(Notice).where(Notice.agency_id == work.agency_id, Notice.id == notice_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese aviso no existe o no es tuyo."))
    return found


def change(work: Work, notice: Notice, step: Move, *, reason: str = "") -> None:
    """Take a notice along the table of moves; `reason` is a `msg()` sentence."""
    notice.state = after(State(notice.state), step).value
    notice.reason = reason
    if step in (Move.SEND, Move.FAIL, Move.CANCEL, Move.BOUNCE, Move.LOSE):
        notice.ended_at = work.now()


def cancel(work: Work, notice_id: UUID) -> None:
    """Take back a notice that has not left: the undo of a message, or a letter before it is posted."""
    notice = open_notice(work, notice_id, lock=True)
    change(work, notice, Move.CANCEL, reason=msg("La canceló una persona."))
    work.audit("notice.cancelled", notice_id=notice.id, case_id=notice.case_id)


def note_sent(work: Work, notice: Notice, *, at: datetime | None = None) -> None:
    """The notice left: the case's history, its stage and the contact point learn of it."""
    at = at or work.now()
    change(work, notice, Move.SEND)
    notice.sent_at = at
    case = cases.open_case(work, notice.case_id, lock=True)
    point = _point(work, notice)
    point.last_used_at = at
    case.last_contact_at = at
    letter = notice.channel == Channel.LETTER.value
    cases.note_event(
        work, case, kind="notice",
        title=msg("Carta enviada: {subject}") if letter else msg("Correo enviado: {subject}"),
        ref_table="notices", ref_id=notice.id, at=at,
        subject=notice.subject, template=notice.template, channel=notice.channel,
        decision_id=str(notice.decision_id), icon="mailbox" if letter else "mail",
    )  # fmt: skip
    if case.stage == Stage.RECEIVED.value:
        cases.move(work, case, CaseMove.NOTIFY, why="first notice")


def note_bounce(work: Work, notice_id: UUID, *, reason: str) -> None:
    """The address does not take mail: it is not used again, and the case's strategy looks for another way."""
    notice = open_notice(work, notice_id, lock=True)
    bounced(work, notice, reason=reason)


def bounced(work: Work, notice: Notice, *, reason: str) -> None:
    """The same for a notice in hand. `reason` is the mail server's own words."""
    change(work, notice, Move.BOUNCE, reason=msg("La dirección no recibe correo."))
    notice.proof = reason
    point = _point(work, notice)
    point.quality, point.last_outcome = "bounced", reason[:200]
    case = cases.open_case(work, notice.case_id)
    cases.note_event(
        work, case, kind="notice", title=msg("Correo devuelto: {address}"), tone="warn", visibility="staff",
        ref_table="notices", ref_id=notice.id, address=notice.address, icon="mail",
    )  # fmt: skip
    failed(work, notice)


def failed(work: Work, notice: Notice) -> None:
    """A notice of a strategy did not arrive: the strategy may try another channel."""
    if notice.strategy_id is not None:
        work.outbox.add("strategies.notice_failed", notice_id=notice.id)


def note_delivered(work: Work, notice_id: UUID) -> None:
    """The provider says that it arrived."""
    change(work, open_notice(work, notice_id, lock=True), Move.DELIVER)


def settle_unknown(work: Work, notice_id: UUID, *, arrived: bool, why: str) -> None:
    """A person looked into a notice whose answer was lost: it left after all, or it surely did not and goes again."""
    notice = open_notice(work, notice_id, lock=True)
    if State(notice.state) is not State.UNKNOWN:
        after(State(notice.state), Move.RELEASE)
    work.audit("notice.settled", notice_id=notice.id, arrived=arrived, why=why)
    if arrived:
        notice.proof = why
        note_sent(work, notice, at=notice.sending_at)
    else:
        change(work, notice, Move.RELEASE)
        notice.due_at = work.now()
        work.outbox.add("notices.send", notice_id=notice.id)


def release(work: Work, *, limit: int = 500) -> int:
    """Let go what was held until now, and name again emails that nobody sent though they were due; how many."""
    now = work.now()
    notices = work.session.scalars(
        select(Notice)
        .where(
            Notice.agency_id == work.agency_id,
            (Notice.state == State.HELD.value) & (Notice.due_at <= now)
            | (Notice.state == State.QUEUED.value)
            & (Notice.channel == Channel.EMAIL.value)
            & (Notice.due_at <= now - FORGOTTEN),
        )
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in notices:
        if notice.state == State.HELD.value:
            change(work, notice, Move.RELEASE)
        notice.due_at = now
        if notice.channel == Channel.EMAIL.value:
            work.outbox.add("notices.send", notice_id=notice.id)
    return len(notices)


def park_lost(work: Work) -> int:
    """Park emails whose sending began and was never noted: a plain mail server cannot be asked, a person can. How many.

    They are never sent again in silence.
    """
    notices = work.session.scalars(
        select(Notice)
        .where(
            Notice.agency_id == work.agency_id,
            Notice.state == State.SENDING.value,
            Notice.sending_at < work.now() - LOST,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for notice in notices:
        park(work, notice, reason=msg("El proceso se interrumpió mientras se enviaba."))
    return len(notices)


def park(work: Work, notice: Notice, *, reason: str) -> None:
    """Nobody knows whether it left: it waits for a person."""
    change(work, notice, Move.LOSE, reason=reason)
    case = cases.open_case(work, notice.case_id)
    cases.note_event(
        work, case, kind="notice", title=msg("Correo sin confirmar: no se sabe si salió"), tone="warn",
        visibility="staff", ref_table="notices", ref_id=notice.id, icon="mail",
    )  # fmt: skip


def _point(work: Work, notice: Notice) -> ContactPoint:
    return work.session.scalars(
        select(ContactPoint).where(ContactPoint.agency_id == work.agency_id, ContactPoint.id == notice.contact_point_id)
    ).one()
