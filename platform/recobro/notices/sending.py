"""Sending one email in three steps: intend (committed), do (the mail server), note (committed).

Whatever dies in between leaves the notice as `sending`, which nobody sends again: it is parked as unknown.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel.text import msg
from legal import gate
from legal.gate import Clearance, Denied, Held
from legal.records.service import void_attempt
from recobro.adapters.email_smtp import OutgoingEmail, Refused, Result, Sent, TryLater
from recobro.cases.links import make_link
from recobro.faults import reach
from recobro.files import keep_file
from recobro.notices import drafts, service
from recobro.notices.drafts import Draft
from recobro.notices.lifecycle import WAITING, Move, State
from recobro.notices.render import WordsRefused, email_html
from recobro.notices.tables import Notice
from recobro.wiring import outside
from tenants.work import Work

OpenWork = Callable[[], AbstractContextManager[Work]]
TRIES = 6
_FIRST_REST = timedelta(minutes=2)
# RFC 3463 X.1.* and RFC 5321: the mailbox itself is the trouble.
_MAILBOX_CODES = frozenset({550, 551, 553})


@dataclass(frozen=True)
class _Intended:
    """What was committed as intended: the email, its very bytes, and the leave to send it."""

    clearance: Clearance
    email: OutgoingEmail
    raw: bytes


def send(open_work: OpenWork, *, notice_id: UUID) -> None:
    """Send a queued email, or say why not: held until, failed, cancelled. A second call finds nothing to do."""
    with open_work() as work:
        intended = _intend(work, notice_id)
    if intended is None:
        return
    reach("notices.intended")
    result = outside().mail.send(intended.clearance, intended.email, intended.raw)
    reach("notices.done")
    with open_work() as work:
        _note(work, notice_id, result)
    reach("notices.noted")


def _intend(work: Work, notice_id: UUID) -> _Intended | None:
    notice = service.open_notice(work, notice_id, lock=True)
    # One found as `sending` is in other hands, or its process died: reconciling parks it in time.
    if State(notice.state) not in WAITING or notice.due_at > work.now():
        return None
    wanted = drafts.redraft(work, notice)
    if reason := drafts.out_of_date(wanted):
        service.change(work, notice, Move.CANCEL, reason=reason)
        return None
    clearance = ask_at_the_door(work, notice, wanted)
    return _compose(work, notice, wanted, clearance) if clearance else None


def ask_at_the_door(work: Work, notice: Notice, wanted: Draft) -> Clearance | None:
    """The gate's leave at the moment of sending; without it the notice is held or fails, and says so."""
    try:
        clearance = gate.permission_to_contact(work, drafts.request_of(notice, wanted))
    except Held as held:
        service.change(work, notice, Move.HOLD, reason=msg("Fuera del horario o de los límites de contacto."))
        notice.due_at, notice.decision_id = held.until, held.decision_id
        return None
    except Denied as denied:
        notice.decision_id = denied.decision_id
        service.change(work, notice, Move.FAIL, reason=msg("Las reglas de contacto no lo permiten."))
        service.failed(work, notice)
        return None
    notice.decision_id, notice.attempt_id = clearance.decision_id, clearance.attempt_id
    return clearance


def _compose(work: Work, notice: Notice, wanted: Draft, clearance: Clearance) -> _Intended | None:
    link = make_link(work, notice.case_id, channel=notice.channel, contact_point_id=notice.contact_point_id)
    try:
        words = drafts.words_of(work, wanted, link=link.url, stop_link=link.stop_url)
    except WordsRefused as refused:
        void_attempt(work, clearance.attempt_id)
        service.change(work, notice, Move.FAIL, reason=refused.message)
        service.failed(work, notice)
        return None
    facts = wanted.facts
    email = OutgoingEmail(
        message_id=message_id(notice),
        sender_name=f"{wanted.contents.collector}, {facts.agency.name}",
        to=notice.address,
        subject=words.subject,
        text=words.text,
        html=email_html(words, locale=notice.locale, color=facts.client.brand_color),
        reply_to=facts.agency.email,
        unsubscribe_url=link.stop_url,
        at=work.now(),
    )
    raw = outside().mail.compose(email)
    kept = keep_file(
        work, name=f"{facts.case.number}-{notice.template}.eml", media_type="message/rfc822", data=raw,
        client_id=notice.client_id, case_id=notice.case_id,
    )  # fmt: skip
    notice.subject, notice.calculated_on = words.subject, words.on
    notice.amount, notice.currency = facts.case.balance, facts.case.currency
    notice.link_id, notice.file_id, notice.file_sha256 = link.id, kept.id, kept.sha256
    notice.sending_at = work.now()
    notice.tries += 1
    service.change(work, notice, Move.INTEND)
    return _Intended(clearance, email, raw)


def message_id(notice: Notice) -> str:
    """Always the same for a notice, so that a duplicate can be recognised wherever it turns up."""
    domain = outside().settings.smtp_from.rpartition("@")[2]
    return f"<notice-{notice.id}@{domain}>"


def _note(work: Work, notice_id: UUID, result: Result) -> None:
    notice = service.open_notice(work, notice_id, lock=True)
    if State(notice.state) is State.UNKNOWN and isinstance(result, Sent):
        # It was parked while the server took its time.
        notice.proof = result.reply
        service.note_sent(work, notice)
    if State(notice.state) is not State.SENDING:
        return
    match result:
        case Sent(reply):
            notice.proof = reply
            service.note_sent(work, notice)
        case Refused(code, reason):
            _void(work, notice)
            if code in _MAILBOX_CODES:
                service.bounced(work, notice, reason=f"{code} {reason}")
            else:
                notice.proof = f"{code} {reason}"
                service.change(work, notice, Move.FAIL, reason=msg("El servidor de correo no lo aceptó."))
                service.failed(work, notice)
        case TryLater(reason):
            _void(work, notice)
            notice.proof = reason
            _try_later(work, notice)
        case _:
            notice.proof = result.reason
            service.park(work, notice, reason=msg("Se perdió la respuesta del servidor de correo."))


def _void(work: Work, notice: Notice) -> None:
    if notice.attempt_id is not None:
        void_attempt(work, notice.attempt_id)


def _try_later(work: Work, notice: Notice) -> None:
    if notice.tries >= TRIES:
        service.change(work, notice, Move.FAIL, reason=msg("El servidor de correo no lo aceptó en varios intentos."))
        service.failed(work, notice)
        return
    rest = _FIRST_REST * 2 ** (notice.tries - 1)
    service.change(work, notice, Move.POSTPONE, reason=msg("El servidor de correo pidió probar más tarde."))
    notice.due_at = work.now() + rest
    work.outbox.add("notices.send", after=rest, notice_id=notice.id)
