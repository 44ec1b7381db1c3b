"""Links by which a debtor reaches the own case: made here, opened by the debtor's pages."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from kernel.ids import new_id
from recobro.cases.service import open_case
from recobro.cases.tables import DebtorLink
from recobro.wiring import outside
from tenants.work import Work

LINK_DAYS = 30
PURPOSES = ("see", "pay", "agree", "stop")


@dataclass(frozen=True)
class Link:
    """A fresh link's addresses; the token in them is known to nobody after this. `stop_url` ends this channel."""

    id: UUID
    url: str
    stop_url: str


def token_digest(token: str) -> str:
    """What is kept of a token, and what it is found by."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(
    work: Work,
    case_id: UUID,
    *,
    purposes: Sequence[str] = PURPOSES,
    channel: str = "",
    contact_point_id: UUID | None = None,
    days: int = LINK_DAYS,
) -> Link:
    """A new link to a case, good for 30 days unless told otherwise. Staff and jobs make them, nobody else."""
    case = open_case(work, case_id)
    token = secrets.token_urlsafe(32)
    now = work.now()
    row = DebtorLink(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        debtor_id=case.debtor_id,
        token_sha256=token_digest(token),
        purposes=list(purposes),
        channel=channel,
        contact_point_id=contact_point_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    work.add(row)
    address = outside().settings.address
    return Link(row.id, f"{address}/d/{token}", f"{address}/stop/{token}")


def end_links(work: Work, case_id: UUID) -> None:
    """No link to this case opens any more: it was recalled, or sent to the wrong person."""
    work.session.execute(
        update(DebtorLink)
        .where(DebtorLink.agency_id == work.agency_id, DebtorLink.case_id == case_id, DebtorLink.dead_at.is_(None))
        .values(dead_at=work.now())
    )
