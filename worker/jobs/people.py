"""Mails about accounts (a crash may send one twice; nobody is worse off), and the audit's daily anchor."""

from uuid import UUID

from recobro.people import anchors, mails
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("people.send_invitation", queue=Queue.NOTICES, outside=True)
def send_invitation(open_work: OpenWork, *, invitation_id: str) -> None:
    """Mail an invitation, unless it was used or taken back meanwhile."""
    with open_work() as work:
        found, now = mails.invitation_mail(work, UUID(invitation_id)), work.now()
    if found:
        mails.send(*found, at=now)


@job("people.send_reset", queue=Queue.NOTICES, outside=True)
def send_reset(_open_work: OpenWork, *, reset_id: str) -> None:
    """Mail the link for a new password, unless it is too old meanwhile."""
    found = mails.reset_mail(UUID(reset_id))
    if found:
        mails.send(*found)


@job("people.anchor_audit", queue=Queue.MONEY)
def anchor_audit(work: Work) -> None:
    """Note outside the database where the agency's audit ends."""
    anchors.anchor(work)
