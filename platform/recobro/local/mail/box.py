"""The mails taken, one `.eml` file each, the newest first. A file appears whole or not at all, and stays."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from uuid import UUID

from kernel.ids import new_id

_LINK = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]")
_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class File:
    """Something attached to a mail."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """One mail as it was taken: the envelope, and the message parsed."""

    id: UUID
    received_at: datetime
    envelope_from: str
    envelope_to: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        """Who it says it is from, by name if it gives one."""
        header = self.message["From"]
        addresses: Sequence[Address] = getattr(header, "addresses", ())
        return (addresses[0].display_name or addresses[0].addr_spec) if addresses else self.envelope_from

    @property
    def text(self) -> str:
        """Its plain text; empty when it has none."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """Its HTML; empty when it has none."""
        return self._part("html")

    @property
    def files(self) -> list[File]:
        """What is attached."""
        return [
            File(part.get_filename() or "adjunto", part.get_content_type(), data)
            for part in self.message.iter_attachments()
            if isinstance(data := part.get_payload(decode=True), bytes)
        ]

    @property
    def links(self) -> list[str]:
        """Web addresses in its text, or in its HTML when it has no text, each once."""
        return list(dict.fromkeys(_LINK.findall(self.text or self.html)))

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


class MailBox:
    """Mails in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parsed: dict[UUID, Mail] = {}
        (folder / "tmp").mkdir(parents=True, exist_ok=True)

    def keep(self, raw: bytes, *, sender: str, recipients: Sequence[str], at: datetime) -> UUID:
        """Keep a mail with the trace a mail server writes above it (RFC 5321 4.4); you get its id."""
        mail_id = new_id()
        trace = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
        trace.append(f"Received: by localhost with ESMTP id {mail_id}; {format_datetime(at)}")
        partial = self._folder / "tmp" / f"{mail_id}.eml"
        with partial.open("xb") as out:
            out.write("".join(f"{line}\r\n" for line in trace).encode() + raw)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(self._folder / partial.name)
        return mail_id

    def mail(self, mail_id: UUID) -> Mail | None:
        """One mail; None when there is none of that id."""
        if mail_id not in self._parsed:
            try:
                raw = (self._folder / f"{mail_id}.eml").read_bytes()
            except FileNotFoundError:
                return None
            self._parsed[mail_id] = _parse(mail_id, raw)
        return self._parsed[mail_id]

    def mails(self, *, to: str = "", words: str = "") -> list[Mail]:
        """All mails, the newest first, or those to an address, or with words in subject, sender, recipients or text."""
        return [mail for mail in self._every() if _matches(mail, to.lower(), words.lower())]

    def clear(self) -> None:
        """Throw every mail away."""
        for path in self._folder.glob("*.eml"):
            path.unlink()
        self._parsed.clear()

    def _every(self) -> Iterator[Mail]:
        # Ids sort by birth (UUIDv7).
        for path in sorted(self._folder.glob("*.eml"), reverse=True):
            mail = self.mail(UUID(path.stem))
            if mail is not None:
                yield mail


def _matches(mail: Mail, to: str, words: str) -> bool:
    if to and to not in (recipient.lower() for recipient in mail.envelope_to):
        return False
    if not words:
        return True
    return words in " ".join((mail.subject, mail.sender, *mail.envelope_to, mail.text)).lower()


def _parse(mail_id: UUID, raw: bytes) -> Mail:
    message = _PARSER.parsebytes(raw)
    assert isinstance(message, EmailMessage)
    received = str(message["Received"] or "").rpartition(";")[2].strip()
    at = parsedate_to_datetime(received) if received else datetime.fromtimestamp((mail_id.int >> 80) / 1000, UTC)
    return Mail(
        id=mail_id,
        received_at=at.astimezone(UTC),
        envelope_from=str(message["Return-Path"] or "").strip("<>"),
        envelope_to=tuple(str(one) for one in message.get_all("Delivered-To", [])),
        message=message,
        raw=raw,
    )
