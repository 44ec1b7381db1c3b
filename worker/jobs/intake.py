"""Placements: a big file's preview, the commit, the acknowledgement; and the files that arrive by themselves."""

from uuid import UUID

from recobro.intake import committing, previewing
from recobro.intake.doors import arrivals, mailbox, mails, watching
from recobro.intake.receipts import acknowledging
from recobro.intake.undo import retiring, undoing
from tenants.work import Work
from worker.queues import Queue
from worker.registry import OpenWork, job


@job("intake.preview", queue=Queue.INTAKE, timeout_s=1200)
def preview(work: Work, *, placement_id: str) -> None:
    """Find out what a placement would do, unless it was confirmed meanwhile."""
    previewing.preview_if_open(work, UUID(placement_id))


@job(
    "intake.commit", queue=Queue.INTAKE, timeout_s=3600, lease_s=120, outside=True, waits=(committing.ClientBusy,)
)  # fmt: skip
def commit(open_work: OpenWork, *, placement_id: str) -> None:
    """Make a placement's rows into debts, one file of a client after the other; a second run finds it done."""
    committing.commit(open_work, UUID(placement_id))


@job("intake.acknowledge", queue=Queue.DOCUMENTS)
def acknowledge(work: Work, *, placement_id: str) -> None:
    """Make the signed acknowledgement, once."""
    acknowledging.acknowledge(work, UUID(placement_id))
    watching.ask_delivery(work, UUID(placement_id))


@job("intake.mail_acknowledgement", queue=Queue.NOTICES, outside=True)
def mail_acknowledgement(open_work: OpenWork, *, placement_id: str, member_id: str, version: int) -> None:
    """Send a placement's acknowledgement to one person, unless a newer version is on its way."""
    mails.send_acknowledgement(open_work, UUID(placement_id), UUID(member_id), version)


@job(
    "intake.undo", queue=Queue.INTAKE, timeout_s=3600, lease_s=120, outside=True, waits=(committing.ClientBusy,)
)  # fmt: skip
def undo(open_work: OpenWork, *, placement_id: str) -> None:
    """Take away what a placement made and nobody has touched, when no other file of the client is in hand; a second run
    goes on where the first ended."""
    undoing.undo(open_work, UUID(placement_id))


@job("intake.withdraw_rest", queue=Queue.INTAKE, timeout_s=3600, lease_s=120, outside=True)
def withdraw_rest(open_work: OpenWork, *, placement_id: str) -> None:
    """Take back, as a recall, what the undoing of a placement left; a second run goes on where the first ended."""
    retiring.withdraw(open_work, UUID(placement_id))


@job("intake.settle", queue=Queue.INTAKE, timeout_s=1200)
def settle(work: Work, *, placement_id: str, confirm: bool) -> None:
    """Preview a big file that a program sent, and confirm it where that was asked and nothing is in doubt."""
    arrivals.settle_later(work, UUID(placement_id), confirm=confirm)


@job("intake.look_in_folders", queue=Queue.INTAKE, timeout_s=1200, outside=True)
def look_in_folders(open_work: OpenWork) -> None:
    """Take what was dropped into the agency's watched folders; what is cut short is taken up again at the next look."""
    watching.look_everywhere(open_work)


@job("intake.look_in_folder", queue=Queue.INTAKE, timeout_s=1200, outside=True)
def look_in_folder(open_work: OpenWork, *, source_id: str) -> None:
    """Look at one folder now, because somebody asked."""
    watching.look(open_work, UUID(source_id))


@job("intake.deliver_acknowledgement", queue=Queue.DOCUMENTS)
def deliver_acknowledgement(work: Work, *, placement_id: str) -> None:
    """Write a placement's acknowledgement where its file was dropped; the same again is the same file."""
    watching.deliver_acknowledgement(work, UUID(placement_id))


@job("intake.read_mail", queue=Queue.INTAKE, timeout_s=1200, outside=True)
def read_mail(open_work: OpenWork, *, mail_id: str) -> None:
    """Make placements of a message's attachments; those that were made are met again."""
    mailbox.read(open_work, UUID(mail_id))


@job("intake.answer_mail", queue=Queue.NOTICES, outside=True)
def answer_mail(open_work: OpenWork, *, mail_id: str) -> None:
    """Tell the sender what became of the files, once (a crash in between may tell it twice)."""
    mails.answer(open_work, UUID(mail_id))
