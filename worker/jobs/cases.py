"""What follows from flags on cases and from what debtors say."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update

from kernel.text import msg
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.debtors.tables import ContactPoint
from tenants.service import agency_of
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job


@job("cases.flag_opened", queue=Queue.NOTICES)
def flag_opened(work: Work, *, flag_id: str) -> None:
    """A client or debtor marked a case: the queue follows at once."""
    flags.effect_of(work, UUID(flag_id))


@job("cases.expire_flags", queue=Queue.NOTICES)
def expire_flags(work: Work) -> None:
    """End the pauses whose last day is over."""
    flags.expire_flags(work, today=work.today(ZoneInfo(agency_of(work).time_zone)))


_SAID = {
    "paid": (msg("El deudor dice que ya pagó"), msg("Dice que ya pagó"), 620),
    "talk": (msg("El deudor pide que le llamen"), msg("Pide una llamada"), 640),
}


@job("cases.debtor_said", queue=Queue.NOTICES)
def debtor_said(work: Work, *, case_id: str, what: str, text: str) -> None:
    """What a debtor wrote on their page comes before a person at once."""
    case = cases.open_case(work, UUID(case_id), lock=True)
    title, reason, priority = _SAID[what]
    cases.note_event(work, case, kind="visit", title=title, body=text, tone="info", visibility="debtor")
    if case.stage not in ("closed", "legal"):
        cases.put_in_queue(work, case, reason=reason, priority=priority, tone="info")


@job("cases.wrong_person", queue=Queue.NOTICES)
def wrong_person(work: Work, *, case_id: str, contact_point_id: str | None) -> None:
    """Somebody else answered: the contact point is dead for good."""
    case = cases.open_case(work, UUID(case_id), lock=True)
    if contact_point_id and contact_point_id != "None":
        work.session.execute(
            update(ContactPoint)
            .where(ContactPoint.agency_id == work.agency_id, ContactPoint.id == UUID(contact_point_id))
            .values(quality="wrong")
        )
    cases.note_event(
        work, case, kind="visit", title=msg("Contestó otra persona: no se usará más ese contacto"), tone="warn"
    )
    if case.stage not in ("closed", "legal"):
        cases.put_in_queue(work, case, reason=msg("Contacto equivocado"), priority=350, tone="warn")
