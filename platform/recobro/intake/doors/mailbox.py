"""Files by email: a message is kept whole before it is answered, then its attachments go through the same door."""

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from io import BytesIO
from itertools import islice
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.problems import NotFound
from recobro.adapters.mail_receiver import OK
from recobro.files import keep_file, read_file
from recobro.intake.doors import arrivals, sources
from recobro.intake.tables import IntakeMail, IntakeSource
from tenants.context import job_principal
from tenants.tables import Agency
from tenants.work import Work, door_work, tenant_work

OpenWork = Callable[[], AbstractContextManager[Work]]
MOST_ATTACHMENTS = 10
_MOST_PARTS = 200
# What a client's file may be called; everything else of a message is its text, a signature, a picture.
_FILES = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xls", ".ods", ".xml", ".zip", ".pdf"})
# What mail programs add by themselves.
_ADDED = re.compile(r"ATT\d+\.(txt|html?)|smime\.p7s|winmail\.dat|signature\.asc", re.IGNORECASE)
_NOBODY = "550 5.7.1 This address does not take mail from you"
_UNREADABLE = "550 5.6.0 The message cannot be read"
_OTHER_FROM = "550 5.7.1 The From header must be one of the allowed senders"
_TOO_MANY = f"552 5.3.4 At most {MOST_ATTACHMENTS} attachments"


@dataclass(frozen=True)
class Contents:
    """What a message carries: its one writer, its files, the names of what is left aside."""

    message_id: str
    sender: str
    subject: str
    files: Sequence[tuple[str, bytes]]
    skipped: Sequence[str]
    automatic: bool


def may_write(sender: str, recipient: str) -> str:
    """The SMTP answer to a recipient. An unknown address and a wrong sender are told alike."""
    source = _source(recipient)
    return OK if source is not None and sources.may_send(source, sender) else _NOBODY


def take(sender: str, recipients: Sequence[str], content: bytes) -> str:
    """The SMTP answer to a message: 250 when it is kept, for every address it is for."""
    found = contents(content)
    if found is None:
        return _UNREADABLE
    if len(found.files) > MOST_ATTACHMENTS:
        return _TOO_MANY
    for recipient in recipients:
        source = _source(recipient)
        if source is None or not sources.may_send(source, sender):
            return _NOBODY
        if not sources.may_send(source, found.sender):
            return _OTHER_FROM
        _keep(source, found, content)
    return OK


def _source(recipient: str) -> IntakeSource | None:
    """The active source of an address, before anybody is known."""
    token = sources.token_in(recipient)
    if not token:
        return None
    with door_work() as door:
        return door.scalars(
            select(IntakeSource)
            .join(Agency, Agency.agency_id == IntakeSource.agency_id)
            .where(IntakeSource.token_sha256 == sources.digest(token), IntakeSource.active, Agency.status == "active")
        ).first()


def _keep(source: IntakeSource, found: Contents, content: bytes) -> None:
    """The message, its row and its job, in one transaction; a Message-ID that is there already is left alone."""
    with tenant_work(job_principal(source.agency_id)) as work:
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:mail, 10))")
        work.session.execute(lock, {"mail": f"{source.id} {found.message_id}"})
        known = select(IntakeMail.id).where(
            IntakeMail.agency_id == work.agency_id,
            IntakeMail.source_id == source.id,
            IntakeMail.message_id == found.message_id,
        )
        if work.session.scalar(known) is not None:
            return
        kept = keep_file(
            work, name="mensaje.eml", media_type="message/rfc822", data=content, client_id=source.client_id,
            visibility="client",
        )  # fmt: skip
        mail = IntakeMail(
            agency_id=work.agency_id, client_id=source.client_id, id=new_id(), source_id=source.id,
            message_id=found.message_id, sender=found.sender, subject=found.subject, file_id=kept.id,
            received_at=work.now(),
        )  # fmt: skip
        work.add(mail)
        work.outbox.add("intake.read_mail", mail_id=mail.id)


def contents(content: bytes) -> Contents | None:
    """What a message carries; None when it has no single writer or no shape at all."""
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        writers = list(message["From"].addresses) if message["From"] is not None else []
        if len(writers) != 1 or not writers[0].addr_spec:
            return None
        named = " ".join(str(message["Message-ID"] or "").split())[:300]
        files, skipped = _attachments(message)
        return Contents(
            message_id=_plain(named) or f"sha256:{hashlib.sha256(content).hexdigest()}",
            sender=_plain(writers[0].addr_spec).lower()[:254],
            subject=_plain(" ".join(str(message["Subject"] or "").split()))[:200],
            files=files,
            skipped=skipped,
            automatic=str(message["Auto-Submitted"] or "no").strip().lower() != "no",
        )
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError):
        # The standard library's parser stumbles over some broken headers instead of telling of them.
        return None


def _attachments(message: EmailMessage) -> tuple[list[tuple[str, bytes]], list[str]]:
    files: list[tuple[str, bytes]] = []
    skipped: list[str] = []
    for part in islice(message.walk(), _MOST_PARTS):
        name = _plain(str(part.get_filename() or ""))
        if part.is_multipart() or not name or _ADDED.fullmatch(name):
            continue
        data = part.get_payload(decode=True)
        if PurePath(name).suffix.lower() in _FILES and isinstance(data, bytes):
            files.append((name[-200:], data))
        elif len(skipped) < MOST_ATTACHMENTS:
            skipped.append(name[-200:])
    return files, skipped


def _plain(value: str) -> str:
    # Broken encodings leave lone surrogates, which the database does not take.
    return "".join(sign if sign.isprintable() else "�" for sign in value.encode(errors="replace").decode())


def read(open_work: OpenWork, mail_id: UUID) -> None:
    """Make placements of a kept message's attachments, each in its own transaction, and have the sender answered."""
    with open_work() as work:
        mail = open_mail(work, mail_id)
        if mail.state != "waiting":
            return
        found = contents(read_file(work, mail.file_id)[1])
        source_id = mail.source_id
    assert found is not None, "a message that was taken can be read"
    for number, (name, data) in enumerate(found.files, start=1):
        with open_work() as work:
            arrivals.arrive(
                work, sources.open_source(work, source_id), origin=f"mail:{mail_id}:{number}", name=name,
                file=BytesIO(data), mail_id=mail_id,
            )  # fmt: skip
    with open_work() as work:
        mail = open_mail(work, mail_id)
        mail.state, mail.skipped = "read", list(found.skipped)
        sources.open_source(work, source_id).last_used_at = work.now()
        # A machine's mail is not answered (RFC 3834): its answer would be answered.
        if not found.automatic:
            mail.answer = "waiting"
            work.outbox.add("intake.answer_mail", mail_id=mail_id)


def open_mail(work: Work, mail_id: UUID) -> IntakeMail:
    """One kept message; missing and foreign are the same."""
    found = work.session.scalar(
        select(IntakeMail).where(IntakeMail.agency_id == work.agency_id, IntakeMail.id == mail_id)
    )
    if found is None:
        raise NotFound
    return found
