"""Email by SMTP (RFC 5321). What happened is said exactly: sent, refused, try later, or nobody knows.

A plain SMTP send whose answer was lost is Unknown and is never sent again in silence. The Message-ID is stable, made
from the notice, so that a duplicate can be recognised.
"""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING

import css_inline

from kernel.clock import SystemClock
from legal.gate import Clearance
from legal.rules.facts import Channel

if TYPE_CHECKING:
    from recobro.config import Settings

TIMEOUT_S = 10
# Left to itself it fetches the style sheets a text names, from the network and from this machine's files.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an email."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class OutgoingEmail:
    """One email. `message_id` is stable for what it carries; `html` may be empty; replies go to `reply_to`.

    `at` is the sender's own time, for its `Date`; without one it is the machine's.
    """

    message_id: str
    sender_name: str
    to: str
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Sent:
    """The server took it; its reply is the proof."""

    reply: str


@dataclass(frozen=True)
class Refused:
    """The server will not take it, now or later."""

    code: int
    reason: str


@dataclass(frozen=True)
class TryLater:
    """Nothing was taken; the same may go through later."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The message was handed over and the answer was lost: it may have been sent."""

    reason: str


Result = Sent | Refused | TryLater | Unknown


@dataclass
class _Told:
    """What the server has answered so far. Its answer stands, however the connection ends afterwards."""

    handed_over: bool = False
    result: Result | None = None

    def end(self, result: Result) -> None:
        self.result = self.result or result

    def hand_over(self, server: smtplib.SMTP, sender: str, to: str, raw: bytes) -> None:
        code, reply = server.mail(sender)
        if code != 250:
            # The server does not want us, now; that says nothing about the recipient.
            return self.end(TryLater(f"{code} {_text(reply)}"))
        code, reply = server.rcpt(to)
        if code not in (250, 251):
            return self.end(_negative(code, reply))
        self.handed_over = True
        code, reply = server.data(raw)
        return self.end(Sent(_text(reply)) if code == 250 else _negative(code, reply))


@cache
def _trust() -> ssl.SSLContext:
    # Reading the authorities of the machine takes longer than sending an email.
    return ssl.create_default_context()


@dataclass(frozen=True)
class SmtpMail:
    """A mail server, spoken to as the settings say. `tls`: none, starttls or tls."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str = "none"
    sender: str = "cobranza@localhost"

    @classmethod
    def from_settings(cls, settings: "Settings") -> "SmtpMail":
        """The installation's mail server."""
        return cls(
            host=settings.smtp_host or "127.0.0.1",
            port=settings.smtp_port,
            user=settings.smtp_user or "",
            password=settings.smtp_password or "",
            tls=settings.smtp_tls.value,
            sender=settings.smtp_from,
        )

    def compose(self, email: OutgoingEmail) -> bytes:
        """The message as it will travel (RFC 5322, CRLF line ends): what is kept as evidence before it is sent."""
        return self._message(email).as_bytes(policy=policy.SMTP)

    def send(self, clearance: Clearance, email: OutgoingEmail, raw: bytes | None = None) -> Result:
        """Send one email to a debtor; it takes the gate's leave for this very address. `raw` is it as composed."""
        if type(clearance) is not Clearance:
            raise TypeError("An email to a debtor needs the gate's clearance for its address.")
        clearance.spend(Channel.EMAIL, email.to)
        return self._send(email.to, raw or self.compose(email))

    def send_account_mail(self, email: OutgoingEmail) -> Result:
        """Send one email about somebody's own account (invitation, new password): no contact with a debtor."""
        return self._send(email.to, self.compose(email))

    def _send(self, to: str, raw: bytes) -> Result:
        told = _Told()
        try:
            with self._connected() as server:
                told.hand_over(server, self.sender, to, raw)
        except smtplib.SMTPDataError as error:
            told.end(_negative(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            told.end(Unknown(reason) if told.handed_over else TryLater(reason))
        assert told.result is not None
        return told.result

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=_trust())
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
            if self.tls == "starttls":
                server.starttls(context=_trust())
        server.ehlo_or_helo_if_needed()
        if self.user:
            server.login(self.user, self.password)
        return server

    def _message(self, email: OutgoingEmail) -> EmailMessage:
        message = EmailMessage()
        message["Message-ID"] = email.message_id
        message["Date"] = format_datetime(email.at or SystemClock().now())
        message["From"] = Address(email.sender_name, addr_spec=self.sender)
        message["To"] = email.to
        message["Subject"] = " ".join(email.subject.split())
        if email.reply_to:
            message["Reply-To"] = email.reply_to
        if email.unsubscribe_url:
            # RFC 8058: one click, no page to find first.
            message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        for name, value in email.headers.items():
            message[name] = value
        message.set_content(email.text)
        if email.html:
            message.add_alternative(_INLINER.inline(email.html), subtype="html")
        for attachment in email.attachments:
            main, _, sub = attachment.media_type.partition("/")
            message.add_attachment(attachment.data, maintype=main, subtype=sub, filename=attachment.name)
        return message


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply


def _negative(code: int, reply: bytes | str) -> Refused | TryLater:
    # RFC 5321 4.2.1: 4yz may succeed later, 5yz will not.
    return TryLater(f"{code} {_text(reply)}") if 400 <= code < 500 else Refused(code, _text(reply))
