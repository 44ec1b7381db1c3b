"""What follows from flags on cases."""

from uuid import UUID
from zoneinfo import ZoneInfo

from recobro.cases import flags
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
