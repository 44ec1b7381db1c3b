"""Mails about accounts. A crash between the sending and its note sends one twice; nobody is worse off."""

from uuid import UUID

from recobro.people import mails
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("people.send_invitation", queue=Queue.NOTICES, outside=True)
def send_invitation(open_work: OpenWork, *, invitation_id: str) -> None:
    """Mail an invitation, unless it was used or taken back meanwhile."""
    with open_work() as work:
        found = mails.invitation_mail(work, UUID(invitation_id))
    if found:
        mails.send(*found)


@job("people.send_reset", queue=Queue.NOTICES, outside=True)
def send_reset(_open_work: OpenWork, *, reset_id: str) -> None:
    """Mail the link for a new password, unless it is too old meanwhile."""
    found = mails.reset_mail(UUID(reset_id))
    if found:
        mails.send(*found)
