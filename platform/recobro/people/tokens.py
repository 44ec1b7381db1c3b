"""The rows behind the links in mails: which of them still open, and using one up."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from recobro.people.links import Purpose, dead_link, row_of
from recobro.wiring import outside
from tenants.tables import AccessToken


def secret() -> str:
    """The installation's secret, under which links are made."""
    return outside().settings.signing_secret()


def living(door: Session, purpose: Purpose, token: str) -> AccessToken:
    """The row that a link opens, or DeadLink."""
    row = door.get(AccessToken, row_of(secret(), purpose, token))
    if row is None or row.purpose != purpose.value or not is_open(row):
        raise dead_link()
    if purpose is Purpose.RESET and row.person_id is None:
        raise dead_link()
    return row


def is_open(row: AccessToken) -> bool:
    """Whether a link was neither used nor taken back, and is not too old."""
    return row.used_at is None and row.cancelled_at is None and row.expires_at > SystemClock().now()


def spend(door: Session, row_id: UUID) -> AccessToken:
    """Use a link up; of two at once, one gets DeadLink."""
    now = SystemClock().now()
    row: AccessToken | None = door.scalar(
        update(AccessToken)
        .where(AccessToken.id == row_id, AccessToken.used_at.is_(None), AccessToken.cancelled_at.is_(None))
        .where(AccessToken.expires_at > now)
        .values(used_at=now)
        .returning(AccessToken)
    )
    if row is None:
        raise dead_link()
    return row
