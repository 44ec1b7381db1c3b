"""The SMTP side of an address that takes files (RFC 5321, aiosmtpd): a message is answered 250 only once it is kept.

It stands behind the agency's own mail server, which speaks TLS and judges SPF, DKIM and DMARC; here are only the limits
and the two questions: may this sender write to this address, and is the message kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from recobro.adapters.smtp_thread import SmtpThread

MOST_BYTES = 40 * 1024 * 1024
MOST_RECIPIENTS = 5
MOST_LINES = 40
_IDLE_S = 60.0
_AT_ONCE = 4
OK, LATER = "250 2.0.0 OK", "451 4.3.0 Try again later"

log = structlog.get_logger()
# (envelope sender, recipient) and (envelope sender, recipients, message): each gives the SMTP answer.
May = Callable[[str, str], str]
Keep = Callable[[str, Sequence[str], bytes], str]


class MailReceiver:
    """Takes mails in a thread of its own; the two questions are asked in others, four at once."""

    def __init__(self, may: May, keep: Keep, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._handler = _Handler(may, keep)
        self._thread = SmtpThread(self._line, host=host, port=port, name="mailbox")
        self.port = self._thread.port

    def start(self) -> "MailReceiver":
        """Take mails from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Take no more."""
        self._thread.stop()
        self._handler.pool.shutdown()

    def __enter__(self) -> "MailReceiver":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _line(self, loop: asyncio.AbstractEventLoop, opened: int) -> asyncio.Protocol:
        if opened >= MOST_LINES:
            return _Busy()
        return SMTP(
            self._handler, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, timeout=_IDLE_S, loop=loop,
            hostname="recobro", ident="Recobro", command_call_limit={"*": 50},
        )  # fmt: skip


class _Busy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Too many lines are open."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
        transport.close()


class _Handler:
    def __init__(self, may: May, keep: Keep) -> None:
        self._may = may
        self._keep = keep
        self.pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mailbox")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        answer = await self._ask(self._may, envelope.mail_from or "", address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message, and only then say so."""
        content = envelope.original_content or b""
        return await self._ask(self._keep, envelope.mail_from or "", tuple(envelope.rcpt_tos), content)

    async def _ask(self, question: Callable[..., str], *about: object) -> str:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: question(*about))
        except Exception as error:
            log.error("mail not taken", exc_info=error)
            return LATER
