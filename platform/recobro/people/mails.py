"""Sending the mails about accounts. They go to people who sign in, never to a debtor, and need no clearance."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Invalid, Kind, Problem
from kernel.text import msg
from recobro.adapters.email_smtp import OutgoingEmail, Refused, Sent
from recobro.people import render
from recobro.people.invitations import invitation_token
from recobro.people.links import Purpose
from recobro.people.resets import reset_token
from recobro.people.tokens import is_open
from recobro.web.translations import SOURCE_LOCALE
from recobro.wiring import outside
from tenants.roles import Role
from tenants.service import agency_of
from tenants.tables import AccessToken, Person
from tenants.work import Work, door_work


class MailRefused(Invalid):
    """The mail server will never take this mail."""

    code = "people.mail_refused"


class MailNotSent(Problem):
    """The mail server did not take it now; later it may."""

    kind = Kind.UNAVAILABLE
    code = "people.mail_not_sent"


def invitation_mail(work: Work, invitation_id: UUID) -> tuple[str, render.Mail] | None:
    """Whom an invitation goes to and what it says; None when it was used or taken back meanwhile."""
    row = work.session.scalar(
        select(AccessToken).where(
            AccessToken.agency_id == work.agency_id,
            AccessToken.id == invitation_id,
            AccessToken.purpose == Purpose.INVITATION.value,
        )
    )
    if row is None or not is_open(row):
        return None
    agency = agency_of(work)
    mail = render.invitation_mail(
        name=row.name, by=row.invited_by, agency=agency.name, role=Role(row.role), link=invitation_link(row.id),
        until=(row.expires_at + (work.now() - SystemClock().now())).date(), locale=agency.locale,
    )  # fmt: skip
    return row.email, mail


def reset_mail(reset_id: UUID) -> tuple[str, render.Mail] | None:
    """Whom a reset goes to and what it says; None when it was used or is too old."""
    with door_work() as door:
        row = door.get(AccessToken, reset_id)
        if row is None or row.purpose != Purpose.RESET.value or not is_open(row) or row.person_id is None:
            return None
        person = door.get_one(Person, row.person_id)
        mail = render.reset_mail(name=person.name, link=reset_link(row.id), locale=person.locale or SOURCE_LOCALE)
        return person.email, mail


def send(email: str, mail: render.Mail, *, at: datetime | None = None) -> None:
    """Hand a mail to the mail server, dated `at`; MailNotSent when it did not take it for certain (the job tries
    again)."""
    domain = outside().settings.smtp_from.partition("@")[2]
    result = outside().mail.send_account_mail(
        OutgoingEmail(
            message_id=f"<{new_id()}@{domain}>", sender_name="Recobro", to=email, subject=mail.subject,
            text=mail.text, at=at,
        )
    )  # fmt: skip
    match result:
        case Sent():
            return
        case Refused():
            raise MailRefused(msg("El servidor de correo no aceptó el mensaje ({code})."), code=result.code)
        case _:
            raise MailNotSent(msg("El servidor de correo no respondió."))


def invitation_link(invitation_id: UUID) -> str:
    """An invitation's whole address."""
    return f"{outside().settings.address}/invitation/{invitation_token(invitation_id)}"


def reset_link(reset_id: UUID) -> str:
    """A reset's whole address."""
    return f"{outside().settings.address}/reset/{reset_token(reset_id)}"
