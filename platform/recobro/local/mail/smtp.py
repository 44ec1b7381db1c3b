"""The SMTP side (aiosmtpd): takes everything, or behaves as badly as a test asks."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from kernel.clock import Clock
from recobro.adapters.smtp_thread import SmtpThread
from recobro.local.mail.box import MailBox


@dataclass
class Conduct:
    """How the server behaves. Addresses are patterns (`*@bad.example`); everything else is taken."""

    refuse: list[str] = field(default_factory=list)  # 550 for good
    later: list[str] = field(default_factory=list)  # 451 for now
    reject: int = 0  # so many next mails get 554 after they were handed over
    cut: int = 0  # so many next mails are kept, and the line is cut without an answer
    slow_s: float = 0.0  # seconds before the answer to each mail


class SmtpSide(SmtpThread):
    """Takes mails into a box on 127.0.0.1, in a thread."""

    def __init__(self, box: MailBox, conduct: Conduct, clock: Clock, *, port: int = 0) -> None:
        handler = _Handler(box, conduct, clock)

        def line(loop: asyncio.AbstractEventLoop, _opened: int) -> SMTP:
            return SMTP(
                handler, enable_SMTPUTF8=True, authenticator=_anybody, auth_require_tls=False, loop=loop,
                hostname="localhost",
            )  # fmt: skip

        super().__init__(line, host="127.0.0.1", port=port, name="smtp")


def _anybody(*_: Any) -> AuthResult:
    return AuthResult(success=True)


class _Handler:
    def __init__(self, box: MailBox, conduct: Conduct, clock: Clock) -> None:
        self._box = box
        self._conduct = conduct
        self._clock = clock

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if any(fnmatch(address.lower(), pattern) for pattern in self._conduct.refuse):
            return "550 5.1.1 No such mailbox here"
        if any(fnmatch(address.lower(), pattern) for pattern in self._conduct.later):
            return "451 4.2.1 Mailbox busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail and say so, late or not at all."""
        if self._conduct.slow_s:
            await asyncio.sleep(self._conduct.slow_s)
        if self._conduct.reject:
            self._conduct.reject -= 1
            return "554 5.7.1 Message refused"
        content = envelope.original_content or b""
        mail_id = self._box.keep(
            content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos, at=self._clock.now()
        )
        if self._conduct.cut:
            self._conduct.cut -= 1
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return f"250 2.0.0 Queued as {mail_id}"
