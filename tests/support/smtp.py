"""A real mail server for the tests, which keeps what it takes and refuses what it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from recobro import wiring
from recobro.config import Settings, Tls
from recobro.engines.process import free_port
from tests.support.database import SECRET


@dataclass
class Mailbox:
    """What arrived, and what the server answers: `answers` maps a step (RCPT, DATA) to its reply."""

    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def messages(self) -> list[EmailMessage]:
        """The mails, parsed."""
        parsed = [message_from_bytes(data, policy=policy.default) for data in self.raw]
        return [message for message in parsed if isinstance(message, EmailMessage)]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take a recipient, or not."""
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, refuse it, or take it and hang up without a word."""
        answer = self.answers.get("DATA", f"250 OK queued as {len(self.raw) + 1}")
        if answer.startswith("250") or answer == "hang up":
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            self.recipients.extend(envelope.rcpt_tos)
        if answer == "hang up":
            assert server.transport is not None
            server.transport.close()
        return answer


@contextmanager
def a_mailbox(folder: Path, **settings: Any) -> Iterator[Mailbox]:
    """A mail server on a free port, and this process's outside wired to it and to files in a folder."""
    mailbox = Mailbox()
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, server_kwargs={"enable_SMTPUTF8": True})
    controller.start()
    before = wiring._outside
    wiring._outside = wiring.Outside(
        Settings(
            data=folder, files=folder / "files", secret=SECRET,
            smtp_host="127.0.0.1", smtp_port=port, smtp_tls=Tls.NONE, smtp_from="cobranza@despacho.example",
            public_url="https://pagos.despacho.example", **settings,
        )
    )  # fmt: skip
    try:
        yield mailbox
    finally:
        wiring._outside = before
        controller.stop()
